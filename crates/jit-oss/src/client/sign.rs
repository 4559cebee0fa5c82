//! Signing for a bucket: with headers for a request, in the query for a URL.

use std::sync::{Arc, Mutex, PoisonError};

use super::Place;
use crate::credentials::ProviderError;
use crate::error::failure::Failure;
use crate::request::Unsigned;
use crate::sign::v4::{Context, SigningKey};
use crate::sign::{Request, Signed, Stages, v1, v4};
use crate::{Credentials, Result, SignatureMismatch, SignatureVersion, Timestamp, xml};

const PRODUCT: &str = "oss";
/// The V4 key of the day: deriving it costs four HMACs, signing with it one.
#[derive(Debug, Default)]
pub(super) struct DailyKey(Mutex<Option<Kept>>);

#[derive(Debug)]
struct Kept {
    credentials: Arc<Credentials>,
    key: SigningKey,
}

impl DailyKey {
    fn get(&self, credentials: &Arc<Credentials>, region: &str, time: Timestamp) -> SigningKey {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(kept) = &*kept
            && kept.key.is_of_day(time)
            && Arc::ptr_eq(&kept.credentials, credentials)
        {
            return kept.key.clone();
        }
        let key = SigningKey::of_day(credentials.secret(), time, region, PRODUCT);
        *kept = Some(Kept { credentials: Arc::clone(credentials), key: key.clone() });
        key
    }
}

/// A URL that carries its signature.
pub(crate) struct Presigned {
    pub(crate) url: String,
    pub(crate) expires_at: Timestamp,
    /// The credentials end before the life that was asked for.
    pub(crate) is_shortened: bool,
    /// The credentials are temporary, and it is not known for how long.
    pub(crate) may_end_earlier: bool,
}

impl Place {
    /// What to add to the headers of `request`.
    pub(super) fn sign(
        &self,
        request: &Unsigned,
        credentials: &Arc<Credentials>,
        time: Timestamp,
        stages: Option<&mut Stages>,
    ) -> Signed {
        let headers = request.text_headers();
        let query = request.text_query();
        let parts = self.parts(request, &headers, &query);
        let shared = self.shared();
        match shared.config.signature_version {
            SignatureVersion::V1 => v1::sign_header(&parts, credentials, time, stages),
            SignatureVersion::V4 => {
                let key = shared.key.get(credentials, &shared.region, time);
                let context = Context { credentials, key: &key, time, additional_headers: &[] };
                v4::sign_header(&parts, &context, stages)
            }
        }
    }

    /// What is signed here of a request that was refused, beside what OSS says.
    pub(super) fn mismatch(
        &self,
        request: &Unsigned,
        credentials: &Arc<Credentials>,
        time: Timestamp,
        answer: &[u8],
    ) -> Option<SignatureMismatch> {
        let is_v4 = self.shared().config.signature_version == SignatureVersion::V4;
        let theirs = xml::signed_by_oss(answer, is_v4)?;
        let mut stages = Stages::default();
        let signed = self.sign(request, credentials, time, Some(&mut stages));
        let ours = if is_v4 { stages.canonical_request? } else { stages.string_to_sign };
        let token = credentials.security_token().unwrap_or_default();
        let secrets = [credentials.secret(), token, signed.signature()];
        Some(SignatureMismatch::new(&ours, &theirs, &secrets))
    }

    /// A URL that carries its signature, and when it stops working: no later than its credentials do.
    pub(crate) async fn presign(&self, request: &Unsigned, expires: u64) -> Result<Presigned> {
        let fail = |failure| self.error(request, failure);
        if let Some(mistake) = &request.mistake {
            return Err(fail(Failure::Input(mistake.clone())));
        }
        let time = self.now();
        let credentials =
            self.credentials(time).await.map_err(|error| fail(Failure::Provider(error)))?;
        // With its credentials the URL would stop working, whatever it says.
        let left = credentials.expires_at().map_or(i64::MAX, |end| end.unix() - time.unix());
        let granted = expires.min(u64::try_from(left).unwrap_or_default().max(1));
        let headers = request.text_headers();
        let mut query = request.text_query();
        let parts = self.parts(request, &headers, &query);
        let shared = self.shared();
        let signed = match shared.config.signature_version {
            SignatureVersion::V1 => v1::presign(&parts, &credentials, time, granted, None),
            SignatureVersion::V4 => {
                let key = shared.key.get(&credentials, &shared.region, time);
                // Those that are not signed anyway as well: nobody else decides how an object is served.
                let names: Vec<_> = headers.iter().map(|(name, _)| *name).collect();
                let credentials = &credentials;
                let context = Context { credentials, key: &key, time, additional_headers: &names };
                v4::presign(&parts, &context, granted, None)
            }
        };
        query.extend(signed.added().map(|(name, value)| (name as &str, value)));
        Ok(Presigned {
            url: self.public_url(&request.key, &query),
            expires_at: time.plus(i64::try_from(granted).unwrap_or(i64::MAX)),
            is_shortened: granted < expires,
            may_end_earlier: credentials.session_token().is_some()
                && credentials.expires_at().is_none(),
        })
    }

    /// Who signs at `time`.
    pub(super) fn credentials(
        &self,
        time: Timestamp,
    ) -> impl Future<Output = std::result::Result<Arc<Credentials>, ProviderError>> {
        let shared = self.shared();
        shared.credentials.get(time, shared.runtime.as_ref())
    }

    /// This machine's clock, corrected by what is known of the server's.
    pub(super) fn now(&self) -> Timestamp {
        let shared = self.shared();
        let offset = shared.clock_offset.load(std::sync::atomic::Ordering::Relaxed);
        shared.runtime.now().plus(offset)
    }

    fn parts<'a>(
        &'a self,
        request: &'a Unsigned,
        headers: &'a [(&'a str, &'a str)],
        query: &'a [(&'a str, &'a str)],
    ) -> Request<'a> {
        Request {
            method: request.method.as_str(),
            bucket: self.bucket_name(),
            key: self.key(&request.key),
            query,
            headers,
        }
    }
}
