//! `storages.DoubleType`: how an app gets at a double.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use async_trait::async_trait;
use jit_meta::{Error, ErrorKind, LoadContext, Meta, Type};
use jit_storages::{Storage, Storages};
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Inner, StorageDouble};

pub(crate) const TYPE_NAME: &str = "storages.DoubleType";
pub(crate) const FAMILY: &str = Storages::FULL_NAME;

/// The doubles of this process that are still there, by number.
static DOUBLES: Mutex<BTreeMap<u64, Weak<Inner>>> = Mutex::new(BTreeMap::new());

fn doubles() -> MutexGuard<'static, BTreeMap<u64, Weak<Inner>>> {
    DOUBLES.lock().unwrap_or_else(PoisonError::into_inner)
}

pub(super) fn next_id() -> u64 {
    static NEXT: AtomicU64 = AtomicU64::new(1);
    NEXT.fetch_add(1, Ordering::Relaxed)
}

pub(super) fn remember(double: &StorageDouble) {
    doubles().insert(double.0.id, Arc::downgrade(&double.0));
}

impl Drop for Inner {
    fn drop(&mut self) {
        doubles().remove(&self.id);
    }
}

/// The Type of elements that are a [`StorageDouble`]. It is registered in the apps that have one, by
/// [`TestApp::double`](crate::TestApp::double), and nowhere else.
#[derive(Clone, Copy, Debug)]
pub struct DoubleType;

/// Which double it is.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DoubleConfig {
    /// The number of a double of this process; the double itself writes it.
    double: u64,
}

#[async_trait]
impl Type for DoubleType {
    type Meta = Storages;
    type Config = DoubleConfig;

    async fn load(
        &self,
        config: DoubleConfig,
        _: LoadContext<'_, Storages>,
    ) -> Result<Arc<dyn Storage>, Error> {
        match doubles().get(&config.double).and_then(Weak::upgrade) {
            Some(double) => Ok(Arc::new(StorageDouble(double))),
            None => Err(Error::new(
                ErrorKind::InvalidConfig,
                format!("there is no double {} any more", config.double),
            )
            .with_help("keep the `StorageDouble` for as long as the app")),
        }
    }
}
