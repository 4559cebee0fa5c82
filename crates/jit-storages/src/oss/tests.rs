use std::collections::BTreeSet;
use std::sync::Mutex;

use jit_oss_server::{Operation, OssServer};

use super::*;
use crate::conformance;

/// What arrives at a server, by OSS's names.
type Seen = Arc<Mutex<BTreeSet<String>>>;

async fn watched() -> (OssServer, Seen) {
    let seen = Seen::default();
    let told = Arc::clone(&seen);
    let server = OssServer::builder().bucket("my-bucket").observe(move |request| {
        // What is refused is asked for without a signature, by the doctor, and no right is needed for that.
        if request.status != Some(403) {
            let operation = request.operation.map(|operation| format!("{operation:?}"));
            told.lock().unwrap().extend(operation);
        }
    });
    (server.start().await.unwrap(), seen)
}

/// The smallest part, and more than any file may have that goes in one request.
const SMALL: u64 = 102_400;

/// A storage that moves small files in parts, too.
fn in_parts(server: &OssServer) -> OssStorage {
    let bucket = Client::new(server.client_config()).unwrap().bucket("my-bucket").unwrap();
    let Transfers { uploader, downloader, copier } = Transfers::new(&bucket);
    let transfers = Transfers {
        uploader: uploader.with_threshold(SMALL).with_part_size(SMALL),
        downloader: downloader.with_part_size(SMALL),
        copier: copier.with_threshold(SMALL).with_part_size(SMALL),
    };
    let subject = Subject {
        element: "storages.MyOss".parse().unwrap(),
        type_name: "storages.OssType".parse().unwrap(),
    };
    OssStorage { subject, bucket, transfers, found: None }
}

fn times(server: &OssServer, operation: Operation) -> usize {
    server.requests().iter().filter(|request| request.operation == Some(operation)).count()
}

fn noise(length: usize) -> Bytes {
    (0..length).map(|at| (at % 251) as u8).collect()
}

/// None is missing, none is idle.
#[tokio::test]
async fn the_policy_allows_what_the_methods_ask_for_and_nothing_else() {
    let (server, seen) = watched().await;
    let storage = in_parts(&server);
    // Every method with every option, tags among them; what is longer than a part in parts.
    let report = conformance::run(&storage).await;
    assert!(report.failures().next().is_none(), "{report}");
    storage.doctor(&mut Checkup::new()).await.unwrap();
    let tagged = UploadOptions::default().with_tag("a", "b");
    storage.upload_by_file("tagged", noise(300_000), tagged).await.unwrap();
    storage.copy("tagged", "copy").await.unwrap();
    // One that is given up, and cleaned up after.
    server.faults().on(Operation::UploadPart).fail(400, "InvalidDigest");
    let plain = UploadOptions::default();
    storage.upload_by_file("given-up", noise(300_000), plain).await.unwrap_err();

    let seen = seen.lock().unwrap().clone();
    assert!(seen.iter().all(|name| !RamAction::of(name).is_empty()), "{seen:?}");
    let mut asked: BTreeSet<_> = seen.iter().flat_map(|name| RamAction::of(name)).collect();
    // No operation of its own: a header of an upload.
    asked.insert(&RamAction::PutObjectTagging);
    let policy = storage.ram_policy().unwrap();
    assert!(policy.actions().eq(asked.iter().map(|action| **action)), "{policy} {asked:?}");
}

#[tokio::test]
async fn what_is_too_large_for_one_copy_is_copied_in_parts() {
    let (server, _) = watched().await;
    let storage = in_parts(&server);
    let options = UploadOptions::from("text/x-long").with_metadata("author", "me");
    let uploaded = storage.upload_by_file("long", noise(300_000), options).await.unwrap();
    let copied = storage.copy("long", "copy").await.unwrap();
    let parts = times(&server, Operation::UploadPartCopy);
    assert_eq!((parts, times(&server, Operation::CopyObject)), (3, 0));
    assert_eq!((copied.crc64, copied.url), (uploaded.crc64, storage.bucket.url("copy")));
    assert_eq!(storage.download("copy").await.unwrap(), noise(300_000));
    let copy = storage.get_object("copy").await.unwrap();
    assert_eq!(copy.content_type.as_deref(), Some("text/x-long"));
    assert_eq!(copy.metadata, [("author".to_owned(), "me".to_owned())]);
}

#[tokio::test]
async fn a_file_comes_in_parts_and_goes_on_where_one_broke_off() {
    let (server, _) = watched().await;
    let storage = in_parts(&server);
    let data = noise(300_000);
    storage.upload_by_file("long", data.clone(), UploadOptions::default()).await.unwrap();
    server.faults().on(Operation::GetObject).skip(1).cut_after(50_000);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("long");
    let size = storage.download_file("long", &path, DownloadOptions::default()).await.unwrap();
    assert_eq!((size, times(&server, Operation::GetObject)), (300_000, 4));
    assert_eq!(std::fs::read(&path).unwrap(), data);
    // Nothing is beside it.
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn a_file_without_an_entity_tag_is_read_as_it_was_or_not_at_all() {
    let (server, _) = watched().await;
    let storage = in_parts(&server);
    let store = async |length| {
        storage.upload_by_file("a", noise(length), UploadOptions::default()).await.unwrap();
    };
    store(300_000).await;
    for operation in [Operation::HeadObject, Operation::GetObject] {
        server.faults().on(operation).times(9).without_header("etag");
    }
    let mut same = storage.get_object("a").await.unwrap();
    let mut read = Vec::new();
    while let Some(piece) = same.chunk().await.unwrap() {
        read.extend_from_slice(&piece);
    }
    assert_eq!((same.etag, read), (None, noise(300_000).to_vec()));

    let mut other = storage.get_object("a").await.unwrap();
    store(299_999).await;
    assert_eq!(other.chunk().await.unwrap_err().kind(), ErrorKind::Conflict);
}

#[tokio::test]
async fn a_file_that_cannot_be_written_says_so_and_what_to_do() {
    let (server, _) = watched().await;
    let storage = in_parts(&server);
    storage.upload_by_file("a", noise(3), UploadOptions::default()).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let nowhere = folder.path().join("no/where");
    let down = storage.download_file("a", &nowhere, DownloadOptions::default()).await;
    let error = down.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    let (text, named) = (error.to_string(), folder.path().display().to_string());
    assert!(
        text.contains(&named) && text.ends_with("; check the path, and that its disk has room")
    );
}

#[tokio::test]
async fn the_doctor_says_where_credentials_that_are_refused_were_found() {
    let (server, _) = watched().await;
    let storage = OssStorage { found: Some(OssCredentials::Profile), ..in_parts(&server) };
    let found = async || {
        let mut checkup = Checkup::new();
        storage.doctor(&mut checkup).await.ok();
        let step = checkup.steps().iter().find(|step| step.name == "credentials").unwrap();
        step.outcome.clone()
    };
    assert_eq!(found().await.unwrap(), "good for my-bucket, from a profile");
    server.faults().on(Operation::GetObject).fail(403, "InvalidAccessKeyId");
    let problem = found().await.unwrap_err();
    assert!(problem.message.ends_with("; the access key is the one from a profile"), "{problem:?}");
}
