//! Documents that a bucket keeps and returns as they were given.

use http::{StatusCode, header};

use super::Call;
use crate::body::RequestBody;
use crate::document::Element;
use crate::error::OssError;
use crate::reply::Reply;
use crate::store::index::{Bucket, Change};

const MAX_DOCUMENT: u64 = 512 << 10;

/// What is known of a kind of document.
#[derive(Debug)]
struct Kind {
    /// The sub-resource.
    name: &'static str,
    /// The root element; empty for JSON.
    root: &'static str,
    absent: Absent,
}

/// What is answered when there is none.
#[derive(Debug)]
enum Absent {
    /// 404 with this code.
    Error(&'static str),
    /// What holds then: this inside of the root.
    Default(&'static str),
}

const KINDS: &[Kind] = &[
    Kind {
        name: "cors",
        root: "CORSConfiguration",
        absent: Absent::Error("NoSuchCORSConfiguration"),
    },
    Kind {
        name: "encryption",
        root: "ServerSideEncryptionRule",
        absent: Absent::Error("NoSuchServerSideEncryptionRule"),
    },
    Kind {
        name: "lifecycle",
        root: "LifecycleConfiguration",
        absent: Absent::Error("NoSuchLifecycle"),
    },
    Kind { name: "logging", root: "BucketLoggingStatus", absent: Absent::Default("") },
    Kind { name: "policy", root: "", absent: Absent::Error("NoSuchBucketPolicy") },
    Kind {
        name: "referer",
        root: "RefererConfiguration",
        absent: Absent::Default(
            "<AllowEmptyReferer>true</AllowEmptyReferer><RefererList></RefererList>",
        ),
    },
    Kind {
        name: "requestPayment",
        root: "RequestPaymentConfiguration",
        absent: Absent::Default("<Payer>BucketOwner</Payer>"),
    },
    Kind { name: "tagging", root: "Tagging", absent: Absent::Default("<TagSet></TagSet>") },
    Kind {
        name: "website",
        root: "WebsiteConfiguration",
        absent: Absent::Error("NoSuchWebsiteConfiguration"),
    },
];

/// The kind of document that the query names.
fn kind(call: Call<'_>) -> Result<&'static Kind, OssError> {
    let found = KINDS.iter().find(|kind| call.request.query(kind.name).is_some());
    found.ok_or_else(|| OssError::not_implemented("this document"))
}

/// Whether a bucket keeps documents of this sub-resource.
pub(crate) fn is_kept(name: &str) -> bool {
    KINDS.iter().any(|kind| kind.name == name)
}

pub(super) async fn put_document(
    call: Call<'_>,
    body: &mut RequestBody,
) -> Result<Reply, OssError> {
    let kind = kind(call)?;
    let body = body.collect(MAX_DOCUMENT).await?;
    let well_formed = match kind.root {
        "" => serde_json::from_slice::<serde::de::IgnoredAny>(&body).is_ok(),
        root => Element::parse(&body, root).is_some(),
    };
    let text = String::from_utf8(body).ok().filter(|_| well_formed);
    let text = text.ok_or_else(|| match kind.root {
        "" => OssError::bad_request("InvalidPolicyDocument", "The policy is not well-formed JSON."),
        root => OssError::malformed_xml(root),
    })?;
    set(call, kind, Some(text)).await?;
    Ok(Reply::empty(StatusCode::OK))
}

pub(super) async fn delete_document(call: Call<'_>) -> Result<Reply, OssError> {
    set(call, kind(call)?, None).await?;
    Ok(Reply::empty(StatusCode::NO_CONTENT))
}

async fn set(call: Call<'_>, kind: &'static Kind, text: Option<String>) -> Result<(), OssError> {
    let bucket = call.bucket.to_owned();
    let plan = move |found: &Bucket, changes: &mut Vec<Change>| {
        let mut properties = found.properties.clone();
        match text {
            Some(text) => drop(properties.documents.insert(kind.name.to_owned(), text)),
            None => drop(properties.documents.remove(kind.name)),
        }
        changes.push(Change::Bucket { name: bucket, properties });
    };
    call.change_bucket(plan).await
}

pub(super) fn get_document(call: Call<'_>) -> Result<Reply, OssError> {
    let kind = kind(call)?;
    let kept =
        call.with_bucket(|bucket| Ok(bucket.properties.documents.get(kind.name).cloned()))?;
    let text = match (kept, &kind.absent) {
        (Some(text), _) => text,
        (None, Absent::Error(code)) => {
            let message = format!("The bucket has no {}.", kind.name);
            return Err(OssError::new(StatusCode::NOT_FOUND, *code, message)
                .with("BucketName", call.bucket));
        }
        (None, Absent::Default(inside)) => {
            let declaration = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>";
            format!("{declaration}\n<{0}>{inside}</{0}>", kind.root)
        }
    };
    let reply = Reply::document(StatusCode::OK, text);
    let is_json = kind.root.is_empty();
    Ok(if is_json { reply.with(header::CONTENT_TYPE, "application/json") } else { reply })
}
