//! The headers that several operations share, as methods of their builders.

use http::HeaderName;
use http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_LANGUAGE, CONTENT_TYPE, EXPIRES,
    IF_MATCH, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_UNMODIFIED_SINCE,
};

use super::Unsigned;
use super::values::{Callback, ObjectAcl, ServerSideEncryption, StorageClass};
use crate::{Timestamp, escape};

const STORAGE_CLASS: HeaderName = HeaderName::from_static("x-oss-storage-class");
pub(crate) const OBJECT_ACL: HeaderName = HeaderName::from_static("x-oss-object-acl");
pub(crate) const FORBID_OVERWRITE: HeaderName = HeaderName::from_static("x-oss-forbid-overwrite");
pub(crate) const TRAFFIC_LIMIT: HeaderName = HeaderName::from_static("x-oss-traffic-limit");
const TAGGING: HeaderName = HeaderName::from_static("x-oss-tagging");
const ENCRYPTION: HeaderName = HeaderName::from_static("x-oss-server-side-encryption");
const ENCRYPTION_KEY: HeaderName = HeaderName::from_static("x-oss-server-side-encryption-key-id");
const DATA_ENCRYPTION: HeaderName = HeaderName::from_static("x-oss-server-side-data-encryption");
const CALLBACK: HeaderName = HeaderName::from_static("x-oss-callback");
const CALLBACK_VAR: HeaderName = HeaderName::from_static("x-oss-callback-var");

/// What OSS allows, in bits per second.
const TRAFFIC: std::ops::RangeInclusive<u64> = 245_760..=838_860_800;
/// User metadata of an object, names and values together.
const MAX_METADATA: usize = 8 * 1024;

impl Unsigned {
    pub(crate) fn metadata(&mut self, name: &str, value: &str) {
        match HeaderName::try_from(format!("x-oss-meta-{name}")) {
            Ok(header) if !name.is_empty() => self.set(header, value),
            _ => self.refuse(format!("`{}` is no metadata name", name.escape_debug())),
        }
        let user = self.headers.iter().filter_map(|(name, value)| {
            Some(name.as_str().strip_prefix("x-oss-meta-")?.len() + value.len())
        });
        let size: usize = user.sum();
        if size > MAX_METADATA {
            self.refuse(format!("the user metadata has {size} bytes, more than {MAX_METADATA}"));
        }
    }

    pub(crate) fn storage_class(&mut self, class: StorageClass) {
        self.set_static(STORAGE_CLASS, class.as_str());
    }

    pub(crate) fn object_acl(&mut self, acl: ObjectAcl) {
        self.set_static(OBJECT_ACL, acl.as_str());
    }

    pub(crate) fn encryption(&mut self, encryption: &ServerSideEncryption) {
        let old = [ENCRYPTION, ENCRYPTION_KEY, DATA_ENCRYPTION];
        self.headers.retain(|(name, _)| !old.contains(name));
        self.set_static(ENCRYPTION, encryption.algorithm());
        if let Some(key) = encryption.key_id() {
            self.set(ENCRYPTION_KEY, key);
        }
        if let Some(data) = encryption.data_algorithm() {
            self.set_static(DATA_ENCRYPTION, data);
        }
    }

    pub(crate) fn forbid_overwrite(&mut self) {
        self.idempotent = false;
        self.set_static(FORBID_OVERWRITE, "true");
    }

    pub(crate) fn traffic_limit(&mut self, bits_per_second: u64) {
        match traffic_limit(bits_per_second) {
            Ok(limit) => self.set(TRAFFIC_LIMIT, &limit),
            Err(mistake) => self.refuse(mistake),
        }
    }

    pub(crate) fn tag(&mut self, name: &str, value: &str) {
        let mut tags = match self.headers.iter().find(|(known, _)| *known == TAGGING) {
            Some((_, value)) => String::from_utf8_lossy(value.as_bytes()).into_owned() + "&",
            None => String::new(),
        };
        tags.push_str(&escape::query(name));
        tags.push('=');
        tags.push_str(&escape::query(value));
        self.set(TAGGING, &tags);
    }

    pub(crate) fn callback(&mut self, callback: &Callback) {
        self.set(CALLBACK, &callback.encoded());
        if let Some(variables) = callback.encoded_variables() {
            self.set(CALLBACK_VAR, &variables);
        }
    }

    pub(crate) fn content_type(&mut self, value: &str) {
        self.set(CONTENT_TYPE, value);
    }

    /// What OSS would say for itself, said openly.
    pub(crate) fn default_content_type(&mut self) {
        if !self.has(&CONTENT_TYPE) {
            self.set_static(CONTENT_TYPE, "application/octet-stream");
        }
    }

