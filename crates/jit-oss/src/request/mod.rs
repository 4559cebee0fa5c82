//! Building requests, one file per OSS operation. Nothing here signs or sends.

use http::header::CONTENT_TYPE;
use http::{HeaderName, HeaderValue, Method};

use crate::error::failure::Failure;
use crate::retry::Again;
use crate::transfer::PartMeter;
use crate::{ObjectMetadata, Payload, Receipt};

mod append_object;
mod bucket;
mod copy_object;
mod copy_source;
mod delete_object;
mod delete_objects;
mod get_object;
mod head_object;
pub(crate) mod headers;
mod list_object_versions;
mod list_objects;
mod listing;
mod multipart;
mod object_acl;
mod part_file;
mod presign;
mod put_object;
mod restore_object;
mod symlink;
mod tagging;
mod values;

pub use append_object::{AppendObject, AppendObjectRequest};
pub use bucket::{
    DataRedundancy, DeleteBucket, DeleteBucketRequest, GetBucketAcl, GetBucketAclRequest,
    GetBucketInfo, GetBucketInfoRequest, GetBucketLocation, GetBucketLocationRequest,
    GetBucketStat, GetBucketStatRequest, GetBucketVersioning, GetBucketVersioningRequest,
    ListBucketsRequest, ListedBucket, PutBucket, PutBucketAcl, PutBucketAclRequest,
    PutBucketRequest, PutBucketVersioning, PutBucketVersioningRequest, Versioning,
};
pub use copy_object::{CopyObject, CopyObjectRequest};
pub use delete_object::{DeleteObject, DeleteObjectRequest};
pub use delete_objects::{DeleteObjects, DeleteObjectsRequest, DeletedObject, Deletion, ObjectId};
pub use get_object::{GetObject, GetObjectRequest, ObjectBody, WholeObject};
pub use head_object::HeadObjectRequest;
pub use list_object_versions::{ListObjectVersionsRequest, VersionEntry};
pub use list_objects::{ListEntry, ListObjectsRequest, ListedObject, Owner};
pub use listing::{Listing, Page};
pub use multipart::{
    AbortMultipartUpload, AbortMultipartUploadRequest, CompleteMultipartUpload,
    CompleteMultipartUploadRequest, CompletedPart, InitiateMultipartUpload,
    InitiateMultipartUploadRequest, ListMultipartUploadsRequest, ListPartsRequest, ListedPart,
    ListedUpload, MAX_PARTS, MIN_PART_SIZE, UploadEntry, UploadPart, UploadPartCopy,
    UploadPartCopyRequest, UploadPartRequest,
};
pub use object_acl::{GetObjectAcl, GetObjectAclRequest, PutObjectAcl, PutObjectAclRequest};
pub use presign::{PresignRequest, PresignedUrl};
pub use put_object::{PutObject, PutObjectRequest};
pub use restore_object::{
    CleanRestoredObject, CleanRestoredObjectRequest, RestoreObject, RestoreObjectRequest,
    RestoreSpeed,
};
pub use symlink::{GetSymlink, GetSymlinkRequest, PutSymlink, PutSymlinkRequest};
pub use tagging::{
    DeleteObjectTaggingRequest, GetObjectTaggingRequest, ObjectTagging, PutObjectTaggingRequest,
};
pub use values::{BucketAcl, Callback, ObjectAcl, ServerSideEncryption, StorageClass};

/// A future as the request builders return it.
pub(crate) type BoxFuture<T> = std::pin::Pin<Box<dyn Future<Output = crate::Result<T>> + Send>>;

/// Everything about a request but its signature.
#[derive(Debug)]
pub(crate) struct Unsigned {
    pub(crate) operation: &'static str,
    pub(crate) method: Method,
    /// Empty when the request is for a bucket or the service.
    pub(crate) key: String,
    pub(crate) query: Vec<(&'static str, String)>,
    /// Made of text, so each value is UTF-8.
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Payload,
    /// Who counts what of the body is sent.
    pub(crate) meter: Option<PartMeter>,
    /// The longest body that OSS takes here.
    pub(crate) max_length: u64,
    pub(crate) answer: Answer,
    /// Whether doing it twice is the same as doing it once.
    pub(crate) idempotent: bool,
    /// How the object tells that it was done, where it does.
    pub(crate) settle: Option<Settle>,
    /// The code with which OSS refuses it when it was done before.
    pub(crate) done_code: Option<&'static str>,
    /// The first thing that was asked for and cannot be.
    pub(crate) mistake: Option<String>,
}

/// How an object tells that a write was done whose answer was lost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Settle {
    /// It is what was sent.
    Content,
    /// It is what it was, of this length and checksum, with what was sent at its end.
    Appended { length: u64, crc64: u64 },
    /// It is this, and the upload is no more.
    Parts { size: u64, crc64: u64 },
}

/// What a successful answer has in its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// An object's content, or nothing that matters: it is left unread.
    Content,
    /// A document, read whole before it is looked at.
    Document,
}

/// The most that one request may store: 5 GB, as OSS counts them.
pub(crate) const MAX_STORED: u64 = 5 << 30;

