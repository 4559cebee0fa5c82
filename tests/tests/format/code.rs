//! The files of an app: `app.code` and `app.resource`.

use std::fs;

use jit_app::{Error, ErrorKind, FullName};

use crate::support::{element, elements, family, greet, has, hello, names, polite, shop, word};

fn name(text: &str) -> FullName {
    text.parse().unwrap()
}

#[track_caller]
fn fails<T: std::fmt::Debug>(result: Result<T, Error>, kind: ErrorKind) {
    assert_eq!(result.unwrap_err().kind(), kind);
}

#[test]
fn code_paths() {
    let app = shop(&[("commons/a.txt", "A")]).load().unwrap();
    let code = app.code();
    for path in ["commons/a.txt", "commons\\a.txt", "./commons/a.txt"] {
        assert_eq!(code.read_text(path).unwrap(), "A", "{path}");
    }
    for path in ["../a", "commons/../../a", "/etc/passwd"] {
        assert!(!code.exists(path));
        fails(code.read(path), ErrorKind::InvalidPath);
        fails(code.write(path, "x"), ErrorKind::InvalidPath);
        fails(app.resource().read(path), ErrorKind::InvalidPath);
    }
}

#[test]
fn code_write() {
    let folder = shop(&[]);
    let code = folder.load().unwrap().code();
    for text in ["one", "a longer one", ""] {
        code.write("a/b/c.txt", text).unwrap();
        assert_eq!(code.read_text("a/b/c.txt").unwrap(), text);
    }
    assert!(code.is_dir("a/b") && code.is_file("a/b/c.txt") && !code.is_file("a/b"));
    fails(code.write("a/b", "x"), ErrorKind::Conflict);
    fails(code.read("a/b/d.txt"), ErrorKind::NotFound);
    assert_eq!(fs::read_dir(folder.path().join("a/b")).unwrap().count(), 1, "something is left");
}

#[tokio::test]
async fn code_unnoticed() {
    let app = hello(&word("One")).load().unwrap();
    greet(&app, "greeters.Hello").await.unwrap();
    app.code().write("greeters/Hello/Hello.json", word("Two")).unwrap();
    app.code().write("greeters/New/e.json", polite()).unwrap();
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "One Ann");
    assert_eq!(elements(&app), ["greeters.Hello"]);
    app.reload().await.unwrap();
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "Two Ann");
    assert_eq!(elements(&app), ["greeters.Hello", "greeters.New"]);
}

#[test]
fn code_targets() {
    let app = shop(&[("a/x", "x"), ("b/y", "y")]).load().unwrap();
    let code = app.code();
    fails(code.rename("a", "b"), ErrorKind::Conflict);
    fails(code.copy_dir("a", "b"), ErrorKind::Conflict);
    fails(code.copy_dir("a", "a/c"), ErrorKind::Conflict);
    code.copy_dir("a", "c/d").unwrap();
    code.rename("b/y", "c/y").unwrap();
    assert_eq!(
        (code.read_text("c/d/x").unwrap(), code.read_text("c/y").unwrap()),
        ("x".to_owned(), "y".to_owned())
    );
    assert!(code.exists("a/x") && !code.exists("b/y"));
    fails(code.delete_file("a"), ErrorKind::Conflict);
    fails(code.delete_dir("c/y"), ErrorKind::Conflict);
    fails(code.delete_dir(""), ErrorKind::InvalidPath);
    code.delete_file("c/y").unwrap();
    code.delete_dir("c").unwrap();
    fails(code.delete_dir("c"), ErrorKind::NotFound);
}

#[test]
fn code_list() {
    let app = shop(&[("a/z", ""), ("a/B/x", ""), ("a/c", "")]).load().unwrap();
    assert_eq!(app.code().list_dir("a").unwrap(), ["B", "c", "z"]);
    app.code().create_dir("new/deep").unwrap();
    assert_eq!(app.code().list_dir("new").unwrap(), ["deep"]);
    fails(app.code().list_dir("a/z"), ErrorKind::Conflict);
}

#[test]
fn code_owner() {
    let app = shop(&[("models/A/e.json", &polite()), ("models/A/Editor/e.json", &polite())])
        .load()
        .unwrap();
    for (path, owner) in [
        ("models/A/model.py", Some("models.A")),
        ("models\\A", Some("models.A")),
        ("models/A/x/y/z", Some("models.A")),
        ("models/A/backend/model.py", Some("models.A")),
        ("models/A/Editor/index.ts", Some("models.A.Editor")),
        ("models/__init__.py", None),
        ("app.json", None),
        ("commons/x.py", None),
    ] {
        let found = app.code().parse_element_by_path(path);
        assert_eq!(found.as_ref().map(FullName::as_str), owner, "{path}");
    }
}

