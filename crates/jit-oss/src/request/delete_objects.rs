//! `DeleteMultipleObjects`: removes many objects, and says of each whether it is gone.

use std::collections::HashMap;
use std::sync::Arc;

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use http::{HeaderMap, HeaderName, Method};
use md5::{Digest, Md5};

use super::{DeleteObjectRequest, Unsigned, awaited};
use crate::error::failure::Failure;
use crate::receipt::receipted;
use crate::{Bucket, Error, Receipt, Result, xml};

const CONTENT_MD5: HeaderName = HeaderName::from_static("content-md5");
/// The most that OSS takes in one request.
const BATCH: usize = 1000;

/// A `DeleteMultipleObjects` request; `.await` sends it, once for each 1000 objects.
#[derive(Debug)]
#[must_use = "a request does nothing until it is awaited"]
pub struct DeleteObjectsRequest {
    bucket: Bucket,
    objects: Vec<ObjectId>,
}

/// An object by its name, or one version of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ObjectId {
    /// The name.
    pub key: String,
    /// The version; the latest when none is named.
    pub version_id: Option<String>,
}

impl ObjectId {
    /// A version of an object.
    #[must_use]
    pub fn version(key: impl Into<String>, version_id: impl Into<String>) -> Self {
        Self { key: key.into(), version_id: Some(version_id.into()) }
    }
}

impl<K: Into<String>> From<K> for ObjectId {
    fn from(key: K) -> Self {
        Self { key: key.into(), version_id: None }
    }
}

/// What became of each object.
#[derive(Debug)]
#[non_exhaustive]
#[must_use = "some objects may not have been deleted: look at each"]
pub struct DeleteObjects {
    /// One for each object that was named, in the same order.
    pub objects: Vec<DeletedObject>,
}

/// What became of one object.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct DeletedObject {
    /// Which object.
    pub object: ObjectId,
    /// That it is gone, whether or not it was there; or why it may be there still. An error that
    /// concerns a whole request is shared by its objects.
    pub outcome: std::result::Result<Deletion, Arc<Error>>,
}

/// How an object was deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Deletion {
    /// Whether what was written, or removed when a version was named, is a delete marker.
    pub delete_marker: bool,
    /// The delete marker's version.
    pub delete_marker_version_id: Option<String>,
    /// How it came about.
    pub receipt: Receipt,
}

impl DeleteObjects {
    /// Those that may be there still.
    pub fn failed(&self) -> impl Iterator<Item = &DeletedObject> {
        self.objects.iter().filter(|object| object.outcome.is_err())
    }

    /// The first error, when there is any.
    ///
    /// # Errors
    ///
    /// That of the first object that may be there still.
    pub fn all_deleted(self) -> std::result::Result<Vec<ObjectId>, Arc<Error>> {
        self.objects
            .into_iter()
            .map(|DeletedObject { object, outcome }| outcome.map(|_| object))
            .collect()
    }
}

awaited!(DeleteObjectsRequest => DeleteObjects);

impl DeleteObjectsRequest {
    pub(crate) fn new(bucket: Bucket, objects: Vec<ObjectId>) -> Self {
        Self { bucket, objects }
    }

    /// # Errors
    ///
    /// Only while nothing was deleted: once anything was, what fails is told of each object.
    async fn send(self) -> Result<DeleteObjects> {
        for object in &self.objects {
            if let Err(error) = crate::check_key(&object.key) {
                let subject = self.bucket.place().subject(OPERATION, &object.key);
                return Err(Error::new(subject, Failure::Input(error.to_string())));
            }
        }
        let (plain, odd): (Vec<_>, Vec<_>) =
            self.objects.iter().enumerate().partition(|(_, object)| has_a_place_in_xml(object));
        let mut outcomes: Vec<Option<_>> = self.objects.iter().map(|_| None).collect();
        let mut any = false;
        for batch in plain.chunks(BATCH) {
            let told = match self.send_batch(batch).await {
                Err(error) if !any => return Err(error),
                told => told.map_err(Arc::new),
            };
            any = true;
            for (index, object) in batch {
                outcomes[*index] = Some(match &told {
                    Err(error) => Err(Arc::clone(error)),
                    Ok(told) => self.outcome(object, told),
                });
            }
        }
        for (index, object) in odd {
            let mut request = DeleteObjectRequest::new(self.bucket.clone(), object.key.clone());
            if let Some(version) = &object.version_id {
                request = request.version(version);
            }
            let deleted = request.await;
            let deleted = match deleted {
                Err(error) if !any => return Err(error),
                deleted => deleted.map_err(Arc::new),
            };
            any = true;
            outcomes[index] = Some(deleted.map(|deleted| Deletion {
                delete_marker: deleted.delete_marker,
                delete_marker_version_id: deleted.version_id.filter(|_| deleted.delete_marker),
                receipt: deleted.receipt,
            }));
        }
        let objects = self.objects.into_iter().zip(outcomes).filter_map(|(object, outcome)| {
            // Every object is in one of the two groups.
            Some(DeletedObject { object, outcome: outcome? })
        });
        Ok(DeleteObjects { objects: objects.collect() })
    }

    async fn send_batch(&self, batch: &[(usize, &ObjectId)]) -> Result<Told> {
        let document = xml::Writer::document("Delete", |writer| {
            writer.text("Quiet", "false");
            for (_, object) in batch {
                writer.element("Object", |writer| {
                    writer.text("Key", &object.key);
                    if let Some(version) = &object.version_id {
                        writer.text("VersionId", version);
                    }
                });
            }
        });
        let mut request = Unsigned::without_key(OPERATION, Method::POST).sub_resource("delete");
        request.query("encoding-type", "url");
        request.set(CONTENT_MD5, &BASE64.encode(Md5::digest(&document)));
        request.document(document);
        self.bucket.place().run_document(request, read).await
    }

    fn outcome(&self, object: &ObjectId, told: &Told) -> std::result::Result<Deletion, Arc<Error>> {
        match told.deleted.get(object) {
            Some(deletion) => Ok(Deletion { receipt: told.receipt.clone(), ..deletion.clone() }),
            None => {
                let subject = self.bucket.place().subject(OPERATION, &object.key);
                let message = "OSS does not say that it deleted the object".to_owned();
                Err(Arc::new(Error::new(subject, Failure::NotDone(message))))
            }
        }
    }
}

const OPERATION: &str = "DeleteMultipleObjects";

/// Whether every character of the name can be written in XML. Those few that cannot are deleted one
/// at a time. Control characters are written as references, as Alibaba's own clients do.
fn has_a_place_in_xml(object: &ObjectId) -> bool {
    !object.key.contains(['\0', '\u{fffe}', '\u{ffff}'])
}

/// What an answer says of the objects that are gone.
#[derive(Debug, Default)]
struct Told {
    deleted: HashMap<ObjectId, Deletion>,
    receipt: Receipt,
}

receipted!(Told);

fn read(_: &HeaderMap, body: &[u8]) -> std::result::Result<Told, Failure> {
    let root = xml::document(body, "DeleteResult")?;
    let names = root.names();
    let mut deleted = HashMap::new();
    for node in root.all("Deleted") {
        let key = names.required(node, "Key")?;
        let deletion = Deletion {
            delete_marker: node.is_true("DeleteMarker"),
            delete_marker_version_id: node.owned("DeleteMarkerVersionId"),
            receipt: Receipt::default(),
        };
        deleted.insert(ObjectId { key, version_id: node.owned("VersionId") }, deletion);
    }
    Ok(Told { deleted, receipt: Receipt::default() })
}
