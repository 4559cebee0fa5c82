//! Masking: a configuration may be quoted in a message, its secrets may not.
//!
//! Every character that is masked is replaced by one that takes as many bytes, so that offsets, lines and
//! columns are those of the file.

use super::expand::Expanded;
use super::schema::{Names, Node, any_secret, any_secret_inside};
use crate::Span;
use crate::json::{self, kind_of};

/// A file's text with every value masked but those that the schemas know and do not call secret, and those
/// that are nothing but a placeholder.
pub(super) struct Masked {
    pub(super) text: String,
    /// What was masked, decoded: no message may quote it either.
    pub(super) secrets: Vec<String>,
}

/// Masks the file that `expanded` was made from.
pub(super) fn mask(file: &str, expanded: &Expanded, roots: &[Node<'_>]) -> Masked {
    let mut canvas = Canvas { file, hidden: vec![false; file.len()], secrets: Vec::new() };
    let text = expanded.rewrite.text();
    if is_object(text) {
        let nodes: Vec<_> = roots.iter().flat_map(|root| root.all_parts()).collect();
        let mut walk = Walk { expanded, canvas, shown: Vec::new() };
        walk.value(text.trim_start(), text.len() - text.trim_start().len(), &nodes, true);
        walk.hide_defaults();
        canvas = walk.canvas;
    } else {
        super::mask_broken::mask(file, &Names::new(roots), &mut canvas);
    }
    canvas.finish()
}

/// Whether a text can be walked; it may give a key twice.
fn is_object(text: &str) -> bool {
    !matches!(
        json::document(text).err().map(|error| error.fault),
        Some(json::Fault::Syntax | json::Fault::NotAnObject | json::Fault::TooDeep)
    )
}

/// A text and which of its bytes are hidden.
pub(super) struct Canvas<'a> {
    file: &'a str,
    hidden: Vec<bool>,
    secrets: Vec<String>,
}

impl Canvas<'_> {
    /// Hides a span, but for the quotes around it.
    pub(super) fn hide(&mut self, span: Span) {
        let token = self.file.get(span.clone()).unwrap_or_default();
        let open = usize::from(token.starts_with('"'));
        let close = usize::from(token.len() > 1 && token.ends_with('"'));
        self.hide_all(span.start + open..span.end - close);
    }

    fn hide_all(&mut self, span: Span) {
        if let Some(hidden) = self.hidden.get_mut(span) {
            hidden.fill(true);
        }
    }

    /// Shows a value, but for credentials and queries of URLs in it.
    pub(super) fn show_value(&mut self, span: &Span) {
        let token = self.file.get(span.clone()).unwrap_or_default();
        let decoded = serde_json::from_str::<String>(token).unwrap_or_else(|_| token.to_owned());
        let blots = blots(&decoded);
        if blots.is_empty() {
            return;
        }
        for blot in &blots {
            self.secrets.extend(decoded.get(blot.clone()).map(str::to_owned));
        }
        if token.contains('\\') {
            self.hide(span.clone());
        } else {
            let start = span.start + usize::from(token.starts_with('"'));
            blots.into_iter().for_each(|blot| self.hide_all(start + blot.start..start + blot.end));
        }
    }

    fn finish(self) -> Masked {
        let mut text = String::with_capacity(self.file.len());
        for (at, c) in self.file.char_indices() {
            let is_hidden = self.hidden.get(at).is_some_and(|hidden| *hidden);
            text.push(if is_hidden && !matches!(c, '\n' | '\r') { filler(c) } else { c });
        }
        Masked { text, secrets: self.secrets }
    }
}

/// A character of the same length in bytes.
fn filler(c: char) -> char {
    match c.len_utf8() {
        1 => '*',
        2 => '×',
        3 => '∗',
        _ => '🞶',
    }
}

/// What a text that may be a URL must not show: what stands before an `@`, what takes the place of a port and
/// is none, what follows a `?`.
pub(super) fn blots(text: &str) -> Vec<Span> {
    let query = text.find('?').map_or(text.len(), |mark| mark + 1);
    let start = text.find("//").map_or(0, |slashes| slashes + 2);
    let mut blots = Vec::new();
    if let Some(at) = text.rfind('@') {
        blots.push(start.min(at)..at);
    } else if start > 0 {
        let rest = text.get(start..query).unwrap_or_default();
        let authority = rest.split(['/', '?']).next().unwrap_or_default();
        // An IPv6 address has colons of its own.
        let host = authority.find(']').filter(|_| authority.starts_with('[')).unwrap_or_default();
        let colon = authority.get(host..).and_then(|rest| rest.find(':')).map(|at| host + at);
        if let Some(colon) = colon
            && !authority.bytes().skip(colon + 1).all(|b| b.is_ascii_digit())
        {
            blots.push(start + colon + 1..start + authority.len());
        }
    }
    blots.push(query..text.len());
    blots.retain(|blot| !blot.is_empty());
    blots
}

