//! What a double was asked for, and assertions about it.

use std::fmt;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use jit_storages::{ErrorKind, Storage};

use super::StorageDouble;

/// A call of a storage: what it was about, not what was in it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Call {
    /// The function, in the spelling of calls by name: `uploadByFile`.
    pub function: &'static str,
    /// The file's name.
    pub name: String,
    /// How many bytes were given to be stored.
    pub size: Option<usize>,
    /// The MIME type: of an upload that was given none, that of the name.
    pub content_type: Option<String>,
    /// How it failed because the double was told so.
    pub failed: Option<ErrorKind>,
}

impl Call {
    pub(super) fn new(function: &'static str, name: &str) -> Self {
        let name = name.to_owned();
        Self { function, name, size: None, content_type: None, failed: None }
    }

    pub(super) fn with_data(mut self, size: usize, content_type: &str) -> Self {
        self.size = Some(size);
        self.content_type = Some(content_type.to_owned());
        self
    }
}

impl fmt::Display for Call {
    /// Function and name: `uploadByFile a.txt`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.function, self.name)
    }
}

/// Assertions. They panic with what was expected and what was found, where they stand.
#[expect(clippy::panic, reason = "that is how a test fails")]
#[expect(clippy::missing_panics_doc, reason = "it is what they are for")]
impl StorageDouble {
    /// Every call so far, in order, those that failed included.
    #[must_use]
    pub fn calls(&self) -> Vec<Call> {
        self.seen().calls.clone()
    }

    /// What is stored under a name.
    #[must_use]
    pub fn stored(&self, name: &str) -> Option<Bytes> {
        // Memory answers at once.
        let answer = pin!(self.0.files.download(name));
        match answer.poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Ok(data)) => Some(data),
            _ => None,
        }
    }

    /// That a file was uploaded, and what is there now is this.
    #[track_caller]
    pub fn assert_uploaded(&self, name: &str, data: impl AsRef<[u8]>) {
        let uploads = |call: &Call| call.function == "uploadByFile" && call.name == name;
        if !self.calls().iter().any(|call| uploads(call) && call.failed.is_none()) {
            panic!("{}", self.told(&format!("expected an upload of {name:?}")));
        }
        let Some(found) = self.stored(name) else {
            panic!("{}", self.told(&format!("{name:?} was uploaded, and is not there any more")));
        };
        let expected = data.as_ref();
        if *found != *expected {
            let same = found.iter().zip(expected).take_while(|(a, b)| a == b).count();
            panic!(
                "{:?} on {}: expected {} bytes, found {} that differ from byte {same} on",
                name,
                self.element(),
                expected.len(),
                found.len()
            );
        }
    }

    /// That a file was deleted and is not there.
    #[track_caller]
    pub fn assert_deleted(&self, name: &str) {
        let deletes = |call: &Call| call.function == "delete" && call.name == name;
        if !self.calls().iter().any(|call| deletes(call) && call.failed.is_none()) {
            panic!("{}", self.told(&format!("expected that {name:?} was deleted")));
        }
        if self.stored(name).is_some() {
            panic!("{}", self.told(&format!("{name:?} was deleted, and is there again")));
        }
    }

    /// That nobody has called it.
    #[track_caller]
    pub fn assert_untouched(&self) {
        if !self.calls().is_empty() {
            panic!("{}", self.told("expected no calls"));
        }
    }

    /// That these were its calls, each as `uploadByFile a.txt`, in this order, and no others.
    #[track_caller]
    pub fn assert_calls(&self, expected: &[&str]) {
        if self.calls().iter().map(ToString::to_string).ne(expected.iter().copied()) {
            let expected: String = expected.iter().map(|call| format!("\n  {call}")).collect();
            panic!("{}", self.told(&format!("expected other calls:{expected}\n")));
        }
    }

    /// What was expected, and what its calls were.
    fn told(&self, expected: &str) -> String {
        let calls = self.calls();
        let rows: String = calls.iter().map(|call| format!("\n  {}", row(call))).collect();
        let rows = if calls.is_empty() { " none" } else { &rows };
        format!("{}: {expected}; its calls were:{rows}", self.element())
    }
}

fn row(call: &Call) -> String {
    let mut row = call.to_string();
    if let Some(size) = call.size {
        row += &format!(", {size} bytes");
    }
    if let Some(content_type) = &call.content_type {
        row += &format!(", {content_type}");
    }
    if let Some(kind) = call.failed {
        row += &format!(", told to fail: {kind:?}");
    }
    row
}
