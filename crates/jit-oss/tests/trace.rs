#![cfg(test)]
//! What a listener is told of requests. In a process of its own: what is asked for while it begins to listen, by
//! another test, may never be told.

#[expect(dead_code, reason = "the client's tests need more of it")]
#[path = "client/support/mod.rs"]
mod support;

use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex};

use jit_oss::TransportErrorKind as T;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

use support::scripted::{Scene, broken, refusal, reply};
use support::{SECRET, TOKEN};

/// Writes down spans when they are told something, and events.
#[derive(Clone, Default)]
struct Listener {
    lines: Arc<Mutex<Vec<String>>>,
    spans: Arc<Mutex<u64>>,
}

#[derive(Default)]
struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        // Times differ from run to run.
        if field.name() != "elapsed_ms" {
            write!(self.0, " {}={value:?}", field.name()).unwrap();
        }
    }
}

impl Listener {
    fn told(&self, what: String, visit: impl FnOnce(&mut Fields)) {
        let mut fields = Fields::default();
        visit(&mut fields);
        if !fields.0.is_empty() {
            self.lines.lock().unwrap().push(what + &fields.0);
        }
    }
}

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("jit_oss")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut spans = self.spans.lock().unwrap();
        *spans += 1;
        self.told(format!("{spans} {}:", span.metadata().name()), |fields| span.record(fields));
        Id::from_u64(*spans)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        self.told(format!("{}:", span.into_u64()), |fields| values.record(fields));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let level = *event.metadata().level();
        assert!(level == Level::WARN || level == Level::DEBUG);
        let parent = event.parent().map_or(0, Id::into_u64);
        self.told(format!("{parent} {level}:"), |fields| event.record(fields));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn every_attempt_is_a_span_and_says_how_it_ended() {
    let listener = Listener::default();
    let listening = tracing::subscriber::set_default(listener.clone());
    let scene = Scene::new([
        broken(T::Interrupted),
        refusal(403, "RequestTimeTooSkewed"),
        reply(200, &[], ""),
        refusal(403, "AccessDenied"),
    ]);
    scene.bucket.put_object("k", "123").await.unwrap();
    scene.bucket.get_object("k").await.unwrap_err();
    drop(listening);
    let lines = listener.lines.lock().unwrap().clone();
    assert_eq!(
        lines,
        [
            "1 oss_request: operation=\"PutObject\" host=\"bkt.oss.example.com\" attempt=1",
            "1: error_kind=Interrupted",
            "1 WARN: message=trying again error_kind=Interrupted pause_ms=100",
            "2 oss_request: operation=\"PutObject\" host=\"bkt.oss.example.com\" attempt=2",
            "2: error_kind=ClockSkewed",
            "2: status=403",
            "2: request_id=R1",
            "2 WARN: message=this machine's clock is wrong offset_s=7200",
            "3 oss_request: operation=\"PutObject\" host=\"bkt.oss.example.com\" attempt=3",
            "3: status=200",
            "3: bytes=3",
            "3: request_id=R1",
            "4 oss_request: operation=\"GetObject\" host=\"bkt.oss.example.com\" attempt=1",
            "4: error_kind=AccessDenied",
            "4: status=403",
            "4: request_id=R1",
        ]
    );
    let all = lines.join("\n");
    assert!(!all.contains(SECRET) && !all.contains(TOKEN) && !all.contains("OSS4"));
}
