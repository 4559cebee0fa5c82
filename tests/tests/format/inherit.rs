//! Code that overrides code, and still calls it.

use std::sync::Arc;

use jit_app::{Error, ErrorKind};
use jit_meta::{LoadContext, Registry, Type, TypeEntry, async_trait};
use schemars::JsonSchema;
use serde::Deserialize;

use jit_testing::LoadedApp;

use crate::support::{
    Greeter, Greeters, HERE, THERE, codes, family, greet, has, hello, of, polite, registry, told,
    word,
};

/// Says what it inherits between two marks.
#[derive(Debug)]
struct MarkedType(&'static str);

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Marked {
    /// A mark beside its own.
    #[serde(default)]
    mark: String,
    /// Also a key of what is inherited.
    #[serde(default)]
    word: Option<String>,
}

#[derive(Debug)]
struct Between(Arc<dyn Greeter>, String);

impl Greeter for Between {
    fn greet(&self, whom: &str) -> String {
        format!("{}{}{}", self.1, self.0.greet(whom), self.1)
    }
}

#[async_trait]
impl Type for MarkedType {
    type Meta = Greeters;
    type Config = Marked;
    const INHERITS: bool = true;

    async fn load(
        &self,
        config: Marked,
        cx: LoadContext<'_, Greeters>,
    ) -> Result<Arc<dyn Greeter>, Error> {
        let word = config.word.map(|word| format!("({word})")).unwrap_or_default();
        let mark = format!("{}{}{word}", self.0, config.mark);
        Ok(Arc::new(Between(cx.inherited().await?, mark)))
    }
}

/// Gives what it inherits a configuration of its own making.
#[derive(Debug)]
struct GivingType;

#[async_trait]
impl Type for GivingType {
    type Meta = Greeters;
    type Config = ();
    const INHERITS: bool = true;

    async fn load(&self, (): (), cx: LoadContext<'_, Greeters>) -> Result<Arc<dyn Greeter>, Error> {
        cx.inherited_with(&serde_json::json!({ "word": "${WORD}", "times": 2 })).await
    }
}

/// Knows no key, and inherits nothing.
#[derive(Debug)]
struct AloneType;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Alone {}

#[async_trait]
impl Type for AloneType {
    type Meta = Greeters;
    type Config = Alone;

    async fn load(
        &self,
        _: Alone,
        _: LoadContext<'_, Greeters>,
    ) -> Result<Arc<dyn Greeter>, Error> {
        Ok(Arc::new(crate::support::Words("alone".to_owned())))
    }
}

static ONE: MarkedType = MarkedType("*");
static TWO: MarkedType = MarkedType("_");

fn over<T: Type>(app: Option<&'static str>, name: &'static str, code: &'static T) -> Registry {
    let mut registry = registry();
    registry.add(TypeEntry::new(app, name, code, HERE)).unwrap();
    registry
}

/// `acme.Shop`, whose `greeters.PoliteType` is wrapped, with `greeters.Hello`.
fn wrapped(config: &str) -> LoadedApp {
    hello(config).registry(over(Some("acme.Shop"), "greeters.PoliteType", &ONE)).load().unwrap()
}

#[tokio::test]
async fn inherit_registered() {
    for (app, expected) in
        [("acme.Shop", "*Hello Ann*"), ("acme.Base", "*Hello Ann*"), ("acme.Other", "Hello Ann")]
    {
        let folder = family(&[("Shop/greeters/Hello/e.json", &polite())]);
        let folder = folder.registry(over(Some(app), "greeters.PoliteType", &ONE));
        let text = greet(&folder.load().unwrap(), "greeters.Hello").await.unwrap();
        assert_eq!(text, expected, "{app}");
    }
}

#[test]
fn inherit_twice() {
    for app in [None, Some("acme.Shop")] {
        let mut registry = registry();
        drop(registry.add(TypeEntry::new(app, "greeters.PoliteType", &ONE, HERE)));
        let error =
            registry.add(TypeEntry::new(app, "greeters.PoliteType", &TWO, THERE)).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Duplicate);
        has(&error.to_string(), &["here.rs:1", "there.rs:2"]);
    }
}

