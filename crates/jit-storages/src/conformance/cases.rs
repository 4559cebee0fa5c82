//! The cases.

use std::time::Duration;

use bytes::Bytes;
use jit_oss::{crc64, escape};

use super::checkup::checkups_that_leave_nothing;
use super::expect::{begin_only, equal, failure, join_all, refused, same_data, shape, success};
use super::listing::{
    lists_in_the_order_of_bytes, lists_know_files, lists_of_a_prefix, lists_of_more_than_a_page,
    lists_of_nothing, lists_that_are_gone_on_with, lists_that_start_after, lists_with_a_limit,
    lists_with_another_delimiter, lists_with_folders,
};
use super::rights::policies_of_what_it_needs;
use super::transfers::{
    content_types_by_name, copies_are_whole, copies_of_what_is_missing, copies_onto_themselves,
    files_of_this_machine, files_that_cannot_be_written_or_read, files_that_exist,
    many_deletions_of_which_some_fail, many_uploads_of_which_some_fail, metadata_of_uploads,
    options_that_are_not_kept, recipes_to_upload, transfers_that_go_on,
    uploads_that_must_not_replace,
};
use super::{Future, Outcome, Run};
use crate::{ErrorKind, SignMethod, SignOptions, StoredObject, UploadOptions};

/// Gives the names of all cases to a macro: the one list of them.
#[doc(hidden)]
#[macro_export]
macro_rules! __conformance_cases {
    ($then:path $(, $($first:tt)*)?) => {
        $then! {
            $($($first)*)?
            nothing_comes_back
            one_byte_comes_back
            a_mebibyte_and_three_bytes_come_back
            every_byte_comes_back
            an_upload_replaces
            downloading_what_is_missing
            asking_for_what_is_missing
            deleting_twice
            content_types
            content_types_by_name
            checksums
            what_is_known_of_a_file
            an_object_is_read_when_asked_for
            an_object_is_read_whole
            empty_names
            names_with_a_leading_slash
            names_that_are_too_long
            names_with_spaces
            names_in_unicode
            names_with_a_plus
            names_with_a_percent
            names_with_dots_and_folders
            names_with_punctuation
            errors_of_what_is_missing
            errors_of_names
            writers_of_one_name
            readers_of_what_is_replaced
            readers_among_writers
            readers_of_what_is_deleted
            reads_that_are_given_up
            many_files
            signed_urls_to_read
            signed_urls_to_write
            lists_of_a_prefix
            lists_of_nothing
            lists_in_the_order_of_bytes
            lists_with_folders
            lists_with_another_delimiter
            lists_that_start_after
            lists_with_a_limit
            lists_that_are_gone_on_with
            lists_of_more_than_a_page
            lists_know_files
            copies_are_whole
            copies_onto_themselves
            copies_of_what_is_missing
            files_that_exist
            files_of_this_machine
            files_that_cannot_be_written_or_read
            many_uploads_of_which_some_fail
            many_deletions_of_which_some_fail
            metadata_of_uploads
            uploads_that_must_not_replace
            options_that_are_not_kept
            recipes_to_upload
            transfers_that_go_on
            policies_of_what_it_needs
            checkups_that_leave_nothing
        }
    };
}

macro_rules! cases {
    ($($case:ident)*) => {
        /// The names of all cases, in the order in which they are run.
        pub const CASES: &[&str] = &[$(stringify!($case)),*];

        /// A case, not begun yet.
        pub(super) fn find<'a>(run: &'a Run<'_>, name: &str) -> Option<Future<'a>> {
            match name {
                $(stringify!($case) => Some(Box::pin($case(run))),)*
                _ => None,
            }
        }
    };
}

__conformance_cases!(cases);

/// Bytes that repeat only after a long while.
pub(super) fn noise(length: usize) -> Bytes {
    let mut state = 1_u32;
    let step = |_| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_le_bytes()[3]
    };
    (0..length).map(step).collect::<Vec<_>>().into()
}

