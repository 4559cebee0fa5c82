//! Cases about copies, files of this machine, several files at once, and what uploads can ask for.

use std::fs;
use std::path::PathBuf;
use std::process;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use bytes::Bytes;

use super::cases::noise;
use super::expect::{equal, failure, refused, same_data, success};
use super::{Outcome, Run};
use crate::{DownloadOptions, ErrorKind, Progress, SignMethod, Upload, UploadOptions};

/// A folder of this machine, gone with this value.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Self, String> {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let next = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("jit-conformance-{}-{next}", process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).map_err(|error| format!("no folder on this machine: {error}"))?;
        Ok(Self(path))
    }

    fn file(&self, name: &str, data: &[u8]) -> Result<PathBuf, String> {
        let path = self.0.join(name);
        fs::write(&path, data).map_err(|error| format!("no file on this machine: {error}"))?;
        Ok(path)
    }

    fn read(&self, name: &str) -> Result<Bytes, String> {
        let data = fs::read(self.0.join(name));
        data.map(Bytes::from).map_err(|error| format!("{name} on this machine: {error}"))
    }

    fn names(&self) -> Result<Vec<String>, String> {
        let entries = fs::read_dir(&self.0).map_err(|error| error.to_string())?;
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut names: Vec<_> = names.collect();
        names.sort_unstable();
        Ok(names)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        drop(fs::remove_dir_all(&self.0));
    }
}

/// The last that was told of a transfer, and whether it ever went back.
type Last = Arc<Mutex<(u64, Option<u64>, bool)>>;

fn watched() -> (Progress, Last) {
    let last = Arc::new(Mutex::new((0, None, false)));
    let told = Arc::clone(&last);
    let progress = Progress::new(move |done, total| {
        let mut last = told.lock().unwrap_or_else(PoisonError::into_inner);
        *last = (done, total, last.2 || done < last.0);
    });
    (progress, last)
}

pub(super) async fn copies_are_whole(run: &Run<'_>) -> Outcome {
    let (from, to) = (run.name("copy/from.txt"), run.name("copy/to é+%.txt"));
    let data = noise(300_001);
    let options = UploadOptions::from("text/x-conformance");
    success(run.storage.upload_by_file(&from, data.clone(), options).await)?;
    if !run.capability().copy {
        return refused("copy", &from, run.storage.copy(&from, &to).await);
    }
    // What is there is replaced.
    run.put(&to, &noise(5)).await?;
    let copied = success(run.storage.copy(&from, &to).await)?;
    equal("whether the URL is empty", copied.url.is_empty(), false)?;
    run.holds(&to, &data).await?;
    run.holds(&from, &data).await?;
    if run.capability().content_type {
        let kind = run.object(&to).await?.content_type;
        equal("the MIME type of the copy", kind.as_deref(), Some("text/x-conformance"))?;
    }
    run.put(&from, &noise(7)).await?;
    run.holds(&to, &data).await
}

pub(super) async fn copies_onto_themselves(run: &Run<'_>) -> Outcome {
    if !run.capability().copy {
        return Ok(());
    }
    let name = run.name("copy/itself");
    let mut options = UploadOptions::from("text/x-conformance");
    if run.capability().metadata {
        options = options.with_metadata("kept", "yes");
    }
    success(run.storage.upload_by_file(&name, noise(1_000), options).await)?;
    let before = run.object(&name).await?;
    success(run.storage.copy(&name, &name).await)?;
    run.holds(&name, &noise(1_000)).await?;
    let after = run.object(&name).await?;
    equal("the MIME type", after.content_type, before.content_type)?;
    equal("the metadata", after.metadata, before.metadata)
}

pub(super) async fn copies_of_what_is_missing(run: &Run<'_>) -> Outcome {
    if !run.capability().copy {
        return Ok(());
    }
    let (missing, to) = (run.name("copy/missing"), run.name("copy/target"));
    run.put(&to, &noise(3)).await?;
    failure("copy", run.storage.copy(&missing, &to).await, ErrorKind::NotFound)?;
    failure("copy", run.storage.copy(&missing, &missing).await, ErrorKind::NotFound)?;
    run.holds(&to, &noise(3)).await?;
    failure("copy", run.storage.copy(&to, "").await, ErrorKind::InvalidName)?;
    failure("copy", run.storage.copy("", &to).await, ErrorKind::InvalidName).map(drop)
}

