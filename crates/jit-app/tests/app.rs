//! Loading apps, with a family made for the purpose.

#![cfg(test)]

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use jit_app::{App, Args, Error, ErrorKind, Level, Status, Value, Variables};
use jit_meta::{
    Arg, BoundArgs, DataType, Function, Instance, LoadContext, Meta, MetaEntry, Registered,
    Registry, Type, TypeEntry,
};
use schemars::JsonSchema;
use serde::Deserialize;
use tempfile::TempDir;

/// A family whose members greet.
#[derive(Debug)]
struct Greeters;

trait Greeter: std::fmt::Debug + Send + Sync {
    fn greet(&self, whom: &str) -> String;
}

const GREET: &[Function] = &[Function {
    name: "greet",
    title: "Greet",
    args: &[Arg::required("whom", "Whom", DataType::Stext)],
    return_type: DataType::Stext,
    desc: "Greets.",
}];

impl Meta for Greeters {
    const FULL_NAME: &'static str = "greeters.Meta";
    type Interface = dyn Greeter;

    fn functions() -> &'static [Function] {
        GREET
    }

    fn into_instance(this: Arc<dyn Greeter>) -> Arc<dyn Instance> {
        Arc::new(ByName(this))
    }
}

#[derive(Debug)]
struct ByName(Arc<dyn Greeter>);