impl Run<'_> {
    pub(super) async fn put(&self, name: &str, data: &Bytes) -> Outcome {
        let put = self.storage.upload_by_file(name, data.clone(), UploadOptions::default());
        success(put.await).map(drop)
    }

    pub(super) async fn object(&self, name: &str) -> Result<StoredObject, String> {
        success(self.storage.get_object(name).await)
    }

    /// Whether a file is there with this data, by every way to it.
    pub(super) async fn holds(&self, name: &str, data: &Bytes) -> Outcome {
        let found = success(self.storage.download(name).await)?;
        same_data(&format!("download of {name:?}"), &found, data)?;
        let object = self.object(name).await?;
        equal("the object's name", object.name.as_str(), name)?;
        equal("the object's size", object.size, data.len() as u64)?;
        let found = success(object.read().await)?;
        same_data(&format!("contents of the object {name:?}"), &found, data)
    }

    pub(super) async fn is_missing(&self, name: &str) -> Outcome {
        failure("download", self.storage.download(name).await, ErrorKind::NotFound)?;
        failure("getObject", self.storage.get_object(name).await, ErrorKind::NotFound).map(drop)
    }

    async fn round_trip(&self, data: Bytes) -> Outcome {
        let name = self.name("round-trip");
        self.put(&name, &data).await?;
        self.holds(&name, &data).await
    }

    /// Stores a file under each name, and only then looks for them: they are files of their own.
    async fn are_names(&self, tails: &[&str]) -> Outcome {
        let names: Vec<_> = tails.iter().map(|tail| self.name(tail)).collect();
        for name in &names {
            self.put(name, &Bytes::from(name.clone())).await?;
        }
        for name in &names {
            self.holds(name, &Bytes::from(name.clone())).await?;
        }
        for name in &names {
            success(self.storage.delete(name).await)?;
            self.is_missing(name).await?;
        }
        Ok(())
    }

    /// Whether no function takes a name.
    async fn is_no_name(&self, name: &str) -> Outcome {
        let kind = ErrorKind::InvalidName;
        let put = self.storage.upload_by_file(name, noise(3), UploadOptions::default());
        failure("uploadByFile", put.await, kind)?;
        failure("download", self.storage.download(name).await, kind)?;
        failure("getObject", self.storage.get_object(name).await, kind)?;
        failure("delete", self.storage.delete(name).await, kind)?;
        for method in [SignMethod::Get, SignMethod::Put] {
            if self.capability().signs(method) {
                let options = SignOptions::default().with_method(method);
                let url = self.storage.get_sign_url(name, "a/b", options);
                failure("getSignUrl", url.await, kind)?;
            }
        }
        Ok(())
    }

    /// URLs where they are declared, a clear refusal where they are not.
    async fn signs(&self, method: SignMethod) -> Outcome {
        let name = self.name("signed url+%.txt");
        let life = Duration::from_secs(60);
        let options = SignOptions::default().with_method(method).with_expires(life);
        let signed = self.storage.get_sign_url(&name, "text/plain", options).await;
        if !self.capability().signs(method) {
            return refused("getSignUrl", &name, signed);
        }
        let url = success(signed)?.into_string();
        // The query is the permission: no message shows it.
        let (base, query) = url.split_once('?').unwrap_or((&url, ""));
        let web = base.starts_with("https://") || base.starts_with("http://");
        let plain = url.bytes().all(|byte| byte.is_ascii_graphic());
        if web && plain && !query.is_empty() && base.ends_with(&escape::path(&name)) {
            return Ok(());
        }
        Err(format!(
            "expected an http URL that ends with the escaped name and has a query, found {base}"
        ))
    }
}

async fn nothing_comes_back(run: &Run<'_>) -> Outcome {
    run.round_trip(Bytes::new()).await
}

async fn one_byte_comes_back(run: &Run<'_>) -> Outcome {
    run.round_trip(noise(1)).await
}

async fn a_mebibyte_and_three_bytes_come_back(run: &Run<'_>) -> Outcome {
    run.round_trip(noise((1 << 20) + 3)).await
}

