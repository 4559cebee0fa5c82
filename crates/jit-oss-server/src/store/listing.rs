//! Pages of what a bucket holds. A page costs by what is on it, not by what is in the bucket.

use std::ops::Bound;
use std::sync::Arc;

use super::index::Bucket;
use super::version::{Upload, Version, VersionId};

/// Which part of a bucket to list.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Page<'a> {
    pub(crate) prefix: &'a str,
    /// Empty for none.
    pub(crate) delimiter: &'a str,
    /// What is listed comes after this key or common prefix.
    pub(crate) after: &'a str,
    /// At least one.
    pub(crate) max: usize,
}

/// A part of a bucket.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Listing<T> {
    pub(crate) items: Vec<(String, T)>,
    pub(crate) common_prefixes: Vec<String>,
    /// Where the next page goes on, when there is more: the last key or common prefix of this one.
    pub(crate) next: Option<String>,
}

impl Bucket {
    /// The objects there are now.
    pub(crate) fn list_objects(&self, page: &Page<'_>) -> Listing<Arc<Version>> {
        walk(page, excluded(page.after), |from| {
            let mut range = self.objects.range::<str, _>((from, Bound::Unbounded));
            range.find_map(|(key, versions)| {
                let newest = versions.last().filter(|version| !version.is_marker())?;
                Some((key.as_str(), vec![Arc::clone(newest)]))
            })
        })
    }

    /// All versions and delete markers, each with whether it is the newest of its key. `after` is the version
    /// of the key `page.after` that was listed last; without it, that key is not listed.
    pub(crate) fn list_versions(
        &self,
        page: &Page<'_>,
        after: Option<VersionId>,
    ) -> Listing<(Arc<Version>, bool)> {
        let from = match after {
            Some(_) => Bound::Included(page.after),
            None => excluded(page.after),
        };
        walk(page, from, |from| {
            let (key, versions) = self.objects.range::<str, _>((from, Bound::Unbounded)).next()?;
            let mut newest_first: Vec<_> = versions.iter().cloned().rev().zip(newest()).collect();
            if let Some(after) = after.filter(|_| key == page.after) {
                let listed = newest_first.iter().position(|(version, _)| version.id == after);
                newest_first.drain(..listed.map_or(newest_first.len(), |at| at + 1));
            }
            Some((key.as_str(), newest_first))
        })
    }

    /// The uploads under way, each with its id, when it was begun, and what is to become of it. `after` is the
    /// upload of the key `page.after` that was listed last; without it, that key is not listed.
    pub(crate) fn list_uploads(&self, page: &Page<'_>, after: &str) -> Listing<(String, Upload)> {
        let from =
            if after.is_empty() { excluded(page.after) } else { Bound::Included(page.after) };
        walk(page, from, |from| {
            let from = match from {
                Bound::Included(key) => Bound::Included((key.to_owned(), String::new())),
                // No id is as great as this.
                Bound::Excluded(key) => Bound::Excluded((key.to_owned(), "~".to_owned())),
                Bound::Unbounded => Bound::Unbounded,
            };
            let mut range = self.uploads.range((from, Bound::Unbounded)).peekable();
            let key = range.peek()?.0.0.as_str();
            let same = range.take_while(|((other, _), _)| other == key);
            let later = same.filter(|((_, id), _)| key != page.after || id.as_str() > after);
            let without_parts = |upload: &Upload| Upload {
                initiated: upload.initiated,
                attributes: upload.attributes.clone(),
                parts: Default::default(),
            };
            let items = later.map(|((_, id), upload)| (id.clone(), without_parts(upload)));
            Some((key, items.collect()))
        })
    }
}

fn excluded(after: &str) -> Bound<&str> {
    if after.is_empty() { Bound::Unbounded } else { Bound::Excluded(after) }
}

/// `true`, and then `false` for ever.
fn newest() -> impl Iterator<Item = bool> {
    std::iter::once(true).chain(std::iter::repeat(false))
}

