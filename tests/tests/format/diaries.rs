//! A family whose members write down what happens to them.

use std::sync::{Arc, Mutex, PoisonError};

use jit_app::{Error, Value};
use jit_meta::{
    BoundArgs, Called, DataType, Exit, Function, Instance, Lifecycle, LoadContext, Meta, MetaEntry,
    Registry, Type, TypeEntry, async_trait,
};
use jit_testing::TestApp;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::support::HERE;

#[derive(Debug)]
pub(crate) struct Diaries;

/// What was written down, by all elements of one test.
#[derive(Clone, Debug, Default)]
pub(crate) struct Book(Arc<Mutex<Vec<String>>>);

impl Book {
    fn write(&self, line: String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }

    /// What was written since the last time.
    pub(crate) fn read(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[derive(Debug)]
pub(crate) struct Diary {
    name: String,
    /// The hook that fails.
    refuses: String,
    book: Book,
}

impl Meta for Diaries {
    const FULL_NAME: &'static str = "diaries.Meta";
    type Interface = Diary;

    fn functions() -> &'static [Function] {
        const FUNCTIONS: &[Function] = &[Function {
            name: "fail",
            title: "Fail",
            args: &[],
            return_type: DataType::None,
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
        self.0.book.write(format!("fail {}", self.0.name));
        Err(Error::failed("on purpose"))
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Config {
    #[serde(default)]
    refuses: String,
    #[serde(default)]
    page: u32,
}

struct DiaryType(Book);

fn told(diary: &Diary, hook: &str) -> Result<(), Error> {
    diary.book.write(format!("{hook} {}", diary.name));
    match diary.refuses == hook {
        true => Err(Error::failed(format!("{hook} refused"))),
        false => Ok(()),
    }
}

#[async_trait]
impl Type for DiaryType {
    type Meta = Diaries;
    type Config = Config;

    async fn load(
        &self,
        config: Config,
        cx: LoadContext<'_, Diaries>,
    ) -> Result<Arc<Diary>, Error> {
        let name = cx.element().name().to_owned();
        self.0.write(format!("load {name}"));
        // Others get a chance to come in between.
        for _ in 0..config.page {
            tokio::task::yield_now().await;
        }
        Ok(Arc::new(Diary { name, refuses: config.refuses, book: self.0.clone() }))
    }

    fn lifecycle(&self) -> Lifecycle<Diaries> {
        let [created, updated, deleted, exception] = [(); 4].map(|()| self.0.clone());
        Lifecycle::new()
            .on_load(|called| Box::pin(async move { told(called.instance, "onLoad") }))
            .on_called(|called| Box::pin(async move { told(called.instance, "onCalled") }))
            .on_app_exit(|exit: Exit<'_, Diaries>| {
                Box::pin(async move {
                    if let Some(error) = exit.outcome.error {
                        exit.instance.book.write(format!("{} hears: {error}", exit.instance.name));
                    }
                    told(exit.instance, "onAppExit")
                })
            })
            .on_create(move |changed| {
                created.write(format!("onCreate {}", changed.element));
                Box::pin(async { Ok(()) })
            })
            .on_update(move |changed| {
                updated.write(format!("onUpdate {}", changed.element));
                Box::pin(async { Err(Error::failed("onUpdate refused")) })
            })
            .on_delete(move |changed| {
                deleted.write(format!("onDelete {}", changed.element));
                let refuses = changed.element.name() == "Keep";
                Box::pin(async move {
                    if refuses { Err(Error::failed("onDelete refused")) } else { Ok(()) }
                })
            })
            .on_exception(move |told| {
                exception.write(format!("onException {}: {}", told.element, told.error));
                Box::pin(async { Err(Error::failed("onException refused")) })
            })
    }
}

/// Builds on the diary's Type, and has one hook of its own.
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
            called.instance.book.write("quiet".to_owned());
            Box::pin(async { Ok(()) })
        })
    }
}

/// The Types `diaries.DiaryType` and `diaries.QuietType`, which share a book.
fn registry(book: &Book) -> Registry {
    let mut registry = Registry::empty();
    registry.add_meta(MetaEntry::new::<Diaries>(HERE)).unwrap();
    // Each test has a Type, and so a book, of its own; entries live as long as the program.
    let code: &'static DiaryType = Box::leak(Box::new(DiaryType(book.clone())));
    registry.add(TypeEntry::new(None, "diaries.DiaryType", code, HERE)).unwrap();
    registry
        .add(TypeEntry::new(Some("acme.Quiet"), "diaries.DiaryType", &QuietType, HERE))
        .unwrap();
    registry
}

/// The app `acme.Shop` with diaries `diaries.<name>`: each with more fields of its `e.json`, and its
/// configuration.
pub(crate) fn diaries(elements: &[(&str, &str, &str)]) -> (TestApp, Book) {
    let book = Book::default();
    let mut folder = TestApp::new().registry(registry(&book));
    for (name, fields, config) in elements {
        let define = format!(r#"{{ "title": "x", "type": "diaries.DiaryType" {fields} }}"#);
        folder = folder.file(&format!("diaries/{name}/e.json"), &define);
        folder = folder.file(&format!("diaries/{name}/{name}.json"), config);
    }
    (folder, book)
}

/// A configuration with the hook that fails.
pub(crate) fn refuses(hook: &str) -> String {
    format!(r#"{{ "refuses": "{hook}" }}"#)
}
