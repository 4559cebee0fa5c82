//! What arrived, for tests to look at.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use jit_oss::Timestamp;
use serde_json::{Value, json};

use crate::route::Operation;

/// How many requests are remembered.
const CAPACITY: usize = 4096;

/// How much of a target, and of a method, is remembered: whoever is refused may send 64 KB of it.
const MAX_TEXT: usize = 2048;
/// The longest diagnosis that is kept, in bytes: two texts that were signed, as they usually are.
const MAX_DIAGNOSIS: usize = 16 * 1024;

/// One request that arrived and what became of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestRecord {
    /// What it asked for, when that could be told.
    pub operation: Option<Operation>,
    /// When it arrived.
    pub time: Timestamp,
    /// The HTTP method, cut like the target.
    pub method: String,
    /// The path and query byte for byte, but for signatures and session tokens, and cut after 2048 bytes.
    pub target: String,
    /// The status of the answer; `None` when none was sent.
    pub status: Option<u16>,
    /// OSS's error code, when it was refused.
    pub code: Option<String>,
    /// Why a signature was refused: the likely cause, where the texts that were signed differ, and both of
    /// them, without session tokens.
    pub diagnosis: Option<String>,
    /// The request id of the answer.
    pub request_id: String,
    /// From its arrival until its answer was begun.
    pub elapsed: Duration,
}

impl RequestRecord {
    pub(crate) fn to_json(&self) -> Value {
        json!({
            "time": self.time.iso_extended(),
            "operation": self.operation,
            "method": self.method,
            "target": self.target,
            "status": self.status,
            "code": self.code,
            "diagnosis": self.diagnosis,
            "request_id": self.request_id,
            "elapsed_ms": u64::try_from(self.elapsed.as_millis()).unwrap_or(u64::MAX),
        })
    }

    /// For a log: a line for people, followed by the diagnosis if there is one.
    #[must_use]
    pub fn text(&self) -> String {
        let operation = self.operation.map_or("-".to_owned(), |o| format!("{o:?}"));
        let status = self.status.map_or("no answer".to_owned(), |status| status.to_string());
        let code = self.code.as_deref().map(|code| format!(" {code}")).unwrap_or_default();
        let (method, target, id) = (&self.method, &self.target, &self.request_id);
        let line =
            format!("{operation} {method} {target}: {status}{code} ({:?}, {id})", self.elapsed);
        // What a client sent must not look like another line.
        let mut line: String = line.escape_debug().collect::<String>().replace("\\\"", "\"");
        if let Some(diagnosis) = &self.diagnosis {
            for told in diagnosis.lines() {
                line.push_str("\n    ");
                line.extend(told.escape_debug());
            }
        }
        line
    }

    /// For a log: one JSON object, on one line.
    #[must_use]
    pub fn json(&self) -> String {
        self.to_json().to_string()
    }
}

/// The latest requests.
#[derive(Debug, Default)]
pub(crate) struct Records(Mutex<VecDeque<RequestRecord>>);

impl Records {
    pub(crate) fn add(&self, mut record: RequestRecord) {
        let diagnosis = record.diagnosis.as_mut().map(|text| (text, MAX_DIAGNOSIS));
        let others = [(&mut record.method, MAX_TEXT), (&mut record.target, MAX_TEXT)];
        for (text, most) in others.into_iter().chain(diagnosis) {
            text.truncate(text.floor_char_boundary(most));
            text.shrink_to_fit();
        }
        let mut records = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if records.len() == CAPACITY {
            records.pop_front();
        }
        records.push_back(record);
    }

    /// At most so many, the latest first.
    pub(crate) fn latest(&self, most: usize) -> Vec<RequestRecord> {
        let records = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        records.iter().rev().take(most).cloned().collect()
    }

    pub(crate) fn all(&self) -> Vec<RequestRecord> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

/// A request-target without the values that grant something.
pub(crate) fn masked(target: &str) -> String {
    // Its address is a key, though it be asked for under another host's name.
    if target.starts_with("/-/console/") {
        return "/-/console/***".to_owned();
    }
    let Some((path, query)) = target.split_once('?') else { return target.to_owned() };
    let pairs = query.split('&').map(|pair| match pair.split_once('=') {
        Some((name, _)) if is_secret(name) => format!("{name}=***"),
        _ => pair.to_owned(),
    });
    format!("{path}?{}", pairs.collect::<Vec<_>>().join("&"))
}

fn is_secret(name: &str) -> bool {
    // Escaped names, too: `%53ignature` is `Signature`.
    let name = jit_oss::escape::decode_query(name);
    name.is_none_or(|name| {
        let name = name.to_ascii_lowercase();
        name.ends_with("signature") || name.ends_with("security-token")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_grants_something_is_masked() {
        for (target, expected) in [
            ("/b/a/../c%2F?acl", "/b/a/../c%2F?acl"),
            ("/-/console/key/objects?bucket=b", "/-/console/***"),
            ("/k?x-oss-signature=abc&x=1", "/k?x-oss-signature=***&x=1"),
            ("/k?a=b&Signature=abc%3D", "/k?a=b&Signature=***"),
            ("/k?%53ignature=abc", "/k?%53ignature=***"),
            (
                "/k?security-token=t&x-oss-security-token=t",
                "/k?security-token=***&x-oss-security-token=***",
            ),
            ("/k?x-oss-signature-version=OSS4", "/k?x-oss-signature-version=OSS4"),
        ] {
            assert_eq!(masked(target), expected);
        }
    }

    fn record(target: String) -> RequestRecord {
        RequestRecord {
            operation: None,
            time: Timestamp::now(),
            method: "GET".to_owned(),
            target,
            status: None,
            code: None,
            diagnosis: None,
            request_id: String::new(),
            elapsed: Duration::ZERO,
        }
    }

    #[test]
    fn long_texts_are_cut() {
        let records = Records::default();
        let long = format!("/{}", "é".repeat(30_000));
        records.add(RequestRecord { method: long.clone(), ..record(long.clone()) });
        let kept = &records.all()[0];
        assert_eq!((kept.target.len(), kept.method.len()), (2047, 2047));
        assert!(long.starts_with(&kept.target) && kept.target.capacity() <= 2048);
    }

    #[test]
    fn only_the_latest_are_kept() {
        let records = Records::default();
        (0..=CAPACITY).for_each(|number| records.add(record(number.to_string())));
        let all = records.all();
        assert_eq!((all.len(), all[0].target.as_str()), (CAPACITY, "1"));
    }
}
