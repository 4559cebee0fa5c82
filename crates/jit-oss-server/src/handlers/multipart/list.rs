//! `ListParts` and `ListMultipartUploads`.

use jit_oss::Timestamp;

use super::super::Call;
use super::super::list::{is_escaped, limit, number, shown};
use super::{id, named};
use crate::error::OssError;
use crate::reply::Reply;
use crate::store::listing::Page;

/// How many a page has unless it is told, and at most.
const MOST: usize = 1000;

pub(in super::super) fn list_parts(call: Call<'_>) -> Result<Reply, OssError> {
    let escaped = is_escaped(call.request)?;
    let max = limit(call.request, "max-parts", MOST)?;
    let after = number(call.request, "part-number-marker")?.unwrap_or_default();
    let (class, mut parts) = call.with_bucket(|bucket| {
        let upload = bucket.upload(call.key, id(call))?;
        let later = upload.parts.iter().filter(|(number, _)| u64::from(**number) > after);
        let parts: Vec<_> = later.take(max + 1).map(|(n, part)| (*n, part.clone())).collect();
        Ok((upload.attributes.storage_class, parts))
    })?;
    let truncated = parts.len() > max;
    parts.truncate(max);
    Ok(Reply::xml("ListPartsResult", |xml| {
        named(xml, call, escaped);
        xml.text("UploadId", id(call));
        xml.text("StorageClass", class.name());
        xml.value("PartNumberMarker", after);
        let last = parts.last().map_or(after, |(number, _)| u64::from(*number));
        xml.value("NextPartNumberMarker", last);
        xml.value("MaxParts", max);
        xml.value("IsTruncated", truncated);
        for (number, part) in &parts {
            xml.element("Part", |xml| {
                xml.value("PartNumber", number);
                let modified = Timestamp::from_unix(part.modified);
                xml.text("LastModified", &modified.iso_extended());
                xml.text("ETag", &part.etag.quoted());
                xml.value("HashCrc64ecma", part.crc64);
                xml.value("Size", part.size);
            });
        }
    }))
}

pub(in super::super) fn list_multipart_uploads(call: Call<'_>) -> Result<Reply, OssError> {
    let query = |name| call.request.query(name).unwrap_or_default();
    let escaped = is_escaped(call.request)?;
    let max = limit(call.request, "max-uploads", MOST)?;
    let (prefix, delimiter, after) = (query("prefix"), query("delimiter"), query("key-marker"));
    // It counts only together with a key.
    let after_id = if after.is_empty() { "" } else { query("upload-id-marker") };
    let page = Page { prefix, delimiter, after, max };
    let listing = call.with_bucket(|bucket| Ok(bucket.list_uploads(&page, after_id)))?;
    Ok(Reply::xml("ListMultipartUploadsResult", |xml| {
        if escaped {
            xml.text("EncodingType", "url");
        }
        xml.text("Bucket", call.bucket);
        xml.text("KeyMarker", &shown(after, escaped));
        xml.text("UploadIdMarker", query("upload-id-marker"));
        // Both are there on the last page, too; clients rely on it.
        let next = listing.next.as_deref().unwrap_or_default();
        xml.text("NextKeyMarker", &shown(next, escaped));
        // The last one is a common prefix, or an upload.
        let last = listing.items.last().filter(|(key, _)| key == next);
        xml.text("NextUploadIdMarker", last.map_or("", |(_, (id, _))| id));
        xml.text("Delimiter", &shown(delimiter, escaped));
        xml.text("Prefix", &shown(prefix, escaped));
        xml.value("MaxUploads", max);
        xml.value("IsTruncated", listing.next.is_some());
        for (key, (id, upload)) in &listing.items {
            xml.element("Upload", |xml| {
                xml.text("Key", &shown(key, escaped));
                xml.text("UploadId", id);
                xml.text("StorageClass", upload.attributes.storage_class.name());
                let initiated = Timestamp::from_unix(upload.initiated);
                xml.text("Initiated", &initiated.iso_extended());
            });
        }
        for group in &listing.common_prefixes {
            xml.element("CommonPrefixes", |xml| xml.text("Prefix", &shown(group, escaped)));
        }
    }))
}
