//! Folders as no tool would make them.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::choices::Choices;

/// What folders are called: good names, reserved ones, ones that no element can have.
const FOLDERS: [&str; 20] = [
    "storages",
    "MyOss",
    "a",
    "b",
    "Meta",
    "two.parts",
    "1st",
    "with blank",
    "é",
    "new\nline",
    "say\"hi\"",
    "{{A}}",
    ".hidden",
    "src",
    "target",
    "dist",
    "appData",
    "\u{1b}[31m",
    "LONG",
    "BYTES",
];

const TYPES: [&str; 10] = [
    "storages.OssType",
    "storages.WrapType",
    "storages.Meta",
    "storages.MyOss",
    "storages.OosType",
    "pages.GridType",
    "a",
    "a.b",
    "",
    "1st",
];

const APPS: [&str; 12] = [
    r#"{ "appId": "acme.Shop" }"#,
    r#"{ "appId": "acme.Shop", "extends": [{ "appId": "acme.Base", "version": "1.0.0" }] }"#,
    r#"{ "appId": "acme.Base", "version": "1.0.0" }"#,
    r#"{ "appId": "acme.Base", "version": "1.0.0", "extends": [{ "appId": "acme.Shop", "version": "0.0.0" }] }"#,
    r#"{ "appId": "acme.Shop", "settings": { "defaultElement": { "defaultStorage": "storages.MyOss" } } }"#,
    "{\n  \"appId\": \"acme.Shop\",\n  \"settings\": []\n}",
    r#"{ "appId": "acme.Shop", "appId": "acme.Other" }"#,
    r#"{ "appId": "acme.Shop", "extends": {} }"#,
    r#"{ "appId": "{{appId}}" }"#,
    r#"{ "appId": "é", "version": "1" }"#,
    "[]",
    "",
];

const CONFIGS: [&str; 8] = [
    r#"{ "accessKeyId": "hush-7f3a-id", "accessKeySecret": "${SECRET}", "endPoint": "e" }"#,
    r#"{ "accessKeyId": "hush-7f3a-id", "accessKeySecret": "hush-7f3a", "endPoint": "odd" }"#,
    "{\n  \"accessKeyId\": \"${NO}\",\n  \"accessKeySecret\": \"hush-7f3a\",\n  \"endpoint\": \"${TWO}\",\n  \"bucketName\": \"${TWO}\"\n}\n",
    r#"{ "accesKeySecret": "hush-7f3a", "token": ["hush-7f3a"], "maxAttempts": "3" }"#,
    r#"{ "accessKeySecret": "hush-7f3a", "accessKeySecret": "hush-7f3a" }"#,
    r#"{ "accessKeyId": ${SECRET}, "accessKeySecret": "hush-7f3a, "endPoint": 1 }"#,
    r#"{ "proxy": { "host": 1, "password": "hush-7f3a" }, "auth": { "kind": "token", "token": "hush-7f3a" } }"#,
    "{}",
];

const LEAST: &str = r#"{ "appId": "acme.Shop" }"#;

/// Writes apps into the folder `root`, as the bytes choose: `root/app` is the one to load, `root/base` one
/// that it may extend, `root/outside` no app's.
pub(crate) fn write(root: &Path, choices: &mut Choices<'_>) -> io::Result<()> {
    for (app, id) in [("app", LEAST), ("base", APPS[2])] {
        fs::create_dir_all(root.join(app))?;
        fs::write(root.join(app).join("app.json"), id)?;
    }
    fs::create_dir_all(root.join("outside/Far"))?;
    fs::write(root.join("outside/Far/e.json"), define(choices))?;
    for _ in 0..12 {
        if choices.is_done() {
            break;
        }
        // Odd names and links may be refused by the file system: that is no matter of ours.
        drop(step(root, choices));
    }
    Ok(())
}

fn step(root: &Path, choices: &mut Choices<'_>) -> io::Result<()> {
    let app = root.join(choices.one_of(&["app", "app", "app", "base", "outside"]));
    match choices.up_to(9) {
        0 => fs::write(app.join("app.json"), app_json(choices)),
        1 => fs::create_dir_all(folder(&app, choices).join(file(choices, OsStr::new("x")))),
        2 | 3 => link(root, &app, choices),
        4 => {
            let folder = folder(&app, choices);
            fs::create_dir_all(&folder)?;
            let text = odd_text(choices);
            fs::write(folder.join(file(choices, folder.file_name().unwrap_or_default())), text)
        }
        _ => {
            let folder = folder(&app, choices);
            fs::create_dir_all(&folder)?;
            fs::write(folder.join("e.json"), define(choices))?;
            let name = file(choices, folder.file_name().unwrap_or_default());
            match choices.rarely(3) {
                true => Ok(()),
                // A definition says nothing secret; but somebody may mistake it for the configuration.
                false => fs::write(folder.join(name), config(choices)),
            }
        }
    }
}