    pub(crate) fn cache_control(&mut self, value: &str) {
        self.set(CACHE_CONTROL, value);
    }

    pub(crate) fn content_disposition(&mut self, value: &str) {
        self.set(CONTENT_DISPOSITION, value);
    }

    pub(crate) fn content_encoding(&mut self, value: &str) {
        self.set(CONTENT_ENCODING, value);
    }

    pub(crate) fn content_language(&mut self, value: &str) {
        self.set(CONTENT_LANGUAGE, value);
    }

    pub(crate) fn expires(&mut self, moment: Timestamp) {
        self.set(EXPIRES, &moment.http_date());
    }

    pub(crate) fn condition(&mut self, condition: Condition<'_>, copy_source: bool) {
        let (plain, of_source, value) = match condition {
            Condition::Match(etag) => (IF_MATCH, "x-oss-copy-source-if-match", quoted(etag)),
            Condition::NoneMatch(etag) => {
                (IF_NONE_MATCH, "x-oss-copy-source-if-none-match", quoted(etag))
            }
            Condition::ModifiedSince(moment) => {
                (IF_MODIFIED_SINCE, "x-oss-copy-source-if-modified-since", moment.http_date())
            }
            Condition::UnmodifiedSince(moment) => {
                (IF_UNMODIFIED_SINCE, "x-oss-copy-source-if-unmodified-since", moment.http_date())
            }
        };
        self.set(if copy_source { HeaderName::from_static(of_source) } else { plain }, &value);
    }
}

pub(super) fn traffic_limit(bits_per_second: u64) -> Result<String, String> {
    if TRAFFIC.contains(&bits_per_second) {
        return Ok(bits_per_second.to_string());
    }
    let (least, most) = (TRAFFIC.start(), TRAFFIC.end());
    Err(format!("the traffic limit is {bits_per_second} bits per second, not {least} to {most}"))
}

fn quoted(etag: &str) -> String {
    format!("\"{}\"", etag.trim_matches('"'))
}

