//! Signing, beside the hashes that it is made of.

use std::hint::black_box;

use hmac::{Hmac, KeyInit, Mac};
use jit_oss::sign::v4::{self, Context, Scope, SigningKey};
use jit_oss::sign::{Request, Stages};
use jit_oss::{Credentials, Timestamp};
use sha2::{Digest, Sha256};

use crate::Result;
use crate::rounds::{ROUNDS, Times, pair};
use crate::row::Row;

/// Signatures in a round.
const TIMES: usize = 50_000;
const SECRET: &str = "benchmark-key-secret-000000000";
const REGION: &str = "cn-hangzhou";

const HEADERS: &[(&str, &str)] =
    &[("content-type", "text/plain"), ("x-oss-meta-author", "nobody"), ("content-length", "1024")];
const REQUEST: Request<'_> = Request {
    method: "PUT",
    bucket: Some("bench"),
    key: Some("folder/some-object.txt"),
    query: &[],
    headers: HEADERS,
};

pub(crate) fn measure(rows: &mut Vec<Row>) -> Result<()> {
    let credentials = Credentials::new("LTAI5tBenchmarkKeyId0000", SECRET);
    let time = Timestamp::from_unix(1_700_000_000);
    let key =
        SigningKey::derive(SECRET, &Scope { date: "20231114", region: REGION, product: "oss" });
    let context = Context { credentials: &credentials, key: &key, time, additional_headers: &[] };
    let mut rows_of = |name: &'static str, sign: &dyn Fn(Option<&mut Stages>)| -> Result<()> {
        let mut stages = Stages::default();
        sign(Some(&mut stages));
        // The limit hashes what signing hashes, as one piece.
        let canonical = stages.canonical_request.ok_or("V4 has a canonical request")?;
        let to_sign = stages.string_to_sign;
        let mac = Hmac::<Sha256>::new_from_slice(&[7; 32])?;
        let mut limit = || {
            for _ in 0..TIMES {
                black_box(Sha256::digest(black_box(&canonical)));
                let mut mac = mac.clone();
                mac.update(black_box(to_sign.as_bytes()));
                black_box(mac.finalize());
            }
            Ok(())
        };
        let mut ours = || {
            for _ in 0..TIMES {
                sign(None);
            }
            Ok(())
        };
        let (ours, of_limit) = pair(ROUNDS, &mut ours, &mut limit)?;
        let each = 1e9 / TIMES as f64;
        let row = Row::new(name, "ns", ours.scaled(each)).limit(of_limit.scaled(each));
        rows.push(row.ratio_within(1.5));
        let counted = allocation_counter::measure(|| sign(None));
        let count = Times(vec![counted.count_total as f64]);
        rows.push(Row::new(format!("{name}/allocations"), "", count).value_within(3.0));
        Ok(())
    };
    rows_of("sign_v4", &|stages| {
        black_box(v4::sign_header(black_box(&REQUEST), black_box(&context), stages));
    })?;
    rows_of("presign_v4", &|stages| {
        black_box(v4::presign(black_box(&REQUEST), black_box(&context), 300, stages));
    })
}
