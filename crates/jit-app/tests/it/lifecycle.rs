//! What Types are told of, and in which order.

use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use jit_app::{App, Args, Error, ErrorKind};
use jit_meta::{
    BoundArgs, Called, Function, Instance, Lifecycle, LoadContext, Meta, MetaEntry, Outcome,
    Registry, Type, TypeEntry, Value,
};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::support::{HERE, define, load, write};

/// A family whose members write down what happens to them.
#[derive(Debug)]
struct Diaries;

#[derive(Debug)]
struct Diary {
    name: String,
    book: Book,
}

/// What was written down, by all elements of one test.
type Book = Arc<Mutex<Vec<String>>>;

impl Meta for Diaries {
    const FULL_NAME: &'static str = "diaries.Meta";
    type Interface = Diary;

    fn functions() -> &'static [Function] {
        const FUNCTIONS: &[Function] = &[Function {
            name: "fail",
            title: "Fail",
            args: &[],
            return_type: jit_meta::DataType::None,
            desc: "Fails.",
        }];
        FUNCTIONS
    }

    fn into_instance(this: Arc<Diary>) -> Arc<dyn Instance> {
        Arc::new(ByName(this))
    }
}

#[derive(Debug)]
struct ByName(Arc<Diary>);

#[async_trait]
impl Instance for ByName {
    async fn call(&self, _: &str, _: BoundArgs) -> Result<Value, Error> {
        self.0.book.lock().unwrap().push(format!("fail {}", self.0.name));
        Err(Error::failed("on purpose"))
    }
}

/// Refuses to do what is named in its configuration.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Config {
    #[serde(default)]
    refuse: String,
}

/// One test's Type: all its elements share a book.
struct DiaryType(Book);

#[derive(Debug)]
struct Refusal(String);

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} refused", self.0)
    }
}

impl std::error::Error for Refusal {}

#[async_trait]
impl Type for DiaryType {
    type Meta = Diaries;
    type Config = Config;

    async fn load(
        &self,
        config: Config,
        cx: LoadContext<'_, Diaries>,
    ) -> Result<Arc<Diary>, Error> {
        let name = format!("{}/{}", cx.element().name(), config.refuse);
        self.0.lock().unwrap().push(format!("load {}", cx.element().name()));
        Ok(Arc::new(Diary { name, book: Arc::clone(&self.0) }))
    }

    fn lifecycle(&self) -> Lifecycle<Diaries> {
        fn told(diary: &Diary, hook: &str) -> Result<(), Error> {
            let (name, refuse) = diary.name.split_once('/').unwrap_or_default();
            diary.book.lock().unwrap().push(format!("{hook} {name}"));
            if refuse == hook { Err(Error::failed(Refusal(hook.to_owned()))) } else { Ok(()) }
        }
        let book = Arc::clone(&self.0);
        let exception = Arc::clone(&self.0);
        Lifecycle::new()
            .on_load(|called| Box::pin(async move { told(called.instance, "onLoad") }))
            .on_called(|called| Box::pin(async move { told(called.instance, "onCalled") }))
            .on_app_exit(|exit| {
                Box::pin(async move {
                    told(exit.instance, "onAppExit")?;
                    if let Some(error) = exit.outcome.error {
                        told(exit.instance, &format!("({error})"))?;
                    }
                    Ok(())
                })
            })
            .on_create(move |changed| {
                book.lock().unwrap().push(format!("onCreate {}", changed.element));
                Box::pin(async { Ok(()) })
            })
            .on_exception(move |exception_| {
                let (element, error) = (exception_.element, exception_.error);
                exception.lock().unwrap().push(format!("onException {element}: {error}"));
                Box::pin(async { Err(Error::failed(Refusal("onException".to_owned()))) })
            })
    }
}

