//! `PutObject`, and how a body becomes content.

use http::{StatusCode, header};

use super::attributes::{self, Announced};
use super::callback::Callback;
use super::{CONTENT_MD5, CRC64, Call};
use crate::body::{MAX_PUT, RequestBody, too_large};
use crate::digest::Etag;
use crate::error::OssError;
use crate::reply::Reply;
use crate::request::Request;
use crate::store::blob::Written;
use crate::store::version::{Attributes, Kind, Version, VersionId};

pub(super) async fn put_object(call: Call<'_>, body: &mut RequestBody) -> Result<Reply, OssError> {
    let callback = Callback::read(call)?;
    let attributes = attributes::read(call)?;
    let forbid_overwrite = attributes::forbid_overwrite(call.request)?;
    if forbid_overwrite {
        // Early, before 5 GB have travelled in vain; the commit looks again.
        call.with_bucket(|bucket| bucket.check_overwrite(call.key, forbid_overwrite))?;
    }
    let written = receive(call, body).await?;
    let version = version(Kind::Normal, attributes, &written, call.now.unix());
    let (version, is_versioned) = call.put(version, forbid_overwrite).await?;
    let reply = Reply::empty(StatusCode::OK)
        .etag(&version.etag)
        .owned(CONTENT_MD5, version.etag.content_md5())
        .number(CRC64, version.crc64)
        .version(&version, is_versioned)
        .encryption(&version.attributes);
    match callback {
        Some(callback) => Box::pin(callback.perform(call, &version, reply)).await,
        None => Ok(reply),
    }
}

/// A version with this content.
pub(super) fn version(kind: Kind, attributes: Attributes, written: &Written, now: i64) -> Version {
    Version {
        id: VersionId::NULL,
        kind,
        modified: now,
        size: written.sums.size,
        etag: Etag::of_content(written.sums.md5),
        crc64: written.sums.crc64,
        attributes,
        target: None,
        restored: None,
        sealed: None,
        content: written.blob.iter().cloned().collect(),
    }
}

/// Writes the body aside, and refuses it when it is not what the sender announced.
pub(super) async fn receive(call: Call<'_>, body: &mut RequestBody) -> Result<Written, OssError> {
    check_length(call.request)?;
    let announced = Announced::read(call.request)?;
    let mut draft = call.state.store.begin(announced.has_sha256());
    while let Some(data) = body.next().await? {
        draft.write(data).await?;
    }
    let written = draft.finish().await?;
    announced.check(&written.sums)?;
    Ok(written)
}

fn check_length(request: &Request) -> Result<(), OssError> {
    match request.header("content-length").map(str::parse::<u64>) {
        Some(Ok(length)) if length > MAX_PUT => Err(too_large()),
        None if !request.headers.contains_key(header::TRANSFER_ENCODING) => Err(OssError::new(
            StatusCode::LENGTH_REQUIRED,
            "MissingContentLength",
            "You must provide the Content-Length HTTP header.",
        )),
        _ => Ok(()),
    }
}
