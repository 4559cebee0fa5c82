//! From the first byte to the object.

use std::collections::HashMap;
use std::sync::Arc;

use http::HeaderName;
use tokio::task::JoinSet;
use tracing::Instrument;

use super::super::checkpoint::Checkpoint;
use super::super::parts::{Part, Parts, growing};
use super::super::progress::Meter;
use super::feed::{Feed, Reader};
use super::pending::Pending;
use super::resume::{Begun, FileState, Known, Ongoing};
use super::{Upload, Uploaded};
use crate::error::failure::Failure;
use crate::request::Unsigned;
use crate::request::headers::{FORBID_OVERWRITE, OBJECT_ACL, TRAFFIC_LIMIT};
use crate::{CompletedPart, Error, Payload, Result, crc64};

/// A part that OSS has.
struct Stored {
    part: Part,
    etag: String,
    crc64: Option<u64>,
    resumed: bool,
}

impl Upload {
    pub(super) async fn send(mut self) -> Result<Uploaded> {
        if let Some(mistake) = self.request.mistake.take() {
            return Err(self.error(Failure::Input(mistake)));
        }
        self.request.default_content_type();
        let file = match self.body.whole_file() {
            Some(path) => Some(FileState::of(path).await.map_err(|failure| self.error(failure))?),
            None => None,
        };
        let size = file.map(|file| file.size).or(self.body.known_length());
        if self.checkpoint.is_some() && file.is_none() {
            let why = "only the upload of a whole file can be resumed from a checkpoint";
            return Err(self.error(Failure::Input(why.to_owned())));
        }
        match size {
            Some(size) if self.body.is_seekable() => {
                if size <= self.how.threshold || size == 0 {
                    return self.put(self.body.clone(), Some(size)).await;
                }
                self.in_parts_of(size, file).await
            }
            _ => self.stream(size).await,
        }
    }

    async fn stream(&self, size: Option<u64>) -> Result<Uploaded> {
        let (body, _) = self.body.open().await.map_err(|failure| self.error(failure))?;
        let part_size = match size {
            Some(size) => Parts::of(size, self.how.part_size)
                .map_err(|why| self.error(Failure::Input(why)))?
                .part_size(),
            None => self.how.part_size,
        };
        let mut reader = Reader::new(body, part_size);
        let first = self.unless_cancelled(reader.read(growing(1, part_size))).await;
        let first = first.and_then(|first| first).map_err(|failure| self.error(failure))?;
        if reader.is_over() {
            return self.put(first.into(), size).await;
        }
        let pending = self.initiate().await?;
        let meter = Meter::new(self.report.clone(), size);
        let feed = Feed::stream(reader, first);
        let outcome = self.parts(&pending, feed, HashMap::new(), &meter).await;
        self.finish(outcome, pending, None, None).await
    }

    async fn in_parts_of(&self, size: u64, file: Option<FileState>) -> Result<Uploaded> {
        let too_large = |why| self.error(Failure::Input(why));
        let parts = Parts::of(size, self.how.part_size).map_err(too_large)?;
        let meter = Meter::new(self.report.clone(), Some(size));
        let (Some(path), Some(file)) = (&self.checkpoint, file) else {
            let pending = self.initiate().await?;
            let feed = Feed::seekable(self.body.clone(), parts);
            let outcome = self.parts(&pending, feed, HashMap::new(), &meter).await;
            return self.finish(outcome, pending, None, file).await;
        };
        let bucket = &self.how.bucket;
        let begun = |id: &str| Begun::new(bucket, &self.request, file, parts.part_size(), id);
        let resumed = begun("").resume(bucket, path, |failure| self.error(failure)).await?;
        let Ongoing { pending, checkpoint, part_size, known } = match resumed {
            Some(ongoing) => ongoing,
            None => {
                let mut pending = self.initiate().await?;
                let made = Checkpoint::create(path, &begun(pending.id())).await;
                let checkpoint = made.map_err(|why| self.error(Failure::Io(why)))?;
                pending.disarm();
                let (part_size, known) = (parts.part_size(), HashMap::new());
                Ongoing { pending, checkpoint, part_size, known }
            }
        };
        let parts = Parts::of(size, part_size).map_err(too_large)?;
        let feed = Feed::seekable(self.body.clone(), parts);
        let outcome = self.parts(&pending, feed, known, &meter).await;
        self.finish(outcome, pending, Some(checkpoint), Some(file)).await
    }

