//! Elements that ask for others.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use jit_app::{App, Error, ErrorKind};
use jit_meta::{AppHandle, LoadContext, Registry, Type, TypeEntry, async_trait};
use jit_testing::TestApp;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::support::{
    Greeter, Greeters, HERE, Words, element, family, greet, has, of, registry, shop, word,
};

/// Greets with the words of another greeter, and lays its handle open.
struct AskingType(Mutex<HashMap<String, AppHandle>>);

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Asking {
    /// The greeter to ask when this one is loaded.
    #[serde(default)]
    asks: Option<String>,
}

#[async_trait]
impl Type for AskingType {
    type Meta = Greeters;
    type Config = Asking;

    async fn load(
        &self,
        config: Asking,
        cx: LoadContext<'_, Greeters>,
    ) -> Result<Arc<dyn Greeter>, Error> {
        self.0.lock().unwrap().insert(cx.element().to_string(), cx.app().clone());
        let words = match config.asks {
            Some(name) => cx.app().get::<Greeters>(&name).await?.greet("and"),
            None => "Hello".to_owned(),
        };
        Ok(Arc::new(Words(words)))
    }
}

const ASKS: &str = "greeters.AskingType";

/// The registry of the other chapters, and this one's Type.
fn asking(folder: TestApp) -> (TestApp, &'static AskingType) {
    let code: &AskingType = Box::leak(Box::new(AskingType(Mutex::default())));
    let mut all: Registry = registry();
    all.add(TypeEntry::new(None, ASKS, code, HERE)).unwrap();
    (folder.registry(all), code)
}

impl AskingType {
    fn handle(&self, name: &str) -> AppHandle {
        self.0.lock().unwrap()[name].clone()
    }
}

