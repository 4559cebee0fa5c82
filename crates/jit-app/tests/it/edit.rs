//! Writing and deleting elements of a running app, and the files of apps and elements.

use std::sync::Arc;

use jit_app::{App, ErrorKind, FullName};
use jit_meta::{Lifecycle, LoadContext, Type, TypeEntry, async_trait};

use crate::support::{
    Config, Greeter, Greeters, HERE, Polite, app, define, greet, load, registry, write,
};

fn name(text: &str) -> FullName {
    text.parse().unwrap()
}

/// A Type that does not let go of the elements it has loaded from a folder with a file `keep`.
struct ClingingType;

#[async_trait]
impl Type for ClingingType {
    type Meta = Greeters;
    type Config = Config;

    async fn load(
        &self,
        _: Config,
        _: LoadContext<'_, Greeters>,
    ) -> Result<Arc<dyn Greeter>, jit_app::Error> {
        Ok(Arc::new(Polite("Stay".to_owned())))
    }

    fn lifecycle(&self) -> Lifecycle<Greeters> {
        Lifecycle::new().on_delete(|changed| {
            let stays = changed.element.name() == "Stays";
            Box::pin(async move {
                if stays { Err(jit_app::Error::failed("it is still needed")) } else { Ok(()) }
            })
        })
    }
}

fn clinging(files: &[(&str, &str)]) -> (tempfile::TempDir, App) {
    let (dir, _) = app("acme.Shop", files);
    let mut registry = registry();
    registry.add(TypeEntry::new(None, "greeters.ClingingType", &ClingingType, HERE)).unwrap();
    let app = load(dir.path(), registry);
    (dir, app)
}