#[tokio::test]
async fn code_write_element() {
    let app = shop(&[]).load().unwrap();
    let new = name("greeters.New");
    let (define, config) = (polite(), word("Hi"));
    let files: [(&str, &[u8]); 2] =
        [("e.json", define.as_bytes()), ("New.json", config.as_bytes())];
    let done = app.write_element(&new, &files).await.unwrap();
    assert_eq!(names(&done.created), ["greeters.New"]);
    assert_eq!(greet(&app, "greeters.New").await.unwrap(), "Hi Ann");
    let done = app.write_element(&new, &[("New.json", word("Ho").as_bytes())]).await.unwrap();
    assert_eq!(names(&done.updated), ["greeters.New"]);
    assert_eq!(greet(&app, "greeters.New").await.unwrap(), "Ho Ann");
    let bare = app.write_element(&name("greeters.Bare"), &[("x", b"")]).await;
    fails(bare, ErrorKind::InvalidDefine);
    let late: [(&str, &[u8]); 2] = [("e.json", define.as_bytes()), ("../x", b"")];
    fails(app.write_element(&name("greeters.Late"), &late).await, ErrorKind::InvalidPath);
    assert!(!app.code().exists("greeters/Late/e.json"), "the definition was not the last");
}

#[tokio::test]
async fn code_delete_element() {
    let sorted = element(r#""type": "greeters.PoliteType", "sort": 1"#);
    let app = family(&[
        ("Base/greeters/Hello/e.json", &polite()),
        ("Shop/greeters/Hello/e.json", &sorted),
        ("Shop/greeters/Hello/In/e.json", &polite()),
    ])
    .load()
    .unwrap();
    let hello = name("greeters.Hello");
    let done = app.delete_element(&hello).await.unwrap();
    assert_eq!(
        (names(&done.updated), names(&done.deleted)),
        (vec!["greeters.Hello".to_owned()], vec!["greeters.Hello.In".to_owned()])
    );
    assert!(app.get_element_define("greeters.Hello").unwrap().field("sort").is_none());
    let error = app.delete_element(&hello).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    has(&error.to_string(), &["belongs to `acme.Base`"]);
    fails(app.delete_element(&name("greeters.Nope")).await, ErrorKind::NotFound);
}

#[test]
fn code_resource() {
    let app = family(&[("Base/a", "base"), ("Base/b", "base"), ("Shop/a", "shop")]).load().unwrap();
    let read = |path: &str| String::from_utf8(app.resource().read(path).unwrap()).unwrap();
    assert_eq!((read("a"), read("b")), ("shop".to_owned(), "base".to_owned()));
    assert!(app.resource().exists("b") && !app.resource().exists("c"));
    fails(app.resource().read("c"), ErrorKind::NotFound);
    assert!(!app.code().exists("b"), "`app.code` is the app's own folder");
}

#[test]
fn code_commons() {
    let app = family(&[
        ("Base/commons/a.py", "base"),
        ("Base/commons/x/b.py", "base"),
        ("Shop/commons/a.py", "shop"),
    ])
    .load()
    .unwrap();
    let files = app.resource().read_commons_resource().unwrap();
    let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), text.as_slice())).collect();
    assert_eq!(files, [("commons/a.py", &b"shop"[..]), ("commons/x/b.py", &b"base"[..])]);
}

#[test]
fn code_element_files() {
    let app = shop(&[
        ("pages/A/e.json", &polite()),
        ("pages/A/index.ts", ""),
        ("pages/A/parts/x.ts", ""),
        ("pages/A/test/x.ts", ""),
        ("pages/A/node_modules/x.ts", ""),
        ("pages/A/Editor/e.json", &polite()),
        ("pages/A/Editor/x.ts", ""),
    ])
    .load()
    .unwrap();
    let page = app.find_elements("pages.A").unwrap().remove(0);
    let files = app.resource().read_element_resource(&page).unwrap();
    assert_eq!(files.keys().collect::<Vec<_>>(), ["e.json", "index.ts", "parts/x.ts"]);
}

#[test]
fn code_init_data() {
    let data = |files: &[(&str, &str)]| family(files).load().unwrap().resource().get_init_data();
    assert_eq!(data(&[]).unwrap(), None);
    let base =
        ("Base/initData.json", r#"{ "models.B": [{ "a": 1 }, { "a": 2 }], "models.A": [] }"#);
    let rows = data(&[base]).unwrap().unwrap();
    let rows: Vec<_> = rows.iter().map(|(model, rows)| (model.as_str(), rows.len())).collect();
    assert_eq!(rows, [("models.B", 2), ("models.A", 0)]);
    assert_eq!(data(&[base, ("Shop/initData.json", "{}")]).unwrap(), Some(vec![]));
    let error = data(&[("Shop/initData.json", r#"{ "models.A": 5, "a b": [1] }"#)]).unwrap_err();
    assert_eq!((error.kind(), error.diagnostics().len()), (ErrorKind::InvalidConfig, 3));
}
