//! Failures on demand, in the words of the OSS server's faults.

use jit_storages::{ErrorKind, FUNCTIONS};

use super::{Call, StorageDouble};

/// A failure to come.
#[derive(Debug)]
pub(super) struct Rule {
    function: &'static str,
    skip: usize,
    times: usize,
    kind: ErrorKind,
}

/// A fault in the making: when it applies. [`fail`](Self::fail) arms it.
#[derive(Debug)]
#[must_use = "a fault does nothing until it is told how to `fail`"]
pub struct Fault<'a> {
    double: &'a StorageDouble,
    function: &'static str,
    skip: usize,
    times: usize,
}

impl StorageDouble {
    /// A fault of one function, named as in calls by name; without more, of its next call.
    ///
    /// ```
    /// use jit_storages::{ErrorKind, Storage};
    /// use jit_testing::StorageDouble;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> jit_storages::Result<()> {
    /// let storage = StorageDouble::new("storages.MyOss");
    /// storage.put("a.txt", "hello").await?;
    /// storage.on("download").skip(1).times(2).fail(ErrorKind::Unavailable);
    /// for works in [true, false, false, true] {
    ///     assert_eq!(storage.download("a.txt").await.is_ok(), works);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    ///
    /// When storages have no such function.
    #[track_caller]
    #[expect(clippy::panic, reason = "the test has a mistake, and this ends it where it is")]
    pub fn on(&self, function: &str) -> Fault<'_> {
        match FUNCTIONS.iter().find(|known| known.name == function) {
            Some(known) => Fault { double: self, function: known.name, skip: 0, times: 1 },
            None => {
                let known: Vec<_> = FUNCTIONS.iter().map(|function| function.name).collect();
                panic!("storages have no function `{function}`; they have {}", known.join(", "))
            }
        }
    }
}

impl Fault<'_> {
    /// Leaves the first `count` calls alone.
    pub fn skip(mut self, count: usize) -> Self {
        self.skip = count;
        self
    }

    /// Applies to `count` calls.
    pub fn times(mut self, count: usize) -> Self {
        self.times = count;
        self
    }

    /// Fails them in this way, and does nothing else.
    pub fn fail(self, kind: ErrorKind) {
        let Self { double, function, skip, times } = self;
        double.seen().rules.push(Rule { function, skip, times, kind });
    }
}

/// How this call fails; counts it. Of several faults that apply, the first decides.
pub(super) fn take(rules: &mut Vec<Rule>, call: &Call) -> Option<ErrorKind> {
    let mut failure = None;
    for rule in rules.iter_mut().filter(|rule| rule.function == call.function) {
        if rule.skip > 0 {
            rule.skip -= 1;
        } else if rule.times > 0 {
            rule.times -= 1;
            failure = failure.or(Some(rule.kind));
        }
    }
    rules.retain(|rule| rule.times > 0);
    failure
}
