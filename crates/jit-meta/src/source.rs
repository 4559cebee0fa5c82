//! Text with places in it: files, spans, and how places move when text is rewritten.

use std::fmt;
use std::ops::Range;

use crate::diag::one_line;

/// A part of a text, in bytes.
pub type Span = Range<usize>;

/// A file's text under the name it is shown by. `jit-meta` itself never opens a file.
#[derive(Clone, PartialEq, Eq)]
pub struct SourceFile {
    path: String,
    text: String,
}

impl SourceFile {
    /// A text and the path to show for it, relative to the app's folder, with `/`. Control characters in the
    /// path are shown as escapes.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self { path: one_line(path), text: text.into() }
    }

    /// The path to show.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The place of an error that counts lines and columns from 1, columns in bytes, as JSON's do: the
    /// character there, or nothing at the end of the text.
    #[must_use]
    pub fn span_at(&self, line: usize, column: usize) -> Span {
        span_at(&self.text, line, column)
    }

    /// Where a key of the JSON object that is this text stands, quotes included.
    #[must_use]
    pub fn key_span(&self, key: &str) -> Option<Span> {
        let members = crate::json::members(&self.text, 0).ok()?;
        members.into_iter().find(|member| member.key == key).map(|member| member.key_span)
    }

    /// Line and column of a byte offset, both counted from 1, columns in characters.
    #[must_use]
    pub fn line_column(&self, offset: usize) -> (usize, usize) {
        let before = self.text.get(..offset.min(self.text.len())).unwrap_or(&self.text);
        let line = before.bytes().filter(|&b| b == b'\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() + 1;
        (line, column)
    }
}

impl fmt::Debug for SourceFile {
    /// Without the text: it may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SourceFile").field("path", &self.path).finish_non_exhaustive()
    }
}

pub(crate) fn span_at(text: &str, line: usize, column: usize) -> Span {
    let lines = text.split_inclusive('\n').take(line.saturating_sub(1));
    let start = lines.map(str::len).sum::<usize>() + column.saturating_sub(1);
    let start = (0..=start.min(text.len())).rev().find(|&at| text.is_char_boundary(at));
    let start = start.unwrap_or_default();
    let width = text.get(start..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    start..start + width
}

/// A text made from another by replacing parts of it, with the way back for every place.
#[derive(Clone, Debug, Default)]
pub(crate) struct Rewrite {
    text: String,
    /// What was replaced: where it stands now, where it stood. In order, not overlapping.
    pieces: Vec<(Span, Span)>,
}

impl Rewrite {
    /// Appends text that is copied unchanged.
    pub(crate) fn keep(&mut self, text: &str) {
        self.text.push_str(text);
    }

    /// Appends `with` in the place of what stood at `old`.
    pub(crate) fn replace(&mut self, old: Span, with: &str) {
        let start = self.text.len();
        self.text.push_str(with);
        self.pieces.push((start..self.text.len(), old));
    }

    /// What was replaced: where it stands now, where it stood. In order, not overlapping.
    pub(crate) fn pieces(&self) -> &[(Span, Span)] {
        &self.pieces
    }

    /// Which replaced parts a span of the new text holds or overlaps.
    pub(crate) fn pieces_in(&self, span: &Span) -> Range<usize> {
        let first = self.pieces.partition_point(|(new, _)| new.end <= span.start);
        let last = self.pieces.partition_point(|(new, _)| new.start < span.end);
        first..last.max(first)
    }

    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Where a span of the new text stood in the old one; a replaced part counts as a whole.
    pub(crate) fn to_old(&self, span: &Span) -> Span {
        let start = self.old_offset(span.start, false);
        start..self.old_offset(span.end, true).max(start)
    }

    fn old_offset(&self, offset: usize, is_end: bool) -> usize {
        let is_before = |new: &Span| new.start < offset || (!is_end && new.start == offset);
        let before = self.pieces.partition_point(|(new, _)| is_before(new));
        let Some((new, old)) = before.checked_sub(1).and_then(|at| self.pieces.get(at)) else {
            return offset;
        };
        match is_end {
            true if offset <= new.end => old.end,
            false if offset < new.end => old.start,
            _ => old.end + (offset - new.end),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_survive_a_rewrite() {
        // "ab${X}cd${Y}ef" becomes "ab12345cdef".
        let mut rewrite = Rewrite::default();
        rewrite.keep("ab");
        rewrite.replace(2..6, "12345");
        rewrite.keep("cd");
        rewrite.replace(8..12, "");
        rewrite.keep("ef");
        assert_eq!(rewrite.text(), "ab12345cdef");
        assert_eq!(rewrite.to_old(&(0..2)), 0..2);
        assert_eq!(rewrite.to_old(&(3..4)), 2..6);
        assert_eq!(rewrite.to_old(&(7..9)), 6..8);
        assert_eq!(rewrite.to_old(&(10..11)), 13..14);
    }

    #[test]
    fn lines_and_columns_count_from_one_in_characters() {
        let file = SourceFile::new("f", "aé\nb");
        assert_eq!(file.line_column(0), (1, 1));
        assert_eq!(file.line_column(3), (1, 3));
        assert_eq!(file.line_column(4), (2, 1));
        assert_eq!(file.line_column(99), (2, 2));
    }
}
