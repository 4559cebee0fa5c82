//! What a storage has to do while the server behind it misbehaves.

use bytes::Bytes;
use jit_oss_server::Faults;
use jit_storages::{Error, ErrorKind, Storage, UploadOptions};

/// Gives the names of these cases to a macro: the one list of them.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_faults {
    ($then:path $(, $($first:tt)*)?) => {
        $then! {
            $($($first)*)?
            a_refusal_is_told_apart
            a_failing_server_is_told_apart
            a_server_that_fails_once
            answers_that_end_too_early
            an_answer_that_ends_too_early_once
            answers_that_are_none
            a_checksum_of_other_data
            an_upload_whose_answer_is_lost
            a_slow_answer_holds_nobody_up
            a_slow_answer_that_is_given_up
        }
    };
}

macro_rules! cases {
    ($($case:ident)*) => {
        /// The names of all cases.
        #[cfg(test)]
        pub(super) const FAULTS: &[&str] = &[$(stringify!($case)),*];

        /// Runs a case against a storage whose server is new and misbehaves as it is told.
        pub(super) async fn run(name: &str, storage: &dyn Storage, faults: &Faults) -> Outcome {
            match name {
                $(stringify!($case) => $case(storage, faults).await,)*
                _ => Err("there is no such case".to_owned()),
            }
        }
    };
}

__conformance_faults!(cases);

type Outcome = Result<(), String>;

/// More often than any storage tries.
const ALWAYS: usize = 1000;
const NAME: &str = "jit-conformance/file.bin";

/// Data that differs from one place to another.
fn data(length: usize) -> Bytes {
    (0..length).map(|at| (at % 251) as u8).collect()
}

async fn put(storage: &dyn Storage, name: &str, data: &Bytes) -> jit_storages::Result<()> {
    storage.upload_by_file(name, data.clone(), UploadOptions::default()).await.map(drop)
}

async fn stored(storage: &dyn Storage, data: &Bytes) -> Outcome {
    put(storage, NAME, data).await.map_err(|error| format!("upload: {error}"))
}

async fn holds(storage: &dyn Storage, name: &str, data: &Bytes) -> Outcome {
    match storage.download(name).await {
        Ok(found) => same(&found, data),
        Err(error) => Err(format!("expected that {name:?} is there, found: {error}")),
    }
}

async fn read(storage: &dyn Storage) -> jit_storages::Result<Bytes> {
    storage.get_object(NAME).await?.read().await
}

fn same(found: &Bytes, expected: &Bytes) -> Outcome {
    let (found_length, length) = (found.len(), expected.len());
    match found == expected {
        true => Ok(()),
        false => Err(format!("expected the {length} bytes that were stored, found {found_length}")),
    }
}

/// The data, or an error of one of these kinds: never something else.
fn same_or(
    what: &str,
    found: jit_storages::Result<Bytes>,
    expected: &Bytes,
    kinds: &[ErrorKind],
) -> Outcome {
    match found {
        Ok(found) => same(&found, expected).map_err(|error| format!("{what}: {error}")),
        Err(error) => is(what, &error, kinds),
    }
}

fn is(what: &str, error: &Error, kinds: &[ErrorKind]) -> Outcome {
    match kinds.contains(&error.kind()) {
        true => Ok(()),
        false => Err(format!("{what}: expected {kinds:?}, found {:?}: {error}", error.kind())),
    }
}

/// Every function fails in this way, and works again when the server does.
async fn all_fail(storage: &dyn Storage, faults: &Faults, kind: ErrorKind) -> Outcome {
    let (before, after) = (data(5_000), data(6_000));
    let failed = |what: &str, found: jit_storages::Result<()>| match found {
        Err(error) => is(what, &error, &[kind]),
        Ok(()) => Err(format!("{what}: expected {kind:?}, found success")),
    };
    failed("uploadByFile", put(storage, NAME, &after).await)?;
    failed("download", storage.download(NAME).await.map(drop))?;
    failed("getObject", read(storage).await.map(drop))?;
    failed("delete", storage.delete(NAME).await)?;
    faults.clear();
    holds(storage, NAME, &before).await?;
    stored(storage, &after).await?;
    holds(storage, NAME, &after).await
}

async fn a_refusal_is_told_apart(storage: &dyn Storage, faults: &Faults) -> Outcome {
    stored(storage, &data(5_000)).await?;
    faults.on_any().times(ALWAYS).fail(403, "AccessDenied");
    all_fail(storage, faults, ErrorKind::AccessDenied).await
}

