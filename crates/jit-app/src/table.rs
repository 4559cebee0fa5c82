//! A map by name that is cheap to change while others read it.
//!
//! A clone shares the whole map, and keeps what it changes in a small one of its own that is looked at first.
//! Once that has grown to about √n entries, both become one again. So a lookup in a map that nobody has changed is
//! one in a single hash table, and a change costs √n: for copying the small map, and for its part of the large one.

use std::hash::BuildHasher;
use std::sync::Arc;

use hashbrown::hash_table::Entry;
use hashbrown::{DefaultHashBuilder, HashTable};
use jit_meta::FullName;

/// What has a name.
pub(crate) trait Named {
    fn full_name(&self) -> &FullName;

    fn is_named(&self, name: &str) -> bool {
        self.full_name().as_str() == name
    }
}

impl Named for FullName {
    fn full_name(&self) -> &FullName {
        self
    }
}

impl<V> Named for (FullName, V) {
    fn full_name(&self) -> &FullName {
        &self.0
    }
}

/// Things by their names.
#[derive(Clone, Debug)]
pub(crate) struct Table<T> {
    base: Arc<HashTable<T>>,
    /// What has changed since. There is none when nothing has.
    changes: Option<Arc<HashTable<Change<T>>>>,
    /// One for both, so that a name is hashed once.
    hasher: DefaultHashBuilder,
    len: usize,
}

#[derive(Clone, Debug)]
enum Change<T> {
    Put(T),
    Gone(FullName),
}

impl<T: Named> Named for Change<T> {
    fn full_name(&self) -> &FullName {
        match self {
            Self::Put(thing) => thing.full_name(),
            Self::Gone(name) => name,
        }
    }
}

impl<T> Change<T> {
    fn put(&self) -> Option<&T> {
        match self {
            Self::Put(thing) => Some(thing),
            Self::Gone(_) => None,
        }
    }
}

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self { base: Arc::default(), changes: None, hasher: DefaultHashBuilder::default(), len: 0 }
    }
}

impl<T: Named> Table<T> {
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    pub(crate) fn get(&self, name: &str) -> Option<&T> {
        self.find(name, |thing| thing.is_named(name))
    }

    /// What has this name, where `is` has a quicker way to recognise it. It may fail to.
    #[inline]
    pub(crate) fn find(&self, name: &str, is: impl Fn(&T) -> bool) -> Option<&T> {
        let hash = self.hasher.hash_one(name);
        if let Some(changes) = &self.changes
            && let Some(change) = changed(changes, hash, name)
        {
            return change.put().filter(|thing| is(thing));
        }
        self.base.find(hash, is)
    }

    /// In no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        let changes = self.changes.as_deref();
        let is_changed = move |name: &FullName| {
            changes.is_some_and(|changes| {
                let hash = self.hasher.hash_one(name.as_str());
                changes.find(hash, |change| change.full_name() == name).is_some()
            })
        };
        let base = self.base.iter().filter(move |thing| !is_changed(thing.full_name()));
        base.chain(changes.into_iter().flatten().filter_map(Change::put))
    }
}

impl<T: Named + Clone> Table<T> {
    /// Puts something in the place of what has its name.
    pub(crate) fn insert(&mut self, thing: T) {
        let name = thing.full_name().as_str();
        let (is_new, hash) = (self.get(name).is_none(), self.hasher.hash_one(name));
        self.len += usize::from(is_new);
        match self.own() {
            Some((base, hasher)) => set(base, hasher, hash, thing),
            None => self.change(hash, Change::Put(thing)),
        }
    }

    pub(crate) fn remove(&mut self, name: &str) -> Option<T> {
        // Nothing is copied for a name that is not there.
        let thing = self.get(name)?;
        let full_name = thing.full_name().clone();
        let hash = self.hasher.hash_one(name);
        self.len -= 1;
        if let Some((base, _)) = self.own() {
            let entry = base.find_entry(hash, |thing| thing.is_named(name)).ok()?;
            return Some(entry.remove().0);
        }
        let thing = self.get(name)?.clone();
        self.change(hash, Change::Gone(full_name));
        Some(thing)
    }

    fn change(&mut self, hash: u64, change: Change<T>) {
        let changes = Arc::make_mut(self.changes.get_or_insert_default());
        set(changes, &self.hasher, hash, change);
        // Copying it anew each time has cost as much by now as copying the large one once.
        if changes.len() * changes.len() > 2 * self.base.len() {
            self.merge();
        }
    }

    /// The large map, with all changes in it, if nobody else has it.
    fn own(&mut self) -> Option<(&mut HashTable<T>, &DefaultHashBuilder)> {
        Arc::get_mut(&mut self.base)?;
        self.merge();
        Some((Arc::get_mut(&mut self.base)?, &self.hasher))
    }

