//! Signatures of version 1.

use jit_oss::Timestamp;
use jit_oss::sign::{self, v1};
use secrecy::ExposeSecret;
use subtle::ConstantTimeEq;

use super::time::{bad_date, check_expiry, check_skew, date_header};
use super::{Verifier, header_pairs, malformed, owned, pair, parse_digits, signable};
use crate::diagnose::{self, Signer};
use crate::error::OssError;
use crate::request::Request;

impl Verifier {
    pub(super) fn v1_header(
        &self,
        request: &Request,
        fields: &str,
        now: Timestamp,
    ) -> Result<(), OssError> {
        let (id, signature) = fields
            .trim()
            .split_once(':')
            .ok_or_else(|| malformed("The Authorization header is not `OSS id:signature`."))?;
        self.check_identity(id, request.header("x-oss-security-token"))?;
        let (date, time) = match request.header("x-oss-date") {
            Some(date) => (date, Timestamp::parse_http_date(date)),
            None => (request.header("date").unwrap_or_default(), Some(date_header(request)?)),
        };
        check_skew(time.ok_or_else(|| bad_date("x-oss-date"))?, date, now)?;
        self.check_v1(request, date, signature)
    }

    pub(super) fn v1_query(&self, request: &Request, now: Timestamp) -> Result<(), OssError> {
        let parameter = |name: &'static str| {
            request.query(name).filter(|value| !value.is_empty()).ok_or_else(|| {
                malformed(format!("The query parameter {name} of a signed URL is missing."))
            })
        };
        let token = request.query("security-token");
        self.check_identity(
            parameter("OSSAccessKeyId")?,
            token.or_else(|| request.header("x-oss-security-token")),
        )?;
        let (expires, signature) = (parameter("Expires")?, parameter("Signature")?);
        let until = parse_digits(expires).and_then(|until| i64::try_from(until).ok());
        let Some(until) = until else {
            let message = "Expires is not a number of seconds since 1970.";
            return Err(OssError::invalid_argument("Expires", expires, message));
        };
        check_expiry(Timestamp::from_unix(until), now)?;
        self.check_v1(request, expires, signature)
    }

    fn check_v1(&self, request: &Request, date: &str, provided: &str) -> Result<(), OssError> {
        let (query, headers) =
            (request.query.iter().map(pair).collect::<Vec<_>>(), header_pairs(request, |_| true));
        let secret = self.credentials.access_key_secret().expose_secret();
        let text_of = |request: &sign::Request<'_>| v1::string_to_sign(request, date);
        let text = text_of(&signable(request, &query, &headers));
        let expected = v1::signature(secret, &text);
        if expected.as_bytes().ct_eq(provided.as_bytes()).into() {
            return Ok(());
        }
        let signer = Signer { text_of: &text_of, sign: &|text| v1::signature(secret, text) };
        let why = diagnose::explain(&owned(request, &query, &headers), signer, provided);
        Err(self.mismatch(request, &text, provided, &why))
    }
}
