//! Objects on disk, one file each.
//!
//! ```text
//! <data>/format                                      "jit-oss-server data 1"
//! <data>/lock                                        locked while a server uses the directory
//! <data>/tmp/                                        writes that are not finished; emptied at start
//! <data>/buckets/<bucket>/bucket.json                when the bucket was made
//! <data>/buckets/<bucket>/objects/<2 hex>/<64 hex>   an object, named by the SHA-256 of its key
//! ```
//!
//! An object's file holds its data and then its metadata (see [`footer`]). It is written in
//! `tmp` and renamed into place, so data and metadata appear together or not at all, and a reader that
//! opened the old file goes on reading the old object. What was acknowledged survives the end of the
//! process however it comes; it is not forced to the medium, so a power failure may take the last moments.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::index::{Entry, Index};
use super::{Content, Hashes, Metadata, Put, StoreError, Stored, footer};

const FORMAT: &str = "jit-oss-server data 1\n";
/// How much is collected before the disk is troubled.
const BATCH: usize = 1 << 20;

/// Why a data directory cannot be used.
#[derive(Debug)]
pub(crate) enum OpenError {
    InUse,
    /// `format` says something else, or is missing beside other files.
    Format(String),
    Io(PathBuf, io::Error),
}

#[derive(Debug)]
pub(crate) struct Disk(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    root: PathBuf,
    index: Index<Entry>,
    next_temporary: AtomicU64,
    /// Unlocked when the last user of the directory is gone.
    _lock: File,
}

#[derive(Serialize, Deserialize)]
struct BucketFile {
    created: i64,
}

impl Disk {
    /// Opens or makes a data directory, and says what in it was left aside.
    pub(crate) fn open(root: &Path) -> Result<(Self, Vec<String>), OpenError> {
        let at = |path: &Path| {
            let path = path.to_owned();
            move |error| OpenError::Io(path, error)
        };
        fs::create_dir_all(root).map_err(at(root))?;
        check_format(root)?;
        let path = root.join("lock");
        let lock = File::options().create(true).truncate(false).write(true).open(&path);
        let lock = lock.map_err(at(&path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(OpenError::InUse),
            Err(TryLockError::Error(error)) => return Err(OpenError::Io(path, error)),
        }
        let (temporary, buckets) = (root.join("tmp"), root.join("buckets"));
        if temporary.exists() {
            fs::remove_dir_all(&temporary).map_err(at(&temporary))?;
        }
        fs::create_dir_all(&temporary).map_err(at(&temporary))?;
        fs::create_dir_all(&buckets).map_err(at(&buckets))?;
        // Written last of what a new directory needs; `check_format` knows the rest.
        let path = root.join("format");
        if !path.exists() {
            let new = temporary.join("format");
            fs::write(&new, FORMAT).and_then(|()| fs::rename(&new, &path)).map_err(at(&path))?;
        }
        let inner = Inner {
            root: root.to_owned(),
            index: Index::default(),
            next_temporary: AtomicU64::new(0),
            _lock: lock,
        };
        let mut warnings = Vec::new();
        inner.read_all(&buckets, &mut warnings).map_err(at(&buckets))?;
        Ok((Self(Arc::new(inner)), warnings))
    }

    pub(super) fn index(&self) -> &Index<Entry> {
        &self.0.index
    }

    pub(super) async fn create_bucket(&self, name: &str, created: i64) -> io::Result<bool> {
        let (inner, name) = (Arc::clone(&self.0), name.to_owned());
        blocking(move || {
            inner.index.create_bucket(&name, created, || {
                let new = inner.temporary();
                fs::create_dir_all(new.join("objects"))?;
                fs::write(new.join("bucket.json"), serde_json::to_vec(&BucketFile { created })?)?;
                fs::rename(new, inner.bucket(&name))
            })
        })
        .await?
    }

    pub(super) async fn delete_bucket(&self, name: &str) -> Result<(), StoreError> {
        let (inner, name) = (Arc::clone(&self.0), name.to_owned());
        blocking(move || {
            let old = inner.temporary();
            inner.index.delete_bucket(&name, || fs::rename(inner.bucket(&name), &old))?;
            // The bucket is gone; what cannot be removed now is removed at the next start.
            drop(fs::remove_dir_all(old));
            Ok(())
        })
        .await?
    }

    pub(super) async fn get(&self, bucket: &str, key: &str) -> Result<Option<Stored>, StoreError> {
        if !self.0.index.exists(bucket, key)? {
            return Ok(None);
        }
        let path = self.0.object(bucket, key);
        blocking(move || {
            let mut file = match File::open(path) {
                Ok(file) => file,
                // Deleted since the index was asked.
                Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
                Err(error) => return Err(error.into()),
            };
            let metadata = footer::read(&mut file)?;
            Ok(Some(Stored { metadata, content: Content::File(file) }))
        })
        .await?
    }

    pub(super) async fn delete(&self, bucket: &str, key: &str) -> Result<(), StoreError> {
        let (inner, bucket, key) = (Arc::clone(&self.0), bucket.to_owned(), key.to_owned());
        blocking(move || {
            let path = inner.object(&bucket, &key);
            inner.index.remove(&bucket, &key, || match fs::remove_file(path) {
                // Somebody removed it by hand; now the index knows, too.
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
                removed => removed,
            })
        })
        .await?
    }

    pub(super) fn begin(&self, hashes: Hashes) -> Upload {
        let writer = Writer { inner: Arc::clone(&self.0), file: None, hashes };
        Upload { writer: Some(writer), pending: Vec::new(), pending_size: 0 }
    }

    pub(super) async fn commit(&self, upload: Upload, put: Put) -> Result<Metadata, StoreError> {
        let mut writer = upload.writer.ok_or_else(|| io::Error::other("a write failed before"))?;
        blocking(move || {
            writer.write(&upload.pending)?;
            let (inner, temporary) = (Arc::clone(&writer.inner), writer.open()?.path.clone());
            let (bucket, forbid_overwrite) = (put.bucket.clone(), put.forbid_overwrite);
            // What is left when this fails goes with `temporary`.
            let Writer { file, hashes, .. } = writer;
            let mut file = file.ok_or_else(|| io::Error::other("a write has no file"))?;
            let metadata = hashes.finish(put)?;
            file.file.write_all(&footer::encode(&metadata)?)?;
            let path = inner.object(&bucket, &metadata.key);
            inner.index.insert(&bucket, &metadata.key, forbid_overwrite, || {
                if let Some(folder) = path.parent() {
                    fs::create_dir_all(folder)?;
                }
                fs::rename(&temporary, &path)?;
                file.in_place = true;
                Ok(Entry::from(&metadata))
            })?;
            Ok(metadata)
        })
        .await?
    }
}

impl Inner {
    fn bucket(&self, name: &str) -> PathBuf {
        self.root.join("buckets").join(name)
    }

