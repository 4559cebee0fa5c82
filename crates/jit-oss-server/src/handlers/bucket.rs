//! Operations on a bucket as a whole.

use http::{StatusCode, header};

use super::{Call, acl, attributes, service};
use crate::body::RequestBody;
use crate::document::Element;
use crate::error::OssError;
use crate::reply::Reply;
use crate::store::index::{Bucket, Change, Index};
use crate::store::version::{Acl, Properties, StorageClass, Versioning};
use crate::xml::Xml;

/// The most buckets of an account.
const MOST_BUCKETS: usize = 100;
const MAX_DOCUMENT: u64 = 64 << 10;

pub(super) async fn put_bucket(call: Call<'_>, body: &mut RequestBody) -> Result<Reply, OssError> {
    let acl = acl::bucket_acl(call.request)?;
    let body = body.collect(MAX_DOCUMENT).await?;
    let (class, redundancy) = configuration(&body)?;
    let encryption = encryption_document(&attributes::encryption(call.request)?);
    let document = encryption.map(|document| ("encryption".to_owned(), document));
    let (name, created) = (call.bucket.to_owned(), call.now.unix());
    let plan = move |index: &Index| {
        let properties = match index.bucket(&name) {
            Ok(bucket) => changed(&name, &bucket.properties, acl, class, redundancy.as_deref())?,
            Err(_) if index.buckets().count() >= MOST_BUCKETS => {
                let message = format!("An account has at most {MOST_BUCKETS} buckets.");
                return Err(OssError::bad_request("TooManyBuckets", message));
            }
            Err(_) => Properties {
                created,
                storage_class: class.unwrap_or_default(),
                redundancy: redundancy.unwrap_or_else(|| "LRS".to_owned()),
                acl: acl.unwrap_or(Acl::Private),
                documents: document.into_iter().collect(),
                ..Properties::default()
            },
        };
        Ok((vec![Change::Bucket { name, properties }], ()))
    };
    call.state.store.change(plan).await?;
    Ok(Reply::empty(StatusCode::OK).with(header::LOCATION, &format!("/{}", call.bucket)))
}

/// One's own bucket, made again: only the access control may be another.
fn changed(
    name: &str,
    old: &Properties,
    acl: Option<Acl>,
    class: Option<StorageClass>,
    redundancy: Option<&str>,
) -> Result<Properties, OssError> {
    let same_class = class.is_none_or(|class| class == old.storage_class);
    if !same_class || redundancy.is_some_and(|redundancy| redundancy != old.redundancy) {
        let message = "The bucket exists, with another storage class or redundancy.";
        return Err(OssError::new(StatusCode::CONFLICT, "BucketAlreadyExists", message)
            .ec("0015-00000104")
            .with("BucketName", name));
    }
    Ok(Properties { acl: acl.unwrap_or(old.acl), ..old.clone() })
}

fn configuration(body: &[u8]) -> Result<(Option<StorageClass>, Option<String>), OssError> {
    if body.is_empty() {
        return Ok((None, None));
    }
    let document = Element::parse(body, "CreateBucketConfiguration")
        .ok_or_else(|| OssError::malformed_xml("configuration of a bucket"))?;
    let invalid = |name: &str, text: &str| {
        OssError::invalid_argument(name, text, format!("The {name} is not known."))
    };
    let class = document.value("StorageClass").filter(|text| !text.is_empty());
    let class =
        class.map(|text| StorageClass::parse(text).ok_or_else(|| invalid("StorageClass", text)));
    let redundancy = document.value("DataRedundancyType").filter(|text| !text.is_empty());
    if let Some(text) = redundancy.filter(|text| !["LRS", "ZRS"].contains(text)) {
        return Err(invalid("DataRedundancyType", text));
    }
    Ok((class.transpose()?, redundancy.map(str::to_owned)))
}

pub(super) async fn delete_bucket(call: Call<'_>) -> Result<Reply, OssError> {
    let name = call.bucket.to_owned();
    let plan = move |index: &Index| {
        let bucket = index.bucket(&name)?;
        if !bucket.objects.is_empty() || !bucket.uploads.is_empty() {
            let message = "The bucket you tried to delete is not empty.";
            return Err(OssError::new(StatusCode::CONFLICT, "BucketNotEmpty", message)
                .ec("0015-00000301")
                .with("BucketName", name));
        }
        Ok((vec![Change::DeleteBucket { name }], ()))
    };
    call.state.store.change(plan).await?;
    Ok(Reply::empty(StatusCode::NO_CONTENT))
}