    /// The whole object in one request.
    async fn put(&self, body: Payload, size: Option<u64>) -> Result<Uploaded> {
        let mut put = self.how.bucket.put_object(self.request.key.as_str(), body);
        let request = put.request_mut();
        self.give(request, |_| true);
        request.meter = Meter::new(self.report.clone(), size).part();
        let put = self.unless_cancelled(put).await.map_err(|failure| self.error(failure))??;
        Ok(Uploaded {
            size: put.receipt.bytes,
            etag: put.etag,
            crc64: put.crc64,
            version_id: put.version_id,
            receipt: put.receipt,
            ..Uploaded::default()
        })
    }

    async fn initiate(&self) -> Result<Pending> {
        let mut initiate = self.how.bucket.initiate_multipart_upload(self.request.key.as_str());
        self.give(initiate.request_mut(), |name| *name != OBJECT_ACL && *name != TRAFFIC_LIMIT);
        let begun = initiate.await?;
        Ok(Pending::new(&self.how.bucket, &self.request.key, &begun.upload_id))
    }

    /// Sends all parts, several at a time.
    async fn parts(
        &self,
        pending: &Pending,
        mut feed: Feed,
        known: HashMap<u32, Known>,
        meter: &Arc<Meter>,
    ) -> Result<Vec<Stored>> {
        // Dropping it ends the parts that are under way.
        let mut running = JoinSet::new();
        let mut stored = Vec::new();
        let work = async {
            let mut more = true;
            loop {
                while more && running.len() < self.how.concurrency {
                    match feed.next().await.map_err(|failure| self.error(failure))? {
                        Some((part, payload)) => {
                            let known = known.get(&part.number).cloned();
                            running.spawn(
                                self.part(pending.id(), part, payload, known, meter)
                                    .in_current_span(),
                            );
                        }
                        None => more = false,
                    }
                }
                match running.join_next().await {
                    Some(Ok(outcome)) => stored.push(outcome?),
                    // Nobody aborts it but the runtime, at its end.
                    Some(Err(_)) => return Err(self.error(Failure::Cancelled)),
                    None => return Ok(()),
                }
            }
        };
        let outcome = self.unless_cancelled(work).await;
        // Whatever is to follow, no part is on its way any more.
        running.shutdown().await;
        outcome.map_err(|failure| self.error(failure))??;
        stored.sort_unstable_by_key(|stored| stored.part.number);
        Ok(stored)
    }

