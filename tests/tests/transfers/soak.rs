//! Many operations while one request in twenty meets a fault: what was acknowledged is there.
//!
//! `JIT_SOAK_OPERATIONS` sets how many, `JIT_SOAK_SEED` which.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use fastrand::Rng;
use jit_oss::{ErrorKind, Payload, UploadEntry};
use jit_oss_server::Operation;

use crate::support::{PART, Scene, bytes};

const OPERATIONS: u64 = 1_000;
const WORKERS: u64 = 4;
/// Names of each worker.
const NAMES: u64 = 25;
/// One request in so many meets a fault.
const FAULTS: u64 = 20;

/// What a worker knows of its objects.
#[derive(Default)]
struct Known {
    /// What an object may be: one thing after an operation that was acknowledged, more after one that
    /// failed. Nothing is `None`.
    objects: HashMap<String, Vec<Option<Vec<u8>>>>,
    failed: u64,
}

impl Known {
    fn may_be(&self, name: &str) -> Vec<Option<Vec<u8>>> {
        self.objects.get(name).cloned().unwrap_or_else(|| vec![None])
    }

    /// Takes down how a write ended.
    fn wrote(&mut self, name: &str, content: Option<Vec<u8>>, outcome: jit_oss::Result<()>) {
        let mut may_be = self.may_be(name);
        match outcome {
            Ok(()) => may_be = vec![content],
            Err(error) => {
                self.failed += 1;
                // Otherwise nothing was done.
                if error.outcome_unknown() {
                    may_be.push(content);
                }
            }
        }
        self.objects.insert(name.to_owned(), may_be);
    }

    /// Checks what was read, and knows more from then on.
    fn read(&mut self, name: &str, outcome: jit_oss::Result<Vec<u8>>) {
        let content = match outcome {
            Ok(content) => Some(content),
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(_) => {
                self.failed += 1;
                return;
            }
        };
        assert!(self.may_be(name).contains(&content), "{name} is none of what was written");
        self.objects.insert(name.to_owned(), vec![content]);
    }
}

/// Makes one request in twenty fail, in one way or another.
fn maybe_fault(scene: &Scene, random: &mut Rng) {
    if random.u64(0..FAULTS) > 0 {
        return;
    }
    let faults = scene.server.faults();
    let fault = faults.on_any();
    match random.u32(0..11) {
        0 => fault.fail(500, "InternalError"),
        1 => fault.fail(503, "ServiceUnavailable"),
        2 => fault.fail(429, "QpsLimitExceeded"),
        3 => fault.fail(502, "BadGateway"),
        4 => fault.drop_reply(),
        5 => fault.cut_after(random.u64(0..PART)),
        6 => fault.corrupt_crc(),
        7 => fault.garbage(),
        8 => fault.drop_request(),
        9 => fault.without_header("etag"),
        // Only where there is a document: a content that is asked for may be anything.
        _ => {
            let documents = [
                Operation::CopyObject,
                Operation::InitiateMultipartUpload,
                Operation::CompleteMultipartUpload,
            ];
            faults.on(documents[random.usize(0..documents.len())]).not_xml();
        }
    }
}

async fn operate(scene: &Scene, folder: &Path, prefix: u64, known: &mut Known, random: &mut Rng) {
    let name = format!("{prefix}/{}", random.u64(0..NAMES));
    let other = format!("{prefix}/{}", random.u64(0..NAMES));
    let bucket = &scene.bucket;
    let small = bytes(random.u64(0..4096), random.u64(..));
    match random.u32(0..10) {
        0..=2 => {
            let outcome = bucket.put_object(name.as_str(), small.clone()).await.map(drop);
            known.wrote(&name, Some(small), outcome);
        }
        3 => {
            let outcome = bucket.put_object(name.as_str(), small.clone()).forbid_overwrite().await;
            match outcome {
                // There is one, which stays.
                Err(error) if error.kind() == ErrorKind::Conflict && !error.outcome_unknown() => {
                    let may_be = known.may_be(&name);
                    assert!(may_be.iter().any(Option::is_some), "{name}: {error}");
                }
                outcome => known.wrote(&name, Some(small), outcome.map(drop)),
            }
        }
        4 => {
            let data = bytes(random.u64(2 * PART..4 * PART), random.u64(..));
            let file = folder.join(format!("up-{prefix}"));
            std::fs::write(&file, &data).unwrap();
            let outcome = scene.uploader().upload(name.as_str(), Payload::file(file)).await;
            known.wrote(&name, Some(data), outcome.map(drop));
        }
        5 => {
            let outcome = bucket.delete_object(name.as_str()).await.map(drop);
            known.wrote(&name, None, outcome);
        }
        6 => {
            if let [Some(content)] = known.may_be(&other).as_slice()
                && name != other
            {
                let outcome = bucket.copy_object(other.as_str(), name.as_str()).await.map(drop);
                known.wrote(&name, Some(content.clone()), outcome);
            }
        }
        7 => {
            let file = folder.join(format!("down-{prefix}"));
            let outcome = scene.downloader().download(name.as_str(), &file).await;
            known.read(&name, outcome.map(|_| std::fs::read(&file).unwrap()));
        }
        _ => {
            let outcome = bucket.get_object(name.as_str()).bytes().await;
            known.read(&name, outcome.map(|content| content.to_vec()));
        }
    }
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|value| value.parse().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_is_there() {
    let operations = number("JIT_SOAK_OPERATIONS").unwrap_or(OPERATIONS);
    let seed = number("JIT_SOAK_SEED").unwrap_or_else(|| fastrand::u64(..));
    println!("JIT_SOAK_OPERATIONS={operations} JIT_SOAK_SEED={seed}");
    let scene = Arc::new(Scene::new().await);
    let folder = Arc::new(tempfile::tempdir().unwrap());
    let workers: Vec<_> = (0..WORKERS)
        .map(|prefix| {
            let (scene, folder) = (Arc::clone(&scene), Arc::clone(&folder));
            tokio::spawn(async move {
                let mut random = Rng::with_seed(seed ^ prefix);
                let mut known = Known::default();
                for _ in 0..operations / WORKERS {
                    maybe_fault(&scene, &mut random);
                    operate(&scene, folder.path(), prefix, &mut known, &mut random).await;
                }
                known
            })
        })
        .collect();
    let mut known = Vec::new();
    for worker in workers {
        known.push(worker.await.unwrap());
    }
    scene.server.faults().clear();
    let failed: u64 = known.iter().map(|known| known.failed).sum();
    let mut objects = 0;
    for mut known in known {
        let names: Vec<_> = known.objects.keys().cloned().collect();
        objects += names.len();
        for name in names {
            let outcome = scene.bucket.get_object(name.as_str()).bytes().await;
            let failed = known.failed;
            known.read(&name, outcome.map(|content| content.to_vec()));
            assert_eq!(known.failed, failed, "{name} cannot be read");
        }
    }
    println!("{operations} operations, {failed} failed, {objects} objects as they were left");
    assert!(failed < operations / 10, "{failed} of {operations} failed");
    // An upload whose first answer was lost has no parts, and nobody knows of it.
    for upload in scene.bucket.list_multipart_uploads().uploads().all().await.unwrap() {
        let UploadEntry::Upload(upload) = upload else { panic!("{upload:?}") };
        let parts = scene.bucket.list_parts(upload.key, upload.upload_id).parts().all().await;
        assert_eq!(parts.unwrap(), []);
    }
}
