//! Making archived objects readable for a while.

use http::StatusCode;

use super::Call;
use super::object::{find, version_id};
use crate::body::RequestBody;
use crate::document::Element;
use crate::error::OssError;
use crate::reply::Reply;
use crate::store::index::Bucket;
use crate::store::version::{Restored, Version, VersionId};

const DAY: i64 = 24 * 60 * 60;
const MAX_DOCUMENT: u64 = 64 << 10;
/// For how many days, unless the request says, and at most.
const DEFAULT_DAYS: i64 = 1;
const MOST_DAYS: i64 = 365;

pub(super) async fn restore_object(
    call: Call<'_>,
    body: &mut RequestBody,
) -> Result<Reply, OssError> {
    let body = body.collect(MAX_DOCUMENT).await?;
    let days = days(&body)?;
    let (key, id, now) = (call.key.to_owned(), version_id(call)?, call.now.unix());
    let takes = call.state.restore_seconds;
    let change = move |bucket: &Bucket| {
        let mut version = archived(bucket, &key, id)?;
        let (restored, status) = match version.restored {
            Some(old) if now < old.ready => return Err(in_progress()),
            Some(old) if now < old.until => {
                (Restored { ready: old.ready, until: now + days * DAY }, StatusCode::OK)
            }
            _ => {
                let ready = now + takes;
                (Restored { ready, until: ready + days * DAY }, StatusCode::ACCEPTED)
            }
        };
        version.restored = Some(restored);
        Ok((Some(version.clone()), (version, bucket.is_versioned(), status)))
    };
    let (version, is_versioned, status) = call.update(change).await?;
    Ok(Reply::empty(status).version(&version, is_versioned))
}

pub(super) async fn clean_restored_object(call: Call<'_>) -> Result<Reply, OssError> {
    let (key, id, now) = (call.key.to_owned(), version_id(call)?, call.now.unix());
    let change = move |bucket: &Bucket| {
        let mut version = archived(bucket, &key, id)?;
        if version.restored.is_some_and(|restored| now < restored.ready) {
            let message = "The object is being restored.";
            return Err(OssError::new(StatusCode::CONFLICT, "ArchiveRestoreNotFinished", message));
        }
        version.restored = None;
        Ok((Some(version), ()))
    };
    call.update(change).await?;
    Ok(Reply::empty(StatusCode::OK))
}

fn archived(bucket: &Bucket, key: &str, id: Option<VersionId>) -> Result<Version, OssError> {
    let version = Version::clone(&*find(bucket, key, id)?);
    if !version.attributes.storage_class.is_archived() {
        let message =
            "The operation is not supported for this resource: the object is not archived.";
        return Err(OssError::bad_request("OperationNotSupported", message)
            .with("StorageClass", version.attributes.storage_class.name()));
    }
    Ok(version)
}

fn in_progress() -> OssError {
    let message = "The restore operation is in progress.";
    OssError::new(StatusCode::CONFLICT, "RestoreAlreadyInProgress", message)
}

fn days(body: &[u8]) -> Result<i64, OssError> {
    if body.is_empty() {
        return Ok(DEFAULT_DAYS);
    }
    let malformed = || OssError::malformed_xml("request to restore");
    let document = Element::parse(body, "RestoreRequest").ok_or_else(malformed)?;
    if let Some(tier) = document.child("JobParameters").and_then(|job| job.value("Tier"))
        && !["Expedited", "Standard", "Bulk"].contains(&tier)
    {
        return Err(malformed());
    }
    match document.value("Days") {
        None => Ok(DEFAULT_DAYS),
        Some(text) => {
            let days = text.parse().ok().filter(|days| (1..=MOST_DAYS).contains(days));
            days.ok_or_else(malformed)
        }
    }
}
