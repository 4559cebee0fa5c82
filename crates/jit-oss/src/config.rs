//! How to reach OSS: plain data, no I/O.

use std::time::Duration;

use crate::credentials::CredentialsSource;
use crate::endpoint::is_region;
use crate::transport::Timeouts;
use crate::{Addressing, Endpoint};

/// Which signature scheme to use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SignatureVersion {
    /// `OSS`, HMAC-SHA1: closed to new accounts and buckets.
    V1,
    /// `OSS4-HMAC-SHA256`, the default.
    #[default]
    V4,
}

/// How often, how fast and how long a safe request is tried again.
///
/// The pause before retry *n* is a random part of `base_delay` × 2ⁿ, or what the server asks for when
/// that is longer, capped at `max_delay`. Beside this, a request that is refused because this machine's
/// clock is wrong is signed once more with the server's time, unless they are over a day apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Attempts in all, the first included; 1 never retries, and 0 is the same.
    pub max_attempts: u32,
    /// Ceiling of the first pause, doubled for each further one.
    pub base_delay: Duration,
    /// Ceiling of every pause.
    pub max_delay: Duration,
    /// No attempt starts later than this after the first.
    pub deadline: Duration,
    /// The longest that one attempt may take, until its answer is read or, of a content that is streamed,
    /// until it begins. None unless set: silence ends an attempt anyhow, a trickle does not.
    pub attempt_timeout: Option<Duration>,
}

impl Default for RetryPolicy {
    /// Three attempts, 200 ms doubling up to 20 s, within two minutes.
    fn default() -> Self {
        Self {
            max_attempts: 3,
            base_delay: Duration::from_millis(200),
            max_delay: Duration::from_secs(20),
            deadline: Duration::from_secs(120),
            attempt_timeout: None,
        }
    }
}

impl RetryPolicy {
    /// Never retries.
    #[must_use]
    pub fn never() -> Self {
        Self { max_attempts: 1, ..Self::default() }
    }
}

/// Everything a client needs to know. Made with [`Config::new`], refined with the `with_` methods.
#[derive(Clone, Debug)]
pub struct Config {
    pub(crate) endpoint: Endpoint,
    pub(crate) credentials: CredentialsSource,
    pub(crate) region: Option<String>,
    pub(crate) signature_version: SignatureVersion,
    pub(crate) addressing: Addressing,
    pub(crate) public: Option<(Endpoint, Addressing)>,
    pub(crate) connect_timeout: Duration,
    pub(crate) read_timeout: Duration,
    pub(crate) retry: RetryPolicy,
}

/// Why a [`Config`] cannot work.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// V4 signs the region, none was given, and the endpoint does not name one.
    #[error("the region is not given and cannot be derived from the endpoint `{0}`")]
    NoRegion(String),
    /// The endpoint names another region than the one given, so that no signature would be right.
    #[error("the region is `{given}`, but the endpoint is that of `{endpoint}`")]
    OtherRegion {
        /// The region given.
        given: String,
        /// The region that the endpoint names.
        endpoint: String,
    },
    /// The public endpoint is another region's, so that no link would work.
    #[error("the region is `{region}`, but the public endpoint is that of `{endpoint}`")]
    OtherPublicRegion {
        /// The region that is signed.
        region: String,
        /// The region that the public endpoint names.
        endpoint: String,
    },
    /// The region has characters that no region has.
    #[error("`{0}` is not a region id")]
    Region(String),
}

impl Config {
    /// The endpoint and who signs: [`Credentials`](crate::Credentials), or what finds them, an
    /// `Arc<dyn CredentialsProvider>`. The rest is derived or has a default: region and addressing from the
    /// endpoint, V4, 5 s to connect, 20 s of silence while reading or writing, [`RetryPolicy::default`].
    #[must_use]
    pub fn new(endpoint: Endpoint, credentials: impl Into<CredentialsSource>) -> Self {
        Self {
            addressing: endpoint.addressing(),
            public: None,
            endpoint,
            credentials: credentials.into(),
            region: None,
            signature_version: SignatureVersion::V4,
            connect_timeout: Duration::from_secs(5),
            read_timeout: Duration::from_secs(20),
            retry: RetryPolicy::default(),
        }
    }

    /// Sets the region, `cn-hangzhou`. Needed in V4 where the endpoint does not name one; the prefixed
    /// form that OSS's own answers use, `oss-cn-hangzhou`, is understood. One that contradicts the
    /// endpoint is refused in V4.
    #[must_use]
    pub fn with_region(mut self, region: impl Into<String>) -> Self {
        self.region = Some(region.into());
        self
    }

    /// Sets the signature scheme.
    #[must_use]
    pub fn with_signature_version(mut self, version: SignatureVersion) -> Self {
        self.signature_version = version;
        self
    }

    /// Sets where the bucket's name goes.
    #[must_use]
    pub fn with_addressing(mut self, addressing: Addressing) -> Self {
        self.addressing = addressing;
        self
    }

