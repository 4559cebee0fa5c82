//! `PutSymlink` and `GetSymlink`: an object that stands for another one.

use http::{HeaderMap, HeaderName, Method, Response};

use super::headers::headers;
use super::{Unsigned, awaited};
use crate::error::failure::Failure;
use crate::receipt::receipted;
use crate::{Body, Bucket, Receipt, Result, escape, response};

const TARGET: HeaderName = HeaderName::from_static("x-oss-symlink-target");

/// A `PutSymlink` request; `.await` sends it. Whether the target exists shows when the link is read.
#[derive(Debug)]
#[must_use = "a request does nothing until it is awaited"]
pub struct PutSymlinkRequest {
    bucket: Bucket,
    request: Unsigned,
}

/// What `PutSymlink` answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct PutSymlink {
    /// The version that was written, in a bucket with versioning.
    pub version_id: Option<String>,
    /// How it came about.
    pub receipt: Receipt,
}

/// A `GetSymlink` request; `.await` sends it.
#[derive(Debug)]
#[must_use = "a request does nothing until it is awaited"]
pub struct GetSymlinkRequest {
    bucket: Bucket,
    request: Unsigned,
}

/// What `GetSymlink` answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct GetSymlink {
    /// The name of the object that the link stands for.
    pub target: String,
    /// The link's entity tag, without quotes.
    pub etag: Option<String>,
    /// The link's version, in a bucket with versioning.
    pub version_id: Option<String>,
    /// How it came about.
    pub receipt: Receipt,
}

receipted!(PutSymlink, GetSymlink);
awaited!(PutSymlinkRequest => PutSymlink, GetSymlinkRequest => GetSymlink);
headers! {
    PutSymlinkRequest: content, acl, forbid_overwrite;
    GetSymlinkRequest: version;
}

impl PutSymlinkRequest {
    pub(crate) fn new(bucket: Bucket, key: String, target: &str) -> Self {
        let mut request = Unsigned::new("PutSymlink", Method::PUT, key).sub_resource("symlink");
        if let Err(error) = crate::check_key(target) {
            request.refuse(format!("the target: {error}"));
        }
        request.set(TARGET, &escape::path(target));
        Self { bucket, request }
    }

    async fn send(self) -> Result<PutSymlink> {
        let read = |headers: &HeaderMap, _: &[u8]| {
            let version_id = response::version_id(headers);
            Ok(PutSymlink { version_id, receipt: Receipt::default() })
        };
        self.bucket.place().run_document(self.request, read).await
    }
}

impl GetSymlinkRequest {
    pub(crate) fn new(bucket: Bucket, key: String) -> Self {
        let request = Unsigned::new("GetSymlink", Method::GET, key).sub_resource("symlink");
        Self { bucket, request }
    }

    async fn send(self) -> Result<GetSymlink> {
        let read = |answer, _| std::future::ready(read(&answer));
        self.bucket.place().run(&self.request, read).await
    }
}

fn read(answer: &Response<Body>) -> std::result::Result<GetSymlink, Failure> {
    let headers = answer.headers();
    let target = response::text(headers, TARGET.as_str());
    let target = target.and_then(|text| escape::decode_path(&text));
    Ok(GetSymlink {
        target: target
            .ok_or_else(|| Failure::Protocol("the answer names no readable target".to_owned()))?,
        etag: response::etag(headers),
        version_id: response::version_id(headers),
        receipt: Receipt::default(),
    })
}
