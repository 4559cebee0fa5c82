//! Contents that come too slowly, with a clock that jumps when nothing else can happen.

use std::time::Duration;

use jit_oss::{Bucket, Client, Config, Downloader, ErrorKind, MIN_PART_SIZE, RetryPolicy};
use jit_oss_server::{Operation, OssServer};

/// Longer than anybody waits.
const FOR_EVER: Duration = Duration::from_secs(86_400);

/// A bucket with an object of three parts.
async fn scene(change: impl FnOnce(Config) -> Config) -> (OssServer, Bucket, Vec<u8>) {
    let server = OssServer::builder().bucket("my-bucket").start().await.unwrap();
    let bucket = Client::new(change(server.client_config())).unwrap().bucket("my-bucket").unwrap();
    let length = usize::try_from(3 * MIN_PART_SIZE).unwrap();
    let data: Vec<u8> = (0..length).map(|i| (i % 251) as u8).collect();
    bucket.put_object("k", data.clone()).await.unwrap();
    (server, bucket, data)
}

/// Bytes that come within the twenty seconds that nothing may move, and pauses that last too long after them.
const DRIPS: [(Duration, usize); 3] =
    [(Duration::from_secs(1), 6), (Duration::from_secs(15), 2), (FOR_EVER, 1)];

#[tokio::test(start_paused = true)]
async fn a_content_that_drips_is_fetched_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("file");
    for (pause, _) in DRIPS {
        let (server, bucket, data) = scene(|config| config).await;
        server.faults().on(Operation::GetObject).times(2).drip(pause);
        let whole = bucket.get_object("k").whole().await.unwrap();
        assert!(whole.data == data && whole.metadata.receipt.attempts == 3, "{pause:?}");
        server.faults().on(Operation::GetObject).drip(pause);
        let told = bucket.get_object("k").to_file(&path).await.unwrap();
        assert!(std::fs::read(&path).unwrap() == data && told.receipt.attempts == 2, "{pause:?}");
        std::fs::remove_file(&path).unwrap();

        server.faults().on(Operation::GetObject).times(6).drip(pause);
        let error = bucket.get_object("k").bytes().await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Timeout, 3), "{pause:?}");
        assert!(error.to_string().ends_with("nothing moved for 20s"), "{error}");
        let error = bucket.get_object("k").to_file(&path).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Timeout, 3), "{pause:?}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn a_stream_that_drips_ends_with_a_timeout() {
    for (pause, bytes) in DRIPS {
        let (server, bucket, data) = scene(|config| config).await;
        server.faults().on(Operation::GetObject).drip(pause);
        let mut object = bucket.get_object("k").await.unwrap();
        let mut read = Vec::new();
        let error = loop {
            match object.body.chunk().await {
                Ok(piece) => read.extend_from_slice(&piece.expect("it has an end")),
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
        assert!(read == data[..bytes], "{pause:?}: {}", read.len());
        assert_eq!(object.body.receipt().bytes, bytes as u64);
        // Whoever reads on, fetches the rest.
        let rest = bucket.get_object("k").range(bytes as u64..).bytes().await.unwrap();
        assert!(rest == data[bytes..]);
    }
}

/// Something always moves, so only the limit of an attempt ends it.
#[tokio::test(start_paused = true)]
async fn a_trickle_ends_with_its_attempt() {
    let limit = Duration::from_secs(10);
    let policy = RetryPolicy { attempt_timeout: Some(limit), ..RetryPolicy::default() };
    let (server, bucket, data) = scene(|config| config.with_retry(policy)).await;
    server.faults().on(Operation::GetObject).drip(Duration::from_secs(1));
    assert!(bucket.get_object("k").bytes().await.unwrap() == data);
    server.faults().on(Operation::GetObject).times(3).drip(Duration::from_secs(1));
    let error = bucket.get_object("k").bytes().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Timeout, 3));
    assert!(error.to_string().ends_with("the attempt was not over within 10s"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn a_download_that_drips_goes_on_where_it_stopped() {
    for (pause, bytes) in DRIPS {
        let (server, bucket, data) = scene(|config| config).await;
        let folder = tempfile::tempdir().unwrap();
        let (path, checkpoint) = (folder.path().join("file"), folder.path().join("checkpoint"));
        let downloader = Downloader::new(&bucket).with_part_size(MIN_PART_SIZE).with_concurrency(1);
        let names = || std::fs::read_dir(folder.path()).unwrap().count();
        server.faults().on(Operation::GetObject).skip(1).times(2).drip(pause);
        downloader.download("k", &path).await.unwrap();
        assert!(std::fs::read(&path).unwrap() == data, "{pause:?}");
        let asked = server.requests();
        let asked = asked.iter().filter(|record| record.operation == Some(Operation::GetObject));
        assert_eq!(asked.count(), 5, "{pause:?}");
        std::fs::remove_file(&path).unwrap();

        server.faults().on(Operation::GetObject).skip(1).times(3).drip(pause);
        let error = downloader.download("k", &path).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
        assert_eq!(names(), 0, "{pause:?} {bytes}");

        server.faults().on(Operation::GetObject).skip(1).times(3).drip(pause);
        let download = || downloader.download("k", &path).checkpoint(&checkpoint);
        assert_eq!(download().await.unwrap_err().kind(), ErrorKind::Timeout);
        assert_eq!(download().await.unwrap().resumed, MIN_PART_SIZE);
        assert!(std::fs::read(&path).unwrap() == data && names() == 1, "{pause:?}");
    }
}
