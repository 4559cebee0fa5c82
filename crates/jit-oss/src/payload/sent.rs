//! What an attempt has sent so far: how much, and its CRC-64.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

use crate::crc64::{self, Crc64};
use crate::error::failure::Failure;
use crate::transport::{TransportError, TransportErrorKind};
use crate::{Body, Receipt};

/// What tells, while and after a body is sent, what of it went out.
#[derive(Clone)]
pub(crate) enum Sent {
    Bytes(Bytes),
    Stream(Arc<Mutex<Running>>),
}

#[derive(Default)]
pub(crate) struct Running {
    crc: Crc64,
    length: u64,
    announced: Option<u64>,
    ended: bool,
}

impl Sent {
    pub(super) fn bytes(bytes: Bytes) -> Self {
        Self::Bytes(bytes)
    }

    /// Watches `body`, and holds it to its announced length.
    pub(super) fn stream(body: Body, announced: Option<u64>) -> (Body, Self) {
        let running = Arc::new(Mutex::new(Running { announced, ..Running::default() }));
        let watched = Watched { body, running: Arc::clone(&running) };
        (Body::stream(watched), Self::Stream(running))
    }

    /// The CRC-64 of the whole.
    ///
    /// # Errors
    ///
    /// When the answer came before everything was sent.
    pub(crate) fn crc64(&self) -> Result<u64, Failure> {
        match self {
            Self::Bytes(bytes) => Ok(crc64::of(bytes)),
            Self::Stream(running) => {
                let running = lock(running);
                if running.ended || running.announced == Some(running.length) {
                    Ok(running.crc.value())
                } else {
                    Err(Failure::Protocol("the answer came before everything was sent".to_owned()))
                }
            }
        }
    }

    /// The length of the whole, unless only the end will tell.
    pub(crate) fn announced(&self) -> Option<u64> {
        match self {
            Self::Bytes(bytes) => Some(bytes.len() as u64),
            Self::Stream(running) => lock(running).announced,
        }
    }

    /// Bytes so far.
    pub(crate) fn length(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Stream(running) => lock(running).length,
        }
    }

    /// Compares what was sent with what OSS has.
    pub(crate) fn verify(&self, theirs: Option<u64>, receipt: &mut Receipt) -> Result<(), Failure> {
        receipt.bytes = self.length();
        if let Some(theirs) = theirs {
            let ours = self.crc64()?;
            if ours != theirs {
                return Err(Failure::Inconsistent { ours, theirs });
            }
            receipt.crc_verified = true;
        }
        Ok(())
    }
}

fn lock(running: &Mutex<Running>) -> MutexGuard<'_, Running> {
    running.lock().unwrap_or_else(PoisonError::into_inner)
}

struct Watched {
    body: Body,
    running: Arc<Mutex<Running>>,
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
        let mut running = lock(&this.running);
        let wrong = |what: String| TransportError::new(TransportErrorKind::Body, what);
        Poll::Ready(match frame {
            Some(Ok(frame)) => {
                if let Some(data) = frame.data_ref() {
                    running.crc.update(data);
                    running.length += data.len() as u64;
                }
                match running.announced {
                    Some(announced) if running.length > announced => Some(Err(wrong(format!(
                        "it is longer than the {announced} bytes announced"
                    )))),
                    _ => Some(Ok(frame)),
                }
            }
            Some(Err(error)) => Some(Err(error)),
            None => match running.announced {
                Some(announced) if running.length < announced => {
                    let length = running.length;
                    Some(Err(wrong(format!("it ended after {length} of {announced} bytes"))))
                }
                _ => {
                    running.ended = true;
                    None
                }
            },
        })
    }

    fn is_end_stream(&self) -> bool {
        let running = lock(&self.running);
        match running.announced {
            Some(announced) => running.length == announced,
            // Only the end itself says that everything was sent.
            None => running.ended,
        }
    }

    fn size_hint(&self) -> SizeHint {
        let running = lock(&self.running);
        match running.announced {
            Some(announced) => SizeHint::with_exact(announced.saturating_sub(running.length)),
            None => self.body.size_hint(),
        }
    }
}
