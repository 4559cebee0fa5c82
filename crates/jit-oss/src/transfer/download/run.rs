//! From the first look at the object to the whole file.

use std::collections::HashMap;
use std::sync::Arc;

use http::header::IF_MATCH;
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;
use tracing::Instrument;

use super::super::checkpoint::Checkpoint;
use super::super::parts::{Part, Parts};
use super::super::progress::Meter;
use super::part::Fetch;
use super::target::{Target, checksum};
use super::{Download, Downloaded};
use crate::error::failure::Failure;
use crate::request::Unsigned;
use crate::{Error, ErrorKind, ObjectMetadata, Result, crc64};

/// How often everything is fetched when the checksum is wrong in the end.
const ROUNDS: u32 = 2;

/// What a checkpoint remembers of a download. Each step is a part's number and checksum.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Begun {
    endpoint: String,
    bucket: String,
    key: String,
    etag: Option<String>,
    crc64: Option<u64>,
    version_id: Option<String>,
    size: u64,
    part_size: u64,
    path: String,
}

/// A part that is in the file.
struct Received {
    part: Part,
    crc64: u64,
    resumed: bool,
}

impl Download {
    pub(super) async fn send(mut self) -> Result<Downloaded> {
        if let Some(mistake) = self.request.mistake.take() {
            return Err(self.error(Failure::Input(mistake)));
        }
        let mut head = self.how.bucket.head_object(self.request.key.as_str());
        head.request_mut().query.extend(self.request.query.iter().cloned());
        let metadata = self.unless_cancelled(head).await??;
        if let Some(etag) = &metadata.etag {
            self.request.set(IF_MATCH, &format!("\"{etag}\""));
        }
        let parts = if is_recognisable(&metadata) {
            Parts::of(metadata.size, self.how.part_size)
                .map_err(|why| self.error(Failure::Input(why)))?
        } else {
            self.checkpoint = None;
            Parts::one(metadata.size)
        };
        let io = |why| self.error(Failure::Io(why));
        let mut target = Target::open(&self.path, self.checkpoint.is_some()).await.map_err(io)?;
        let (checkpoint, parts, known) = match &self.checkpoint {
            None => (None, parts, HashMap::new()),
            Some(path) => {
                let begun = self.begun(&metadata, parts);
                let opened = Checkpoint::open::<Begun>(path).await.map_err(io)?;
                match opened.filter(|(_, remembered)| remembered.what.is(&begun)) {
                    Some((checkpoint, remembered)) => {
                        let parts = Parts::of(metadata.size, remembered.what.part_size)
                            .map_err(|why| self.error(Failure::Input(why)))?;
                        let known = remembered.steps.iter().filter_map(|step| step_of(step));
                        (Some(checkpoint), parts, known.collect())
                    }
                    None => {
                        target.clear().map_err(io)?;
                        let checkpoint = Checkpoint::create(path, &begun).await.map_err(io)?;
                        (Some(checkpoint), parts, HashMap::new())
                    }
                }
            }
        };
        let outcome = self.fetch(&metadata, parts, known, &target, checkpoint.as_ref()).await;
        match outcome {
            Ok(downloaded) => {
                target.finish(metadata.size).await.map_err(io)?;
                checkpoint.into_iter().for_each(Checkpoint::remove);
                Ok(downloaded)
            }
            Err(error) => {
                use ErrorKind::{Cancelled, Changed, Inconsistent, NotFound};
                // Nothing to go on with.
                if matches!(error.kind(), Cancelled | Changed | Inconsistent | NotFound) {
                    target.discard();
                    checkpoint.into_iter().for_each(Checkpoint::remove);
                }
                Err(error)
            }
        }
    }

    /// Everything into the file, until its checksum is right.
    async fn fetch(
        &self,
        metadata: &ObjectMetadata,
        parts: Parts,
        known: HashMap<u32, u64>,
        target: &Target,
        checkpoint: Option<&Checkpoint>,
    ) -> Result<Downloaded> {
        let mut meter = Meter::new(self.report.clone(), Some(metadata.size));
        let mut known = known;
        let mut round = 1;
        loop {
            let received = self.parts(metadata, parts, &known, target, checkpoint, &meter).await?;
            let ours = received
                .iter()
                .fold(0, |crc, received| crc64::combine(crc, received.crc64, received.part.length));
            match metadata.crc64.filter(|theirs| *theirs != ours) {
                None => {
                    let mut metadata = metadata.clone();
                    metadata.receipt.bytes = metadata.size;
                    metadata.receipt.crc_verified = metadata.crc64.is_some();
                    let resumed = received.iter().filter(|received| received.resumed);
                    return Ok(Downloaded {
                        metadata,
                        parts: u32::try_from(received.len()).unwrap_or(u32::MAX),
                        resumed: resumed.map(|received| received.part.length).sum(),
                    });
                }
                Some(theirs) if round == ROUNDS => {
                    return Err(self.error(Failure::Inconsistent { ours, theirs }));
                }
                Some(_) => {
                    round += 1;
                    known.clear();
                    // All of it was counted.
                    meter = Meter::new(None, None);
                }
            }
        }
    }

