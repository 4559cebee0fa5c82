//! What all connections share.

use std::fmt;
use std::sync::Arc;

use jit_oss::Timestamp;

use crate::auth::Verifier;
use crate::console::Console;
use crate::fault::Faults;
use crate::record::{Records, RequestRecord};
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
    pub(crate) observer: Observer,
}

/// Who hears of each request.
#[derive(Clone, Default)]
pub(crate) struct Observer(Option<Arc<Observe>>);

type Observe = dyn Fn(&RequestRecord) + Send + Sync;

impl Observer {
    pub(super) fn of(observe: Arc<Observe>) -> Self {
        Self(Some(observe))
    }

    pub(crate) fn tell(&self, record: &RequestRecord) {
        if let Some(observe) = &self.0 {
            observe(record);
        }
    }
}

impl fmt::Debug for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Observer").field(&self.0.is_some()).finish()
    }
}

impl State {
    /// What this server's clock says.
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::now().plus(self.faults.skew())
    }
}
