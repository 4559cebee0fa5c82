//! `doctor`: whether a storage works, step by step, and what to do where it does not.

use std::process::ExitCode;
use std::sync::Arc;

use jit_meta::{Error, ErrorKind, Meta, Value};
use jit_storages::{Checkup, Problem, Storage, Storages};

use super::output::Output;
use crate::App;

pub(super) async fn run(app: &App, name: &str, out: &mut Output) -> ExitCode {
    // Nothing has failed where there is nothing to try.
    let code = app.types_of(name).ok().and_then(|types| types.into_iter().next());
    if let Some(code) = code.filter(|code| code.meta() != Storages::FULL_NAME) {
        let message =
            format!("`doctor` tries storages, and `{name}` is of family `{}`", code.meta());
        let help = format!(
            "`check` finds what is wrong with it, `show {name}` lists what it can be asked"
        );
        return out.error(&Error::new(ErrorKind::WrongFamily, message).with_help(help));
    }
    let checkup = Checkup::new();
    let mut checkup = if out.json {
        checkup
    } else {
        // Each line as soon as it is known: the step that waits for an answer is the one after the last.
        let mut lines = Output::new(false);
        checkup.watched(move |step| {
            lines.print(format!("{step}\n").as_bytes());
        })
    };
    let mut storage = None;
    let config = async {
        let found: Arc<dyn Storage> = app.get::<Storages>(name).await.map_err(|error| {
            // The error tells its help by itself.
            Problem::new(error.to_string(), "")
        })?;
        storage = Some(found);
        let define = app.get_element_define(name).ok();
        let kind = define.as_ref().and_then(|define| define.type_name());
        Ok(kind.map(ToString::to_string).unwrap_or_default())
    };
    let found = checkup.step("config", config).await;
    if let (Ok(()), Some(storage)) = (found, storage) {
        // What stopped it is its last step.
        storage.doctor(&mut checkup).await.ok();
    }
    if out.json {
        out.print_json(&Value::from(&checkup));
    }
    match checkup.problem() {
        None => ExitCode::SUCCESS,
        Some(_) => ExitCode::FAILURE,
    }
}
