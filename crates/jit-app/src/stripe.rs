//! What is handed out of an element: a few handles, so that threads that ask for it do not wait for each other.
//!
//! Handing out a clone of an `Arc` writes its count, and a line of memory that two threads write travels to and
//! fro between them. So each thread takes the handle of its stripe, which has a count of its own.
//! A lookup reads nothing but the table and that line: the name is there as well.

use std::ops::Deref;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::element::Node;

/// How many handles an element has.
pub(crate) const STRIPES: usize = 2;

/// Names up to this length are in the handle. With the counts and the node it takes 56 bytes, which allocators
/// give 64: counts of two handles are never in one line of cache.
const SHORT: usize = 30;

/// What an [`Element`](crate::Element) holds: a node, behind a count that few share.
#[derive(Debug)]
// What a lookup reads stands beside the counts, which it writes: wherever an allocator puts it, most names are in
// the same line of cache.
#[repr(C)]
pub(crate) struct Handle {
    is_ready: AtomicBool,
    /// Of the name, though it be longer.
    len: u8,
    name: [u8; SHORT],
    node: Arc<Node>,
}

impl Handle {
    pub(crate) fn new(node: Arc<Node>) -> Self {
        let full = node.spec.define.full_name().as_str().as_bytes();
        let mut name = [0; SHORT];
        name.iter_mut().zip(full).for_each(|(to, from)| *to = *from);
        let len = u8::try_from(full.len()).unwrap_or(u8::MAX);
        Self { is_ready: AtomicBool::new(false), len, name, node }
    }

    /// Whether the element is live and nothing is to be done when it is asked for.
    #[inline]
    pub(crate) fn is_ready(&self) -> bool {
        self.is_ready.load(Ordering::Acquire)
    }

    /// Most names have 8 to 30 bytes: a first and a last part, that may overlap, tell them without a call.
    #[inline]
    pub(crate) fn is_named(&self, name: &str) -> bool {
        fn ends<const N: usize>(own: &[u8], name: &[u8]) -> Option<bool> {
            let same_start = own.first_chunk::<N>()? == name.first_chunk()?;
            Some(same_start && own.last_chunk::<N>()? == name.last_chunk()?)
        }
        let Some(own) = self.name.get(..usize::from(self.len)) else {
            return self.is_named_slowly(name);
        };
        let bytes = name.as_bytes();
        if own.len() != bytes.len() {
            return false;
        }
        let same = if own.len() > 16 { ends::<16>(own, bytes) } else { ends::<8>(own, bytes) };
        same.unwrap_or_else(|| self.is_named_slowly(name))
    }

    #[cold]
    #[inline(never)]
    fn is_named_slowly(&self, name: &str) -> bool {
        self.node.spec.define.full_name().as_str() == name
    }
}

impl Deref for Handle {
    type Target = Arc<Node>;

    fn deref(&self) -> &Arc<Node> {
        &self.node
    }
}

/// The handles of an element.
#[derive(Clone, Debug)]
pub(crate) struct Handles([Arc<Handle>; STRIPES]);

impl Handles {
    #[inline]
    pub(crate) fn of(&self, stripe: Stripe) -> &Arc<Handle> {
        &self.0[stripe.0 % STRIPES]
    }

    pub(crate) fn node(&self) -> &Arc<Node> {
        let [handle, ..] = &self.0;
        &handle.node
    }

    /// Lets whoever asks for it have it at once.
    pub(crate) fn set_ready(&self) {
        self.0.iter().for_each(|handle| handle.is_ready.store(true, Ordering::Release));
    }
}

/// Handles made beforehand, for elements that are about to be found. They are made all at once, so that they lie side
/// by side in memory: those of 10,000 elements would be in as many pages otherwise, each beside what else is made of
/// its element.
#[derive(Debug, Default)]
pub(crate) struct Spares(Mutex<Stock>);

#[derive(Debug, Default)]
struct Stock {
    /// How many elements are expected that have no handles made yet.
    expected: usize,
    handles: [Vec<Arc<Handle>>; STRIPES],
}

impl Spares {
    /// Says that so many elements are about to be made. What was made for others and not taken is gone: it would
    /// keep its app alive.
    pub(crate) fn expect(&self, elements: usize) {
        let stock = Stock { expected: elements, ..Stock::default() };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = stock;
    }

    /// The handles of a new element.
    pub(crate) fn handles(&self, node: &Arc<Node>) -> Handles {
        let mut stock = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Stock { expected, handles } = &mut *stock;
        let expected = std::mem::take(expected);
        Handles(handles.each_mut().map(|spares| {
            if expected > 0 {
                // Something has to stand in them until then: one that has the definition, and nothing that is live.
                let empty = node.anew();
                spares.extend((0..expected).map(|_| Arc::new(Handle::new(Arc::clone(&empty)))));
            }
            let handle = Handle::new(Arc::clone(node));
            let Some(mut spare) = spares.pop() else { return Arc::new(handle) };
            match Arc::get_mut(&mut spare) {
                Some(place) => *place = handle,
                None => return Arc::new(handle),
            }
            spare
        }))
    }
}

/// Which of the handles a thread takes: the one that the fewest others do.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Stripe(usize);

impl Stripe {
    #[inline]
    pub(crate) fn of_this_thread() -> Self {
        // Threads that are ending share one.
        Self(SEAT.try_with(|seat| seat.0).unwrap_or_default())
    }
}

/// Takes a stripe for as long as its thread lives.
struct Seat(usize);

thread_local! {
    static SEAT: Seat = Seat(SEATS.take());
}

impl Drop for Seat {
    fn drop(&mut self) {
        SEATS.give_back(self.0);
    }
}

static SEATS: Seats = Seats(Mutex::new([0; STRIPES]));

/// How many threads have each stripe.
struct Seats(Mutex<[usize; STRIPES]>);

impl Seats {
    fn take(&self) -> usize {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let fewest = taken.iter_mut().enumerate().min_by_key(|(_, taken)| **taken);
        fewest.map_or(0, |(stripe, taken)| {
            *taken += 1;
            stripe
        })
    }

    fn give_back(&self, stripe: usize) {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        taken[stripe % STRIPES] -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_that_are_there_together_have_different_stripes() {
        let seats = Seats(Mutex::default());
        let first: Vec<usize> = (0..STRIPES).map(|_| seats.take()).collect();
        assert_eq!(first, (0..STRIPES).collect::<Vec<_>>());
        // Those who begin while others end take what has become free.
        for stripe in first {
            seats.give_back(stripe);
            assert_eq!(seats.take(), stripe);
        }
        assert_eq!(*seats.0.lock().unwrap(), [1; STRIPES]);
    }

    #[test]
    fn a_thread_keeps_its_stripe_and_gives_it_back() {
        let same = || [(); 2].map(|()| Stripe::of_this_thread().0);
        let taken = || SEATS.0.lock().unwrap().iter().sum::<usize>();
        let before = taken();
        for _ in 0..1000 {
            let [a, b] = std::thread::spawn(same).join().unwrap();
            assert_eq!(a, b);
        }
        // Other tests may have begun meanwhile, but not a thousand.
        assert!(taken() < before + 1000);
    }

    #[test]
    fn counts_of_two_handles_are_never_in_one_line_of_cache() {
        // With the two counts of an `Arc`: allocators round up to 64.
        assert_eq!(size_of::<Handle>() + 2 * size_of::<usize>(), 56);
    }
}