pub(super) fn get_bucket_info(call: Call<'_>) -> Result<Reply, OssError> {
    let properties = call.with_bucket(|bucket| Ok(bucket.properties.clone()))?;
    Ok(Reply::xml("BucketInfo", |xml| {
        xml.element("Bucket", |xml| {
            service::bucket(xml, call, call.bucket, &properties);
            xml.text("DataRedundancyType", &properties.redundancy);
            if properties.versioning != Versioning::Never {
                xml.text("Versioning", properties.versioning.name());
            }
            service::owner(xml);
            xml.element("AccessControlList", |xml| xml.text("Grant", properties.acl.name()));
            xml.text("Comment", "");
            xml.element("ServerSideEncryptionRule", |xml| {
                let document = properties.documents.get("encryption");
                let rule = document.and_then(|document| encryption(document)).unwrap_or_default();
                xml.text("SSEAlgorithm", rule.value("SSEAlgorithm").unwrap_or("None"));
                for name in ["KMSMasterKeyID", "KMSDataEncryption"] {
                    if let Some(value) = rule.value(name) {
                        xml.text(name, value);
                    }
                }
            });
        });
    }))
}

/// The rule of an encryption document.
fn encryption(document: &str) -> Option<Element> {
    let document = Element::parse(document.as_bytes(), "ServerSideEncryptionRule")?;
    document.child("ApplyServerSideEncryptionByDefault").cloned()
}

/// The encryption document that headers of a new bucket stand for.
fn encryption_document(headers: &[(String, String)]) -> Option<String> {
    let header = |name: &str| headers.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
    let algorithm = header("x-oss-server-side-encryption")?;
    let mut xml = Xml::document();
    xml.element("ServerSideEncryptionRule", |xml| {
        xml.element("ApplyServerSideEncryptionByDefault", |xml| {
            xml.text("SSEAlgorithm", algorithm);
            if let Some(id) = header("x-oss-server-side-encryption-key-id") {
                xml.text("KMSMasterKeyID", id);
            }
            if let Some(data) = header("x-oss-server-side-data-encryption") {
                xml.text("KMSDataEncryption", data);
            }
        });
    });
    Some(xml.finish())
}

pub(super) fn get_bucket_location(call: Call<'_>) -> Result<Reply, OssError> {
    call.with_bucket(|_| Ok(()))?;
    let location = format!("oss-{}", call.region());
    Ok(Reply::xml("LocationConstraint", |xml| xml.characters(&location)))
}

pub(super) fn get_bucket_stat(call: Call<'_>) -> Result<Reply, OssError> {
    let (stat, uploads) = call.with_bucket(|bucket| Ok((bucket.stat, bucket.uploads.len())))?;
    Ok(Reply::xml("BucketStat", |xml| {
        xml.value("Storage", stat.classes.iter().map(|class| class.size).sum::<u64>());
        xml.value("ObjectCount", stat.current);
        xml.value("MultipartUploadCount", uploads);
        xml.value("MultipartPartCount", stat.parts);
        xml.value("DeleteMarkerCount", stat.markers);
        xml.value("LiveChannelCount", 0);
        xml.value("LastModifiedTime", call.now.unix());
        let names = ["Standard", "InfrequentAccess", "Archive", "ColdArchive", "DeepColdArchive"];
        for (name, class) in names.iter().zip(stat.classes) {
            xml.value(&format!("{name}Storage"), class.size);
            if *name != "Standard" {
                xml.value(&format!("{name}RealStorage"), class.size);
            }
            xml.value(&format!("{name}ObjectCount"), class.objects);
        }
    }))
}

pub(super) fn list_live_channel(call: Call<'_>) -> Result<Reply, OssError> {
    call.with_bucket(|_| Ok(()))?;
    Ok(Reply::xml("ListLiveChannelResult", |xml| {
        xml.text("Prefix", call.request.query("prefix").unwrap_or_default());
        xml.text("Marker", call.request.query("marker").unwrap_or_default());
        xml.value("MaxKeys", 100);
        xml.value("IsTruncated", false);
        xml.text("NextMarker", "");
    }))
}

pub(super) async fn put_bucket_versioning(
    call: Call<'_>,
    body: &mut RequestBody,
) -> Result<Reply, OssError> {
    let body = body.collect(MAX_DOCUMENT).await?;
    let document = Element::parse(&body, "VersioningConfiguration");
    let status = document.as_ref().and_then(|document| document.value("Status"));
    let status = status.and_then(Versioning::parse).filter(|status| *status != Versioning::Never);
    let versioning =
        status.ok_or_else(|| OssError::malformed_xml("configuration of versioning"))?;
    let name = call.bucket.to_owned();
    let plan = move |bucket: &Bucket, changes: &mut Vec<Change>| {
        let properties = Properties { versioning, ..bucket.properties.clone() };
        changes.push(Change::Bucket { name, properties });
    };
    call.change_bucket(plan).await?;
    Ok(Reply::empty(StatusCode::OK))
}

pub(super) fn get_bucket_versioning(call: Call<'_>) -> Result<Reply, OssError> {
    let versioning = call.with_bucket(|bucket| Ok(bucket.properties.versioning))?;
    Ok(Reply::xml("VersioningConfiguration", |xml| {
        if versioning != Versioning::Never {
            xml.text("Status", versioning.name());
        }
    }))
}
