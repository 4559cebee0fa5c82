//! Choices made by the bytes of a fuzzer. When the bytes are used up, the first choice is taken.

use arbitrary::Unstructured;

/// Bytes that choose.
#[derive(Debug)]
pub(crate) struct Choices<'a>(Unstructured<'a>);

impl<'a> Choices<'a> {
    pub(crate) fn new(data: &'a [u8]) -> Self {
        Self(Unstructured::new(data))
    }

    pub(crate) fn is_done(&self) -> bool {
        self.0.is_empty()
    }

    /// A number from 0 to `most`.
    pub(crate) fn up_to(&mut self, most: usize) -> usize {
        self.0.int_in_range(0..=most).unwrap_or_default()
    }

    /// One of `from`, which has some.
    pub(crate) fn one_of<T: Copy + Default>(&mut self, from: &[T]) -> T {
        self.0.choose(from).copied().unwrap_or_default()
    }

    /// True once in `times`.
    pub(crate) fn rarely(&mut self, times: usize) -> bool {
        self.up_to(times - 1) == times - 1
    }

    /// At most `most` bytes as they come.
    pub(crate) fn bytes(&mut self, most: usize) -> &'a [u8] {
        let len = self.up_to(most).min(self.0.len());
        self.0.bytes(len).unwrap_or_default()
    }
}
