//! A family made for the purpose, and apps with elements of it.

use std::sync::Arc;

use jit_app::{App, Args, Error, Value};
use jit_meta::{
    Arg, BoundArgs, DataType, Default as Fallback, Diagnostic, FullName, Function, Instance,
    LoadContext, Meta, MetaEntry, Registered, Registry, Type, TypeEntry, async_trait,
};
use jit_testing::TestApp;
use schemars::JsonSchema;
use serde::Deserialize;

/// A family whose members greet.
#[derive(Debug)]
pub(crate) struct Greeters;

pub(crate) trait Greeter: std::fmt::Debug + Send + Sync {
    fn greet(&self, whom: &str) -> String;
}

const FUNCTIONS: &[Function] = &[
    Function {
        name: "greet",
        title: "Greet",
        args: &[
            Arg::required("whom", "Whom", DataType::Stext).alias(&["name"]),
            Arg::with_default("mark", "Mark", DataType::Stext, Fallback::Text("")),
        ],
        return_type: DataType::Stext,
        desc: "Greets.",
    },
    Function {
        name: "echo",
        title: "Echo",
        args: &[Arg::required("data", "Data", DataType::Bytes)],
        return_type: DataType::Bytes,
        desc: "Gives back what it is given.",
    },
];

impl Meta for Greeters {
    const FULL_NAME: &'static str = "greeters.Meta";
    type Interface = dyn Greeter;

    fn functions() -> &'static [Function] {
        FUNCTIONS
    }

    fn into_instance(this: Arc<dyn Greeter>) -> Arc<dyn Instance> {
        Arc::new(ByName(this))
    }
}

#[derive(Debug)]
struct ByName(Arc<dyn Greeter>);

#[async_trait]
impl Instance for ByName {
    async fn call(&self, function: &str, mut args: BoundArgs) -> Result<Value, Error> {
        if function == "echo" {
            return Ok(args.take_bytes("data").into());
        }
        let text = self.0.greet(&args.take_string("whom"));
        Ok(format!("{text}{}", args.take_string("mark")).into())
    }
}

#[derive(Debug)]
pub(crate) struct Words(pub(crate) String);

impl Greeter for Words {
    fn greet(&self, whom: &str) -> String {
        format!("{} {whom}", self.0)
    }
}

/// Requires nothing, and greets with its element's name unless it has a word.
#[derive(Debug)]
pub(crate) struct PoliteType;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Polite {
    /// The word to greet with.
    #[serde(default)]
    word: Option<String>,
    /// How often the word is said.
    #[serde(default)]
    times: Option<u32>,
    /// A secret, said last.
    #[serde(default)]
    #[schemars(extend("writeOnly" = true))]
    token: Option<String>,
}

#[async_trait]
impl Type for PoliteType {
    type Meta = Greeters;
    type Config = Polite;

    async fn load(
        &self,
        config: Polite,
        cx: LoadContext<'_, Greeters>,
    ) -> Result<Arc<dyn Greeter>, Error> {
        let word = config.word.unwrap_or_else(|| cx.element().name().to_owned());
        let times = usize::try_from(config.times.unwrap_or(1)).unwrap_or(1);
        let words = vec![word; times].join(" ");
        Ok(Arc::new(Words(words + config.token.as_deref().unwrap_or_default())))
    }
}

/// Requires a word.
#[derive(Debug)]
pub(crate) struct StrictType;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Strict {
    /// The word to greet with.
    #[schemars(length(min = 1))]
    word: String,
    /// A secret.
    #[serde(default)]
    #[schemars(extend("writeOnly" = true))]
    token: Option<String>,
    /// Who greets after it.
    #[serde(default)]
    #[schemars(extend("elementOf" = "greeters.Meta"))]
    next: Option<String>,
}

#[async_trait]
impl Type for StrictType {
    type Meta = Greeters;
    type Config = Strict;

    async fn load(
        &self,
        config: Strict,
        _: LoadContext<'_, Greeters>,
    ) -> Result<Arc<dyn Greeter>, Error> {
        let words = [Some(config.word), config.token, config.next].into_iter().flatten();
        Ok(Arc::new(Words(words.collect())))
    }
}

/// Greets with where it is: the app's id and the last part of its folder.
#[derive(Debug)]
pub(crate) struct PlaceType;

#[async_trait]
impl Type for PlaceType {
    type Meta = Greeters;
    type Config = ();

    async fn load(&self, (): (), cx: LoadContext<'_, Greeters>) -> Result<Arc<dyn Greeter>, Error> {
        let folder = cx.app_dir().ancestors().nth(1).unwrap();
        let folder = folder.file_name().unwrap().to_string_lossy();
        Ok(Arc::new(Words(format!("{} in {folder},", cx.app_id()))))
    }
}

