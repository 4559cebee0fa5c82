//! Services.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use expect_test::{Expect, expect};
use jit_app::{App, Args, Error, ErrorKind, Value, render};
use jit_meta::{AppHandle, Blob, MetaEntry, Registered, Registry, TypeEntry};
use jit_services::{
    Callable, Functions, NormalType, Result, Service, ServiceContext, ServiceEntry,
    ServiceRegistry, Services,
};
use jit_testing::TestApp;
use serde::{Deserialize, Serialize};

use crate::support::{HERE, THERE, has};

/// Takes orders, and asks another service what they cost.
struct Orders {
    app: AppHandle,
    count: AtomicU64,
}

#[derive(Deserialize)]
struct Place {
    customer: String,
    amount: u32,
    note: Option<String>,
}

#[derive(Serialize, Debug, PartialEq)]
struct Placed {
    number: u64,
    what: String,
}

#[derive(Deserialize)]
struct Attach {
    file: Blob,
}

/// What `place` fails with.
#[derive(Debug)]
struct SoldOut;

impl std::fmt::Display for SoldOut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("sold out")
    }
}

impl std::error::Error for SoldOut {}

impl Orders {
    async fn place(self: Arc<Self>, order: Place) -> Result<Placed, SoldOut> {
        if order.amount > 9 {
            return Err(SoldOut);
        }
        let number = self.count.fetch_add(1, Ordering::SeqCst) + 1;
        let note = order.note.unwrap_or_default();
        Ok(Placed { number, what: format!("{} for {}{note}", order.amount, order.customer) })
    }

    async fn attach(self: Arc<Self>, attached: Attach) -> Result<Blob> {
        Ok(attached.file)
    }

    async fn echo(self: Arc<Self>, args: Value) -> Result<Value> {
        Ok(args)
    }

    async fn price(self: Arc<Self>) -> Result<Value> {
        Ok(self.app.call("services.Prices", "price", Args::new()).await?)
    }
}

impl Service for Orders {
    async fn load(cx: ServiceContext<'_>) -> Result<Self> {
        Ok(Self { app: cx.app().clone(), count: AtomicU64::new(0) })
    }

    fn functions() -> Functions<Self> {
        Functions::new()
            .with("place", Self::place)
            .with("attach", Self::attach)
            .with("echo", Self::echo)
            .with("price", Self::price)
    }
}

/// In another app: takes no orders by night, and leaves the others to the code it overrides.
struct Nightly(Arc<dyn Callable>);

impl Nightly {
    async fn place(self: Arc<Self>, args: Value) -> Result<Value> {
        if args.get("customer").and_then(Value::as_str) == Some("Dracula") {
            return Err("closed by night".into());
        }
        let Value::Map(args) = args else { return Err("no arguments".into()) };
        let args = args.into_iter().fold(Args::new(), |args, (name, value)| args.with(name, value));
        Ok(self.0.call("place", args).await?)
    }
}

impl Service for Nightly {
    async fn load(cx: ServiceContext<'_>) -> Result<Self> {
        Ok(Self(cx.inherited().await?))
    }

    fn functions() -> Functions<Self> {
        Functions::new().with("place", Self::place)
    }
}

const ORDERS: ServiceEntry = ServiceEntry::new::<Orders>(None, "services.Orders", HERE);

fn registry(services: &[ServiceEntry]) -> Registry {
    let services = services.iter().fold(ServiceRegistry::empty(), |all, entry| all.with(*entry));
    let code: &NormalType = Box::leak(Box::new(NormalType::of(services)));
    let mut registry = Registry::empty();
    registry.add_meta(MetaEntry::new::<Services>(HERE)).unwrap();
    registry.add(TypeEntry::new(None, "services.NormalType", code, HERE)).unwrap();
    registry
}

const PLACE: &str = r#"{ "name": "place", "title": "Place an order", "returnType": "JitDict", "args": [
    { "name": "customer", "title": "Customer", "dataType": "Stext", "required": 1, "maxLen": 9 },
    { "name": "amount", "title": "Amount", "dataType": "Numeric", "value": 1 },
    { "name": "note", "title": "Note", "dataType": "Ltext" }
  ] }"#;

fn define(functions: &[&str]) -> String {
    let functions = functions.join(",\n  ");
    format!(
        "{{\n  \"title\": \"Orders\",\n  \"type\": \"services.NormalType\",\n  \"functionList\": [{functions}]\n}}\n"
    )
}

