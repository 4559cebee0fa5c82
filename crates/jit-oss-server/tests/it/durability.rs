//! Killed again and again under load: what was acknowledged is there, whole, and nothing is half there.
//!
//! `OSS_SERVER_KILLS` is how often; ten times unless it says otherwise. `OSS_SERVER_SEED` makes the same choices again.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use fastrand::Rng;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::mpsc;

use crate::program::Program;
use crate::support::{Ask, BUCKET, Reply, Wire, ask, blobs, get, put, read_reply};

const WRITERS: usize = 4;
const KEYS: usize = 5;
const VERSIONS: &str = "my-versions";
const ENABLED: &str = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";

/// What a generation holds: it says itself which it is, and how long it must be.
fn body(generation: usize) -> Vec<u8> {
    let line = format!("generation {generation}\n");
    line.repeat(1 + generation * 104_729 % 20_000).into_bytes()
}

/// Which generation this is, whole.
#[track_caller]
fn generation(found: &[u8]) -> usize {
    let line = found.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let number = std::str::from_utf8(line).ok().and_then(|line| line.strip_prefix("generation "));
    let number = number.and_then(|number| number.parse().ok());
    let number = number.unwrap_or_else(|| panic!("{} bytes of no generation", found.len()));
    assert!(found == body(number), "generation {number} is not whole");
    number
}

/// What one writer knows. No other writes its keys.
#[derive(Debug, Default)]
struct Known {
    /// The generation that each key holds; `None` for no object.
    keys: [Option<usize>; KEYS],
    /// The key that something was asked for which was not acknowledged, and what it would hold then.
    doubt: Option<(usize, Option<usize>)>,
    /// Versions by id, and what they hold; `None` for a delete marker.
    versions: Vec<(String, Option<usize>)>,
    /// As many of these have been looked at.
    checked: usize,
}

/// Sends, and reads the answer; `None` when the server is gone.
async fn send(wire: Wire, to: SocketAddr) -> Option<Reply> {
    let mut stream = TcpStream::connect(to).await.ok()?;
    stream.write_all(wire.head().as_bytes()).await.ok()?;
    stream.write_all(&wire.body).await.ok()?;
    Some(read_reply(stream).await).filter(|reply| reply.status != 0)
}

/// What must be acknowledged by a server that is there.
async fn done(ask: Ask, to: SocketAddr) -> Option<Reply> {
    let shown = format!("{} {:?}", ask.method, ask.key);
    let reply = send(ask.v4(), to).await?;
    assert!((200..300).contains(&reply.status), "{shown}: {}", reply.verdict());
    Some(reply)
}

fn key(writer: usize, number: usize) -> String {
    format!("k{writer}-{number}")
}

async fn upload(key: &str, body: &[u8], to: SocketAddr) -> Option<Reply> {
    let id = done(ask("POST", key).query("uploads", ""), to).await?.element("UploadId");
    let mut list = String::from("<CompleteMultipartUpload>");
    // The least that a part may have, but for the last one.
    for (number, part) in (1..).zip(body.chunks(100 << 10)) {
        let part = put(key, part).query("partNumber", &number.to_string()).query("uploadId", &id);
        let etag = done(part, to).await?.header("etag").to_owned();
        list += &format!("<Part><PartNumber>{number}</PartNumber><ETag>{etag}</ETag></Part>");
    }
    list += "</CompleteMultipartUpload>";
    done(Ask { body: list.into(), ..ask("POST", key) }.query("uploadId", &id), to).await
}

/// Writes until the server is gone.
async fn write(
    writer: usize,
    known: &Mutex<Known>,
    next: &AtomicUsize,
    mut random: Rng,
    to: SocketAddr,
    acks: mpsc::Sender<()>,
) {
    let known = || known.lock().unwrap();
    loop {
        let number = random.usize(0..KEYS);
        let name = key(writer, number);
        let generation = next.fetch_add(1, Ordering::SeqCst);
        let source = random.usize(0..KEYS);
        let copied = known().keys[source];
        let doubt = |holds| known().doubt = Some((number, holds));
        let (holds, reply) = match (random.u8(0..10), copied) {
            (0..3, _) => {
                doubt(Some(generation));
                (Some(generation), done(put(&name, body(generation)), to).await)
            }
            (3, _) => {
                doubt(None);
                (None, done(ask("DELETE", &name), to).await)
            }
            (4 | 5, _) => {
                doubt(Some(generation));
                (Some(generation), upload(&name, &body(generation), to).await)
            }
            (6 | 7, Some(copied)) => {
                doubt(Some(copied));
                let source = format!("/{BUCKET}/{}", key(writer, source));
                let copy = ask("PUT", &name).header("x-oss-copy-source", &source);
                (Some(copied), done(copy, to).await)
            }
            (what, _) => {
                let version = format!("v{writer}");
                let (ask, holds) = match what {
                    9 => (ask("DELETE", &version), None),
                    _ => (put(&version, body(generation)), Some(generation)),
                };
                let Some(reply) = done(ask.bucket(VERSIONS), to).await else { return };
                known().versions.push((reply.header("x-oss-version-id").to_owned(), holds));
                if acks.send(()).await.is_err() {
                    return;
                }
                continue;
            }
        };
        if reply.is_none() {
            return;
        }
        {
            let mut known = known();
            (known.keys[number], known.doubt) = (holds, None);
        }
        if acks.send(()).await.is_err() {
            return;
        }
    }
}

