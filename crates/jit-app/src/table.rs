//! A map from names that is cheap to change while others read it.
//!
//! It is cut into pieces. Cloning shares all of them; a change to a clone copies the list of pieces and the
//! one that changes, and readers of the other clone see nothing of it.

use std::hash::BuildHasher;
use std::sync::Arc;

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};
use jit_meta::FullName;

/// How many names a piece holds on average before there are more pieces. Few and large pieces make lookups
/// fast, as what leads to a name stays in the cache; a change copies one of them, which takes microseconds.
const FULL: usize = 1024;

/// A map from full names.
#[derive(Clone, Debug)]
pub(crate) struct Table<V> {
    /// A power of two of them.
    pieces: Arc<[Arc<Piece<V>>]>,
    hasher: DefaultHashBuilder,
    len: usize,
}

type Piece<V> = HashTable<(FullName, V)>;

impl<V> Default for Table<V> {
    fn default() -> Self {
        let pieces = Arc::from([Arc::new(HashTable::new())]);
        Self { pieces, hasher: DefaultHashBuilder::default(), len: 0 }
    }
}

/// Which piece a hash belongs to; within a piece the low and the topmost bits decide.
#[inline]
fn place(hash: u64, pieces: usize) -> usize {
    (hash >> 32) as usize & (pieces - 1)
}

impl<V> Table<V> {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    #[inline]
    pub(crate) fn get(&self, name: &str) -> Option<&V> {
        let hash = self.hasher.hash_one(name);
        let piece = self.pieces.get(place(hash, self.pieces.len()))?;
        piece.find(hash, |(key, _)| key.as_str() == name).map(|(_, value)| value)
    }

    /// In no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&FullName, &V)> {
        self.pieces.iter().flat_map(|piece| piece.iter()).map(|(name, value)| (name, value))
    }
}

impl<V: Clone> Table<V> {
    pub(crate) fn insert(&mut self, name: FullName, value: V) {
        if self.len >= self.pieces.len() * FULL {
            self.grow();
        }
        let hash = self.hasher.hash_one(name.as_str());
        let hasher = self.hasher.clone();
        let rehash = |(key, _): &(FullName, V)| hasher.hash_one(key.as_str());
        let at = place(hash, self.pieces.len());
        let Some(piece) = Arc::make_mut(&mut self.pieces).get_mut(at) else { return };
        match Arc::make_mut(piece).entry(hash, |(key, _)| *key == name, rehash) {
            Entry::Occupied(mut entry) => *entry.get_mut() = (name, value),
            Entry::Vacant(entry) => {
                entry.insert((name, value));
                self.len += 1;
            }
        }
    }

    pub(crate) fn remove(&mut self, name: &str) -> Option<V> {
        // Nothing is copied for a name that is not there.
        self.get(name)?;
        let hash = self.hasher.hash_one(name);
        let at = place(hash, self.pieces.len());
        let piece = Arc::make_mut(&mut self.pieces).get_mut(at)?;
        let entry = Arc::make_mut(piece).find_entry(hash, |(key, _)| key.as_str() == name).ok()?;
        self.len -= 1;
        let ((_, value), _) = entry.remove();
        Some(value)
    }

    fn grow(&mut self) {
        let pieces = self.pieces.len() * 4;
        let mut grown = Self {
            pieces: (0..pieces).map(|_| Arc::new(HashTable::new())).collect(),
            hasher: self.hasher.clone(),
            // Whole rounds of growth are over before it can be full again.
            len: 0,
        };
        for (name, value) in self.iter() {
            grown.insert(name.clone(), value.clone());
        }
        *self = grown;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(n: usize) -> FullName {
        format!("a.N{n}").parse().unwrap()
    }

    #[test]
    fn what_goes_in_is_found_at_every_size() {
        let mut table = Table::default();
        for n in 0..20_000 {
            table.insert(name(n), n);
            assert_eq!((table.len(), table.get(name(n).as_str())), (n + 1, Some(&n)));
        }
        for n in 0..20_000 {
            table.insert(name(n), n + 1);
        }
        assert_eq!(table.len(), 20_000);
        assert!((0..20_000).all(|n| table.get(name(n).as_str()) == Some(&(n + 1))));
        assert_eq!(table.iter().count(), 20_000);
        for n in (0..20_000).step_by(2) {
            assert_eq!(table.remove(name(n).as_str()), Some(n + 1));
            assert_eq!(table.remove(name(n).as_str()), None);
        }
        assert_eq!((table.len(), table.get("a.N0"), table.get("a.N1")), (10_000, None, Some(&2)));
    }

    #[test]
    fn a_change_is_seen_by_one_clone_and_copies_little() {
        let mut one = Table::default();
        (0..10_000).for_each(|n| one.insert(name(n), n));
        let mut other = one.clone();
        other.insert(name(7), 70);
        other.remove("a.N8");
        assert_eq!((one.get("a.N7"), one.get("a.N8"), one.len()), (Some(&7), Some(&8), 10_000));
        assert_eq!((other.get("a.N7"), other.get("a.N8"), other.len()), (Some(&70), None, 9_999));
        let shared = one.pieces.iter().zip(other.pieces.iter()).filter(|(a, b)| Arc::ptr_eq(a, b));
        assert!(shared.count() >= one.pieces.len() - 2);
        assert!(one.pieces.iter().all(|piece| piece.len() < 4 * FULL));
    }
}