#[tokio::test]
async fn an_element_is_written_and_there() {
    let (dir, app) = app("acme.Shop", &[]);
    let new = name("greeters.New");
    let define = define("greeters.PoliteType");
    let files: [(&str, &[u8]); 2] =
        [("e.json", define.as_bytes()), ("New.json", br#"{ "word": "Hi" }"#)];
    let reload = app.write_element(&new, &files).await.unwrap();
    assert_eq!(reload.created, std::slice::from_ref(&new));
    assert_eq!(greet(&app, "greeters.New").await.unwrap(), "Hi Ann");
    let reload = app.write_element(&new, &[("New.json", br#"{ "word": "Ho" }"#)]).await.unwrap();
    assert_eq!(reload.updated, std::slice::from_ref(&new));
    assert_eq!(greet(&app, "greeters.New").await.unwrap(), "Ho Ann");
    assert_eq!(app.code().read("greeters/New/New.json").unwrap(), br#"{ "word": "Ho" }"#);
    // A mistake is told, and the files stay as written.
    let reload = app.write_element(&new, &[("New.json", b"{")]).await.unwrap();
    assert_eq!(reload.failures.len(), 1);
    assert_eq!(greet(&app, "greeters.New").await.unwrap(), "Ho Ann");
    assert_eq!(app.code().read_text("greeters/New/New.json").unwrap(), "{");

    let error = app.write_element(&name("greeters.Bare"), &[("a", b"")]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidDefine);
    assert!(!dir.path().join("greeters/Bare").exists());
    let error = app.write_element(&new, &[("../Hello/e.json", b"{")]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidPath);
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "Hello Ann");
}

#[tokio::test]
async fn nothing_is_written_where_no_element_can_be_or_may_be() {
    let nested = define("greeters.PoliteType");
    let (dir, app) = app("acme.Shop", &[("greeters/Hello/Inner/e.json", &nested)]);
    let define = define("greeters.PoliteType");
    let e_json: (&str, &[u8]) = ("e.json", define.as_bytes());
    for (element, file, kind) in [
        ("appData.Back", e_json, ErrorKind::InvalidPath),
        ("test.A", e_json, ErrorKind::InvalidPath),
        ("x.dist.Back", e_json, ErrorKind::InvalidPath),
        ("greeters.Hello", ("Inner/Inner.json", b"{}".as_slice()), ErrorKind::InvalidPath),
        ("greeters.Hello", ("New/e.json", define.as_bytes()), ErrorKind::InvalidPath),
        ("greeters.Bare", ("Bare.json", b"{}"), ErrorKind::InvalidDefine),
    ] {
        let error = app.write_element(&name(element), &[file]).await.unwrap_err();
        assert_eq!(error.kind(), kind, "{element}: {error}");
        let path = format!("{}/{}", element.replace('.', "/"), file.0);
        assert!(!dir.path().join(&path).exists(), "{path}");
    }
    // A definition may lie in the part of the code that it is about.
    let split = name("greeters.Split");
    let files: [(&str, &[u8]); 2] =
        [("backend/e.json", define.as_bytes()), ("backend/Split.json", br#"{ "word": "Hi" }"#)];
    assert_eq!(app.write_element(&split, &files).await.unwrap().created.len(), 1);
    assert_eq!(greet(&app, "greeters.Split").await.unwrap(), "Hi Ann");
    let file: (&str, &[u8]) = ("backend/Split.json", br#"{ "word": "Ho" }"#);
    app.write_element(&split, &[file]).await.unwrap();
    assert_eq!(greet(&app, "greeters.Split").await.unwrap(), "Ho Ann");
}

#[tokio::test]
async fn an_element_that_is_not_live_is_checked_when_it_is_written() {
    let (_dir, app) = app("acme.Shop", &[]);
    let hello = name("greeters.Hello");
    let write = async |text: &str| {
        let file = ("Hello.json", text.as_bytes());
        app.write_element(&hello, &[file]).await.unwrap()
    };
    let reload = write(r#"{ "word": "Hi" }"#).await;
    assert_eq!((reload.updated.len(), reload.failures.len()), (1, 0), "{reload:?}");
    let reload = write(r#"{ "wrod": "Hi" }"#).await;
    assert_eq!((reload.updated.len(), reload.failures.len()), (1, 1), "{reload:?}");
    assert!(reload.failures[0].to_string().contains("did you mean `word`?"), "{reload:?}");
    let reload = app.reload().await.unwrap();
    assert!(reload.is_empty(), "told again: {reload:?}");
    let reload = write(r#"{ "word": "Ho" }"#).await;
    assert_eq!((reload.updated.len(), reload.failures.len()), (1, 0), "{reload:?}");
    assert!(app.check().is_empty());
    assert!(!app.find_elements("greeters.Hello").unwrap()[0].is_loaded(), "nobody asked for it");
}

#[tokio::test]
async fn an_element_is_deleted_with_what_is_nested_in_it() {
    let deep = [
        ("greeters/Box/e.json", define("greeters.ClingingType")),
        ("greeters/Box/Goes/e.json", define("greeters.ClingingType")),
    ];
    let deep: Vec<_> = deep.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let (dir, app) = clinging(&deep);
    let reload = app.delete_element(&name("greeters.Box")).await.unwrap();
    assert_eq!(reload.deleted, [name("greeters.Box"), name("greeters.Box.Goes")]);
    assert!(!dir.path().join("greeters/Box").exists());
    let error = app.delete_element(&name("greeters.Box")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_type_that_objects_keeps_everything() {
    let deep = [
        ("greeters/Box/e.json", define("greeters.ClingingType")),
        ("greeters/Box/Stays/e.json", define("greeters.ClingingType")),
    ];
    let deep: Vec<_> = deep.iter().map(|(path, text)| (*path, text.as_str())).collect();
    let (dir, app) = clinging(&deep);
    let error = app.delete_element(&name("greeters.Box")).await.unwrap_err();
    let told = "`onDelete` of `greeters.Box.Stays` failed: it is still needed";
    assert_eq!(error.to_string(), told);
    assert_eq!(error.element().unwrap().as_str(), "greeters.Box.Stays");
    assert!(dir.path().join("greeters/Box/Stays/e.json").exists());
    assert_eq!(greet(&app, "greeters.Box").await.unwrap(), "Stay Ann");
}

#[tokio::test]
async fn an_override_is_written_over_and_deleted_from_what_is_inherited() {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), "base/app.json", r#"{ "appId": "acme.Base", "version": "1.0.0" }"#);
    write(root.path(), "base/greeters/Hello/e.json", &define("greeters.PoliteType"));
    write(root.path(), "base/greeters/Hello/Hello.json", r#"{ "word": "Base" }"#);
    let extends = r#"[{"appId": "acme.Base", "version": "1.0.0"}]"#;
    let text = format!(r#"{{ "appId": "acme.Child", "extends": {extends} }}"#);
    write(root.path(), "child/app.json", &text);
    let protected =
        r#"{ "title": "x", "type": "greeters.PoliteType", "accessModifier": "protected" }"#;
    write(root.path(), "base/greeters/Mine/e.json", protected);
    let app = load(&root.path().join("child"), registry());
    let file: (&str, &[u8]) = ("e.json", protected.as_bytes());
    let error = app.write_element(&name("greeters.Mine"), &[file]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
    assert!(!root.path().join("child/greeters").exists());
    let hello = name("greeters.Hello");
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "Base Ann");
    let error = app.delete_element(&hello).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "`greeters.Hello` belongs to `acme.Base`; an app deletes its own elements only: define it here to override it"
    );
    let define = define("greeters.PoliteType");
    let reload = app.write_element(&hello, &[("e.json", define.as_bytes())]).await.unwrap();
    assert_eq!(reload.updated, std::slice::from_ref(&hello));
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "Hello Ann");
    let reload = app.delete_element(&hello).await.unwrap();
    assert_eq!(reload.updated, [hello]);
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "Base Ann");
    // What the app reads goes through the hierarchy; what it writes is its own.
    assert!(app.resource().exists("greeters/Hello/Hello.json"));
    assert!(!app.code().exists("greeters/Hello/Hello.json"));
}

#[tokio::test]
async fn an_element_reads_its_own_files() {
    let nested = define("greeters.PoliteType");
    let (_dir, app) = app(
        "acme.Shop",
        &[("greeters/Hello/prompt.md", "Be kind."), ("greeters/Hello/Inner/e.json", &nested)],
    );
    let element = app.find_elements("greeters.Hello").unwrap().remove(0);
    assert_eq!(element.get_file("prompt.md").unwrap(), b"Be kind.");
    for (file, kind) in [
        ("promt.md", ErrorKind::NotFound),
        ("../../app.json", ErrorKind::InvalidPath),
        ("/etc/passwd", ErrorKind::InvalidPath),
        ("Inner/e.json", ErrorKind::NotFound),
    ] {
        assert_eq!(element.get_file(file).unwrap_err().kind(), kind, "{file}");
    }
    let files = app.resource().read_element_resource(&element).unwrap();
    assert_eq!(files.keys().collect::<Vec<_>>(), ["e.json", "prompt.md"]);
    assert!(element.build_time().is_some() && !element.is_loaded());
    assert_eq!(element.app().unwrap().id(), "acme.Shop");
}