pub(super) async fn files_that_exist(run: &Run<'_>) -> Outcome {
    let name = run.name("exists");
    equal("before", success(run.storage.exists(&name).await)?, false)?;
    run.put(&name, &noise(0)).await?;
    equal("after", success(run.storage.exists(&name).await)?, true)?;
    failure("exists", run.storage.exists("").await, ErrorKind::InvalidName).map(drop)
}

pub(super) async fn files_of_this_machine(run: &Run<'_>) -> Outcome {
    let folder = Folder::new()?;
    for length in [0, 1, 700_001] {
        let (name, data) = (run.name("machine/a b.txt"), noise(length));
        let path = folder.file("up", &data)?;
        let (progress, last) = watched();
        let options = UploadOptions::from("text/plain").with_progress(progress);
        let uploaded = success(run.storage.upload_file(&name, &path, options).await)?;
        equal("whether the URL is empty", uploaded.url.is_empty(), false)?;
        run.holds(&name, &data).await?;
        let size = length as u64;
        let told = *last.lock().unwrap_or_else(PoisonError::into_inner);
        equal("the last that was told of the upload", told, (size, Some(size), false))?;

        // What is there is replaced.
        folder.file("down", b"old")?;
        let (progress, last) = watched();
        let options = DownloadOptions::default().with_progress(progress);
        let path = folder.0.join("down");
        let bytes = success(run.storage.download_file(&name, &path, options).await)?;
        equal("the bytes that were written", bytes, size)?;
        same_data("the file on this machine", &folder.read("down")?, &data)?;
        let told = *last.lock().unwrap_or_else(PoisonError::into_inner);
        equal("the last that was told of the download", told, (size, Some(size), false))?;
        equal("what is in the folder", folder.names()?, vec!["down".to_owned(), "up".to_owned()])?;
    }
    Ok(())
}

pub(super) async fn content_types_by_name(run: &Run<'_>) -> Outcome {
    let kept = run.capability().content_type;
    let folder = Folder::new()?;
    let path = folder.file("up.txt", &noise(3))?;
    for (tail, expected) in [("by/name.png", "image/png"), ("by/name", "application/octet-stream")]
    {
        let name = run.name(tail);
        let plain = UploadOptions::default;
        for (way, uploaded) in [
            ("uploadByFile", run.storage.upload_by_file(&name, noise(3), plain()).await),
            ("uploadFile", run.storage.upload_file(&name, &path, plain()).await),
        ] {
            success(uploaded)?;
            let found = run.object(&name).await?.content_type;
            if kept || found.is_some() {
                equal(&format!("the MIME type after {way}"), found.as_deref(), Some(expected))?;
            }
        }
    }
    Ok(())
}

pub(super) async fn files_that_cannot_be_written_or_read(run: &Run<'_>) -> Outcome {
    let folder = Folder::new()?;
    let name = run.name("machine/other");
    let up = |path: PathBuf| async move {
        run.storage.upload_file(&run.name("machine/other"), &path, UploadOptions::default()).await
    };
    let kind = ErrorKind::InvalidArgument;
    failure("uploadFile of nothing", up(folder.0.join("missing")).await, kind)?;
    failure("uploadFile of a folder", up(folder.0.clone()).await, kind)?;
    run.is_missing(&name).await?;

    let kept = folder.file("kept", b"kept")?;
    let down = |path: PathBuf| async move {
        let name = run.name("machine/other");
        run.storage.download_file(&name, &path, DownloadOptions::default()).await
    };
    failure("downloadFile", down(kept.clone()).await, ErrorKind::NotFound)?;
    same_data("what was there before", &folder.read("kept")?, b"kept")?;
    run.put(&name, &noise(9)).await?;
    failure("downloadFile to a folder", down(folder.0.clone()).await, kind)?;
    failure("downloadFile to nowhere", down(folder.0.join("no/where")).await, kind)?;
    equal("what is in the folder", folder.names()?, vec!["kept".to_owned()])
}

