//! Access control of objects and buckets.

use http::StatusCode;

use super::object::{Object, find, version_id};
use super::{Call, attributes, service};
use crate::error::OssError;
use crate::reply::Reply;
use crate::request::Request;
use crate::store::index::{Bucket, Change};
use crate::store::version::{Acl, Version};

pub(super) async fn put_object_acl(call: Call<'_>) -> Result<Reply, OssError> {
    let acl = attributes::acl(call.request)?.ok_or_else(|| missing("x-oss-object-acl"))?;
    let (key, id) = (call.key.to_owned(), version_id(call)?);
    let change = move |bucket: &Bucket| {
        let mut version = Version::clone(&*find(bucket, &key, id)?);
        version.attributes.acl = acl;
        Ok((Some(version.clone()), (version, bucket.is_versioned())))
    };
    let (version, is_versioned) = call.update(change).await?;
    Ok(Reply::empty(StatusCode::OK).version(&version, is_versioned))
}

pub(super) fn get_object_acl(call: Call<'_>) -> Result<Reply, OssError> {
    let object = Object::find(call)?;
    let reply = shown(object.version.attributes.acl);
    Ok(reply.version(&object.version, object.is_versioned))
}

pub(super) async fn put_bucket_acl(call: Call<'_>) -> Result<Reply, OssError> {
    let acl = bucket_acl(call.request)?.ok_or_else(|| missing("x-oss-acl"))?;
    let name = call.bucket.to_owned();
    let plan = move |bucket: &Bucket, changes: &mut Vec<Change>| {
        let mut properties = bucket.properties.clone();
        properties.acl = acl;
        changes.push(Change::Bucket { name, properties });
    };
    call.change_bucket(plan).await?;
    Ok(Reply::empty(StatusCode::OK))
}

pub(super) fn get_bucket_acl(call: Call<'_>) -> Result<Reply, OssError> {
    call.with_bucket(|bucket| Ok(shown(bucket.properties.acl)))
}

/// What the header says of a bucket.
pub(super) fn bucket_acl(request: &Request) -> Result<Option<Acl>, OssError> {
    let Some(text) = request.header("x-oss-acl") else { return Ok(None) };
    Acl::parse(text).filter(|acl| !acl.is_default()).map(Some).ok_or_else(|| {
        OssError::invalid_argument("x-oss-acl", text, "No such bucket access control exists.")
    })
}

fn missing(header: &str) -> OssError {
    let message = format!("The request lacks the header {header}.");
    OssError::bad_request("MissingArgument", message).with("ArgumentName", header)
}

fn shown(acl: Acl) -> Reply {
    Reply::xml("AccessControlPolicy", |xml| {
        service::owner(xml);
        xml.element("AccessControlList", |xml| xml.text("Grant", acl.name()));
    })
}
