//! Lists of files, which come as they are asked for.

use std::collections::VecDeque;
use std::fmt;
use std::time::SystemTime;

use async_trait::async_trait;

use crate::{ListOptions, Result};

/// The most entries that storages of ours have in memory at a time.
pub(crate) const PAGE: usize = 1000;

/// The files of a storage whose names begin with a prefix, in the order of the bytes of their names, and, where there
/// is a delimiter, common prefixes in their places among them. One page at a time is in memory.
///
/// What is stored or deleted while a list is read may be on it or not; everything else is, once.
///
/// ```
/// # use jit_storages::{ListOptions, Result, Storage};
/// # async fn run(storage: &dyn Storage) -> Result<()> {
/// let mut list = storage.list("reports/", ListOptions::default().with_delimiter("/")).await?;
/// while let Some(entry) = list.next().await? {
///     println!("{}", entry.name());
/// }
/// # Ok(())
/// # }
/// ```
#[must_use = "a list is not asked for until it is read"]
pub struct Listing {
    pages: Box<dyn ListPages>,
    waiting: VecDeque<ListEntry>,
    left: u64,
    after: Option<String>,
    ended: bool,
}

impl Listing {
    /// The entries of `pages`, of which those up to [`ListOptions::start_after`] are left out and
    /// [`ListOptions::limit`] is kept.
    pub fn new(pages: Box<dyn ListPages>, options: &ListOptions) -> Self {
        Self {
            pages,
            waiting: VecDeque::new(),
            left: options.limit.unwrap_or(u64::MAX),
            after: options.start_after.clone(),
            ended: false,
        }
    }

    /// The next entry; `None` at the end.
    ///
    /// # Errors
    ///
    /// As the storage answers; nothing is left out by the next call.
    pub async fn next(&mut self) -> Result<Option<ListEntry>> {
        loop {
            if self.left == 0 {
                return Ok(None);
            }
            if let Some(entry) = self.waiting.pop_front() {
                if self.after.as_deref().is_some_and(|after| entry.name() <= after) {
                    continue;
                }
                self.left -= 1;
                return Ok(Some(entry));
            }
            if self.ended {
                return Ok(None);
            }
            match self.pages.page().await? {
                Some(page) => self.waiting = page.into(),
                None => self.ended = true,
            }
        }
    }

    /// The same list with something done to each entry: what a storage needs that wraps another under other names.
    pub fn map(self, change: impl FnMut(ListEntry) -> ListEntry + Send + 'static) -> Self {
        let mapped = Mapped { list: self, change: Box::new(change) };
        Self::new(Box::new(mapped), &ListOptions::default())
    }
}

impl fmt::Debug for Listing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listing")
            .field("pages", &self.pages)
            .field("waiting", &self.waiting.len())
            .finish_non_exhaustive()
    }
}

/// Where a [`Listing`] comes from.
#[async_trait]
pub trait ListPages: fmt::Debug + Send + 'static {
    /// The next entries, in the order of their names; `None` at the end. After an error nothing is left out: the same
    /// are asked for again, or it fails again.
    ///
    /// # Errors
    ///
    /// As the storage answers.
    async fn page(&mut self) -> Result<Option<Vec<ListEntry>>>;
}

struct Mapped {
    list: Listing,
    change: Box<dyn FnMut(ListEntry) -> ListEntry + Send>,
}

impl fmt::Debug for Mapped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.list.fmt(f)
    }
}

#[async_trait]
impl ListPages for Mapped {
    async fn page(&mut self) -> Result<Option<Vec<ListEntry>>> {
        Ok(self.list.next().await?.map(|entry| vec![(self.change)(entry)]))
    }
}

/// What is on a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListEntry {
    /// A file.
    File(ListedFile),
    /// What several names, or one, begin with, the delimiter included: `reports/2026/`.
    Prefix(String),
}

impl ListEntry {
    /// The file's name, or the prefix.
    #[must_use]
    pub fn name(&self) -> &str {
        match self {
            Self::File(file) => &file.name,
            Self::Prefix(prefix) => prefix,
        }
    }

    /// The same entry under another name.
    #[must_use]
    pub fn renamed(self, name: impl Into<String>) -> Self {
        match self {
            Self::File(file) => Self::File(ListedFile { name: name.into(), ..file }),
            Self::Prefix(_) => Self::Prefix(name.into()),
        }
    }
}

/// A file on a list.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ListedFile {
    /// The name it is stored under.
    pub name: String,
    /// Its size in bytes.
    pub size: u64,
    /// The storage's tag of its content, unquoted.
    pub etag: Option<String>,
    /// When it was last written.
    pub last_modified: Option<SystemTime>,
    /// The storage class, `Standard`.
    pub storage_class: Option<String>,
}

impl ListedFile {
    /// A file of which nothing else is known yet.
    #[must_use]
    pub fn new(name: impl Into<String>, size: u64) -> Self {
        Self { name: name.into(), size, etag: None, last_modified: None, storage_class: None }
    }
}

/// What a name is told as on a list: the prefix that it shares with others, unless it is told itself.
pub(crate) fn common_prefix<'a>(
    name: &'a str,
    prefix: &str,
    delimiter: Option<&str>,
) -> Option<&'a str> {
    let delimiter = delimiter?;
    let tail = name.get(prefix.len()..)?;
    let end = prefix.len() + tail.find(delimiter)? + delimiter.len();
    name.get(..end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct Pages(VecDeque<Vec<&'static str>>);

    #[async_trait]
    impl ListPages for Pages {
        async fn page(&mut self) -> Result<Option<Vec<ListEntry>>> {
            let entry = |name: &str| ListEntry::File(ListedFile::new(name, 0));
            Ok(self.0.pop_front().map(|page| page.into_iter().map(entry).collect()))
        }
    }

    async fn names(mut list: Listing) -> Vec<String> {
        let mut names = Vec::new();
        while let Some(entry) = list.next().await.unwrap() {
            names.push(entry.name().to_owned());
        }
        assert_eq!(list.next().await.unwrap(), None, "the end stays the end");
        names
    }

    #[tokio::test]
    async fn a_list_keeps_its_limit_and_its_start() {
        let list = |options: ListOptions| {
            let pages = Pages([vec!["a", "b"], vec![], vec!["c", "d"]].into());
            Listing::new(Box::new(pages), &options)
        };
        let options = ListOptions::default;
        assert_eq!(names(list(options())).await, ["a", "b", "c", "d"]);
        assert_eq!(names(list(options().with_limit(3))).await, ["a", "b", "c"]);
        assert_eq!(names(list(options().with_limit(0))).await, [""; 0]);
        let after = options().with_start_after("b").with_limit(1);
        assert_eq!(names(list(after.clone())).await, ["c"]);
        let mapped = list(after).map(|entry| {
            let name = format!("x{}", entry.name());
            entry.renamed(name)
        });
        assert_eq!(names(mapped).await, ["xc"]);
    }

    #[test]
    fn what_names_share_ends_with_the_first_delimiter_after_the_prefix() {
        for (name, prefix, delimiter, common) in [
            ("a/b/c", "", Some("/"), Some("a/")),
            ("a/b/c", "a/", Some("/"), Some("a/b/")),
            ("a/b", "a/", Some("/"), None),
            ("a/b", "a", Some("/"), Some("a/")),
            ("a/b", "", None, None),
            ("日--月", "日", Some("--"), Some("日--")),
        ] {
            assert_eq!(common_prefix(name, prefix, delimiter), common, "{name} {prefix}");
        }
    }
}
