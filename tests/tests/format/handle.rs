//! Elements at run time.

use jit_app::ErrorKind;

use crate::support::{Greeters, family, greet, has, hello, polite, word};

#[tokio::test]
async fn handle_properties() {
    let folder = family(&[("Base/greeters/Hello/e.json", &polite())]);
    let app = folder.load().unwrap();
    let element = app.get_element("greeters.Hello").await.unwrap();
    assert_eq!(
        (element.full_name().as_str(), element.define().title()),
        ("greeters.Hello", "A greeter")
    );
    assert_eq!(
        (element.app_id(), element.version().to_string()),
        ("acme.Base", "1.0.0".to_owned())
    );
    assert!(element.dir().ends_with("acme/Base/1_0_0/greeters/Hello"));
    assert_eq!(element.app().unwrap().id(), "acme.Shop");
    assert!(element.build_time().is_some());
}

#[tokio::test]
async fn handle_lazy() {
    let app = hello("{}").load().unwrap();
    let found = app.find_elements("greeters.Meta*").unwrap().remove(0);
    assert!(!found.is_loaded());
    found.interface::<Greeters>().await.unwrap();
    assert!(found.is_loaded());
}

#[tokio::test]
async fn handle_functions() {
    let app = hello("{}").load().unwrap();
    let element = app.get_element("greeters.Hello").await.unwrap();
    assert_eq!(element.type_name().await.unwrap().as_str(), "greeters.PoliteType");
    let functions = element.functions().await.unwrap();
    let names: Vec<_> = functions.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["greet", "echo"]);
}

#[test]
fn handle_get_file() {
    let folder = hello("{}").file("greeters/Hello/prompt.md", "Be kind.");
    let app = folder.file("greeters/Hello/Inner/e.json", polite()).load().unwrap();
    let element = app.find_elements("greeters.Hello").unwrap().remove(0);
    assert_eq!(element.get_file("prompt.md").unwrap(), b"Be kind.");
    for (file, kind) in [
        ("promt.md", ErrorKind::NotFound),
        ("Inner/e.json", ErrorKind::NotFound),
        ("../Hello/prompt.md", ErrorKind::InvalidPath),
        ("/prompt.md", ErrorKind::InvalidPath),
    ] {
        assert_eq!(element.get_file(file).unwrap_err().kind(), kind, "{file}");
    }
    assert!(!element.is_loaded());
}

#[tokio::test]
async fn handle_kept() {
    let folder = hello(&word("One"));
    let app = folder.load().unwrap();
    let held = app.get_element("greeters.Hello").await.unwrap();
    let folder = folder.file("greeters/Hello/Hello.json", word("Two"));
    app.reload().await.unwrap();
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "Two Ann");
    assert_eq!(held.interface::<Greeters>().await.unwrap().greet("Ann"), "One Ann");
    std::fs::remove_dir_all(folder.path().join("greeters")).unwrap();
    app.reload().await.unwrap();
    assert_eq!(held.interface::<Greeters>().await.unwrap().greet("Ann"), "One Ann");
}

#[tokio::test]
async fn handle_app_gone() {
    let folder = hello("{}");
    let app = folder.load().unwrap();
    let found = app.find_elements("greeters.Hello").unwrap().remove(0);
    drop(app);
    let error = found.interface::<Greeters>().await.unwrap_err();
    has(&error.to_string(), &["`greeters.Hello`", "keep the app"]);
    assert!(found.app().is_none());
}
