//! Making archived objects readable for a while.

use http::{HeaderName, StatusCode};

use super::Call;
use super::object::{find, version_id};
use crate::body::RequestBody;
use crate::document::Element;
use crate::error::OssError;
use crate::reply::Reply;
use crate::store::index::Bucket;
use crate::store::version::{Restored, StorageClass, Version, VersionId};

const DAY: i64 = 24 * 60 * 60;
const MAX_DOCUMENT: u64 = 64 << 10;
const PRIORITY: &str = "x-oss-object-restore-priority";
/// For how many days, unless the request says, and at most.
const DEFAULT_DAYS: i64 = 1;
const MOST_DAYS: i64 = 365;

pub(super) async fn restore_object(
    call: Call<'_>,
    body: &mut RequestBody,
) -> Result<Reply, OssError> {
    let body = body.collect(MAX_DOCUMENT).await?;
    let Wish { days, tier } = parse(&body)?;
    let has_tier = tier.is_some();
    let (key, id, now) = (call.key.to_owned(), version_id(call)?, call.now.unix());
    let takes = call.state.restore_seconds;
    let change = move |bucket: &Bucket| {
        let mut version = archived(bucket, &key, id)?;
        if has_tier && version.attributes.storage_class == StorageClass::Archive {
            // Only the colder classes have more than one speed.
            return Err(OssError::malformed_xml("request to restore what is only Archive"));
        }
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
    let reply = Reply::empty(status).version(&version, is_versioned);
    Ok(match tier {
        Some(tier) => reply.with(HeaderName::from_static(PRIORITY), &tier),
        None => reply,
    })
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

/// For how long and how fast.
#[derive(Debug, PartialEq, Eq)]
struct Wish {
    days: i64,
    tier: Option<String>,
}

fn parse(body: &[u8]) -> Result<Wish, OssError> {
    if body.is_empty() {
        return Ok(Wish { days: DEFAULT_DAYS, tier: None });
    }
    let malformed = || OssError::malformed_xml("request to restore");
    let document = Element::parse(body, "RestoreRequest").ok_or_else(malformed)?;
    let tier = document.child("JobParameters").and_then(|job| job.value("Tier"));
    if let Some(tier) = tier.filter(|tier| !["Expedited", "Standard", "Bulk"].contains(tier)) {
        return Err(OssError::invalid_argument("Tier", tier, "The tier is not known."));
    }
    let days = match document.value("Days") {
        None => DEFAULT_DAYS,
        Some(text) => {
            let days = text.parse().ok().filter(|days| (1..=MOST_DAYS).contains(days));
            days.ok_or_else(malformed)?
        }
    };
    Ok(Wish { days, tier: tier.map(str::to_owned) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_request_may_say() {
        let parse = |text: &str| {
            let wish = parse(text.as_bytes()).map_err(|error| error.code.into_owned());
            wish.map(|wish| (wish.days, wish.tier.unwrap_or_default()))
        };
        let days = |days| format!("<RestoreRequest><Days>{days}</Days></RestoreRequest>");
        let tier = |tier| {
            format!(
                "<RestoreRequest><JobParameters><Tier>{tier}</Tier></JobParameters></RestoreRequest>"
            )
        };
        assert_eq!(parse(""), Ok((1, String::new())));
        assert_eq!(parse(&days("7")), Ok((7, String::new())));
        assert_eq!(parse(&tier("Bulk")), Ok((1, "Bulk".to_owned())));
        assert_eq!(parse(&tier("Slow")), Err("InvalidArgument".to_owned()));
        for text in [days("0"), days("366"), days("x"), "<Other/>".to_owned()] {
            assert_eq!(parse(&text), Err("MalformedXML".to_owned()), "{text}");
        }
    }
}
