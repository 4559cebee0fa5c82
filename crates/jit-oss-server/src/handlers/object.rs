//! Finding the object that a request names, and what there is to say of it.

use std::borrow::Cow;
use std::sync::Arc;

use http::{HeaderName, StatusCode, header};
use jit_oss::{Timestamp, escape};

use super::{CONTENT_MD5, CRC64, Call};
use crate::digest::Etag;
use crate::error::OssError;
use crate::reply::Reply;
use crate::store::index::Bucket;
use crate::store::version::{Kind, StorageClass, Version, VersionId};

/// An object that was found.
#[derive(Debug)]
pub(super) struct Object {
    pub(super) version: Arc<Version>,
    /// What the link leads to, when it is one that was followed.
    pub(super) target: Option<Arc<Version>>,
    pub(super) is_versioned: bool,
}

/// The version that the query asks for; `None` for the newest.
pub(super) fn version_id(call: Call<'_>) -> Result<Option<VersionId>, OssError> {
    let text = call.request.query("versionId").filter(|text| !text.is_empty());
    text.map(parse_version_id).transpose()
}

pub(super) fn parse_version_id(text: &str) -> Result<VersionId, OssError> {
    text.parse().map_err(|_| {
        let message = "The version id is none that could have been given out.";
        OssError::invalid_argument("versionId", text, message)
    })
}

/// The version that is meant, which is an object.
pub(super) fn find(
    bucket: &Bucket,
    key: &str,
    id: Option<VersionId>,
) -> Result<Arc<Version>, OssError> {
    let found = match id {
        None => bucket.newest(key).ok_or_else(|| OssError::no_such_key(key))?,
        Some(id) => bucket
            .version(key, id)
            .ok_or_else(|| OssError::no_such_version(key, &id.to_string()))?,
    };
    if !found.is_marker() {
        return Ok(Arc::clone(found));
    }
    let error = match id {
        None => OssError::no_such_key(key),
        // Only what is an object can be read.
        Some(_) => OssError::method_not_allowed("GET"),
    };
    Err(error
        .header("x-oss-delete-marker", "true")
        .header("x-oss-version-id", found.id.to_string()))
}

impl Object {
    /// The object as such, be it a link.
    pub(super) fn find(call: Call<'_>) -> Result<Self, OssError> {
        let id = version_id(call)?;
        call.with_bucket(|bucket| {
            let version = find(bucket, call.key, id)?;
            Ok(Self { version, target: None, is_versioned: bucket.is_versioned() })
        })
    }

    /// The object, or what the link leads to.
    pub(super) fn follow(call: Call<'_>) -> Result<Self, OssError> {
        let id = version_id(call)?;
        call.with_bucket(|bucket| {
            let version = find(bucket, call.key, id)?;
            let target = follow(bucket, &version)?;
            Ok(Self { version, target, is_versioned: bucket.is_versioned() })
        })
    }

    /// The version whose bytes are read.
    pub(super) fn content(&self) -> &Arc<Version> {
        self.target.as_ref().unwrap_or(&self.version)
    }

    pub(super) fn etag(&self) -> Etag {
        self.content().etag
    }

    /// The later one of the link's and the target's.
    pub(super) fn modified(&self) -> Timestamp {
        Timestamp::from_unix(self.version.modified.max(self.content().modified))
    }

    /// Refuses what is archived and not restored.
    pub(super) fn check_readable(&self, now: Timestamp) -> Result<(), OssError> {
        check_readable(self.content(), now)
    }

    /// 200 with all headers that describe it.
    pub(super) fn described(&self, now: Timestamp) -> Reply {
        let content = self.content();
        let mut reply = Reply::empty(StatusCode::OK)
            .fixed(header::ACCEPT_RANGES, "bytes")
            .fixed(header::CONTENT_TYPE, "application/octet-stream")
            .etag(&content.etag)
            .date(header::LAST_MODIFIED, self.modified())
            .number(CRC64, content.crc64)
            .fixed(HeaderName::from_static("x-oss-object-type"), self.version.kind.name())
            .fixed(
                HeaderName::from_static("x-oss-storage-class"),
                content.attributes.storage_class.name(),
            )
            .version(&self.version, self.is_versioned);
        if content.kind == Kind::Normal {
            reply = reply.owned(CONTENT_MD5, content.etag.content_md5());
        }
        for (name, value) in &self.version.attributes.headers {
            if let Ok(name) = HeaderName::from_bytes(name.as_bytes()) {
                reply = reply.with(name, value);
            }
        }
        let tags = self.version.attributes.tags.len();
        if tags > 0 {
            let name = HeaderName::from_static("x-oss-tagging-count");
            reply = reply.with(name, &tags.to_string());
        }
        if content.kind == Kind::Appendable {
            reply = appendable(reply, content);
        }
        if let Some(state) = restore_state(content, now) {
            reply = reply.with(HeaderName::from_static("x-oss-restore"), &state);
        }
        reply
    }
}

fn appendable(reply: Reply, version: &Version) -> Reply {
    let position = HeaderName::from_static("x-oss-next-append-position");
    let reply = reply.number(position, version.size);
    match version.sealed {
        Some(time) => reply.with(
            HeaderName::from_static("x-oss-sealed-time"),
            &Timestamp::from_unix(time).http_date(),
        ),
        None => reply,
    }
}

/// What a link leads to; `None` when it is no link.
fn follow(bucket: &Bucket, version: &Version) -> Result<Option<Arc<Version>>, OssError> {
    let Some(target) = &version.target else { return Ok(None) };
    let key = escape::decode_path(target).map_or(Cow::Borrowed(&**target), Cow::Owned);
    let Some(found) = bucket.current(&key) else {
        let message = "The symbolic link's target does not exist.";
        return Err(OssError::new(StatusCode::NOT_FOUND, "SymlinkTargetNotExist", message)
            .ec("0026-00000015")
            .with("Key", key));
    };
    if found.kind == Kind::Symlink {
        let message = "The symbolic link's target is a symbolic link itself.";
        return Err(OssError::bad_request("InvalidTargetType", message).with("Key", key));
    }
    Ok(Some(Arc::clone(found)))
}

/// Refuses what is archived and not restored.
pub(super) fn check_readable(version: &Version, now: Timestamp) -> Result<(), OssError> {
    let now = now.unix();
    let restored = version.restored.is_some_and(|r| (r.ready..r.until).contains(&now));
    if version.attributes.storage_class.is_archived() && !restored {
        let message = "The operation is not valid for the object's state.";
        return Err(OssError::forbidden("InvalidObjectState", message)
            .ec("0026-00000031")
            .with("StorageClass", version.attributes.storage_class.name()));
    }
    Ok(())
}

/// How far the restoring of an archived object is, as `x-oss-restore` has it.
pub(super) fn restore_state(version: &Version, now: Timestamp) -> Option<String> {
    let restored = version.restored?;
    if version.attributes.storage_class == StorageClass::Standard || now.unix() >= restored.until {
        return None;
    }
    if now.unix() < restored.ready {
        return Some("ongoing-request=\"true\"".to_owned());
    }
    let until = Timestamp::from_unix(restored.until).http_date();
    Some(format!("ongoing-request=\"false\", expiry-date=\"{until}\""))
}
