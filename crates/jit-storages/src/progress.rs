//! How far a transfer is.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

tokio::task_local! {
    static AROUND: Progress;
}

/// Who is told how far a transfer is; nobody, unless somebody is given.
///
/// What is told is how many bytes are done, never fewer than before within one attempt, and how many there are in all,
/// where that is known.
/// It is called on the way, so it should be quick.
///
/// ```
/// use jit_storages::{Progress, UploadOptions};
///
/// let progress = Progress::new(|done, total| println!("{done} of {total:?} bytes"));
/// let options = UploadOptions::from("video/mp4").with_progress(progress);
/// ```
#[derive(Clone, Default)]
pub struct Progress(Option<Arc<Report>>);

type Report = dyn Fn(u64, Option<u64>) + Send + Sync;

impl Progress {
    /// Tells a function: the bytes that are done, and all there are.
    #[must_use]
    pub fn new(report: impl Fn(u64, Option<u64>) + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(report)))
    }

    /// Tells it.
    pub fn report(&self, done: u64, total: Option<u64>) {
        if let Some(report) = &self.0 {
            report(done, total);
        }
    }

    /// Tells it of the transfers that are called by name while `future` runs: such a call has no argument for code.
    pub async fn around<F: Future>(self, future: F) -> F::Output {
        AROUND.scope(self, future).await
    }

    /// Tells it of several transfers as of one of so many bytes: who makes them, makes each its own.
    pub(crate) fn of_several(self, total: u64) -> impl Fn() -> Self {
        let sum = Arc::new(Mutex::new(0));
        move || {
            if self.0.is_none() {
                return Self::default();
            }
            let (whole, sum, own) = (self.clone(), Arc::clone(&sum), Mutex::new(0));
            Self::new(move |done, _| {
                let mut own = own.lock().unwrap_or_else(PoisonError::into_inner);
                let mut sum = sum.lock().unwrap_or_else(PoisonError::into_inner);
                // One that begins again has not moved until it is further than before.
                *sum += done.saturating_sub(*own);
                *own = done.max(*own);
                whole.report(*sum, Some(total.max(*sum)));
            })
        }
    }

    /// Who is told of what is called by name here.
    pub(crate) fn of_caller() -> Self {
        AROUND.try_with(Self::clone).unwrap_or_default()
    }
}

impl fmt::Debug for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "Progress(..)" } else { "Progress(nobody)" })
    }
}

impl PartialEq for Progress {
    /// Whether the same function is told.
    fn eq(&self, other: &Self) -> bool {
        match (&self.0, &other.0) {
            (None, None) => true,
            (Some(one), Some(two)) => Arc::ptr_eq(one, two),
            _ => false,
        }
    }
}

impl Eq for Progress {}
