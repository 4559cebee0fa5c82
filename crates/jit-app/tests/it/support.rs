//! A family made for the purpose, and apps written in code.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use jit_app::{App, Args, Error, Value, Variables};
use jit_meta::{
    Arg, BoundArgs, DataType, Function, Instance, LoadContext, Meta, MetaEntry, Registered,
    Registry, Type, TypeEntry,
};
use schemars::JsonSchema;
use serde::Deserialize;
use tempfile::TempDir;

/// A family whose members greet.
#[derive(Debug)]
pub(crate) struct Greeters;

pub(crate) trait Greeter: std::fmt::Debug + Send + Sync {
    fn greet(&self, whom: &str) -> String;
}

pub(crate) const GREET: &[Function] = &[Function {
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
pub(crate) struct ByName(pub(crate) Arc<dyn Greeter>);

#[async_trait]
impl Instance for ByName {
    async fn call(&self, _: &str, mut args: BoundArgs) -> Result<Value, Error> {
        Ok(self.0.greet(&args.take_string("whom")).into())
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    #[serde(default)]
    pub(crate) word: Option<String>,
}

#[derive(Debug)]
pub(crate) struct Polite(pub(crate) String);

impl Greeter for Polite {
    fn greet(&self, whom: &str) -> String {
        format!("{} {whom}", self.0)
    }
}

#[derive(Debug)]
pub(crate) struct PoliteType;

#[async_trait]
impl Type for PoliteType {
    type Meta = Greeters;
    type Config = Config;

    async fn load(
        &self,
        config: Config,
        cx: LoadContext<'_, Greeters>,
    ) -> Result<Arc<dyn Greeter>, Error> {
        let word = config.word.unwrap_or_else(|| cx.element().name().to_owned());
        Ok(Arc::new(Polite(word)))
    }
}

/// A Type that one app has under a name of the framework's.
#[derive(Debug)]
pub(crate) struct LoudType;

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

pub(crate) const HERE: Registered = Registered { package: "greeters", file: "here.rs", line: 1 };
pub(crate) const THERE: Registered = Registered { package: "loud", file: "there.rs", line: 2 };

pub(crate) fn registry() -> Registry {
    let mut registry = Registry::empty();
    registry.add_meta(MetaEntry::new::<Greeters>(HERE)).unwrap();
    registry.add(TypeEntry::new(None, "greeters.PoliteType", &PoliteType, HERE)).unwrap();
    registry
        .add(TypeEntry::new(Some("acme.Loud"), "greeters.PoliteType", &LoudType, THERE))
        .unwrap();
    registry
}

pub(crate) fn write(dir: &Path, path: &str, text: &str) {
    let path = dir.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

pub(crate) fn define(type_name: &str) -> String {
    format!(r#"{{ "title": "A greeter", "type": "{type_name}" }}"#)
}

pub(crate) fn app(id: &str, files: &[(&str, &str)]) -> (TempDir, App) {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "app.json", &format!(r#"{{ "appId": "{id}" }}"#));
    write(dir.path(), "greeters/Hello/e.json", &define("greeters.PoliteType"));
    for (path, text) in files {
        write(dir.path(), path, text);
    }
    let app = load(dir.path(), registry());
    (dir, app)
}

pub(crate) async fn greet(app: &App, name: &str) -> Result<String, Error> {
    let value = app.call(name, "greet", Args::new().push("Ann")).await?;
    Ok(value.as_str().unwrap().to_owned())
}

/// Loads the app in a folder, with a variable.
pub(crate) fn load(dir: &Path, registry: Registry) -> App {
    let variables = Variables::empty().with("WORD", "Ahoy");
    App::builder(dir).variables(variables).registry(registry).load().unwrap()
}
