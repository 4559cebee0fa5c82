//! Signing for a bucket: with headers for a request, in the query for a URL.

use std::sync::{Mutex, PoisonError};

use super::Place;
use crate::error::failure::Failure;
use crate::request::Unsigned;
use crate::sign::v4::{Context, Scope, SigningKey};
use crate::sign::{Request, Signed, v1, v4};
use crate::{Credentials, Result, SignatureVersion, Timestamp};

const PRODUCT: &str = "oss";
const DAY: i64 = 24 * 60 * 60;

/// The V4 key of the day: deriving it costs four HMACs, signing with it one.
#[derive(Debug, Default)]
pub(super) struct DailyKey(Mutex<Option<(i64, SigningKey)>>);

impl DailyKey {
    fn get(&self, credentials: &Credentials, region: &str, time: Timestamp) -> SigningKey {
        let day = time.unix() / DAY;
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*kept {
            Some((of, key)) if *of == day => key.clone(),
            _ => {
                let date_time = time.iso_basic();
                let date = date_time.get(..8).unwrap_or_default();
                let scope = Scope { date, region, product: PRODUCT };
                let key = SigningKey::derive(credentials.secret(), &scope);
                *kept = Some((day, key.clone()));
                key
            }
        }
    }
}

impl Place {
    /// What to add to the headers of `request`.
    pub(super) fn sign(&self, request: &Unsigned, time: Timestamp) -> Signed {
        let headers = text_headers(request);
        let query = text_query(request);
        let parts = self.parts(request, &headers, &query);
        let shared = self.shared();
        let credentials = &shared.config.credentials;
        match shared.config.signature_version {
            SignatureVersion::V1 => v1::sign_header(&parts, credentials, time, None),
            SignatureVersion::V4 => {
                let key = shared.key.get(credentials, &shared.region, time);
                v4::sign_header(&parts, &self.context(time, &key), None)
            }
        }
    }

    /// A URL that carries its signature, and when it was signed.
    pub(crate) fn presign(&self, request: &Unsigned, expires: u64) -> Result<(String, Timestamp)> {
        if let Some(mistake) = &request.mistake {
            return Err(self.error(request, Failure::Input(mistake.clone())));
        }
        let time = self.now();
        let headers = text_headers(request);
        let mut query = text_query(request);
        let parts = self.parts(request, &headers, &query);
        let shared = self.shared();
        let credentials = &shared.config.credentials;
        let signed = match shared.config.signature_version {
            SignatureVersion::V1 => v1::presign(&parts, credentials, time, expires, None),
            SignatureVersion::V4 => {
                let key = shared.key.get(credentials, &shared.region, time);
                v4::presign(&parts, &self.context(time, &key), expires, None)
            }
        };
        query.extend(signed.added.iter().map(|(name, value)| (*name, value.as_str())));
        Ok((self.url(&request.key, &query), time))
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

    fn context<'a>(&'a self, time: Timestamp, key: &'a SigningKey) -> Context<'a> {
        let shared = self.shared();
        Context {
            credentials: &shared.config.credentials,
            region: &shared.region,
            product: PRODUCT,
            time,
            additional_headers: &[],
            key: Some(key),
        }
    }
}

fn text_headers(request: &Unsigned) -> Vec<(&str, &str)> {
    // Values are made of text, so none is ever left out.
    let text = |value| std::str::from_utf8(value).ok();
    request
        .headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str(), text(value.as_bytes())?)))
        .collect()
}

fn text_query(request: &Unsigned) -> Vec<(&str, &str)> {
    request.query.iter().map(|(name, value)| (*name, value.as_str())).collect()
}
