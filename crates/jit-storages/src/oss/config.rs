//! The configuration of a bucket, and the client that it describes.

use std::sync::Arc;
use std::time::Duration;

use jit_meta::ConfigProblem;
use jit_oss::credentials::{
    CredentialsSource, EcsRoleProvider, Environment, EnvironmentProvider, OidcProvider,
    ProfileProvider,
};
use jit_oss::{
    Addressing, Bucket, BucketName, Config, ConfigError, CredentialPart, Credentials,
    CredentialsError, Endpoint, EndpointError, RetryPolicy, SignatureVersion,
};
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use super::Transfers;

/// A bucket of Alibaba Cloud OSS and how to reach it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("oneOf" = [
    { "required": ["accessKeyId", "accessKeySecret"] },
    { "required": ["credentials"] }
]))]
pub struct OssConfig {
    /// The access key's id. Text.
    #[serde(default)]
    #[schemars(
        with = "String",
        length(min = 1),
        example = &"LTAI5tExampleKeyId",
        extend("writeOnly" = true)
    )]
    access_key_id: Option<SecretString>,
    /// The access key's secret. Text.
    #[serde(default)]
    #[schemars(with = "String", length(min = 1), extend("writeOnly" = true))]
    access_key_secret: Option<SecretString>,
    /// Where the access key is found when it does not stand here: `environment`, `profile`, `ecsRamRole` or `oidc`.
    #[serde(default)]
    #[schemars(with = "OssCredentials")]
    credentials: Option<OssCredentials>,
    /// The service's domain, like `oss-cn-hangzhou.aliyuncs.com`; https unless it says `http://`.
    #[schemars(length(min = 1), example = &"oss-cn-hangzhou.aliyuncs.com")]
    end_point: String,
    /// The bucket, 3 to 63 lower-case letters, digits and hyphens.
    #[schemars(length(min = 1), example = &"my-bucket")]
    bucket_name: String,
    /// The region, like `cn-hangzhou`; derived from `endPoint` unless given.
    #[serde(default)]
    #[schemars(length(min = 1), example = &"cn-hangzhou")]
    region: Option<String>,
    /// The session token of temporary credentials. Text; none unless given.
    #[serde(default)]
    #[schemars(with = "Option<String>", length(min = 1), extend("writeOnly" = true))]
    security_token: Option<SecretString>,
    /// The signature scheme, `v4` or `v1`; `v4` unless given. OSS has closed `v1` to new buckets.
    #[serde(default)]
    signature_version: Option<OssSignature>,
    /// Where the bucket goes in URLs: `virtualHost`, `path` or `cname`; derived from `endPoint` unless given.
    #[serde(default)]
    addressing: Option<OssAddressing>,
    /// The domain of URLs that are given away; `endPoint` unless given. For an app inside OSS's network, whose `endPoint` is `-internal`.
    #[serde(default)]
    #[schemars(length(min = 1))]
    public_end_point: Option<String>,
    /// Where the bucket goes in URLs of `publicEndPoint`: `cname` for a domain that is bound to the bucket; derived unless given.
    #[serde(default)]
    public_addressing: Option<OssAddressing>,
    /// Seconds that connecting may take, 1 to 600; 5 unless given.
    #[serde(default)]
    #[schemars(range(min = 1, max = 600))]
    connect_timeout: Option<u32>,
    /// Seconds that the server may be silent, 1 to 600; 20 unless given.
    #[serde(default)]
    #[schemars(range(min = 1, max = 600))]
    read_timeout: Option<u32>,
    /// Attempts for a request that is safe to repeat, 1 to 10; 3 unless given.
    #[serde(default)]
    #[schemars(range(min = 1, max = 10))]
    max_attempts: Option<u32>,
    /// Seconds that one attempt at a request may take, 1 to 86400; no limit unless given. A part of a large file is a request, and silence has its own limit, `readTimeout`.
    #[serde(default)]
    #[schemars(range(min = 1, max = 86_400))]
    attempt_timeout: Option<u32>,
    /// Bytes up to which a file is sent in one request, at most 5 GB; 16777216 (16 MiB) unless given. Larger ones go in parts, in parallel.
    #[serde(default)]
    #[schemars(range(max = 5_368_709_120_u64))]
    multipart_threshold: Option<u64>,
    /// Bytes of a part, 102400 (100 KB) to 5368709120 (5 GB); 8388608 (8 MiB) unless given. Parts are larger where 10,000 of them would not suffice.
    #[serde(default)]
    #[schemars(range(min = 102_400, max = 5_368_709_120_u64))]
    part_size: Option<u64>,
    /// Parts of a file that are under way at a time, 1 to 64; 4 unless given.
    #[serde(default)]
    #[schemars(range(min = 1, max = 64))]
    concurrency: Option<u32>,
}

