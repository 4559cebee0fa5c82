//! What went wrong once, with a family that writes down what it is told and fails on demand.

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jit_app::{App, Error, Reload, Variables};
use jit_meta::{
    BoundArgs, FullName, Function, Instance, Lifecycle, LoadContext, Meta, MetaEntry, Registry,
    Type, TypeEntry, Value,
};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::sync::Notify;

use crate::support::{HERE, write};

#[derive(Debug)]
struct Probes;
#[derive(Debug)]
struct Probe {
    word: String,
}
impl Meta for Probes {
    const FULL_NAME: &'static str = "probes.Meta";
    type Interface = Probe;
    fn functions() -> &'static [Function] {
        &[]
    }
    fn into_instance(this: Arc<Probe>) -> Arc<dyn Instance> {
        drop(this);
        Arc::new(Call)
    }
}
#[derive(Debug)]
struct Call;
#[async_trait]
impl Instance for Call {
    async fn call(&self, _: &str, _: BoundArgs) -> Result<Value, Error> {
        Err(Error::failed("never"))
    }
}
#[derive(Debug, Deserialize, JsonSchema)]
struct Config {
    #[serde(default)]
    word: String,
}

#[derive(Default)]
struct World {
    book: Mutex<Vec<String>>,
    hold: AtomicBool,
    entered: Notify,
    release: Notify,
    fail: Mutex<Option<String>>,
    slow_create: AtomicBool,
    loads: AtomicUsize,
}
struct ProbeType {
    tag: &'static str,
    world: Arc<World>,
    fails: bool,
}

#[async_trait]
impl Type for ProbeType {
    type Meta = Probes;
    type Config = Config;
    async fn load(&self, c: Config, cx: LoadContext<'_, Probes>) -> Result<Arc<Probe>, Error> {
        let w = &self.world;
        w.loads.fetch_add(1, Ordering::SeqCst);
        w.book.lock().unwrap().push(format!("load {}", cx.element()));
        if w.hold.load(Ordering::SeqCst) {
            w.entered.notify_one();
            w.release.notified().await;
        }
        if self.fails
            && let Some(why) = w.fail.lock().unwrap().clone()
        {
            return Err(Error::failed(std::io::Error::other(why)));
        }
        Ok(Arc::new(Probe { word: format!("{}{}", self.tag, c.word) }))
    }
    fn lifecycle(&self) -> Lifecycle<Probes> {
        let w = [0; 5].map(|_| Arc::clone(&self.world));
        let [a, b, c, d, _] = w;
        Lifecycle::new()
            .on_create(move |ch| {
                let a = Arc::clone(&a);
                a.book.lock().unwrap().push(format!("create {}", ch.element));
                Box::pin(async move {
                    if a.slow_create.load(Ordering::SeqCst) {
                        a.entered.notify_one();
                        a.release.notified().await;
                    }
                    Ok(())
                })
            })
            .on_update(move |ch| {
                b.book.lock().unwrap().push(format!("update {}", ch.element));
                Box::pin(async { Ok(()) })
            })
            .on_delete(move |ch| {
                c.book.lock().unwrap().push(format!("delete {}", ch.element));
                Box::pin(async { Ok(()) })
            })
            .on_app_exit(move |ch| {
                d.book.lock().unwrap().push(format!("exit {}", ch.element));
                Box::pin(async { Ok(()) })
            })
    }
}

