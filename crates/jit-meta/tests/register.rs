//! What can be given to `register_type!`.

#![cfg(test)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use jit_meta::{
    BoundArgs, Error, Function, Instance, LoadContext, Meta, Registry, Type, Value, async_trait,
    register_meta, register_type,
};

trait Counter: std::fmt::Debug + Send + Sync {}

struct Counters;

impl Meta for Counters {
    const FULL_NAME: &'static str = "counters.Meta";
    type Interface = dyn Counter;

    fn functions() -> &'static [Function] {
        &[]
    }

    fn into_instance(this: Arc<dyn Counter>) -> Arc<dyn Instance> {
        Arc::new(ByName(this))
    }
}

register_meta!(Counters,);

#[derive(Debug)]
struct ByName(#[expect(dead_code, reason = "shown by Debug")] Arc<dyn Counter>);

#[async_trait]
impl Instance for ByName {
    async fn call(&self, _: &str, _: BoundArgs) -> Result<Value, Error> {
        Ok(Value::Null)
    }
}

#[derive(Debug)]
struct Live;

impl Counter for Live {}

/// A Type with state.
struct Stateful {
    loads: AtomicU32,
    label: &'static str,
}

impl Stateful {
    const fn new() -> Self {
        Self { loads: AtomicU32::new(0), label: "" }
    }
}

#[async_trait]
impl Type for Stateful {
    type Meta = Counters;
    type Config = ();

    async fn load(&self, _: (), _: LoadContext<'_, Counters>) -> Result<Arc<dyn Counter>, Error> {
        self.loads.fetch_add(1, Ordering::Relaxed);
        assert!(self.label.len() < 10);
        Ok(Arc::new(Live))
    }
}

const APP: &str = "acme.Shop";
const NAME: &str = "counters.ConstType";

register_type!("counters.CallType" => Stateful::new());
register_type!("counters.StructType" => Stateful { loads: AtomicU32::new(7), label: "x" },);
register_type!(NAME => Stateful::new(),);
register_type!(app APP, NAME => Stateful::new());
register_type!(app "acme.Shop", concat!("counters.", "Other") => Stateful::new(),);

#[test]
fn any_constant_expression_is_a_type_a_name_and_an_app() {
    let registry = Registry::linked().unwrap();
    let names: Vec<_> = registry.types(&["acme.Shop"]).map(|entry| entry.full_name()).collect();
    assert_eq!(
        names,
        ["counters.CallType", "counters.ConstType", "counters.Other", "counters.StructType"]
    );
    assert_eq!(registry.find(&[APP], NAME).unwrap().app(), Some(APP));
    assert_eq!(registry.find(&[], NAME).unwrap().app(), None);
}
