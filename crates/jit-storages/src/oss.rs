//! `storages.OssType`: files in Alibaba Cloud OSS.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use jit_meta::{ConfigProblem, LoadContext, Type, register_type};
use jit_oss::{
    Addressing, BucketName, Client, Config, ConfigError, CredentialPart, Credentials,
    CredentialsError, Endpoint, EndpointError, ObjectAcl, Payload, RetryPolicy, SignatureVersion,
    StorageClass, Uploader,
};
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;

use crate::error::{Error, ErrorKind, Result, Subject};
use crate::functions::Storages;
use crate::list::PAGE;
use crate::local::{self, Moved};
use crate::{
    Capability, Checkup, ItemOutcome, ListEntry, ListOptions, ListPages, ListedFile, Listing,
    ObjectBody, RamAction, RamPolicy, SignMethod, SignOptions, SignedUrl, Stopped, Storage,
    StoredObject, UploadOptions, Uploaded,
};

mod doctor;

/// The Type behind `storages.OssType`.
#[derive(Clone, Copy, Debug)]
pub struct OssType;

register_type!("storages.OssType" => OssType);

/// A bucket of Alibaba Cloud OSS and how to reach it.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OssConfig {
    /// The access key's id. Text.
    #[schemars(
        with = "String",
        length(min = 1),
        example = &"LTAI5tExampleKeyId",
        extend("writeOnly" = true)
    )]
    access_key_id: SecretString,
    /// The access key's secret. Text.
    #[schemars(with = "String", length(min = 1), extend("writeOnly" = true))]
    access_key_secret: SecretString,
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
    /// Bytes up to which a file goes in one request, at most 5 GB; 16777216 (16 MiB) unless given. Larger ones go in parts, in parallel.
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
    fn to_client(&self) -> std::result::Result<(Config, BucketName), Vec<ConfigProblem>> {
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
        problems.extend(self.credentials().check().err().map(credentials_problem));
        let config = endpoint.and_then(|endpoint| Ok(self.client_config(endpoint, public?)));
        if let (Ok(config), true) = (&config, self.is_v4()) {
            problems.extend(config.signing_region().err().map(|error| region_problem(&error)));
        }
        match (config, bucket) {
            (Ok(config), Ok(bucket)) if problems.is_empty() => Ok((config, bucket)),
            _ => Err(problems),
        }
    }

    /// How files of any size are written.
    fn uploader(&self, bucket: &jit_oss::Bucket) -> Uploader {
        let mut uploader = Uploader::new(bucket);
        if let Some(threshold) = self.multipart_threshold {
            uploader = uploader.with_threshold(threshold);
        }
        if let Some(size) = self.part_size {
            uploader = uploader.with_part_size(size);
        }
        if let Some(parts) = self.concurrency {
            uploader = uploader.with_concurrency(usize::try_from(parts).unwrap_or(usize::MAX));
        }
        uploader
    }

    fn is_v4(&self) -> bool {
        !matches!(self.signature_version, Some(OssSignature::V1))
    }

    fn credentials(&self) -> Credentials {
        let credentials =
            Credentials::new(self.access_key_id.expose_secret(), self.access_key_secret.clone());
        match &self.security_token {
            Some(token) => credentials.with_security_token(token.clone()),
            None => credentials,
        }
    }

    fn client_config(&self, endpoint: Endpoint, public: Option<Endpoint>) -> Config {
        let mut config = Config::new(endpoint, self.credentials());
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
        if let Some(max_attempts) = self.max_attempts {
            config = config.with_retry(RetryPolicy { max_attempts, ..RetryPolicy::default() });
        }
        config
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
    let (key, help) = match error {
        ConfigError::Region(_) => ("region", "a region is named like `cn-hangzhou`"),
        ConfigError::OtherPublicRegion { .. } => {
            ("publicEndPoint", "give the public endpoint of the same region, or leave it out")
        }
        ConfigError::OtherRegion { .. } => {
            ("region", "leave `region` out, or give the endpoint of that region")
        }
        _ => ("endPoint", "give the bucket's region: \"region\": \"cn-hangzhou\""),
    };
    ConfigProblem::new(key, error.to_string()).with_help(help)
}

#[async_trait]
impl Type for OssType {
    type Meta = Storages;
    type Config = OssConfig;

    fn validate(&self, config: &OssConfig) -> Vec<ConfigProblem> {
        config.to_client().err().unwrap_or_default()
    }

