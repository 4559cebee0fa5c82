//! Finding out whether a write was done whose answer was lost.

use http::Method;

use super::Place;
use crate::payload::Sent;
use crate::request::{Settle, Unsigned};
use crate::{ErrorKind, ObjectMetadata, crc64};

/// What a look at the object tells.
#[derive(Debug)]
pub(super) enum Settled {
    /// The write was done: this is what it left.
    Done(Box<ObjectMetadata>),
    /// It was not done, and doing it is as good as it was at first.
    NotDone,
    /// The object does not tell.
    Unknown,
}

impl Place {
    /// Compares the object with what `request` was to make of it, size and CRC-64.
    pub(super) async fn settle(&self, request: &Unsigned, sent: Option<&Sent>) -> Settled {
        let Some(settle) = request.settle else { return Settled::Unknown };
        let expected = match (settle, sent) {
            (Settle::Parts { size, crc64 }, _) => Some((size, crc64)),
            (Settle::Content, Some(sent)) => match sent.crc64() {
                Ok(crc64) => Some((sent.length(), crc64)),
                // OSS stores no object of which the end is missing.
                Err(_) => return Settled::NotDone,
            },
            (Settle::Appended { length, crc64 }, Some(sent)) => match sent.crc64() {
                Ok(added) => {
                    let more = sent.length();
                    Some((length + more, crc64::combine(crc64, added, more)))
                }
                Err(_) => return Settled::NotDone,
            },
            (Settle::Content | Settle::Appended { .. }, None) => None,
        };
        let head = Unsigned::new("HeadObject", Method::HEAD, request.key.clone());
        let found = self.head(head).await;
        judge(settle, request.idempotent, expected, found.map_err(|error| error.kind()))
    }
}

fn judge(
    settle: Settle,
    overwrites: bool,
    expected: Option<(u64, u64)>,
    found: Result<ObjectMetadata, ErrorKind>,
) -> Settled {
    match (settle, found) {
        (_, Ok(object)) => match object.crc64 {
            Some(crc64) if expected == Some((object.size, crc64)) => {
                Settled::Done(Box::new(object))
            }
            // As it was before: a position is taken once only.
            Some(crc64) if settle == (Settle::Appended { length: object.size, crc64 }) => {
                Settled::NotDone
            }
            // Somebody else's: this write does not take place.
            Some(_) if settle == Settle::Content && !overwrites => Settled::NotDone,
            // Not yet written, or written and replaced.
            _ => Settled::Unknown,
        },
        (Settle::Content, Err(ErrorKind::NotFound)) if !overwrites => Settled::NotDone,
        (Settle::Appended { length: 0, .. }, Err(ErrorKind::NotFound)) => Settled::NotDone,
        (_, Err(_)) => Settled::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_object_tells() {
        let parts = Settle::Parts { size: 9, crc64: 7 };
        let append = Settle::Appended { length: 5, crc64: 3 };
        let found = |size, crc64| Ok(ObjectMetadata { size, crc64, ..ObjectMetadata::default() });
        let gone = || Err(ErrorKind::NotFound);
        for (settle, overwrites, found, expected) in [
            (Settle::Content, false, found(9, Some(7)), "Done"),
            (Settle::Content, true, found(9, Some(7)), "Done"),
            (parts, false, found(9, Some(7)), "Done"),
            (Settle::Content, false, found(9, Some(8)), "NotDone"),
            (Settle::Content, false, found(8, Some(7)), "NotDone"),
            (Settle::Content, false, gone(), "NotDone"),
            (Settle::Content, true, found(9, Some(8)), "Unknown"),
            (Settle::Content, true, gone(), "Unknown"),
            (Settle::Content, false, found(9, None), "Unknown"),
            (Settle::Content, false, Err(ErrorKind::AccessDenied), "Unknown"),
            (parts, false, found(9, Some(8)), "Unknown"),
            (parts, false, gone(), "Unknown"),
            (append, false, found(9, Some(7)), "Done"),
            (append, false, found(5, Some(3)), "NotDone"),
            (append, false, found(5, Some(4)), "Unknown"),
            (append, false, found(9, Some(8)), "Unknown"),
            (append, false, gone(), "Unknown"),
            (Settle::Appended { length: 0, crc64: 0 }, false, gone(), "NotDone"),
        ] {
            let told = format!("{:?}", judge(settle, overwrites, Some((9, 7)), found.clone()));
            assert!(told.starts_with(expected), "{settle:?} {overwrites} {found:?}: {told}");
        }
    }
}