/// Collects a page. `seek` finds the first key from a bound on, with its items.
fn walk<'a, T>(
    page: &Page<'_>,
    start: Bound<&str>,
    seek: impl Fn(Bound<&str>) -> Option<(&'a str, Vec<T>)>,
) -> Listing<T> {
    let mut listing = Listing { items: Vec::new(), common_prefixes: Vec::new(), next: None };
    let mut last = String::new();
    let mut from = if page.after >= page.prefix && !page.after.is_empty() {
        start.map(str::to_owned)
    } else {
        Bound::Included(page.prefix.to_owned())
    };
    while let Some((key, items)) = seek(from.as_ref().map(String::as_str)) {
        let Some(rest) = key.strip_prefix(page.prefix) else { break };
        let group = rest
            .find(page.delimiter)
            .filter(|_| !page.delimiter.is_empty())
            .and_then(|at| key.get(..page.prefix.len() + at + page.delimiter.len()));
        let is_full =
            |listing: &Listing<T>| listing.items.len() + listing.common_prefixes.len() >= page.max;
        match group {
            Some(group) => {
                if group != page.after {
                    if is_full(&listing) {
                        listing.next = Some(last);
                        return listing;
                    }
                    listing.common_prefixes.push(group.to_owned());
                    group.clone_into(&mut last);
                }
                // On to the first key behind the group.
                match successor(group) {
                    Some(next) => from = Bound::Included(next),
                    None => break,
                }
            }
            None => {
                for item in items {
                    if is_full(&listing) {
                        listing.next = Some(last);
                        return listing;
                    }
                    listing.items.push((key.to_owned(), item));
                    key.clone_into(&mut last);
                }
                from = Bound::Excluded(key.to_owned());
            }
        }
    }
    listing
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
    use super::super::version::{Attributes, Kind, Upload};
    use super::*;

    fn version(kind: Kind, id: VersionId) -> Arc<Version> {
        Arc::new(Version { kind, ..Version::delete_marker(id, 0) })
    }

    fn bucket(keys: &[&str]) -> Bucket {
        let mut bucket = Bucket::default();
        for key in keys {
            let versions = vec![version(Kind::Normal, VersionId::NULL)];
            bucket.objects.insert((*key).to_owned(), versions);
        }
        bucket
    }

    /// All pages, each as its items (groups in brackets).
    #[track_caller]
    fn pages(keys: &[&str], prefix: &str, delimiter: &str, max: usize) -> Vec<String> {
        let bucket = bucket(keys);
        let (mut pages, mut after) = (Vec::new(), String::new());
        loop {
            let listing = bucket.list_objects(&Page { prefix, delimiter, after: &after, max });
            let keys = listing.items.into_iter().map(|(key, _)| key);
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
        for (prefix, delimiter, max, expected) in [
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
            assert_eq!(pages(&keys, prefix, delimiter, max), expected, "{prefix} {max}");
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
    fn versions_are_paged_newest_first_and_markers_hide_objects() {
        let ids: Vec<VersionId> = (1..4).map(VersionId::new).collect();
        let mut bucket = bucket(&["a", "c/x", "d"]);
        let b = vec![
            version(Kind::Normal, ids[0]),
            version(Kind::Normal, ids[1]),
            version(Kind::DeleteMarker, ids[2]),
        ];
        bucket.objects.insert("b".to_owned(), b);
        let page = Page { prefix: "", delimiter: "/", after: "", max: 9 };
        let keys = bucket.list_objects(&page).items.into_iter().map(|(key, _)| key);
        assert_eq!(keys.collect::<Vec<_>>(), ["a", "d"]);
        for max in 1..6 {
            let (mut after, mut id, mut seen) = (String::new(), None, Vec::new());
            loop {
                let page = Page { prefix: "", delimiter: "/", after: &after, max };
                let listing = bucket.list_versions(&page, id);
                assert!(listing.items.len() + listing.common_prefixes.len() <= max);
                id = listing.items.last().map(|(_, (version, _))| version.id);
                let last = listing.items.last().map(|(key, _)| key.clone());
                seen.extend(
                    listing.items.into_iter().map(|(key, (v, newest))| (key, v.id, newest)),
                );
                seen.extend(
                    listing.common_prefixes.into_iter().map(|g| (g, VersionId::NULL, false)),
                );
                match listing.next {
                    Some(next) => {
                        id = id.filter(|_| last.as_deref() == Some(next.as_str()));
                        after = next;
                    }
                    None => break,
                }
            }
            seen.sort_by(|a, b| a.0.cmp(&b.0));
            let expected = [
                ("a", VersionId::NULL, true),
                ("b", ids[2], true),
                ("b", ids[1], false),
                ("b", ids[0], false),
                ("c/", VersionId::NULL, false),
                ("d", VersionId::NULL, true),
            ];
            assert_eq!(
                seen,
                expected.map(|(key, id, newest)| (key.to_owned(), id, newest)),
                "{max}"
            );
        }
    }

    #[test]
    fn uploads_are_paged_by_key_and_then_by_id() {
        let mut bucket = Bucket::default();
        let all = [("a", "1"), ("a", "2"), ("b", "1"), ("d/x", "1"), ("e", "3")];
        for (key, id) in all {
            let upload = Upload {
                initiated: 0,
                attributes: Attributes::default(),
                parts: Default::default(),
            };
            bucket.uploads.insert((key.to_owned(), id.to_owned()), upload);
        }
        let page = |after| Page { prefix: "", delimiter: "/", after, max: 2 };
        let show = |listing: Listing<(String, Upload)>| {
            let items = listing.items.into_iter().map(|(key, (id, _))| format!("{key}{id}"));
            let groups = listing.common_prefixes.into_iter();
            items.chain(groups).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(show(bucket.list_uploads(&page(""), "")), "a1 a2");
        assert_eq!(show(bucket.list_uploads(&page("a"), "1")), "a2 b1");
        assert_eq!(show(bucket.list_uploads(&page("a"), "")), "b1 d/");
        assert_eq!(show(bucket.list_uploads(&page("d/"), "")), "e3");
    }
}
