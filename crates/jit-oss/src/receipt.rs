//! What a finished operation can show for itself.

use std::time::Duration;

use crate::ObjectMetadata;

/// How an operation came about: what to tell support, and what to count.
///
/// `bytes` and `crc_verified` speak of content: what was sent of a write, and what was read of an object
/// that is already here. Results that carry no content have 0 and `false`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Receipt {
    /// OSS's id of the request that succeeded, the last one of several.
    pub request_id: Option<String>,
    /// How often it was tried, the success included.
    pub attempts: u32,
    /// Time from the first attempt's start to the answer, pauses included.
    pub elapsed: Duration,
    /// Bytes of content that the successful attempt moved.
    pub bytes: u64,
    /// Whether the CRC-64 of the content is the one OSS has.
    pub crc_verified: bool,
}

/// A result that carries a [`Receipt`]: the sender completes it.
pub(crate) trait Receipted {
    fn receipt_mut(&mut self) -> &mut Receipt;

    /// The result of a write whose answer was lost, from the object that it left; for requests with
    /// [`Settle`](crate::request::Settle).
    fn settled(_: ObjectMetadata) -> Option<Self>
    where
        Self: Sized,
    {
        None
    }
}

/// Results that carry a receipt; those that carry nothing else are known when they are `settled`.
macro_rules! receipted {
    (settled: $($result:ty),+) => {$(
        impl crate::receipt::Receipted for $result {
            fn receipt_mut(&mut self) -> &mut crate::Receipt {
                &mut self.receipt
            }

            fn settled(known: crate::ObjectMetadata) -> Option<Self> {
                Some(Self { receipt: known.receipt })
            }
        }
    )+};
    ($($result:ty),+ $(,)?) => {$(
        impl crate::receipt::Receipted for $result {
            fn receipt_mut(&mut self) -> &mut crate::Receipt {
                &mut self.receipt
            }
        }
    )+};
}

pub(crate) use receipted;