pub(crate) const HERE: Registered = Registered { package: "greeters", file: "here.rs", line: 1 };
pub(crate) const THERE: Registered = Registered { package: "loud", file: "there.rs", line: 2 };

pub(crate) fn registry() -> Registry {
    let mut registry = Registry::empty();
    registry.add_meta(MetaEntry::new::<Greeters>(HERE)).unwrap();
    registry.add(TypeEntry::new(None, "greeters.PoliteType", &PoliteType, HERE)).unwrap();
    registry.add(TypeEntry::new(None, "greeters.StrictType", &StrictType, HERE)).unwrap();
    registry.add(TypeEntry::new(None, "greeters.PlaceType", &PlaceType, HERE)).unwrap();
    registry
}

/// An `e.json` with these fields beside its title.
pub(crate) fn element(fields: &str) -> String {
    format!(r#"{{ "title": "A greeter", {fields} }}"#)
}

/// An `e.json` that names its Type.
pub(crate) fn of(type_name: &str) -> String {
    element(&format!(r#""type": "{type_name}""#))
}

pub(crate) fn polite() -> String {
    of("greeters.PoliteType")
}

/// A configuration with a word.
pub(crate) fn word(word: &str) -> String {
    format!(r#"{{ "word": "{word}" }}"#)
}

/// The app `acme.Shop`.
pub(crate) fn shop(files: &[(&str, &str)]) -> TestApp {
    let folder = TestApp::new().registry(registry());
    files.iter().fold(folder, |folder, (path, text)| folder.file(path, text))
}

/// The app `acme.Shop`, with `greeters.Hello`, whose configuration is as given.
pub(crate) fn hello(config: &str) -> TestApp {
    shop(&[("greeters/Hello/e.json", &polite()), ("greeters/Hello/Hello.json", config)])
}

/// The app `acme.Shop`, which extends `acme.Base`. Paths begin with `Shop` and `Base`.
pub(crate) fn family(files: &[(&str, &str)]) -> TestApp {
    let folder = TestApp::new().extends("acme.Base", |base| base).registry(registry());
    files.iter().fold(folder, |folder, (path, text)| {
        let (app, rest) = path.split_once('/').unwrap();
        folder.around(&format!("acme/{app}/1_0_0/{rest}"), text)
    })
}

/// The apps `acme.<name>` with those they extend; the first, which is loaded, is `acme.Shop`.
pub(crate) fn apps(apps: &[(&str, &[&str])]) -> TestApp {
    let folder = TestApp::new().published();
    apps.iter().fold(folder, |folder, (name, parents)| {
        let parents = parents.iter().map(|parent| {
            let (name, version) = parent.split_once('@').unwrap_or((parent, "1.0.0"));
            format!(r#"{{ "appId": "acme.{name}", "version": "{version}" }}"#)
        });
        let parents: Vec<_> = parents.collect();
        let (name, version) = name.split_once('@').unwrap_or((name, "1.0.0"));
        let text = format!(r#"{{ "appId": "acme.{name}", "extends": [{}] }}"#, parents.join(", "));
        let path = format!("acme/{name}/{}/app.json", version.replace('.', "_"));
        folder.around(&path, text)
    })
}

/// The names of an app's hierarchy.
pub(crate) fn order(app: &App) -> Vec<String> {
    app.hierarchy().iter().map(|manifest| manifest.name.clone()).collect()
}

/// Why an app does not load.
pub(crate) fn refused(folder: &TestApp) -> String {
    folder.load().unwrap_err().to_string()
}

pub(crate) async fn greet(app: &App, name: &str) -> Result<String, Error> {
    let value = app.call(name, "greet", Args::new().push("Ann")).await?;
    Ok(value.as_str().unwrap().to_owned())
}

/// What `greeters.Hello` says with a configuration, with the variable `WORD`.
pub(crate) async fn says(config: &str) -> Result<String, Error> {
    let app = hello(config).variable("WORD", "Ahoy").load().unwrap();
    greet(&app, "greeters.Hello").await
}

/// The names of what an app has.
pub(crate) fn elements(app: &App) -> Vec<String> {
    app.elements().iter().map(|element| element.full_name.to_string()).collect()
}

/// What a check tells: each finding's code and message.
pub(crate) fn told(app: &App) -> Vec<String> {
    app.check().iter().map(line).collect()
}

/// The codes of what a check tells.
pub(crate) fn codes(app: &App) -> Vec<&'static str> {
    app.check().iter().map(|finding| finding.code.as_str()).collect()
}

fn line(finding: &Diagnostic) -> String {
    format!("{} {finding}", finding.code)
}

pub(crate) fn names<'a>(names: impl IntoIterator<Item = &'a FullName>) -> Vec<String> {
    names.into_iter().map(ToString::to_string).collect()
}

/// Asserts that a text has all of these in it.
#[track_caller]
pub(crate) fn has(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in: {text}");
    }
}
