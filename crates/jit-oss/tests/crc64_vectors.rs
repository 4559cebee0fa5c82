//! Known CRC-64 answers from Alibaba's own SDKs: whole inputs, combined parts, resumed appends.
//!
//! `OSS_CRC64_VECTORS=path` runs the same checks over another file of the same schema.

#![cfg(test)]

use jit_oss::crc64::{self, Crc64};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(untagged)]
enum Input {
    Utf8 { utf8: String },
    RepeatHex { repeat_hex: String, times: usize },
    Hex { hex: String },
    Counter { counter: Counter },
}

#[derive(Deserialize)]
struct Counter {
    mul: usize,
    add: usize,
    len: usize,
}

impl Input {
    fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Utf8 { utf8 } => utf8.clone().into_bytes(),
            Self::Hex { hex } => unhex(hex),
            Self::RepeatHex { repeat_hex, times } => unhex(repeat_hex).repeat(*times),
            Self::Counter { counter: c } => {
                (0..c.len).map(|i| ((i * c.mul + c.add) % 256) as u8).collect()
            }
        }
    }
}

fn unhex(text: &str) -> Vec<u8> {
    text.as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap())
        .collect()
}

#[derive(Deserialize)]
struct Part {
    input: Input,
    length: u64,
    crc64: String,
}

#[derive(Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum Kind {
    Whole { input: Input },
    Combine { parts: Vec<Part> },
    Resume { first: Input, first_crc64: String, rest: Input },
}

#[derive(Deserialize)]
struct Case {
    id: String,
    #[serde(flatten)]
    kind: Kind,
    length: u64,
    crc64: String,
    crc64_hex: String,
}

fn check(case: &Case) {
    let id = &case.id;
    let (crc, length) = match &case.kind {
        Kind::Whole { input } => {
            let data = input.bytes();
            // The same in uneven pieces as in one.
            let mut pieces = Crc64::new();
            data.chunks(4093).for_each(|piece| pieces.update(piece));
            assert_eq!(pieces.value(), crc64::of(&data), "{id}: in pieces");
            (crc64::of(&data), data.len() as u64)
        }
        Kind::Combine { parts } => parts.iter().fold((0, 0), |(crc, length), part| {
            let own = crc64::of(&part.input.bytes());
            assert_eq!(own.to_string(), part.crc64, "{id}: part");
            (crc64::combine(crc, own, part.length), length + part.length)
        }),
        Kind::Resume { first, first_crc64, rest } => {
            assert_eq!(crc64::of(&first.bytes()).to_string(), *first_crc64, "{id}: first");
            let mut crc = Crc64::resume(first_crc64.parse().unwrap());
            crc.update(&rest.bytes());
            (crc.value(), (first.bytes().len() + rest.bytes().len()) as u64)
        }
    };
    assert_eq!(crc.to_string(), case.crc64, "{id}");
    assert_eq!(format!("{crc:016x}"), case.crc64_hex, "{id}");
    assert_eq!(length, case.length, "{id}");
}

#[test]
fn every_checksum_is_what_the_official_sdks_compute() {
    let path = std::env::var_os("OSS_CRC64_VECTORS").map_or_else(
        || concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/crc64-vectors.json").into(),
        std::path::PathBuf::from,
    );
    let text = std::fs::read_to_string(&path).unwrap();
    let cases: Vec<Case> = serde_json::from_str(&text).unwrap();
    assert!(!cases.is_empty(), "no cases in {}", path.display());
    cases.iter().for_each(check);
    println!("checked {} cases", cases.len());
}
