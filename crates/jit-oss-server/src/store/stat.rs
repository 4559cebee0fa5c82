//! How much a bucket holds. Each change keeps it up to date, as counting would cost by the bucket.

use super::version::Version;

/// What a bucket holds of one storage class.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ClassStat {
    pub(crate) size: u64,
    /// Versions that are objects.
    pub(crate) objects: u64,
}

/// What a bucket holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Stat {
    /// In the order of the storage classes.
    pub(crate) classes: [ClassStat; 5],
    /// Keys that have an object now.
    pub(crate) current: u64,
    pub(crate) markers: u64,
    /// Parts of uploads under way.
    pub(crate) parts: u64,
}

impl Stat {
    /// Counts a version that comes.
    pub(super) fn add(&mut self, version: &Version) {
        self.change(version, u64::saturating_add);
    }

    /// Counts a version that goes.
    pub(super) fn remove(&mut self, version: &Version) {
        self.change(version, u64::saturating_sub);
    }

    fn change(&mut self, version: &Version, by: fn(u64, u64) -> u64) {
        if version.is_marker() {
            self.markers = by(self.markers, 1);
        } else if let Some(class) = self.classes.get_mut(version.attributes.storage_class as usize)
        {
            class.objects = by(class.objects, 1);
            class.size = by(class.size, version.size);
        }
    }

    /// Counts what became of a key: whether it had an object, and whether it has one.
    pub(super) fn key(&mut self, had: bool, has: bool) {
        self.current = self.current.saturating_add(has.into()).saturating_sub(had.into());
    }
}