/// Compares what there is with what is known, and knows more then.
async fn check(writer: usize, known: &mut Known, to: SocketAddr) {
    for number in 0..KEYS {
        let name = key(writer, number);
        let reply = get(&name).v4().send_to(to).await;
        let found = match reply.status {
            404 => None,
            200 => Some(generation(&reply.body)),
            _ => panic!("{name}: {}", reply.verdict()),
        };
        let certain = known.keys[number];
        let in_doubt = known.doubt.filter(|(doubted, _)| *doubted == number);
        let may_be = found == certain || in_doubt.is_some_and(|(_, holds)| holds == found);
        assert!(may_be, "{name} holds {found:?} after {certain:?}; asked for: {in_doubt:?}");
        known.keys[number] = found;
    }
    known.doubt = None;
    for (id, holds) in &known.versions[known.checked..] {
        let ask = get(&format!("v{writer}")).bucket(VERSIONS).query("versionId", id);
        let reply = ask.v4().send_to(to).await;
        match holds {
            Some(holds) => assert_eq!(generation(&reply.body), *holds, "{id}"),
            None => assert_eq!(reply.verdict(), "405 MethodNotAllowed", "{id}"),
        }
    }
    known.checked = known.versions.len();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_acknowledged_is_there_after_each_of_many_kills_and_nothing_is_half_there() {
    let number = |name| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let kills = number("OSS_SERVER_KILLS").unwrap_or(10);
    let seed = number("OSS_SERVER_SEED").unwrap_or_else(|| fastrand::u64(..));
    println!("OSS_SERVER_SEED={seed}");
    let mut random = Rng::with_seed(seed);
    let directory = tempfile::tempdir().unwrap();
    let all: Vec<Arc<Mutex<Known>>> = (0..WRITERS).map(|_| Arc::default()).collect();
    let next = Arc::new(AtomicUsize::new(0));
    for _ in 0..kills {
        let server = Program::start(directory.path());
        let to = server.1;
        for bucket in
            [ask("PUT", ""), Ask { body: ENABLED.into(), ..ask("PUT", "") }.query("versioning", "")]
        {
            done(bucket.bucket(VERSIONS), to).await.unwrap();
        }
        for (writer, known) in all.iter().enumerate() {
            let mut taken = std::mem::take(&mut *known.lock().unwrap());
            check(writer, &mut taken, to).await;
            *known.lock().unwrap() = taken;
        }
        let (acks, mut seen) = mpsc::channel(1);
        let writers: Vec<_> = (0..WRITERS)
            .map(|writer| {
                let (known, next, acks) =
                    (Arc::clone(&all[writer]), Arc::clone(&next), acks.clone());
                let random = random.fork();
                tokio::spawn(async move { write(writer, &known, &next, random, to, acks).await })
            })
            .collect();
        drop(acks);
        // Between two answers, whatever the others are about at that moment.
        for _ in 0..random.usize(1..60) {
            seen.recv().await.unwrap();
        }
        let told = server.kill();
        assert_eq!(told, "", "a start after a kill has nothing to complain of");
        drop(seen);
        for writer in writers {
            writer.await.unwrap();
        }
    }
    // Nothing is left but what is listed.
    let server = Program::start(directory.path());
    for (writer, known) in all.iter().enumerate() {
        let mut known = std::mem::take(&mut *known.lock().unwrap());
        known.checked = 0;
        check(writer, &mut known, server.1).await;
    }
    empty(server.1).await;
    assert_eq!(blobs(directory.path()), 0);
}

/// Deletes everything that lists show.
async fn empty(to: SocketAddr) {
    loop {
        let uploads = get("").query("uploads", "").v4().send_to(to).await;
        let (keys, ids) = (uploads.elements("Key"), uploads.elements("UploadId"));
        for (key, id) in keys.iter().zip(&ids) {
            done(ask("DELETE", key).query("uploadId", id), to).await.unwrap();
        }
        let objects = get("").v4().send_to(to).await.elements("Key");
        for key in &objects {
            done(ask("DELETE", key), to).await.unwrap();
        }
        let versions = get("").bucket(VERSIONS).query("versions", "").v4().send_to(to).await;
        let (of, ids) = (versions.elements("Key"), versions.elements("VersionId"));
        for (key, id) in of.iter().zip(&ids) {
            let version = ask("DELETE", key).bucket(VERSIONS).query("versionId", id);
            done(version, to).await.unwrap();
        }
        if ids.is_empty() && objects.is_empty() && keys.is_empty() {
            return;
        }
    }
}
