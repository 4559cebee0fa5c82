//! Building requests, one file per OSS operation. Nothing here signs or sends.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Method};

mod delete_object;
mod get_object;
mod head_object;
mod presign;
mod put_object;

pub use delete_object::{DeleteObject, DeleteObjectRequest};
pub use get_object::{GetObject, GetObjectRequest, ObjectBody};
pub use head_object::HeadObjectRequest;
pub use presign::{PresignRequest, PresignedUrl};
pub use put_object::{PutObject, PutObjectRequest};

/// A future as the request builders return it.
pub(crate) type BoxFuture<T> = std::pin::Pin<Box<dyn Future<Output = crate::Result<T>> + Send>>;

/// Everything about a request but its signature.
#[derive(Debug)]
pub(crate) struct Unsigned {
    pub(crate) operation: &'static str,
    pub(crate) method: Method,
    pub(crate) key: String,
    pub(crate) query: Vec<(&'static str, String)>,
    /// Made of text, so each value is UTF-8.
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) body: Bytes,
    /// Whether doing it twice is the same as doing it once.
    pub(crate) idempotent: bool,
    /// The first thing that was asked for and cannot be.
    pub(crate) mistake: Option<String>,
}

impl Unsigned {
    pub(crate) fn new(operation: &'static str, method: Method, key: String) -> Self {
        let mistake = crate::check_key(&key).err().map(|error| error.to_string());
        Self {
            operation,
            method,
            key,
            query: Vec::new(),
            headers: Vec::with_capacity(4),
            body: Bytes::new(),
            idempotent: true,
            mistake,
        }
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
        self.headers.push((name, HeaderValue::from_static(value)));
    }

    pub(crate) fn refuse(&mut self, mistake: String) {
        self.mistake.get_or_insert(mistake);
    }

    pub(crate) fn has(&self, name: &HeaderName) -> bool {
        self.headers.iter().any(|(known, _)| known == name)
    }
}