async fn every_byte_comes_back(run: &Run<'_>) -> Outcome {
    let bytes = (0..=u8::MAX).chain((0..=u8::MAX).rev());
    run.round_trip(bytes.chain(*b"\r\n\n\r\0").collect()).await
}

async fn an_upload_replaces(run: &Run<'_>) -> Outcome {
    let name = run.name("replaced");
    for length in [5_000, 100_000, 3, 0, 7] {
        let data = noise(length);
        run.put(&name, &data).await?;
        run.holds(&name, &data).await?;
    }
    Ok(())
}

async fn downloading_what_is_missing(run: &Run<'_>) -> Outcome {
    let found = run.storage.download(&run.name("missing")).await;
    failure("download", found, ErrorKind::NotFound).map(drop)
}

async fn asking_for_what_is_missing(run: &Run<'_>) -> Outcome {
    let found = run.storage.get_object(&run.name("missing/too")).await;
    failure("getObject", found, ErrorKind::NotFound).map(drop)
}

async fn deleting_twice(run: &Run<'_>) -> Outcome {
    let name = run.name("deleted");
    success(run.storage.delete(&name).await)?;
    run.put(&name, &noise(3)).await?;
    for _ in 0..2 {
        success(run.storage.delete(&name).await)?;
        run.is_missing(&name).await?;
    }
    run.put(&name, &noise(4)).await?;
    run.holds(&name, &noise(4)).await
}

async fn content_types(run: &Run<'_>) -> Outcome {
    let kept = run.capability().content_type;
    let name = run.name("picture.png");
    let given = "text/x-conformance; charset=utf-8";
    success(run.storage.upload_by_file(&name, noise(3), given.into()).await)?;
    let found = run.object(&name).await?.content_type;
    match (kept, found.as_deref()) {
        (true, found) => equal("the MIME type, kept", found, Some(given)),
        (false, None) => Ok(()),
        (false, found) => equal("the MIME type, by extension", found, Some("image/png")),
    }
}

async fn checksums(run: &Run<'_>) -> Outcome {
    let name = run.name("checked");
    let data = noise(100_000);
    let options = UploadOptions::default();
    let uploaded = success(run.storage.upload_by_file(&name, data.clone(), options).await)?;
    let object = run.object(&name).await?;
    if !run.capability().checksum {
        equal("the ETag, not declared", object.etag, None)?;
        return equal("the CRC-64, not declared", object.crc64, None);
    }
    equal("the upload's CRC-64", uploaded.crc64, Some(crc64::of(&data)))?;
    equal("the object's CRC-64", object.crc64, uploaded.crc64)?;
    equal("whether there is an ETag", object.etag.is_some(), true)?;
    equal("the object's ETag", &object.etag, &uploaded.etag)?;
    run.put(&name, &noise(100_001)).await?;
    let changed = run.object(&name).await?.etag != object.etag;
    equal("whether other data has another ETag", changed, true)
}

async fn what_is_known_of_a_file(run: &Run<'_>) -> Outcome {
    let name = run.name("known");
    let uploaded = run.storage.upload_by_file(&name, noise(12_345), UploadOptions::default());
    equal("whether the URL is empty", success(uploaded.await)?.url.is_empty(), false)?;
    let object = run.object(&name).await?;
    equal("the name", object.name.as_str(), &name)?;
    equal("the size", object.size, 12_345)?;
    equal("whether it was modified at some time", object.last_modified.is_some(), true)
}

async fn an_object_is_read_when_asked_for(run: &Run<'_>) -> Outcome {
    let (one, two) = (run.name("one"), run.name("two"));
    run.put(&one, &noise(1_000)).await?;
    run.put(&two, &noise(2_000)).await?;
    let first = run.object(&one).await?;
    drop(run.object(&one).await?);
    let second = run.object(&two).await?;
    same_data("the second", &success(second.read().await)?, &noise(2_000))?;
    same_data("the first", &success(first.read().await)?, &noise(1_000))
}