fn folder(app: &Path, choices: &mut Choices<'_>) -> PathBuf {
    let mut path = app.to_owned();
    // The first one is the one that is written most: elements are to meet.
    for depth in 0..=choices.up_to(2) {
        path.push(match choices.one_of(&FOLDERS) {
            "storages" if depth > 0 => OsString::from("MyOss"),
            "LONG" => OsString::from("x".repeat(255)),
            "BYTES" => not_unicode(),
            name => OsString::from(name),
        });
    }
    path
}

#[cfg(unix)]
fn not_unicode() -> OsString {
    use std::os::unix::ffi::OsStringExt;
    OsString::from_vec(vec![b'a', 0xff])
}

#[cfg(not(unix))]
fn not_unicode() -> OsString {
    OsString::from("\u{fffd}")
}

fn file(choices: &mut Choices<'_>, element: &OsStr) -> OsString {
    match choices.up_to(3) {
        0 | 1 => {
            let mut name = element.to_owned();
            name.push(".json");
            name
        }
        2 => "config.json".into(),
        _ => "e.json".into(),
    }
}

#[cfg(unix)]
fn link(root: &Path, app: &Path, choices: &mut Choices<'_>) -> io::Result<()> {
    let at = folder(app, choices);
    at.parent().map_or(Ok(()), fs::create_dir_all)?;
    let to = match choices.up_to(8) {
        0 => PathBuf::from("."),
        1 => PathBuf::from(".."),
        2 => root.join("app"),
        3 => root.join("base"),
        4 => root.join("outside"),
        5 => root.to_owned(),
        6 => at.clone(),
        7 => root.join("nowhere"),
        _ => folder(app, choices),
    };
    match choices.up_to(5) {
        0 => fs::create_dir_all(&at)
            .and_then(|()| std::os::unix::fs::symlink(to.join("e.json"), at.join("e.json"))),
        1 => fs::create_dir_all(&at)
            .and_then(|()| std::os::unix::net::UnixListener::bind(at.join("e.json")).map(drop)),
        _ => std::os::unix::fs::symlink(to, at),
    }
}

#[cfg(not(unix))]
fn link(_: &Path, _: &Path, _: &mut Choices<'_>) -> io::Result<()> {
    Ok(())
}

fn define(choices: &mut Choices<'_>) -> Vec<u8> {
    let type_name = choices.one_of(&TYPES);
    let rest = match choices.up_to(11) {
        0 => r#", "accessModifier": "private""#,
        1 => r#", "accessModifier": "protected""#,
        2 => r#", "accessModifier": 5"#,
        3 => r#", "frontBundleEntry": "./MyOss.json""#,
        4 => r#", "variables": [{ "name": "TWO", "value": "2" }, { "name": "NO", "required": 1 }]"#,
        5 => r#", "variables": {}, "functionList": [{ "name": "f", "args": [{}] }]"#,
        6 => r#", "password": "hush-7f3a""#,
        7 => r#", "password": "hush-7f3a", "title": 1"#,
        8 => r#", "type": "storages.OssType""#,
        _ => "",
    };
    let text = format!("{{\n  \"title\": \"T\",\n  \"type\": \"{type_name}\"{rest}\n}}\n");
    damaged(text, choices)
}

fn config(choices: &mut Choices<'_>) -> Vec<u8> {
    let text = choices.one_of(&CONFIGS);
    damaged(text.to_owned(), choices)
}

fn app_json(choices: &mut Choices<'_>) -> Vec<u8> {
    let text = choices.one_of(&APPS);
    damaged(text.to_owned(), choices)
}

/// The text, mostly; now and then with a mark before it, or cut off, or with a byte changed.
fn damaged(text: String, choices: &mut Choices<'_>) -> Vec<u8> {
    let mut bytes = text.into_bytes();
    match choices.up_to(9) {
        7 => [b"\xef\xbb\xbf".as_slice(), &bytes].concat(),
        8 => {
            bytes.truncate(choices.up_to(bytes.len()));
            bytes
        }
        9 => {
            let at = choices.up_to(bytes.len().saturating_sub(1));
            let with = choices.one_of(b"\"\\{}[]:,\n\xff\xc3");
            if let Some(byte) = bytes.get_mut(at) {
                *byte = with;
            }
            bytes
        }
        _ => bytes,
    }
}

fn odd_text(choices: &mut Choices<'_>) -> Vec<u8> {
    match choices.up_to(63) {
        0 => Vec::new(),
        1 => b"\xef\xbb\xbf".to_vec(),
        2 => b"{\"title\": \"\xff\"}".to_vec(),
        3 => b"[".repeat(5000),
        4 => b"{\"a\":".repeat(1000),
        5 => "{\"type\": \"\u{fffd}\\ud800\"}".into(),
        6 => vec![b' '; 20_000],
        7 => vec![b'x'; 16 * 1024 * 1024 + 1],
        // Both kinds of end of line, in the middle of things.
        8 => b"{\r\n\"title\"\r:\r\n1\r\n".to_vec(),
        _ => {
            let text = choices.bytes(64).to_vec();
            // No place is known where it would be a secret.
            let text = String::from_utf8_lossy(&text).replace("hush", "").replace("SECRET", "");
            text.into_bytes()
        }
    }
}
