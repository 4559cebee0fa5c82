//! Request signing: pure functions of the request, the credentials and the time.
//!
//! [`v4`] is what OSS wants today; [`v1`] is closed to new accounts and buckets and kept for old ones.
//! Both sides of the wire use this module: the client signs with it, and the embedded server computes
//! what a request should have been signed with. The vectors in `tests/data` keep the one implementation
//! honest: they were produced by Alibaba's own SDKs.

pub mod v1;
pub mod v4;

mod canonical;
mod hash;
mod signed;

pub use signed::Signed;

/// What is signed of a request. Everything is decoded: nothing is escaped, and the bucket is named
/// whether it travels in the host or in the path.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The HTTP method, upper case.
    pub method: &'a str,
    /// The bucket, unless the request is for the service itself.
    pub bucket: Option<&'a str>,
    /// The object name, unless the request is for the bucket.
    pub key: Option<&'a str>,
    /// Query parameters; an empty value is a parameter without one.
    pub query: &'a [(&'a str, &'a str)],
    /// Headers as they are sent, names in any case. Those a scheme does not sign are ignored.
    pub headers: &'a [(&'a str, &'a str)],
}

/// The texts a signature passes through, for tests and for explaining a mismatch.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stages {
    /// The canonical request (V4 only).
    pub canonical_request: Option<String>,
    /// The string to sign.
    pub string_to_sign: String,
}