pub(super) async fn many_uploads_of_which_some_fail(run: &Run<'_>) -> Outcome {
    let folder = Folder::new()?;
    let path = folder.file("up", &noise(77))?;
    let names: Vec<_> = (0..20).map(|n| run.name(&format!("many-uploads/{n}"))).collect();
    let mut uploads: Vec<_> =
        names.iter().map(|name| Upload::bytes(name.as_str(), name.clone())).collect();
    let from_file = run.name("many-uploads/file");
    uploads.insert(3, Upload::bytes("", "no name"));
    uploads.insert(5, Upload::file(from_file.as_str(), path));
    uploads.push(Upload::file(run.name("many-uploads/missing"), folder.0.join("missing")));
    let asked: Vec<_> = uploads.iter().map(|upload| upload.name.clone()).collect();
    let outcomes = run.storage.upload_many(uploads).await;
    let told: Vec<_> = outcomes.iter().map(|outcome| outcome.name.clone()).collect();
    equal("the names, in order", told, asked)?;
    for outcome in outcomes {
        match outcome.name.as_str() {
            "" => drop(failure("no name", outcome.result, ErrorKind::InvalidName)?),
            name if name.ends_with("missing") => {
                drop(failure("no file", outcome.result, ErrorKind::InvalidArgument)?);
            }
            _ => drop(success(outcome.result)?),
        }
    }
    for name in &names {
        run.holds(name, &Bytes::from(name.clone())).await?;
    }
    run.holds(&from_file, &noise(77)).await?;
    equal("nothing of nothing", run.storage.upload_many(Vec::new()).await.len(), 0)
}

pub(super) async fn many_deletions_of_which_some_fail(run: &Run<'_>) -> Outcome {
    let names =
        ["a", "é/ü", "a+b %&<>\"'", "missing"].map(|tail| run.name(&format!("gone/{tail}")));
    let kept = run.name("gone/kept");
    for name in names.iter().take(3).chain([&kept]) {
        run.put(name, &noise(3)).await?;
    }
    let mut asked = names.to_vec();
    asked.insert(1, String::new());
    asked.push(format!("/{kept}"));
    let outcomes = run.storage.delete_many(asked.clone()).await;
    let told: Vec<_> = outcomes.iter().map(|outcome| outcome.name.clone()).collect();
    equal("the names, in order", told, asked)?;
    for outcome in outcomes {
        if outcome.name.is_empty() || outcome.name.starts_with('/') {
            failure("deleteMany", outcome.result, ErrorKind::InvalidName)?;
        } else {
            success(outcome.result)?;
        }
    }
    for name in &names {
        run.is_missing(name).await?;
    }
    run.holds(&kept, &noise(3)).await?;
    equal("nothing of nothing", run.storage.delete_many(Vec::new()).await.len(), 0)
}

pub(super) async fn metadata_of_uploads(run: &Run<'_>) -> Outcome {
    let name = run.name("metadata");
    let options =
        UploadOptions::default().with_metadata("author", "me").with_metadata("Two-Words", "a b");
    let put = run.storage.upload_by_file(&name, noise(3), options).await;
    if !run.capability().metadata {
        refused("uploadByFile", &name, put)?;
        return run.is_missing(&name).await;
    }
    success(put)?;
    let mut metadata = run.object(&name).await?.metadata;
    metadata.sort_unstable();
    let expected = [("author", "me"), ("two-words", "a b")];
    equal("the metadata", metadata, expected.map(|(n, v)| (n.to_owned(), v.to_owned())).into())?;
    run.put(&name, &noise(3)).await?;
    equal("the metadata of the next", run.object(&name).await?.metadata, vec![])
}