/// An app with diaries `diaries.<name>`, each with more fields of its `e.json` and what it refuses.
fn diaries(elements: &[(&str, &str, &str)]) -> (tempfile::TempDir, App, Book) {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "app.json", r#"{ "appId": "acme.Shop" }"#);
    for (name, fields, refuse) in elements {
        let define = format!(r#"{{ "title": "x", "type": "diaries.DiaryType" {fields} }}"#);
        write(dir.path(), &format!("diaries/{name}/e.json"), &define);
        let config = format!(r#"{{ "refuse": "{refuse}" }}"#);
        write(dir.path(), &format!("diaries/{name}/{name}.json"), &config);
    }
    let book = Book::default();
    let mut registry = Registry::empty();
    registry.add_meta(MetaEntry::new::<Diaries>(HERE)).unwrap();
    // Each test has a Type, and so a book, of its own; entries live as long as the program.
    let code: &'static DiaryType = Box::leak(Box::new(DiaryType(Arc::clone(&book))));
    registry.add(TypeEntry::new(None, "diaries.DiaryType", code, HERE)).unwrap();
    let app = load(dir.path(), registry);
    (dir, app, book)
}

fn read(book: &Book) -> Vec<String> {
    std::mem::take(&mut book.lock().unwrap())
}

const PER_REQUEST: &str = r#", "cacheLevel": 1"#;

#[tokio::test]
async fn on_load_comes_once_and_on_called_each_time() {
    let (_dir, app, book) = diaries(&[("A", "", "")]);
    app.get_element("diaries.A").await.unwrap();
    app.get_element("diaries.A").await.unwrap();
    assert_eq!(read(&book), ["load A", "onLoad A", "onCalled A", "onCalled A"]);
    app.find_elements("diaries.A").unwrap();
    app.get_element_define("diaries.A").unwrap();
    assert_eq!(read(&book), Vec::<String>::new(), "nobody was called");
}

#[tokio::test]
async fn a_failing_on_load_keeps_nothing_and_a_failing_on_called_keeps_the_instance() {
    let (_dir, app, book) = diaries(&[("A", "", "onLoad"), ("B", "", "onCalled")]);
    for _ in 0..2 {
        let error = app.get_element("diaries.A").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Failed);
        assert_eq!(error.to_string(), "`onLoad` of `diaries.A` failed: onLoad refused");
        assert_eq!(error.downcast_ref::<Refusal>().unwrap().0, "onLoad");
        assert_eq!(error.element().unwrap().as_str(), "diaries.A");
        assert_eq!(error.type_name().unwrap().as_str(), "diaries.DiaryType");
        assert_eq!(read(&book), ["load A", "onLoad A"]);
    }
    app.get_element("diaries.B").await.unwrap_err();
    app.get_element("diaries.B").await.unwrap_err();
    assert_eq!(read(&book), ["load B", "onLoad B", "onCalled B", "onCalled B"]);
}

#[tokio::test]
async fn at_its_end_a_request_tells_what_it_used_in_reverse_order() {
    let (_dir, app, book) = diaries(&[("A", "", "onAppExit"), ("B", "", ""), ("C", "", "")]);
    let request = app.request().await.unwrap();
    for name in ["diaries.B", "diaries.A", "diaries.B"] {
        request.get_element(name).await.unwrap();
    }
    app.get_element("diaries.C").await.unwrap();
    read(&book);
    let error = Error::failed("no luck");
    let outcome = Outcome { error: Some(&error), result: None };
    let failures = request.end(outcome).await;
    assert_eq!(read(&book), ["onAppExit A", "onAppExit B", "(no luck) B"]);
    let failures: Vec<_> = failures.iter().map(ToString::to_string).collect();
    assert_eq!(failures, ["`onAppExit` of `diaries.A` failed: onAppExit refused"]);
}

#[tokio::test]
async fn an_element_of_a_request_lives_in_it_and_alone_outside_of_one() {
    let (_dir, app, _) = diaries(&[("A", PER_REQUEST, ""), ("B", "", "")]);
    let (one, other) = (app.request().await.unwrap(), app.request().await.unwrap());
    let a = one.get::<Diaries>("diaries.A").await.unwrap();
    assert!(Arc::ptr_eq(&a, &one.get::<Diaries>("diaries.A").await.unwrap()), "not shared");
    assert!(!Arc::ptr_eq(&a, &other.get::<Diaries>("diaries.A").await.unwrap()), "shared");
    assert!(!Arc::ptr_eq(&a, &app.get::<Diaries>("diaries.A").await.unwrap()), "leaked");
    let outside = app.get::<Diaries>("diaries.A").await.unwrap();
    assert!(!Arc::ptr_eq(&outside, &app.get::<Diaries>("diaries.A").await.unwrap()));
    let b = app.get::<Diaries>("diaries.B").await.unwrap();
    assert!(Arc::ptr_eq(&b, &one.get::<Diaries>("diaries.B").await.unwrap()), "level 0 is shared");
}

#[tokio::test]
async fn the_nearest_cache_level_of_the_type_chain_counts() {
    let (dir, _, _) = diaries(&[]);
    let kind = r#"{ "title": "x", "type": "diaries.DiaryType", "cacheLevel": 1 }"#;
    write(dir.path(), "diaries/Short/e.json", kind);
    write(dir.path(), "diaries/A/e.json", &define("diaries.Short"));
    let own = r#"{ "title": "x", "type": "diaries.Short", "cacheLevel": 0 }"#;
    write(dir.path(), "diaries/B/e.json", own);
    let mut registry = Registry::empty();
    let code: &'static DiaryType = Box::leak(Box::new(DiaryType(Book::default())));
    registry.add(TypeEntry::new(None, "diaries.DiaryType", code, HERE)).unwrap();
    let app = load(dir.path(), registry);
    for (name, is_shared) in [("diaries.A", false), ("diaries.B", true)] {
        let one = app.get::<Diaries>(name).await.unwrap();
        let other = app.get::<Diaries>(name).await.unwrap();
        assert_eq!(Arc::ptr_eq(&one, &other), is_shared, "{name}");
    }
}

#[tokio::test]
async fn eager_elements_are_loaded_at_their_time_and_once() {
    let after = r#", "backendLoadTime": "afterAppInit""#;
    let before = r#", "backendLoadTime": "beforeHandleRequest""#;
    let both = format!("{before}{PER_REQUEST}");
    let elements =
        [("D", after, ""), ("C", "", ""), ("B", after, ""), ("A", before, ""), ("E", &both, "")];
    let (_dir, app, book) = diaries(&elements);
    app.init().await.unwrap();
    app.init().await.unwrap();
    assert_eq!(read(&book), ["load B", "onLoad B", "load D", "onLoad D"]);
    let request = app.request().await.unwrap();
    assert_eq!(read(&book), ["load A", "onLoad A", "load E", "onLoad E"]);
    let failures = request.end(Outcome::default()).await;
    assert!(failures.is_empty());
    assert_eq!(read(&book), ["onAppExit E", "onAppExit A"], "they were used, by being loaded");
    drop(app.request().await.unwrap());
    assert_eq!(read(&book), ["load E", "onLoad E"]);
}

#[tokio::test]
async fn an_app_that_cannot_be_initialised_serves_no_request_until_it_can() {
    let after = r#", "backendLoadTime": "afterAppInit""#;
    let (dir, app, _) = diaries(&[("A", after, "onLoad")]);
    assert_eq!(
        app.init().await.unwrap_err().to_string(),
        "`onLoad` of `diaries.A` failed: onLoad refused"
    );
    assert_eq!(
        app.request().await.unwrap_err().to_string(),
        "`onLoad` of `diaries.A` failed: onLoad refused"
    );
    write(dir.path(), "diaries/A/A.json", "{}");
    drop(app.request().await.unwrap());
}

#[tokio::test]
async fn on_exception_sees_the_failure_of_a_call_and_cannot_hide_it() {
    let (_dir, app, book) = diaries(&[("A", "", "")]);
    let element = app.get_element("diaries.A").await.unwrap();
    read(&book);
    let error = element.call("fail", Args::new()).await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "on purpose; and `onException` of `diaries.A` failed: onException refused"
    );
    assert_eq!(read(&book), ["fail A/", "onException diaries.A: on purpose"]);
    // A wrong call never ran.
    element.call("fial", Args::new()).await.unwrap_err();
    element.call("fail", Args::new().push(1)).await.unwrap_err();
    assert_eq!(read(&book), Vec::<String>::new());
}

