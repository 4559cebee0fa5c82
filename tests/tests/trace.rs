//! What a listener is told: spans of an app that is opened, of elements that come to life, and of a storage's calls, in
//! which are the requests of a client.

#![cfg(test)]

use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex};

use jit_app::Args;
use jit_oss_server::{Operation, OssServer};
use jit_testing::TestApp;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Writes down spans, each with the number of the one that it is in.
#[derive(Clone, Default)]
struct Listener(Arc<Mutex<Told>>);

#[derive(Default)]
struct Told {
    lines: Vec<String>,
    entered: Vec<u64>,
}

#[derive(Default)]
struct Fields(String);

impl Visit for Fields {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        // What differs from run to run.
        if !["elapsed_ms", "file", "host", "request_id"].contains(&field.name()) {
            write!(self.0, " {}={value:?}", field.name()).unwrap();
        }
    }
}

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_span() && metadata.target().starts_with("jit_")
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut told = self.0.lock().unwrap();
        let mut fields = Fields::default();
        span.record(&mut fields);
        let parent = told.entered.last().copied().unwrap_or_default();
        let line = format!("in {parent}: {}{}", span.metadata().name(), fields.0);
        told.lines.push(line);
        Id::from_u64(told.lines.len() as u64)
    }

    fn record(&self, span: &Id, values: &Record<'_>) {
        let mut fields = Fields::default();
        values.record(&mut fields);
        let place = usize::try_from(span.into_u64()).unwrap() - 1;
        self.0.lock().unwrap().lines[place] += &fields.0;
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, _: &Event<'_>) {}

    fn enter(&self, span: &Id) {
        self.0.lock().unwrap().entered.push(span.into_u64());
    }

    fn exit(&self, _: &Id) {
        self.0.lock().unwrap().entered.pop();
    }
}

#[tokio::test]
async fn an_app_its_elements_and_their_calls_are_spans() {
    let server = OssServer::builder().bucket("my-bucket").start().await.unwrap();
    let config = r#"{ "directory": "appData/files" }"#;
    let app = TestApp::new().oss_on("storages.MyOss", &server, "my-bucket");
    let app = app.configured("storages.Disk", "storages.DiskType", config);
    let listener = Listener::default();
    let listening = tracing::subscriber::set_default(listener.clone());
    let app = app.load().unwrap();
    let upload = || Args::new().push("a.txt").push(bytes::Bytes::from_static(b"data"));
    server.faults().on(Operation::PutObject).fail(503, "ServiceUnavailable");
    app.call("storages.MyOss", "uploadByFile", upload()).await.unwrap();
    app.call("storages.MyOss", "download", Args::new().push("missing")).await.unwrap_err();
    app.call("storages.MyOss", "list", Args::new()).await.unwrap();
    app.call("storages.Disk", "uploadByFile", upload()).await.unwrap();
    drop(listening);
    let lines = listener.0.lock().unwrap().lines.clone();
    assert_eq!(
        lines,
        [
            r#"in 0: app_open app="acme.Shop""#,
            r#"in 0: element_load element=storages.MyOss type=storages.OssType"#,
            r#"in 0: storage_call element=storages.MyOss function="uploadByFile" object="a.txt""#,
            r#"in 3: oss_request operation="PutObject" attempt=1 error_kind=Throttled status=503"#,
            r#"in 3: oss_request operation="PutObject" attempt=2 status=200 bytes=4"#,
            r#"in 0: storage_call element=storages.MyOss function="download" object="missing" error_kind=NotFound"#,
            r#"in 6: oss_request operation="GetObject" attempt=1 error_kind=NotFound status=404"#,
            r#"in 0: storage_call element=storages.MyOss function="list" object="""#,
            r#"in 8: oss_request operation="ListObjectsV2" attempt=1 status=200 bytes=0"#,
            r#"in 0: element_load element=storages.Disk type=storages.DiskType"#,
            r#"in 0: storage_call element=storages.Disk function="uploadByFile" object="a.txt""#,
        ]
    );
    let secret = server.credentials().access_key_secret();
    assert!(!lines.join("\n").contains(secrecy::ExposeSecret::expose_secret(secret)));
}