fn simple(name: &str) -> String {
    format!(r#"{{ "name": "{name}", "title": "{name}" }}"#)
}

/// An app with `services.Orders`, which declares some functions.
fn orders(functions: &[&str], services: &[ServiceEntry]) -> TestApp {
    let folder = TestApp::new().registry(registry(services));
    folder.file("services/Orders/e.json", define(functions))
}

async fn call(app: &App, function: &str, args: Args) -> Result<Value, Error> {
    app.call("services.Orders", function, args).await
}

/// What is found without loading anything, as it is shown.
#[track_caller]
fn finds(folder: &TestApp, expected: &Expect) {
    let app = folder.load().unwrap();
    expected.assert_eq(&render::findings(&app.check(), false));
}

#[tokio::test]
async fn service_code() {
    let app = orders(&[PLACE], &[ORDERS]).load().unwrap();
    let placed = call(&app, "place", Args::new().push("Ann")).await.unwrap();
    assert_eq!(placed.get("what"), Some(&Value::from("1 for Ann")));
    let again = call(&app, "place", Args::new().push("Bob").with("note", "!")).await.unwrap();
    assert_eq!(
        again,
        [("number", Value::from(2_u64)), ("what", "1 for Bob!".into())].into_iter().collect()
    );
}

#[tokio::test]
async fn service_functions() {
    let app = orders(&[PLACE, &simple("price")], &[ORDERS]).load().unwrap();
    let functions = app.get_element("services.Orders").await.unwrap().functions().await.unwrap();
    let names: Vec<_> = functions.iter().map(|function| function.name.as_str()).collect();
    assert_eq!(names, ["place", "price"]);
    let error = call(&app, "plcae", Args::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::UnknownFunction);
    assert_eq!(
        error.to_string(),
        "`services.Orders` has no function `plcae`; did you mean `place`? its functions are place, price"
    );
    let undeclared = call(&app, "echo", Args::new()).await.unwrap_err();
    assert_eq!(undeclared.kind(), ErrorKind::UnknownFunction);
    let all = [PLACE, &simple("attach"), &simple("echo"), &simple("price")];
    assert_eq!(orders(&all, &[ORDERS]).load().unwrap().check(), []);
}

#[tokio::test]
async fn service_arguments() {
    let app = orders(&[PLACE], &[ORDERS]).load().unwrap();
    for (args, told) in [
        (Args::new().push("Ann").with("cuont", 1), "`place` has no argument `cuont`"),
        (Args::new(), "`place` needs `customer`"),
        (Args::new().push("Maximilian"), "text of at most 9 characters as `customer`"),
        (Args::new().push("Ann").push("two"), "wants a number as `amount`, not text"),
        // It fits the declaration, and not the struct.
        (
            Args::new().push("Ann").push(1.5),
            "`amount`: expected a whole number from 0 to 4294967295, found a number with decimals",
        ),
    ] {
        let error = call(&app, "place", args).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BadArguments);
        has(&error.to_string(), &[told]);
    }
    let placed = call(&app, "place", Args::new().push("Ann")).await.unwrap();
    assert_eq!(placed.get("number"), Some(&Value::from(1_u64)), "a refused call has run");
}

#[tokio::test]
async fn service_bytes() {
    const ATTACH: &str = r#"{ "name": "attach", "title": "Attach", "args": [{ "name": "file", "dataType": "File" }] }"#;
    const ECHO: &str = r#"{ "name": "echo", "title": "Echo", "args": [{ "name": "data", "dataType": "-" }, { "name": "more", "dataType": "JitList" }] }"#;
    let app = orders(&[ATTACH, ECHO], &[ORDERS]).load().unwrap();
    let data = Bytes::from(vec![0, 159, 146, 150]);
    let back = call(&app, "attach", Args::new().push(data.clone())).await.unwrap();
    assert_eq!(back.as_bytes().unwrap().as_ptr(), data.as_ptr(), "copied");
    let list = Value::List(vec![data.clone().into()]);
    let back = call(&app, "echo", Args::new().push(data.clone()).push(list)).await.unwrap();
    let Some(Value::List(items)) = back.get("more") else { panic!("{back:?}") };
    for back in [back.get("data").unwrap(), &items[0]] {
        assert_eq!(back.as_bytes().unwrap().as_ptr(), data.as_ptr(), "copied");
    }
    let error = call(&app, "echo", Args::new().push("text")).await.unwrap_err();
    has(&error.to_string(), &["wants bytes as `data`, not text"]);
}

