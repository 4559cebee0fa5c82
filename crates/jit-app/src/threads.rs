//! Sharing work among threads.

use std::num::NonZero;
use std::thread;

/// As many items are done before other threads are worth their start.
pub(crate) const ALONE: usize = 256;

/// How many threads the machine has room for.
pub(crate) fn count() -> usize {
    thread::available_parallelism().map_or(1, NonZero::get)
}

/// Does the same with each item; the results are in the items' order.
pub(crate) fn spread<T: Sync, R: Send>(items: &[T], each: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let threads = if items.len() > ALONE { count() } else { 1 };
    let size = items.len().div_ceil(threads).max(1);
    let (first, rest) = items.split_at(size.min(items.len()));
    let each = &each;
    thread::scope(|scope| {
        let others: Vec<_> = rest
            .chunks(size)
            .map(|chunk| {
                let work = move || chunk.iter().map(each).collect::<Vec<R>>();
                let started = thread::Builder::new().spawn_scoped(scope, work);
                // Without the other thread it takes longer, and that is all.
                started.map_err(|_| chunk)
            })
            .collect();
        let mut results: Vec<R> = first.iter().map(each).collect();
        for other in others {
            match other.map(thread::ScopedJoinHandle::join) {
                Ok(Ok(more)) => results.extend(more),
                Ok(Err(panic)) => std::panic::resume_unwind(panic),
                Err(chunk) => results.extend(chunk.iter().map(each)),
            }
        }
        results
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_are_in_order() {
        for length in [0, 1, 2, ALONE, ALONE + 1, 10 * ALONE + 3] {
            let items: Vec<usize> = (0..length).collect();
            let expected: Vec<usize> = items.iter().map(|item| item * 2).collect();
            assert_eq!(spread(&items, |item| item * 2), expected, "{length}");
        }
    }
}