/// A condition on the object that is read.
#[derive(Clone, Copy)]
pub(crate) enum Condition<'a> {
    Match(&'a str),
    NoneMatch(&'a str),
    ModifiedSince(Timestamp),
    UnmodifiedSince(Timestamp),
}

/// Gives builders that have a field `request` the methods of the groups named.
macro_rules! headers {
    ($($builder:ident: $($group:ident),+;)+) => {$($(
        crate::request::headers::headers!(@$group $builder);
    )+)+};

    (@content $builder:ident) => {
        impl $builder {
            /// Sets the content type that the object is served with; `application/octet-stream` unless set.
            pub fn content_type(mut self, value: impl AsRef<str>) -> Self {
                self.request.content_type(value.as_ref());
                self
            }

            /// Sets the `Cache-Control` that the object is served with.
            pub fn cache_control(mut self, value: impl AsRef<str>) -> Self {
                self.request.cache_control(value.as_ref());
                self
            }

            /// Sets the `Content-Disposition` that the object is served with.
            pub fn content_disposition(mut self, value: impl AsRef<str>) -> Self {
                self.request.content_disposition(value.as_ref());
                self
            }

            /// Sets the `Content-Encoding` that the object is served with.
            pub fn content_encoding(mut self, value: impl AsRef<str>) -> Self {
                self.request.content_encoding(value.as_ref());
                self
            }

            /// Sets the `Content-Language` that the object is served with.
            pub fn content_language(mut self, value: impl AsRef<str>) -> Self {
                self.request.content_language(value.as_ref());
                self
            }

            /// Sets the `Expires` that the object is served with: when caches let go of it.
            pub fn expires(mut self, moment: crate::Timestamp) -> Self {
                self.request.expires(moment);
                self
            }

            /// Adds user metadata. The name comes back in lower case; the value should be printable ASCII.
            /// Names and values have at most 8 KB together.
            pub fn metadata(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
                self.request.metadata(name.as_ref(), value.as_ref());
                self
            }
        }
    };

    (@storage $builder:ident) => {
        impl $builder {
            /// Sets the storage class; the bucket's unless set.
            pub fn storage_class(mut self, class: crate::StorageClass) -> Self {
                self.request.storage_class(class);
                self
            }

            /// Asks OSS to encrypt what it stores; as the bucket says unless set.
            pub fn server_side_encryption(mut self, how: &crate::ServerSideEncryption) -> Self {
                self.request.encryption(how);
                self
            }
        }
    };

    (@acl $builder:ident) => {
        impl $builder {
            /// Sets who may use the object; whoever may use the bucket unless set.
            pub fn acl(mut self, acl: crate::ObjectAcl) -> Self {
                self.request.object_acl(acl);
                self
            }
        }
    };

    (@tags $builder:ident) => {
        impl $builder {
            /// Adds a tag: up to 10, a name of 1 to 128 characters and a value of up to 256.
            pub fn tag(mut self, name: impl AsRef<str>, value: impl AsRef<str>) -> Self {
                self.request.tag(name.as_ref(), value.as_ref());
                self
            }
        }
    };

    (@forbid_overwrite $builder:ident) => {
        impl $builder {
            /// Fails with [`Conflict`](crate::ErrorKind::Conflict) instead of replacing an object. Has no
            /// effect in a bucket that has, or had, versioning.
            ///
            /// Such a request is not repeated once it may have arrived: the repetition would meet the object
            /// that the first attempt wrote. See [`Error::outcome_unknown`](crate::Error::outcome_unknown).
            pub fn forbid_overwrite(mut self) -> Self {
                self.request.forbid_overwrite();
                self
            }
        }
    };

    (@traffic_limit $builder:ident) => {
        impl $builder {
            /// Limits the speed, in bits per second: 245,760 to 838,860,800.
            pub fn traffic_limit(mut self, bits_per_second: u64) -> Self {
                self.request.traffic_limit(bits_per_second);
                self
            }
        }
    };

    (@conditions $builder:ident) => {
        impl $builder {
            /// Fails with [`Precondition`](crate::ErrorKind::Precondition) unless the object has this
            /// entity tag.
            pub fn if_match(mut self, etag: impl AsRef<str>) -> Self {
                let condition = crate::request::headers::Condition::Match(etag.as_ref());
                self.request.condition(condition, false);
                self
            }

            /// Fails with [`Precondition`](crate::ErrorKind::Precondition) if the object has this entity
            /// tag.
            pub fn if_none_match(mut self, etag: impl AsRef<str>) -> Self {
                let condition = crate::request::headers::Condition::NoneMatch(etag.as_ref());
                self.request.condition(condition, false);
                self
            }

            /// Fails with [`Precondition`](crate::ErrorKind::Precondition) unless the object was written
            /// after `moment`.
            pub fn if_modified_since(mut self, moment: crate::Timestamp) -> Self {
                let condition = crate::request::headers::Condition::ModifiedSince(moment);
                self.request.condition(condition, false);
                self
            }

            /// Fails with [`Precondition`](crate::ErrorKind::Precondition) if the object was written after
            /// `moment`.
            pub fn if_unmodified_since(mut self, moment: crate::Timestamp) -> Self {
                let condition = crate::request::headers::Condition::UnmodifiedSince(moment);
                self.request.condition(condition, false);
                self
            }
        }
    };

    (@source $builder:ident) => {
        impl $builder {
            /// Copies this version of the source instead of the latest.
            pub fn source_version(mut self, version: impl Into<String>) -> Self {
                self.source.version = Some(version.into());
                self
            }

            /// Copies from another bucket of the same region.
            pub fn source_bucket(mut self, bucket: impl Into<String>) -> Self {
                self.source.bucket = Some(bucket.into());
                self
            }

            /// Fails with [`Precondition`](crate::ErrorKind::Precondition) unless the source has this entity
            /// tag.
            pub fn if_source_match(mut self, etag: impl AsRef<str>) -> Self {
                let condition = crate::request::headers::Condition::Match(etag.as_ref());
                self.request.condition(condition, true);
                self
            }

            /// Fails with [`Precondition`](crate::ErrorKind::Precondition) if the source has this entity tag.
            pub fn if_source_none_match(mut self, etag: impl AsRef<str>) -> Self {
                let condition = crate::request::headers::Condition::NoneMatch(etag.as_ref());
                self.request.condition(condition, true);
                self
            }

            /// Fails with [`Precondition`](crate::ErrorKind::Precondition) unless the source was written after
            /// `moment`.
            pub fn if_source_modified_since(mut self, moment: crate::Timestamp) -> Self {
                let condition = crate::request::headers::Condition::ModifiedSince(moment);
                self.request.condition(condition, true);
                self
            }

            /// Fails with [`Precondition`](crate::ErrorKind::Precondition) if the source was written after
            /// `moment`.
            pub fn if_source_unmodified_since(mut self, moment: crate::Timestamp) -> Self {
                let condition = crate::request::headers::Condition::UnmodifiedSince(moment);
                self.request.condition(condition, true);
                self
            }
        }
    };

    (@version $builder:ident) => {
        impl $builder {
            /// Names a version instead of the latest.
            pub fn version(mut self, version: impl Into<String>) -> Self {
                self.request.query("versionId", version);
                self
            }
        }
    };
}

pub(crate) use headers;