    fn merge(&mut self) {
        let Some(changes) = self.changes.take() else { return };
        let base = Arc::make_mut(&mut self.base);
        for change in Arc::unwrap_or_clone(changes) {
            let hash = self.hasher.hash_one(change.full_name().as_str());
            match change {
                Change::Put(thing) => set(base, &self.hasher, hash, thing),
                Change::Gone(name) => {
                    if let Ok(entry) = base.find_entry(hash, |thing| *thing.full_name() == name) {
                        entry.remove();
                    }
                }
            }
        }
    }
}

/// Apart, as it would take registers from what goes on where nothing has changed.
#[cold]
#[inline(never)]
fn changed<'a, T: Named>(
    changes: &'a HashTable<Change<T>>,
    hash: u64,
    name: &str,
) -> Option<&'a Change<T>> {
    changes.find(hash, |change| change.is_named(name))
}

fn set<T: Named>(table: &mut HashTable<T>, hasher: &DefaultHashBuilder, hash: u64, thing: T) {
    let rehash = |thing: &T| hasher.hash_one(thing.full_name().as_str());
    match table.entry(hash, |other| other.full_name() == thing.full_name(), rehash) {
        Entry::Occupied(mut entry) => *entry.get_mut() = thing,
        Entry::Vacant(entry) => drop(entry.insert(thing)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(n: usize) -> FullName {
        format!("a.N{n}").parse().unwrap()
    }

    fn get(table: &Table<(FullName, usize)>, n: usize) -> Option<usize> {
        table.get(name(n).as_str()).map(|(_, value)| *value)
    }

    /// Everything is there once, by name and one after the other.
    fn holds(table: &Table<(FullName, usize)>, wanted: impl Iterator<Item = (usize, usize)>) {
        let wanted: std::collections::BTreeMap<_, _> =
            wanted.map(|(n, value)| (name(n), value)).collect();
        assert_eq!(table.iter().cloned().collect::<std::collections::BTreeMap<_, _>>(), wanted);
        assert_eq!((table.len(), table.iter().count()), (wanted.len(), wanted.len()));
    }

    #[test]
    fn what_goes_in_is_found_at_every_size() {
        let mut table = Table::default();
        for n in 0..20_000 {
            table.insert((name(n), n));
            assert_eq!((table.len(), get(&table, n)), (n + 1, Some(n)));
        }
        for n in 0..20_000 {
            table.insert((name(n), n + 1));
        }
        holds(&table, (0..20_000).map(|n| (n, n + 1)));
        for n in (0..20_000).step_by(2) {
            assert_eq!(table.remove(name(n).as_str()), Some((name(n), n + 1)));
            assert_eq!(table.remove(name(n).as_str()), None);
        }
        holds(&table, (0..20_000).filter(|n| n % 2 == 1).map(|n| (n, n + 1)));
    }

    #[test]
    fn a_change_is_seen_by_one_clone_and_copies_little() {
        let mut one = Table::default();
        (0..10_000).for_each(|n| one.insert((name(n), n)));
        let mut other = one.clone();
        other.insert((name(7), 70));
        other.remove("a.N8");
        assert_eq!((get(&one, 7), get(&one, 8), one.len()), (Some(7), Some(8), 10_000));
        assert_eq!((get(&other, 7), get(&other, 8), other.len()), (Some(70), None, 9_999));
        assert!(Arc::ptr_eq(&one.base, &other.base));
        assert_eq!(other.changes.as_ref().map(|changes| changes.len()), Some(2));
    }

    #[test]
    fn many_changes_of_what_is_shared_become_one_map_again() {
        let mut table = Table::default();
        (0..1_000).for_each(|n| table.insert((name(n), n)));
        let (mut merged, mut largest) = (0, 0);
        let mut wanted: std::collections::BTreeMap<_, _> = (0..1_000).map(|n| (n, n)).collect();
        for n in 0..1_500 {
            // As a reload does: the present one is there while the next is made.
            let before = table.clone();
            if n % 3 == 0 {
                assert_eq!(table.remove(name(n).as_str()).is_some(), wanted.remove(&n).is_some());
            } else {
                table.insert((name(n), n + 1));
                wanted.insert(n, n + 1);
            }
            merged += usize::from(!Arc::ptr_eq(&before.base, &table.base));
            largest = largest.max(table.changes.as_ref().map_or(0, |changes| changes.len()));
        }
        holds(&table, wanted.into_iter());
        assert!(largest < 60, "{largest} changes are copied at each");
        assert!((20..60).contains(&merged), "all was copied {merged} times");
        // One that is nobody else's takes its changes in at once.
        table.insert((name(0), 1));
        assert!(table.changes.is_none());
        assert_eq!(get(&table, 0), Some(1));
    }

    #[test]
    fn what_is_not_recognised_in_a_change_is_not_found_as_it_was() {
        let mut table = Table::default();
        (0..100).for_each(|n| table.insert((name(n), n)));
        let before = table.clone();
        table.insert((name(7), 70));
        assert!(before.find("a.N7", |(_, value)| *value == 7).is_some());
        assert!(table.find("a.N7", |(_, value)| *value == 7).is_none());
        assert!(table.find("a.N7", |(_, value)| *value == 70).is_some());
    }
}