/// Where an access key is found.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) enum OssCredentials {
    Environment,
    Profile,
    EcsRamRole,
    Oidc,
}

impl OssCredentials {
    /// Who finds it. Nothing is read and nobody asked before the first request.
    pub(super) fn source(self, environment: Environment) -> CredentialsSource {
        match self {
            Self::Environment => Arc::new(EnvironmentProvider::new(environment)).into(),
            Self::Profile => Arc::new(ProfileProvider::new(environment)).into(),
            Self::EcsRamRole => Arc::new(EcsRoleProvider::new()).into(),
            Self::Oidc => Arc::new(OidcProvider::from_environment(environment)).into(),
        }
    }

    /// Where it is found, in words.
    pub(super) fn place(self) -> &'static str {
        match self {
            Self::Environment => "from the environment",
            Self::Profile => "from a profile",
            Self::EcsRamRole => "of the ECS instance's RAM role",
            Self::Oidc => "of the role that an OIDC token stands for",
        }
    }
}

/// The signature scheme.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum OssSignature {
    V1,
    V4,
}

/// Where the bucket goes in URLs.
#[derive(Clone, Copy, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
enum OssAddressing {
    VirtualHost,
    Path,
    Cname,
}

impl From<OssAddressing> for Addressing {
    fn from(addressing: OssAddressing) -> Self {
        match addressing {
            OssAddressing::VirtualHost => Self::VirtualHost,
            OssAddressing::Path => Self::Path,
            OssAddressing::Cname => Self::Cname,
        }
    }
}

impl OssConfig {
    /// The client's configuration and the bucket.
    pub(super) fn to_client(&self) -> Result<(Config, BucketName), Vec<ConfigProblem>> {
        let mut problems = Vec::new();
        let bucket = BucketName::new(self.bucket_name.as_str())
            .map_err(|error| problems.push(ConfigProblem::new("bucketName", error.to_string())));
        let endpoint = self
            .end_point
            .parse::<Endpoint>()
            .map_err(|error| problems.push(endpoint_problem("endPoint", &error)));
        let public = self.public_end_point.as_deref().map(str::parse::<Endpoint>).transpose();
        let public =
            public.map_err(|error| problems.push(endpoint_problem("publicEndPoint", &error)));
        if self.public_addressing.is_some() && self.public_end_point.is_none() {
            let problem = ConfigProblem::new("publicAddressing", "there is no `publicEndPoint`");
            problems.push(problem.with_help("give `publicEndPoint`, or leave this out"));
        }
        // The schema has told of keys that are missing, and of those that exclude each other.
        let credentials = self.credentials(&mut problems).ok_or(());
        let config =
            endpoint.and_then(|endpoint| Ok(self.client_config(endpoint, public?, credentials?)));
        if let (Ok(config), true) = (&config, self.is_v4()) {
            problems.extend(config.signing_region().err().map(|error| region_problem(&error)));
        }
        match (config, bucket) {
            (Ok(config), Ok(bucket)) if problems.is_empty() => Ok((config, bucket)),
            _ => Err(problems),
        }
    }

    /// How files of any size are written, read and copied.
    pub(super) fn transfers(&self, bucket: &Bucket) -> Transfers {
        let Transfers { mut uploader, mut downloader, mut copier } = Transfers::new(bucket);
        if let Some(threshold) = self.multipart_threshold {
            uploader = uploader.with_threshold(threshold);
        }
        if let Some(size) = self.part_size {
            uploader = uploader.with_part_size(size);
            downloader = downloader.with_part_size(size);
        }
        if let Some(parts) = self.concurrency {
            let parts = usize::try_from(parts).unwrap_or(usize::MAX);
            uploader = uploader.with_concurrency(parts);
            downloader = downloader.with_concurrency(parts);
            copier = copier.with_concurrency(parts);
        }
        Transfers { uploader, downloader, copier }
    }

