//! Signatures of version 4.

use std::borrow::Cow;
use std::sync::{Arc, PoisonError};

use jit_oss::Timestamp;
use jit_oss::sign;
use jit_oss::sign::v4::{self, ALGORITHM, MAX_EXPIRES, Scope, SigningKey, UNSIGNED_PAYLOAD};
use secrecy::ExposeSecret;
use subtle::ConstantTimeEq;

use super::time::{MAX_SKEW, bad_date, check_expiry, check_skew, date_header, too_skewed};
use super::{
    Known, Verifier, header_pairs, malformed, mask_token, owned, pair, parse_digits, signable,
};
use crate::diagnose::{self, Signer};
use crate::error::OssError;
use crate::request::Request;

const PRODUCT: &str = "oss";

impl Verifier {
    pub(super) fn v4_header(
        &self,
        request: &Request,
        fields: &str,
        now: Timestamp,
    ) -> Result<(), OssError> {
        let fields = Fields::parse(fields)?;
        let credential = self.credential(fields.credential)?;
        self.check_identity(&credential.id, request.header("x-oss-security-token"))?;
        let (time, date_time) = match request.header("x-oss-date") {
            Some(text) => {
                let time = Timestamp::parse_iso_basic(text);
                (time.ok_or_else(|| bad_date("x-oss-date"))?, Cow::Borrowed(text))
            }
            None => {
                let time = date_header(request)?;
                (time, Cow::Owned(time.iso_basic()))
            }
        };
        self.check_scope(&credential.scope(), &date_time, true)?;
        check_skew(time, &date_time, now)?;
        let payload = request.header("x-oss-content-sha256").unwrap_or(UNSIGNED_PAYLOAD);
        let query: Vec<_> = request.query.iter().map(pair).collect();
        let additional = fields.additional.unwrap_or_default();
        let signed = V4 { credential, date_time: &date_time, additional: &additional, payload };
        self.check_v4(request, &query, signed, fields.signature)
    }

    pub(super) fn v4_query(&self, request: &Request, now: Timestamp) -> Result<(), OssError> {
        let parameter = |name: &'static str| {
            request.query(name).filter(|value| !value.is_empty()).ok_or_else(|| {
                malformed(format!("The query parameter {name} of a signed URL is missing."))
            })
        };
        if parameter("x-oss-signature-version")? != ALGORITHM {
            return Err(malformed("The x-oss-signature-version of the URL is not known."));
        }
        let credential = self.credential(parameter("x-oss-credential")?)?;
        let date_time = parameter("x-oss-date")?;
        let signature = parameter("x-oss-signature")?;
        let expires = parameter("x-oss-expires")?;
        let token = request.query("x-oss-security-token");
        let token = token.or_else(|| request.header("x-oss-security-token"));
        self.check_identity(&credential.id, token)?;
        let time = Timestamp::parse_iso_basic(date_time).ok_or_else(|| bad_date("x-oss-date"))?;
        self.check_scope(&credential.scope(), date_time, false)?;
        let lasts = parse_digits(expires).filter(|lasts| (1..=MAX_EXPIRES).contains(lasts));
        let Some(lasts) = lasts else {
            let message = format!("x-oss-expires is not a number from 1 to {MAX_EXPIRES}.");
            return Err(
                OssError::invalid_argument("x-oss-expires", expires, message).ec("0002-00000232")
            );
        };
        if time.unix() - now.unix() > MAX_SKEW {
            return Err(too_skewed(date_time, now));
        }
        check_expiry(time.plus(i64::try_from(lasts).unwrap_or(i64::MAX)), now)?;
        let additional = match request.query("x-oss-additional-headers") {
            Some(names) => additional_names(names)?,
            None => String::new(),
        };
        let query: Vec<_> =
            request.query.iter().map(pair).filter(|(name, _)| *name != "x-oss-signature").collect();
        let payload = request.header("x-oss-content-sha256").unwrap_or(UNSIGNED_PAYLOAD);
        let signed = V4 { credential, date_time, additional: &additional, payload };
        self.check_v4(request, &query, signed, signature)
    }

    pub(super) fn check_scope(
        &self,
        scope: &Scope<'_>,
        date_time: &str,
        is_header: bool,
    ) -> Result<(), OssError> {
        let refuse = |what: &str, signed: &str, expected: &str| {
            let message = match is_header {
                true => format!("Invalid signing {what} in Authorization header."),
                false => format!("The signing {what} in credential is invalid."),
            };
            Err(OssError::bad_request("InvalidArgument", message)
                .ec("0002-00000203")
                .with("Signed", signed)
                .with("Expected", expected)
                .diagnosis(format!(
                    "likely cause: a wrong {what}; the signature is for {signed}, and this is {expected}"
                )))
        };
        if scope.region != self.region {
            return refuse("region", scope.region, &self.region);
        }
        if scope.product != PRODUCT {
            return refuse("product", scope.product, PRODUCT);
        }
        if !date_time.starts_with(scope.date) || scope.date.len() != 8 {
            return refuse("date", scope.date, date_time);
        }
        Ok(())
    }

    fn check_v4(
        &self,
        request: &Request,
        query: &[(&str, &str)],
        signed: V4<'_>,
        provided: &str,
    ) -> Result<(), OssError> {
        let V4 { credential, date_time, additional, payload } = signed;
        let (key, scope) = (&credential.key, credential.scope());
        let headers = header_pairs(request, |name| v4::is_signed(name, additional));
        let ours = signable(request, query, &headers);
        let expected = key.sign_request(&ours, additional, payload, date_time);
        if is_same(&expected, provided) {
            self.keep(credential);
            return Ok(());
        }
        let canonical =
            |request: &sign::Request<'_>| v4::canonical_request(request, additional, payload);
        let to_sign = |text: &str| v4::string_to_sign(text, date_time, &scope);
        let signer = Signer { text_of: &canonical, sign: &|text| key.sign(&to_sign(text)) };
        let headers = header_pairs(request, |_| true);
        let why = diagnose::explain(&owned(request, query, &headers), signer, provided);
        let ours = canonical(&ours);
        Err(self
            .mismatch(request, &to_sign(&ours), provided, &why)
            .with("CanonicalRequest", mask_token(request, &ours)))
    }

    /// A credential taken apart.
    pub(super) fn credential(&self, text: &str) -> Result<Arc<Known>, OssError> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = known.filter(|known| known.credential == text) {
            return Ok(known);
        }
        let (id, scope) = split_credential(text)?;
        let secret = self.credentials.access_key_secret().expose_secret();
        Ok(Arc::new(Known {
            credential: text.to_owned(),
            id: id.to_owned(),
            date: scope.date.to_owned(),
            region: scope.region.to_owned(),
            product: scope.product.to_owned(),
            key: SigningKey::derive(secret, &scope),
        }))
    }

    /// Keeps a credential for the requests to come.
    pub(super) fn keep(&self, credential: Arc<Known>) {
        // The one that is kept is shared.
        if Arc::strong_count(&credential) == 1 {
            *self.known.lock().unwrap_or_else(PoisonError::into_inner) = Some(credential);
        }
    }
}