    async fn load(
        &self,
        config: OssConfig,
        cx: LoadContext<'_, Storages>,
    ) -> std::result::Result<Arc<dyn Storage>, jit_meta::Error> {
        let subject = Subject::of(&cx);
        // `validate` has told what is wrong, in its place.
        let (client, bucket) = config.to_client().map_err(|_| {
            let message = format!("the configuration of `{}` is not valid", cx.element());
            jit_meta::Error::new(jit_meta::ErrorKind::InvalidConfig, message)
        })?;
        let bucket =
            Client::new(client).and_then(|client| client.bucket(bucket.as_str())).map_err(
                |error| jit_meta::Error::failed(Error::from_oss(error, &subject, "load", "")),
            )?;
        let uploader = config.uploader(&bucket);
        Ok(Arc::new(OssStorage { subject, bucket, uploader }))
    }
}

/// A bucket as a storage.
struct OssStorage {
    subject: Subject,
    bucket: jit_oss::Bucket,
    uploader: Uploader,
}

impl fmt::Debug for OssStorage {
    /// Without the bucket's client, which shows the access key's id.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OssStorage").field("subject", &self.subject).finish_non_exhaustive()
    }
}

impl OssStorage {
    async fn put(
        &self,
        function: &'static str,
        name: &str,
        payload: Payload,
        options: &UploadOptions,
    ) -> Result<Uploaded> {
        let progress = options.progress.clone();
        let mut request = self
            .uploader
            .upload(name, payload)
            .content_type(&options.content_type)
            .progress(move |told| progress.report(told.bytes, told.total));
        for (key, value) in &options.metadata {
            request = request.metadata(key, value);
        }
        for (key, value) in &options.tags {
            request = request.tag(key, value);
        }
        if let Some(value) = &options.cache_control {
            request = request.cache_control(value);
        }
        if let Some(value) = &options.content_disposition {
            request = request.content_disposition(value);
        }
        if let Some(class) = &options.storage_class {
            let known = StorageClass::parse(class);
            request = request.storage_class(self.known(function, name, known, || {
                (format!("OSS has no storage class {class:?}"), STORAGE_CLASSES)
            })?);
        }
        if let Some(acl) = &options.acl {
            let known = ObjectAcl::parse(acl);
            request = request.acl(
                self.known(function, name, known, || (format!("OSS has no ACL {acl:?}"), ACLS))?,
            );
        }
        if options.forbid_overwrite {
            request = request.forbid_overwrite();
        }
        let put = self.told(function, name, request.await)?;
        Ok(Uploaded {
            url: self.bucket.url(name),
            etag: put.etag,
            crc64: put.crc64,
            request_id: put.receipt.request_id,
        })
    }

    /// A value that OSS has, or which it has.
    fn known<T>(
        &self,
        function: &'static str,
        name: &str,
        value: Option<T>,
        wrong: impl FnOnce() -> (String, &'static str),
    ) -> Result<T> {
        value.ok_or_else(|| {
            let (detail, help) = wrong();
            let kind = ErrorKind::InvalidArgument;
            Error::new(kind, &self.subject, function, name, detail).with_help(help)
        })
    }

    /// Says, of a failed request, what was attempted in terms of the storage.
    fn told<T>(
        &self,
        function: &'static str,
        object: &str,
        result: jit_oss::Result<T>,
    ) -> Result<T> {
        result.map_err(|error| Error::from_oss(error, &self.subject, function, object))
    }
}

/// What has to be allowed for the methods below. Tags need a right of their own, an ACL that an upload sets does not;
/// who gives an upload in parts up looks whether a part is left.
const ACTIONS: [RamAction; 7] = [
    RamAction::AbortMultipartUpload,
    RamAction::DeleteObject,
    RamAction::GetObject,
    RamAction::ListObjects,
    RamAction::ListParts,
    RamAction::PutObject,
    RamAction::PutObjectTagging,
];

const STORAGE_CLASSES: &str = "it has Standard, IA, Archive, ColdArchive and DeepColdArchive";
const ACLS: &str = "it has default, private, public-read and public-read-write";

#[async_trait]
impl Storage for OssStorage {
    fn capability(&self) -> Capability {
        Capability::NONE
            .with_sign_get()
            .with_sign_put()
            .with_checksum()
            .with_content_type()
            .with_list()
            .with_copy()
            .with_metadata()
            .with_forbid_overwrite()
            .with_http_headers()
            .with_storage_class()
            .with_acl()
            .with_tags()
            .with_ram_policy()
    }

