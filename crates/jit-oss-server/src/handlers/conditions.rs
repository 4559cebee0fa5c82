//! Conditions on the state of an object that is read or copied from.

use http::{StatusCode, header};
use jit_oss::Timestamp;

use crate::auth::MAX_SKEW;
use crate::digest::Etag;
use crate::error::OssError;
use crate::reply::Reply;
use crate::request::Request;

/// What decides: the state of the object, and the clock.
#[derive(Clone, Copy, Debug)]
pub(super) struct State {
    pub(super) etag: Etag,
    pub(super) modified: Timestamp,
    pub(super) now: Timestamp,
}

/// The four headers.
#[derive(Debug)]
pub(super) struct Names {
    matching: &'static str,
    none_matching: &'static str,
    modified: &'static str,
    unmodified: &'static str,
}

/// Those of a request that reads.
pub(super) const READING: Names = Names {
    matching: "if-match",
    none_matching: "if-none-match",
    modified: "if-modified-since",
    unmodified: "if-unmodified-since",
};

/// Those of a request that copies.
pub(super) const COPYING: Names = Names {
    matching: "x-oss-copy-source-if-match",
    none_matching: "x-oss-copy-source-if-none-match",
    modified: "x-oss-copy-source-if-modified-since",
    unmodified: "x-oss-copy-source-if-unmodified-since",
};

/// The answer when a condition decides it.
pub(super) fn check(
    request: &Request,
    names: &Names,
    state: State,
) -> Result<Option<Reply>, OssError> {
    let date = |name| request.header(name).and_then(Timestamp::parse_http_date);
    let names_it = |list: &str| list.split(',').any(|tag| tag.trim() == "*" || state.etag.is(tag));
    let failed = |condition: &str| {
        let message = "At least one of the pre-conditions you specified did not hold.";
        OssError::new(StatusCode::PRECONDITION_FAILED, "PreconditionFailed", message)
            .with("Condition", titled(condition))
    };
    if request.header(names.matching).is_some_and(|list| !names_it(list)) {
        return Err(failed(names.matching));
    }
    if date(names.unmodified).is_some_and(|since| since < state.modified) {
        return Err(failed(names.unmodified));
    }
    // A date in the future, further than clocks may differ, is no date the client can have seen.
    let unmodified = date(names.modified)
        .is_some_and(|since| since >= state.modified && since <= state.now.plus(MAX_SKEW));
    if request.header(names.none_matching).is_some_and(names_it) || unmodified {
        return Ok(Some(
            Reply::empty(StatusCode::NOT_MODIFIED)
                .etag(&state.etag)
                .date(header::LAST_MODIFIED, state.modified),
        ));
    }
    Ok(None)
}

/// `if-match` as `If-Match`.
fn titled(name: &str) -> String {
    let words = name.split('-').map(|word| {
        let mut rest = word.chars();
        rest.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(rest).collect()
    });
    words.collect::<Vec<String>>().join("-")
}
