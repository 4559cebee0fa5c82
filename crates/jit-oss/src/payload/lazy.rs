//! A body that is taken when its first piece is asked for: until then, it can be sent once more.

use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

use crate::Body;
use crate::transport::{TransportError, TransportErrorKind};

pub(super) type Slot = Arc<Mutex<Option<Body>>>;

pub(super) struct Lazy {
    slot: Slot,
    taken: Option<Body>,
    length: Option<u64>,
}

impl Lazy {
    pub(super) fn new(slot: Slot, length: Option<u64>) -> Self {
        Self { slot, taken: None, length }
    }
}

impl http_body::Body for Lazy {
    type Data = Bytes;
    type Error = TransportError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, TransportError>>> {
        let this = &mut *self;
        if this.taken.is_none() {
            this.taken = this.slot.lock().unwrap_or_else(PoisonError::into_inner).take();
        }
        match &mut this.taken {
            Some(body) => Pin::new(body).poll_frame(cx),
            None => Poll::Ready(Some(Err(TransportError::new(
                TransportErrorKind::Body,
                "the stream was read before",
            )))),
        }
    }

    fn is_end_stream(&self) -> bool {
        match &self.taken {
            Some(body) => body.is_end_stream(),
            None => self.length == Some(0),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match (&self.taken, self.length) {
            (Some(body), _) => body.size_hint(),
            (None, Some(length)) => SizeHint::with_exact(length),
            (None, None) => SizeHint::default(),
        }
    }
}