#[tokio::test]
async fn service_failure() {
    let app = orders(&[PLACE, &simple("price")], &[ORDERS]).load().unwrap();
    let error = call(&app, "place", Args::new().push("Ann").push(10)).await.unwrap_err();
    assert_eq!((error.kind(), error.to_string()), (ErrorKind::Failed, "sold out".to_owned()));
    assert!(error.downcast_ref::<SoldOut>().is_some());
    assert_eq!(error.element().map(|name| name.as_str()), Some("services.Orders"));
    // That of another element keeps its kind.
    let error = call(&app, "price", Args::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
}

#[tokio::test]
async fn service_handle() {
    struct Prices;
    impl Prices {
        async fn price(self: Arc<Self>) -> Result<u32> {
            Ok(7)
        }
    }
    impl Service for Prices {
        async fn load(_: ServiceContext<'_>) -> Result<Self> {
            Ok(Self)
        }
        fn functions() -> Functions<Self> {
            Functions::new().with("price", Self::price)
        }
    }
    let prices = ServiceEntry::new::<Prices>(None, "services.Prices", THERE);
    let folder = orders(&[&simple("price")], &[ORDERS, prices]);
    let app = folder.file("services/Prices/e.json", define(&[&simple("price")])).load().unwrap();
    assert_eq!(call(&app, "price", Args::new()).await.unwrap(), Value::from(7_u64));
}

#[tokio::test]
async fn service_not_implemented() {
    let folder = orders(&[PLACE, &simple("prise"), &simple("cancel")], &[ORDERS]);
    finds(
        &folder,
        &expect![[r#"
            error[JIT0112]: `services.Orders` declares `prise`, and its code has no such function
             --> services/Orders/e.json:9:13
              |
            9 |   { "name": "prise", "title": "prise" },
              |             ^^^^^^^ not implemented
              |
              = help: did you mean `price`?
              = note: its code is registered at here.rs:1

            error[JIT0112]: `services.Orders` declares `cancel`, and its code has no such function
              --> services/Orders/e.json:10:13
               |
            10 |   { "name": "cancel", "title": "cancel" }]
               |             ^^^^^^^^ not implemented
               |
               = help: add `.with("cancel", …)` to the `functions` of its code, or remove the declaration
               = note: its code is registered at here.rs:1

            warning[JIT0113]: the code of `services.Orders` has `attach`, which is not declared: nobody can call it by name
             --> services/Orders/e.json:4:3
              |
            4 |   "functionList": [{ "name": "place", "title": "Place an order", "returnType": "JitDict", "args": [
              |   ^^^^^^^^^^^^^^ `attach` is not declared
              |
              = help: add { "name": "attach", "title": "…" } to its `functionList`
              = note: its code is registered at here.rs:1

            warning[JIT0113]: the code of `services.Orders` has `echo`, which is not declared: nobody can call it by name
             --> services/Orders/e.json:4:3
              |
            4 |   "functionList": [{ "name": "place", "title": "Place an order", "returnType": "JitDict", "args": [
              |   ^^^^^^^^^^^^^^ `echo` is not declared
              |
              = help: add { "name": "echo", "title": "…" } to its `functionList`
              = note: its code is registered at here.rs:1

            warning[JIT0113]: the code of `services.Orders` has `price`, which is not declared: nobody can call it by name
             --> services/Orders/e.json:4:3
              |
            4 |   "functionList": [{ "name": "place", "title": "Place an order", "returnType": "JitDict", "args": [
              |   ^^^^^^^^^^^^^^ `price` is not declared
              |
              = help: add { "name": "price", "title": "…" } to its `functionList`
              = note: its code is registered at here.rs:1
        "#]],
    );
    let error = folder.load().unwrap().get_element("services.Orders").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidDefine);
    has(&error.to_string(), &["`services.Orders` declares `cancel`"]);
}

#[test]
fn service_not_declared() {
    finds(
        &orders(&[PLACE, &simple("attach"), &simple("echo")], &[ORDERS]),
        &expect![[r#"
            warning[JIT0113]: the code of `services.Orders` has `price`, which is not declared: nobody can call it by name
             --> services/Orders/e.json:4:3
              |
            4 |   "functionList": [{ "name": "place", "title": "Place an order", "returnType": "JitDict", "args": [
              |   ^^^^^^^^^^^^^^ `price` is not declared
              |
              = help: add { "name": "price", "title": "…" } to its `functionList`
              = note: its code is registered at here.rs:1
        "#]],
    );
}

#[tokio::test]
async fn service_no_code() {
    let other = ServiceEntry::new::<Orders>(None, "services.Order", HERE);
    let folder = orders(&[PLACE], &[other]);
    finds(
        &folder,
        &expect![[r#"
        warning[JIT0104]: no code is registered for the service `services.Orders`
         --> services/Orders/e.json:3:11
          |
        3 |   "type": "services.NormalType",
          |           ^^^^^^^^^^^^^^^^^^^^^ a service is made by the code of its own name
          |
          = help: did you mean `services.Order`, for which there is code?
          = note: there is code for `services.Order`
    "#]],
    );
    let error = folder.load().unwrap().get_element("services.Orders").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotLinked);
    let theirs = ServiceEntry::new::<Orders>(Some("acme.Other"), "services.Orders", HERE);
    finds(
        &orders(&[PLACE], &[theirs]),
        &expect![[r#"
        warning[JIT0104]: no code is registered for the service `services.Orders`
         --> services/Orders/e.json:3:11
          |
        3 |   "type": "services.NormalType",
          |           ^^^^^^^^^^^^^^^^^^^^^ a service is made by the code of its own name
          |
          = help: register it for this app, or without an app: register_service!("…" => …)
          = note: it is registered for other apps: `acme.Other`, at here.rs:1
    "#]],
    );
}

#[tokio::test]
async fn service_twice() {
    let other = Registered { file: "orders.rs", line: 7, ..HERE };
    let second = ServiceEntry::new::<Orders>(None, "services.Orders", other);
    let all = [PLACE, &simple("attach"), &simple("echo"), &simple("price")];
    let folder = orders(&all, &[ORDERS, second]);
    finds(
        &folder,
        &expect![[r#"
        error[JIT0114]: the code of `services.Orders` is registered twice: at here.rs:1 and at orders.rs:7
          = help: remove one, or register it for another app: register_service!(app "org.App", …)
    "#]],
    );
    let error = folder.load().unwrap().get_element("services.Orders").await.unwrap_err();
    has(&error.to_string(), &["orders.rs:7", "here.rs:1"]);
}

#[test]
fn service_declarations() {
    let wrong =
        r#"{ "name": "echo", "title": "E", "args": [{ "name": "x", "dataType": "Stex" }] }"#;
    let all = [PLACE, &simple("attach"), wrong, &simple("price"), &simple("price")];
    finds(
        &orders(&all, &[ORDERS]),
        &expect![[r#"
            warning[JIT0105]: `echo`: `dataType` of `x`: there is no data type `Stex`; did you mean `Stext`?
              --> services/Orders/e.json:10:13
               |
            10 |   { "name": "echo", "title": "E", "args": [{ "name": "x", "dataType": "Stex" }] },
               |             ^^^^^^ calls with this argument fail
               |
               = help: correct its declaration

            error[JIT0105]: `functionList` declares `price` twice
              --> services/Orders/e.json:12:13
               |
            12 |   { "name": "price", "title": "price" }]
               |             ^^^^^^^ the second of this name
               |
               = help: remove one, or rename it
        "#]],
    );
}

#[tokio::test]
async fn service_override() {
    let nightly = ServiceEntry::new::<Nightly>(Some("acme.Shop"), "services.Orders", THERE);
    let base = ServiceEntry::new::<Orders>(Some("acme.Base"), "services.Orders", HERE);
    let folder =
        TestApp::new().extends("acme.Base", |base| base).registry(registry(&[base, nightly]));
    let path = "acme/Base/1_0_0/services/Orders/e.json";
    let app = folder.around(path, define(&[PLACE])).load().unwrap();
    assert_eq!(app.check(), []);
    let placed = call(&app, "place", Args::new().push("Ann")).await.unwrap();
    assert_eq!(placed.get("what"), Some(&Value::from("1 for Ann")));
    let error = call(&app, "place", Args::new().push("Dracula")).await.unwrap_err();
    assert_eq!(error.to_string(), "closed by night");
}

#[tokio::test]
async fn service_reload() {
    let folder = orders(&[PLACE], &[ORDERS]);
    let app = folder.load().unwrap();
    call(&app, "place", Args::new().push("Ann")).await.unwrap();
    let folder = folder.file("services/Orders/e.json", define(&[PLACE, &simple("cancel")]));
    let failures = app.reload().await.unwrap().failures;
    has(&failures[0].to_string(), &["`services.Orders` declares `cancel`"]);
    let placed = call(&app, "place", Args::new().push("Bob")).await.unwrap();
    assert_eq!(placed.get("number"), Some(&Value::from(2_u64)), "it is another instance");
    let folder = folder.file("services/Orders/e.json", define(&[PLACE, &simple("echo")]));
    assert!(app.reload().await.unwrap().failures.is_empty());
    call(&app, "echo", Args::new()).await.unwrap();
    drop(folder);
}

#[tokio::test]
async fn service_typed() {
    let app = orders(&[PLACE], &[ORDERS]).load().unwrap();
    let service = app.get::<Services>("services.Orders").await.unwrap();
    let placed = service.call("place", Args::new().push("Ann")).await.unwrap();
    assert_eq!(placed.get("number"), Some(&Value::from(1_u64)));
    let error = service.call("place", Args::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::BadArguments);
    let orders = service.downcast::<Orders>().unwrap();
    let order = Place { customer: "Bob".to_owned(), amount: 2, note: None };
    let expected = Placed { number: 2, what: "2 for Bob".to_owned() };
    assert_eq!(orders.place(order).await.unwrap(), expected);
    let error = service.downcast::<Nightly>().map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::WrongFamily);
    has(&error.to_string(), &["::Orders`, not `", "::Nightly`"]);
}
