//! A family and Types for the laws: their configurations have everything that configurations have.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use jit_meta::{
    BoundArgs, ConfigProblem, Error, ErrorKind, Function, Instance, LoadContext, Meta, MetaEntry,
    Registered, Registry, Type, TypeEntry, Value, async_trait, here,
};
use schemars::JsonSchema;
use serde::Deserialize;

/// The family `storages.Meta`, without functions.
pub(crate) struct Probes;

/// What a probe offers.
pub(crate) trait Probe: std::fmt::Debug + Send + Sync {}

impl Meta for Probes {
    const FULL_NAME: &'static str = "storages.Meta";
    type Interface = dyn Probe;

    fn functions() -> &'static [Function] {
        &[]
    }

    fn into_instance(_: Arc<dyn Probe>) -> Arc<dyn Instance> {
        Arc::new(Silent)
    }
}

/// A live probe.
#[derive(Debug)]
struct Silent;

impl Probe for Silent {}

#[async_trait]
impl Instance for Silent {
    async fn call(&self, function: &str, _: BoundArgs) -> Result<Value, Error> {
        Err(Error::new(ErrorKind::Unsupported, format!("a probe cannot {}", function)))
    }
}

/// Keys as those of `storages.OssType`, and one of every other kind.
#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Config {
    #[schemars(length(min = 1), extend("writeOnly" = true))]
    pub(crate) access_key_id: String,
    #[schemars(length(min = 1), extend("writeOnly" = true))]
    pub(crate) access_key_secret: String,
    #[schemars(length(min = 1))]
    pub(crate) end_point: String,
    #[serde(default)]
    #[schemars(length(min = 1))]
    pub(crate) bucket_name: Option<String>,
    #[serde(default)]
    region: Option<String>,
    #[serde(default)]
    signature_version: Option<Signature>,
    #[serde(default)]
    #[schemars(range(min = 1, max = 10))]
    max_attempts: Option<u8>,
    #[serde(default)]
    tags: Vec<String>,
    #[serde(default)]
    proxy: Option<Proxy>,
    #[serde(default)]
    auth: Option<Auth>,
    #[serde(default)]
    labels: BTreeMap<String, String>,
    #[serde(default)]
    anything: Option<serde_json::Value>,
}

#[derive(Clone, Copy, Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(rename_all = "lowercase")]
enum Signature {
    V1,
    V4,
}

#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(deny_unknown_fields)]
struct Proxy {
    host: String,
    #[schemars(extend("writeOnly" = true))]
    password: Option<String>,
}

#[derive(Clone, Debug, Deserialize, JsonSchema, PartialEq)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Auth {
    None,
    Token {
        #[schemars(extend("writeOnly" = true))]
        token: String,
    },
}

/// The keys of [`Config`] that are secret wherever they stand.
pub(crate) const SECRET_KEYS: [&str; 4] = ["accessKeyId", "accessKeySecret", "password", "token"];

thread_local! {
    /// What the last configuration said that was read as a whole.
    static LAST: RefCell<Option<Config>> = const { RefCell::new(None) };
}

/// The last configuration that a probe was asked to validate on this thread.
pub(crate) fn take_last() -> Option<Config> {
    LAST.take()
}

/// A Type that says of its values what it should not.
#[derive(Debug)]
struct ProbeType;

#[async_trait]
impl Type for ProbeType {
    type Meta = Probes;
    type Config = Config;

    fn validate(&self, config: &Config) -> Vec<ConfigProblem> {
        LAST.set(Some(config.clone()));
        if !config.end_point.contains("odd") {
            return Vec::new();
        }
        let Config { access_key_id: id, access_key_secret: secret, end_point, .. } = config;
        vec![
            ConfigProblem::new("endPoint", format!("`{end_point}` is odd for {id}"))
                .with_help(format!("write \"endPoint\": \"{end_point}\", or `{secret}`")),
            ConfigProblem::new("region", format!("no region, and {secret} is no help")),
            ConfigProblem::new("accessKeySecret", format!("\"{secret}\" is odd, {id}/{secret}")),
        ]
    }

    async fn load(&self, _: Config, _: LoadContext<'_, Probes>) -> Result<Arc<dyn Probe>, Error> {
        Ok(Arc::new(Silent))
    }
}

/// A Type that wraps another and has keys of its own.
#[derive(Debug)]
struct WrapType;

/// The keys of [`WrapType`].
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Wrap {
    #[serde(default)]
    #[schemars(extend("writeOnly" = true))]
    token: Option<String>,
    #[serde(default)]
    region: Option<String>,
    #[serde(default)]
    quiet: bool,
}

#[async_trait]
impl Type for WrapType {
    type Meta = Probes;
    type Config = Wrap;
    const INHERITS: bool = true;

    fn validate(&self, config: &Wrap) -> Vec<ConfigProblem> {
        let Wrap { token: Some(token), region: Some(region), quiet: false } = config else {
            return Vec::new();
        };
        vec![ConfigProblem::new("token", format!("`{token}` is not for {region}"))]
    }

    async fn load(&self, _: Wrap, cx: LoadContext<'_, Probes>) -> Result<Arc<dyn Probe>, Error> {
        cx.inherited().await
    }
}

const HERE: Registered = here!();

/// The Type with the [`Config`].
pub(crate) const PROBE: TypeEntry = TypeEntry::new(None, "storages.OssType", &ProbeType, HERE);

/// The Type that wraps it.
pub(crate) const WRAP: TypeEntry = TypeEntry::new(None, "storages.WrapType", &WrapType, HERE);

/// The family and both Types.
pub(crate) fn registry() -> Registry {
    let mut registry = Registry::empty();
    let added = registry
        .add_meta(MetaEntry::new::<Probes>(HERE))
        .and_then(|()| registry.add(PROBE))
        .and_then(|()| registry.add(WRAP));
    assert!(added.is_ok(), "{added:?}");
    registry
}
