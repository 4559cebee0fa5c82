//! Several files in one call.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::path::PathBuf;
use std::pin::Pin;
use std::task::Poll;

use bytes::Bytes;

use crate::{Result, UploadOptions};

/// How many files are worked on at the same time.
pub(crate) const AT_ONCE: usize = 8;

/// A file to be stored, one of several.
///
/// ```
/// use jit_storages::Upload;
///
/// let files = vec![
///     Upload::bytes("notes/a.txt", "hello").with_options("text/plain".into()),
///     Upload::file("videos/b.mp4", "/tmp/b.mp4"),
/// ];
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Upload {
    /// The name it gets.
    pub name: String,
    /// What it holds.
    pub content: Content,
    /// How it is uploaded.
    pub options: UploadOptions,
}

/// Where the contents of a file come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// From memory.
    Bytes(Bytes),
    /// From a file of this machine; a relative path is relative to the working directory of the process.
    File(PathBuf),
}

impl Upload {
    /// Data from memory.
    #[must_use]
    pub fn bytes(name: impl Into<String>, data: impl Into<Bytes>) -> Self {
        Self::new(name.into(), Content::Bytes(data.into()))
    }

    /// A file of this machine.
    #[must_use]
    pub fn file(name: impl Into<String>, path: impl Into<PathBuf>) -> Self {
        Self::new(name.into(), Content::File(path.into()))
    }

    fn new(name: String, content: Content) -> Self {
        Self { name, content, options: UploadOptions::default() }
    }

    /// Sets how it is uploaded.
    #[must_use]
    pub fn with_options(mut self, options: UploadOptions) -> Self {
        self.options = options;
        self
    }
}

/// What became of one file of several.
#[derive(Debug)]
#[non_exhaustive]
pub struct ItemOutcome<T> {
    /// The file's name.
    pub name: String,
    /// What became of it.
    pub result: Result<T>,
}

impl<T> ItemOutcome<T> {
    /// What became of the file `name`.
    pub fn new(name: impl Into<String>, result: Result<T>) -> Self {
        Self { name: name.into(), result }
    }
}

/// The outputs of all futures, in order, of which at most `most` run at the same time.
pub(crate) async fn each<F: Future>(
    futures: impl IntoIterator<Item = F>,
    most: usize,
) -> Vec<F::Output> {
    let mut futures = futures.into_iter();
    let mut running: VecDeque<(usize, Pin<Box<F>>)> = VecDeque::new();
    let mut outputs: Vec<Option<F::Output>> = Vec::new();
    poll_fn(|context| {
        loop {
            while running.len() < most
                && let Some(future) = futures.next()
            {
                running.push_back((outputs.len(), Box::pin(future)));
                outputs.push(None);
            }
            let before = running.len();
            running.retain_mut(|(at, future)| match future.as_mut().poll(context) {
                Poll::Ready(output) => {
                    if let Some(slot) = outputs.get_mut(*at) {
                        *slot = Some(output);
                    }
                    false
                }
                Poll::Pending => true,
            });
            if running.is_empty() && before == 0 {
                return Poll::Ready(());
            }
            // What has ended makes room, and what takes its place has to be polled as well.
            if running.len() == before {
                return Poll::Pending;
            }
        }
    })
    .await;
    outputs.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn at_most_so_many_run_and_all_come_back_in_order() {
        let (running, peak) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let task = |n: usize| {
            let (running, peak) = (&running, &peak);
            async move {
                peak.fetch_max(running.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                for _ in 0..=n % 3 {
                    tokio::task::yield_now().await;
                }
                running.fetch_sub(1, Ordering::SeqCst);
                n
            }
        };
        for count in [0, 1, 3, 20] {
            let expected: Vec<_> = (0..count).collect();
            assert_eq!(each((0..count).map(task), 4).await, expected);
        }
        assert_eq!(peak.into_inner(), 4);
    }
}
