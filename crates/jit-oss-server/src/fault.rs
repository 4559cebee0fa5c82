//! Misbehaviour on demand, for testing clients.
//!
//! ```
//! # use jit_oss_server::{Operation, OssServer};
//! # async fn example(server: &OssServer) {
//! // The second and third PutObject meet a busy service.
//! server.faults().on(Operation::PutObject).skip(1).times(2).fail(503, "ServiceUnavailable");
//! # }
//! ```

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::route::Operation;
use crate::store::Store;
use crate::store::medium::Medium;

/// The faults of one server. Those that are armed apply to requests whose signature was accepted, each
/// counting the requests of its own operation.
#[derive(Debug, Default)]
pub struct Faults {
    rules: Mutex<Vec<Rule>>,
    skew: AtomicI64,
    medium: Arc<Medium>,
}

#[derive(Debug)]
struct Rule {
    operation: Option<Operation>,
    skip: usize,
    times: usize,
    action: Action,
}

/// What goes wrong.
#[derive(Clone, Debug)]
pub(crate) enum Action {
    Fail { status: u16, code: String },
    Expire,
    Delay(Duration),
    Hold(Arc<Gate>),
    CutAfter(u64),
    Drip(Duration),
    CorruptBody,
    Garbage,
    NotXml,
    DropRequest,
    DropReply,
    Header(String, String),
    WithoutHeader(String),
}

/// A fault in the making: when it applies. One of its finishing methods says what happens.
#[derive(Debug)]
#[must_use = "a fault does nothing until it is told what to do, as by `fail`"]
pub struct Fault<'a> {
    faults: &'a Faults,
    operation: Option<Operation>,
    skip: usize,
    times: usize,
}

/// Lets held requests go on, when asked to and when dropped.
#[derive(Debug)]
#[must_use = "dropping it releases what is held"]
pub struct Hold(Arc<Gate>);

/// Where requests are held.
#[derive(Debug)]
pub(crate) struct Gate {
    /// A permit for each request that has come.
    reached: Semaphore,
    /// Closed to let them go on.
    open: Semaphore,
}

impl Gate {
    /// Waits until the gate opens.
    pub(crate) async fn pass(&self) {
        self.reached.add_permits(1);
        // It has no permits: the end of the wait is that it is closed.
        drop(self.open.acquire().await);
    }
}

impl Hold {
    /// Waits until a request is held; called again, until another one is.
    pub async fn reached(&self) {
        if let Ok(request) = self.0.reached.acquire().await {
            request.forget();
        }
    }

    /// Lets all requests go on that are held, and those to come.
    pub fn release(self) {}
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.open.close();
    }
}

impl Faults {
    pub(crate) fn of(store: &Store) -> Self {
        Self { medium: Arc::clone(store.medium()), ..Self::default() }
    }

    /// Lets the data directory take this many bytes more, and then be full; `None` for as many as there is
    /// room for. A server in memory has no such limit.
    pub fn limit_disk(&self, bytes: Option<u64>) {
        self.medium.limit(bytes);
    }

    /// Lets the medium of the data directory lose what it is to keep, as one that is broken does: with
    /// [`Durability::Power`](crate::Durability) writes fail, and go on failing until the server is started anew.
    /// `false` mends the medium.
    pub fn forget_writes(&self, forgets: bool) {
        self.medium.forget(forgets);
    }