    /// All parts, several at a time.
    async fn parts(
        &self,
        metadata: &ObjectMetadata,
        parts: Parts,
        known: &HashMap<u32, u64>,
        target: &Target,
        checkpoint: Option<&Checkpoint>,
        meter: &Arc<Meter>,
    ) -> Result<Vec<Received>> {
        // Dropping it ends the parts that are under way.
        let mut running = JoinSet::new();
        let mut received = Vec::new();
        let mut waiting = parts.iter().filter(|part| part.length > 0);
        let work = async {
            loop {
                while running.len() < self.how.concurrency {
                    let Some(part) = waiting.next() else { break };
                    let known = known.get(&part.number).copied();
                    let fetch = Fetch {
                        bucket: self.how.bucket.clone(),
                        request: self.get(),
                        whole: metadata.clone(),
                        part,
                        file: target.beside().to_owned(),
                        meter: meter.part(),
                    };
                    running.spawn(one(fetch, known, Arc::clone(meter)).in_current_span());
                }
                match running.join_next().await {
                    Some(Ok(outcome)) => {
                        let done = outcome?;
                        if let Some(checkpoint) = checkpoint.filter(|_| !done.resumed) {
                            let step = format!("{} {}", done.part.number, done.crc64);
                            checkpoint.add(&step).map_err(|error| {
                                let why = format!("cannot write the checkpoint: {error}");
                                self.error(Failure::Io(why))
                            })?;
                        }
                        received.push(done);
                    }
                    // Nobody aborts it but the runtime, at its end.
                    Some(Err(_)) => return Err(self.error(Failure::Cancelled)),
                    None => return Ok(()),
                }
            }
        };
        let outcome = self.unless_cancelled(work).await;
        running.shutdown().await;
        outcome??;
        received.sort_unstable_by_key(|received| received.part.number);
        Ok(received)
    }

    /// What each part is asked for with.
    fn get(&self) -> Unsigned {
        let mut request = Unsigned::new("Download", http::Method::GET, self.request.key.clone());
        request.query.clone_from(&self.request.query);
        request.headers.clone_from(&self.request.headers);
        request
    }

    fn begun(&self, metadata: &ObjectMetadata, parts: Parts) -> Begun {
        let path = std::path::absolute(&self.path).unwrap_or_else(|_| self.path.clone());
        Begun {
            endpoint: self.how.bucket.client().config().endpoint().to_string(),
            bucket: self.how.bucket.name().as_str().to_owned(),
            key: self.request.key.clone(),
            etag: metadata.etag.clone(),
            crc64: metadata.crc64,
            version_id: metadata.version_id.clone(),
            size: metadata.size,
            part_size: parts.part_size(),
            path: path.display().to_string(),
        }
    }

    async fn unless_cancelled<F: IntoFuture>(&self, work: F) -> Result<F::Output> {
        match &self.cancellation {
            Some(cancellation) => cancellation
                .unless(work.into_future())
                .await
                .ok_or_else(|| self.error(Failure::Cancelled)),
            None => Ok(work.await),
        }
    }

    fn error(&self, failure: Failure) -> Error {
        self.how.bucket.place().error(&self.request, failure)
    }
}

impl Begun {
    /// Whether it is the same download, in parts of whatever size.
    fn is(&self, other: &Self) -> bool {
        let part_size = self.part_size;
        *self == Self { part_size, ..other.clone() }
    }
}

/// Whether parts can be known to be of one content: OSS always says by what, and a proxy may leave it out.
/// Otherwise it has to come in one answer.
pub(super) fn is_recognisable(metadata: &ObjectMetadata) -> bool {
    metadata.etag.is_some() || metadata.crc64.is_some()
}

/// A part's number and checksum.
fn step_of(line: &str) -> Option<(u32, u64)> {
    let (number, crc64) = line.split_once(' ')?;
    Some((number.parse().ok()?, crc64.parse().ok()?))
}

/// Fetches a part, unless it is in the file already.
async fn one(fetch: Fetch, known: Option<u64>, meter: Arc<Meter>) -> Result<Received> {
    let part = fetch.part;
    if let Some(crc64) = known
        && checksum(&fetch.file, part).await == Some(crc64)
    {
        meter.add(part.length);
        return Ok(Received { part, crc64, resumed: true });
    }
    let crc64 = fetch.run().await?;
    Ok(Received { part, crc64, resumed: false })
}
