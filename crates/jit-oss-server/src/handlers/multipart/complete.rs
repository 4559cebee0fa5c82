//! `CompleteMultipartUpload`.

use std::sync::Arc;

use jit_oss::{crc64, escape};

use super::super::callback::Callback;
use super::super::{CRC64, Call, attributes};
use super::{MOST_PARTS, id, named};
use crate::body::RequestBody;
use crate::digest::Etag;
use crate::document::Element;
use crate::error::OssError;
use crate::reply::Reply;
use crate::store::index::{Change, Index};
use crate::store::version::{Kind, Part, Upload, Version, VersionId};

/// The least that a part may have, unless it is the last: 100 KB.
const LEAST_PART: u64 = 100 << 10;
/// The largest list of parts, in bytes.
const MAX_LIST: u64 = 2 << 20;

/// A part as the client lists it.
#[derive(Debug, PartialEq, Eq)]
struct Listed {
    number: u32,
    etag: String,
}

pub(in super::super) async fn complete_multipart_upload(
    call: Call<'_>,
    body: &mut RequestBody,
) -> Result<Reply, OssError> {
    let escaped = super::super::list::is_escaped(call.request)?;
    let callback = Callback::read(call)?;
    let acl = attributes::acl(call.request)?;
    let forbid_overwrite = attributes::forbid_overwrite(call.request)?;
    let body = body.collect(MAX_LIST).await?;
    // A client that asks a second time hears of that before anything else.
    call.with_bucket(|bucket| bucket.upload(call.key, id(call)).map(drop))?;
    let listed = listed(call, &body)?;
    let (bucket, key, id) = (call.bucket.to_owned(), call.key.to_owned(), id(call).to_owned());
    let now = call.now.unix();
    let plan = move |index: &Index| {
        let found = index.bucket(&bucket)?;
        let upload = found.upload(&key, &id)?;
        found.check_overwrite(&key, forbid_overwrite)?;
        let parts = chosen(upload, listed.as_deref())?;
        let mut version = joined(upload, &parts, now);
        version.id = found.new_version_id(now);
        if let Some(acl) = acl {
            version.attributes.acl = acl;
        }
        let version = Arc::new(version);
        let result = (Arc::clone(&version), found.is_versioned());
        let end = Change::EndUpload { bucket: bucket.clone(), key: key.clone(), id };
        Ok((vec![Change::Put { bucket, key, version }, end], result))
    };
    let (version, is_versioned) = call.state.store.change(plan).await?;
    let reply = Reply::xml("CompleteMultipartUploadResult", |xml| {
        named(xml, call, escaped);
        xml.text("Location", &location(call));
        xml.text("ETag", &version.etag.quoted());
    });
    let reply = reply
        .etag(&version.etag)
        .number(CRC64, version.crc64)
        .version(&version, is_versioned)
        .encryption(&version.attributes);
    match callback {
        Some(callback) => Box::pin(callback.perform(call, &version, reply)).await,
        None => Ok(reply),
    }
}

/// Where the object is, by the way the client came.
fn location(call: Call<'_>) -> String {
    let host = call.request.header("host").unwrap_or_default();
    let key = escape::path(call.key);
    if host.starts_with(&format!("{}.", call.bucket)) {
        format!("http://{host}/{key}")
    } else {
        format!("http://{host}/{}/{key}", call.bucket)
    }
}

/// The parts that the client lists, in ascending order; `None` for all there are.
fn listed(call: Call<'_>, body: &[u8]) -> Result<Option<Vec<Listed>>, OssError> {
    match call.request.header("x-oss-complete-all") {
        Some(text) if text.eq_ignore_ascii_case("yes") && body.is_empty() => return Ok(None),
        Some(text) if text.eq_ignore_ascii_case("yes") => {
            let message = "A request for all parts lists none.";
            return Err(OssError::invalid_argument("x-oss-complete-all", text, message));
        }
        Some(text) if !text.is_empty() => {
            let message = "The only value is yes.";
            return Err(OssError::invalid_argument("x-oss-complete-all", text, message));
        }
        _ => {}
    }
    let malformed = || OssError::malformed_xml("list of parts").ec("0042-00000205");
    let listed = parse(body).ok_or_else(malformed)?;
    if !listed.is_sorted_by(|before, after| before.number < after.number) {
        let message = "The list of parts was not in ascending order.";
        return Err(OssError::bad_request("InvalidPartOrder", message).ec("0042-00000209"));
    }
    Ok(Some(listed))
}