    fn is_v4(&self) -> bool {
        !matches!(self.signature_version, Some(OssSignature::V1))
    }

    /// Where credentials are found that do not stand in the configuration.
    pub(super) fn found(&self) -> Option<OssCredentials> {
        self.credentials
    }

    fn credentials(&self, problems: &mut Vec<ConfigProblem>) -> Option<CredentialsSource> {
        if let Some(found) = self.credentials {
            if self.security_token.is_some() {
                let message = "`securityToken` belongs to an `accessKeyId` that stands here";
                let problem = ConfigProblem::new("securityToken", message);
                problems
                    .push(problem.with_help("remove it: `credentials` finds one, if there is one"));
            }
            return Some(found.source(Environment::process()));
        }
        let (id, secret) = (self.access_key_id.as_ref()?, self.access_key_secret.clone()?);
        let mut credentials = Credentials::new(id.expose_secret(), secret);
        if let Some(token) = &self.security_token {
            credentials = credentials.with_security_token(token.clone());
        }
        problems.extend(credentials.check().err().map(credentials_problem));
        Some(credentials.into())
    }

    fn client_config(
        &self,
        endpoint: Endpoint,
        public: Option<Endpoint>,
        credentials: CredentialsSource,
    ) -> Config {
        let mut config = Config::new(endpoint, credentials);
        if let Some(public) = public {
            let derived = public.addressing();
            let addressing = self.public_addressing.map_or(derived, Addressing::from);
            config = config.with_public_endpoint(public, addressing);
        }
        if let Some(region) = &self.region {
            config = config.with_region(region.as_str());
        }
        if !self.is_v4() {
            config = config.with_signature_version(SignatureVersion::V1);
        }
        if let Some(addressing) = self.addressing {
            config = config.with_addressing(addressing.into());
        }
        let seconds = |value: u32| Duration::from_secs(value.into());
        if let Some(timeout) = self.connect_timeout {
            config = config.with_connect_timeout(seconds(timeout));
        }
        if let Some(timeout) = self.read_timeout {
            config = config.with_read_timeout(seconds(timeout));
        }
        let usual = RetryPolicy::default();
        config.with_retry(RetryPolicy {
            max_attempts: self.max_attempts.unwrap_or(usual.max_attempts),
            attempt_timeout: self.attempt_timeout.map(seconds),
            ..usual
        })
    }
}

fn credentials_problem(error: CredentialsError) -> ConfigProblem {
    let key = match error.part() {
        CredentialPart::AccessKeyId => "accessKeyId",
        CredentialPart::AccessKeySecret => "accessKeySecret",
        CredentialPart::SecurityToken => "securityToken",
    };
    ConfigProblem::new(key, error.to_string()).with_help(error.help())
}

fn endpoint_problem(key: &'static str, error: &EndpointError) -> ConfigProblem {
    let problem = ConfigProblem::new(key, error.to_string());
    match error {
        EndpointError::Path(_) => problem.with_help(
            "give the domain only, like `oss-cn-hangzhou.aliyuncs.com`; the bucket goes into `bucketName`",
        ),
        EndpointError::Bucket { bucket, host } => problem
            .with_help(format!("write \"{key}\": \"{host}\" and \"bucketName\": \"{bucket}\"")),
        _ => problem.with_help("an endpoint is a domain like `oss-cn-hangzhou.aliyuncs.com`"),
    }
}

fn region_problem(error: &ConfigError) -> ConfigProblem {
    if let ConfigError::NoRegion(host) = error {
        return no_region(error, host);
    }
    let (key, help) = match error {
        ConfigError::Region(_) => ("region", "a region is named like `cn-hangzhou`"),
        ConfigError::OtherPublicRegion { .. } => {
            ("publicEndPoint", "give the public endpoint of the same region, or leave it out")
        }
        ConfigError::OtherRegion { .. } => {
            ("region", "leave `region` out, or give the endpoint of that region")
        }
        _ => ("endPoint", "give the endpoint of the bucket's region"),
    };
    ConfigProblem::new(key, error.to_string()).with_help(help)
}

fn no_region(error: &ConfigError, host: &str) -> ConfigProblem {
    const DOMAIN: &str = ".aliyuncs.com";
    match host.split_once(".aliyun") {
        // A slip that looks like a domain of somebody's own.
        Some((service, _)) if service.starts_with("oss-") && !host.ends_with(DOMAIN) => {
            ConfigProblem::new("endPoint", error.to_string())
                .with_help(format!("did you mean `{service}{DOMAIN}`?"))
        }
        _ => ConfigProblem::new("region", error.to_string())
            .beside("endPoint")
            .with_help("give the bucket's region: \"region\": \"cn-hangzhou\""),
    }
}

