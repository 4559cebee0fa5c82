//! Every operation, and everything that can go wrong with one: how often it is tried, what is told, and that nothing
//! is left half done.

use std::collections::BTreeSet;
use std::pin::Pin;
use std::time::Duration;

use jit_oss::{
    Bucket, BucketAcl, Client, CompletedPart, Error, ErrorKind, ObjectAcl, RetryPolicy,
    StorageClass, UploadEntry, Versioning, crc64,
};
use jit_oss_server::{Operation, OssServer};

const OLD: &str = "the old content";
const NEW: &str = "the new content";

/// What every operation finds when it comes.
struct World {
    server: OssServer,
    client: Client,
    bucket: Bucket,
    /// The upload of `up`, with one part.
    upload: String,
    part: CompletedPart,
}

impl World {
    async fn new() -> Self {
        let server = OssServer::builder().bucket("my-bucket").restore_time(Duration::ZERO);
        let server = server.start().await.unwrap();
        // What the server asks for is capped as well: that it is heeded, a clock that is watched tells.
        let (base_delay, max_delay) = (Duration::from_millis(1), Duration::from_millis(1));
        let policy = RetryPolicy { base_delay, max_delay, ..RetryPolicy::default() };
        let client = Client::new(server.client_config().with_retry(policy)).unwrap();
        let bucket = client.bucket("my-bucket").unwrap();
        bucket.put_object("k", OLD).tag("a", "b").await.unwrap();
        bucket.append_object("log", 0, "one ").await.unwrap();
        bucket.put_object("cold", OLD).storage_class(StorageClass::Archive).await.unwrap();
        bucket.put_object("warm", OLD).storage_class(StorageClass::ColdArchive).await.unwrap();
        bucket.restore_object("warm").await.unwrap();
        bucket.put_symlink("link", "k").await.unwrap();
        let upload = bucket.initiate_multipart_upload("up").await.unwrap().upload_id;
        let part = bucket.upload_part("up", &upload, 1, NEW).await.unwrap().completed();
        Self { server, client, bucket, upload, part }
    }

    /// How many requests of a kind arrived since there were `before` in all.
    fn attempts(&self, operation: Operation, before: usize) -> usize {
        let requests = self.server.requests();
        let later = requests.iter().skip(before);
        later.filter(|record| record.operation == Some(operation)).count()
    }

    /// Objects are as they were or as they should become, and uploads are where they were.
    async fn is_whole(&self, case: &Case, fault: &str) {
        let what = format!("{:?} after {fault}", case.operation);
        let read = async |key: &str| match self.bucket.get_object(key).bytes().await {
            Ok(content) => String::from_utf8(content.to_vec()).unwrap(),
            Err(error) if error.kind() == ErrorKind::NotFound => "none".to_owned(),
            Err(error) => panic!("{what}: {key}: {error}"),
        };
        if self.bucket.info().await.is_ok() {
            for (key, allowed) in [
                ("k", [OLD, NEW, "none"]),
                ("new", [NEW, OLD, "none"]),
                ("up", [NEW, "none", "none"]),
                ("log", ["one ", "one two", "one two"]),
            ] {
                let found = read(key).await;
                assert!(allowed.contains(&found.as_str()), "{what}: {key}: {found:?}");
            }
            let uploads = self.bucket.list_multipart_uploads().uploads().all().await.unwrap();
            let key = |upload: &UploadEntry| match upload {
                UploadEntry::Upload(upload) => upload.key.clone(),
                UploadEntry::Prefix(prefix) => prefix.clone(),
            };
            let uploads: BTreeSet<_> = uploads.iter().map(key).collect();
            let ids: BTreeSet<_> = uploads.iter().map(String::as_str).collect();
            assert!(ids.is_subset(&["up", "begun"].into()), "{what}: {ids:?}");
        }
    }
}

/// What a request comes to that is sent once more when the first may have been done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Again {
    /// The same as once.
    Same,
    /// It is not sent again before the object was looked at.
    Look,
    /// It is sent again; if that is refused, the object is looked at.
    Refused,
    /// It is sent again; if what was to go is not there any more, it was done.
    Gone,
    /// Something else, and nothing tells.
    Never,
}

/// What an answer says that the client reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Says {
    Nothing,
    Document,
    /// The content of an object, or a checksum of it.
    Content,
    Checksum,
}

impl Case {
    fn is_harmless(&self) -> bool {
        let name = format!("{:?}", self.operation);
        ["Get", "Head", "List"].iter().any(|verb| name.starts_with(verb))
    }
}

type Run = for<'a> fn(&'a World) -> Pin<Box<dyn Future<Output = Result<(), Error>> + 'a>>;

struct Case {
    operation: Operation,
    again: Again,
    says: Says,
    run: Run,
}

