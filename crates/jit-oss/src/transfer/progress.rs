//! Telling how far a transfer is.

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

use crate::Body;
use crate::transport::TransportError;

/// How far a transfer is. Bytes that are sent again after a failure are not counted again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Progress {
    /// Bytes that were moved, with those of an earlier run that are resumed. It never becomes less.
    pub bytes: u64,
    /// Bytes in all, where it is known.
    pub total: Option<u64>,
}

/// What is called with each step.
pub(super) type Report = Arc<dyn Fn(Progress) + Send + Sync>;

/// Counts for all parts of a transfer.
pub(super) struct Meter {
    report: Option<Report>,
    /// Held while reporting, so that reports come in order.
    progress: Mutex<Progress>,
}

impl Meter {
    pub(super) fn new(report: Option<Report>, total: Option<u64>) -> Arc<Self> {
        Arc::new(Self { report, progress: Mutex::new(Progress { bytes: 0, total }) })
    }

    pub(super) fn add(&self, bytes: u64) {
        let Some(report) = self.report.as_ref().filter(|_| bytes > 0) else { return };
        let mut progress = self.progress.lock().unwrap_or_else(PoisonError::into_inner);
        progress.bytes += bytes;
        report(*progress);
    }

    /// A counter for one part; `None` when nobody wants to know.
    pub(super) fn part(self: &Arc<Self>) -> Option<PartMeter> {
        let meter = self.report.is_some().then(|| Arc::clone(self))?;
        Some(PartMeter { meter, furthest: Arc::default() })
    }
}

impl fmt::Debug for Meter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Meter").field("progress", &self.progress).finish_non_exhaustive()
    }
}

/// Counts one part, however often it is sent.
#[derive(Clone, Debug)]
pub(crate) struct PartMeter {
    meter: Arc<Meter>,
    /// How far any attempt came.
    furthest: Arc<Mutex<u64>>,
}

impl PartMeter {
    /// Watches the body of one attempt.
    pub(crate) fn watch(&self, body: Body) -> Body {
        Body::stream(Watched { body, meter: self.clone(), position: 0 })
    }

    pub(super) fn reached(&self, position: u64) {
        let mut furthest = self.furthest.lock().unwrap_or_else(PoisonError::into_inner);
        if position > *furthest {
            self.meter.add(position - *furthest);
            *furthest = position;
        }
    }
}

struct Watched {
    body: Body,
    meter: PartMeter,
    position: u64,
}

impl http_body::Body for Watched {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        let this = &mut *self;
        let frame = std::task::ready!(Pin::new(&mut this.body).poll_frame(cx));
        if let Some(Ok(frame)) = &frame
            && let Some(data) = frame.data_ref()
        {
            this.position += data.len() as u64;
            this.meter.reached(this.position);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_again_is_not_counted_again() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let report: Report = {
            let told = Arc::clone(&told);
            Arc::new(move |progress| told.lock().unwrap().push(progress.bytes))
        };
        let meter = Meter::new(Some(report), Some(10));
        let (one, two) = (meter.part().unwrap(), meter.part().unwrap());
        for position in [1, 3, 2, 1, 3, 4] {
            one.reached(position);
        }
        two.reached(6);
        assert_eq!(*told.lock().unwrap(), [1, 3, 4, 10]);
        assert!(Meter::new(None, None).part().is_none());
    }
}
