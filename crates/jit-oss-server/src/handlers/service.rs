//! Operations on the service: `ListBuckets`.

use jit_oss::Timestamp;

use super::Call;
use super::list::max_keys;
use crate::error::OssError;
use crate::reply::Reply;
use crate::store::version::Properties;
use crate::xml::Xml;

/// Who owns everything here.
const OWNER: &str = "1000000000000001";

pub(super) fn owner(xml: &mut Xml) {
    xml.element("Owner", |xml| {
        xml.text("ID", OWNER);
        xml.text("DisplayName", OWNER);
    });
}

/// What `ListBuckets` and `GetBucketInfo` both say of a bucket.
pub(super) fn bucket(xml: &mut Xml, region: &str, name: &str, properties: &Properties) {
    xml.text("CreationDate", &Timestamp::from_unix(properties.created).iso_extended());
    xml.text("ExtranetEndpoint", &format!("oss-{region}.aliyuncs.com"));
    xml.text("IntranetEndpoint", &format!("oss-{region}-internal.aliyuncs.com"));
    xml.text("Location", &format!("oss-{region}"));
    xml.text("Name", name);
    xml.text("Region", region);
    xml.text("StorageClass", properties.storage_class.name());
}

pub(super) fn list_buckets(call: Call<'_>) -> Result<Reply, OssError> {
    let query = |name| call.request.query(name).unwrap_or_default();
    let (prefix, marker) = (query("prefix"), query("marker"));
    let max_keys = max_keys(call.request)?;
    let mut buckets: Vec<_> = call.state.store.read(|index| {
        let found = index.buckets();
        let found = found.filter(|(n, _)| n.starts_with(prefix) && n.as_str() > marker);
        found.map(|(name, bucket)| (name.clone(), bucket.properties.clone())).collect()
    });
    let truncated = buckets.len() > max_keys;
    buckets.truncate(max_keys);
    Ok(Reply::xml("ListAllMyBucketsResult", |xml| {
        xml.text("Prefix", prefix);
        xml.text("Marker", marker);
        xml.value("MaxKeys", max_keys);
        xml.value("IsTruncated", truncated);
        if let Some((last, _)) = buckets.last().filter(|_| truncated) {
            xml.text("NextMarker", last);
        }
        owner(xml);
        xml.element("Buckets", |xml| {
            for (name, properties) in &buckets {
                xml.element("Bucket", |xml| bucket(xml, call.region(), name, properties));
            }
        });
    }))
}
