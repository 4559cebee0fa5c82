//! What a reload changes, and what it leaves.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

use jit_app::{App, Error, ErrorKind, Reload};
use jit_meta::{Code, FullName, Lifecycle, LoadContext, Type, TypeEntry, async_trait};

use crate::support::{
    Config, Greeter, Greeters, HERE, Polite, app, define, greet, load, registry, write,
};

fn names(names: &[FullName]) -> Vec<&str> {
    names.iter().map(FullName::as_str).collect()
}

/// Everything a reload did, in one line.
fn told(reload: &Reload) -> String {
    let mut parts = Vec::new();
    for (what, list) in [
        ("created", &reload.created),
        ("updated", &reload.updated),
        ("deleted", &reload.deleted),
        ("rebuilt", &reload.rebuilt),
    ] {
        if !list.is_empty() {
            parts.push(format!("{what} {}", names(list).join(" ")));
        }
    }
    for failure in &reload.failures {
        let element = failure.element().map(FullName::as_str).unwrap_or_default();
        parts.push(format!("failed {element}"));
    }
    assert_eq!(parts.is_empty(), reload.is_empty());
    parts.join(", ")
}

fn word(word: &str) -> String {
    format!(r#"{{ "word": "{word}" }}"#)
}

const HELLO: &str = "greeters/Hello/Hello.json";

/// `greeters.Hello` and `greeters.Other`, both live.
async fn two() -> (tempfile::TempDir, App) {
    let (dir, app) = app(
        "acme.Shop",
        &[(HELLO, &word("One")), ("greeters/Other/e.json", &define("greeters.PoliteType"))],
    );
    for name in ["greeters.Hello", "greeters.Other"] {
        app.get_element(name).await.unwrap();
    }
    (dir, app)
}

#[tokio::test]
async fn nothing_changed_is_nothing_done() {
    let (dir, app) = two().await;
    let before = app.get::<Greeters>("greeters.Hello").await.unwrap();
    assert_eq!(told(&app.reload().await.unwrap()), "");
    for path in [HELLO, "greeters/Hello/e.json", "greeters", "greeters/Other"] {
        let reload = app.reload_paths([dir.path().join(path)]).await.unwrap();
        assert_eq!(told(&reload), "", "{path}");
    }
    let after = app.get::<Greeters>("greeters.Hello").await.unwrap();
    assert!(Arc::ptr_eq(&before, &after), "loaded anew");
}

#[tokio::test]
async fn a_changed_configuration_changes_its_element_alone() {
    for by_path in [true, false] {
        let (dir, app) = two().await;
        let held = app.get_element("greeters.Hello").await.unwrap();
        let other = app.get::<Greeters>("greeters.Other").await.unwrap();
        write(dir.path(), HELLO, &word("Two"));
        let reload = match by_path {
            true => app.reload_paths([dir.path().join(HELLO)]).await.unwrap(),
            false => app.reload().await.unwrap(),
        };
        assert_eq!(told(&reload), "updated greeters.Hello");
        assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "Two Ann");
        let old = held.interface::<Greeters>().await.unwrap();
        assert_eq!(old.greet("Ann"), "One Ann", "who holds the old one keeps it");
        let still = app.get::<Greeters>("greeters.Other").await.unwrap();
        assert!(Arc::ptr_eq(&other, &still), "the other one was loaded anew");
    }
}

#[tokio::test]
async fn what_does_not_work_leaves_the_last_good_one_and_is_told_once() {
    for (path, broken, fixed) in [
        (HELLO, "{", word("Two")),
        (HELLO, r#"{ "wrod": "x" }"#, word("Two")),
        ("greeters/Hello/e.json", "{", define("greeters.PoliteType")),
        ("greeters/Hello/e.json", r#"{ "title": "x", "type": "greeters.Nope" }"#, {
            r#"{ "title": "new", "type": "greeters.PoliteType" }"#.to_owned()
        }),
    ] {
        for by_path in [true, false] {
            let (dir, app) = two().await;
            let reload = async || match by_path {
                true => app.reload_paths([dir.path().join(path)]).await.unwrap(),
                false => app.reload().await.unwrap(),
            };
            assert!(app.check().is_empty());
            write(dir.path(), path, broken);
            assert_eq!(told(&reload().await), "failed greeters.Hello", "{broken}");
            assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "One Ann", "{broken}");
            assert!(!app.check().is_empty(), "{broken}");
            assert_eq!(told(&reload().await), "", "told twice: {broken}");
            assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "One Ann", "{broken}");
            write(dir.path(), path, &fixed);
            let expected = if fixed == define("greeters.PoliteType") {
                "" // as it was
            } else {
                "updated greeters.Hello"
            };
            assert_eq!(told(&reload().await), expected, "{broken}");
            assert!(app.check().is_empty(), "{:?}", app.check());
        }
    }
}