async fn an_object_is_read_whole(run: &Run<'_>) -> Outcome {
    let name = run.name("whole");
    let data = noise(700_001);
    run.put(&name, &data).await?;
    let mut object = run.object(&name).await?;
    let mut found = Vec::new();
    while let Some(chunk) = success(object.chunk().await)? {
        equal("whether a piece is empty", chunk.is_empty(), false)?;
        found.extend_from_slice(&chunk);
    }
    same_data("the pieces", &found, &data)?;
    equal("what follows the end", success(object.chunk().await)?, None)
}

async fn empty_names(run: &Run<'_>) -> Outcome {
    run.is_no_name("").await
}

async fn names_with_a_leading_slash(run: &Run<'_>) -> Outcome {
    let name = run.name("slash");
    run.is_no_name(&run.uses(format!("/{name}"))).await?;
    run.is_missing(&name).await
}

async fn names_that_are_too_long(run: &Run<'_>) -> Outcome {
    run.is_no_name(&run.name(&"k".repeat(2_000))).await
}

async fn names_with_spaces(run: &Run<'_>) -> Outcome {
    run.are_names(&["a b", "a  b", " a", "a ", "c d/e f"]).await
}

async fn names_in_unicode(run: &Run<'_>) -> Outcome {
    run.are_names(&["目录/文件.txt", "é", "😀", "ﬁ", "Ａ"]).await
}

async fn names_with_a_plus(run: &Run<'_>) -> Outcome {
    run.are_names(&["+", "a+b", "a b", "a%2Bb", "++"]).await
}

async fn names_with_a_percent(run: &Run<'_>) -> Outcome {
    run.are_names(&["%", "100%", "%20", "a%2Fb", "a%252Fb", "%zz"]).await
}

async fn names_with_dots_and_folders(run: &Run<'_>) -> Outcome {
    run.are_names(&["a.b/c.d", "a.b/c.d.e", "a.b.c", ".hidden", "...", "d/e/f/g/h"]).await
}

async fn names_with_punctuation(run: &Run<'_>) -> Outcome {
    run.are_names(&["a&b=c", "a;b,c", "a#b", "$@!~", "'(a)'", "[a]{b}", "-", "_"]).await
}

async fn errors_of_what_is_missing(run: &Run<'_>) -> Outcome {
    let (name, kind) = (run.name("missing.txt"), ErrorKind::NotFound);
    let error = failure("download", run.storage.download(&name).await, kind)?;
    shape(&error, "download", &name)?;
    let error = failure("getObject", run.storage.get_object(&name).await, kind)?;
    shape(&error, "getObject", &name)
}

async fn errors_of_names(run: &Run<'_>) -> Outcome {
    let (name, kind) = (run.uses(format!("/{}", run.prefix)), ErrorKind::InvalidName);
    let put = run.storage.upload_by_file(&name, noise(3), UploadOptions::default());
    shape(&failure("uploadByFile", put.await, kind)?, "uploadByFile", &name)?;
    shape(&failure("download", run.storage.download(&name).await, kind)?, "download", &name)?;
    let object = run.storage.get_object(&name).await;
    shape(&failure("getObject", object, kind)?, "getObject", &name)?;
    shape(&failure("delete", run.storage.delete(&name).await, kind)?, "delete", &name)
}

/// Versions of a file that share neither a byte nor a length.
fn versions() -> [Bytes; 8] {
    [0_u8, 1, 2, 3, 4, 5, 6, 7].map(|n| vec![b'a' + n; 60_000 + usize::from(n)].into())
}

/// Whether data is one of these versions, whole.
fn is_a_version(what: &str, found: &Bytes, versions: &[Bytes]) -> Outcome {
    let ends = (found.first(), found.last(), found.len());
    match versions.contains(found) {
        true => Ok(()),
        false => {
            Err(format!("{what}: expected one whole version, found {ends:?} (first, last, bytes)"))
        }
    }
}

