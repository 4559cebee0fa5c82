//! Whole apps.

use std::fs;
use std::path::Path;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use jit_app::{App, Error, ErrorKind, Level, Status, Variables};
use jit_meta::{Code, Diagnostic};

use crate::VARIABLE_SECRET;
use crate::choices::Choices;
use crate::findings::{check, check_error, check_hidden, readable};
use crate::{probe, tree};

/// The folder of an element that is broken on purpose. No tree has it.
const BROKEN: &str = "neighbour/Broken";

/// Any folder is an app or says why not; loading it again finds the same in the same order; and an element
/// that is broken changes nothing for the others.
pub fn app_folder(data: &[u8]) {
    let Ok(root) = tempfile::tempdir() else { return };
    if tree::write(root.path(), &mut Choices::new(data)).is_err() {
        return;
    }
    let dir = root.path().join("app");
    let seen = Seen::of(&dir);
    assert_eq!(Seen::of(&dir), seen, "the same folder, another outcome");

    let neighbour = dir.join(BROKEN);
    let written = fs::create_dir_all(&neighbour)
        .and_then(|()| fs::write(neighbour.join("e.json"), "{ \"title\": "));
    assert!(written.is_ok(), "{written:?}");
    let beside = Seen::of(&dir);
    let is_neighbour = |text: &str| text.contains("neighbour");
    // More than once where a link leads to the app.
    let told = beside.findings.iter().filter(|found| is_neighbour(&found.to_string())).count();
    assert!(seen.refusal.is_some() || told > 0, "of the broken element: {:?}", beside.findings);
    assert_eq!(beside.without(is_neighbour), seen, "a broken element changes others");
}

/// All that can be learnt of an app without its elements' help.
#[derive(Debug, Default, PartialEq)]
struct Seen {
    /// Why it is none.
    refusal: Option<String>,
    findings: Vec<Diagnostic>,
    /// Of each element: its name, and what it is.
    elements: Vec<(String, String)>,
    selected: Vec<String>,
}

impl Seen {
    fn of(dir: &Path) -> Self {
        let variables = Variables::empty().with("SECRET", VARIABLE_SECRET);
        match App::builder(dir).variables(variables).registry(probe::registry()).load() {
            Ok(app) => Self::of_app(&app),
            Err(error) => {
                let refusal = Some(told(&error));
                Self { refusal, ..Self::default() }
            }
        }
    }

    fn of_app(app: &App) -> Self {
        let findings = app.check();
        check(&findings);
        check_hidden(&readable(&findings));
        let mut elements = Vec::new();
        for summary in app.elements() {
            let name = summary.full_name.as_str();
            let define = app.get_element_define(name).map_err(|error| told(&error));
            let chain = app.type_chain(name).map_err(|error| told(&error));
            let live = ready(app.get_element(name)).and_then(|element| {
                assert_eq!(element.full_name(), &summary.full_name);
                ready(element.type_name()).cloned()
            });
            if summary.level == Some(Level::Instance) {
                let has_code = chain.is_ok();
                let expected = summary.status == Status::Ok;
                assert_eq!(live.is_ok(), expected, "{name} is {:?}: {live:?}", summary.status);
                assert!(has_code || !expected, "{name} has no chain: {chain:?}");
            }
            if let Err(error) = &live
                && error.kind() == ErrorKind::InvalidDefine
            {
                let known = error.diagnostics().iter().all(|found| findings.contains(found));
                assert!(known, "`check` does not tell what is wrong with {name}: {error}");
            }
            let (level, status) = (summary.level, summary.status);
            let live = live.map_err(|error| told(&error));
            let title = define.map(|define| define.title().to_owned());
            let chain = format!("{chain:?}");
            elements.push((
                name.to_owned(),
                format!("{title:?} {level:?} {status:?} {chain} {live:?}"),
            ));
        }
        let is_sorted = elements.is_sorted_by_key(|(name, _)| name.clone());
        assert!(is_sorted, "elements are not in the order of names");
        let selectors = ["storages.Meta*", ".storages.OssType,*storages.MyOss", "#title!=x:a.b*"];
        let selected =
            selectors.into_iter().flat_map(|selector| app.find_elements_define(selector));
        let selected = selected.flatten().map(|define| define.full_name().to_string()).collect();
        Self { refusal: None, findings, elements, selected }
    }

    /// Without what names something that `is_left_out`.
    fn without(mut self, is_left_out: impl Fn(&str) -> bool) -> Self {
        self.findings.retain(|finding| !is_left_out(&finding.to_string()));
        self.elements.retain(|(name, _)| !is_left_out(name));
        self
    }
}

fn told(error: &Error) -> String {
    check_error(error);
    let text = format!("{:?} {error}\n{}", error.kind(), readable(error.diagnostics()));
    check_hidden(&text);
    let is_located = |found: &Diagnostic| found.code != Code::AppJson || found.place.is_some();
    assert!(error.diagnostics().iter().all(is_located), "no place in `app.json`: {error}");
    text
}

/// The outcome of a future that waits for nothing.
fn ready<T>(future: impl Future<Output = T>) -> T {
    let mut future = pin!(future);
    let mut cx = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(outcome) = future.as_mut().poll(&mut cx) {
            return outcome;
        }
    }
}