    fn object(&self, bucket: &str, key: &str) -> PathBuf {
        let (folder, file) = object_name(key);
        self.bucket(bucket).join("objects").join(folder).join(file)
    }

    /// A path for something new in the same file system.
    fn temporary(&self) -> PathBuf {
        let number = self.next_temporary.fetch_add(1, Ordering::Relaxed);
        self.root.join("tmp").join(number.to_string())
    }

    /// Fills the index. What is not ours, or damaged, is left where it is and reported.
    fn read_all(&self, buckets: &Path, warnings: &mut Vec<String>) -> io::Result<()> {
        for folder in fs::read_dir(buckets)? {
            let folder = folder?;
            let read = folder.file_name().into_string().map_err(|_| io::Error::other("not UTF-8"));
            let read = read.and_then(|name| {
                jit_oss::BucketName::new(name.as_str()).map_err(io::Error::other)?;
                let file = fs::read(folder.path().join("bucket.json"))?;
                Ok((name, serde_json::from_slice::<BucketFile>(&file)?.created))
            });
            let (name, created) = match read {
                Ok(read) => read,
                Err(error) => {
                    warnings.push(skipped(&folder.path(), &error));
                    continue;
                }
            };
            self.index.create_bucket(&name, created, || Ok(()))?;
            self.read_bucket(&name, warnings);
        }
        Ok(())
    }