    fn subject(&self) -> Option<&Subject> {
        Some(&self.subject)
    }

    async fn upload_by_file(
        &self,
        name: &str,
        data: Bytes,
        options: UploadOptions,
    ) -> Result<Uploaded> {
        self.put("uploadByFile", name, data.into(), &options).await
    }

    async fn get_sign_url(
        &self,
        file: &str,
        content_type: &str,
        options: SignOptions,
    ) -> Result<SignedUrl> {
        let mut request = match options.method {
            SignMethod::Get => self.bucket.presign_get(file),
            SignMethod::Put => self.bucket.presign_put(file),
        };
        if !content_type.is_empty() {
            request = match options.method {
                SignMethod::Get => request.response_content_type(content_type),
                SignMethod::Put => request.content_type(content_type),
            };
        }
        let url =
            self.told("getSignUrl", file, request.expires_in(options.expires).sign().await)?;
        Ok(SignedUrl::new(url.as_str().to_owned()))
    }

    async fn download(&self, name: &str) -> Result<Bytes> {
        self.told("download", name, self.bucket.get_object(name).bytes().await)
    }

    async fn get_object(&self, name: &str) -> Result<StoredObject> {
        let head = self.told("getObject", name, self.bucket.head_object(name).await)?;
        let body = OssBody {
            subject: self.subject.clone(),
            bucket: self.bucket.clone(),
            name: name.to_owned(),
            etag: head.etag.clone(),
            open: None,
        };
        let mut object = StoredObject::new(name, head.size, Box::new(body));
        object.etag = head.etag;
        object.content_type = head.content_type;
        object.last_modified = head.last_modified.map(Into::into);
        object.storage_class = head.storage_class;
        object.crc64 = head.crc64;
        object.metadata = head.user_metadata;
        object.version_id = head.version_id;
        Ok(object)
    }

    async fn delete(&self, name: &str) -> Result<()> {
        self.told("delete", name, self.bucket.delete_object(name).await).map(drop)
    }

    async fn list(&self, prefix: &str, options: ListOptions) -> Result<Listing> {
        options.check(Some(&self.subject), prefix)?;
        let mut request = self.bucket.list_objects();
        if !prefix.is_empty() {
            request = request.prefix(prefix);
        }
        if let Some(delimiter) = &options.delimiter {
            request = request.delimiter(delimiter.as_str());
        }
        if let Some(after) = &options.start_after {
            request = request.start_after(after.as_str());
        }
        // The first page may hold one prefix that is not after the beginning.
        let wanted = options.limit.unwrap_or(u64::MAX).clamp(1, PAGE as u64 - 1) + 1;
        let request = request.page_size(u32::try_from(wanted).unwrap_or(u32::MAX));
        let (subject, prefix) = (self.subject.clone(), prefix.to_owned());
        let pages = OssPages { subject, prefix, listing: request.entries() };
        Ok(Listing::new(Box::new(pages), &options))
    }

    async fn copy(&self, from: &str, to: &str) -> Result<Uploaded> {
        if let Err(error) = jit_oss::check_key(to) {
            let kind = ErrorKind::InvalidName;
            return Err(Error::new(kind, &self.subject, "copy", to, error.to_string()));
        }
        let mut uploaded = Uploaded::new(self.bucket.url(to));
        if from == to {
            // OSS would take it for a change of the metadata, to none.
            let head = self.told("copy", from, self.bucket.head_object(from).await)?;
            (uploaded.etag, uploaded.crc64) = (head.etag, head.crc64);
            uploaded.request_id = head.receipt.request_id;
            return Ok(uploaded);
        }
        let copied = self.told("copy", from, self.bucket.copy_object(from, to).await)?;
        (uploaded.etag, uploaded.crc64) = (Some(copied.etag), copied.crc64);
        uploaded.request_id = copied.receipt.request_id;
        Ok(uploaded)
    }

    async fn upload_file(
        &self,
        name: &str,
        path: &Path,
        options: UploadOptions,
    ) -> Result<Uploaded> {
        let moved = Moved { subject: Some(&self.subject), function: "uploadFile", name };
        let (_, size) = local::open(moved, path).await?;
        options.progress.report(0, Some(size));
        self.put("uploadFile", name, Payload::file(path), &options).await
    }