#[tokio::test]
async fn elements_come_and_go() {
    let (dir, app) = two().await;
    let at = |path: &str| dir.path().join(path);
    write(dir.path(), "greeters/New/e.json", &define("greeters.PoliteType"));
    write(dir.path(), "greeters/New/Deep/e.json", &define("greeters.PoliteType"));
    let reload = app.reload_paths([at("greeters/New")]).await.unwrap();
    assert_eq!(told(&reload), "created greeters.New greeters.New.Deep");
    assert_eq!(greet(&app, "greeters.New.Deep").await.unwrap(), "Deep Ann");

    fs::rename(at("greeters/New"), at("greeters/Old")).unwrap();
    let reload = app.reload_paths([at("greeters/New"), at("greeters/Old")]).await.unwrap();
    assert_eq!(
        told(&reload),
        "created greeters.Old greeters.Old.Deep, deleted greeters.New greeters.New.Deep"
    );
    let error = app.get_element("greeters.New.Deep").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);

    fs::remove_dir_all(at("greeters/Old")).unwrap();
    let reload = app.reload_paths([at("greeters/Old/Deep/e.json"), at("greeters/Old/e.json")]);
    assert_eq!(told(&reload.await.unwrap()), "deleted greeters.Old greeters.Old.Deep");

    write(dir.path(), "greeters/Old/e.json", "{");
    let reload = app.reload_paths([at("greeters/Old/e.json")]).await.unwrap();
    assert_eq!(told(&reload), "failed greeters.Old");
    let error = app.get_element("greeters.Old").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidDefine);
    write(dir.path(), "greeters/Old/e.json", &define("greeters.PoliteType"));
    let reload = app.reload_paths([at("greeters/Old/e.json")]).await.unwrap();
    assert_eq!(told(&reload), "created greeters.Old");
    assert_eq!(greet(&app, "greeters.Old").await.unwrap(), "Old Ann");
}

#[tokio::test]
async fn a_type_that_changes_rebuilds_what_is_of_it_and_live() {
    let (dir, app) = two().await;
    for (name, kind) in [("Kind", "PoliteType"), ("Sub", "Kind"), ("A", "Sub"), ("B", "Kind")] {
        let text = define(&format!("greeters.{kind}"));
        write(dir.path(), &format!("greeters/{name}/e.json"), &text);
    }
    app.reload().await.unwrap();
    app.get_element("greeters.A").await.unwrap();
    let other = app.get::<Greeters>("greeters.Other").await.unwrap();
    let text = r#"{ "title": "another", "type": "greeters.PoliteType" }"#;
    write(dir.path(), "greeters/Kind/e.json", text);
    let reload = app.reload_paths([dir.path().join("greeters/Kind/e.json")]).await.unwrap();
    assert_eq!(told(&reload), "updated greeters.Kind, rebuilt greeters.A");
    assert!(Arc::ptr_eq(&other, &app.get::<Greeters>("greeters.Other").await.unwrap()));
    // A Type that breaks leaves what is live, and is told with it.
    write(dir.path(), "greeters/Kind/e.json", &define("greeters.Nope"));
    let reload = app.reload_paths([dir.path().join("greeters/Kind/e.json")]).await.unwrap();
    assert_eq!(told(&reload), "updated greeters.Kind, failed greeters.A");
    assert_eq!(greet(&app, "greeters.A").await.unwrap(), "A Ann");
    assert!(greet(&app, "greeters.B").await.is_err(), "it was not live, and cannot be");
}

