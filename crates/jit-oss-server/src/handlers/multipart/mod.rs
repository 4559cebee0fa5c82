//! Objects made of parts that arrive on their own.

mod complete;
mod list;
mod part;

use http::StatusCode;

use super::{Call, attributes};
use crate::error::OssError;
use crate::reply::Reply;
use crate::store::index::{Bucket, Change, Index};
use crate::store::version::{Upload, upload_id};
use crate::xml::Xml;

pub(super) use complete::complete_multipart_upload;
pub(super) use list::{list_multipart_uploads, list_parts};
pub(super) use part::{upload_part, upload_part_copy};

/// The most parts of an object.
const MOST_PARTS: u32 = 10_000;

pub(super) async fn initiate_multipart_upload(call: Call<'_>) -> Result<Reply, OssError> {
    let escaped = super::list::is_escaped(call.request)?;
    let attributes = attributes::read(call)?;
    let forbid_overwrite = attributes::forbid_overwrite(call.request)?;
    call.with_bucket(|bucket| bucket.check_overwrite(call.key, forbid_overwrite))?;
    let (bucket, key, id) =
        (call.bucket.to_owned(), call.key.to_owned(), upload_id(call.now.unix()));
    let upload = Upload { initiated: call.now.unix(), attributes, parts: Default::default() };
    let shown = id.clone();
    let plan = move |_: &Bucket, changes: &mut Vec<Change>| {
        changes.push(Change::Upload { bucket, key, id, upload });
    };
    call.change_bucket(plan).await?;
    Ok(Reply::xml("InitiateMultipartUploadResult", |xml| {
        named(xml, call, escaped);
        xml.text("UploadId", &shown);
    }))
}

pub(super) async fn abort_multipart_upload(call: Call<'_>) -> Result<Reply, OssError> {
    let (bucket, key, id) = (call.bucket.to_owned(), call.key.to_owned(), id(call).to_owned());
    let plan = move |index: &Index| {
        index.bucket(&bucket)?.upload(&key, &id)?;
        Ok((vec![Change::EndUpload { bucket, key, id }], ()))
    };
    call.state.store.change(plan).await?;
    Ok(Reply::empty(StatusCode::NO_CONTENT))
}

fn id<'a>(call: Call<'a>) -> &'a str {
    call.request.query("uploadId").unwrap_or_default()
}

/// The elements that begin most answers about an upload.
fn named(xml: &mut Xml, call: Call<'_>, escaped: bool) {
    if escaped {
        xml.text("EncodingType", "url");
    }
    xml.text("Bucket", call.bucket);
    xml.text("Key", &super::list::shown(call.key, escaped));
}