    async fn doctor(&self, checkup: &mut Checkup) -> std::result::Result<(), Stopped> {
        self.check_up(checkup).await
    }

    fn ram_policy(&self) -> Result<RamPolicy> {
        Ok(RamPolicy::new(self.bucket.name().clone(), ACTIONS))
    }

    async fn delete_many(&self, names: Vec<String>) -> Vec<ItemOutcome<()>> {
        // A name that is none would fail the whole request.
        let check = |name: &String| jit_oss::check_key(name);
        let good: Vec<_> = names.iter().filter(|name| check(name).is_ok()).cloned().collect();
        let mut deleted = match self.bucket.delete_objects(good).await {
            Ok(deleted) => Ok(deleted.objects.into_iter()),
            Err(error) => Err(Arc::new(error)),
        };
        let told = |error: Arc<jit_oss::Error>, name: &str| {
            Error::from_oss(error, &self.subject, "deleteMany", name)
        };
        let outcome = |name: String| {
            let result = match (check(&name), &mut deleted) {
                (Err(error), _) => {
                    let (kind, detail) = (ErrorKind::InvalidName, error.to_string());
                    Err(Error::new(kind, &self.subject, "deleteMany", &name, detail))
                }
                (Ok(()), Err(error)) => Err(told(Arc::clone(error), &name)),
                (Ok(()), Ok(deleted)) => match deleted.next().map(|object| object.outcome) {
                    Some(Err(error)) => Err(told(error, &name)),
                    _ => Ok(()),
                },
            };
            ItemOutcome::new(name, result)
        };
        names.into_iter().map(outcome).collect()
    }
}

/// The pages of a list, as OSS gives them.
struct OssPages {
    subject: Subject,
    prefix: String,
    listing: jit_oss::Listing<jit_oss::ListEntry>,
}

impl fmt::Debug for OssPages {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OssPages").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

#[async_trait]
impl ListPages for OssPages {
    async fn page(&mut self) -> Result<Option<Vec<ListEntry>>> {
        let page = self.listing.next_page().await;
        let page =
            page.map_err(|error| Error::from_oss(error, &self.subject, "list", &self.prefix))?;
        Ok(page.map(|page| page.items.into_iter().map(ListEntry::from).collect()))
    }
}

impl From<jit_oss::ListEntry> for ListEntry {
    fn from(entry: jit_oss::ListEntry) -> Self {
        match entry {
            jit_oss::ListEntry::Prefix(prefix) => Self::Prefix(prefix),
            jit_oss::ListEntry::Object(object) => {
                let mut file = ListedFile::new(object.key, object.size);
                file.etag = object.etag;
                file.last_modified = object.last_modified.map(Into::into);
                file.storage_class = object.storage_class;
                Self::File(file)
            }
        }
    }
}

/// The contents of an object, asked for when they are first read, and only as they were then.
struct OssBody {
    subject: Subject,
    bucket: jit_oss::Bucket,
    name: String,
    etag: Option<String>,
    open: Option<jit_oss::ObjectBody>,
}

impl fmt::Debug for OssBody {
    /// Like [`OssStorage`].
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OssBody").field("name", &self.name).finish_non_exhaustive()
    }
}

impl OssBody {
    async fn next(&mut self) -> jit_oss::Result<Option<Bytes>> {
        let body = match &mut self.open {
            Some(body) => body,
            None => {
                let mut request = self.bucket.get_object(self.name.as_str());
                if let Some(etag) = &self.etag {
                    request = request.if_match(etag);
                }
                self.open.insert(request.await?.body)
            }
        };
        body.chunk().await
    }
}

#[async_trait]
impl ObjectBody for OssBody {
    async fn chunk(&mut self) -> Result<Option<Bytes>> {
        let next = self.next().await;
        next.map_err(|error| Error::from_oss(error, &self.subject, "getObject", &self.name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_of_the_configuration_shows_nothing_that_the_schema_calls_secret() {
        let keys = [
            ("accessKeyId", "hush-id"),
            ("accessKeySecret", "hush-secret"),
            ("endPoint", "e"),
            ("bucketName", "b"),
        ];
        let keys =
            serde::de::value::MapDeserializer::<_, serde::de::value::Error>::new(keys.into_iter());
        let config = OssConfig::deserialize(keys).unwrap();
        assert!(!format!("{config:?}").contains("hush"), "{config:?}");
    }
}
