//! What every storage has to do, as cases that run against any of them.
//!
//! For those who write a Type: `storage_conformance!` of `jit-testing` makes a test of each. Or run them against
//! any instance that may be written to. It needs the cargo feature `conformance`.
//!
//! ```
//! # async fn example(storage: &dyn jit_storages::Storage) {
//! let report = jit_storages::conformance::run(storage).await;
//! assert!(report.failures().next().is_none(), "{report}");
//! # }
//! ```

use std::collections::BTreeSet;
use std::fmt;
use std::future::poll_fn;
use std::mem;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::task::Poll;
use std::time::SystemTime;

use crate::{Capability, ErrorKind, Storage};

mod cases;
mod checkup;
mod expect;
mod listing;
mod rights;
mod transfers;

pub use cases::CASES;

#[cfg(test)]
mod tests;

/// How a case went; a failure says what was expected and what was found.
type Outcome = Result<(), String>;

type Future<'a> = Pin<Box<dyn std::future::Future<Output = Outcome> + Send + 'a>>;

/// Runs every case against a storage, one after the other, and deletes what they stored.
///
/// The names it uses begin with `jit-conformance/` and are different in every run. Some 1,200 files are
/// written, of 1 MiB at most, and a few in the folder for temporary files of this machine. Where the storage does not declare a power in its
/// [`capability`](Storage::capability), the case that is about it asks for that to be true. It does not
/// panic, not even where the storage does.
pub async fn run(storage: &dyn Storage) -> Report {
    let mut cases = Vec::new();
    for name in CASES {
        cases.push(run_case(storage, name).await);
    }
    Report { capability: storage.capability(), cases }
}

/// Runs one of the [`CASES`], and deletes what it stored. A case that there is not has failed.
pub async fn run_case(storage: &dyn Storage, name: &'static str) -> Case {
    let run = Run::new(storage);
    let outcome = match cases::find(&run, name) {
        Some(case) => caught(case).await,
        None => Err("there is no such case".to_owned()),
    };
    let cleaned = caught(Box::pin(run.clean_up())).await;
    Case { name, failure: outcome.and(cleaned).err() }
}

/// How a storage did.
#[derive(Clone, Debug)]
pub struct Report {
    capability: Capability,
    cases: Vec<Case>,
}

impl Report {
    /// Every case that was run, in order. How many there are does not depend on the storage.
    #[must_use]
    pub fn cases(&self) -> &[Case] {
        &self.cases
    }

    /// The cases that failed.
    pub fn failures(&self) -> impl Iterator<Item = &Case> {
        self.cases.iter().filter(|case| case.failure.is_some())
    }
}

impl fmt::Display for Report {
    /// What the storage declares, and a line for each case.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", table(self.capability))?;
        for case in &self.cases {
            match &case.failure {
                None => writeln!(f, "ok      {}", case.name)?,
                Some(failure) => writeln!(f, "FAILED  {}: {failure}", case.name)?,
            }
        }
        let failed = self.failures().count();
        write!(f, "{} passed, {failed} failed", self.cases.len() - failed)
    }
}

/// What a storage declares, a line for each power.
#[must_use]
pub fn table(capability: Capability) -> String {
    let row = |(name, is_declared)| {
        let declared = if is_declared { "declared" } else { "answers Unsupported, or is absent" };
        format!("{name:<30}{declared}\n")
    };
    capability.powers().map(row).concat()
}

/// A case that was run.
#[derive(Clone, Debug)]
pub struct Case {
    name: &'static str,
    failure: Option<String>,
}

impl Case {
    /// What it is about.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// What was expected and what was found, if it failed.
    #[must_use]
    pub fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }
}

/// What the cases of a run share.
struct Run<'a> {
    storage: &'a dyn Storage,
    prefix: String,
    /// The names that the running case uses.
    names: Mutex<BTreeSet<String>>,
}

impl<'a> Run<'a> {
    fn new(storage: &'a dyn Storage) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        let time = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default().as_nanos();
        let prefix = format!("jit-conformance/{time:x}-{:x}-{next:x}", process::id());
        Self { storage, prefix, names: Mutex::default() }
    }

    /// A name of this run, to be deleted when the case is over.
    fn name(&self, tail: &str) -> String {
        self.uses(format!("{}/{tail}", self.prefix))
    }

    /// A name as it is, to be deleted when the case is over, should there be a file after all.
    fn uses(&self, name: String) -> String {
        self.names.lock().unwrap_or_else(PoisonError::into_inner).insert(name.clone());
        name
    }

    fn capability(&self) -> Capability {
        self.storage.capability()
    }

    async fn clean_up(&self) -> Outcome {
        let names = mem::take(&mut *self.names.lock().unwrap_or_else(PoisonError::into_inner));
        for name in names {
            match self.storage.delete(&name).await {
                Err(error) if error.kind() != ErrorKind::InvalidName => {
                    return Err(format!("what it stored cannot be deleted: {error}"));
                }
                _ => {}
            }
        }
        Ok(())
    }
}

/// A case that panics has failed, and the others go on.
async fn caught(mut case: Future<'_>) -> Outcome {
    poll_fn(|context| {
        let polled = catch_unwind(AssertUnwindSafe(|| case.as_mut().poll(context)));
        polled.unwrap_or_else(|_| Poll::Ready(Err("the storage panicked".to_owned())))
    })
    .await
}
