//! Every row of the tables, as people see it.

use std::fmt::Write as _;

use expect_test::expect_file;
use http::{HeaderMap, StatusCode};

use super::*;
use crate::TransportError;
use crate::error::Error;

fn subject() -> Subject {
    Subject {
        operation: Some("GetObject"),
        bucket: Some("bkt".to_owned()),
        key: Some("k".to_owned()),
        host: "bkt.oss-cn-hangzhou.aliyuncs.com".to_owned(),
    }
}

fn told(out: &mut String, name: &str, failure: Failure) {
    let error = Error::new(subject(), failure);
    let advice = error.help().unwrap_or_else(|| "-".to_owned());
    let cause = error.cause().unwrap_or("-");
    writeln!(out, "{name}\n  kind    {:?}\n  cause   {cause}\n  advice  {advice}", error.kind())
        .unwrap();
}

fn service(status: u16, body: &str) -> Failure {
    let mut headers = HeaderMap::new();
    headers.insert("x-oss-request-id", "R1".parse().unwrap());
    let status = StatusCode::from_u16(status).unwrap();
    let error = ServiceError::read(status, &headers, body.as_bytes(), false, &[]);
    Failure::Service(Box::new(error))
}

/// The status that each code comes with, where it is not 400.
fn status(code: &str) -> u16 {
    match code {
        "AccessDenied" => 403,
        "MethodNotAllowed" => 405,
        "MissingContentLength" => 411,
        "NotImplemented" => 501,
        _ => 400,
    }
}

#[test]
fn rows_are_in_order() {
    let order = |row: &Row| (row.code, row.ec.is_none());
    assert!(CODES.is_sorted_by_key(order));
}

#[test]
fn every_row_is_told_as_it_should_be() {
    let mut out = String::new();
    for row in CODES {
        let ec = row.ec.unwrap_or("0001-1");
        let body = format!("<Error><Code>{}</Code><EC>{ec}</EC></Error>", row.code);
        let name = row.ec.map_or(row.code.to_owned(), |ec| format!("{} {ec}", row.code));
        told(&mut out, &name, service(status(row.code), &body));
    }
    for (name, body) in [
        (
            "a bucket elsewhere",
            "<Error><Code>AccessDenied</Code><Endpoint>oss-cn-beijing.aliyuncs.com</Endpoint></Error>",
        ),
        (
            "a URL that has expired",
            "<Error><Code>AccessDenied</Code><Message>Request has expired.</Message></Error>",
        ),
        (
            "another region",
            "<Error><Code>InvalidArgument</Code><Message>Invalid signing region.</Message></Error>",
        ),
        ("a code that is not known", "<Error><Code>Novel</Code></Error>"),
    ] {
        told(&mut out, name, service(403, body));
    }
    expect_file!["codes.txt"].assert_eq(&out);
}

#[test]
fn every_failed_connection_is_told_as_it_should_be() {
    let mut out = String::new();
    use TransportErrorKind as T;
    for (name, kind, cause) in [
        ("no such host", T::Connect, Cause::NoHost),
        ("no TLS", T::Connect, Cause::NoTls),
        ("an unknown certificate", T::Connect, Cause::Certificate),
        ("no proxy", T::Connect, Cause::NoProxy("p".to_owned())),
        ("beyond a proxy", T::Connect, Cause::BeyondProxy("p".to_owned())),
        ("no connection", T::Connect, Cause::Other),
        ("no connection in time", T::ConnectTimeout, Cause::Other),
        ("silence", T::Timeout, Cause::Other),
        ("a cut", T::Interrupted, Cause::Other),
        ("no HTTP", T::Protocol, Cause::Other),
        ("no body", T::Body, Cause::Other),
    ] {
        let error = TransportError::new(kind, "why").with_cause(cause);
        told(&mut out, name, Failure::Transport(error));
    }
    expect_file!["connections.txt"].assert_eq(&out);
}
