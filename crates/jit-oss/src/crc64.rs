//! CRC-64/XZ, the checksum OSS keeps of every object (`x-oss-hash-crc64ecma`).

use crc_fast::{CrcAlgorithm, Digest, checksum, checksum_combine};

/// The checksum of `data`.
///
/// ```
/// assert_eq!(jit_oss::crc64::of(b"123456789"), 11_051_210_869_376_104_954);
/// ```
#[must_use]
pub fn of(data: &[u8]) -> u64 {
    checksum(CrcAlgorithm::Crc64Xz, data)
}

/// The checksum of two pieces of data joined, from the checksum of each and the length of the second.
#[must_use]
pub fn combine(first: u64, second: u64, second_len: u64) -> u64 {
    if second_len == 0 {
        first
    } else {
        checksum_combine(CrcAlgorithm::Crc64Xz, first, second, second_len)
    }
}

/// A checksum computed piece by piece.
#[derive(Clone, Copy)]
pub struct Crc64 {
    /// Checksum and length of what came before this digest was started.
    before: Option<u64>,
    digest: Digest,
    length: u64,
}

impl Crc64 {
    /// The checksum of nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self { before: None, digest: Digest::new(CrcAlgorithm::Crc64Xz), length: 0 }
    }

    /// Continues from the checksum of what came before, as an append does.
    #[must_use]
    pub fn resume(crc: u64) -> Self {
        Self { before: Some(crc), ..Self::new() }
    }

    /// Adds the next piece.
    pub fn update(&mut self, data: &[u8]) {
        self.digest.update(data);
        self.length += data.len() as u64;
    }

    /// The checksum of everything so far.
    #[must_use]
    pub fn value(&self) -> u64 {
        let here = self.digest.finalize();
        self.before.map_or(here, |before| combine(before, here, self.length))
    }
}

impl Default for Crc64 {
    fn default() -> Self {
        Self::new()
    }
}

impl std::fmt::Debug for Crc64 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Crc64").field("value", &self.value()).finish()
    }
}