    /// A fault of one operation; without more, of its next request.
    pub fn on(&self, operation: Operation) -> Fault<'_> {
        Fault { faults: self, operation: Some(operation), skip: 0, times: 1 }
    }

    /// A fault of any operation; without more, of the next request.
    pub fn on_any(&self) -> Fault<'_> {
        Fault { faults: self, operation: None, skip: 0, times: 1 }
    }

    /// Sets the server's clock ahead by `seconds`, or back when negative.
    pub fn skew_clock(&self, seconds: i64) {
        self.skew.store(seconds, Ordering::Relaxed);
    }

    /// Disarms all faults, sets the clock right, and mends the disk.
    pub fn clear(&self) {
        self.rules().clear();
        self.skew_clock(0);
        self.limit_disk(None);
        self.forget_writes(false);
    }

    pub(crate) fn skew(&self) -> i64 {
        self.skew.load(Ordering::Relaxed)
    }

    /// What happens to this request; counts it.
    pub(crate) fn take(&self, operation: Operation) -> Vec<Action> {
        let mut rules = self.rules();
        let mut actions = Vec::new();
        for rule in rules.iter_mut() {
            if rule.operation.is_some_and(|wanted| wanted != operation) {
                continue;
            }
            if rule.skip > 0 {
                rule.skip -= 1;
            } else {
                rule.times -= 1;
                actions.push(rule.action.clone());
            }
        }
        rules.retain(|rule| rule.times > 0);
        actions
    }

    fn rules(&self) -> MutexGuard<'_, Vec<Rule>> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Fault<'_> {
    /// Leaves the first `count` requests alone.
    pub fn skip(mut self, count: usize) -> Self {
        self.skip = count;
        self
    }

    /// Applies to `count` requests.
    pub fn times(mut self, count: usize) -> Self {
        self.times = count;
        self
    }

    /// Answers with an error document of this status and code, and does nothing else. A status outside 200
    /// to 999 becomes 500.
    pub fn fail(self, status: u16, code: impl Into<String>) {
        self.arm(Action::Fail { status, code: code.into() });
    }

    /// Answers as if the request's signature had expired, and does nothing else.
    pub fn expire(self) {
        self.arm(Action::Expire);
    }

    /// Waits before doing anything.
    pub fn delay(self, time: Duration) {
        self.arm(Action::Delay(time));
    }

    /// Waits before doing anything, until the returned [`Hold`] is released or dropped.
    pub fn hold(self) -> Hold {
        let gate = Arc::new(Gate { reached: Semaphore::new(0), open: Semaphore::new(0) });
        self.arm(Action::Hold(Arc::clone(&gate)));
        Hold(gate)
    }

    /// Closes the connection after this many bytes of the answer's body; a body that is not longer
    /// arrives whole.
    pub fn cut_after(self, bytes: u64) {
        self.arm(Action::CutAfter(bytes));
    }

    /// Answers with a body that comes byte by byte, ever more slowly: the second byte after this pause, and
    /// each further one after twice the pause before it. After a pause that nobody waits for, it is a body
    /// that stops for ever.
    pub fn drip(self, pause: Duration) {
        self.arm(Action::Drip(pause));
    }

    /// Answers with one bit of the body turned, and headers that are right.
    pub fn corrupt_body(self) {
        self.arm(Action::CorruptBody);
    }

    /// Applies the request and answers bytes that are not HTTP.
    pub fn garbage(self) {
        self.arm(Action::Garbage);
    }

    /// Applies the request and answers 200 with a body that is not XML.
    pub fn not_xml(self) {
        self.arm(Action::NotXml);
    }

    /// Closes the connection without an answer, and does nothing else.
    pub fn drop_request(self) {
        self.arm(Action::DropRequest);
    }

    /// Applies the request and closes the connection without an answer.
    pub fn drop_reply(self) {
        self.arm(Action::DropReply);
    }

    /// Answers with a checksum that belongs to other content.
    pub fn corrupt_crc(self) {
        self.header("x-oss-hash-crc64ecma", "1");
    }

    /// Sets a header of the answer. What cannot stand in a header is left out.
    pub fn header(self, name: impl Into<String>, value: impl Into<String>) {
        self.arm(Action::Header(name.into(), value.into()));
    }

    /// Leaves a header of the answer out, as a proxy may.
    pub fn without_header(self, name: impl Into<String>) {
        self.arm(Action::WithoutHeader(name.into()));
    }

    fn arm(self, action: Action) {
        if self.times > 0 {
            let Self { faults, operation, skip, times } = self;
            faults.rules().push(Rule { operation, skip, times, action });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fault_skips_then_applies_then_is_over() {
        let faults = Faults::default();
        faults.on(Operation::PutObject).skip(1).times(2).garbage();
        faults.on(Operation::PutObject).times(0).garbage();
        let counts: Vec<_> = (0..5).map(|_| faults.take(Operation::PutObject).len()).collect();
        assert_eq!(counts, [0, 1, 1, 0, 0]);
    }

    #[test]
    fn a_fault_counts_its_own_operation() {
        let faults = Faults::default();
        faults.on(Operation::GetObject).skip(1).garbage();
        faults.on_any().skip(1).not_xml();
        assert_eq!(faults.take(Operation::PutObject).len(), 0);
        assert_eq!(faults.take(Operation::GetObject).len(), 1);
        assert_eq!(faults.take(Operation::GetObject).len(), 1);
    }
}
