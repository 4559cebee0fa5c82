//! `storages.DiskType`: files in a folder of this machine.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use bytes::Bytes;
use jit_meta::{LoadContext, Type, register_type};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::error::{Error, ErrorKind, Result, Subject};
use crate::functions::Storages;
use crate::local::{self, Moved, blocking};
use crate::object::preview_url;
use crate::trace::called;
use crate::{
    Capability, ListEntry, ListOptions, ListPages, Listing, ObjectBody, Progress, SignOptions,
    SignedUrl, Storage, StoredObject, UploadOptions, Uploaded, content_type_of,
};

mod folder;
mod walk;

use folder::{Folder, Trouble};
use walk::Walk;

/// How much of a file is read at once.
const CHUNK: u64 = 256 * 1024;

/// The Type behind `storages.DiskType`: each file is a file below the directory, under its own name.
///
/// - A name is a relative path with `/`: no `.`, `..`, empty or over-long segment, no backslash. Case is
///   kept. The name of a folder is no file; a file and a folder cannot have one name.
/// - A file is replaced at once: readers see the version before or the one after, each whole. A reader
///   that has begun reads its version to the end. What a crash interrupts is left in a `.jit-part-…` file,
///   which no name reaches and anybody may remove while nothing is written.
/// - The MIME type follows from the name's extension; the one given to an upload is not kept. No `ETag` and
///   no CRC-64 are kept, and no URL is signed.
/// - `url` is `storages/services/StorageSvc/preview?file=<name>&storage=<element>`, relative to wherever
///   the app is served.
/// - Folders are made when needed and stay when they are empty.
/// - A symbolic link below the directory is followed only if it leads to somewhere below the directory.
///   This is looked at before each use: whoever may make links there can change one in between, so keep
///   the directory to yourself.
#[derive(Clone, Copy, Debug)]
pub struct DiskType;

register_type!("storages.DiskType" => DiskType);

/// A folder of this machine.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DiskConfig {
    /// The folder that holds the files: absolute, or relative to the app's folder; made when it is missing.
    #[schemars(length(min = 1), example = &"appData/files")]
    directory: String,
}

#[async_trait]
impl Type for DiskType {
    type Meta = Storages;
    type Config = DiskConfig;

    async fn load(
        &self,
        config: DiskConfig,
        cx: LoadContext<'_, Storages>,
    ) -> std::result::Result<Arc<dyn Storage>, jit_meta::Error> {
        let subject = Subject::of(&cx);
        // Made absolute now: the process may change its working directory later.
        let root = std::path::absolute(cx.app_dir().join(config.directory)).map_err(|error| {
            let message = format!("`directory` does not lead anywhere: {error}");
            jit_meta::Error::new(jit_meta::ErrorKind::InvalidConfig, message)
        })?;
        Ok(Arc::new(DiskStorage { subject, folder: Arc::new(Folder::new(root)) }))
    }
}

/// A folder as a storage.
#[derive(Debug)]
struct DiskStorage {
    subject: Subject,
    folder: Arc<Folder>,
}

impl DiskStorage {
    /// Does what blocks, and says, of a failure, what was attempted.
    async fn attempt<T: Send + 'static>(
        &self,
        function: &'static str,
        name: &str,
        work: impl FnOnce(&Folder, &str) -> std::result::Result<T, Trouble> + Send + 'static,
    ) -> Result<T> {
        let (folder, owned) = (Arc::clone(&self.folder), name.to_owned());
        let work = async {
            let done = blocking(move || work(&folder, &owned)).await;
            done.map_err(|trouble| told(trouble, &self.subject, function, name))
        };
        called(&self.subject, function, name, work).await
    }
}

/// A failure in terms of the storage.
fn told(trouble: Trouble, subject: &Subject, function: &'static str, name: &str) -> Error {
    let error = Error::new(trouble.kind, subject, function, name, trouble.detail);
    trouble.help.into_iter().fold(error, Error::with_help)
}

#[async_trait]
impl Storage for DiskStorage {
    fn capability(&self) -> Capability {
        Capability::NONE.with_list().with_copy().with_forbid_overwrite()
    }

    fn subject(&self) -> Option<&Subject> {
        Some(&self.subject)
    }

