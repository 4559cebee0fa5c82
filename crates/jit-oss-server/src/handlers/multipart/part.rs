//! `UploadPart` and `UploadPartCopy`.

use http::StatusCode;

use super::super::copy::{self, Source};
use super::super::{CONTENT_MD5, CRC64, Call, put, read};
use super::{MOST_PARTS, id};
use crate::body::RequestBody;
use crate::digest::{Etag, Sums};
use crate::error::OssError;
use crate::reply::Reply;
use crate::store::blob::Written;
use crate::store::index::{Change, Index};
use crate::store::version::{Kind, Part};

pub(in super::super) async fn upload_part(
    call: Call<'_>,
    body: &mut RequestBody,
) -> Result<Reply, OssError> {
    let number = number(call)?;
    // Early, before a part has travelled in vain.
    call.with_bucket(|bucket| bucket.upload(call.key, id(call)).map(drop))?;
    let written = put::receive(call, body).await?;
    let part = add(call, number, written).await?;
    Ok(Reply::empty(StatusCode::OK)
        .etag(&part.etag)
        .owned(CONTENT_MD5, part.etag.content_md5())
        .number(CRC64, part.crc64))
}

pub(in super::super) async fn upload_part_copy(call: Call<'_>) -> Result<Reply, OssError> {
    let number = number(call)?;
    call.with_bucket(|bucket| bucket.upload(call.key, id(call)).map(drop))?;
    let source = match Source::find(call)? {
        Ok(source) => source,
        Err(reply) => return Ok(reply),
    };
    let version = &source.version;
    let range = match call.request.header("x-oss-copy-source-range") {
        Some(text) => read::range(text, version.size, false)?.unwrap_or(0..version.size),
        None => 0..version.size,
    };
    let written = match version.content.as_slice() {
        // The same bytes, whose checksums are known.
        [blob] if version.kind == Kind::Normal && range == (0..version.size) => {
            let md5 = version.etag.md5();
            let sums = Sums { size: version.size, md5, crc64: version.crc64, sha256: None };
            Written { blob: Some(blob.clone()), sums }
        }
        _ => copy::read(call, version, range).await?,
    };
    let part = add(call, number, written).await?;
    let reply = copy::result("CopyPartResult", part.modified, &part.etag);
    Ok(source.described(reply.number(CRC64, part.crc64)))
}

fn number(call: Call<'_>) -> Result<u32, OssError> {
    let text = call.request.query("partNumber").unwrap_or_default();
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|number| digits && (1..=MOST_PARTS).contains(number));
    number.ok_or_else(|| {
        let message = format!("The part number is not a number from 1 to {MOST_PARTS}.");
        OssError::invalid_argument("partNumber", text, message)
    })
}

/// Makes the bytes a part of the upload, unless it ended in the meantime.
async fn add(call: Call<'_>, number: u32, written: Written) -> Result<Part, OssError> {
    let Written { blob, sums } = written;
    let part = Part {
        modified: call.now.unix(),
        size: sums.size,
        etag: Etag::of_content(sums.md5),
        crc64: sums.crc64,
        content: blob,
    };
    let result = part.clone();
    let (bucket, key, id) = (call.bucket.to_owned(), call.key.to_owned(), id(call).to_owned());
    let plan = move |index: &Index| {
        index.bucket(&bucket)?.upload(&key, &id)?;
        Ok((vec![Change::Part { bucket, key, id, number, part }], ()))
    };
    call.state.store.change(plan).await?;
    Ok(result)
}
