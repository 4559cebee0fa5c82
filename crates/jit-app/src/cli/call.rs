//! `call`: one function of one element, with arguments from the command line.

use std::io::{self, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use jit_meta::{ArgDeclaration, DataType, Error, ErrorKind, FunctionDeclaration, Value};
use serde_json::json;

use super::output::Output;
use super::pages::{Continuation, named};
#[cfg(feature = "storages")]
use super::progress::shown;
use crate::files::reason;
use crate::{App, Element};

/// The arguments of `call`.
#[derive(Debug, clap::Args)]
pub struct Call {
    /// The element's full name, like `storages.MyOss`.
    #[arg(value_name = "NAME")]
    name: String,
    /// The function to call, like `uploadByFile`.
    #[arg(value_name = "FUNCTION")]
    function: String,
    /// An argument: `key=value`, or `key=@file` for the contents of a file, `key=@-` for standard input
    /// (`key=@@x` is the text `@x`).
    #[arg(value_name = "KEY=VALUE")]
    args: Vec<String>,
    /// Write the result to a file.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Of a function that answers in pages: ask for all of them, and make one result of them.
    #[arg(long)]
    all: bool,
}

impl Call {
    /// The full name of the element to call.
    #[must_use]
    pub fn element(&self) -> &str {
        &self.name
    }
}

pub(super) async fn run(app: &App, call: Call, out: &mut Output) -> ExitCode {
    // Before anything is done that cannot be undone.
    if let Some(message) = call.out.as_deref().and_then(unwritable) {
        return out.failure(&message);
    }
    let element = match app.get_element(&call.name).await {
        Ok(element) => element,
        Err(error) => return out.error(&error),
    };
    let functions = match element.functions().await {
        Ok(functions) => functions,
        Err(error) => return out.error(&error),
    };
    let function = functions.iter().find(|known| known.name == call.function);
    let args = match read_args(&call.args, function) {
        Ok(args) => args,
        Err(message) => {
            let error = Error::new(ErrorKind::BadArguments, message);
            return out
                .error(&error.with_element(element.full_name()).with_function(&call.function));
        }
    };
    let pages = function.and_then(Continuation::of);
    if let (true, None, Some(function)) = (call.all, pages, function) {
        let name = &function.name;
        return out.failure(&format!("`{name}` answers everything at once: leave out --all"));
    }
    let answer = async {
        match pages.filter(|_| call.all) {
            Some(pages) => pages.all(&element, &call.function, args).await,
            None => element.call(&call.function, named(&args)).await,
        }
    };
    match shown(answer).await {
        Ok(value) => {
            let printed = match &call.out {
                Some(path) => write_file(path, &value, out),
                None => print(&value, out),
            };
            if let Some(hint) = pages.and_then(|pages| pages.hint(&value)) {
                out.note(&hint);
            }
            if is_partial(&element, &value).await { ExitCode::FAILURE } else { printed }
        }
        Err(error) => out.error(&error),
    }
}

/// Whether a storage did less than it was asked for: its functions for several files count what has `failed`.
#[cfg(feature = "storages")]
async fn is_partial(element: &Element, value: &Value) -> bool {
    let failed = value.get("failed").and_then(Value::as_u64).unwrap_or_default();
    failed > 0 && element.interface::<jit_storages::Storages>().await.is_ok()
}

#[cfg(not(feature = "storages"))]
async fn is_partial(_: &Element, _: &Value) -> bool {
    false
}

#[cfg(not(feature = "storages"))]
async fn shown<F: Future>(call: F) -> F::Output {
    call.await
}

fn read_args(
    texts: &[String],
    function: Option<&FunctionDeclaration>,
) -> Result<Vec<(String, Value)>, String> {
    let is_stdin = |text: &&String| text.split_once('=').is_some_and(|(_, value)| value == "@-");
    if texts.iter().filter(is_stdin).count() > 1 {
        return Err("standard input can be read once: give `@-` to one argument".to_owned());
    }
    let mut args = Vec::with_capacity(texts.len());
    for text in texts {
        let (key, value) = text.split_once('=').ok_or_else(|| {
            // Where it stands the argument of that place may be meant.
            let meant = function.and_then(|function| function.args.get(args.len()));
            let key = meant.map_or("key", |arg| &arg.name);
            format!("arguments are given by name, like `{key}={text}`, and `{text}` has none")
        })?;
        let declared = function.and_then(|f| f.args.iter().find(|arg| arg.is_called(key)));
        args.push((key.to_owned(), read_value(key, value, declared.and_then(data_type))?));
    }
    Ok(args)
}

/// What an argument is declared to be, if that says anything.
fn data_type(arg: &ArgDeclaration) -> Option<DataType> {
    arg.data_type.parse().ok()
}

/// A file, or standard input for `-`.
fn read_file(path: &str) -> io::Result<Vec<u8>> {
    if path != "-" {
        return std::fs::read(path);
    }
    let mut bytes = Vec::new();
    io::stdin().lock().read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The command line has only text: what it becomes is up to the function's declaration.
fn read_value(key: &str, text: &str, data_type: Option<DataType>) -> Result<Value, String> {
    let is_file = text.starts_with('@') && !text.starts_with("@@");
    let bytes = match text.strip_prefix('@') {
        Some(literal) if literal.starts_with('@') => literal.as_bytes().to_vec(),
        Some(path) => read_file(path)
            .map_err(|error| format!("cannot read `{path}` for `{key}`: {}", reason(&error)))?,
        None => text.as_bytes().to_vec(),
    };
    let is_attachment =
        matches!(data_type, Some(DataType::File | DataType::Image | DataType::Signature));
    if data_type == Some(DataType::Bytes) || (is_attachment && is_file) {
        return Ok(bytes.into());
    }
    let text = String::from_utf8(bytes)
        .map_err(|_| format!("`{key}` takes text, and the file it is given is not UTF-8"))?;
    match data_type {
        Some(number) if number.is_a(DataType::Numeric) => {
            let number: serde_json::Number =
                text.trim().parse().map_err(|_| format!("`{key}` takes a number, not `{text}`"))?;
            Ok(Value::Number(number))
        }
        Some(
            DataType::JitDict
            | DataType::JitList
            | DataType::JitMap
            | DataType::RowData
            | DataType::RowList
            | DataType::Checkbox,
        ) => {
            let value: serde_json::Value = serde_json::from_str(&text)
                .map_err(|error| format!("`{key}` takes JSON: {error}"))?;
            Ok(value.into())
        }
        _ => Ok(text.into()),
    }
}

fn print(value: &Value, out: &mut Output) -> ExitCode {
    match value {
        Value::Bytes(bytes) if out.json => {
            out.print_json(&json!({ "bytes": bytes.len(), "base64": BASE64.encode(bytes) }))
        }
        Value::Bytes(bytes) if io::stdout().is_terminal() && is_binary(bytes) => {
            out.failure(&format!(
                "the result is {} bytes of binary data: write it with --out FILE",
                bytes.len()
            ))
        }
        Value::Bytes(bytes) => out.print(bytes),
        Value::String(text) if !out.json => out.print(format!("{text}\n").as_bytes()),
        Value::Null if !out.json => ExitCode::SUCCESS,
        value => out.print_json(value),
    }
}

/// Whether a terminal would be upset by it.
fn is_binary(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes)
        .map_or(true, |text| text.contains(|c: char| c.is_control() && !c.is_whitespace()))
}

fn write_file(path: &Path, value: &Value, out: &mut Output) -> ExitCode {
    let json;
    let bytes: &[u8] = match value {
        Value::Bytes(bytes) => bytes,
        Value::String(text) => text.as_bytes(),
        value => {
            json = serde_json::to_vec_pretty(value).unwrap_or_default();
            &json
        }
    };
    let shown = path.display();
    if let Err(error) = write_whole(path, bytes) {
        return out.failure(&format!("cannot write `{shown}`: {}", reason(&error)));
    }
    if out.json {
        out.print_json(&json!({ "out": path, "bytes": bytes.len() }))
    } else {
        out.print(format!("wrote {} bytes to {shown}\n", bytes.len()).as_bytes())
    }
}

/// Why a file cannot be written, as far as can be told beforehand.
fn unwritable(path: &Path) -> Option<String> {
    let shown = path.display();
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    if path.is_dir() || path.file_name().is_none() {
        return Some(format!("cannot write `{shown}`: it is a folder; give the name of a file"));
    }
    folder.filter(|folder| !folder.is_dir()).map(|folder| {
        format!("cannot write `{shown}`: there is no folder `{}`; make it first", folder.display())
    })
}

/// The file appears under its name only when it is complete.
fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // A device or a pipe cannot be replaced; it is written as it is.
    if path.exists() && !path.is_file() {
        return std::fs::write(path, bytes);
    }
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?.to_string_lossy();
    let part = path.with_file_name(format!(".{name}.{}.part", std::process::id()));
    let mut file = std::fs::File::create_new(&part)?;
    let written = file.write_all(bytes).and_then(|()| std::fs::rename(&part, path));
    if written.is_err() {
        drop(std::fs::remove_file(&part));
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_becomes_what_the_function_declares() {
        let read = |text, data_type| read_value("k", text, data_type);
        assert_eq!(read("a=b", Some(DataType::Stext)), Ok("a=b".into()));
        assert_eq!(read("text", Some(DataType::Bytes)), Ok(b"text".to_vec().into()));
        assert_eq!(read("600", Some(DataType::Numeric)), Ok(600_u64.into()));
        assert_eq!(read("@@x", None), Ok("@x".into()));
        assert_eq!(read("x", Some(DataType::Numeric)), Err("`k` takes a number, not `x`".into()));
        assert_eq!(
            read("@/no/such/file", Some(DataType::Bytes)),
            Err("cannot read `/no/such/file` for `k`: no such file or directory".into())
        );
    }
}