    async fn upload_by_file(
        &self,
        name: &str,
        data: Bytes,
        options: UploadOptions,
    ) -> Result<Uploaded> {
        self.capability().accept(&self.subject, name, &options)?;
        let may_replace = !options.forbid_overwrite;
        let write = move |folder: &Folder, name: &str| folder.write(name, &*data, may_replace);
        self.attempt("uploadByFile", name, write).await?;
        Ok(Uploaded::new(preview_url(&self.subject.element, name)))
    }

    async fn upload_file(
        &self,
        name: &str,
        path: &Path,
        options: UploadOptions,
    ) -> Result<Uploaded> {
        self.capability().accept_by("uploadFile", &self.subject, name, &options)?;
        let may_replace = !options.forbid_overwrite;
        let moved = Moved { subject: Some(&self.subject), function: "uploadFile", name };
        let (file, size) = local::open(moved, path).await?;
        let source = Source { file, size, done: 0, progress: options.progress };
        let write = move |folder: &Folder, name: &str| folder.write(name, source, may_replace);
        self.attempt("uploadFile", name, write).await?;
        Ok(Uploaded::new(preview_url(&self.subject.element, name)))
    }

    async fn get_sign_url(&self, file: &str, _: &str, _: SignOptions) -> Result<SignedUrl> {
        let detail = "files on disk have no signed URLs";
        Err(Error::new(ErrorKind::Unsupported, &self.subject, "getSignUrl", file, detail)
            .with_help("use download and uploadByFile, or a storage like storages.OssType"))
    }

    async fn download(&self, name: &str) -> Result<Bytes> {
        self.attempt("download", name, |folder, name| {
            let (file, metadata) = folder.open(name)?;
            let data = read(&file, metadata.len(), u64::MAX)?;
            whole(data.len() as u64, metadata.len())?;
            Ok(data)
        })
        .await
    }

    async fn get_object(&self, name: &str) -> Result<StoredObject> {
        let opened = self.attempt("getObject", name, Folder::open);
        let (file, metadata) = opened.await?;
        let size = metadata.len();
        let (subject, name) = (self.subject.clone(), name.to_owned());
        // The file is open from here on, so that the contents are those of this version.
        let body = DiskBody { subject, name: name.clone(), size, given: 0, file: Some(file) };
        let mut object = StoredObject::new(&name, size, Box::new(body));
        object.content_type = Some(content_type_of(&name).to_owned());
        object.last_modified = metadata.modified().ok();
        Ok(object)
    }

    async fn delete(&self, name: &str) -> Result<()> {
        self.attempt("delete", name, Folder::remove).await
    }

    async fn list(&self, prefix: &str, options: ListOptions) -> Result<Listing> {
        options.check(Some(&self.subject), prefix)?;
        let after = options.start_after.as_deref().unwrap_or_default();
        let walk = Some(self.folder.walk(prefix, options.delimiter.as_deref(), after));
        let (subject, prefix) = (self.subject.clone(), prefix.to_owned());
        Ok(Listing::new(Box::new(DiskPages { subject, prefix, walk }), &options))
    }

    async fn copy(&self, from: &str, to: &str) -> Result<Uploaded> {
        folder::check_name(to).map_err(|trouble| told(trouble, &self.subject, "copy", to))?;
        let target = to.to_owned();
        self.attempt("copy", from, move |folder, from| folder.copy(from, &target)).await?;
        Ok(Uploaded::new(preview_url(&self.subject.element, to)))
    }
}

/// A file of this machine that is stored; somebody is told how far it is.
struct Source {
    file: File,
    size: u64,
    done: u64,
    progress: Progress,
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read(buffer)?;
        self.done += read as u64;
        self.progress.report(self.done, Some(self.size));
        Ok(read)
    }
}

/// The files below the directory, found as they are asked for.
#[derive(Debug)]
struct DiskPages {
    subject: Subject,
    prefix: String,
    /// Away while a page is made.
    walk: Option<Walk>,
}

#[async_trait]
impl ListPages for DiskPages {
    async fn page(&mut self) -> Result<Option<Vec<ListEntry>>> {
        let told = |trouble| told(trouble, &self.subject, "list", &self.prefix);
        let walk = self.walk.take().ok_or_else(|| {
            let detail = "reading was given up before, so what follows is lost";
            told(Trouble::new(ErrorKind::Other, detail))
        })?;
        let (walk, page) = blocking(move || walk.page()).await.map_err(told)?;
        self.walk = Some(walk);
        Ok(page)
    }
}

