//! Lists that come in pages: a stream that asks for the next page when it is needed.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use http::HeaderMap;

use super::{BoxFuture, Unsigned};
use crate::client::Place;
use crate::error::failure::Failure;
use crate::receipt::Receipted;
use crate::xml::Node;
use crate::{Receipt, Result};

/// The most that OSS puts on a page.
const LARGEST_PAGE: u32 = 1000;

/// Query parameters that ask for the next page.
type Cursor = Vec<(&'static str, String)>;
type Read<T> = fn(&HeaderMap, &[u8]) -> std::result::Result<Page<T>, Failure>;

/// A list, of which one page at a time is in memory. It is a [`Stream`](futures_core::Stream) of its
/// items, and can be read without one: [`next`](Self::next).
///
/// After an error the same page is asked for again by the next call.
#[must_use = "a list is not asked for until it is read"]
pub struct Listing<T> {
    source: Arc<Source<T>>,
    next: Next<T>,
    items: VecDeque<T>,
}

struct Source<T> {
    place: Place,
    request: Unsigned,
    read: Read<T>,
}

enum Next<T> {
    /// The page with this cursor was not asked for yet.
    Page(Cursor),
    Coming(Cursor, BoxFuture<Page<T>>),
    End,
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page<T> {
    /// What is on it.
    pub items: Vec<T>,
    /// How it came about.
    pub receipt: Receipt,
    next: Option<Cursor>,
}

impl<T> Receipted for Page<T> {
    fn receipt_mut(&mut self) -> &mut Receipt {
        &mut self.receipt
    }
}

impl<T> Page<T> {
    /// A page; `next` is asked for when the document says that there is more.
    pub(super) fn read(
        root: &Node,
        items: Vec<T>,
        next: impl FnOnce() -> std::result::Result<Cursor, Failure>,
    ) -> std::result::Result<Self, Failure> {
        let next = if root.is_true("IsTruncated") { Some(next()?) } else { None };
        Ok(Self { items, receipt: Receipt::default(), next })
    }

    /// Whether there are pages after it.
    #[must_use]
    pub fn has_more(&self) -> bool {
        self.next.is_some()
    }
}

impl<T: Send + 'static> Listing<T> {
    pub(super) fn new(place: Place, request: Unsigned, read: Read<T>) -> Self {
        let source = Arc::new(Source { place, request, read });
        Self { source, next: Next::Page(Vec::new()), items: VecDeque::new() }
    }

    /// The next item, `None` at the end.
    ///
    /// # Errors
    ///
    /// Those of asking for a page.
    pub async fn next(&mut self) -> Result<Option<T>> {
        poll_fn(|cx| self.poll_item(cx)).await
    }

    /// The rest of the page that has come, or the next page: `None` at the end.
    ///
    /// # Errors
    ///
    /// Those of asking for a page.
    pub async fn next_page(&mut self) -> Result<Option<Page<T>>> {
        if !self.items.is_empty() {
            let next = match &self.next {
                Next::Page(cursor) | Next::Coming(cursor, _) => Some(cursor.clone()),
                Next::End => None,
            };
            let items = std::mem::take(&mut self.items).into();
            return Ok(Some(Page { items, receipt: Receipt::default(), next }));
        }
        poll_fn(|cx| self.poll_page(cx)).await
    }

    /// Whether everything was read: there is nothing to ask for any more.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.items.is_empty() && matches!(self.next, Next::End)
    }

    /// Everything that was not read yet, in memory at once.
    ///
    /// # Errors
    ///
    /// Those of asking for a page.
    pub async fn all(mut self) -> Result<Vec<T>> {
        let mut all = Vec::new();
        while let Some(page) = self.next_page().await? {
            all.extend(page.items);
        }
        Ok(all)
    }

    fn poll_item(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<T>>> {
        loop {
            if let Some(item) = self.items.pop_front() {
                return Poll::Ready(Ok(Some(item)));
            }
            match ready!(self.poll_page(cx))? {
                Some(page) => self.items = page.items.into(),
                None => return Poll::Ready(Ok(None)),
            }
        }
    }

    fn poll_page(&mut self, cx: &mut Context<'_>) -> Poll<Result<Option<Page<T>>>> {
        loop {
            match &mut self.next {
                Next::End => return Poll::Ready(Ok(None)),
                Next::Page(cursor) => {
                    let cursor = std::mem::take(cursor);
                    let fetch = fetch(Arc::clone(&self.source), cursor.clone());
                    self.next = Next::Coming(cursor, Box::pin(fetch));
                }
                Next::Coming(cursor, coming) => {
                    let page = ready!(coming.as_mut().poll(cx));
                    let cursor = std::mem::take(cursor);
                    return Poll::Ready(match page {
                        Ok(page) => {
                            self.next = page.next.clone().map_or(Next::End, Next::Page);
                            Ok(Some(page))
                        }
                        Err(error) => {
                            self.next = Next::Page(cursor);
                            Err(error)
                        }
                    });
                }
            }
        }
    }
}

async fn fetch<T: Send + 'static>(source: Arc<Source<T>>, cursor: Cursor) -> Result<Page<T>> {
    let Source { place, request, read } = &*source;
    let mut request = request.next_page();
    for (name, value) in &cursor {
        request.query(name, value.as_str());
    }
    let read = |headers: &HeaderMap, body: &[u8]| {
        let page = read(headers, body)?;
        if page.next.as_ref().is_some_and(|next| *next == cursor) {
            let message = "the list does not go on: the next page is this one";
            return Err(Failure::Protocol(message.to_owned()));
        }
        Ok(page)
    };
    place.run_document(request, read).await
}

