//! What cases say when they find something else than they expected.

use std::fmt::Debug;
use std::future::{Future, poll_fn};
use std::task::Poll;

use super::Outcome;
use crate::{Error, ErrorKind, Result};

/// Something that has to be so.
pub(super) fn equal<T: PartialEq + Debug>(what: &str, found: T, expected: T) -> Outcome {
    if found == expected {
        return Ok(());
    }
    Err(format!("{what}: expected {expected:?}, found {found:?}"))
}

/// Data that has to be this; it is not shown, because there may be a lot.
pub(super) fn same_data(what: &str, found: &[u8], expected: &[u8]) -> Outcome {
    if found == expected {
        return Ok(());
    }
    let differs = found.iter().zip(expected).position(|(a, b)| a != b);
    let at = differs.unwrap_or(found.len().min(expected.len()));
    let (found, expected) = (found.len(), expected.len());
    Err(format!(
        "{what}: expected the {expected} bytes that were stored, found {found} that differ from byte {at} on"
    ))
}

/// A call that has to succeed.
pub(super) fn success<T>(result: Result<T>) -> std::result::Result<T, String> {
    result.map_err(|error| format!("expected success, found: {error}"))
}

/// A call that has to fail in a certain way.
pub(super) fn failure<T>(
    what: &str,
    result: Result<T>,
    kind: ErrorKind,
) -> std::result::Result<Error, String> {
    match result {
        Err(error) if error.kind() == kind => Ok(error),
        Err(error) => Err(format!("{what}: expected {kind:?}, found {:?}: {error}", error.kind())),
        Ok(_) => Err(format!("{what}: expected {kind:?}, found success")),
    }
}

/// An error that has to say what was asked of whom.
pub(super) fn shape(error: &Error, function: &str, name: &str) -> Outcome {
    equal("the error's function", error.function(), function)?;
    equal("the error's object", error.object(), name)?;
    let (Some(element), Some(type_name)) = (error.element(), error.type_name()) else {
        return Err(format!("expected that the error names its element and Type, found: {error}"));
    };
    let text = error.to_string();
    let parts = [element.as_str(), type_name.as_str(), function, name];
    match parts.iter().find(|part| !text.contains(**part)) {
        None => Ok(()),
        Some(part) => Err(format!("the error's text: expected `{part}` in it, found: {text}")),
    }
}

/// Begins something and gives it up.
pub(super) async fn begin_only(future: impl Future) {
    let mut future = Box::pin(future);
    poll_fn(|context| {
        let done = future.as_mut().poll(context).is_ready();
        Poll::Ready(done)
    })
    .await;
}

/// The outputs of all futures, which run at the same time.
pub(super) async fn join_all<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut running: Vec<_> = futures.into_iter().map(|future| (Box::pin(future), None)).collect();
    poll_fn(|context| {
        let mut pending = false;
        for (future, output) in &mut running {
            if output.is_none() {
                match future.as_mut().poll(context) {
                    Poll::Ready(value) => *output = Some(value),
                    Poll::Pending => pending = true,
                }
            }
        }
        if pending { Poll::Pending } else { Poll::Ready(()) }
    })
    .await;
    running.into_iter().filter_map(|(_, output)| output).collect()
}

/// A power that is not declared: a refusal that says what to do instead.
pub(super) fn refused<T>(function: &str, name: &str, result: Result<T>) -> Outcome {
    let error = failure(&format!("{function}, not declared"), result, ErrorKind::Unsupported)?;
    equal("the error's function", error.function(), function)?;
    equal("the error's object", error.object(), name)?;
    match error.help() {
        Some(_) => Ok(()),
        None => Err(format!("expected that it says what to do instead, found: {error}")),
    }
}
