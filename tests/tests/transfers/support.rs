//! A server, a bucket on it, and what is in there.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jit_oss::{Bucket, Client, Config, Downloader, Progress, RetryPolicy, Uploader};
use jit_oss_server::{Operation, OssServer};

/// The smallest part that OSS takes.
pub(crate) const PART: u64 = 100 * 1024;

pub(crate) struct Scene {
    pub(crate) server: OssServer,
    pub(crate) bucket: Bucket,
}

impl Scene {
    pub(crate) async fn new() -> Self {
        Self::with(|config| config).await
    }

    pub(crate) async fn with(change: impl FnOnce(Config) -> Config) -> Self {
        let server = OssServer::builder().bucket("bkt").start().await.unwrap();
        // Pauses are tested with the client's clock; here they only take time.
        let policy = RetryPolicy { base_delay: Duration::from_millis(1), ..RetryPolicy::default() };
        let config = change(server.client_config().with_retry(policy));
        let bucket = Client::new(config).unwrap().bucket("bkt").unwrap();
        Self { server, bucket }
    }

    /// Parts of 100 KB for whatever is larger than that.
    pub(crate) fn uploader(&self) -> Uploader {
        Uploader::new(&self.bucket).with_part_size(PART).with_threshold(PART)
    }

    pub(crate) fn downloader(&self) -> Downloader {
        Downloader::new(&self.bucket).with_part_size(PART)
    }

    /// How many requests of a kind arrived.
    pub(crate) fn count(&self, operation: Operation) -> usize {
        let requests = self.server.requests();
        requests.iter().filter(|record| record.operation == Some(operation)).count()
    }

    pub(crate) async fn stored(&self, key: &str) -> Vec<u8> {
        self.bucket.get_object(key).bytes().await.unwrap().to_vec()
    }

    pub(crate) async fn exists(&self, key: &str) -> bool {
        self.bucket.head_object(key).await.is_ok()
    }

    /// Uploads that were neither completed nor aborted.
    pub(crate) async fn unfinished(&self) -> usize {
        self.bucket.list_multipart_uploads().uploads().all().await.unwrap().len()
    }

    /// Waits until an abortion in the background is done.
    pub(crate) async fn until_aborted(&self) {
        while self.unfinished().await > 0 {
            tokio::task::yield_now().await;
        }
    }
}

/// Bytes that are the same for the same seed and different at each place.
pub(crate) fn bytes(length: u64, seed: u64) -> Vec<u8> {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut data = vec![0; usize::try_from(length).unwrap()];
    random.fill(&mut data);
    data
}

/// What was told of a transfer's progress.
#[derive(Clone, Default)]
pub(crate) struct Steps(Arc<Mutex<Vec<Progress>>>);

impl Steps {
    pub(crate) fn report(&self) -> impl Fn(Progress) + Send + Sync + 'static {
        let steps = self.clone();
        move |progress| steps.0.lock().unwrap().push(progress)
    }

    /// Checks that it never went back and ended at `total`.
    pub(crate) fn check(&self, total: u64, known: bool) {
        let steps = self.0.lock().unwrap();
        assert!(steps.windows(2).all(|pair| pair[0].bytes < pair[1].bytes), "{steps:?}");
        assert_eq!(steps.last().map_or(0, |last| last.bytes), total);
        assert!(steps.iter().all(|step| step.total == known.then_some(total)), "{steps:?}");
    }
}
