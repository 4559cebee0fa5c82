//! Which loads wait for which, so that a circle of them is noticed by the one that would close it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::element::Node;

/// For each element whose load waits for others: those others. Who waits without loading anything is no part of a
/// circle, and is not here.
#[derive(Debug, Default)]
pub(crate) struct Waits(Mutex<HashMap<usize, Vec<Arc<Node>>>>);

/// A load that waits, until this is dropped.
#[derive(Debug)]
pub(crate) struct Waiting<'a> {
    waits: &'a Waits,
    from: usize,
    to: Arc<Node>,
}

impl Waits {
    /// Notes that the load of `from` waits for that of `to`.
    ///
    /// # Errors
    ///
    /// The circle that this would close: `from`, `to`, what that waits for, and so on, back to `from`.
    pub(crate) fn begin(
        &self,
        from: &Arc<Node>,
        to: &Arc<Node>,
    ) -> Result<Waiting<'_>, Vec<Arc<Node>>> {
        let mut waits = self.lock();
        if let Some(way) = way(&waits, to, from) {
            return Err([vec![Arc::clone(from)], way].concat());
        }
        let (from, to) = (from.identity(), Arc::clone(to));
        waits.entry(from).or_default().push(Arc::clone(&to));
        Ok(Waiting { waits: self, from, to })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<usize, Vec<Arc<Node>>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        let mut waits = self.waits.lock();
        let Some(others) = waits.get_mut(&self.from) else { return };
        if let Some(at) = others.iter().position(|other| Arc::ptr_eq(other, &self.to)) {
            others.swap_remove(at);
        }
        if others.is_empty() {
            waits.remove(&self.from);
        }
    }
}

/// The way from one to another along what each waits for, both included.
fn way(
    waits: &HashMap<usize, Vec<Arc<Node>>>,
    start: &Arc<Node>,
    end: &Arc<Node>,
) -> Option<Vec<Arc<Node>>> {
    // Who was met first by whom; a chain of loads may be longer than the stack is deep.
    let mut met = HashMap::from([(start.identity(), None::<Arc<Node>>)]);
    let mut open = vec![Arc::clone(start)];
    while let Some(at) = open.pop() {
        if at.identity() == end.identity() {
            let back = std::iter::successors(Some(at), |at| met.get(&at.identity())?.clone());
            let mut way: Vec<_> = back.collect();
            way.reverse();
            return Some(way);
        }
        for next in waits.get(&at.identity()).into_iter().flatten() {
            met.entry(next.identity()).or_insert_with(|| {
                open.push(Arc::clone(next));
                Some(Arc::clone(&at))
            });
        }
    }
    None
}