fn parse(body: &[u8]) -> Option<Vec<Listed>> {
    let document = Element::parse(body, "CompleteMultipartUpload")?;
    let parts = document.all("Part").map(|part| {
        let number = part.value("PartNumber")?.parse().ok()?;
        let etag = part.value("ETag")?.to_owned();
        (1..=MOST_PARTS).contains(&number).then_some(Listed { number, etag })
    });
    let parts: Vec<_> = parts.collect::<Option<_>>()?;
    (!parts.is_empty()).then_some(parts)
}

/// The parts that make up the object.
fn chosen<'a>(
    upload: &'a Upload,
    listed: Option<&[Listed]>,
) -> Result<Vec<(u32, &'a Part)>, OssError> {
    let invalid = |number: u32| {
        let message = "One or more of the specified parts could not be found or the specified ETag \
                       does not match.";
        OssError::bad_request("InvalidPart", message)
            .ec("0042-00000207")
            .with("PartNumber", number.to_string())
    };
    let parts = match listed {
        None => upload.parts.iter().map(|(number, part)| (*number, part)).collect(),
        Some(listed) => {
            let find = |listed: &Listed| match upload.parts.get(&listed.number) {
                Some(part) if part.etag.is(&listed.etag) => Ok((listed.number, part)),
                _ => Err(invalid(listed.number)),
            };
            listed.iter().map(find).collect::<Result<Vec<_>, _>>()?
        }
    };
    let Some((_, but_last)) = parts.split_last() else { return Err(invalid(1)) };
    if let Some((number, part)) = but_last.iter().find(|(_, part)| part.size < LEAST_PART) {
        let message = "Your proposed upload is smaller than the minimum allowed object size.";
        return Err(OssError::bad_request("EntityTooSmall", message)
            .ec("0042-00000213")
            .with("MinSizeAllowed", LEAST_PART.to_string())
            .with("ProposedSize", part.size.to_string())
            .with("PartNumber", number.to_string()));
    }
    Ok(parts)
}

fn joined(upload: &Upload, parts: &[(u32, &Part)], now: i64) -> Version {
    let join = |crc, (_, part): &(u32, &Part)| crc64::combine(crc, part.crc64, part.size);
    Version {
        kind: Kind::Multipart,
        size: parts.iter().map(|(_, part)| part.size).sum(),
        etag: Etag::of_parts(parts.iter().map(|(_, part)| part.etag)),
        crc64: parts.iter().fold(0, join),
        attributes: upload.attributes.clone(),
        content: parts.iter().filter_map(|(_, part)| part.content.clone()).collect(),
        ..Version::delete_marker(VersionId::NULL, now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(size: u64) -> Part {
        Part { modified: 0, size, etag: Etag::of_content([7; 16]), crc64: 0, content: None }
    }

    #[test]
    fn a_list_is_read_with_or_without_quotes() {
        let list = parse(
            b"<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>\"ab\"</ETag></Part>\
              <Part><ETag>cd</ETag><PartNumber> 3 </PartNumber></Part></CompleteMultipartUpload>",
        );
        let listed = |number, etag: &str| Listed { number, etag: etag.to_owned() };
        assert_eq!(list, Some(vec![listed(1, "\"ab\""), listed(3, "cd")]));
        for text in [
            "",
            "<CompleteMultipartUpload/>",
            "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber></Part></CompleteMultipartUpload>",
            "<CompleteMultipartUpload><Part><PartNumber>0</PartNumber><ETag>a</ETag></Part></CompleteMultipartUpload>",
        ] {
            assert_eq!(parse(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn only_the_last_part_may_be_small() {
        let etag = Etag::of_content([7; 16]).to_string().to_lowercase();
        let upload = |sizes: &[u64]| Upload {
            initiated: 0,
            attributes: Default::default(),
            parts: (1..).step_by(2).zip(sizes.iter().copied().map(part)).collect(),
        };
        let check = |sizes: &[u64], numbers: &[u32]| {
            let listed: Vec<_> =
                numbers.iter().map(|&number| Listed { number, etag: etag.clone() }).collect();
            let upload = upload(sizes);
            let chosen = chosen(&upload, Some(&listed)).map(|parts| parts.len());
            chosen.map_err(|error| error.code.into_owned())
        };
        assert_eq!(check(&[LEAST_PART, 1], &[1, 3]), Ok(2));
        assert_eq!(check(&[1, LEAST_PART], &[1, 3]), Err("EntityTooSmall".to_owned()));
        assert_eq!(check(&[1, LEAST_PART], &[1]), Ok(1));
        assert_eq!(check(&[1, LEAST_PART], &[2]), Err("InvalidPart".to_owned()));
        let upload = upload(&[]);
        assert!(chosen(&upload, None).is_err());
    }
}
