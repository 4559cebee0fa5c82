//! Elements that ask for each other, in `load` and later, with a family made for it.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, Wake, Waker};

use async_trait::async_trait;
use jit_app::{App, Args, Error, ErrorKind, Value};
use jit_meta::{
    AppHandle, Arg, BoundArgs, DataType, Function, Instance, LoadContext, Meta, MetaEntry,
    Registry, Type, TypeEntry,
};
use schemars::JsonSchema;
use serde::Deserialize;
use tempfile::TempDir;

use crate::support::{HERE, load, write};

#[derive(Debug)]
struct Askers;

/// Knows whom it asked when it was loaded, and asks later.
#[derive(Debug)]
struct Asker {
    app: AppHandle,
    heard: String,
}

const FUNCTIONS: &[Function] = &[
    Function {
        name: "ask",
        title: "Ask",
        args: &[Arg::required("whom", "Whom", DataType::Stext)],
        return_type: DataType::Stext,
        desc: "What another has heard.",
    },
    Function {
        name: "heard",
        title: "Heard",
        args: &[],
        return_type: DataType::Stext,
        desc: "What it heard when it was loaded.",
    },
];

impl Meta for Askers {
    const FULL_NAME: &'static str = "askers.Meta";
    type Interface = Asker;

    fn functions() -> &'static [Function] {
        FUNCTIONS
    }

    fn into_instance(this: Arc<Asker>) -> Arc<dyn Instance> {
        this
    }
}