impl Unsigned {
    /// A request about an object.
    pub(crate) fn new(operation: &'static str, method: Method, key: String) -> Self {
        let mistake = crate::check_key(&key).err().map(|error| error.to_string());
        Self { key, mistake, ..Self::without_key(operation, method) }
    }

    /// The same request once more: for the next page of a list.
    fn next_page(&self) -> Self {
        Self {
            query: self.query.clone(),
            headers: self.headers.clone(),
            mistake: self.mistake.clone(),
            key: self.key.clone(),
            ..Self::without_key(self.operation, self.method.clone())
        }
    }

    /// A request about a bucket, or about the service.
    pub(crate) fn without_key(operation: &'static str, method: Method) -> Self {
        Self {
            operation,
            method,
            key: String::new(),
            query: Vec::new(),
            headers: Vec::new(),
            body: Payload::default(),
            meter: None,
            max_length: u64::MAX,
            answer: Answer::Content,
            idempotent: true,
            settle: None,
            done_code: None,
            mistake: None,
        }
    }

    /// The same request for a sub-resource: `?uploads`.
    pub(crate) fn sub_resource(mut self, name: &'static str) -> Self {
        self.query(name, String::new());
        self
    }

    /// Gives it content to store.
    pub(crate) fn storing(mut self, body: Payload) -> Self {
        self.max_length = MAX_STORED;
        if let Some(length) = body.known_length().filter(|length| *length > MAX_STORED) {
            let mistake = self.too_long(length);
            self.refuse(mistake);
        } else {
            self.body = body;
        }
        self
    }

    /// Gives it an XML document.
    pub(crate) fn document(&mut self, document: String) {
        self.set_static(CONTENT_TYPE, "application/xml");
        self.body = document.into();
    }

    pub(crate) fn too_long(&self, length: u64) -> String {
        let limit = self.max_length;
        format!("the object has {length} bytes; one request stores at most {limit} (5 GB)")
    }

    /// Whether it changes nothing.
    pub(crate) fn is_harmless(&self) -> bool {
        matches!(self.method, Method::GET | Method::HEAD)
    }

    /// What it comes to when it is sent once more.
    pub(crate) fn again(&self) -> Again {
        match self.settle {
            _ if self.idempotent => Again::Same,
            Some(Settle::Content | Settle::Appended { .. }) => Again::Look,
            Some(Settle::Parts { .. }) => Again::Refused,
            None => Again::Never,
        }
    }

    /// What is known when it is refused because it was done before: the refusal's own id.
    pub(crate) fn refused_as_done(&self, failure: &Failure) -> Option<ObjectMetadata> {
        let Failure::Service(service) = failure else { return None };
        (service.code.as_deref()? == self.done_code?).then(|| {
            let receipt = Receipt { request_id: service.request_id.clone(), ..Receipt::default() };
            ObjectMetadata { receipt, ..ObjectMetadata::default() }
        })
    }

    /// Sets a query parameter; the last value given counts.
    pub(crate) fn query(&mut self, name: &'static str, value: impl Into<String>) {
        self.query.retain(|(known, _)| *known != name);
        self.query.push((name, value.into()));
    }

    /// Sets a header; the last value given counts.
    pub(crate) fn set(&mut self, name: HeaderName, value: &str) {
        match HeaderValue::from_str(value) {
            Ok(value) => {
                self.headers.retain(|(known, _)| *known != name);
                self.headers.push((name, value));
            }
            Err(_) => self.refuse(format!("the value of `{name}` has a character no header has")),
        }
    }

    /// Sets a header to a value known to be right.
    pub(crate) fn set_static(&mut self, name: HeaderName, value: &'static str) {
        self.headers.retain(|(known, _)| *known != name);
        self.headers.push((name, HeaderValue::from_static(value)));
    }

    /// The headers, as they are signed.
    pub(crate) fn text_headers(&self) -> Vec<(&str, &str)> {
        // Values are made of text, so none is ever left out.
        let text = |value| std::str::from_utf8(value).ok();
        let headers = self.headers.iter();
        headers.filter_map(|(name, value)| Some((name.as_str(), text(value.as_bytes())?))).collect()
    }

    /// The query, as it is signed.
    pub(crate) fn text_query(&self) -> Vec<(&str, &str)> {
        self.query.iter().map(|(name, value)| (*name, value.as_str())).collect()
    }

    pub(crate) fn refuse(&mut self, mistake: String) {
        self.mistake.get_or_insert(mistake);
    }

    pub(crate) fn has(&self, name: &HeaderName) -> bool {
        self.headers.iter().any(|(known, _)| known == name)
    }
}

/// Makes awaiting a request builder send it.
macro_rules! awaited {
    ($($request:ty => $result:ty),+ $(,)?) => {$(
        impl IntoFuture for $request {
            type Output = crate::Result<$result>;
            type IntoFuture = crate::request::BoxFuture<$result>;

            fn into_future(self) -> Self::IntoFuture {
                Box::pin(self.send())
            }
        }
    )+};
}

pub(crate) use awaited;