/// The next `most` bytes of a file that has `left`.
fn read(file: &File, left: u64, most: u64) -> std::result::Result<Bytes, Trouble> {
    let mut data = Vec::new();
    // More than memory takes is a failure, not the end of the program.
    let reserved = usize::try_from(left.min(most)).map(|room| data.try_reserve_exact(room));
    if !matches!(reserved, Ok(Ok(()))) {
        let detail = format!("{left} bytes do not fit into memory");
        return Err(Trouble::new(ErrorKind::Other, detail));
    }
    file.take(most).read_to_end(&mut data)?;
    Ok(data.into())
}

/// Files are replaced here, never written to; others may have done so.
fn whole(read: u64, size: u64) -> std::result::Result<(), Trouble> {
    if read == size {
        return Ok(());
    }
    Err(Trouble::new(ErrorKind::Conflict, "the file was changed in place while it was read"))
}

/// The contents of an open file.
#[derive(Debug)]
struct DiskBody {
    subject: Subject,
    name: String,
    size: u64,
    given: u64,
    /// Away while a piece is read.
    file: Option<File>,
}

impl DiskBody {
    async fn next(&mut self) -> std::result::Result<Option<Bytes>, Trouble> {
        let file = self.file.take().ok_or_else(|| {
            Trouble::new(ErrorKind::Other, "reading was given up before, so what follows is lost")
        })?;
        let left = self.size.saturating_sub(self.given);
        let read = move || {
            let data = read(&file, left, CHUNK)?;
            Ok::<_, Trouble>((file, data))
        };
        let (file, data) = blocking(read).await?;
        self.file = Some(file);
        self.given += data.len() as u64;
        if data.is_empty() {
            return whole(self.given, self.size).map(|()| None);
        }
        Ok(Some(data))
    }
}

#[async_trait]
impl ObjectBody for DiskBody {
    async fn chunk(&mut self) -> Result<Option<Bytes>> {
        let next = self.next().await;
        next.map_err(|trouble| told(trouble, &self.subject, "getObject", &self.name))
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    struct Disk {
        dir: tempfile::TempDir,
        storage: DiskStorage,
    }

    /// A storage in `files` of a folder that holds `outside` as well.
    fn disk() -> Disk {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("outside")).unwrap();
        fs::write(dir.path().join("outside/a"), "outside").unwrap();
        let subject = Subject {
            element: "storages.MyDisk".parse().unwrap(),
            type_name: "storages.DiskType".parse().unwrap(),
        };
        let folder = Arc::new(Folder::new(dir.path().join("files")));
        Disk { dir, storage: DiskStorage { subject, folder } }
    }

    impl Disk {
        async fn put(&self, name: &str, data: &'static str) -> Result<Uploaded> {
            self.storage.upload_by_file(name, data.into(), UploadOptions::default()).await
        }

        #[track_caller]
        fn check(&self, error: &Error, kind: ErrorKind, text: &str) {
            assert_eq!((error.kind(), error.to_string().as_str()), (kind, text));
            assert!(!text.contains(&*self.dir.path().to_string_lossy()));
        }
    }

    const MISSING: &str =
        "there is no such file; check its name: it is taken exactly as given, case included";

    #[tokio::test]
    async fn a_file_is_a_file_below_the_directory() {
        let disk = disk();
        let uploaded = disk.put("a b/ü.txt", "one").await.unwrap();
        assert_eq!(
            uploaded.url,
            "storages/services/StorageSvc/preview?file=a%20b%2F%C3%BC.txt&storage=storages.MyDisk"
        );
        disk.put("a b/ü.txt", "two").await.unwrap();
        let file = disk.dir.path().join("files/a b/ü.txt");
        assert_eq!(fs::read_to_string(&file).unwrap(), "two");
        assert_eq!(fs::read_dir(file.parent().unwrap()).unwrap().count(), 1);
        let object = disk.storage.get_object("a b/ü.txt").await.unwrap();
        assert_eq!((object.size, object.content_type.as_deref()), (3, Some("text/plain")));
        assert_eq!(object.last_modified, fs::metadata(&file).unwrap().modified().ok());
        assert_eq!((object.etag, object.crc64), (None, None));
        disk.put("b.unknown-extension", "").await.unwrap();
        let object = disk.storage.get_object("b.unknown-extension").await.unwrap();
        assert_eq!(object.content_type.as_deref(), Some("application/octet-stream"));
    }