impl<T: Send + Unpin + 'static> futures_core::Stream for Listing<T> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<T>>> {
        self.poll_item(cx).map(Result::transpose)
    }
}

impl<T> fmt::Debug for Listing<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listing")
            .field("operation", &self.source.request.operation)
            .field("waiting", &self.items.len())
            .finish_non_exhaustive()
    }
}

/// `items`, which have come in order, and the document's common prefixes, in one order of their names.
pub(super) fn in_order<T>(
    root: &Node,
    mut items: Vec<T>,
    prefix: fn(String) -> T,
    name: fn(&T) -> &str,
) -> std::result::Result<Vec<T>, Failure> {
    let names = root.names();
    let before = items.len();
    for node in root.all("CommonPrefixes") {
        for child in node.all("Prefix") {
            items.push(prefix(names.decode(child)?));
        }
    }
    if items.len() > before {
        items.sort_by(|a, b| name(a).cmp(name(b)));
    }
    Ok(items)
}

/// Gives builders of lists the size of a page.
macro_rules! listed {
    ($($builder:ident: $parameter:literal;)+) => {$(
        impl $builder {
            /// Sets how many items come with each request, 1 to 1000, which it is unless set. All of them
            /// come, whatever it is.
            pub fn page_size(mut self, items: u32) -> Self {
                self.request.page_size($parameter, items);
                self
            }
        }
    )+};
}

/// Gives builders of lists of names a prefix and a delimiter.
macro_rules! names {
    ($($builder:ident;)+) => {$(
        impl $builder {
            /// Lists only names that begin so.
            pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
                self.request.query("prefix", prefix);
                self
            }

            /// Lists names up to the first delimiter after the prefix only, as a folder would: those that
            /// go on are told as one prefix. Usually `/`.
            pub fn delimiter(mut self, delimiter: impl Into<String>) -> Self {
                self.request.query("delimiter", delimiter);
                self
            }
        }
    )+};
}

pub(super) use {listed, names};

impl Unsigned {
    pub(super) fn page_size(&mut self, parameter: &'static str, items: u32) {
        if !(1..=LARGEST_PAGE).contains(&items) {
            self.refuse(format!("a page has 1 to {LARGEST_PAGE} items, not {items}"));
        }
        self.query(parameter, items.to_string());
    }
}
