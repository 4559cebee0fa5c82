//! Selectors, against a naive model of a small app.

use std::cmp::Ordering;
use std::sync::OnceLock;

use jit_app::{App, ErrorKind, Variables};
use serde_json::{Value as Json, json};

use crate::choices::Choices;
use crate::findings::check_error;
use crate::probe;

/// Name, Type, what else its `e.json` says.
type Row = (&'static str, &'static str, fn() -> Json);

/// The app, in the order of names. `storages.OssType` and its family have code beside their folders.
const ROWS: [Row; 8] = [
    ("other.Lost", "other.NoSuchType", || json!({ "title": "hello" })),
    ("other.Plain", "", || json!({ "title": "" })),
    ("storages.FineType", "storages.OssType", || json!({ "title": "Fine", "sort": 2 })),
    ("storages.Meta", "", || json!({ "title": "Meta", "sort": "10" })),
    ("storages.One", "storages.FineType", || json!({ "title": "a,b:c\\d", "sort": 10 })),
    ("storages.OssType", "storages.Meta", || json!({ "title": "10", "of": { "it": "x" } })),
    ("storages.Two", "storages.OssType", || json!({ "title": " é ", "of": { "it": null } })),
    ("storages.two.Three", "storages.FineType", || json!({ "title": "a", "sort": -1.5 })),
];

const NAMES: [&str; 11] = [
    "storages.One",
    "storages.Two",
    "storages.two.Three",
    "storages.FineType",
    "storages.OssType",
    "storages.Meta",
    "other.Lost",
    "other.Plain",
    "other.NoSuchType",
    "other.Broken",
    "nobody",
];

/// A text is a selector that means the same elements each time, or has a place that is not understood. What
/// is built by the grammar means what the model says.
pub fn selector(data: &[u8]) {
    let app = app();
    let text = String::from_utf8_lossy(data);
    match app.find_elements_define(&text) {
        Ok(found) => {
            let names: Vec<String> =
                found.iter().map(|define| define.full_name().to_string()).collect();
            let is_once = |name: &String| names.iter().filter(|other| *other == name).count() == 1;
            assert!(names.iter().all(is_once), "{text:?} means one twice: {names:?}");
            assert_eq!(names, means(app, &text), "the same selector, other elements");
        }
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::BadArguments);
            assert!(error.place().is_some(), "no place in {text:?}: {error}");
            check_error(&error);
        }
    }
    check_built(app, &mut Choices::new(data));
}

/// Loaded once; its folder is not needed after that.
fn app() -> &'static App {
    static APP: OnceLock<App> = OnceLock::new();
    APP.get_or_init(|| match load() {
        Ok(app) => app,
        Err(error) => unreachable!("the app of the selectors: {error}"),
    })
}