#[tokio::test]
async fn a_variable_reloads_what_uses_it_at_once() {
    let (dir, app) = two().await;
    write(dir.path(), HELLO, &word("${WORD} and ${MORE:-none}"));
    app.reload().await.unwrap();
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "Ahoy and none Ann");
    let other = app.get::<Greeters>("greeters.Other").await.unwrap();
    for (name, value, text, done) in [
        ("WORD", Some("Hi"), "Hi and none Ann", "rebuilt greeters.Hello"),
        ("MORE", Some("all"), "Hi and all Ann", "rebuilt greeters.Hello"),
        ("MORE", Some("all"), "Hi and all Ann", ""),
        ("MORE", None, "Hi and none Ann", "rebuilt greeters.Hello"),
        ("NOBODYS", Some("x"), "Hi and none Ann", ""),
        ("WORD", Some("\"\n"), "\"\n and none Ann", "rebuilt greeters.Hello"),
    ] {
        assert_eq!(told(&app.set_variable(name, value).await.unwrap()), done, "{name}");
        assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), text, "{name}");
    }
    assert!(Arc::ptr_eq(&other, &app.get::<Greeters>("greeters.Other").await.unwrap()));
}

#[tokio::test]
async fn the_default_of_a_variable_reloads_what_uses_it() {
    let (dir, app) = two().await;
    let declaring = |value: &str| {
        format!(
            r#"{{ "title": "x", "type": "greeters.PoliteType", "variables": [{{"name": "W", "value": "{value}"}}] }}"#
        )
    };
    write(dir.path(), "greeters/Other/e.json", &declaring("one"));
    write(dir.path(), HELLO, &word("${W}"));
    app.reload().await.unwrap();
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "one Ann");
    write(dir.path(), "greeters/Other/e.json", &declaring("two"));
    let reload = app.reload_paths([dir.path().join("greeters/Other/e.json")]).await.unwrap();
    assert_eq!(told(&reload), "updated greeters.Other, rebuilt greeters.Hello");
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "two Ann");
    let declared = app.get_env_vars_define();
    let declared: Vec<_> = declared
        .iter()
        .map(|one| (one.element.as_str(), &*one.variable.name, one.is_set))
        .collect();
    assert_eq!(declared, [("greeters.Other", "W", true)]);
}

/// `acme.Child` in `child`, which extends `acme.Base` in `base`.
fn child() -> (tempfile::TempDir, App) {
    let root = tempfile::tempdir().unwrap();
    write(root.path(), "base/app.json", r#"{ "appId": "acme.Base", "version": "1.0.0" }"#);
    write(root.path(), "base/greeters/Hello/e.json", &define("greeters.PoliteType"));
    write(root.path(), &format!("base/{HELLO}"), &word("Base"));
    write(
        root.path(),
        "child/app.json",
        r#"{ "appId": "acme.Child", "extends": [{"appId": "acme.Base", "version": "1.0.0"}] }"#,
    );
    let app = load(&root.path().join("child"), registry());
    (root, app)
}

fn write_child(root: &Path) {
    write(root, "child/greeters/Hello/e.json", &define("greeters.PoliteType"));
    write(root, &format!("child/{HELLO}"), &word("Child"));
}

#[tokio::test]
async fn an_override_comes_and_goes_and_the_parents_element_is_back() {
    let (root, app) = child();
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "Base Ann");
    write_child(root.path());
    let own = [root.path().join("child/greeters/Hello")];
    let reload = app.reload_paths(own.clone()).await.unwrap();
    assert_eq!(told(&reload), "updated greeters.Hello");
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "Child Ann");
    assert_eq!(app.get_element("greeters.Hello").await.unwrap().app_id(), "acme.Child");
    // What is overridden may change unseen.
    write(root.path(), &format!("base/{HELLO}"), &word("New base"));
    let reload = app.reload_paths([root.path().join("base").join(HELLO)]).await.unwrap();
    assert_eq!(told(&reload), "");
    fs::remove_dir_all(&own[0]).unwrap();
    assert_eq!(told(&app.reload_paths(own).await.unwrap()), "updated greeters.Hello");
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "New base Ann");
}

#[tokio::test]
async fn an_override_of_what_is_protected_is_refused_and_the_app_goes_on() {
    let (root, app) = child();
    let protected =
        r#"{ "title": "x", "type": "greeters.PoliteType", "accessModifier": "protected" }"#;
    write(root.path(), "base/greeters/Hello/e.json", protected);
    assert_eq!(told(&app.reload().await.unwrap()), "updated greeters.Hello");
    write_child(root.path());
    for _ in 0..2 {
        let reload = app.reload_paths([root.path().join("child/greeters/Hello")]).await.unwrap();
        let codes: Vec<_> =
            reload.failures.iter().flat_map(|e| e.diagnostics()).map(|d| d.code).collect();
        assert!(codes.is_empty() || codes == [Code::Protected], "{codes:?}");
        assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "Base Ann");
        assert!(app.check().iter().any(|finding| finding.code == Code::Protected));
    }
    fs::remove_dir_all(root.path().join("child/greeters")).unwrap();
    app.reload().await.unwrap();
    assert!(app.check().is_empty());
}

