//! Operations on a bucket as a whole.

use http::{StatusCode, header};

use super::{Call, service};
use crate::body::RequestBody;
use crate::error::OssError;
use crate::reply::Reply;

pub(super) async fn put_bucket(call: Call<'_>, body: &mut RequestBody) -> Result<Reply, OssError> {
    match call.request.header("x-oss-acl") {
        None | Some("private") => {}
        Some("public-read" | "public-read-write") => {
            return Err(OssError::not_implemented("public buckets"));
        }
        Some(other) => {
            return Err(OssError::invalid_argument("x-oss-acl", other, "No such permission."));
        }
    }
    // Storage class and redundancy, which make no difference here.
    body.collect(64 << 10).await?;
    let created = call.state.store.create_bucket(call.bucket, call.now.unix()).await;
    created.map_err(|error| OssError::internal(&error))?;
    Ok(Reply::empty(StatusCode::OK).with(header::LOCATION, &format!("/{}", call.bucket)))
}

pub(super) async fn delete_bucket(call: Call<'_>) -> Result<Reply, OssError> {
    let deleted = call.state.store.delete_bucket(call.bucket).await;
    deleted.map_err(|error| call.refused(error))?;
    Ok(Reply::empty(StatusCode::NO_CONTENT))
}

pub(super) fn get_bucket_info(call: Call<'_>) -> Result<Reply, OssError> {
    let created = call.existing_bucket()?;
    Ok(Reply::xml("BucketInfo", |xml| {
        xml.element("Bucket", |xml| {
            service::bucket(xml, call.region(), call.bucket, created);
            xml.text("DataRedundancyType", "LRS");
            service::owner(xml);
            xml.element("AccessControlList", |xml| xml.text("Grant", "private"));
        });
    }))
}

pub(super) fn get_bucket_location(call: Call<'_>) -> Result<Reply, OssError> {
    call.existing_bucket()?;
    let location = format!("oss-{}", call.region());
    Ok(Reply::xml("LocationConstraint", |xml| xml.characters(&location)))
}

pub(super) fn get_bucket_acl(call: Call<'_>) -> Result<Reply, OssError> {
    call.existing_bucket()?;
    Ok(Reply::xml("AccessControlPolicy", |xml| {
        service::owner(xml);
        xml.element("AccessControlList", |xml| xml.text("Grant", "private"));
    }))
}
