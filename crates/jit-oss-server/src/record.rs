//! What arrived, for tests to look at.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use http::{Method, StatusCode};
use jit_oss::Timestamp;
use serde_json::{Value, json};

use crate::digest::put_hex;
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
    /// them, without session tokens; nothing of an access key id that is not known.
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
        let mut line = printable(&line);
        if let Some(diagnosis) = &self.diagnosis {
            for told in diagnosis.lines() {
                line.push_str("\n    ");
                line.push_str(&printable(told));
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

/// What is kept of a request: [`RequestRecord`] with as few pieces of memory as can be, as hardly any is looked at.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) operation: Option<Operation>,
    pub(crate) time: Timestamp,
    pub(crate) method: Method,
    pub(crate) target: String,
    pub(crate) status: Option<StatusCode>,
    pub(crate) code: Option<String>,
    pub(crate) diagnosis: Option<String>,
    pub(crate) request_id: RequestId,
    pub(crate) elapsed: Duration,
}

impl From<&Entry> for RequestRecord {
    fn from(entry: &Entry) -> Self {
        Self {
            operation: entry.operation,
            time: entry.time,
            method: entry.method.as_str().to_owned(),
            target: entry.target.clone(),
            status: entry.status.map(|status| status.as_u16()),
            code: entry.code.clone(),
            diagnosis: entry.diagnosis.clone(),
            request_id: entry.request_id.as_str().to_owned(),
            elapsed: entry.elapsed,
        }
    }
}

/// Tells requests apart: 24 upper-case hex digits.
#[derive(Clone, Copy)]
pub(crate) struct RequestId([u8; 24]);

impl RequestId {
    pub(crate) fn random() -> Self {
        let mut hex = [0; 24];
        let random = fastrand::u128(..).to_ne_bytes();
        put_hex(random.get(..12).unwrap_or_default(), &mut hex);
        Self(hex)
    }

    pub(crate) fn as_str(&self) -> &str {
        // Digits only.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A line that stays one: what a client sent must not look like another. What can be read is left as it is.
fn printable(line: &str) -> String {
    let mut text = String::with_capacity(line.len());
    for char in line.chars() {
        match char {
            '"' | '\'' | '\\' => text.push(char),
            _ => text.extend(char.escape_debug()),
        }
    }
    text
}

/// The latest requests.
#[derive(Debug, Default)]
pub(crate) struct Records(Mutex<VecDeque<Entry>>);

impl Records {
    pub(crate) fn add(&self, mut entry: Entry) {
        let method = entry.method.as_str();
        if let Some(start) =
            method.get(..MAX_TEXT).map(|start| Method::from_bytes(start.as_bytes()))
        {
            // A part of a method is one, too.
            entry.method = start.unwrap_or_default();
        }
        let diagnosis = entry.diagnosis.as_mut().map(|text| (text, MAX_DIAGNOSIS));
        for (text, most) in [(&mut entry.target, MAX_TEXT)].into_iter().chain(diagnosis) {
            if text.len() > most {
                text.truncate(text.floor_char_boundary(most));
                text.shrink_to_fit();
            }
        }
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let oldest = if entries.len() == CAPACITY { entries.pop_front() } else { None };
        entries.push_back(entry);
        drop(entries);
        drop(oldest);
    }

    /// At most so many, the latest first.
    pub(crate) fn latest(&self, most: usize) -> Vec<RequestRecord> {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.iter().rev().take(most).map(RequestRecord::from).collect()
    }

    pub(crate) fn all(&self) -> Vec<RequestRecord> {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        entries.iter().map(RequestRecord::from).collect()
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

    fn entry(target: String) -> Entry {
        Entry {
            operation: None,
            time: Timestamp::now(),
            method: Method::GET,
            target,
            status: None,
            code: None,
            diagnosis: None,
            request_id: RequestId::random(),
            elapsed: Duration::ZERO,
        }
    }

    #[test]
    fn a_log_shows_what_can_be_read_and_escapes_what_cannot_once() {
        let entry = Entry {
            status: Some(StatusCode::FORBIDDEN),
            diagnosis: Some("first: \"PUT\\n\" here\n\u{1b}[2J\r'é'".to_owned()),
            ..entry("/\"a\\b\"\n".to_owned())
        };
        let text = RequestRecord::from(&entry).text();
        let (line, diagnosis) = text.split_once('\n').unwrap();
        assert!(line.starts_with("- GET /\"a\\b\"\\n: 403 ("), "{line}");
        assert_eq!(diagnosis, "    first: \"PUT\\n\" here\n    \\u{1b}[2J\\r'é'");
    }

    #[test]
    fn long_texts_are_cut() {
        let records = Records::default();
        let long = format!("/{}", "é".repeat(30_000));
        let method = Method::from_bytes("X".repeat(3000).as_bytes()).unwrap();
        records.add(Entry { method, ..entry(long.clone()) });
        let kept = &records.all()[0];
        assert_eq!((kept.target.len(), kept.method.len()), (2047, 2048));
        assert!(long.starts_with(&kept.target));
        assert!(records.0.lock().unwrap()[0].target.capacity() <= 2048);
    }

    #[test]
    fn only_the_latest_are_kept() {
        let records = Records::default();
        (0..=CAPACITY).for_each(|number| records.add(entry(number.to_string())));
        let all = records.all();
        assert_eq!((all.len(), all[0].target.as_str()), (CAPACITY, "1"));
    }
}
