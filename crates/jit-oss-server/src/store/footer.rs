//! The end of an object's file: what is known of the object, so that the file explains itself.
//!
//! ```text
//! data | JSON of the metadata | JSON's length, u32 | CRC-64 of JSON and length, u64 | "JITOSSO1"
//! ```
//!
//! Numbers are little-endian. The data's own length is in the JSON and must fit the file's.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};

use jit_oss::crc64;

use super::Metadata;

const MAGIC: &[u8; 8] = b"JITOSSO1";
const FIXED: u64 = 4 + 8 + 8;
/// More than any footer has: keys, user metadata and the header block they came in are limited.
const MAX_JSON: u32 = 1 << 20;

/// The footer of `metadata`.
pub(super) fn encode(metadata: &Metadata) -> io::Result<Vec<u8>> {
    let mut out = serde_json::to_vec(metadata)?;
    let length = u32::try_from(out.len()).map_err(io::Error::other)?;
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(&crc64::of(&out).to_le_bytes());
    out.extend_from_slice(MAGIC);
    Ok(out)
}

/// Reads the footer of an opened file.
pub(super) fn read(file: &mut File) -> io::Result<Metadata> {
    let length = file.metadata()?.len();
    let start = length.checked_sub(FIXED).ok_or_else(|| damaged("the file is too short"))?;
    file.seek(SeekFrom::Start(start))?;
    let (mut size, mut sum, mut magic) = ([0; 4], [0; 8], [0; 8]);
    file.read_exact(&mut size)?;
    file.read_exact(&mut sum)?;
    file.read_exact(&mut magic)?;
    if magic != *MAGIC {
        return Err(damaged("the file does not end as an object's does"));
    }
    let json_length = u32::from_le_bytes(size);
    let start = start
        .checked_sub(json_length.into())
        .filter(|_| json_length <= MAX_JSON)
        .ok_or_else(|| damaged("the metadata's length is impossible"))?;
    file.seek(SeekFrom::Start(start))?;
    let mut json = Vec::new();
    file.take(json_length.into()).read_to_end(&mut json)?;
    json.extend_from_slice(&size);
    if crc64::of(&json) != u64::from_le_bytes(sum) {
        return Err(damaged("the metadata's checksum is wrong"));
    }
    json.truncate(json.len().saturating_sub(size.len()));
    let metadata: Metadata = serde_json::from_slice(&json)?;
    if metadata.size != start {
        return Err(damaged("the data's length is not the one in the metadata"));
    }
    Ok(metadata)
}

fn damaged(what: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn metadata() -> Metadata {
        Metadata {
            key: "a/../😀".to_owned(),
            size: 3,
            md5: "ABC".to_owned(),
            crc64: u64::MAX,
            last_modified: 1,
            storage_class: "Standard".to_owned(),
            headers: vec![("content-type".to_owned(), "text/plain".to_owned())],
        }
    }

    #[track_caller]
    fn check(content: &[u8]) -> Result<Metadata, String> {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(content).unwrap();
        read(&mut file).map_err(|error| error.to_string())
    }

    #[test]
    fn a_footer_comes_back() {
        let content = [b"abc".as_slice(), &encode(&metadata()).unwrap()].concat();
        assert_eq!(check(&content), Ok(metadata()));
    }

    #[test]
    fn every_damaged_byte_is_noticed() {
        let content = [b"abc".as_slice(), &encode(&metadata()).unwrap()].concat();
        for at in 3..content.len() {
            let mut damaged = content.clone();
            damaged[at] ^= 1;
            assert!(check(&damaged).is_err(), "byte {at}");
        }
        for length in 0..content.len() {
            assert!(check(&content[..length]).is_err(), "{length} bytes");
        }
        assert!(check(&[b"more".as_slice(), &content].concat()).is_err());
    }
}