async fn writers_of_one_name(run: &Run<'_>) -> Outcome {
    let (name, versions) = (run.name("contended"), versions());
    for written in join_all(versions.iter().map(|data| run.put(&name, data))).await {
        written?;
    }
    let found = success(run.storage.download(&name).await)?;
    is_a_version("after all writers", &found, &versions)?;
    run.holds(&name, &found).await
}

async fn readers_of_what_is_replaced(run: &Run<'_>) -> Outcome {
    let name = run.name("replaced-while-read");
    let versions = [noise(700_000), vec![b'x'; 300_000].into()];
    let [before, after] = &versions;
    for begun in [false, true] {
        run.put(&name, before).await?;
        let mut object = run.object(&name).await?;
        let first = if begun { success(object.chunk().await)? } else { None };
        run.put(&name, after).await?;
        let mut all = first.unwrap_or_default().to_vec();
        match object.read().await {
            Ok(rest) => all.extend_from_slice(&rest),
            Err(error) if error.kind() == ErrorKind::Conflict => continue,
            Err(error) => return Err(format!("expected a version or Conflict, found: {error}")),
        }
        is_a_version("what was read", &all.into(), &versions)?;
    }
    run.holds(&name, after).await
}

async fn readers_among_writers(run: &Run<'_>) -> Outcome {
    let (name, versions) = (run.name("busy"), versions());
    let [first, others @ ..] = &versions;
    run.put(&name, first).await?;
    let calls = others.iter().map(|data| async {
        run.put(&name, data).await?;
        match run.storage.download(&name).await {
            Ok(found) => is_a_version("a download", &found, &versions),
            Err(error) if error.kind() == ErrorKind::Conflict => Ok(()),
            Err(error) => Err(format!("expected a version or Conflict, found: {error}")),
        }
    });
    join_all(calls).await.into_iter().collect()
}

async fn readers_of_what_is_deleted(run: &Run<'_>) -> Outcome {
    let (name, data) = (run.name("deleted-while-read"), noise(700_000));
    for begun in [false, true] {
        run.put(&name, &data).await?;
        let mut object = run.object(&name).await?;
        let first = if begun { success(object.chunk().await)? } else { None };
        success(run.storage.delete(&name).await)?;
        let mut all = first.unwrap_or_default().to_vec();
        match object.read().await {
            Ok(rest) => all.extend_from_slice(&rest),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Conflict) => {
                continue;
            }
            Err(error) => {
                return Err(format!("expected the data, NotFound or Conflict, found: {error}"));
            }
        }
        same_data("what was read", &all, &data)?;
    }
    run.is_missing(&name).await
}

async fn reads_that_are_given_up(run: &Run<'_>) -> Outcome {
    let (name, data) = (run.name("given-up"), noise(700_000));
    run.put(&name, &data).await?;
    for _ in 0..5 {
        begin_only(run.storage.download(&name)).await;
        begin_only(run.storage.get_object(&name)).await;
        let mut object = run.object(&name).await?;
        success(object.chunk().await)?;
    }
    run.holds(&name, &data).await?;
    run.put(&name, &noise(3)).await?;
    run.holds(&name, &noise(3)).await
}

async fn many_files(run: &Run<'_>) -> Outcome {
    let names: Vec<_> = (0..50).map(|n| run.name(&format!("many/{n}"))).collect();
    for some in names.chunks(10) {
        let calls = some.iter().map(|name| async move {
            let data = Bytes::from(name.clone());
            run.put(name, &data).await
        });
        join_all(calls).await.into_iter().collect::<Outcome>()?;
    }
    for some in names.chunks(10) {
        let calls = some.iter().map(|name| async move {
            let data = success(run.storage.download(name).await)?;
            same_data(&format!("download of {name:?}"), &data, name.as_bytes())
        });
        join_all(calls).await.into_iter().collect::<Outcome>()?;
    }
    Ok(())
}

async fn signed_urls_to_read(run: &Run<'_>) -> Outcome {
    run.signs(SignMethod::Get).await
}

async fn signed_urls_to_write(run: &Run<'_>) -> Outcome {
    run.signs(SignMethod::Put).await
}