#[tokio::test]
async fn what_app_json_says_is_reloaded_or_refused_as_a_whole() {
    let (root, app) = child();
    greet(&app, "greeters.Hello").await.unwrap();
    let json = "child/app.json";
    let path = [root.path().join(json)];
    let extends = r#""extends": [{"appId": "acme.Base", "version": "1.0.0"}]"#;
    for (text, problem) in [
        ("{".to_owned(), "app.json"),
        (r#"{ "appId": "acme.Other" }"#.to_owned(), "the app's id was `acme.Child`"),
        (
            r#"{ "appId": "acme.Child", "extends": [{"appId": "acme.No", "version": "1.0.0"}] }"#
                .into(),
            "acme.No",
        ),
    ] {
        write(root.path(), json, &text);
        let error = app.reload_paths(path.clone()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NoApp, "{error}");
        assert!(error.to_string().contains(problem), "{error}");
        assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "Base Ann");
    }
    let settings = r#""settings": {"defaultElement": {"defaultGreeter": "greeters.Hello"}}"#;
    write(root.path(), json, &format!(r#"{{ "appId": "acme.Child", {settings}, {extends} }}"#));
    let live = app.get::<Greeters>("greeters.Hello").await.unwrap();
    assert_eq!(told(&app.reload_paths(path.clone()).await.unwrap()), "");
    assert_eq!(app.default_element("defaultGreeter").as_deref(), Some("greeters.Hello"));
    assert!(Arc::ptr_eq(&live, &app.get::<Greeters>("greeters.Hello").await.unwrap()));
    // Without its parent the app has nothing left of it.
    write(root.path(), json, r#"{ "appId": "acme.Child" }"#);
    assert_eq!(told(&app.reload_paths(path.clone()).await.unwrap()), "deleted greeters.Hello");
    assert_eq!(app.get_parents_metadata().len(), 0);
    write(root.path(), json, &format!(r#"{{ "appId": "acme.Child", {extends} }}"#));
    assert_eq!(told(&app.reload_paths(path).await.unwrap()), "created greeters.Hello");
    let parents = app.get_parents_metadata();
    let parents: Vec<_> = parents.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(parents, ["acme.Base@1.0.0"]);
}

#[tokio::test]
async fn what_lies_where_no_elements_are_or_is_an_editors_is_passed_over() {
    let (dir, app) = two().await;
    write(dir.path(), HELLO, &word("Two"));
    for path in [
        "appData/x/e.json",
        "dist/x",
        "greeters/node_modules/x/e.json",
        ".git/index",
        "greeters/Hello/.Hello.json.swp",
        "greeters/Hello/4913",
        "greeters/Hello/Hello.json~",
        "../elsewhere/e.json",
    ] {
        let reload = app.reload_paths([dir.path().join(path)]).await.unwrap();
        assert_eq!(told(&reload), "", "{path}");
    }
    // Another file of the element may mean something to its Type.
    write(dir.path(), HELLO, &word("One"));
    let reload = app.reload_paths([dir.path().join("greeters/Hello/prompt.md")]).await.unwrap();
    assert_eq!(told(&reload), "updated greeters.Hello");
}

#[tokio::test]
async fn an_element_that_was_found_is_loaded_when_it_is_used() {
    let (dir, app) = two().await;
    write(dir.path(), "greeters/New/e.json", &define("greeters.PoliteType"));
    app.reload().await.unwrap();
    let found = app.find_elements("greeters.New,greeters.Hello").unwrap();
    let loaded: Vec<_> = found.iter().map(jit_app::Element::is_loaded).collect();
    assert_eq!(loaded, [false, true]);
    let new = &found[0];
    assert_eq!((new.define().title(), new.app_id()), ("A greeter", "acme.Shop"));
    assert_eq!(new.interface::<Greeters>().await.unwrap().greet("Ann"), "New Ann");
    assert!(new.is_loaded());
    write(dir.path(), "greeters/Late/e.json", &define("greeters.PoliteType"));
    app.reload().await.unwrap();
    let late = app.find_elements("greeters.Late").unwrap().remove(0);
    drop(app);
    let error: Error = late.interface::<Greeters>().await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "`greeters.Late` was not loaded before its app went; keep the app for as long as its elements are used"
    );
}

/// Readers never see anything but a whole old or a whole new instance, however the reloads fall.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn readers_and_first_loads_race_with_reloads() {
    let (dir, app) = two().await;
    let done = Arc::new(AtomicBool::new(false));
    let readers: Vec<_> = (0..4)
        .map(|reader| {
            let (app, done) = (app.clone(), Arc::clone(&done));
            tokio::spawn(async move {
                let mut reads = 0_u32;
                while !done.load(Ordering::Relaxed) {
                    let name = if reader % 2 == 0 { "greeters.Hello" } else { "greeters.Fresh" };
                    match greet(&app, name).await {
                        Ok(text) => {
                            let all = ["One Ann", "Two Ann", "Fresh Ann"];
                            assert!(all.contains(&&*text), "{text}");
                        }
                        Err(error) => {
                            let is_gone = error.kind() == ErrorKind::NotFound && reader % 2 == 1;
                            assert!(is_gone, "{error}");
                        }
                    }
                    reads += 1;
                    tokio::task::yield_now().await;
                }
                reads
            })
        })
        .collect();
    for round in 0..200 {
        write(dir.path(), HELLO, &word(if round % 2 == 0 { "Two" } else { "One" }));
        if round % 3 == 0 {
            write(dir.path(), "greeters/Fresh/e.json", &define("greeters.PoliteType"));
        } else if round % 3 == 1 {
            drop(fs::remove_dir_all(dir.path().join("greeters/Fresh")));
        }
        let reload = if round % 5 == 0 {
            app.reload().await.unwrap()
        } else {
            let paths = [HELLO, "greeters/Fresh/e.json"].map(|path| dir.path().join(path));
            app.reload_paths(paths).await.unwrap()
        };
        assert!(reload.failures.is_empty(), "{reload:?}");
        let expected = if round % 2 == 0 { "Two Ann" } else { "One Ann" };
        assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), expected, "round {round}");
    }
    done.store(true, Ordering::Relaxed);
    for reader in readers {
        assert!(reader.await.unwrap() > 0);
    }
}

/// A Type whose instances, and hooks, ask the app to reload.
struct RestlessType(OnceLock<App>, Mutex<Vec<String>>);

impl RestlessType {
    async fn ask(&self) {
        if let Some(app) = self.0.get() {
            let told = match app.reload().await {
                Ok(_) => "reloaded".to_owned(),
                Err(error) => error.to_string(),
            };
            self.1.lock().unwrap().push(told);
        }
    }
}

#[async_trait]
impl Type for &'static RestlessType {
    type Meta = Greeters;
    type Config = Config;

    async fn load(
        &self,
        config: Config,
        _: LoadContext<'_, Greeters>,
    ) -> Result<Arc<dyn Greeter>, Error> {
        self.ask().await;
        Ok(Arc::new(Polite(config.word.unwrap_or_default())))
    }

    fn lifecycle(&self) -> Lifecycle<Greeters> {
        let this = *self;
        Lifecycle::new().on_update(move |_| {
            Box::pin(async move {
                this.ask().await;
                Ok(())
            })
        })
    }
}

