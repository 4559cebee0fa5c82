//! Loading apps and asking for elements.

use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use jit_app::{App, Args, Error, ErrorKind, Level, Status, Variables};
use jit_meta::{Function, Instance, LoadContext, Meta, Type, TypeEntry};
use schemars::JsonSchema;
use serde::Deserialize;
use tempfile::TempDir;

use crate::support::{
    ByName, Config, Greeter, Greeters, HERE, LoudType, Polite, THERE, app, define, greet, load,
    registry, write,
};

static LOADED: AtomicUsize = AtomicUsize::new(0);

/// A Type that counts how often it loads, and takes its time.
#[derive(Debug)]
struct CountedType;

#[async_trait]
impl Type for CountedType {
    type Meta = Greeters;
    type Config = Config;

    async fn load(
        &self,
        _: Config,
        _: LoadContext<'_, Greeters>,
    ) -> Result<Arc<dyn Greeter>, Error> {
        LOADED.fetch_add(1, Ordering::SeqCst);
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
        Ok(Arc::new(Polite("Hi".to_owned())))
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

#[tokio::test]
async fn an_element_is_live_typed_and_by_name() {
    let (_dir, app) = app("acme.Shop", &[("greeters/Hello/Hello.json", r#"{"word": "{{WORD}}"}"#)]);
    assert_eq!(app.get::<Greeters>("greeters.Hello").await.unwrap().greet("Bob"), "Ahoy Bob");
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "Ahoy Ann");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_first_calls_load_once_and_share() {
    let (dir, _) = app("acme.Shop", &[("greeters/Once/e.json", &define("greeters.CountedType"))]);
    let mut registry = registry();
    registry.add(TypeEntry::new(None, "greeters.CountedType", &CountedType, HERE)).unwrap();
    let app = load(dir.path(), registry);
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let app = app.clone();
            tokio::spawn(async move { app.get::<Greeters>("greeters.Once").await.unwrap() })
        })
        .collect();
    let mut found = Vec::new();
    for task in tasks {
        found.push(task.await.unwrap());
    }
    assert!(found.iter().all(|one| Arc::ptr_eq(one, &found[0])), "not the same instance");
    assert_eq!(LOADED.load(Ordering::SeqCst), 1);
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
        "`greeters.MyType` is a Type, not an instance; ask for one of its instances: `greeters.Hi`"
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
    let told = app.check();
    assert_eq!(told.iter().filter(|found| found.code.as_str() == "JIT0106").count(), 1, "{told:?}");
    assert_eq!(
        error.to_string(),
        "a/One/e.json:1:33: the types form a cycle: `a.One` → `a.Two` → `a.One`; end it in a Type that is registered"
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
    let told: Vec<_> = app.check().iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "`greeters/Hello/config.json` is not read; remove it, or move its keys to where they are read"
        ]
    );
}

#[tokio::test]
async fn the_configuration_of_a_split_element_may_lie_in_its_backend() {
    let polite = define("greeters.PoliteType");
    let (dir, app) = app(
        "acme.Shop",
        &[
            ("greeters/Split/backend/e.json", &polite),
            ("greeters/Split/backend/Split.json", r#"{"word": "Below"}"#),
        ],
    );
    assert_eq!(greet(&app, "greeters.Split").await.unwrap(), "Below Ann");
    assert!(app.check().is_empty());
    write(dir.path(), "greeters/Split/Split.json", r#"{"word": "Above"}"#);
    let told = app.check();
    let (told, notes): (Vec<_>, Vec<_>) =
        told.iter().map(|finding| (finding.to_string(), finding.notes.join(""))).unzip();
    assert_eq!(
        told,
        [
            "`greeters/Split/backend/Split.json` is not read; remove it, or move its keys to where they are read"
        ]
    );
    assert_eq!(notes, ["the configuration of `greeters.Split` is `greeters/Split/Split.json`"]);
    let again = App::builder(dir.path()).registry(registry()).load().unwrap();
    assert_eq!(greet(&again, "greeters.Split").await.unwrap(), "Above Ann");
    // What is wrong with it is told with its path.
    fs::remove_file(dir.path().join("greeters/Split/Split.json")).unwrap();
    write(dir.path(), "greeters/Split/backend/Split.json", r#"{"wort": "x"}"#);
    let told = app.check().iter().map(ToString::to_string).collect::<String>();
    assert!(told.starts_with("greeters/Split/backend/Split.json:1:2: "), "{told}");
}

/// A Type that wraps what it overrides, and has a key of its own.
#[derive(Debug)]
struct TwiceType;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Twice {
    /// What goes between.
    between: String,
}

#[derive(Debug)]
struct Both(Arc<dyn Greeter>, String);

impl Greeter for Both {
    fn greet(&self, whom: &str) -> String {
        let once = self.0.greet(whom);
        format!("{once}{}{once}", self.1)
    }
}

#[async_trait]
impl Type for TwiceType {
    type Meta = Greeters;
    type Config = Twice;
    const INHERITS: bool = true;

    async fn load(
        &self,
        config: Twice,
        cx: LoadContext<'_, Greeters>,
    ) -> Result<Arc<dyn Greeter>, Error> {
        Ok(Arc::new(Both(cx.inherited().await?, config.between)))
    }
}

/// `acme.Base` with a greeter, and `acme.Child` that extends it and wraps its Type.
fn family(files: &[(&str, &str)]) -> (TempDir, Result<App, Error>) {
    let root = tempfile::tempdir().unwrap();
    let base = "acme/Base/1_0_0";
    write(root.path(), &format!("{base}/app.json"), r#"{ "appId": "acme.Base" }"#);
    write(root.path(), &format!("{base}/greeters/Hello/e.json"), &define("greeters.PoliteType"));
    let child =
        r#"{ "appId": "acme.Child", "extends": [{"appId": "acme.Base", "version": "1.0.0"}] }"#;
    write(root.path(), "acme/Child/2_0_0/app.json", child);
    for (path, text) in files {
        write(root.path(), path, text);
    }
    let mut registry = registry();
    let code: TypeEntry =
        TypeEntry::new(Some("acme.Child"), "greeters.PoliteType", &TwiceType, THERE);
    registry.add(code).unwrap();
    let app = App::builder(root.path().join("acme/Child/2_0_0"))
        .registry(registry)
        .variables(Variables::empty())
        .load();
    (root, app)
}

#[tokio::test]
async fn a_type_with_nothing_to_inherit_from_is_told_without_loading() {
    let (dir, _) = app("acme.Shop", &[("greeters/Two/e.json", &define("greeters.TwiceType"))]);
    let mut registry = registry();
    registry.add(TypeEntry::new(None, "greeters.TwiceType", &TwiceType, HERE)).unwrap();
    let app = load(dir.path(), registry);
    let error = app.get_element("greeters.Two").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotLinked);
    let told = "greeters/Two/e.json:1:33: `greeters.TwiceType` has nothing to inherit from; link the crate that registers the `greeters.TwiceType` it overrides, or the Type its `type` names";
    assert_eq!(error.to_string(), told);
    assert_eq!(app.check().iter().map(ToString::to_string).collect::<Vec<_>>(), [told]);
}

const HELLO: &str = "acme/Base/1_0_0/greeters/Hello/Hello.json";

#[tokio::test]
async fn an_override_wraps_what_it_overrides_for_elements_of_the_parent_too() {
    let (root, app) = family(&[(HELLO, r#"{ "between": " and ", "word": "Moin" }"#)]);
    let app = app.unwrap();
    assert_eq!(greet(&app, "greeters.Hello").await.unwrap(), "Moin Ann and Moin Ann");
    assert_eq!(app.get_element("greeters.Hello").await.unwrap().app_id(), "acme.Base");
    let apps: Vec<_> = app.hierarchy().iter().map(|manifest| manifest.app_id.clone()).collect();
    assert_eq!(apps, ["acme.Child", "acme.Base"]);
    // The parent by itself knows nothing of it, in the same process.
    write(root.path(), HELLO, r#"{ "word": "Moin" }"#);
    let base = App::builder(root.path().join("acme/Base/1_0_0")).registry(registry()).load();
    assert_eq!(greet(&base.unwrap(), "greeters.Hello").await.unwrap(), "Moin Ann");
}

#[tokio::test]
async fn keys_belong_to_who_names_them_and_to_nobody_only_once() {
    let (_root, app) = family(&[(HELLO, r#"{ "word": 5, "betwen": "x" }"#)]);
    let told: Vec<_> = app.unwrap().check().iter().map(ToString::to_string).collect();
    let place = "../../Base/1_0_0/greeters/Hello/Hello.json";
    assert_eq!(
        told,
        [
            format!("{place}:1:1: missing key `between`; add `between`: What goes between."),
            format!("{place}:1:14: unknown key `betwen`; did you mean `between`?"),
            format!("{place}:1:11: `word` must be a string"),
        ]
    );
}

#[tokio::test]
async fn a_child_overrides_elements_unless_they_are_protected_and_sees_no_private_ones() {
    let parent = |access: &str| {
        format!(
            r#"{{ "title": "x", "type": "greeters.PoliteType", "accessModifier": "{access}" }}"#
        )
    };
    let (base, child) = ("acme/Base/1_0_0/greeters/X/e.json", "acme/Child/2_0_0/greeters/X/e.json");
    let own = r#"{ "title": "own", "type": "greeters.PoliteType" }"#;

    let (_root, app) = family(&[(base, &parent("public")), (child, own)]);
    assert_eq!(app.unwrap().get_element_define("greeters.X").unwrap().title(), "own");

    let (_root, app) = family(&[(base, &parent("protected")), (child, own)]);
    let error = app.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidDefine);
    assert_eq!(
        error.to_string(),
        "greeters/X/e.json:1:1: `acme.Child` redefines `greeters.X`, which is protected in `acme.Base`; give the element another name, or make the other one `public`"
    );

    let (_root, app) = family(&[(base, &parent("private"))]);
    let error = app.unwrap().get_element_define("greeters.X").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn a_private_type_serves_the_elements_of_its_own_app() {
    let private = r#"{ "title": "x", "type": "greeters.PoliteType", "accessModifier": "private" }"#;
    let (_root, app) = family(&[
        ("acme/Base/1_0_0/greeters/Secret/e.json", private),
        ("acme/Base/1_0_0/greeters/Hi/e.json", &define("greeters.Secret")),
        ("acme/Base/1_0_0/greeters/Hi/Hi.json", r#"{ "between": "-" }"#),
        ("acme/Child/2_0_0/greeters/Ho/e.json", &define("greeters.Secret")),
    ]);
    let app = app.unwrap();
    assert_eq!(greet(&app, "greeters.Hi").await.unwrap(), "Hi Ann-Hi Ann");
    let error = app.get_element("greeters.Ho").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidDefine);
    assert!(error.to_string().contains("`greeters.Secret` is private in `acme.Base`"), "{error}");
}

#[tokio::test]
async fn a_variable_has_the_value_with_which_it_is_declared() {
    let declares = r#"{ "title": "x", "type": "greeters.PoliteType", "variables": [
        {"name": "GREETING", "value": "Servus"}, {"name": "WORD", "value": "unused"},
        {"name": "TOKEN", "required": 1, "remark": "Ask the greeter."}] }"#;
    let config = r#"{ "word": "${GREETING} {{WORD}}" }"#;
    let (_dir, app) =
        app("acme.Shop", &[("greeters/Hi/e.json", declares), ("greeters/Hi/Hi.json", config)]);
    assert_eq!(greet(&app, "greeters.Hi").await.unwrap(), "Servus Ahoy Ann");
    let told: Vec<_> = app.check().iter().map(ToString::to_string).collect();
    let message = "greeters/Hi/e.json:3:9: the variable `TOKEN` is required by `greeters.Hi` and is not set; set `TOKEN` in the environment";
    assert_eq!(told, [message]);
}

#[tokio::test]
async fn selectors_find_definitions_without_loading() {
    let (_dir, app) = app(
        "acme.Shop",
        &[
            ("greeters/MyType/e.json", &define("greeters.PoliteType")),
            (
                "greeters/Hi/e.json",
                r#"{ "title": "Hi", "type": "greeters.MyType", "sort": 10, "on": 1 }"#,
            ),
            (
                "models/User/e.json",
                r#"{ "title": "User", "type": "models.NormalType", "sort": 9 }"#,
            ),
        ],
    );
    for (selector, expected) in [
        ("greeters.Hi", vec!["greeters.Hi"]),
        ("greeters.No", vec![]),
        (".greeters.PoliteType", vec!["greeters.Hello", "greeters.MyType"]),
        ("*greeters.Hi", vec!["greeters.MyType"]),
        ("greeters.PoliteType*", vec!["greeters.Hello", "greeters.Hi", "greeters.MyType"]),
        ("greeters.Meta*:#title=Hi", vec!["greeters.Hi"]),
        ("models.NormalType*", vec!["models.User"]),
        ("#sort>9", vec!["greeters.Hi"]),
        ("#on=true", vec!["greeters.Hi"]),
        ("#elementType=Type", vec!["greeters.MyType"]),
        ("models.User,greeters.Hi,#sort>1", vec!["models.User", "greeters.Hi"]),
    ] {
        let found = app.find_elements_define(selector).unwrap();
        let names: Vec<_> = found.iter().map(|define| define.full_name().as_str()).collect();
        assert_eq!(names, expected, "{selector}");
    }
    let error = app.find_elements_define("#title").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BadArguments);
}

#[tokio::test]
async fn the_nearest_app_sets_the_default_element() {
    let settings =
        |name: &str| format!(r#""settings": {{"defaultElement": {{"defaultGreeter": "{name}"}}}}"#);
    let child = format!(
        r#"{{ "appId": "acme.Child", {}, "extends": [{{"appId": "acme.Base", "version": "1.0.0"}}] }}"#,
        settings("greeters.Nope")
    );
    let (_root, app) =
        family(&[("acme/Child/2_0_0/app.json", &child), (HELLO, r#"{"between": "x"}"#)]);
    let app = app.unwrap();
    assert_eq!(app.default_element("defaultGreeter").as_deref(), Some("greeters.Nope"));
    assert_eq!(app.default_element("defaultStorage"), None);
    let told: Vec<_> = app.check().iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "app.json:1:76: `defaultGreeter` is `greeters.Nope`, and there is no such element; name an element that \
             there is, or remove the key"
        ]
    );
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

#[tokio::test]
async fn debug_shows_no_instance_and_no_value_of_a_file() {
    let (_dir, app) = app(
        "acme.Shop",
        &[
            (
                "app.json",
                r#"{ "appId": "acme.Shop", "apiKey": "hush", "settings": { "key": "hush" } }"#,
            ),
            (
                "greeters/Hi/e.json",
                r#"{ "title": "Hi", "type": "greeters.PoliteType",
                     "variables": [{ "name": "KEY", "value": "hush" }] }"#,
            ),
            ("greeters/Hi/Hi.json", r#"{ "word": "hush" }"#),
        ],
    );
    let element = app.get_element("greeters.Hi").await.unwrap();
    assert!(format!("{:?}", element.interface::<Greeters>().await).contains("hush"));
    let loaded =
        jit_meta::Loaded::new::<Greeters>(Arc::new(Polite("hush".to_owned())), element.define());
    let request = app.request().await;
    for shown in [
        format!("{element:?}"),
        format!("{app:?}"),
        format!("{loaded:?}"),
        format!("{request:?}"),
        format!("{:?}", app.get_element("greeters.Hi")),
        format!("{:?} {:?}", app.hierarchy(), app.hierarchy()[0].settings),
        format!("{:?}", element.define().variables()),
    ] {
        assert!(!shown.contains("hush"), "{shown}");
    }
    assert!(format!("{element:?}").contains("greeters.Hi"));
}

#[tokio::test]
async fn live_elements_are_found_by_names_of_every_length_and_by_no_other() {
    let lengths = [1, 2, 5, 6, 7, 8, 13, 14, 15, 20, 21, 22, 23, 24, 40, 200];
    let name = |length: usize| format!("greeters.{}", "N".repeat(length));
    let (_dir, app) = app("acme.App", &[]);
    for length in lengths {
        let path = name(length).replace('.', "/");
        write(app.dir(), &format!("{path}/e.json"), &define("greeters.PoliteType"));
    }
    app.reload().await.unwrap();
    for length in lengths {
        let name = name(length);
        let first = app.get::<Greeters>(&name).await.unwrap();
        // The second time it is handed out without a way through its Type; and to another thread.
        assert!(Arc::ptr_eq(&first, &app.get::<Greeters>(&name).await.unwrap()), "{name}");
        let (other, its) = (app.clone(), name.clone());
        let there = tokio::task::spawn_blocking(move || {
            tokio::runtime::Handle::current().block_on(other.get::<Greeters>(&its)).unwrap()
        });
        assert!(Arc::ptr_eq(&first, &there.await.unwrap()), "{name}");
        assert_eq!(app.get_element(&name).await.unwrap().full_name().as_str(), name);
        for at in [0, 8, 9, name.len() - 1] {
            let mut other = name.clone().into_bytes();
            other[at] = b'x';
            let other = String::from_utf8(other).unwrap();
            assert_eq!(app.get_element(&other).await.unwrap_err().kind(), ErrorKind::NotFound);
        }
    }
}

#[tokio::test]
async fn a_call_that_fails_names_its_function() {
    let (_dir, app) = app("acme.App", &[]);
    for (function, kind) in
        [("greet", ErrorKind::BadArguments), ("gret", ErrorKind::UnknownFunction)]
    {
        let error = app.call("greeters.Hello", function, Args::new()).await.unwrap_err();
        assert_eq!((error.kind(), error.function()), (kind, Some(function)));
        assert_eq!(error.element().unwrap().as_str(), "greeters.Hello");
    }
}

#[tokio::test]
async fn an_app_that_is_dropped_leaves_nothing() {
    let (dir, app) = app("acme.Shop", &[("greeters/Broken/e.json", "{")]);
    let held = app.get_element("greeters.Hello").await.unwrap();
    let of_live = Arc::downgrade(&app.get_element_define("greeters.Hello").unwrap());
    drop(app);
    assert!(of_live.upgrade().is_some(), "it is held");
    drop(held);
    assert!(of_live.upgrade().is_none());

    // Nor one of which a part was found and not taken.
    let app = load(dir.path(), registry());
    let of_idle = Arc::downgrade(&app.get_element_define("greeters.Hello").unwrap());
    drop(app);
    assert!(of_idle.upgrade().is_none());
}
