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
pub(super) fn bucket(xml: &mut Xml, call: Call<'_>, name: &str, properties: &Properties) {
    let region = call.region();
    let [extranet, intranet] = endpoints(call);
    xml.text("CreationDate", &Timestamp::from_unix(properties.created).iso_extended());
    xml.text("ExtranetEndpoint", &extranet);
    xml.text("IntranetEndpoint", &intranet);
    xml.text("Location", &format!("oss-{region}"));
    xml.text("Name", name);
    xml.text("Region", region);
    xml.text("StorageClass", properties.storage_class.name());
}

/// Where clients find the bucket: the way this one came, or by the names of the service.
fn endpoints(call: Call<'_>) -> [String; 2] {
    let host = call.request.header("host").unwrap_or_default();
    let own = host.strip_prefix(call.bucket).and_then(|rest| rest.strip_prefix('.'));
    let host = own.filter(|_| !call.bucket.is_empty()).unwrap_or(host);
    if host.ends_with(".aliyuncs.com") {
        let region = call.region();
        return ["", "-internal"].map(|kind| format!("oss-{region}{kind}.aliyuncs.com"));
    }
    [host.to_owned(), host.to_owned()]
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
                xml.element("Bucket", |xml| bucket(xml, call, name, properties));
            }
        });
    }))
}
