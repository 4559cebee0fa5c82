//! `ListBuckets`: the buckets of the account, in every region.

use http::{HeaderMap, Method};

use crate::client::Place;
use crate::error::failure::Failure;
use crate::request::Unsigned;
use crate::request::listing::{Listing, Page, listed};
use crate::xml::Node;
use crate::{Client, Result, Timestamp, xml};

/// A `ListBuckets` request; [`buckets`](Self::buckets) sends it, as often as there are pages.
#[derive(Debug)]
#[must_use = "a request does nothing until it is sent"]
pub struct ListBucketsRequest {
    client: Client,
    request: Unsigned,
}

/// What a list says of a bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListedBucket {
    /// Its name.
    pub name: String,
    /// Where it is, `oss-cn-hangzhou`.
    pub location: Option<String>,
    /// Its region as it is signed, `cn-hangzhou`.
    pub region: Option<String>,
    /// When it was created.
    pub creation_date: Option<Timestamp>,
    /// The host that is reached from everywhere.
    pub extranet_endpoint: Option<String>,
    /// The host that is reached inside the region.
    pub intranet_endpoint: Option<String>,
    /// The storage class of objects that name none.
    pub storage_class: Option<String>,
}

listed! {
    ListBucketsRequest: "max-keys";
}

impl ListBucketsRequest {
    pub(crate) fn new(client: Client) -> Self {
        Self { client, request: Unsigned::without_key("ListBuckets", Method::GET) }
    }

    /// Lists only names that begin so.
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.request.query("prefix", prefix);
        self
    }

    /// Begins after this name.
    pub fn start_after(mut self, name: impl Into<String>) -> Self {
        self.request.query("marker", name);
        self
    }

    /// The buckets, by name.
    ///
    /// # Errors
    ///
    /// `InvalidInput` when the endpoint has no name that a request can carry.
    pub fn buckets(self) -> Result<Listing<ListedBucket>> {
        let place = Place::new(self.client, None)?;
        Ok(Listing::new(place, self.request, read))
    }
}

fn read(_: &HeaderMap, body: &[u8]) -> std::result::Result<Page<ListedBucket>, Failure> {
    let root = xml::document(body, "ListAllMyBucketsResult")?;
    let buckets = root.child("Buckets").into_iter().flat_map(|buckets| buckets.all("Bucket"));
    let items = buckets.map(bucket).collect::<std::result::Result<_, _>>()?;
    Page::read(&root, items, || Ok(vec![("marker", root.required("NextMarker")?)]))
}

fn bucket(node: &Node) -> std::result::Result<ListedBucket, Failure> {
    Ok(ListedBucket {
        name: node.required("Name")?,
        location: node.owned("Location"),
        region: node.owned("Region"),
        creation_date: node.time("CreationDate"),
        extranet_endpoint: node.owned("ExtranetEndpoint"),
        intranet_endpoint: node.owned("IntranetEndpoint"),
        storage_class: node.owned("StorageClass"),
    })
}