/// Walks a valid text along its schemas.
struct Walk<'a, 'c> {
    expanded: &'a Expanded,
    canvas: Canvas<'c>,
    /// Values that are shown, as they stand in the file.
    shown: Vec<Span>,
}

impl Walk<'_, '_> {
    /// `nodes` are all that is known of the value; `is_visible` is false inside of what is hidden.
    fn value(&mut self, value: &str, base: usize, nodes: &[Node<'_>], is_visible: bool) {
        match kind_of(value) {
            "object" => {
                for member in json::entries(value, base).unwrap_or_default() {
                    if !is_visible {
                        self.canvas.hide(self.expanded.rewrite.to_old(&member.key_span));
                    }
                    let known = nodes.iter().filter_map(|node| {
                        node.property(&member.key).or_else(|| node.any_property())
                    });
                    self.inner(member.value, &member.value_span, known, is_visible);
                }
            }
            "array" => {
                for (index, (item, span)) in json::items(value, base).into_iter().enumerate() {
                    let known: Vec<_> = nodes.iter().filter_map(|node| node.item(index)).collect();
                    // An array in the place of a value is a mistake, and shown like the value.
                    let known = if known.is_empty() { nodes } else { &known };
                    self.inner(item, &span, known.iter().copied(), is_visible);
                }
            }
            _ => self.scalar(value, base, nodes, is_visible),
        }
    }

    fn inner<'s>(
        &mut self,
        value: &str,
        span: &Span,
        known: impl Iterator<Item = Node<'s>>,
        is_visible: bool,
    ) {
        let nodes: Vec<_> = known.flat_map(Node::all_parts).collect();
        let is_visible = is_visible && !nodes.is_empty() && !any_secret(&nodes);
        self.value(value, span.start, &nodes, is_visible);
    }

    fn scalar(&mut self, value: &str, base: usize, nodes: &[Node<'_>], is_visible: bool) {
        let old = self.expanded.rewrite.to_old(&(base..base + value.trim_end().len()));
        let token = self.canvas.file.get(old.clone()).unwrap_or_default();
        // A secret may stand where a struct with a secret belongs.
        if is_visible && !any_secret_inside(nodes) {
            self.canvas.show_value(&old);
            self.shown.push(old);
            return;
        }
        if !is_harmless(token) {
            self.canvas.hide(old);
        }
        if matches!(kind_of(value), "string" | "number") {
            let decoded = serde_json::from_str(value).unwrap_or_else(|_| value.to_owned());
            self.canvas.secrets.push(decoded);
        }
    }

    /// Hides the defaults of placeholders that stand anywhere but in a value that is shown.
    fn hide_defaults(&mut self) {
        for (_, old) in self.expanded.rewrite.pieces() {
            let after = self.shown.partition_point(|shown| shown.start <= old.start);
            let shown = after.checked_sub(1).and_then(|at| self.shown.get(at));
            let text = self.canvas.file.get(old.clone()).unwrap_or_default();
            if let Some(mark) = text.find(":-")
                && shown.is_none_or(|shown| shown.end < old.end)
            {
                self.canvas.hide_all(old.start + mark + 2..old.end - 1);
            }
        }
    }
}

/// Whether a token tells nothing: `true`, `false`, `null`, or one placeholder without a default.
pub(super) fn is_harmless(token: &str) -> bool {
    matches!(token, "true" | "false" | "null") || is_placeholder(token)
}

/// Whether a token is one placeholder without a default: the name of a secret, not a secret.
fn is_placeholder(token: &str) -> bool {
    let inner = token.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(token);
    let name = inner
        .strip_prefix("${")
        .and_then(|rest| rest.strip_suffix('}'))
        .or_else(|| inner.strip_prefix("{{").and_then(|rest| rest.strip_suffix("}}")));
    name.is_some_and(|name| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_'))
}