    /// Sends a part, unless OSS has the same already.
    fn part(
        &self,
        upload_id: &str,
        part: Part,
        payload: Payload,
        known: Option<Known>,
        meter: &Arc<Meter>,
    ) -> impl Future<Output = Result<Stored>> + Send + 'static {
        let bucket = &self.how.bucket;
        let key = self.request.key.as_str();
        let mut request = bucket.upload_part(key, upload_id, part.number, payload.clone());
        self.give(request.request_mut(), |name| *name == TRAFFIC_LIMIT);
        request.request_mut().meter = meter.part();
        let meter = Arc::clone(meter);
        async move {
            if let Some(Known { etag, crc64, .. }) = known.filter(|known| known.size == part.length)
                && checksum(&payload).await.is_ok_and(|here| here == crc64)
            {
                meter.add(part.length);
                return Ok(Stored { part, etag, crc64: Some(crc64), resumed: true });
            }
            let sent = request.await?;
            Ok(Stored { part, etag: sent.etag, crc64: sent.crc64, resumed: false })
        }
    }

    /// Makes an object of the parts, or leaves as little behind as is asked for.
    async fn finish(
        &self,
        parts: Result<Vec<Stored>>,
        pending: Pending,
        checkpoint: Option<Checkpoint>,
        file: Option<FileState>,
    ) -> Result<Uploaded> {
        let outcome = match parts {
            Ok(parts) => self.complete(parts, pending.id(), file).await,
            Err(error) => Err(error),
        };
        let is_over = match &outcome {
            Ok(_) => true,
            Err(error) => {
                use crate::ErrorKind::{Cancelled, Changed, Inconsistent};
                matches!(error.kind(), Cancelled | Changed | Inconsistent)
            }
        };
        match (&outcome, checkpoint) {
            (Ok(_), checkpoint) => {
                pending.keep();
                checkpoint.into_iter().for_each(Checkpoint::remove);
            }
            (Err(_), Some(_)) if !is_over => pending.keep(),
            (Err(_), checkpoint) => {
                pending.abort().await;
                checkpoint.into_iter().for_each(Checkpoint::remove);
            }
        }
        outcome
    }

    async fn complete(
        &self,
        parts: Vec<Stored>,
        upload_id: &str,
        file: Option<FileState>,
    ) -> Result<Uploaded> {
        if let (Some(path), Some(before)) = (self.body.whole_file(), file) {
            let now = FileState::of(path).await.map_err(|failure| self.error(failure))?;
            if now != before {
                let path = path.display();
                let what = format!("`{path}` has changed while it was uploaded");
                return Err(self.error(Failure::Changed(what)));
            }
        }
        let size = parts.iter().map(|stored| stored.part.length).sum();
        let ours = parts.iter().try_fold(0, |crc, stored| {
            Some(crc64::combine(crc, stored.crc64?, stored.part.length))
        });
        let named: Vec<_> = parts
            .iter()
            .map(|stored| CompletedPart::new(stored.part.number, stored.etag.as_str()))
            .collect();
        let key = self.request.key.as_str();
        let mut complete = self.how.bucket.complete_multipart_upload(key, upload_id, named);
        self.give(complete.request_mut(), |name| *name == OBJECT_ACL || *name == FORBID_OVERWRITE);
        if let Some(crc64) = ours {
            complete = complete.expect(size, crc64);
        }
        let done = complete.await?;
        let receipt = crate::Receipt { bytes: size, ..done.receipt };
        Ok(Uploaded {
            size,
            etag: done.etag,
            crc64: done.crc64,
            version_id: done.version_id,
            parts: u32::try_from(parts.len()).unwrap_or(u32::MAX),
            resumed: parts.iter().filter(|p| p.resumed).map(|p| p.part.length).sum(),
            receipt,
        })
    }

    /// Gives a request the headers that are `wanted` of those that were set.
    fn give(&self, request: &mut Unsigned, wanted: impl Fn(&HeaderName) -> bool) {
        for (name, value) in self.request.headers.iter().filter(|(name, _)| wanted(name)) {
            request.headers.retain(|(known, _)| known != name);
            request.headers.push((name.clone(), value.clone()));
        }
        let forbids = request.headers.iter().any(|(name, _)| *name == FORBID_OVERWRITE);
        request.idempotent &= !forbids || request.operation == "InitiateMultipartUpload";
    }

    async fn unless_cancelled<F: IntoFuture>(
        &self,
        work: F,
    ) -> std::result::Result<F::Output, Failure> {
        match &self.cancellation {
            Some(cancellation) => {
                cancellation.unless(work.into_future()).await.ok_or(Failure::Cancelled)
            }
            None => Ok(work.await),
        }
    }

    fn error(&self, failure: Failure) -> Error {
        self.how.bucket.place().error(&self.request, failure)
    }
}

/// The checksum of what a payload would send.
async fn checksum(payload: &Payload) -> std::result::Result<u64, Failure> {
    let (mut body, sent) = payload.open().await?;
    while body.chunk().await.map_err(Failure::Transport)?.is_some() {}
    sent.crc64()
}
