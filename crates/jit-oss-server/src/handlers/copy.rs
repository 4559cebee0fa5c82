//! `CopyObject`, and the source that a copy names.

use std::ops::Range;
use std::sync::Arc;

use http::HeaderName;
use jit_oss::{BucketName, Timestamp, escape};

use super::conditions::{self, COPYING};
use super::object::{check_readable, find, parse_version_id};
use super::{CRC64, Call, attributes};
use crate::digest::Etag;
use crate::error::OssError;
use crate::reply::Reply;
use crate::request::Request;
use crate::store::blob::{Reader, Written};
use crate::store::blocking;
use crate::store::version::{Kind, Version, VersionId};

/// The most that is copied when bytes would move to another class of storage: 1 GB.
const MAX_CONVERTED: u64 = 1 << 30;

pub(super) const SOURCE: &str = "x-oss-copy-source";

/// The object that is copied.
#[derive(Debug)]
pub(super) struct Source {
    pub(super) version: Arc<Version>,
    bucket: String,
    key: String,
    is_versioned: bool,
}

impl Source {
    /// Finds it, as long as its conditions hold: otherwise the answer.
    pub(super) fn find(call: Call<'_>) -> Result<Result<Self, Reply>, OssError> {
        let (bucket, key, id) = named(call.request)?;
        let source = call.state.store.read(|index| {
            let found = index.bucket(&bucket)?;
            let version = find(found, &key, id)?;
            Ok::<_, OssError>((version, found.is_versioned()))
        });
        let (version, is_versioned) = source?;
        let modified = Timestamp::from_unix(version.modified);
        let state = conditions::State { etag: version.etag, modified, now: call.now };
        if let Some(reply) = conditions::check(call.request, &COPYING, state)? {
            return Ok(Err(reply));
        }
        check_readable(&version, call.now)?;
        Ok(Ok(Self { version, bucket, key, is_versioned }))
    }

    /// Whether it is what is written, too.
    fn is(&self, call: Call<'_>) -> bool {
        self.bucket == call.bucket && self.key == call.key
    }

    pub(super) fn described(&self, reply: Reply) -> Reply {
        if !self.is_versioned {
            return reply;
        }
        let name = HeaderName::from_static("x-oss-copy-source-version-id");
        reply.with(name, &self.version.id.to_string())
    }
}

fn named(request: &Request) -> Result<(String, String, Option<VersionId>), OssError> {
    let text = request.header(SOURCE).unwrap_or_default();
    let invalid = |why: &str| {
        OssError::invalid_argument(SOURCE, text, format!("The copy source is not valid: {why}."))
    };
    let path = text.strip_prefix('/').unwrap_or(text);
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let (bucket, key) = path.split_once('/').ok_or_else(|| invalid("it names no object"))?;
    let decode = |text| escape::decode_path(text).ok_or_else(|| invalid("it is not well escaped"));
    let (bucket, key) = (decode(bucket)?, decode(key)?);
    BucketName::new(bucket.as_str()).map_err(|error| {
        OssError::bad_request("InvalidBucketName", format!("The name is not valid: {error}."))
            .with("BucketName", &bucket)
    })?;
    if key.is_empty() {
        return Err(invalid("it names no object"));
    }
    let id = query.split('&').find_map(|pair| pair.strip_prefix("versionId="));
    let id = id.map(parse_version_id).transpose()?;
    Ok((bucket, key, id))
}

pub(super) async fn copy_object(call: Call<'_>) -> Result<Reply, OssError> {
    let source = match Source::find(call)? {
        Ok(source) => source,
        Err(reply) => return Ok(reply),
    };
    let replaces = directive(call.request, "x-oss-metadata-directive")?;
    let replaces_tags = directive(call.request, "x-oss-tagging-directive")?;
    let forbid_overwrite = attributes::forbid_overwrite(call.request)?;
    let old = &source.version;
    let mut new = attributes::read(call)?;
    if source.is(call) && call.request.header("x-oss-storage-class").is_none() {
        new.storage_class = old.attributes.storage_class;
    }
    if new.storage_class != old.attributes.storage_class && old.size > MAX_CONVERTED {
        let message = "The object is too large to be copied to another class of storage at once.";
        return Err(OssError::bad_request("EntityTooLarge", message));
    }
    if !replaces {
        let kept =
            old.attributes.headers.iter().filter(|(name, _)| !attributes::is_encryption(name));
        new.headers.retain(|(name, _)| attributes::is_encryption(name));
        new.headers.splice(0..0, kept.cloned());
    }
    if !replaces_tags {
        new.tags.clone_from(&old.attributes.tags);
    }
    let (kind, etag) = match old.kind {
        // A copy cannot be appended to, and so is what it would be if its bytes had been sent.
        Kind::Appendable => {
            (Kind::Normal, Etag::of_content(read(call, old, 0..old.size).await?.sums.md5))
        }
        kind => (kind, old.etag),
    };
    let version = Version {
        kind,
        size: old.size,
        etag,
        crc64: old.crc64,
        attributes: new,
        target: old.target.clone(),
        // Bytes never change, so both have the same.
        content: old.content.clone(),
        ..Version::delete_marker(VersionId::NULL, call.now.unix())
    };
    let (version, is_versioned) = call.put(version, forbid_overwrite).await?;
    let reply = result("CopyObjectResult", version.modified, &version.etag)
        .number(CRC64, version.crc64)
        .version(&version, is_versioned)
        .encryption(&version.attributes);
    Ok(source.described(reply))
}

pub(super) fn result(name: &str, modified: i64, etag: &Etag) -> Reply {
    let reply = Reply::xml(name, |xml| {
        xml.text("LastModified", &Timestamp::from_unix(modified).iso_extended());
        xml.text("ETag", &etag.quoted());
    });
    reply.etag(etag)
}

/// Copies a part of an object's bytes.
pub(super) async fn read(
    call: Call<'_>,
    version: &Version,
    range: Range<u64>,
) -> Result<Written, OssError> {
    let mut draft = call.state.store.begin(false);
    let mut reader = Reader::new(&version.content, range);
    loop {
        let (read, data) = blocking(move || {
            let data = reader.next();
            (reader, data)
        })
        .await?;
        reader = read;
        match data? {
            Some(data) => draft.write(data).await?,
            None => return Ok(draft.finish().await?),
        }
    }
}

/// Whether something is taken from the request and not from the source.
fn directive(request: &Request, name: &str) -> Result<bool, OssError> {
    match request.header(name) {
        None => Ok(false),
        Some(text) if text.eq_ignore_ascii_case("copy") => Ok(false),
        Some(text) if text.eq_ignore_ascii_case("replace") => Ok(true),
        Some(other) => {
            let message = "The directive is neither COPY nor REPLACE.";
            Err(OssError::invalid_argument(name, other, message))
        }
    }
}