/// Whether two signatures are the same, found in a time that does not tell where they differ.
fn is_same(expected: &[u8; 64], provided: &str) -> bool {
    let words = |text: &[u8; 64]| {
        let mut words = [0; 8];
        for (word, bytes) in words.iter_mut().zip(text.as_chunks().0) {
            *word = u64::from_ne_bytes(*bytes);
        }
        words
    };
    let provided = <&[u8; 64]>::try_from(provided.as_bytes());
    provided.is_ok_and(|provided| words(expected).ct_eq(&words(provided)).into())
}

impl Known {
    pub(super) fn scope(&self) -> Scope<'_> {
        Scope { date: &self.date, region: &self.region, product: &self.product }
    }
}

/// What a V4 signature covers beside the request.
struct V4<'a> {
    credential: Arc<Known>,
    date_time: &'a str,
    additional: &'a str,
    payload: &'a str,
}

/// The fields of a V4 `Authorization` header. They come in any order, with or without spaces.
struct Fields<'a> {
    credential: &'a str,
    signature: &'a str,
    additional: Option<String>,
}

impl<'a> Fields<'a> {
    fn parse(text: &'a str) -> Result<Self, OssError> {
        let (mut credential, mut signature, mut additional) = (None, None, None);
        for field in text.split(',') {
            let field = field.trim();
            let slot = if let Some(value) = field.strip_prefix("Credential=") {
                credential.replace(value)
            } else if let Some(value) = field.strip_prefix("Signature=") {
                signature.replace(value)
            } else if let Some(value) = field.strip_prefix("AdditionalHeaders=") {
                additional.replace(value)
            } else {
                return Err(malformed("The Authorization header has an unknown field."));
            };
            if slot.is_some() {
                return Err(malformed("The Authorization header has a field twice."));
            }
        }
        let (Some(credential), Some(signature)) = (credential, signature) else {
            return Err(malformed("The Authorization header lacks Credential or Signature."));
        };
        let additional = additional.map(additional_names).transpose()?;
        Ok(Self { credential, signature, additional })
    }
}

/// The additional header names in the form that is signed: lower case, sorted.
fn additional_names(names: &str) -> Result<String, OssError> {
    if names.is_empty() {
        return Err(malformed("The list of additional headers is empty.").ec("0002-00000209"));
    }
    let mut names: Vec<_> = names.split(';').map(|name| name.trim().to_ascii_lowercase()).collect();
    if names.iter().any(String::is_empty) {
        let message = "The list of additional headers has an empty item.";
        return Err(malformed(message).ec("0002-00000210"));
    }
    names.sort_unstable();
    Ok(names.join(";"))
}

fn split_credential(credential: &str) -> Result<(&str, Scope<'_>), OssError> {
    let parts = credential.split_once('/').and_then(|(id, scope)| Some((id, Scope::parse(scope)?)));
    parts.ok_or_else(|| {
        malformed("The credential is not `id/date/region/product/aliyun_v4_request`.")
    })
}
