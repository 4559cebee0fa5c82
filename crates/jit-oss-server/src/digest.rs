//! Checksums: taken while bytes arrive, and written as hex or base64.

use std::fmt;
use std::str::FromStr;

use base64::{Engine, engine::general_purpose::STANDARD as BASE64};
use jit_oss::crc64::Crc64;
use md5::{Digest, Md5};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::Sha256;

/// What identifies the content of an object: a digest and, for those made of parts, how many they were.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Etag {
    digest: [u8; 16],
    parts: u32,
}

impl Etag {
    /// That of content which was sent at once: its MD5.
    pub(crate) fn of_content(md5: [u8; 16]) -> Self {
        Self { digest: md5, parts: 0 }
    }

    /// That of an object made of parts: the MD5 of the parts' digests, and their number.
    pub(crate) fn of_parts(parts: impl Iterator<Item = Self>) -> Self {
        let (mut hash, mut count) = (Md5::new(), 0_u32);
        for part in parts {
            hash.update(part.digest);
            count = count.saturating_add(1);
        }
        Self { digest: hash.finalize().into(), parts: count }
    }

    /// That of something which is no single content, told apart by `seed`: an object that was appended to,
    /// or a link.
    pub(crate) fn of_state(seed: &[u8]) -> Self {
        Self { digest: Md5::digest(seed).into(), parts: 0 }
    }

    pub(crate) fn md5(&self) -> [u8; 16] {
        self.digest
    }

    /// With quotes, as headers and documents have it.
    pub(crate) fn quoted(&self) -> String {
        let mut hex = [0; 32];
        let mut text = String::with_capacity(34);
        text.push('"');
        text.push_str(put_hex(&self.digest, &mut hex));
        if self.parts > 0 {
            text.push('-');
            text.push_str(&self.parts.to_string());
        }
        text.push('"');
        text
    }

    /// The digest as `Content-MD5` has it.
    pub(crate) fn content_md5(&self) -> String {
        BASE64.encode(self.digest)
    }

    /// Whether a client means this one, with or without quotes, in any case.
    pub(crate) fn is(&self, text: &str) -> bool {
        text.trim().trim_matches('"').eq_ignore_ascii_case(&self.to_string())
    }
}

impl fmt::Display for Etag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut hex = [0; 32];
        f.write_str(put_hex(&self.digest, &mut hex))?;
        if self.parts > 0 { write!(f, "-{}", self.parts) } else { Ok(()) }
    }
}

impl FromStr for Etag {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (digest, parts) = text.split_once('-').unwrap_or((text, "0"));
        match (parse_hex(digest), parts.parse()) {
            (Some(digest), Ok(parts)) => Ok(Self { digest, parts }),
            _ => Err("not an ETag"),
        }
    }
}

impl Serialize for Etag {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Etag {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_str(Text)
    }
}

/// Reads an `ETag` where it stands: a start reads one of each object.
struct Text;

impl de::Visitor<'_> for Text {
    type Value = Etag;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an ETag")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Etag, E> {
        text.parse().map_err(E::custom)
    }
}

/// Upper-case hex of some bytes, written into `hex`, which has room for it.
pub(crate) fn put_hex<'a>(bytes: &[u8], hex: &'a mut [u8]) -> &'a str {
    let digit = |nibble: u8| b"0123456789ABCDEF".get(usize::from(nibble)).copied().unwrap_or(b'0');
    for (pair, byte) in hex.chunks_exact_mut(2).zip(bytes) {
        pair.copy_from_slice(&[digit(byte >> 4), digit(byte & 15)]);
    }
    // Digits only.
    std::str::from_utf8(hex).unwrap_or_default()
}

/// The bytes that hex digits stand for, when there are exactly as many.
pub(crate) fn parse_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let nibble = |digit: u8| char::from(digit).to_digit(16);
    let pairs = text.as_bytes().chunks_exact(2).map(|pair| {
        let value = pair.iter().try_fold(0, |sum, &digit| Some(sum << 4 | nibble(digit)?))?;
        u8::try_from(value).ok()
    });
    let bytes: Option<Vec<u8>> = pairs.collect();
    if text.len() == 2 * N { bytes?.try_into().ok() } else { None }
}

/// The checksums of a body, taken on the way.
pub(crate) struct Hashes {
    md5: Md5,
    crc64: Crc64,
    /// It is slow, and hardly anyone announces it.
    sha256: Option<Box<Sha256>>,
    size: u64,
}

/// What [`Hashes`] found.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sums {
    pub(crate) size: u64,
    pub(crate) md5: [u8; 16],
    pub(crate) crc64: u64,
    pub(crate) sha256: Option<[u8; 32]>,
}

impl fmt::Debug for Hashes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hashes").field("size", &self.size).finish_non_exhaustive()
    }
}

impl Hashes {
    pub(crate) fn new(with_sha256: bool) -> Self {
        let (md5, crc64) = (Md5::new(), Crc64::new());
        Self { md5, crc64, sha256: with_sha256.then(Box::default), size: 0 }
    }

    pub(crate) fn update(&mut self, data: &[u8]) {
        self.md5.update(data);
        self.crc64.update(data);
        if let Some(sha256) = &mut self.sha256 {
            sha256.update(data);
        }
        self.size += data.len() as u64;
    }

    pub(crate) fn finish(self) -> Sums {
        Sums {
            size: self.size,
            md5: self.md5.finalize().into(),
            crc64: self.crc64.value(),
            sha256: self.sha256.map(|sha256| sha256.finalize().into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksums_are_those_of_the_content() {
        let mut hashes = Hashes::new(false);
        hashes.update(b"1234");
        hashes.update(b"56789");
        let sums = hashes.finish();
        let etag = Etag::of_content(sums.md5);
        assert_eq!(etag.quoted(), "\"25F9E794323B453885F5181F1B624D0B\"");
        assert_eq!(etag.content_md5(), "JfnnlDI7RTiF9RgfG2JNCw==");
        assert_eq!((sums.crc64, sums.size), (11_051_210_869_376_104_954, 9));
        assert_eq!(sums.sha256, None);
    }

    #[test]
    fn an_etag_is_read_as_it_is_written() {
        let part = Etag::of_content([0xAB; 16]);
        let whole = Etag::of_parts([part, part].into_iter());
        assert!(whole.to_string().ends_with("-2"));
        for etag in [part, whole] {
            assert_eq!(etag.to_string().parse(), Ok(etag));
            assert!(etag.is(&etag.quoted().to_lowercase()) && !etag.is("\"\""));
        }
        for text in ["", "AB", "AB-1", &"é".repeat(16), &format!("{part}-x")] {
            assert!(text.parse::<Etag>().is_err(), "{text}");
        }
    }
}