#[tokio::test]
async fn a_new_element_is_told_to_its_type() {
    let (dir, app, book) = diaries(&[("A", "", "")]);
    write(dir.path(), "diaries/B/e.json", &define("diaries.DiaryType"));
    let reload = app.reload().await.unwrap();
    assert_eq!(reload.created.len(), 1);
    assert_eq!(read(&book), ["onCreate diaries.B"], "told, and not loaded before it is asked for");
}

/// A Type that builds on the diary's and has one hook of its own.
struct QuietType;

#[async_trait]
impl Type for QuietType {
    type Meta = Diaries;
    type Config = Config;
    const INHERITS: bool = true;

    async fn load(&self, _: Config, cx: LoadContext<'_, Diaries>) -> Result<Arc<Diary>, Error> {
        cx.inherited().await
    }

    fn lifecycle(&self) -> Lifecycle<Diaries> {
        Lifecycle::new().on_called(|called: Called<'_, Diaries>| {
            called.instance.book.lock().unwrap().push("quiet".to_owned());
            Box::pin(async { Ok(()) })
        })
    }
}

#[tokio::test]
async fn the_nearest_type_that_has_a_hook_is_told_and_no_other() {
    let (dir, _, _) = diaries(&[("A", "", "")]);
    let book = Book::default();
    let mut registry = Registry::empty();
    let code: &'static DiaryType = Box::leak(Box::new(DiaryType(Arc::clone(&book))));
    registry.add(TypeEntry::new(None, "diaries.DiaryType", code, HERE)).unwrap();
    registry.add(TypeEntry::new(Some("acme.Shop"), "diaries.DiaryType", &QuietType, HERE)).unwrap();
    let app = load(dir.path(), registry);
    app.get_element("diaries.A").await.unwrap();
    assert_eq!(read(&book), ["load A", "onLoad A", "quiet"]);
}