pub(super) async fn uploads_that_must_not_replace(run: &Run<'_>) -> Outcome {
    let name = run.name("first");
    let options = || UploadOptions::default().with_forbid_overwrite();
    let put = run.storage.upload_by_file(&name, noise(3), options()).await;
    if !run.capability().forbid_overwrite {
        refused("uploadByFile", &name, put)?;
        return run.is_missing(&name).await;
    }
    success(put)?;
    let again = run.storage.upload_by_file(&name, noise(9), options()).await;
    failure("a second upload", again, ErrorKind::Conflict)?;
    let folder = Folder::new()?;
    let path = folder.file("up", &noise(9))?;
    let again = run.storage.upload_file(&name, &path, options()).await;
    failure("a second upload, of a file", again, ErrorKind::Conflict)?;
    run.holds(&name, &noise(3)).await
}

pub(super) async fn options_that_are_not_kept(run: &Run<'_>) -> Outcome {
    let name = run.name("options");
    let has = run.capability();
    let plain = UploadOptions::default;
    for (declared, options) in [
        (has.http_headers, plain().with_cache_control("no-cache")),
        (has.http_headers, plain().with_content_disposition("attachment")),
        (has.storage_class, plain().with_storage_class("IA")),
        (has.acl, plain().with_acl("private")),
        (has.tags, plain().with_tag("a", "b")),
    ] {
        let put = run.storage.upload_by_file(&name, noise(3), options).await;
        if declared {
            success(put)?;
            success(run.storage.delete(&name).await)?;
        } else {
            refused("uploadByFile", &name, put)?;
            run.is_missing(&name).await?;
        }
    }
    Ok(())
}

pub(super) async fn recipes_to_upload(run: &Run<'_>) -> Outcome {
    let name = run.name("recipe é.txt");
    let before = SystemTime::now();
    let life = Duration::from_secs(60);
    let recipe = run.storage.get_upload_url(&name, "text/plain", life).await;
    if !run.capability().sign_put {
        return failure("getUploadUrl, not declared", recipe, ErrorKind::Unsupported).map(drop);
    }
    let recipe = success(recipe)?;
    equal("the method", recipe.method, SignMethod::Put)?;
    let headers = vec![("content-type".to_owned(), "text/plain".to_owned())];
    equal("the headers", recipe.headers, headers)?;
    let life = recipe.expires_at.duration_since(before).unwrap_or_default().as_secs();
    // Nobody knows how long the call took.
    equal("whether it lives as long as asked for", (59..=3_600).contains(&life), true)
}

pub(super) async fn transfers_that_go_on(run: &Run<'_>) -> Outcome {
    let folder = Folder::new()?;
    let (name, data) = (run.name("checkpoint"), noise(300_001));
    let (up, down) = (folder.file("up", &data)?, folder.0.join("down"));
    let checkpoint = folder.0.join("checkpoint");
    let upload = || {
        let options = UploadOptions::default().with_checkpoint(&checkpoint);
        run.storage.upload_file(&name, &up, options)
    };
    let download = || {
        let options = DownloadOptions::default().with_checkpoint(&checkpoint);
        run.storage.download_file(&name, &down, options)
    };
    if !run.capability().resume {
        refused("uploadFile", &name, upload().await)?;
        run.is_missing(&name).await?;
        run.put(&name, &data).await?;
        refused("downloadFile", &name, download().await)?;
        return equal("what is in the folder", folder.names()?, vec!["up".to_owned()]);
    }
    success(upload().await)?;
    run.holds(&name, &data).await?;
    equal("what is in the folder", folder.names()?, vec!["up".to_owned()])?;
    success(download().await)?;
    same_data("the file on this machine", &folder.read("down")?, &data)?;
    equal("what is in the folder", folder.names()?, vec!["down".to_owned(), "up".to_owned()])?;
    // Somebody's letters, which are no checkpoint.
    folder.file("checkpoint", b"Dear Ann")?;
    failure("downloadFile", download().await, ErrorKind::InvalidArgument)?;
    same_data("what is no checkpoint", &folder.read("checkpoint")?, b"Dear Ann")
}