fn load() -> Result<App, Box<dyn std::error::Error>> {
    let dir = tempfile::tempdir()?;
    std::fs::write(dir.path().join("app.json"), r#"{ "appId": "acme.Shop" }"#)?;
    let write = |name: &str, text: String| {
        let folder = dir.path().join(name.replace('.', "/"));
        std::fs::create_dir_all(&folder)?;
        std::fs::write(folder.join("e.json"), text)
    };
    for (name, type_name, rest) in ROWS {
        let mut define = rest();
        if let Some(fields) = define.as_object_mut() {
            fields.insert("type".to_owned(), json!(type_name));
        }
        write(name, define.to_string())?;
    }
    write("other.Broken", "{".to_owned())?;
    Ok(App::builder(dir.path()).registry(probe::registry()).variables(Variables::empty()).load()?)
}

fn means(app: &App, selector: &str) -> Vec<String> {
    let found = app.find_elements_define(selector);
    assert!(found.is_ok(), "{selector:?} is a selector: {found:?}");
    found.into_iter().flatten().map(|define| define.full_name().to_string()).collect()
}

/// One step of a chain.
enum Step {
    Name(&'static str),
    OfType(&'static str),
    Parents(&'static str),
    Children(&'static str),
    Attribute(&'static str, &'static str, String),
}

impl Step {
    fn new(choices: &mut Choices<'_>) -> Self {
        let name = choices.one_of(&NAMES);
        match choices.up_to(4) {
            0 => Self::Name(name),
            1 => Self::OfType(name),
            2 => Self::Parents(name),
            3 => Self::Children(name),
            _ => {
                let path = choices.one_of(&["title", "sort", "of.it", "fullName", "nothing"]);
                let op = choices.one_of(&["=", "!=", "<", ">"]);
                // Some that are there, and any text.
                let value = match choices.up_to(7) {
                    0 => "10".to_owned(),
                    1 => "a,b:c\\d".to_owned(),
                    2 => "é".to_owned(),
                    3 => name.to_owned(),
                    _ => String::from_utf8_lossy(choices.bytes(8)).into_owned(),
                };
                // Blanks around a value are not its own, and flags have rules of theirs.
                let value = value.trim();
                let value = if matches!(value, "true" | "false") { "" } else { value };
                Self::Attribute(path, op, value.to_owned())
            }
        }
    }

    fn text(&self) -> String {
        match self {
            Self::Name(name) => (*name).to_owned(),
            Self::OfType(name) => format!(".{name}"),
            Self::Parents(name) => format!("*{name}"),
            Self::Children(name) => format!("{name}*"),
            Self::Attribute(path, op, value) => format!("#{path}{op}{}", escaped(value)),
        }
    }

    fn matches(&self, row: &Row) -> bool {
        let (name, type_name, rest) = row;
        match self {
            Self::Name(wanted) => wanted == name,
            Self::OfType(wanted) => wanted == type_name,
            Self::Parents(child) => above(child).contains(name),
            Self::Children(parent) => above(name).contains(parent),
            Self::Attribute(path, op, wanted) => {
                let attributes = rest();
                let found = match *path {
                    "fullName" => json!(name),
                    path => path
                        .split('.')
                        .try_fold(&attributes, |value, key| value.get(key))
                        .cloned()
                        .unwrap_or_default(),
                };
                compare(&found, op, wanted)
            }
        }
    }
}

fn escaped(value: &str) -> String {
    let mut out = String::new();
    for c in value.chars() {
        if matches!(c, ',' | ':' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

/// The names above one of the app's elements.
fn above(name: &str) -> Vec<&'static str> {
    let mut names = Vec::new();
    let mut at = ROWS.iter().find(|row| row.0 == name);
    while let Some((_, type_name, _)) = at.filter(|row| !row.1.is_empty()) {
        names.push(*type_name);
        at = ROWS.iter().find(|row| row.0 == *type_name);
    }
    names
}

fn compare(found: &Json, op: &str, wanted: &str) -> bool {
    let text = match found {
        Json::Null => return op == "!=",
        Json::String(text) => text.clone(),
        other => other.to_string(),
    };
    let number = |text: &str| text.parse().ok().filter(|number: &f64| number.is_finite());
    let order = match (number(&text), number(wanted)) {
        (Some(found), Some(wanted)) => found.partial_cmp(&wanted),
        _ => Some(text.as_str().cmp(wanted)),
    };
    match op {
        "=" => order == Some(Ordering::Equal),
        "!=" => order != Some(Ordering::Equal),
        ">" => order == Some(Ordering::Greater),
        _ => order == Some(Ordering::Less),
    }
}

/// A union of chains means what each of its steps means, in order.
fn check_built(app: &App, choices: &mut Choices<'_>) {
    let mut expected: Vec<&str> = Vec::new();
    let mut chains = Vec::new();
    for _ in 0..=choices.up_to(2) {
        let steps: Vec<Step> = (0..=choices.up_to(2)).map(|_| Step::new(choices)).collect();
        let mut rows: Vec<&Row> = ROWS.iter().collect();
        if let Some(Step::Parents(child)) = steps.first() {
            // Nearest first.
            let place = |row: &&Row| above(child).iter().position(|name| *name == row.0);
            rows.sort_by_key(place);
        }
        for row in rows {
            if steps.iter().all(|step| step.matches(row)) && !expected.contains(&row.0) {
                expected.push(row.0);
            }
        }
        let blank = choices.one_of(&["", " ", "\t"]);
        let texts: Vec<_> = steps.iter().map(Step::text).collect();
        chains.push(texts.join(&format!("{blank}:{blank}")));
    }
    let text = chains.join(" ,");
    assert_eq!(means(app, &text), expected, "{text:?}");
}