/// `Operation, again, says: |world| a request`
macro_rules! cases {
    ($($operation:ident, $again:ident, $says:ident: |$world:ident| $request:expr;)+) => {
        vec![$(Case {
            operation: Operation::$operation,
            again: Again::$again,
            says: Says::$says,
            run: |$world| Box::pin(async move { $request.await.map(drop) }),
        }),+]
    };
}

fn cases() -> Vec<Case> {
    cases! {
        ListBuckets, Same, Document: |w| w.client.list_buckets().buckets().unwrap().all();
        PutBucket, Same, Nothing: |w| w.client.bucket("other").unwrap().create();
        DeleteBucket, Gone, Nothing: |w| async { w.client.bucket("empty").unwrap().delete().await };
        GetBucketInfo, Same, Document: |w| w.bucket.info();
        GetBucketLocation, Same, Document: |w| w.bucket.location();
        GetBucketStat, Same, Document: |w| w.bucket.stat();
        PutBucketAcl, Same, Nothing: |w| w.bucket.put_acl(BucketAcl::PublicRead);
        GetBucketAcl, Same, Document: |w| w.bucket.acl();
        PutBucketVersioning, Same, Nothing: |w| w.bucket.put_versioning(Versioning::Suspended);
        GetBucketVersioning, Same, Document: |w| w.bucket.versioning();
        PutObject, Same, Checksum: |w| w.bucket.put_object("k", NEW);
        PutObject, Look, Checksum: |w| w.bucket.put_object("new", NEW).forbid_overwrite();
        GetObject, Same, Content: |w| w.bucket.get_object("k").bytes();
        HeadObject, Same, Nothing: |w| w.bucket.head_object("k");
        GetObjectMeta, Same, Nothing: |w| w.bucket.get_object_meta("k");
        DeleteObject, Same, Nothing: |w| w.bucket.delete_object("k");
        DeleteMultipleObjects, Same, Document: |w| async {
            let deleted = w.bucket.delete_objects(["k", "cold"]).await?;
            assert_eq!(deleted.failed().count(), 0);
            Ok::<_, Error>(())
        };
        CopyObject, Same, Document: |w| w.bucket.copy_object("k", "new");
        AppendObject, Never, Nothing: |w| w.bucket.append_object("log", 4, "two");
        AppendObject, Look, Checksum: |w| {
            w.bucket.append_object("log", 4, "two").crc64_before(crc64::of(b"one "))
        };
        ListObjectsV2, Same, Document: |w| w.bucket.list_objects().entries().all();
        ListObjectVersions, Same, Document: |w| w.bucket.list_object_versions().entries().all();
        InitiateMultipartUpload, Same, Document: |w| w.bucket.initiate_multipart_upload("begun");
        UploadPart, Same, Checksum: |w| w.bucket.upload_part("up", &w.upload, 2, NEW);
        UploadPartCopy, Same, Document: |w| w.bucket.upload_part_copy("k", "up", &w.upload, 2);
        CompleteMultipartUpload, Never, Document: |w| {
            w.bucket.complete_multipart_upload("up", &w.upload, [w.part.clone()])
        };
        CompleteMultipartUpload, Refused, Document: |w| {
            let complete = w.bucket.complete_multipart_upload("up", &w.upload, [w.part.clone()]);
            complete.expect(NEW.len() as u64, crc64::of(NEW.as_bytes()))
        };
        AbortMultipartUpload, Gone, Nothing: |w| w.bucket.abort_multipart_upload("up", &w.upload);
        ListParts, Same, Document: |w| w.bucket.list_parts("up", &w.upload).parts().all();
        ListMultipartUploads, Same, Document: |w| w.bucket.list_multipart_uploads().uploads().all();
        PutObjectAcl, Same, Nothing: |w| w.bucket.put_object_acl("k", ObjectAcl::Private);
        GetObjectAcl, Same, Document: |w| w.bucket.get_object_acl("k");
        PutObjectTagging, Same, Nothing: |w| w.bucket.put_object_tagging("k", [("c", "d")]);
        GetObjectTagging, Same, Document: |w| w.bucket.get_object_tagging("k");
        DeleteObjectTagging, Same, Nothing: |w| w.bucket.delete_object_tagging("k");
        PutSymlink, Same, Nothing: |w| w.bucket.put_symlink("link", "k");
        GetSymlink, Same, Nothing: |w| w.bucket.get_symlink("link");
        RestoreObject, Same, Nothing: |w| w.bucket.restore_object("cold");
        CleanRestoredObject, Same, Nothing: |w| w.bucket.clean_restored_object("warm");
    }
}

/// The number of attempts, and how it ended: `ok`, or the kind of the error, with `?` if it may have been done.
type Outcome = (usize, String);

