//! What exists, in the order of listings: the byte order of keys.

use std::collections::BTreeMap;
use std::io;
use std::ops::Bound;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::{Metadata, StoreError};

/// All buckets and, for each object, what the kind of store keeps at hand.
#[derive(Debug)]
pub(crate) struct Index<T>(Mutex<BTreeMap<String, Bucket<T>>>);

#[derive(Debug)]
struct Bucket<T> {
    created: i64,
    objects: BTreeMap<String, T>,
}

/// What a listing says of an object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) size: u64,
    pub(crate) md5: String,
    pub(crate) last_modified: i64,
    pub(crate) storage_class: String,
}

impl From<&Entry> for Entry {
    fn from(entry: &Entry) -> Self {
        entry.clone()
    }
}

impl From<&Metadata> for Entry {
    fn from(metadata: &Metadata) -> Self {
        Self {
            size: metadata.size,
            md5: metadata.md5.clone(),
            last_modified: metadata.last_modified,
            storage_class: metadata.storage_class.clone(),
        }
    }
}

/// Which part of a bucket to list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Page<'a> {
    pub(crate) prefix: &'a str,
    /// Empty for none.
    pub(crate) delimiter: &'a str,
    /// What is listed comes after this key or common prefix.
    pub(crate) after: &'a str,
    pub(crate) max_keys: usize,
}

/// A part of a bucket.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Listing {
    pub(crate) objects: Vec<(String, Entry)>,
    pub(crate) common_prefixes: Vec<String>,
    /// Where the next page goes on, when there is more.
    pub(crate) next: Option<String>,
}

impl<T> Default for Index<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T> Index<T> {
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Bucket<T>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds a bucket after `apply` made it; `false` when it was there.
    pub(super) fn create_bucket(
        &self,
        name: &str,
        created: i64,
        apply: impl FnOnce() -> io::Result<()>,
    ) -> io::Result<bool> {
        let mut buckets = self.lock();
        if buckets.contains_key(name) {
            return Ok(false);
        }
        apply()?;
        buckets.insert(name.to_owned(), Bucket { created, objects: BTreeMap::new() });
        Ok(true)
    }

    /// Removes an empty bucket once `apply` did.
    pub(super) fn delete_bucket(
        &self,
        name: &str,
        apply: impl FnOnce() -> io::Result<()>,
    ) -> Result<(), StoreError> {
        let mut buckets = self.lock();
        let bucket = buckets.get(name).ok_or(StoreError::NoSuchBucket)?;
        if !bucket.objects.is_empty() {
            return Err(StoreError::BucketNotEmpty);
        }
        apply()?;
        buckets.remove(name);
        Ok(())
    }

    pub(super) fn bucket(&self, name: &str) -> Option<i64> {
        self.lock().get(name).map(|bucket| bucket.created)
    }

    pub(super) fn buckets(&self) -> Vec<(String, i64)> {
        self.lock().iter().map(|(name, bucket)| (name.clone(), bucket.created)).collect()
    }

    pub(super) fn exists(&self, bucket: &str, key: &str) -> Result<bool, StoreError> {
        let buckets = self.lock();
        let bucket = buckets.get(bucket).ok_or(StoreError::NoSuchBucket)?;
        Ok(bucket.objects.contains_key(key))
    }

    /// Adds an object once `apply` put it in place.
    pub(super) fn insert(
        &self,
        bucket: &str,
        key: &str,
        forbid_overwrite: bool,
        apply: impl FnOnce() -> io::Result<T>,
    ) -> Result<(), StoreError> {
        let mut buckets = self.lock();
        let bucket = buckets.get_mut(bucket).ok_or(StoreError::NoSuchBucket)?;
        if forbid_overwrite && bucket.objects.contains_key(key) {
            return Err(StoreError::AlreadyExists);
        }
        let value = apply()?;
        bucket.objects.insert(key.to_owned(), value);
        Ok(())
    }

    /// Removes an object, if it is there, once `apply` did.
    pub(super) fn remove(
        &self,
        bucket: &str,
        key: &str,
        apply: impl FnOnce() -> io::Result<()>,
    ) -> Result<(), StoreError> {
        let mut buckets = self.lock();
        let bucket = buckets.get_mut(bucket).ok_or(StoreError::NoSuchBucket)?;
        if bucket.objects.contains_key(key) {
            apply()?;
            bucket.objects.remove(key);
        }
        Ok(())
    }
}

impl<T: Clone> Index<T> {
    pub(super) fn get(&self, bucket: &str, key: &str) -> Result<Option<T>, StoreError> {
        let buckets = self.lock();
        let bucket = buckets.get(bucket).ok_or(StoreError::NoSuchBucket)?;
        Ok(bucket.objects.get(key).cloned())
    }
}