    #[tokio::test]
    async fn a_storage_that_nothing_was_written_to_is_empty() {
        let disk = disk();
        let error = disk.storage.download("a/b").await.unwrap_err();
        let text = format!(
            "download \"a/b\" on storages.MyDisk (storages.DiskType): not found: {MISSING}"
        );
        disk.check(&error, ErrorKind::NotFound, &text);
        disk.storage.delete("a/b").await.unwrap();
        assert!(!disk.dir.path().join("files").exists(), "reading makes nothing");
    }

    #[tokio::test]
    async fn a_file_and_a_folder_cannot_have_one_name() {
        let disk = disk();
        disk.put("a/b", "x").await.unwrap();
        let error = disk.put("a/b/c/d", "y").await.unwrap_err();
        disk.check(
            &error,
            ErrorKind::Conflict,
            r##"uploadByFile "a/b/c/d" on storages.MyDisk (storages.DiskType): conflict: "a/b" is no folder, so there can be no "a/b/c/d"; choose another name, or delete "a/b""##,
        );
        let error = disk.put("a", "y").await.unwrap_err();
        disk.check(
            &error,
            ErrorKind::Conflict,
            r#"uploadByFile "a" on storages.MyDisk (storages.DiskType): conflict: this is the name of a folder; choose another name, or remove the folder if nothing is in it"#,
        );
        for name in ["a", "a/b/c"] {
            let error = disk.storage.download(name).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotFound, "{name}");
            let error = disk.storage.get_object(name).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::NotFound, "{name}");
            disk.storage.delete(name).await.unwrap();
        }
        assert_eq!(disk.storage.download("a/b").await.unwrap(), "x");
    }

    #[tokio::test]
    async fn a_directory_that_is_a_file_is_a_mistake_of_the_configuration() {
        let disk = disk();
        fs::write(disk.dir.path().join("files"), "").unwrap();
        let error = disk.put("a", "x").await.unwrap_err();
        disk.check(
            &error,
            ErrorKind::InvalidConfig,
            r#"uploadByFile "a" on storages.MyDisk (storages.DiskType): wrong configuration: a file is where the directory should be; check `directory` in the storage's configuration"#,
        );
        let storage = &disk.storage;
        for error in [
            storage.list("", ListOptions::default()).await.unwrap().next().await.unwrap_err(),
            storage.list("a/b", ListOptions::default()).await.unwrap().next().await.unwrap_err(),
            storage.download("a").await.unwrap_err(),
            storage.get_object("a").await.unwrap_err(),
            storage.exists("a").await.unwrap_err(),
            storage.copy("a", "b").await.unwrap_err(),
            storage.delete("a").await.unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::InvalidConfig, "{error}");
        }
    }

    #[tokio::test]
    async fn what_a_crash_leaves_behind_is_no_file_of_the_storage() {
        let disk = disk();
        disk.put("a", "x").await.unwrap();
        fs::write(disk.dir.path().join("files/.jit-part-1-2-3"), "half").unwrap();
        let name = ".jit-part-1-2-3";
        let errors = [
            disk.storage.download(name).await.unwrap_err(),
            disk.storage.get_object(name).await.unwrap_err(),
            disk.storage.delete(name).await.unwrap_err(),
            disk.put(name, "y").await.unwrap_err(),
        ];
        for error in errors {
            assert_eq!(error.kind(), ErrorKind::InvalidName, "{error}");
        }
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn links_lead_around_below_the_directory_and_never_out_of_it() {
        let disk = disk();
        disk.put("in/a", "inside").await.unwrap();
        let files = disk.dir.path().join("files");
        let link = |to: &str, name: &str| std::os::unix::fs::symlink(to, files.join(name)).unwrap();
        link("../outside", "out");
        link("../outside/a", "out-file");
        link("in", "in-too");
        link("nowhere", "dangling");
        let denied = |error: Error| {
            assert_eq!(error.kind(), ErrorKind::AccessDenied, "{error}");
            assert!(!error.to_string().contains(&*disk.dir.path().to_string_lossy()), "{error}");
        };
        for name in ["out/a", "out-file"] {
            denied(disk.storage.download(name).await.unwrap_err());
            denied(disk.storage.get_object(name).await.unwrap_err());
        }
        denied(disk.storage.delete("out/a").await.unwrap_err());
        for name in ["out/a", "out/new", "out/deep/er"] {
            denied(disk.put(name, "y").await.unwrap_err());
        }
        assert_eq!(disk.put("dangling/a", "y").await.unwrap_err().kind(), ErrorKind::Conflict);
        assert!(!files.join("nowhere").exists());

        disk.put("in-too/b", "b").await.unwrap();
        assert_eq!(disk.storage.download("in/b").await.unwrap(), "b");
        // A link in the place of a file is replaced or removed itself.
        disk.put("out-file", "mine").await.unwrap();
        assert_eq!(disk.storage.download("out-file").await.unwrap(), "mine");
        let outside = disk.dir.path().join("outside");
        assert_eq!(fs::read_to_string(outside.join("a")).unwrap(), "outside");
        assert_eq!(fs::read_dir(outside).unwrap().count(), 1);
    }

    impl Disk {
        async fn listed(&self, prefix: &str) -> Vec<String> {
            let mut list = self.storage.list(prefix, ListOptions::default()).await.unwrap();
            let mut names = Vec::new();
            while let Some(entry) = list.next().await.unwrap() {
                names.push(entry.name().to_owned());
            }
            names
        }
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn a_list_leads_nowhere_that_a_name_does_not() {
        let disk = disk();
        assert_eq!(disk.listed("").await, [""; 0], "nothing was made yet");
        disk.put("in/a", "inside").await.unwrap();
        disk.put("z", "z").await.unwrap();
        let files = disk.dir.path().join("files");
        let link = |to: &str, name: &str| std::os::unix::fs::symlink(to, files.join(name)).unwrap();
        link("../outside", "out");
        link("../outside/a", "out-file");
        link("nowhere", "dangling");
        link("../..", "in/up");
        link("../in", "in/around");
        link("in", "in-too");
        link("z", "y");
        fs::write(files.join("in/.jit-part-1-2-3"), "half").unwrap();
        fs::write(files.join("back\\slash"), "no name").unwrap();
        fs::create_dir_all(files.join("empty/folder")).unwrap();
        assert_eq!(disk.listed("").await, ["in-too/a", "in/a", "y", "z"]);
        for prefix in
            ["out", "out/", "../outside/", "/", "in/../in/", "in/up/", "nowhere/", "empty/"]
        {
            assert_eq!(disk.listed(prefix).await, [""; 0], "{prefix}");
        }
        let options = ListOptions::default().with_delimiter("/");
        let mut list = disk.storage.list("", options).await.unwrap();
        let first = list.next().await.unwrap();
        assert_eq!(first, Some(ListEntry::Prefix("in-too/".to_owned())), "`empty` holds no file");
        // Every file that is listed can be had.
        for name in disk.listed("").await {
            disk.storage.download(&name).await.unwrap();
        }
    }

    #[cfg(unix)]
    #[tokio::test]
    async fn what_is_no_regular_file_is_not_read() {
        let disk = disk();
        disk.put("a", "x").await.unwrap();
        let path = disk.dir.path().join("files/socket");
        let _listener = std::os::unix::net::UnixListener::bind(path).unwrap();
        let error = disk.storage.download("socket").await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
    }

    #[tokio::test]
    async fn an_object_is_read_in_pieces_of_its_own_version() {
        let disk = disk();
        let data = vec![7_u8; 600_000];
        let options = UploadOptions::default();
        disk.storage.upload_by_file("a", data.into(), options).await.unwrap();
        let mut object = disk.storage.get_object("a").await.unwrap();
        disk.put("a", "new").await.unwrap();
        let mut lengths = Vec::new();
        while let Some(chunk) = object.chunk().await.unwrap() {
            lengths.push(chunk.len());
        }
        assert_eq!(lengths, [262_144, 262_144, 75_712]);
        assert!(object.chunk().await.unwrap().is_none(), "the end stays the end");
    }

    #[tokio::test]
    async fn a_file_that_others_change_in_place_is_a_conflict() {
        let disk = disk();
        disk.put("a", "hello").await.unwrap();
        let object = disk.storage.get_object("a").await.unwrap();
        fs::write(disk.dir.path().join("files/a"), "hi").unwrap();
        assert_eq!(object.read().await.unwrap_err().kind(), ErrorKind::Conflict);
    }

    #[test]
    fn no_runtime_is_needed() {
        struct Idle;
        impl std::task::Wake for Idle {
            fn wake(self: Arc<Self>) {}
        }
        let disk = disk();
        let waker = Arc::new(Idle).into();
        let mut put = Box::pin(disk.put("a", "x"));
        let polled = put.as_mut().poll(&mut std::task::Context::from_waker(&waker));
        assert!(matches!(polled, std::task::Poll::Ready(Ok(_))));
    }
}