fn ok(attempts: usize) -> Outcome {
    (attempts, "ok".to_owned())
}

fn error(kind: ErrorKind) -> Outcome {
    (1, format!("{kind:?}"))
}

/// It was done, and no document says so; only a completion shows in the object.
fn nonsense(case: &Case) -> Outcome {
    match case.again {
        Again::Refused => ok(1),
        _ if case.is_harmless() => error(ErrorKind::Protocol),
        _ => (1, "Protocol?".to_owned()),
    }
}

/// What goes wrong, how the server is told, and what comes of it.
struct Fault {
    name: &'static str,
    arm: fn(&OssServer, Operation),
    outcome: fn(&Case) -> Outcome,
}

fn faults() -> Vec<Fault> {
    fn fault(
        name: &'static str,
        arm: fn(&OssServer, Operation),
        outcome: fn(&Case) -> Outcome,
    ) -> Fault {
        Fault { name, arm, outcome }
    }
    // Nothing was done, which a look tells where it matters.
    let failed: fn(&Case) -> Outcome = |case| match case.again {
        Again::Never => (1, "Server?".to_owned()),
        _ => ok(2),
    };
    vec![
        fault("no fault", |_, _| {}, |_| ok(1)),
        fault(
            "503 with Retry-After",
            |s, o| {
                s.faults().on(o).fail(503, "ServiceUnavailable");
                s.faults().on(o).header("retry-after", "7");
            },
            |_| ok(2),
        ),
        fault(
            "429 with Retry-After",
            |s, o| {
                s.faults().on(o).fail(429, "QpsLimitExceeded");
                s.faults().on(o).header("retry-after", "7");
            },
            |_| ok(2),
        ),
        fault("503", |s, o| s.faults().on(o).fail(503, "ServiceUnavailable"), |_| ok(2)),
        fault("429", |s, o| s.faults().on(o).fail(429, "QpsLimitExceeded"), |_| ok(2)),
        fault("500", |s, o| s.faults().on(o).fail(500, "InternalError"), failed),
        fault("502", |s, o| s.faults().on(o).fail(502, "BadGateway"), failed),
        fault(
            "500 to the end",
            |s, o| s.faults().on(o).times(9).fail(500, "InternalError"),
            |case| match (case.again, case.is_harmless()) {
                (Again::Never, _) => (1, "Server?".to_owned()),
                // It changes nothing, or the object shows that nothing was done.
                (Again::Look, _) | (_, true) => (3, "Server".to_owned()),
                (_, false) => (3, "Server?".to_owned()),
            },
        ),
        fault(
            "403",
            |s, o| s.faults().on(o).fail(403, "AccessDenied"),
            |_| error(ErrorKind::AccessDenied),
        ),
        fault(
            "a request that is lost",
            |s, o| s.faults().on(o).drop_request(),
            |case| match case.again {
                Again::Never => (1, "Interrupted?".to_owned()),
                _ => ok(2),
            },
        ),
        fault(
            "an answer that is lost",
            |s, o| s.faults().on(o).drop_reply(),
            |case| match case.again {
                Again::Same | Again::Refused | Again::Gone => ok(2),
                Again::Look => ok(1),
                Again::Never => (1, "Interrupted?".to_owned()),
            },
        ),
        fault(
            "an answer that is no HTTP",
            |s, o| s.faults().on(o).garbage(),
            |case| match (case.operation, case.again) {
                // The object is what was to be.
                (Operation::PutObject, _) | (_, Again::Look | Again::Refused) => ok(1),
                _ if case.is_harmless() => error(ErrorKind::Protocol),
                _ => (1, "Protocol?".to_owned()),
            },
        ),
        fault(
            "an answer that is no XML",
            |s, o| s.faults().on(o).not_xml(),
            |case| match case.says {
                Says::Document => nonsense(case),
                // Shorter or longer than announced, or of another checksum.
                Says::Content => ok(2),
                Says::Nothing | Says::Checksum => ok(1),
            },
        ),
        fault(
            "an answer that breaks off",
            |s, o| s.faults().on(o).cut_after(5),
            |case| match case.says {
                Says::Document if case.again == Again::Never => (1, "Interrupted?".to_owned()),
                Says::Document | Says::Content => ok(2),
                Says::Nothing | Says::Checksum => ok(1),
            },
        ),
        fault(
            "an answer with a bit turned",
            |s, o| s.faults().on(o).corrupt_body(),
            |case| match case.says {
                // Its first byte is no `<`, and what has no checksum is at least no document.
                Says::Document => nonsense(case),
                Says::Content => ok(2),
                Says::Nothing | Says::Checksum => ok(1),
            },
        ),
        fault(
            "a wrong checksum",
            |s, o| s.faults().on(o).corrupt_crc(),
            |case| match (case.says, case.again) {
                (Says::Document, Again::Refused) => (1, "Inconsistent?".to_owned()),
                (Says::Nothing | Says::Document, _) => ok(1),
                (_, Again::Look) => ok(1),
                _ => ok(2),
            },
        ),
        fault("a clock that is slow", |s, _| s.faults().skew_clock(3600), |_| ok(2)),
        fault(
            "a clock that is fast",
            |s, _| s.faults().skew_clock(-3600),
            |case| match case.operation {
                // It is an hour earlier, and the object not restored yet.
                Operation::CleanRestoredObject => (2, "Conflict".to_owned()),
                _ => ok(2),
            },
        ),
        fault(
            "an expired token",
            |s, o| s.faults().on(o).fail(403, "SecurityTokenExpired"),
            |_| error(ErrorKind::InvalidCredentials),
        ),
    ]
}