#[tokio::test]
async fn inherit_parents_elements() {
    let folder = family(&[("Base/greeters/Hello/e.json", &polite())]);
    let folder = folder.registry(over(Some("acme.Shop"), "greeters.PoliteType", &ONE));
    let app = folder.load().unwrap();
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "*Hello Ann*");
}

#[tokio::test]
async fn inherit_super() {
    assert_eq!(greet(&wrapped("{}"), "greeters.Hello").await.unwrap(), "*Hello Ann*");
    // Nothing is below: who inherits has to be told.
    let folder = hello("{}").file("greeters/Hello/e.json", of("greeters.LoneType"));
    let app = folder.registry(over(None, "greeters.LoneType", &ONE)).load().unwrap();
    let error = greet(&app, "greeters.Hello").await.unwrap_err();
    has(&error.to_string(), &["nothing to inherit from"]);
}

#[tokio::test]
async fn inherit_order() {
    let mut registry = over(Some("acme.Base"), "greeters.PoliteType", &ONE);
    registry.add(TypeEntry::new(Some("acme.Shop"), "greeters.PoliteType", &TWO, HERE)).unwrap();
    registry.add(TypeEntry::new(None, "greeters.Kind", &TWO, HERE)).unwrap();
    let app = family(&[
        ("Base/greeters/Kind/e.json", &polite()),
        ("Base/greeters/Hello/e.json", &polite()),
        ("Base/greeters/Ho/e.json", &of("greeters.Kind")),
    ]);
    let app = app.registry(registry).load().unwrap();
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "_*Hello Ann*_");
    assert_eq!(greet(&app, "greeters.Ho").await.unwrap(), "__*Ho Ann*__");
}

#[tokio::test]
async fn inherit_keys() {
    let app = wrapped(r#"{ "mark": "!", "word": "Hi", "times": 2 }"#);
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "*!(Hi)Hi Hi Ann*!(Hi)");
}

#[test]
fn inherit_nobodys_key() {
    let app = wrapped(r#"{ "mrak": "!", "word": "Hi" }"#);
    assert_eq!(codes(&app), ["JIT0204"]);
    has(&told(&app)[0], &["did you mean `mark`?"]);
}

#[tokio::test]
async fn inherit_other_config() {
    let registry = over(Some("acme.Shop"), "greeters.PoliteType", &GivingType);
    let app = hello("{}").registry(registry).variable("WORD", "no").load().unwrap();
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "${WORD} ${WORD} Ann");
}

/// Gives what it inherits a key of its own, and one that nobody knows.
#[derive(Debug)]
struct WrongType;

#[async_trait]
impl Type for WrongType {
    type Meta = Greeters;
    type Config = Marked;
    const INHERITS: bool = true;

    async fn load(
        &self,
        _: Marked,
        cx: LoadContext<'_, Greeters>,
    ) -> Result<Arc<dyn Greeter>, Error> {
        cx.inherited_with(&serde_json::json!({ "wrod": "hush", "mark": "!" })).await
    }
}

#[tokio::test]
async fn inherit_other_config_keys() {
    let registry = over(Some("acme.Shop"), "greeters.PoliteType", &WrongType);
    let app = hello(r#"{ "mark": "?" }"#).registry(registry).load().unwrap();
    let error = greet(&app, "greeters.Hello").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidConfig);
    let text = jit_app::render::findings(error.diagnostics(), false);
    has(&text, &["unknown key `wrod`", "did you mean `word`?", "unknown key `mark`"]);
    assert!(!text.contains("hush"), "{text}");
}

#[tokio::test]
async fn inherit_not_declared() {
    let alone = |config: &str| {
        hello(config).registry(over(Some("acme.Shop"), "greeters.PoliteType", &AloneType))
    };
    let app = alone("{}").load().unwrap();
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "alone Ann");
    assert_eq!(codes(&alone(&word("Hi")).load().unwrap()), ["JIT0204"]);
}