fn asks(name: &str) -> String {
    format!(r#"{{ "asks": "{name}" }}"#)
}

/// What a handle gets to hear.
async fn hears(app: &AppHandle, name: &str) -> Result<String, Error> {
    Ok(app.get::<Greeters>(name).await?.greet("Ann"))
}

#[tokio::test]
async fn ask_running_app() {
    let (folder, code) = asking(family(&[
        ("Base/greeters/Asks/e.json", &of(ASKS)),
        ("Base/greeters/Asks/Asks.json", &asks("greeters.Other")),
        ("Base/greeters/Other/e.json", &of("greeters.PoliteType")),
        ("Base/greeters/Other/Other.json", &word("Base")),
        ("Shop/greeters/Other/e.json", &of("greeters.PoliteType")),
        ("Shop/greeters/Other/Other.json", &word("Shop")),
    ]));
    let app = folder.load().unwrap();
    assert_eq!(greet(&app, "greeters.Asks").await.unwrap(), "Shop and Ann");
    let handle = code.handle("greeters.Asks");
    assert_eq!(handle.id(), "acme.Shop");
    assert_eq!(handle.hierarchy().unwrap(), ["acme.Shop", "acme.Base"]);
    assert_eq!(hears(&handle, "greeters.Other").await.unwrap(), "Shop Ann");
}

#[tokio::test]
async fn ask_private() {
    let private = element(r#""type": "greeters.PoliteType", "accessModifier": "private""#);
    let (folder, code) = asking(family(&[
        ("Base/greeters/Hidden/e.json", &private),
        ("Base/greeters/Asks/e.json", &of(ASKS)),
        ("Base/greeters/Asks/Asks.json", &asks("greeters.Hidden")),
        ("Shop/greeters/Own/e.json", &of(ASKS)),
    ]));
    let app = folder.load().unwrap();
    assert_eq!(greet(&app, "greeters.Asks").await.unwrap(), "Hidden and Ann");
    assert_eq!(
        hears(&code.handle("greeters.Asks"), "greeters.Hidden").await.unwrap(),
        "Hidden Ann"
    );
    greet(&app, "greeters.Own").await.unwrap();
    let error = hears(&code.handle("greeters.Own"), "greeters.Hidden").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn ask_reload() {
    let (folder, code) = asking(shop(&[
        ("greeters/Asks/e.json", &of(ASKS)),
        ("greeters/Other/e.json", &of("greeters.PoliteType")),
        ("greeters/Other/Other.json", &word("One")),
    ]));
    let app = folder.load().unwrap();
    assert_eq!(greet(&app, "greeters.Asks").await.unwrap(), "Hello Ann");
    let kept = code.handle("greeters.Asks").get::<Greeters>("greeters.Other").await.unwrap();
    let folder = folder.file("greeters/Asks/Asks.json", asks("greeters.New"));
    let folder = folder.file("greeters/New/e.json", of("greeters.PoliteType"));
    let folder = folder.file("greeters/Other/Other.json", word("Two"));
    assert!(app.reload().await.unwrap().failures.is_empty());
    assert_eq!(greet(&app, "greeters.Asks").await.unwrap(), "New and Ann");
    assert_eq!(hears(&code.handle("greeters.Asks"), "greeters.Other").await.unwrap(), "Two Ann");
    assert_eq!(kept.greet("Ann"), "One Ann");
    drop(folder);
}

/// Everybody asks for the next, and the last for the first.
fn circle(names: &[&str], more: &str) -> (TestApp, &'static AskingType) {
    let define = element(&format!(r#""type": "{ASKS}"{more}"#));
    let next = names.iter().cycle().skip(1);
    let folder = names.iter().zip(next).fold(shop(&[]), |folder, (name, next)| {
        let folder = folder.file(&format!("greeters/{name}/e.json"), &define);
        let config = asks(&format!("greeters.{next}"));
        folder.file(&format!("greeters/{name}/{name}.json"), &config)
    });
    asking(folder)
}

async fn refused(app: &App, name: &str) -> String {
    let error = app.get_element(name).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LoadCycle);
    error.to_string()
}

#[tokio::test]
async fn ask_circle() {
    let (folder, _) = circle(&["A", "B", "C"], "");
    let app = folder.load().unwrap();
    let told = refused(&app, "greeters.B").await;
    has(&told, &["`greeters.A` → `greeters.B` → `greeters.C` → `greeters.A`", "here.rs:1"]);
    assert_eq!(refused(&app, "greeters.C").await, told);
    let others = [tokio::spawn({
        let app = app.clone();
        async move { refused(&app, "greeters.A").await }
    })];
    assert_eq!(refused(&app, "greeters.C").await, told);
    for other in others {
        assert_eq!(other.await.unwrap(), told);
    }
    let (folder, _) = circle(&["A"], "");
    has(&refused(&folder.load().unwrap(), "greeters.A").await, &["`greeters.A` asks for itself"]);
}

#[tokio::test]
async fn ask_request() {
    let per_request =
        |type_name: &str| element(&format!(r#""type": "{type_name}", "cacheLevel": 1"#));
    let (folder, code) = asking(shop(&[
        ("greeters/Asks/e.json", &per_request(ASKS)),
        ("greeters/Other/e.json", &per_request("greeters.PoliteType")),
    ]));
    let app = folder.load().unwrap();
    let request = app.request().await.unwrap();
    request.get_element("greeters.Asks").await.unwrap();
    let own = request.get::<Greeters>("greeters.Other").await.unwrap();
    let handle = code.handle("greeters.Asks");
    let other = async || handle.get::<Greeters>("greeters.Other").await.unwrap();
    assert!(Arc::ptr_eq(&other().await, &own));
    drop(request);
    assert!(!Arc::ptr_eq(&other().await, &other().await));
    let (folder, _) = circle(&["A", "B"], r#", "cacheLevel": 1"#);
    refused(&folder.load().unwrap(), "greeters.A").await;
}

#[tokio::test]
async fn ask_app_gone() {
    let (folder, code) = asking(shop(&[("greeters/Asks/e.json", &of(ASKS))]));
    let app = folder.load().unwrap();
    let kept = app.get::<Greeters>("greeters.Asks").await.unwrap();
    drop(app);
    assert_eq!(kept.greet("Ann"), "Hello Ann");
    let error = hears(&code.handle("greeters.Asks"), "greeters.Asks").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::AppGone);
    has(&error.to_string(), &["the app `acme.Shop` is gone", "keep the `App`"]);
}