#[cfg(test)]
mod tests {
    use jit_meta::{Value, from_value};
    use jit_oss::Client;
    use jit_oss_server::{Operation, OssServer};

    use super::*;

    /// What a client with credentials of this source is told about a bucket of `server`.
    async fn ask(
        server: &OssServer,
        found: OssCredentials,
        variables: &[(&str, &str)],
    ) -> jit_oss::Result<()> {
        let variables: Vec<(String, String)> = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let environment = Environment::new(move |name| {
            variables.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone())
        });
        let endpoint = server.endpoint();
        let config = Config::new(endpoint, found.source(environment)).with_region("cn-hangzhou");
        let bucket = Client::new(config)?.bucket("my-bucket")?;
        bucket.put_object("a", "a").await.map(drop)
    }

    #[tokio::test]
    async fn each_source_is_asked_when_it_is_needed() {
        let server = OssServer::builder().bucket("my-bucket").start().await.unwrap();
        let keys = server.credentials();
        let (id, secret) = (keys.access_key_id(), keys.access_key_secret().expose_secret());
        let pair = [("OSS_ACCESS_KEY_ID", id), ("OSS_ACCESS_KEY_SECRET", secret)];
        ask(&server, OssCredentials::Environment, &pair).await.unwrap();

        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("credentials");
        let text = format!(
            "[jit-test]\ntype = access_key\naccess_key_id = {id}\naccess_key_secret = {secret}\n"
        );
        std::fs::write(&file, text).unwrap();
        let profile = [
            ("ALIBABA_CLOUD_PROFILE", "jit-test"),
            ("ALIBABA_CLOUD_CREDENTIALS_FILE", file.to_str().unwrap()),
        ];
        ask(&server, OssCredentials::Profile, &profile).await.unwrap();

        for (found, says) in [
            (OssCredentials::Environment, "no access key in the environment"),
            (OssCredentials::Oidc, "no OIDC token in the environment"),
        ] {
            let error = ask(&server, found, &[]).await.unwrap_err();
            assert!(error.to_string().contains(says), "{error}");
        }
        // Its address is the same on every machine, so nobody is asked here.
        let ecs = OssCredentials::EcsRamRole.source(Environment::process());
        assert!(format!("{ecs:?}").contains("EcsRoleProvider"), "{ecs:?}");
    }

    /// Something always moves, so that nothing else would end it.
    #[tokio::test(start_paused = true)]
    async fn an_attempt_takes_as_long_as_is_said() {
        let server = OssServer::builder().bucket("my-bucket").start().await.unwrap();
        let keys = server.credentials();
        let config = Value::from_iter([
            ("accessKeyId", Value::from(keys.access_key_id())),
            ("accessKeySecret", keys.access_key_secret().expose_secret().into()),
            ("endPoint", server.endpoint().to_string().into()),
            ("bucketName", "my-bucket".into()),
            ("region", server.region().into()),
            ("attemptTimeout", 7.into()),
            ("maxAttempts", 2.into()),
        ]);
        let config: OssConfig = from_value(config).unwrap();
        let (config, bucket) = config.to_client().unwrap();
        let bucket = Client::new(config).unwrap().bucket(bucket.as_str()).unwrap();
        bucket.put_object("a", "123456789").await.unwrap();
        server.faults().on(Operation::GetObject).times(2).drip(Duration::from_secs(1));
        let error = bucket.get_object("a").bytes().await.unwrap_err();
        assert_eq!(error.attempts(), 2);
        assert!(error.to_string().ends_with("the attempt was not over within 7s"), "{error}");
    }

    #[test]
    fn debug_of_the_configuration_shows_nothing_that_the_schema_calls_secret() {
        let keys = [
            ("accessKeyId", "hush-id"),
            ("accessKeySecret", "hush-secret"),
            ("endPoint", "e"),
            ("bucketName", "b"),
        ];
        let config: OssConfig = from_value(Value::from_iter(keys)).unwrap();
        assert!(!format!("{config:?}").contains("hush"), "{config:?}");
    }
}
