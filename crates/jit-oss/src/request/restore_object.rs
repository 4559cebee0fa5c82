//! `RestoreObject` and `CleanRestoredObject`: making an archived object readable for a while.

use http::{HeaderMap, Method, Response, StatusCode};

use super::headers::headers;
use super::{Unsigned, awaited};
use crate::receipt::{Receipted, receipted};
use crate::{Body, Bucket, ObjectMetadata, Receipt, Result, response, xml};

/// A `RestoreObject` request; `.await` sends it, and does not wait for the restoration: `restore` of
/// [`HeadObject`](Bucket::head_object) tells how far it is.
#[derive(Debug)]
#[must_use = "a request does nothing until it is awaited"]
pub struct RestoreObjectRequest {
    bucket: Bucket,
    request: Unsigned,
    days: u32,
    speed: Option<RestoreSpeed>,
}

/// How soon a cold object is readable, and how dear that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RestoreSpeed {
    /// Soonest.
    Expedited,
    /// What it is unless told.
    Standard,
    /// Cheapest.
    Bulk,
}

/// What `RestoreObject` answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RestoreObject {
    /// Whether the object was readable before; then it stays so for longer.
    pub already_restored: bool,
    /// The version, in a bucket with versioning.
    pub version_id: Option<String>,
    /// How it came about.
    pub receipt: Receipt,
}

/// A `CleanRestoredObject` request; `.await` sends it.
#[derive(Debug)]
#[must_use = "a request does nothing until it is awaited"]
pub struct CleanRestoredObjectRequest {
    bucket: Bucket,
    request: Unsigned,
}

/// What `CleanRestoredObject` answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CleanRestoredObject {
    /// How it came about.
    pub receipt: Receipt,
}

impl Receipted for RestoreObject {
    fn receipt_mut(&mut self) -> &mut Receipt {
        &mut self.receipt
    }

    fn settled(refusal: ObjectMetadata) -> Option<Self> {
        Some(Self { receipt: refusal.receipt, ..Self::default() })
    }
}

receipted!(CleanRestoredObject);
awaited! {
    RestoreObjectRequest => RestoreObject,
    CleanRestoredObjectRequest => CleanRestoredObject,
}
headers! {
    RestoreObjectRequest: version;
    CleanRestoredObjectRequest: version;
}

impl RestoreObjectRequest {
    pub(crate) fn new(bucket: Bucket, key: String) -> Self {
        let mut request = Unsigned::new("RestoreObject", Method::POST, key).sub_resource("restore");
        request.done_code = Some("RestoreAlreadyInProgress");
        Self { bucket, request, days: 1, speed: None }
    }

    /// Sets for how many days the object stays readable; 1 unless set.
    pub fn days(mut self, days: u32) -> Self {
        if days == 0 {
            self.request.refuse("an object is restored for at least a day".to_owned());
        }
        self.days = days;
        self
    }

    /// Sets how soon a cold object is readable. Objects of the class `Archive` always take a minute.
    pub fn speed(mut self, speed: RestoreSpeed) -> Self {
        self.speed = Some(speed);
        self
    }

    async fn send(mut self) -> Result<RestoreObject> {
        let speed = self.speed.map(|speed| match speed {
            RestoreSpeed::Expedited => "Expedited",
            RestoreSpeed::Standard => "Standard",
            RestoreSpeed::Bulk => "Bulk",
        });
        self.request.document(xml::Writer::document("RestoreRequest", |writer| {
            writer.text("Days", &self.days.to_string());
            if let Some(speed) = speed {
                writer.element("JobParameters", |writer| writer.text("Tier", speed));
            }
        }));
        let read = |answer: Response<Body>, _| {
            std::future::ready(Ok(RestoreObject {
                already_restored: answer.status() == StatusCode::OK,
                version_id: response::version_id(answer.headers()),
                receipt: Receipt::default(),
            }))
        };
        self.bucket.place().run(&self.request, read).await
    }
}

impl CleanRestoredObjectRequest {
    pub(crate) fn new(bucket: Bucket, key: String) -> Self {
        let request = Unsigned::new("CleanRestoredObject", Method::POST, key);
        Self { bucket, request: request.sub_resource("cleanRestoredObject") }
    }

    async fn send(self) -> Result<CleanRestoredObject> {
        let read = |_: &HeaderMap, _: &[u8]| Ok(CleanRestoredObject::default());
        self.bucket.place().run_document(self.request, read).await
    }
}