    fn read_bucket(&self, name: &str, warnings: &mut Vec<String>) {
        for folder in entries(&self.bucket(name).join("objects"), warnings) {
            for path in entries(&folder, warnings) {
                let read = File::open(&path).and_then(|mut file| footer::read(&mut file));
                let entered = read.and_then(|metadata| {
                    if self.object(name, &metadata.key) != path {
                        return Err(io::Error::other("its name is not that of its key"));
                    }
                    let entry = Entry::from(&metadata);
                    let inserted = self.index.insert(name, &metadata.key, false, || Ok(entry));
                    inserted.map_err(|_| io::Error::other("its bucket went away"))
                });
                if let Err(error) = entered {
                    warnings.push(skipped(&path, &error));
                }
            }
        }
    }
}

/// What is in a folder; nothing, and a warning, when it cannot be read.
fn entries(folder: &Path, warnings: &mut Vec<String>) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect());
    entries.unwrap_or_else(|error| {
        warnings.push(skipped(folder, &error));
        Vec::new()
    })
}

/// A write in progress: batches are hashed and written off the reactor.
#[derive(Debug)]
pub(crate) struct Upload {
    /// `None` after a write failed, or was abandoned half way.
    writer: Option<Writer>,
    pending: Vec<Bytes>,
    pending_size: usize,
}

impl Upload {
    pub(super) async fn write(&mut self, chunk: Bytes) -> io::Result<()> {
        self.pending_size += chunk.len();
        self.pending.push(chunk);
        if self.pending_size < BATCH {
            return Ok(());
        }
        let Some(mut writer) = self.writer.take() else {
            return Err(io::Error::other("a write failed before"));
        };
        let batch = std::mem::take(&mut self.pending);
        self.pending_size = 0;
        let writer = blocking(move || writer.write(&batch).map(|()| writer)).await??;
        self.writer = Some(writer);
        Ok(())
    }
}

#[derive(Debug)]
struct Writer {
    inner: Arc<Inner>,
    file: Option<Temporary>,
    hashes: Hashes,
}

impl Writer {
    fn write(&mut self, chunks: &[Bytes]) -> io::Result<()> {
        for chunk in chunks {
            self.hashes.update(chunk);
            self.open()?.file.write_all(chunk)?;
        }
        Ok(())
    }

    fn open(&mut self) -> io::Result<&mut Temporary> {
        match &mut self.file {
            Some(file) => Ok(file),
            none => {
                let path = self.inner.temporary();
                let file = File::create_new(&path)?;
                Ok(none.insert(Temporary { path, file, in_place: false }))
            }
        }
    }
}

/// A file in `tmp`, removed unless it was renamed into place.
#[derive(Debug)]
struct Temporary {
    path: PathBuf,
    file: File,
    in_place: bool,
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.in_place {
            // What cannot be removed now is removed at the next start.
            drop(fs::remove_file(&self.path));
        }
    }
}

fn object_name(key: &str) -> (String, String) {
    let hash = Sha256::digest(key);
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    (hex.chars().take(2).collect(), hex)
}

fn check_format(root: &Path) -> Result<(), OpenError> {
    let path = root.join("format");
    match fs::read(&path) {
        Ok(text) if text == FORMAT.as_bytes() => Ok(()),
        Ok(text) => {
            let line = String::from_utf8_lossy(&text).lines().next().unwrap_or_default().to_owned();
            Err(OpenError::Format(format!("its format is {line:?}, not {:?}", FORMAT.trim_end())))
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let mut entries =
                fs::read_dir(root).map_err(|error| OpenError::Io(root.into(), error))?;
            // These three exist for a moment before `format` does.
            let ours =
                |name: &std::ffi::OsStr| name == "lock" || name == "tmp" || name == "buckets";
            let foreign = |entry: io::Result<fs::DirEntry>| {
                entry.ok().map(|entry| entry.file_name()).filter(|name| !ours(name))
            };
            match entries.find_map(foreign) {
                None => Ok(()),
                // Another process has written it since it was looked for.
                Some(name) if name == "format" => check_format(root),
                Some(name) => Err(OpenError::Format(format!(
                    "it has no file `format` and holds other files, like {}",
                    name.display()
                ))),
            }
        }
        Err(error) => Err(OpenError::Io(path, error)),
    }
}

fn skipped(path: &Path, why: &dyn std::fmt::Display) -> String {
    format!("skipped {}: {why}", path.display())
}

/// Runs file I/O where it cannot hold up the reactor.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)
}