/// With a clock that jumps when nothing else can happen.
fn slow_faults() -> Vec<Fault> {
    // The first attempt is not on record before it is over.
    let again: fn(&Case) -> Outcome = |case| match case.again {
        Again::Never => (0, "Timeout?".to_owned()),
        _ => ok(1),
    };
    let dripping: fn(&Case) -> Outcome = |case| match (case.says, case.again) {
        // There is nothing to wait for.
        (Says::Nothing | Says::Checksum, _) => ok(1),
        (Says::Document | Says::Content, Again::Never) => (1, "Timeout?".to_owned()),
        (Says::Document | Says::Content, _) => ok(2),
    };
    vec![
        Fault {
            name: "a first byte that is slow",
            arm: |s, o| s.faults().on(o).delay(Duration::from_secs(19)),
            outcome: |_| ok(1),
        },
        Fault {
            name: "an answer that never comes",
            arm: |s, o| s.faults().on(o).delay(Duration::from_secs(86_400)),
            outcome: again,
        },
        Fault {
            name: "an answer that comes ever more slowly",
            arm: |s, o| s.faults().on(o).drip(Duration::from_secs(1)),
            outcome: dripping,
        },
        Fault {
            name: "an answer that stops for ever",
            arm: |s, o| s.faults().on(o).drip(Duration::from_secs(86_400)),
            outcome: dripping,
        },
    ]
}

#[tokio::test]
async fn every_operation_behaves_whatever_goes_wrong() {
    assert_eq!(try_each(cases(), faults()).await, 39 * 19);
}

#[tokio::test(start_paused = true)]
async fn every_operation_behaves_however_slow_it_is() {
    assert_eq!(try_each(cases(), slow_faults()).await, 39 * 4);
}

/// OSS does this where it answers with a document; anything else is not read, or is an object's content.
#[tokio::test]
async fn an_error_in_a_success_is_an_error() {
    let fault = Fault {
        name: "an error in a success",
        arm: |s, o| s.faults().on(o).fail(200, "InternalError"),
        outcome: |case| match case.again {
            Again::Never => (1, "Server?".to_owned()),
            _ => ok(2),
        },
    };
    let mut cases = cases();
    cases.retain(|case| case.says == Says::Document);
    assert_eq!(try_each(cases, vec![fault]).await, 18);
}

/// Every case with each of these faults; how many that were.
async fn try_each(cases: Vec<Case>, faults: Vec<Fault>) -> usize {
    let (mut wrong, mut tried) = (Vec::new(), 0);
    for case in cases {
        for fault in &faults {
            let world = World::new().await;
            if case.operation == Operation::DeleteBucket {
                world.client.bucket("empty").unwrap().create().await.unwrap();
            }
            let before = world.server.requests().len();
            (fault.arm)(&world.server, case.operation);
            let result = (case.run)(&world).await;
            let attempts = world.attempts(case.operation, before);
            world.server.faults().clear();
            let told = match &result {
                Ok(()) => "ok".to_owned(),
                Err(error) if error.outcome_unknown() => format!("{:?}?", error.kind()),
                Err(error) => format!("{:?}", error.kind()),
            };
            let expected = (fault.outcome)(&case);
            if (attempts, &told) != (expected.0, &expected.1) {
                let error = result.err().map(|error| error.to_string()).unwrap_or_default();
                wrong.push(format!(
                    "{:?} ({:?}), {}: {attempts} {told}, not {} {} {error}",
                    case.operation, case.again, fault.name, expected.0, expected.1
                ));
            }
            world.is_whole(&case, fault.name).await;
            tried += 1;
        }
    }
    assert!(wrong.is_empty(), "{} of {tried}:\n{}", wrong.len(), wrong.join("\n"));
    tried
}