fn registry(world: &Arc<World>) -> Registry {
    let mut r = Registry::empty();
    r.add_meta(MetaEntry::new::<Probes>(HERE)).unwrap();
    for (name, tag, fails) in [("probes.XType", "x:", false), ("probes.YType", "y:", true)] {
        let code: &'static ProbeType =
            Box::leak(Box::new(ProbeType { tag, world: Arc::clone(world), fails }));
        r.add(TypeEntry::new(None, name, code, HERE)).unwrap();
    }
    r
}
fn def(t: &str) -> String {
    format!(r#"{{ "title": "t", "type": "{t}" }}"#)
}
fn defx(t: &str, more: &str) -> String {
    format!(r#"{{ "title": "t", "type": "{t}", {more} }}"#)
}
fn app_in(dir: &Path, files: &[(&str, &str)]) -> (App, Arc<World>) {
    if !dir.join("app.json").exists() {
        write(dir, "app.json", r#"{ "appId": "acme.Shop" }"#);
    }
    for (p, t) in files {
        write(dir, p, t);
    }
    open(dir)
}
fn open(dir: &Path) -> (App, Arc<World>) {
    let world = Arc::new(World::default());
    let app = App::builder(dir)
        .registry(registry(&world))
        .variables(Variables::empty().with("WORD", "one"))
        .load()
        .unwrap();
    (app, world)
}
fn words(r: &Reload) -> String {
    let n = |v: &[FullName]| v.iter().map(|n| n.to_string()).collect::<Vec<_>>().join(" ");
    format!(
        "created[{}] updated[{}] deleted[{}] rebuilt[{}] failures{:?}",
        n(&r.created),
        n(&r.updated),
        n(&r.deleted),
        n(&r.rebuilt),
        r.failures.iter().map(|f| f.to_string()).collect::<Vec<_>>()
    )
}
fn book(w: &World) -> Vec<String> {
    std::mem::take(&mut w.book.lock().unwrap())
}
async fn word(app: &App, n: &str) -> String {
    match app.get::<Probes>(n).await {
        Ok(p) => p.word.clone(),
        Err(e) => format!("ERR {e}"),
    }
}

const CHILD: &str =
    r#"{ "appId": "acme.Child", "extends": [{"appId": "acme.Base", "version": "1.0.0"}] }"#;
fn two(base: &[(&str, &str)], child: &[(&str, &str)]) -> (tempfile::TempDir, App, Arc<World>) {
    let d = tempfile::tempdir().unwrap();
    let (b, c) = (d.path().join("acme/Base/1_0_0"), d.path().join("acme/Child/1_0_0"));
    write(&b, "app.json", r#"{ "appId": "acme.Base" }"#);
    write(&c, "app.json", CHILD);
    for (p, t) in base {
        write(&b, p, t);
    }
    for (p, t) in child {
        write(&c, p, t);
    }
    let (app, w) = open(&c);
    (d, app, w)
}
#[tokio::test]
async fn a_variable_that_changes_while_an_element_is_loaded_is_not_lost() {
    let d = tempfile::tempdir().unwrap();
    let (app, w) = app_in(
        d.path(),
        &[("probes/A/e.json", &def("probes.XType")), ("probes/A/A.json", r#"{"word": "${WORD}"}"#)],
    );
    w.hold.store(true, Ordering::SeqCst);
    let a2 = app.clone();
    let t = tokio::spawn(async move { word(&a2, "probes.A").await });
    w.entered.notified().await;
    w.hold.store(false, Ordering::SeqCst);
    app.set_variable("WORD", Some("two")).await.unwrap();
    w.release.notify_one();
    t.await.unwrap();
    assert_eq!(word(&app, "probes.A").await, "x:two");
}

#[tokio::test]
async fn an_element_that_comes_to_life_while_a_variable_changes_has_its_new_value() {
    let d = tempfile::tempdir().unwrap();
    let config = r#"{"word": "${WORD}"}"#;
    let (app, w) = app_in(
        d.path(),
        &[
            ("probes/A/e.json", &def("probes.XType")),
            ("probes/A/A.json", config),
            ("probes/B/e.json", &def("probes.XType")),
            ("probes/B/B.json", config),
        ],
    );
    assert_eq!(word(&app, "probes.A").await, "x:one");
    w.hold.store(true, Ordering::SeqCst);
    let other = app.clone();
    let task = tokio::spawn(async move { other.set_variable("WORD", Some("two")).await.unwrap() });
    w.entered.notified().await;
    w.hold.store(false, Ordering::SeqCst);
    // The new value is not in force before A has come to life with it.
    assert_eq!(word(&app, "probes.B").await, "x:one");
    w.release.notify_one();
    assert_eq!(task.await.unwrap().rebuilt.len(), 2);
    assert_eq!(word(&app, "probes.A").await, "x:two");
    assert_eq!(word(&app, "probes.B").await, "x:two");
}

#[tokio::test]
async fn what_a_base_keeps_to_itself_is_nobodys_to_load() {
    let (_d, app, _) = two(
        &[(
            "probes/A/e.json",
            &defx(
                "probes.XType",
                r#""accessModifier": "private", "backendLoadTime": "afterAppInit""#,
            ),
        )],
        &[],
    );
    app.init().await.unwrap();
}

#[tokio::test]
async fn an_override_that_gives_no_load_time_has_none() {
    let (_d, app, w) = two(
        &[("probes/A/e.json", &defx("probes.XType", r#""backendLoadTime": "afterAppInit""#))],
        &[("probes/A/e.json", &defx("probes.XType", r#""backendLoadTime": """#))],
    );
    app.init().await.unwrap();
    assert_eq!(book(&w), Vec::<String>::new());
}

#[tokio::test]
async fn a_type_change_that_was_refused_is_tried_again() {
    let d = tempfile::tempdir().unwrap();
    let (app, w) = app_in(
        d.path(),
        &[
            ("probes/T/e.json", &def("probes.XType")),
            ("probes/A/e.json", &def("probes.T")),
            ("probes/B/e.json", &def("probes.XType")),
        ],
    );
    assert_eq!(word(&app, "probes.A").await, "x:");
    *w.fail.lock().unwrap() = Some("database is down".into());
    write(d.path(), "probes/T/e.json", &def("probes.YType"));
    app.reload().await.unwrap();
    *w.fail.lock().unwrap() = None; // it is up again
    app.reload().await.unwrap();
    app.reload().await.unwrap();
    assert_eq!(word(&app, "probes.A").await, "y:");
}

#[tokio::test]
async fn an_element_inside_a_split_is_deleted_where_it_is() {
    let d = tempfile::tempdir().unwrap();
    let (app, w) = app_in(
        d.path(),
        &[
            ("probes/A/e.json", &def("probes.XType")),
            ("probes/A/backend/C/e.json", &def("probes.XType")),
        ],
    );
    assert_eq!(word(&app, "probes.A.C").await, "x:");
    book(&w);
    let r = app.delete_element("probes.A.C").await;
    assert!(
        r.is_ok(),
        "{} {:?} still {}",
        r.unwrap_err(),
        book(&w),
        word(&app, "probes.A.C").await
    );
}

#[tokio::test]
async fn what_another_app_has_below_an_override_is_not_told_of_its_end() {
    let (_d, app, w) = two(
        &[("probes/A/e.json", &def("probes.XType")), ("probes/A/C/e.json", &def("probes.XType"))],
        &[("probes/A/e.json", &def("probes.XType"))],
    );
    let r = app.delete_element("probes.A").await.unwrap();
    let b = book(&w);
    assert!(
        !b.contains(&"delete probes.A.C".to_owned()),
        "{b:?} {} C: {}",
        words(&r),
        word(&app, "probes.A.C").await
    );
}

#[tokio::test]
async fn names_below_a_definition_that_goes_are_those_of_a_fresh_load() {
    let d = tempfile::tempdir().unwrap();
    let (app, _) = app_in(
        d.path(),
        &[
            ("probes/A/e.json", &def("probes.XType")),
            ("probes/A/backend/C/e.json", &def("probes.XType")),
        ],
    );
    fs::remove_file(d.path().join("probes/A/e.json")).unwrap();
    let r = app.reload_paths([d.path().join("probes/A/e.json")]).await.unwrap();
    let names: Vec<_> = app.elements().iter().map(|e| e.full_name.to_string()).collect();
    let (fresh, _) = open(d.path());
    let fresh: Vec<_> = fresh.elements().iter().map(|e| e.full_name.to_string()).collect();
    assert_eq!(names, fresh, "{}", words(&r));
}

#[tokio::test]
async fn a_finding_about_a_folder_goes_when_it_is_mended() {
    let d = tempfile::tempdir().unwrap();
    let (app, _) = app_in(d.path(), &[("probes/A/A.json", "{}")]);
    assert_eq!(app.check().len(), 1);
    write(d.path(), "probes/A/e.json", &def("probes.XType"));
    app.reload_paths([d.path().join("probes/A/e.json")]).await.unwrap();
    assert_eq!(app.check().iter().map(|f| f.to_string()).collect::<Vec<_>>(), Vec::<String>::new());
}

#[tokio::test]
async fn a_request_that_cannot_begin_ends_for_what_it_has_loaded() {
    let d = tempfile::tempdir().unwrap();
    let before = r#""backendLoadTime": "beforeHandleRequest", "cacheLevel": 1"#;
    let (app, w) = app_in(
        d.path(),
        &[
            ("probes/A/e.json", &defx("probes.XType", before)),
            ("probes/B/e.json", &defx("probes.YType", before)),
        ],
    );
    *w.fail.lock().unwrap() = Some("no".into());
    app.request().await.unwrap_err();
    assert!(book(&w).contains(&"exit probes.A".to_owned()));
}

#[tokio::test]
async fn a_reload_that_nobody_awaits_any_more_loses_no_hook() {
    let d = tempfile::tempdir().unwrap();
    let (app, w) = app_in(d.path(), &[]);
    w.slow_create.store(true, Ordering::SeqCst);
    write(d.path(), "probes/A/e.json", &def("probes.XType"));
    write(d.path(), "probes/B/e.json", &def("probes.XType"));
    tokio::select! {
        _ = app.reload() => unreachable!("a hook waits"),
        () = w.entered.notified() => {}
    }
    w.slow_create.store(false, Ordering::SeqCst);
    let r = app.reload().await.unwrap();
    let b = book(&w);
    assert!(b.contains(&"create probes.B".to_owned()), "{b:?} {}", words(&r));
}

#[tokio::test]
async fn an_override_that_is_refused_is_told_each_time_it_is_made() {
    let (_d, app, _) =
        two(&[("probes/A/e.json", &defx("probes.XType", r#""accessModifier": "protected""#))], &[]);
    let mut counts = vec![];
    for _ in 0..2 {
        write(app.dir(), "probes/A/e.json", &def("probes.XType"));
        counts.push(app.reload().await.unwrap().failures.len());
        fs::remove_dir_all(app.dir().join("probes")).unwrap();
        app.reload().await.unwrap();
        counts.push(app.check().len());
    }
    assert_eq!(counts, [1, 0, 1, 0]);
}

#[tokio::test]
async fn a_new_element_that_was_broken_at_first_is_created_when_it_is_mended() {
    let d = tempfile::tempdir().unwrap();
    let (app, w) = app_in(d.path(), &[]);
    write(d.path(), "probes/A/e.json", "{");
    app.reload().await.unwrap();
    write(d.path(), "probes/A/e.json", &def("probes.XType"));
    let r = app.reload().await.unwrap();
    assert_eq!(book(&w), ["create probes.A"], "{}", words(&r));
}

#[tokio::test]
async fn a_file_without_a_name_is_not_written() {
    let d = tempfile::tempdir().unwrap();
    let (app, _) = app_in(d.path(), &[]);
    let name = "probes.A";
    let r =
        app.write_element(name, &[("", b"x"), ("e.json", def("probes.XType").as_bytes())]).await;
    assert!(
        !d.path().join("probes/A").is_file(),
        "{:?}",
        r.map_err(|e| e.to_string()).map(|r| words(&r))
    );
}

#[tokio::test]
async fn a_definition_is_one_however_its_path_is_written() {
    let d = tempfile::tempdir().unwrap();
    let (app, _) = app_in(d.path(), &[]);
    let name = "probes.A";
    let r = app
        .write_element(name, &[("./e.json", def("probes.XType").as_bytes()), ("A.json", b"{}")])
        .await;
    assert!(r.is_ok(), "{}", r.unwrap_err());
}

#[tokio::test]
async fn an_instance_may_become_a_type() {
    let d = tempfile::tempdir().unwrap();
    let (app, _) = app_in(d.path(), &[("probes/I/e.json", &def("probes.XType"))]);
    app.get_element("probes.I").await.unwrap();
    write(d.path(), "probes/J/e.json", &def("probes.I"));
    app.reload().await.unwrap();
    write(d.path(), "probes/I/e.json", &def("probes.YType"));
    let r = app.reload().await.unwrap();
    assert!(r.failures.is_empty(), "{} J is {}", words(&r), word(&app, "probes.J").await);
}

#[tokio::test]
async fn an_element_that_was_deleted_does_not_come_to_life() {
    let d = tempfile::tempdir().unwrap();
    let (app, _) = app_in(
        d.path(),
        &[("probes/A/e.json", &def("probes.XType")), ("probes/A/A.json", r#"{"word":"mine"}"#)],
    );
    let held = app.find_elements("probes.A").unwrap().remove(0);
    app.delete_element("probes.A").await.unwrap();
    let r = held.interface::<Probes>().await;
    assert!(r.is_err(), "a live instance with word {:?}", r.map(|p| p.word.clone()).unwrap());
}

#[tokio::test]
async fn another_version_of_the_app_itself_is_the_same_app() {
    let d = tempfile::tempdir().unwrap();
    let (app, _) = app_in(
        d.path(),
        &[("probes/A/e.json", &def("probes.XType")), ("probes/B/e.json", &def("probes.XType"))],
    );
    app.get_element("probes.A").await.unwrap();
    app.get_element("probes.B").await.unwrap();
    write(d.path(), "probes/A/A.json", "{");
    app.reload().await.unwrap();
    write(d.path(), "app.json", r#"{ "appId": "acme.Shop", "version": "1.0.1" }"#);
    write(d.path(), "probes/B/B.json", r#"{"word":"2"}"#);
    let r = app.reload().await;
    assert!(r.is_ok(), "{} B is {}", r.unwrap_err(), word(&app, "probes.B").await);
}

#[tokio::test]
async fn a_request_sees_what_has_been_mended_meanwhile() {
    // Broken when first asked for, then mended and reloaded: the same request goes on with the old definition.
    let d = tempfile::tempdir().unwrap();
    let (app, w) =
        app_in(d.path(), &[("probes/A/e.json", &defx("probes.YType", r#""cacheLevel": 1"#))]);
    *w.fail.lock().unwrap() = Some("no".into());
    let r = app.request().await.unwrap();
    r.get_element("probes.A").await.unwrap_err();
    write(d.path(), "probes/A/e.json", &defx("probes.XType", r#""cacheLevel": 1"#));
    app.reload().await.unwrap();
    let again = r.get_element("probes.A").await;
    assert!(again.is_ok(), "{}", again.unwrap_err());
}

#[tokio::test]
async fn a_file_that_only_a_type_reads_is_tried_again_when_it_failed() {
    let d = tempfile::tempdir().unwrap();
    let (app, w) = app_in(
        d.path(),
        &[
            ("probes/A/e.json", &def("probes.YType")),
            ("probes/A/prompt.md", "1"),
            ("probes/B/e.json", &def("probes.XType")),
        ],
    );
    app.get_element("probes.A").await.unwrap();
    *w.fail.lock().unwrap() = Some("no".into());
    write(d.path(), "probes/A/prompt.md", "2");
    app.reload_paths([d.path().join("probes/A/prompt.md")]).await.unwrap();
    *w.fail.lock().unwrap() = None;
    app.reload_paths([d.path().join("probes/B")]).await.unwrap();
    w.loads.store(0, Ordering::SeqCst);
    app.reload().await.unwrap();
    assert_eq!(
        w.loads.load(Ordering::SeqCst),
        1,
        "A still is what it was before prompt.md changed, and nothing says so"
    );
}

#[tokio::test]
async fn a_reload_that_finds_nothing_leaves_what_is_held() {
    let d = tempfile::tempdir().unwrap();
    let (app, w) = app_in(d.path(), &[("probes/A/e.json", &def("probes.XType"))]);
    let held = app.find_elements("probes.A").unwrap().remove(0);
    assert!(app.reload().await.unwrap().is_empty());
    let a = held.interface::<Probes>().await.unwrap();
    let b = app.get::<Probes>("probes.A").await.unwrap();
    assert!(Arc::ptr_eq(&a, &b), "{} loads", w.loads.load(Ordering::SeqCst));
}

#[tokio::test]
async fn a_reload_that_finds_nothing_leaves_an_element_that_is_being_loaded() {
    let d = tempfile::tempdir().unwrap();
    let (app, w) = app_in(
        d.path(),
        &[("probes/A/e.json", &def("probes.XType")), ("probes/A/A.json", r#"{"word": "a"}"#)],
    );
    w.hold.store(true, Ordering::SeqCst);
    let other = app.clone();
    let task = tokio::spawn(async move { word(&other, "probes.A").await });
    w.entered.notified().await;
    w.hold.store(false, Ordering::SeqCst);
    assert!(app.reload().await.unwrap().is_empty());
    w.release.notify_one();
    assert_eq!(task.await.unwrap(), "x:a");
    assert_eq!(word(&app, "probes.A").await, "x:a");
    assert_eq!(w.loads.load(Ordering::SeqCst), 1);
    // What has changed meanwhile is not missed.
    write(d.path(), "probes/B/e.json", &def("probes.XType"));
    write(d.path(), "probes/B/B.json", r#"{"word": "b"}"#);
    app.reload().await.unwrap();
    w.hold.store(true, Ordering::SeqCst);
    let other = app.clone();
    let task = tokio::spawn(async move { word(&other, "probes.B").await });
    w.entered.notified().await;
    w.hold.store(false, Ordering::SeqCst);
    write(d.path(), "probes/B/B.json", r#"{"word": "c"}"#);
    app.reload().await.unwrap();
    w.release.notify_one();
    assert_eq!(task.await.unwrap(), "x:b");
    assert_eq!(word(&app, "probes.B").await, "x:c");
}

#[tokio::test]
async fn what_a_base_keeps_to_itself_stays_hidden_when_it_breaks() {
    let private = defx("probes.XType", r#""accessModifier": "private""#);
    let (d, app, _) = two(&[("probes/A/e.json", &private)], &[]);
    let base = d.path().join("acme/Base/1_0_0");
    let hidden = word(&app, "probes.A").await;
    assert!(hidden.contains("has no element `probes.A`"), "{hidden}");
    write(&base, "probes/A/e.json", "{");
    for _ in 0..2 {
        let reload = app.reload().await.unwrap();
        assert!(reload.created.is_empty() && reload.updated.is_empty(), "{}", words(&reload));
        assert_eq!(word(&app, "probes.A").await, hidden);
    }
    assert!(app.elements().iter().all(|element| element.full_name.as_str() != "probes.A"));
    write(&base, "probes/A/e.json", &private);
    let reload = app.reload().await.unwrap();
    assert!(reload.failures.is_empty(), "{}", words(&reload));
    assert_eq!(word(&app, "probes.A").await, hidden);
    write(&base, "probes/A/e.json", &def("probes.XType"));
    app.reload().await.unwrap();
    assert_eq!(word(&app, "probes.A").await, "x:");
}

#[tokio::test]
async fn an_element_that_fails_among_other_apps_keeps_no_other_back() {
    let (d, app, w) = two(
        &[("probes/Z/e.json", &def("probes.XType"))],
        &[("probes/A/e.json", &def("probes.XType")), ("probes/B/e.json", &def("probes.YType"))],
    );
    let more = d.path().join("acme/More/1_0_0");
    write(&more, "app.json", r#"{ "appId": "acme.More" }"#);
    write(&more, "probes/New/e.json", &def("probes.XType"));
    let before = app.get::<Probes>("probes.B").await.unwrap();
    assert_eq!(word(&app, "probes.A").await, "x:");
    *w.fail.lock().unwrap() = Some("no more".to_owned());
    let child = d.path().join("acme/Child/1_0_0");
    let extends = r#"{ "appId": "acme.Child", "extends": [
        {"appId": "acme.More", "version": "1.0.0"}, {"appId": "acme.Base", "version": "1.0.0"}] }"#;
    write(&child, "app.json", extends);
    let reload = app.reload().await.unwrap();
    let told = words(&reload);
    assert!(told.ends_with(r#"failures["no more"]"#), "{told}");
    assert_eq!(reload.failures[0].element().unwrap().as_str(), "probes.B");
    assert_eq!(word(&app, "probes.New").await, "x:");
    assert_eq!(word(&app, "probes.A").await, "x:");
    // The last good one stays, and is tried again.
    assert!(Arc::ptr_eq(&before, &app.get::<Probes>("probes.B").await.unwrap()));
    assert!(app.reload().await.unwrap().failures.is_empty());
    *w.fail.lock().unwrap() = None;
    app.reload().await.unwrap();
    assert!(!Arc::ptr_eq(&before, &app.get::<Probes>("probes.B").await.unwrap()));
}

#[tokio::test]
async fn an_element_that_comes_to_life_while_a_declaration_changes_has_the_new_default() {
    let d = tempfile::tempdir().unwrap();
    let declared = |value: &str| {
        defx("probes.XType", &format!(r#""variables": [{{"name": "TONE", "value": "{value}"}}]"#))
    };
    let config = r#"{"word": "${TONE}"}"#;
    let (app, w) = app_in(
        d.path(),
        &[
            ("probes/D/e.json", &declared("low")),
            ("probes/A/e.json", &def("probes.XType")),
            ("probes/A/A.json", config),
            ("probes/B/e.json", &def("probes.XType")),
            ("probes/B/B.json", config),
        ],
    );
    assert_eq!(word(&app, "probes.A").await, "x:low");
    write(d.path(), "probes/D/e.json", &declared("high"));
    w.hold.store(true, Ordering::SeqCst);
    let other = app.clone();
    let path = d.path().join("probes/D/e.json");
    let task = tokio::spawn(async move { other.reload_paths([path]).await.unwrap() });
    w.entered.notified().await;
    w.hold.store(false, Ordering::SeqCst);
    assert_eq!(word(&app, "probes.B").await, "x:low");
    w.release.notify_one();
    assert_eq!(task.await.unwrap().rebuilt.len(), 2);
    assert_eq!(word(&app, "probes.A").await, "x:high");
    assert_eq!(word(&app, "probes.B").await, "x:high");
}