#[async_trait]
impl Instance for ByName {
    async fn call(&self, _: &'static Function, mut args: BoundArgs) -> Result<Value, Error> {
        Ok(self.0.greet(&args.take_string("whom")).into())
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Config {
    #[serde(default)]
    word: Option<String>,
}

#[derive(Debug)]
struct Polite(String);

impl Greeter for Polite {
    fn greet(&self, whom: &str) -> String {
        format!("{} {whom}", self.0)
    }
}

static LOADED: AtomicUsize = AtomicUsize::new(0);

#[derive(Debug)]
struct PoliteType;

#[async_trait]
impl Type for PoliteType {
    type Meta = Greeters;
    type Config = Config;

    async fn load(
        &self,
        config: Config,
        cx: LoadContext<'_, Greeters>,
    ) -> Result<Arc<dyn Greeter>, Error> {
        LOADED.fetch_add(1, Ordering::SeqCst);
        tokio::task::yield_now().await;
        let word = config.word.unwrap_or_else(|| cx.element().name().to_owned());
        Ok(Arc::new(Polite(word)))
    }
}

/// A Type that one app has under a name of the framework's.
#[derive(Debug)]
struct LoudType;

#[async_trait]
impl Type for LoudType {
    type Meta = Greeters;
    type Config = Config;

    async fn load(
        &self,
        _: Config,
        _: LoadContext<'_, Greeters>,
    ) -> Result<Arc<dyn Greeter>, Error> {
        Ok(Arc::new(Polite("HEY".to_owned())))
    }
}

/// Another family, to be confused with.
#[derive(Debug)]
struct Others;

impl Meta for Others {
    const FULL_NAME: &'static str = "others.Meta";
    type Interface = dyn Greeter;

    fn functions() -> &'static [Function] {
        &[]
    }

    fn into_instance(this: Arc<dyn Greeter>) -> Arc<dyn Instance> {
        Arc::new(ByName(this))
    }
}

const HERE: Registered = Registered { file: "here.rs", line: 1 };
const THERE: Registered = Registered { file: "there.rs", line: 2 };

fn registry() -> Registry {
    let mut registry = Registry::empty();
    registry.add_meta(MetaEntry::new::<Greeters>(HERE)).unwrap();
    registry.add(TypeEntry::new(None, "greeters.PoliteType", &PoliteType, HERE)).unwrap();
    registry
        .add(TypeEntry::new(Some("acme.Loud"), "greeters.PoliteType", &LoudType, THERE))
        .unwrap();
    registry
}

fn write(dir: &Path, path: &str, text: &str) {
    let path = dir.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn define(type_name: &str) -> String {
    format!(r#"{{ "title": "A greeter", "type": "{type_name}" }}"#)
}

fn app(id: &str, files: &[(&str, &str)]) -> (TempDir, App) {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "app.json", &format!(r#"{{ "appId": "{id}" }}"#));
    write(dir.path(), "greeters/Hello/e.json", &define("greeters.PoliteType"));
    for (path, text) in files {
        write(dir.path(), path, text);
    }
    let variables = Variables::empty().with("WORD", "Ahoy");
    let builder = App::builder(dir.path()).variables(variables).registry(registry());
    let app = builder.load().unwrap();
    (dir, app)
}

async fn greet(app: &App, name: &str) -> Result<String, Error> {
    let value = app.call(name, "greet", Args::new().push("Ann")).await?;
    Ok(value.as_str().unwrap().to_owned())
}

#[tokio::test]
async fn an_element_is_live_typed_and_by_name() {
    let (_dir, app) = app("acme.Shop", &[("greeters/Hello/Hello.json", r#"{"word": "{{WORD}}"}"#)]);
    assert_eq!(app.get::<Greeters>("greeters.Hello").await.unwrap().greet("Bob"), "Ahoy Bob");
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "Ahoy Ann");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_first_calls_load_once_and_share() {
    let (_dir, app) = app("acme.Shop", &[]);
    let before = LOADED.load(Ordering::SeqCst);
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let app = app.clone();
            tokio::spawn(async move { app.get::<Greeters>("greeters.Hello").await.unwrap() })
        })
        .collect();
    let mut found = Vec::new();
    for task in tasks {
        found.push(task.await.unwrap());
    }
    assert!(found.iter().all(|one| Arc::ptr_eq(one, &found[0])), "not the same instance");
    // Other tests load too, each its own element, and never sixty of them.
    assert!(LOADED.load(Ordering::SeqCst) - before < 32, "loaded more than once");
}

#[tokio::test]
async fn an_apps_own_registration_comes_before_the_frameworks() {
    let (_one, shop) = app("acme.Shop", &[]);
    let (_other, loud) = app("acme.Loud", &[]);
    assert_eq!(greet(&shop, "greeters.Hello").await.unwrap(), "Hello Ann");
    assert_eq!(greet(&loud, "greeters.Hello").await.unwrap(), "HEY Ann");
    let chain = loud.type_chain("greeters.Hello").unwrap();
    let registered: Vec<_> = chain[1].registered.iter().map(ToString::to_string).collect();
    assert_eq!(registered, ["there.rs:2", "here.rs:1"]);
}

#[tokio::test]
async fn a_type_in_the_folder_without_code_is_a_template() {
    let (_dir, app) = app(
        "acme.Shop",
        &[
            ("greeters/MyType/e.json", &define("greeters.PoliteType")),
            ("greeters/Hi/e.json", &define("greeters.MyType")),
        ],
    );
    assert_eq!(greet(&app, "greeters.Hi").await.unwrap(), "Hi Ann");
    let chain = app.type_chain("greeters.Hi").unwrap();
    let names: Vec<_> = chain.iter().map(|link| link.name.as_str()).collect();
    assert_eq!(names, ["greeters.Hi", "greeters.MyType", "greeters.PoliteType", "greeters.Meta"]);
    let levels: Vec<_> = app.elements().into_iter().map(|element| element.level).collect();
    assert_eq!(levels, [Level::Instance, Level::Instance, Level::Type].map(Some));
    let error = app.get_element("greeters.MyType").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "`greeters.MyType` is a Type, not an instance; ask for one of its instances"
    );
}

#[tokio::test]
async fn a_cycle_of_types_names_every_link() {
    let (_dir, app) = app(
        "acme.Shop",
        &[
            ("a/One/e.json", &define("a.Two")),
            ("a/Two/e.json", &define("a.One")),
            ("a/Three/e.json", &define("a.Two")),
        ],
    );
    let error = app.get_element("a.Three").await.unwrap_err();
    assert_eq!(
        error.to_string(),
        "a/Three/e.json:1:33: the types form a cycle: `a.Three` → `a.Two` → `a.One` → `a.Two`; end it in a Type that is registered"
    );
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "Hello Ann");
}

#[tokio::test]
async fn a_broken_element_does_not_stop_the_rest() {
    let (_dir, app) = app(
        "acme.Shop",
        &[("greeters/Broken/e.json", "{"), ("models/User/e.json", &define("models.NormalType"))],
    );
    let statuses: Vec<_> = app
        .elements()
        .into_iter()
        .map(|element| (element.full_name.to_string(), element.status))
        .collect();
    assert_eq!(
        statuses,
        [
            ("greeters.Broken".to_owned(), Status::Invalid),
            ("greeters.Hello".to_owned(), Status::Ok),
            ("models.User".to_owned(), Status::NotLinked),
        ]
    );
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "Hello Ann");
    let kind = |error: Error| error.kind();
    let error = app.get_element("greeters.Broken").await.unwrap_err();
    assert_eq!(kind(error), ErrorKind::InvalidDefine);
    let error = app.get_element("models.User").await.unwrap_err();
    assert_eq!(
        (error.kind(), error.place().unwrap().file.path()),
        (ErrorKind::NotLinked, "models/User/e.json")
    );
}

#[tokio::test]
async fn a_failed_load_is_tried_again() {
    let (dir, app) = app("acme.Shop", &[("greeters/Hello/Hello.json", "{")]);
    let error = app.get_element("greeters.Hello").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    assert_eq!(error.element().unwrap().as_str(), "greeters.Hello");
    assert_eq!(error.type_name().unwrap().as_str(), "greeters.PoliteType");
    write(dir.path(), "greeters/Hello/Hello.json", "{}");
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "Hello Ann");
}

#[tokio::test]
async fn the_wrong_family_is_named() {
    let (_dir, app) = app("acme.Shop", &[]);
    let error = app.get::<Others>("greeters.Hello").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WrongFamily);
    assert_eq!(
        error.to_string(),
        "`greeters.Hello` is of family `greeters.Meta`, not of `others.Meta`"
    );
}

#[tokio::test]
async fn config_json_is_read_with_a_warning_where_the_own_name_is_missing() {
    let (dir, app) = app("acme.Shop", &[("greeters/Hello/config.json", r#"{"word": "Moin"}"#)]);
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "Moin Ann");
    let told: Vec<_> = app.check().iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "the configuration of `greeters.Hello` is `config.json`; rename `greeters/Hello/config.json` to `greeters/Hello/Hello.json`"
        ]
    );
    write(dir.path(), "greeters/Hello/Hello.json", r#"{"word": "Own"}"#);
    assert!(app.check().is_empty(), "both files are there, and the own name's is used");
}

#[test]
fn two_registrations_of_one_name_show_both_places() {
    let error =
        registry().add(TypeEntry::new(None, "greeters.PoliteType", &LoudType, THERE)).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Duplicate);
    assert_eq!(
        error.to_string(),
        "`greeters.PoliteType` is registered twice: at here.rs:1 and at there.rs:2; remove one, or register it for an app: register_type!(app \"org.App\", …)"
    );
}