async fn a_failing_server_is_told_apart(storage: &dyn Storage, faults: &Faults) -> Outcome {
    stored(storage, &data(5_000)).await?;
    faults.on_any().times(ALWAYS).fail(503, "ServiceUnavailable");
    all_fail(storage, faults, ErrorKind::Unavailable).await
}

async fn a_server_that_fails_once(storage: &dyn Storage, faults: &Faults) -> Outcome {
    let (before, after) = (data(5_000), data(6_000));
    stored(storage, &before).await?;
    faults.on_any().fail(500, "InternalError");
    let kinds = [ErrorKind::Unavailable];
    same_or("download", storage.download(NAME).await, &before, &kinds)?;
    faults.clear();
    faults.on_any().fail(500, "InternalError");
    let expected = match put(storage, NAME, &after).await {
        Ok(()) => &after,
        Err(error) => {
            is("uploadByFile", &error, &kinds)?;
            &before
        }
    };
    faults.clear();
    holds(storage, NAME, expected).await
}

const BROKEN: [ErrorKind; 3] = [ErrorKind::Unavailable, ErrorKind::Corrupt, ErrorKind::Timeout];

async fn answers_that_end_too_early(storage: &dyn Storage, faults: &Faults) -> Outcome {
    let data = data(100_000);
    stored(storage, &data).await?;
    for bytes in [0, 10, 99_999] {
        faults.on_any().times(ALWAYS).cut_after(bytes);
        same_or("download", storage.download(NAME).await, &data, &BROKEN)?;
        same_or("contents of the object", read(storage).await, &data, &BROKEN)?;
        faults.clear();
    }
    holds(storage, NAME, &data).await
}

async fn an_answer_that_ends_too_early_once(storage: &dyn Storage, faults: &Faults) -> Outcome {
    let data = data(100_000);
    stored(storage, &data).await?;
    faults.on_any().cut_after(50_000);
    same_or("download", storage.download(NAME).await, &data, &BROKEN)?;
    faults.clear();
    holds(storage, NAME, &data).await
}

async fn answers_that_are_none(storage: &dyn Storage, faults: &Faults) -> Outcome {
    let data = data(5_000);
    stored(storage, &data).await?;
    faults.on_any().times(ALWAYS).garbage();
    let found = storage.download(NAME).await;
    faults.clear();
    if found.is_ok() {
        return Err("download: expected an error, found success".to_owned());
    }
    holds(storage, NAME, &data).await
}

/// Only those who declare checksums compare them.
async fn a_checksum_of_other_data(storage: &dyn Storage, faults: &Faults) -> Outcome {
    let data = data(5_000);
    stored(storage, &data).await?;
    faults.on_any().times(ALWAYS).corrupt_crc();
    let found = storage.download(NAME).await;
    faults.clear();
    match found {
        Ok(_) if storage.capability().checksum => {
            Err("download: it declares checksums: expected Corrupt, found success".to_owned())
        }
        other => same_or("download", other, &data, &[ErrorKind::Corrupt]),
    }
}

async fn an_upload_whose_answer_is_lost(storage: &dyn Storage, faults: &Faults) -> Outcome {
    let (before, after) = (data(5_000), data(6_000));
    stored(storage, &before).await?;
    faults.on_any().drop_reply();
    let put = put(storage, NAME, &after).await;
    faults.clear();
    if put.is_ok() {
        return holds(storage, NAME, &after).await;
    }
    // Nobody can know whether it arrived; it arrived whole, or not at all.
    let found = storage.download(NAME).await.map_err(|error| error.to_string())?;
    same(&found, &before).or_else(|_| same(&found, &after))
}

async fn a_slow_answer_holds_nobody_up(storage: &dyn Storage, faults: &Faults) -> Outcome {
    let (data, other) = (data(5_000), "jit-conformance/other.bin");
    stored(storage, &data).await?;
    let hold = faults.on_any().hold();
    let slow = storage.download(NAME);
    let quick = async {
        hold.reached().await;
        let quick = async {
            put(storage, other, &data).await.map_err(|error| error.to_string())?;
            holds(storage, other, &data).await
        };
        let outcome = quick.await;
        hold.release();
        outcome
    };
    let (slow, quick) = tokio::join!(slow, quick);
    quick.and(same_or("the slow download", slow, &data, &[]))
}

async fn a_slow_answer_that_is_given_up(storage: &dyn Storage, faults: &Faults) -> Outcome {
    let data = data(5_000);
    stored(storage, &data).await?;
    for _ in 0..3 {
        let hold = faults.on_any().hold();
        tokio::select! {
            _ = storage.download(NAME) => {
                return Err("expected that it waits for the answer".to_owned());
            }
            () = hold.reached() => {}
        }
        hold.release();
        holds(storage, NAME, &data).await?;
    }
    Ok(())
}