impl<T> Index<T>
where
    for<'a> &'a T: Into<Entry>,
{
    pub(super) fn list(&self, bucket: &str, page: &Page<'_>) -> Result<Listing, StoreError> {
        let buckets = self.lock();
        let bucket = buckets.get(bucket).ok_or(StoreError::NoSuchBucket)?;
        let mut listing = Listing::default();
        let mut last = String::new();
        let mut from = if page.after >= page.prefix {
            Bound::Excluded(page.after.to_owned())
        } else {
            Bound::Included(page.prefix.to_owned())
        };
        loop {
            let mut range = bucket.objects.range((from, Bound::Unbounded));
            let Some((key, value)) = range.next() else { break };
            let Some(rest) = key.strip_prefix(page.prefix) else { break };
            let group = rest
                .find(page.delimiter)
                .filter(|_| !page.delimiter.is_empty())
                .and_then(|at| key.get(..page.prefix.len() + at + page.delimiter.len()));
            let is_new = group != Some(page.after);
            if is_new && listing.objects.len() + listing.common_prefixes.len() == page.max_keys {
                listing.next = Some(last);
                break;
            }
            match group {
                Some(group) => {
                    if is_new {
                        listing.common_prefixes.push(group.to_owned());
                        last = group.to_owned();
                    }
                    // On to the first key behind the group.
                    match successor(group) {
                        Some(next) => from = Bound::Included(next),
                        None => break,
                    }
                }
                None => {
                    listing.objects.push((key.clone(), value.into()));
                    last.clone_from(key);
                    from = Bound::Excluded(key.clone());
                }
            }
        }
        Ok(listing)
    }
}

/// The least text above all that start with `prefix`. The byte order of UTF-8 is that of characters.
fn successor(prefix: &str) -> Option<String> {
    let mut text = prefix.to_owned();
    while let Some(last) = text.pop() {
        let next = (u32::from(last) + 1..=u32::from(char::MAX)).find_map(char::from_u32);
        if let Some(next) = next {
            text.push(next);
            return Some(text);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    impl From<&u64> for Entry {
        fn from(size: &u64) -> Self {
            Self { size: *size, md5: String::new(), last_modified: 0, storage_class: String::new() }
        }
    }

    fn index(keys: &[&str]) -> Index<u64> {
        let index = Index::default();
        assert!(index.create_bucket("b-1", 7, || Ok(())).unwrap());
        for key in keys {
            index.insert("b-1", key, false, || Ok(1)).unwrap();
        }
        index
    }

    /// All pages, each as its items (groups in brackets).
    #[track_caller]
    fn pages(keys: &[&str], prefix: &str, delimiter: &str, max_keys: usize) -> Vec<String> {
        let index = index(keys);
        let (mut pages, mut after) = (Vec::new(), String::new());
        loop {
            let page = Page { prefix, delimiter, after: &after, max_keys };
            let listing = index.list("b-1", &page).unwrap();
            let keys = listing.objects.into_iter().map(|(key, _)| key);
            let groups = listing.common_prefixes.into_iter().map(|group| format!("[{group}]"));
            pages.push(keys.chain(groups).collect::<Vec<_>>().join(" "));
            match listing.next {
                Some(next) => after = next,
                None => return pages,
            }
        }
    }

    #[test]
    fn pages_join_to_the_whole() {
        let keys = ["a", "a/1", "a/2", "a/b/3", "b", "c/", "c/x", "é", "😀"];
        for (prefix, delimiter, max_keys, expected) in [
            ("", "", 100, vec!["a a/1 a/2 a/b/3 b c/ c/x é 😀"]),
            ("", "/", 100, vec!["a b é 😀 [a/] [c/]"]),
            ("", "/", 2, vec!["a [a/]", "b [c/]", "é 😀"]),
            ("", "/", 1, vec!["a", "[a/]", "b", "[c/]", "é", "😀"]),
            ("a/", "/", 100, vec!["a/1 a/2 [a/b/]"]),
            ("c/", "/", 1, vec!["c/", "c/x"]),
            ("a", "", 3, vec!["a a/1 a/2", "a/b/3"]),
            ("", "b", 100, vec!["a a/1 a/2 c/ c/x é 😀 [a/b] [b]"]),
            ("x", "/", 1, vec![""]),
        ] {
            assert_eq!(pages(&keys, prefix, delimiter, max_keys), expected, "{prefix} {max_keys}");
        }
    }

    #[test]
    fn a_group_that_ends_in_the_last_character_ends_the_listing() {
        let last = char::MAX.to_string();
        assert_eq!(pages(&[&last], "", &last, 1), [format!("[{last}]")]);
        assert_eq!(successor("a\u{10FFFF}").as_deref(), Some("b"));
        assert_eq!(successor("\u{D7FF}").as_deref(), Some("\u{E000}"));
    }

    #[test]
    fn what_is_applied_decides_what_is_indexed() {
        let index = index(&["k"]);
        let failed = || Err(io::Error::other("disk full"));
        assert!(index.insert("b-1", "new", false, || Err(io::Error::other("full"))).is_err());
        assert!(index.remove("b-1", "k", failed).is_err());
        assert_eq!(index.get("b-1", "k").unwrap(), Some(1));
        assert_eq!(index.get("b-1", "new").unwrap(), None);
        assert!(matches!(index.insert("b-1", "k", true, || Ok(2)), Err(StoreError::AlreadyExists)));
        assert!(matches!(index.delete_bucket("b-1", || Ok(())), Err(StoreError::BucketNotEmpty)));
    }
}