#[async_trait]
impl Instance for Asker {
    async fn call(&self, function: &str, mut args: BoundArgs) -> Result<Value, Error> {
        match function {
            "ask" => {
                Ok(self.app.get::<Askers>(&args.take_string("whom")).await?.heard.clone().into())
            }
            _ => Ok(self.heard.clone().into()),
        }
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Config {
    /// Elements that `load` gets.
    #[serde(default)]
    get: Vec<String>,
    /// Elements that `load` gets in a task of its own.
    #[serde(default)]
    spawn: Vec<String>,
    /// Elements that `load` calls, to ask for this one.
    #[serde(default)]
    call: Vec<String>,
    /// What others hear.
    #[serde(default)]
    word: String,
    /// How often others may run before.
    #[serde(default)]
    pauses: usize,
}

struct AskerType;

#[async_trait]
impl Type for AskerType {
    type Meta = Askers;
    type Config = Config;

    async fn load(&self, config: Config, cx: LoadContext<'_, Askers>) -> Result<Arc<Asker>, Error> {
        let app = cx.app().clone();
        let mut heard = config.word;
        for name in &config.get {
            pause(config.pauses).await;
            heard = format!("{heard}{}", app.get::<Askers>(name).await?.heard);
        }
        for name in config.spawn {
            let app = app.clone();
            let other = tokio::spawn(async move { app.get::<Askers>(&name).await });
            heard = format!("{heard}{}", other.await.map_err(Error::failed)??.heard);
        }
        for name in &config.call {
            let args = Args::new().push(cx.element().as_str());
            let other = app.call(name, "ask", args).await?;
            heard = format!("{heard}{}", other.as_str().unwrap());
        }
        Ok(Arc::new(Asker { app, heard }))
    }
}

async fn pause(times: usize) {
    for _ in 0..times {
        let mut is_new = true;
        poll_fn(|context| {
            context.waker().wake_by_ref();
            if std::mem::take(&mut is_new) { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
    }
}

fn registry() -> Registry {
    let mut registry = Registry::empty();
    registry.add_meta(MetaEntry::new::<Askers>(HERE)).unwrap();
    registry.add(TypeEntry::new(None, "askers.AskerType", &AskerType, HERE)).unwrap();
    registry
}

const DEFINE: &str = r#"{ "title": "x", "type": "askers.AskerType" }"#;

/// An app with askers, each with its configuration.
fn askers(elements: &[(&str, &str)]) -> (TempDir, App) {
    let dir = tempfile::tempdir().unwrap();
    write(dir.path(), "app.json", r#"{ "appId": "acme.Shop" }"#);
    for (name, config) in elements {
        write(dir.path(), &format!("askers/{name}/e.json"), DEFINE);
        write(dir.path(), &format!("askers/{name}/{name}.json"), config);
    }
    let app = load(dir.path(), registry());
    (dir, app)
}

async fn heard(app: &App, name: &str) -> Result<String, Error> {
    Ok(app.get::<Askers>(name).await?.heard.clone())
}

#[tokio::test]
async fn what_is_asked_for_in_load_is_there_and_later_what_is_there_then() {
    let (dir, app) = askers(&[("A", r#"{ "get": ["askers.B"] }"#), ("B", r#"{ "word": "one" }"#)]);
    assert_eq!(heard(&app, "askers.A").await.unwrap(), "one");
    write(dir.path(), "askers/B/B.json", r#"{ "word": "two" }"#);
    app.reload().await.unwrap();
    let ask = app.call("askers.A", "ask", Args::new().push("askers.B")).await.unwrap();
    assert_eq!(ask, Value::from("two"));
    assert_eq!(heard(&app, "askers.A").await.unwrap(), "one");

    let error = app.call("askers.A", "ask", Args::new().push("askers.C")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    // Whoever asked is told, too.
    assert_eq!(error.element().unwrap().as_str(), "askers.C");
    let told = jit_app::render::error(&error, false);
    assert!(
        told.starts_with("error[JIT0107]: app `acme.Shop` has no element `askers.C`\n"),
        "{told}"
    );
    let end = "\n  = note: `askers.A` asked for it\n";
    assert!(told.ends_with(end), "{told}");
    let a = app.get::<Askers>("askers.A").await.unwrap();
    assert_eq!(
        (a.app.id(), a.app.hierarchy().unwrap()),
        ("acme.Shop", vec!["acme.Shop".to_owned()])
    );
    assert_eq!(a.app.default_element("defaultAsker").unwrap(), None);
    assert_eq!(a.app.call("askers.B", "heard", Args::new()).await.unwrap(), Value::from("two"));
}

#[tokio::test]
async fn a_circle_is_told_in_the_same_words_to_whoever_asks() {
    const WHAT_TO_DO: &str = "; break it where one can do without the next until it is called: keep \
         `LoadContext::app`, and ask in the function instead of in `load`; loaded are ";
    let at = |names: &[&str]| {
        let places = names.iter().map(|name| format!("`askers.{name}` by the code at here.rs:1"));
        format!("{WHAT_TO_DO}{}", places.collect::<Vec<_>>().join(", "))
    };
    for how in ["get", "spawn"] {
        let asks = |name: &str| format!(r#"{{ "{how}": ["askers.{name}"] }}"#);
        let (_dir, app) = askers(&[
            ("Self", &asks("Self")),
            ("A", &asks("B")),
            ("B", &asks("A")),
            ("X", &asks("Y")),
            ("Y", &asks("Z")),
            ("Z", &asks("X")),
            ("Outside", &asks("Y")),
        ]);
        for (names, message) in [
            (&["Self"][..], "`askers.Self` asks for itself while it is loaded".to_owned() + &at(&["Self"])),
            (
                &["A", "B"],
                "while they are loaded, elements ask in a circle: `askers.A` → `askers.B` → `askers.A`"
                    .to_owned() + &at(&["A", "B"]),
            ),
            (
                &["X", "Y", "Z", "Outside"],
                "while they are loaded, elements ask in a circle: `askers.X` → `askers.Y` → `askers.Z` → `askers.X`"
                    .to_owned() + &at(&["X", "Y", "Z"]),
            ),
        ] {
            for name in names {
                let error = heard(&app, &format!("askers.{name}")).await.unwrap_err();
                assert_eq!((error.kind(), error.to_string()), (ErrorKind::LoadCycle, message.clone()));
            }
        }
    }
}

#[tokio::test]
async fn a_circle_through_a_call_is_noticed() {
    let (_dir, app) = askers(&[("A", r#"{ "call": ["askers.B"] }"#), ("B", "{}")]);
    app.get_element("askers.B").await.unwrap();
    let error = heard(&app, "askers.A").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::LoadCycle);
    assert!(error.to_string().ends_with("; `askers.B` has asked, in a call"), "{error}");
}

#[tokio::test]
async fn a_circle_within_a_reload_leaves_what_was_there() {
    let (dir, app) = askers(&[("A", r#"{ "word": "a" }"#), ("B", r#"{ "get": ["askers.A"] }"#)]);
    assert_eq!(heard(&app, "askers.B").await.unwrap(), "a");
    // B is live: it is asked, and not loaded.
    write(dir.path(), "askers/A/A.json", r#"{ "get": ["askers.B"], "word": "A" }"#);
    assert!(app.reload().await.unwrap().failures.is_empty());
    assert_eq!(heard(&app, "askers.A").await.unwrap(), "Aa");
    // Both are loaded anew, and see each other as they are to be.
    write(dir.path(), "askers/A/A.json", r#"{ "get": ["askers.B"], "word": "AA" }"#);
    write(dir.path(), "askers/B/B.json", r#"{ "get": ["askers.A"], "word": "B" }"#);
    let failures = app.reload().await.unwrap().failures;
    // A is tried first, and put back; for B that is the A to ask.
    let kinds: Vec<_> = failures.iter().map(|error| error.kind()).collect();
    assert_eq!(kinds, [ErrorKind::LoadCycle], "{failures:?}");
    assert_eq!(heard(&app, "askers.B").await.unwrap(), "BAa");
    assert_eq!(heard(&app, "askers.A").await.unwrap(), "Aa");
}

#[tokio::test]
async fn what_is_new_in_a_reload_is_seen_by_what_is_loaded_in_it() {
    let (dir, app) = askers(&[("A", r#"{ "word": "a" }"#)]);
    assert_eq!(heard(&app, "askers.A").await.unwrap(), "a");
    write(dir.path(), "askers/A/A.json", r#"{ "get": ["askers.B"] }"#);
    write(dir.path(), "askers/B/e.json", DEFINE);
    write(dir.path(), "askers/B/B.json", r#"{ "word": "b" }"#);
    assert!(app.reload().await.unwrap().failures.is_empty());
    assert_eq!(heard(&app, "askers.A").await.unwrap(), "b");
}

#[tokio::test]
async fn in_a_request_its_own_elements_ask_for_its_own() {
    let per_request = DEFINE.replace("\"title\"", "\"cacheLevel\": 1, \"title\"");
    let (dir, _) = askers(&[
        ("A", r#"{ "get": ["askers.B"] }"#),
        ("B", r#"{ "word": "b" }"#),
        ("X", r#"{ "get": ["askers.Y"] }"#),
        ("Y", r#"{ "get": ["askers.X"] }"#),
    ]);
    for name in ["A", "B", "X", "Y"] {
        write(dir.path(), &format!("askers/{name}/e.json"), &per_request);
    }
    let app = load(dir.path(), registry());
    let request = app.request().await.unwrap();
    let (a, b) = (
        request.get::<Askers>("askers.A").await.unwrap(),
        request.get::<Askers>("askers.B").await.unwrap(),
    );
    assert!(Arc::ptr_eq(&a.app.get::<Askers>("askers.B").await.unwrap(), &b));
    let circle = request.get_element("askers.X").await.unwrap_err();
    assert_eq!(circle.kind(), ErrorKind::LoadCycle, "{circle}");
    drop(request);
    // There is no request any more: each call has an instance of its own, and a circle would go on for ever.
    assert!(!Arc::ptr_eq(&a.app.get::<Askers>("askers.B").await.unwrap(), &b));
    let circle = app.get_element("askers.Y").await.unwrap_err();
    assert_eq!(circle.kind(), ErrorKind::LoadCycle, "{circle}");
    assert_eq!(heard(&app, "askers.A").await.unwrap(), "b");
}

#[tokio::test]
async fn an_element_that_is_kept_does_not_keep_the_app() {
    let (_dir, app) = askers(&[("A", "{}"), ("B", "{}")]);
    let a = app.get::<Askers>("askers.A").await.unwrap();
    drop(app);
    let gone = a.app.get::<Askers>("askers.B").await.unwrap_err();
    assert_eq!(gone.kind(), ErrorKind::AppGone);
    assert_eq!(
        gone.to_string(),
        "the app `acme.Shop` is gone, and `askers.A` asks it; keep the `App` for as long as its elements are used"
    );
    assert_eq!(a.app.id(), "acme.Shop");
    let called = a.app.call("askers.B", "heard", Args::new()).await.unwrap_err();
    assert_eq!(called.kind(), ErrorKind::AppGone);
}

#[tokio::test]
async fn an_inherited_element_sees_overrides_and_what_its_own_app_keeps_private() {
    let dir = tempfile::tempdir().unwrap();
    let private = DEFINE.replace("\"title\"", "\"accessModifier\": \"private\", \"title\"");
    for (path, text) in [
        (
            "Shop/app.json",
            r#"{ "appId": "acme.Shop", "extends": [{ "appId": "acme.Base", "version": "0.0.0" }] }"#,
        ),
        ("Shop/askers/Open/e.json", DEFINE),
        ("Shop/askers/Open/Open.json", r#"{ "word": "the shop's" }"#),
        ("Shop/askers/Own/e.json", DEFINE),
        ("Base/app.json", r#"{ "appId": "acme.Base" }"#),
        ("Base/askers/Open/e.json", DEFINE),
        ("Base/askers/Open/Open.json", r#"{ "word": "the base's" }"#),
        ("Base/askers/Hidden/e.json", &private),
        ("Base/askers/Hidden/Hidden.json", r#"{ "word": "hidden" }"#),
        ("Base/askers/Asks/e.json", DEFINE),
        ("Base/askers/Asks/Asks.json", r#"{ "get": ["askers.Open", "askers.Hidden"] }"#),
    ] {
        write(dir.path(), path, text);
    }
    let app = load(&dir.path().join("Shop"), registry());
    assert_eq!(heard(&app, "askers.Asks").await.unwrap(), "the shop'shidden");
    for (asker, whom, kind) in [
        ("askers.Asks", "askers.Hidden", None),
        ("askers.Own", "askers.Hidden", Some(ErrorKind::NotFound)),
        ("askers.Own", "askers.Open", None),
    ] {
        let answer = app.call(asker, "ask", Args::new().push(whom)).await;
        assert_eq!(answer.err().map(|error| error.kind()), kind, "{asker} asks {whom}");
    }
}

/// A choice that depends on nothing but a seed.
struct Choices(u64);

impl Choices {
    fn below(&mut self, end: usize) -> usize {
        // The constants are Knuth's.
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

type Job<T> = Pin<Box<dyn Future<Output = T>>>;

type Task<T> = (Job<T>, Arc<Woken>);

/// Runs all to their ends, in an order that the choices make. Panics when all that are left wait for ever.
fn run<T>(futures: Vec<Job<T>>, choices: &mut Choices) -> Vec<T> {
    let task = |future| Some((future, Arc::new(Woken(AtomicBool::new(true)))));
    let mut tasks: Vec<Option<Task<T>>> = futures.into_iter().map(task).collect();
    let mut done: Vec<Option<T>> = tasks.iter().map(|_| None).collect();
    while tasks.iter().any(Option::is_some) {
        let is_ready = |at: &usize| {
            tasks[*at].as_ref().is_some_and(|(_, woken)| woken.0.load(Ordering::SeqCst))
        };
        let ready: Vec<usize> = (0..tasks.len()).filter(is_ready).collect();
        assert!(!ready.is_empty(), "all that are left wait for ever");
        let at = ready[choices.below(ready.len())];
        let Some((future, woken)) = &mut tasks[at] else { unreachable!() };
        woken.0.store(false, Ordering::SeqCst);
        let waker = Waker::from(Arc::clone(woken));
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            done[at] = Some(value);
            tasks[at] = None;
        }
    }
    done.into_iter().flatten().collect()
}

/// Whether the elements that one asks for lead into a circle.
fn is_circular(asks: &[Vec<usize>], from: usize) -> bool {
    fn visit(asks: &[Vec<usize>], at: usize, above: &mut Vec<usize>) -> bool {
        if above.contains(&at) {
            return true;
        }
        above.push(at);
        let found = asks[at].iter().any(|next| visit(asks, *next, above));
        above.pop();
        found
    }
    visit(asks, from, &mut Vec::new())
}

#[test]
fn whoever_asks_whom_at_the_same_time_nobody_waits_for_ever_and_nobody_is_wronged() {
    let (mut failed, mut loaded) = (0, 0);
    for seed in 0..100 {
        let mut choices = Choices(seed);
        let count = 2 + choices.below(5);
        let asks: Vec<Vec<usize>> = (0..count)
            .map(|_| (0..choices.below(3)).map(|_| choices.below(count)).collect())
            .collect();
        let elements: Vec<(String, String)> = asks
            .iter()
            .enumerate()
            .map(|(at, asks)| {
                let names: Vec<_> = asks.iter().map(|to| format!("askers.E{to}")).collect();
                let pauses = choices.below(4);
                (format!("E{at}"), format!(r#"{{ "get": {names:?}, "pauses": {pauses} }}"#))
            })
            .collect();
        let elements: Vec<_> = elements.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
        let (_dir, app) = askers(&elements);
        let mut futures: Vec<Job<(usize, Result<String, Error>)>> = Vec::new();
        for _ in 0..2 {
            for at in 0..count {
                let app = app.clone();
                futures.push(Box::pin(
                    async move { (at, heard(&app, &format!("askers.E{at}")).await) },
                ));
            }
        }
        for (at, result) in run(futures, &mut choices) {
            let kind = result.as_ref().err().map(Error::kind);
            let expected = is_circular(&asks, at).then_some(ErrorKind::LoadCycle);
            assert_eq!(kind, expected, "seed {seed}, E{at} of {asks:?}: {result:?}");
            if kind.is_some() { failed += 1 } else { loaded += 1 }
        }
    }
    assert!(failed > 150 && loaded > 150, "{failed} failed, {loaded} loaded");
}

#[test]
fn two_that_ask_for_each_other_from_both_sides_are_both_told() {
    for seed in 0..90 {
        let (mut choices, pauses) = (Choices(seed), [seed % 3, seed / 3 % 3]);
        let (_dir, app) = askers(&[
            ("A", &format!(r#"{{ "get": ["askers.B"], "pauses": {} }}"#, pauses[0])),
            ("B", &format!(r#"{{ "get": ["askers.A"], "pauses": {} }}"#, pauses[1])),
        ]);
        let ask = |name: &'static str| -> Job<Result<String, Error>> {
            let app = app.clone();
            Box::pin(async move { heard(&app, name).await })
        };
        let results = run(vec![ask("askers.A"), ask("askers.B")], &mut choices);
        for result in results {
            let error = result.unwrap_err();
            let circle = "in a circle: `askers.A` → `askers.B` → `askers.A`";
            assert!(error.to_string().contains(circle), "seed {seed}: {error}");
        }
    }
}

#[tokio::test]
async fn what_waits_is_forgotten_when_nobody_waits_for_it_any_more() {
    let (dir, app) = askers(&[
        ("A", r#"{ "get": ["askers.B"] }"#),
        ("B", r#"{ "get": ["askers.C"], "pauses": 9 }"#),
        ("C", "{}"),
    ]);
    {
        let load = std::pin::pin!(heard(&app, "askers.A"));
        let woken = Waker::noop();
        assert!(load.poll(&mut Context::from_waker(woken)).is_pending());
    }
    // A waited for B; B may ask for A now.
    write(dir.path(), "askers/A/A.json", "{}");
    write(dir.path(), "askers/B/B.json", r#"{ "get": ["askers.A"] }"#);
    assert_eq!(heard(&app, "askers.B").await.unwrap(), "");
    let weak: Weak<Asker> = Arc::downgrade(&app.get::<Askers>("askers.B").await.unwrap());
    drop(app);
    assert!(weak.upgrade().is_none(), "a handle keeps its own element");
}
