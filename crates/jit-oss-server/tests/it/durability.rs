//! Killed in the middle of many uploads: what was acknowledged is there, whole; nothing is half there.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use jit_oss::{Bucket, Client, Config, Credentials, RetryPolicy};

use crate::program::Program;
use crate::support::{BUCKET, get};

const WRITERS: usize = 4;
const KEYS: usize = 6;

/// The body of a generation of a key: it says itself which it is, and how long it must be.
fn body(key: usize, generation: usize) -> Vec<u8> {
    let line = format!("key {key} generation {generation}\n");
    line.repeat(1 + (key * 7919 + generation * 104_729) % 40_000).into_bytes()
}

fn bucket(address: SocketAddr) -> Bucket {
    let endpoint = format!("http://{address}").parse().unwrap();
    let config = Config::new(endpoint, Credentials::new("test-id", "test-secret"))
        .with_region("cn-hangzhou")
        .with_retry(RetryPolicy::never());
    Client::new(config).unwrap().bucket(BUCKET).unwrap()
}

/// Which generation a body is, if it is one, whole.
fn generation(key: usize, found: &[u8]) -> Option<usize> {
    let first = std::str::from_utf8(found.split(|&byte| byte == b'\n').next()?).ok()?;
    let generation = first.strip_prefix(&format!("key {key} generation "))?.parse().ok()?;
    (found == body(key, generation)).then_some(generation)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn acknowledged_objects_are_whole_after_a_kill_and_no_other_is_half_there() {
    let directory = tempfile::tempdir().unwrap();
    // The newest generation of each key that was acknowledged, over all rounds.
    let acknowledged: Arc<Mutex<BTreeMap<usize, usize>>> = Arc::default();
    let next = Arc::new(AtomicUsize::new(0));
    for round in 0..5 {
        let server = Program::start(directory.path());
        let bucket = bucket(server.1);
        let newest = acknowledged.lock().unwrap().clone();
        for (key, newest) in newest {
            let found = bucket.get_object(format!("k{key}")).bytes().await.unwrap();
            let found = generation(key, &found);
            assert!(found >= Some(newest), "k{key} is {found:?} after {newest} was acknowledged");
        }
        // Keys whose only uploads were cut off may be there or not, but never in part.
        for name in get("").v4().send_to(server.1).await.elements("Key") {
            let key: usize = name.strip_prefix('k').unwrap().parse().unwrap();
            let found = bucket.get_object(name.clone()).bytes().await.unwrap();
            assert!(generation(key, &found).is_some(), "{name} is not whole in round {round}");
        }

        let (acks, mut seen) = tokio::sync::mpsc::channel(1);
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let (bucket, acks) = (bucket.clone(), acks.clone());
                let (acknowledged, next) = (Arc::clone(&acknowledged), Arc::clone(&next));
                tokio::spawn(async move {
                    loop {
                        // A key belongs to one writer, so that its generations only grow.
                        let generation = next.fetch_add(1, Ordering::SeqCst);
                        let key = writer + WRITERS * (generation % KEYS);
                        let put = bucket.put_object(format!("k{key}"), body(key, generation));
                        if put.await.is_err() {
                            return; // The server is gone.
                        }
                        acknowledged.lock().unwrap().insert(key, generation);
                        if acks.send(()).await.is_err() {
                            return;
                        }
                    }
                })
            })
            .collect();
        for _ in 0..(17 + 13 * round) {
            seen.recv().await.unwrap();
        }
        drop(server); // kill -9, with uploads under way
        drop(seen);
        for writer in writers {
            writer.await.unwrap();
        }
    }
    assert!(acknowledged.lock().unwrap().len() > KEYS, "hardly anything was written");
}
