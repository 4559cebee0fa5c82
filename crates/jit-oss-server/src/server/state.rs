//! What all connections share.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use http::HeaderValue;
use jit_oss::Timestamp;

use crate::auth::Verifier;
use crate::console::Console;
use crate::fault::Faults;
use crate::record::{Entry, Records, RequestRecord};
use crate::store::Store;

/// What all connections share.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) verifier: Verifier,
    pub(crate) store: Store,
    pub(crate) faults: Faults,
    pub(crate) records: Records,
    /// How long an archived object takes to be restored.
    pub(crate) restore_seconds: i64,
    /// Whether the control pages answer.
    pub(crate) control: bool,
    /// The pages for people, if there are any.
    pub(crate) console: Option<Console>,
    /// Whether requests with wrong signatures are served.
    pub(crate) lenient: bool,
    /// Hosts that uploads may have called back.
    pub(crate) callback_hosts: Vec<String>,
    /// Origins whose pages may use every bucket.
    pub(crate) cors_origins: Vec<String>,
    pub(crate) observer: Observer,
    pub(crate) dates: Dates,
}

/// The moment that answers told last, as they tell it: there are many of them in a second.
#[derive(Debug, Default)]
pub(crate) struct Dates(Mutex<Option<(Timestamp, HeaderValue)>>);

/// Who hears of each request.
#[derive(Clone, Default)]
pub(crate) struct Observer(Option<Arc<Observe>>);

type Observe = dyn Fn(&RequestRecord) + Send + Sync;

impl Observer {
    pub(super) fn of(observe: Arc<Observe>) -> Self {
        Self(Some(observe))
    }

    pub(crate) fn tell(&self, entry: &Entry) {
        if let Some(observe) = &self.0 {
            observe(&entry.into());
        }
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Observer").field(&self.0.is_some()).finish()
    }
}

impl State {
    /// A moment as the header of an answer tells it.
    pub(crate) fn date(&self, moment: Timestamp) -> HeaderValue {
        let mut last = self.dates.0.lock().unwrap_or_else(PoisonError::into_inner);
        match &*last {
            Some((of, value)) if *of == moment => value.clone(),
            _ => {
                let empty = HeaderValue::from_static("");
                let value = HeaderValue::try_from(moment.http_date()).unwrap_or(empty);
                last.insert((moment, value)).1.clone()
            }
        }
    }

    /// What this server's clock says.
    pub(crate) fn now(&self) -> Timestamp {
        self.at(Timestamp::now())
    }

    /// What this server's clock says when it is `moment`.
    pub(crate) fn at(&self, moment: Timestamp) -> Timestamp {
        moment.plus(self.faults.skew())
    }
}
