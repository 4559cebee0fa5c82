//! SHA-256 and its HMAC, of texts that are there in whole.
//!
//! The libraries' types take a message in pieces: they keep a block of it back, and are copied for each
//! signature. With texts as short as these that takes a fifth of the time. Here a text is padded and goes
//! to the compression function of `sha2` as it is.

use sha2::block_api::compress256;

const BLOCK: usize = 64;

/// What is hashed so far, in whole blocks.
#[derive(Clone, Copy)]
struct State([u32; 8]);

impl State {
    /// FIPS 180-4, section 5.3.3.
    const INITIAL: Self = Self([
        0x6a09_e667,
        0xbb67_ae85,
        0x3c6e_f372,
        0xa54f_f53a,
        0x510e_527f,
        0x9b05_688c,
        0x1f83_d9ab,
        0x5be0_cd19,
    ]);

    /// Hashes the rest of a message, of which `before` bytes are hashed. It is padded where it is, and
    /// left as it was.
    #[inline]
    fn finish(mut self, before: usize, message: &mut Vec<u8>) -> [u8; 32] {
        // Section 5.1.1: a one, zeros, and the length in bits at the end of a block.
        let len = message.len();
        let bits = (before + len) as u64 * 8;
        message.push(0x80);
        message.resize((len + 1 + 8).next_multiple_of(BLOCK) - 8, 0);
        message.extend_from_slice(&bits.to_be_bytes());
        compress256(&mut self.0, message.as_chunks().0);
        message.truncate(len);
        self.bytes()
    }

    #[inline]
    fn bytes(self) -> [u8; 32] {
        let mut hash = [0; 32];
        for (place, word) in hash.as_chunks_mut().0.iter_mut().zip(self.0) {
            *place = word.to_be_bytes();
        }
        hash
    }
}

/// The SHA-256 of a message.
pub(super) fn sha256(message: &mut Vec<u8>) -> [u8; 32] {
    State::INITIAL.finish(0, message)
}

/// A key of HMAC-SHA256 (RFC 2104), of which the first block of both hashes is done.
#[derive(Clone)]
pub(super) struct MacKey {
    inner: State,
    outer: State,
}

impl MacKey {
    pub(super) fn new(key: &[u8]) -> Self {
        let mut block = [0; BLOCK];
        match block.get_mut(..key.len()) {
            Some(place) => place.copy_from_slice(key),
            None => block[..32].copy_from_slice(&sha256(&mut key.to_vec())),
        }
        let after = |pad: u8| {
            let mut state = State::INITIAL;
            compress256(&mut state.0, &[block.map(|byte| byte ^ pad)]);
            state
        };
        Self { inner: after(0x36), outer: after(0x5c) }
    }

    pub(super) fn mac(&self, message: &mut Vec<u8>) -> [u8; 32] {
        let inner = self.inner.finish(BLOCK, message);
        let mut last = [0; BLOCK];
        let bits = (BLOCK + inner.len()) as u64 * 8;
        last[..32].copy_from_slice(&inner);
        last[32] = 0x80;
        last[BLOCK - 8..].copy_from_slice(&bits.to_be_bytes());
        let mut outer = self.outer;
        compress256(&mut outer.0, &[last]);
        outer.bytes()
    }
}

/// Lower-case hex of 32 bytes, without memory of its own.
pub(super) struct Hex([u8; 64]);

impl Hex {
    pub(super) fn new(bytes: [u8; 32]) -> Self {
        // Neither a table nor a branch: so many bytes are done at once.
        let digit = |nibble: u8| nibble + b'0' + u8::from(nibble > 9) * (b'a' - b'9' - 1);
        let mut text = [0; 64];
        for (pair, byte) in text.as_chunks_mut().0.iter_mut().zip(bytes) {
            *pair = [digit(byte >> 4), digit(byte & 15)];
        }
        Self(text)
    }

    pub(super) fn bytes(&self) -> &[u8; 64] {
        &self.0
    }

    pub(super) fn as_str(&self) -> &str {
        // Made of ASCII only.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use hmac::{Hmac, KeyInit, Mac};
    use sha2::{Digest, Sha256};

    use super::*;

    #[test]
    fn they_are_what_the_libraries_make_of_pieces_whatever_the_length() {
        let message: Vec<u8> = (0..300u16).map(|at| (at * 7 % 251) as u8).collect();
        for len in 0..message.len() {
            let message = &mut message[..len].to_vec();
            assert_eq!(sha256(message), <[u8; 32]>::from(Sha256::digest(&message)), "{len}");
            for key in [&b""[..], b"key", &[0xaa; 64], &[0xaa; 65], &[0xaa; 131]] {
                let mut pieces = Hmac::<Sha256>::new_from_slice(key).unwrap();
                message.chunks(7).for_each(|piece| pieces.update(piece));
                let expected: [u8; 32] = pieces.finalize().into_bytes().into();
                assert_eq!(MacKey::new(key).mac(message), expected, "{len}");
                assert_eq!(message.len(), len);
            }
        }
    }

    #[test]
    fn every_byte_has_its_two_digits() {
        for byte in 0..=255 {
            assert_eq!(Hex::new([byte; 32]).as_str(), format!("{byte:02x}").repeat(32));
        }
    }
}