    /// Sets the endpoint of the URLs that are given away: presigned ones, and those of
    /// [`Bucket::url`](crate::Bucket::url). So that a client that works inside OSS's network,
    /// on an `-internal` endpoint, gives links that open outside of it. With [`Addressing::Cname`] it is a
    /// domain that is bound to the bucket. Requests of the client itself never go there.
    #[must_use]
    pub fn with_public_endpoint(mut self, endpoint: Endpoint, addressing: Addressing) -> Self {
        self.public = Some((endpoint, addressing));
        self
    }

    /// Sets how long connecting may take, TLS included.
    #[must_use]
    pub fn with_connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// Sets how long the server may be silent while a request is sent or an answer read.
    #[must_use]
    pub fn with_read_timeout(mut self, timeout: Duration) -> Self {
        self.read_timeout = timeout;
        self
    }

    /// Sets how safe requests are retried.
    #[must_use]
    pub fn with_retry(mut self, retry: RetryPolicy) -> Self {
        self.retry = retry;
        self
    }

    /// The endpoint.
    #[must_use]
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// The endpoint and addressing of URLs that are given away: the public one, otherwise the endpoint.
    #[must_use]
    pub fn public_endpoint(&self) -> (&Endpoint, Addressing) {
        match &self.public {
            Some((endpoint, addressing)) => (endpoint, *addressing),
            None => (&self.endpoint, self.addressing),
        }
    }

    /// Who signs.
    #[must_use]
    pub fn credentials(&self) -> &CredentialsSource {
        &self.credentials
    }

    /// Where the bucket's name goes.
    #[must_use]
    pub fn addressing(&self) -> Addressing {
        self.addressing
    }

    pub(crate) fn timeouts(&self) -> Timeouts {
        Timeouts { connect: self.connect_timeout, read: self.read_timeout }
    }

    /// The region that V4 signs: the given one, otherwise the endpoint's.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] when there is none, it is no region id, or the endpoint is another region's.
    /// V1 does not need it.
    pub fn signing_region(&self) -> Result<&str, ConfigError> {
        let named = self.endpoint.region();
        let region = match self.region.as_deref() {
            Some(region) => region.strip_prefix("oss-").unwrap_or(region),
            None => named.ok_or_else(|| ConfigError::NoRegion(self.endpoint.host().to_owned()))?,
        };
        if !is_region(region) {
            return Err(ConfigError::Region(region.to_owned()));
        }
        let is_other = |named: &&str| *named != region && !is_alias(named);
        if let Some(named) = named.filter(is_other) {
            let (given, endpoint) = (region.to_owned(), named.to_owned());
            return Err(ConfigError::OtherRegion { given, endpoint });
        }
        if let Some(named) = self.public_endpoint().0.region().filter(is_other) {
            let (region, endpoint) = (region.to_owned(), named.to_owned());
            return Err(ConfigError::OtherPublicRegion { region, endpoint });
        }
        Ok(region)
    }
}

/// Endpoints of the finance and government clouds are not named after their region's id:
/// `oss-cn-hzfinance` and `oss-cn-hzjbp` are in `cn-hangzhou-finance`.
fn is_alias(named: &str) -> bool {
    ["finance", "jbp", "gov"].iter().any(|cloud| named.contains(cloud))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Credentials;

    #[test]
    fn the_region_is_given_or_derived_or_missing() {
        let config = |endpoint: &str| {
            Config::new(endpoint.parse().unwrap(), Credentials::new("id", "secret"))
        };
        let public = config("oss-cn-hangzhou.aliyuncs.com");
        assert_eq!(public.signing_region(), Ok("cn-hangzhou"));
        for same in ["oss-cn-hangzhou", "cn-hangzhou"] {
            assert_eq!(public.clone().with_region(same).signing_region(), Ok("cn-hangzhou"));
        }
        let message = public.with_region("oss-cn-beijing").signing_region().unwrap_err();
        assert_eq!(
            message.to_string(),
            "the region is `cn-beijing`, but the endpoint is that of `cn-hangzhou`"
        );
        for (endpoint, region) in [
            ("oss-accelerate.aliyuncs.com", "cn-beijing"),
            ("static.example.com", "cn-beijing"),
            ("oss-cn-hzfinance.aliyuncs.com", "cn-hangzhou-finance"),
        ] {
            assert_eq!(config(endpoint).with_region(region).signing_region(), Ok(region));
        }
        let elsewhere = "oss-cn-beijing.aliyuncs.com".parse().unwrap();
        let inside = config("oss-cn-hangzhou-internal.aliyuncs.com");
        let message = inside.with_public_endpoint(elsewhere, Addressing::VirtualHost);
        assert_eq!(
            message.signing_region().unwrap_err().to_string(),
            "the region is `cn-hangzhou`, but the public endpoint is that of `cn-beijing`"
        );
        let local = config("http://127.0.0.1:9000");
        let message = local.signing_region().unwrap_err().to_string();
        assert_eq!(
            message,
            "the region is not given and cannot be derived from the endpoint `127.0.0.1`"
        );
        let odd = local.with_region("cn hangzhou").signing_region().unwrap_err();
        assert_eq!(odd.to_string(), "`cn hangzhou` is not a region id");
    }
}
