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
#[derive(Clone, Copy, Debug)]
pub struct Crc64 {
    value: u64,
}

impl Crc64 {
    /// The checksum of nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::resume(0)
    }

    /// Continues from the checksum of what came before, as an append does.
    #[must_use]
    pub fn resume(crc: u64) -> Self {
        Self { value: crc }
    }

    /// Adds the next piece.
    pub fn update(&mut self, data: &[u8]) {
        // The register holds the complement of the checksum. A digest that is kept would keep its tables, too.
        let mut digest = Digest::new_with_init_state(CrcAlgorithm::Crc64Xz, !self.value);
        digest.update(data);
        self.value = digest.finalize();
    }

    /// The checksum of everything so far.
    #[must_use]
    pub fn value(&self) -> u64 {
        self.value
    }
}

impl Default for Crc64 {
    fn default() -> Self {
        Self::new()
    }
}