#[tokio::test]
async fn a_reload_within_a_reload_is_refused_and_not_waited_for() {
    let (dir, _) = app("acme.Shop", &[("greeters/Hello/e.json", &define("greeters.Restless"))]);
    let code: &'static RestlessType =
        Box::leak(Box::new(RestlessType(OnceLock::new(), Mutex::default())));
    let held: &'static &'static RestlessType = Box::leak(Box::new(code));
    let mut registry = registry();
    registry.add(TypeEntry::new(None, "greeters.Restless", held, HERE)).unwrap();
    let app = load(dir.path(), registry);
    let told = || std::mem::take(&mut *code.1.lock().unwrap());
    greet(&app, "greeters.Hello").await.unwrap();
    code.0.set(app.clone()).unwrap_or_else(|_| unreachable!());
    code.ask().await;
    assert_eq!(told(), ["reloaded"], "outside of a reload it may");
    write(dir.path(), HELLO, &word("Two"));
    let reload = app.reload_paths([dir.path().join(HELLO)]).await.unwrap();
    assert_eq!(names(&reload.updated), ["greeters.Hello"]);
    let refused = "`acme.Shop` is being reloaded, and this is a part of it; a Type's `load` and its hooks cannot wait for a reload: spawn a task that does";
    assert_eq!(told(), [refused, refused], "by `load`, and by `onUpdate`");
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "Two Ann");
}
