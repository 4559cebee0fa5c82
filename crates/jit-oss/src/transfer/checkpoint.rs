//! What is remembered of a transfer, so that another process can go on with it.
//!
//! A checkpoint is a text file: a JSON object on the first line, and after it one line for each finished
//! step. It is created whole, by renaming; lines are added with one write each, and a line that a crash
//! cut off is not read. It holds no secret.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::task::spawn_blocking;

use crate::payload::told;

/// The version of the format. Others are refused.
const VERSION: u32 = 1;
/// What the first line says a checkpoint is.
const FORMAT: &str = "jit-oss checkpoint";
/// Longer ones are none: ten thousand steps are a third of it.
const LIMIT: u64 = 1 << 20;

/// An open checkpoint. While it is open, nobody else can open it.
#[derive(Clone, Debug)]
pub(super) struct Checkpoint {
    path: PathBuf,
    file: Arc<File>,
}

/// What a checkpoint says.
#[derive(Debug, PartialEq)]
pub(super) struct Remembered<T> {
    pub(super) what: T,
    /// The lines after the first.
    pub(super) steps: Vec<String>,
}

#[derive(serde::Deserialize, serde::Serialize)]
struct First<T> {
    format: String,
    version: u32,
    #[serde(flatten)]
    what: T,
}

#[derive(serde::Deserialize)]
struct Version {
    format: String,
    version: u32,
}

impl Checkpoint {
    /// Opens what another run left; `None` when there is nothing.
    ///
    /// # Errors
    ///
    /// In words: somebody else has it open, it is no checkpoint, or one of another version.
    pub(super) async fn open<T: DeserializeOwned + Send + 'static>(
        path: &Path,
    ) -> Result<Option<(Self, Remembered<T>)>, String> {
        let path = path.to_owned();
        blocking(move || Self::open_now(&path)).await
    }

    fn open_now<T: DeserializeOwned>(path: &Path) -> Result<Option<(Self, Remembered<T>)>, String> {
        let shown = path.display();
        let failed = |error: io::Error| format!("cannot read `{shown}`: {}", told(&error));
        let open = || OpenOptions::new().read(true).append(true).open(path);
        let file = match open_alone(path, open)? {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let mut text = String::new();
        let read = (&file).take(LIMIT).read_to_string(&mut text);
        let no_checkpoint =
            || format!("`{shown}` is no checkpoint of this kind: remove it, or name another file");
        match read {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::InvalidData => return Err(no_checkpoint()),
            Err(error) => return Err(failed(error)),
        }
        // What follows the last line break was cut off.
        let whole = text.rfind('\n').and_then(|end| text.get(..=end)).unwrap_or_default();
        let mut lines = whole.lines();
        let first = lines.next().unwrap_or_default();
        match serde_json::from_str::<Version>(first) {
            Ok(Version { format, .. }) if format != FORMAT => return Err(no_checkpoint()),
            Ok(Version { version, .. }) if version != VERSION => {
                return Err(format!(
                    "`{shown}` is a checkpoint of version {version}, and this is {VERSION}: remove it \
                     to start over"
                ));
            }
            Ok(_) => {}
            Err(_) => return Err(no_checkpoint()),
        }
        let First { what, .. } =
            serde_json::from_str::<First<T>>(first).map_err(|_| no_checkpoint())?;
        let steps = lines.map(str::to_owned).collect();
        if whole.len() < text.len() {
            file.set_len(whole.len() as u64).map_err(failed)?;
        }
        let checkpoint = Self { path: path.to_owned(), file: Arc::new(file) };
        Ok(Some((checkpoint, Remembered { what, steps })))
    }

    /// Makes a new one, in the place of any that is there.
    ///
    /// # Errors
    ///
    /// In words: it cannot be written.
    pub(super) async fn create<T: Serialize>(path: &Path, what: &T) -> Result<Self, String> {
        let first = First { format: FORMAT.to_owned(), version: VERSION, what };
        let text = serde_json::to_string(&first).map_err(|error| error.to_string())? + "\n";
        let path = path.to_owned();
        blocking(move || Self::create_now(&path, &text)).await
    }

    fn create_now(path: &Path, text: &str) -> Result<Self, String> {
        let failed =
            |error: io::Error| format!("cannot write `{}`: {}", path.display(), told(&error));
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(format!(".{:x}.new", fastrand::u64(..)));
        let new = path.with_file_name(name);
        let create = || {
            let mut file =
                OpenOptions::new().read(true).append(true).create_new(true).open(&new)?;
            file.write_all(text.as_bytes())?;
            file.sync_all()?;
            Ok(file)
        };
        let file = create().map_err(failed)?;
        let outcome = lock(&file, path).and_then(|()| fs::rename(&new, path).map_err(failed));
        if let Err(error) = outcome {
            drop(fs::remove_file(&new));
            return Err(error);
        }
        Ok(Self { path: path.to_owned(), file: Arc::new(file) })
    }

    /// Adds a line.
    pub(super) fn add(&self, step: &str) -> io::Result<()> {
        (&*self.file).write_all(format!("{step}\n").as_bytes())
    }

    /// Removes it: there is nothing to go on with.
    pub(super) fn remove(self) {
        // What is left would be refused, or found to be over.
        drop(fs::remove_file(&self.path));
    }
}

/// Opens a file that nobody else uses; an error is that somebody does.
///
/// Whoever used it may have put it into its place, or removed it, after it was opened here and before it was
/// locked: then it is opened once more.
pub(super) fn open_alone(
    path: &Path,
    open: impl Fn() -> io::Result<File>,
) -> Result<io::Result<File>, String> {
    loop {
        let file = match open() {
            Ok(file) => file,
            Err(error) => return Ok(Err(error)),
        };
        lock(&file, path)?;
        if is_at(&file, path) {
            return Ok(Ok(file));
        }
    }
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;

    let (Ok(open), Ok(named)) = (file.metadata(), fs::metadata(path)) else { return false };
    (open.dev(), open.ino()) == (named.dev(), named.ino())
}

/// What can be told elsewhere: that something is there.
#[cfg(not(unix))]
fn is_at(_: &File, path: &Path) -> bool {
    path.exists()
}

/// Makes sure that nobody else uses `file`; `path` is for the message.
fn lock(file: &File, path: &Path) -> Result<(), String> {
    let shown = path.display();
    match file.try_lock() {
        Ok(()) => Ok(()),
        Err(TryLockError::WouldBlock) => Err(format!("`{shown}` is in use by another transfer")),
        Err(TryLockError::Error(error)) => Err(format!("cannot lock `{shown}`: {}", told(&error))),
    }
}

/// Runs `work` on the threads for blocking work.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    spawn_blocking(work).await.unwrap_or_else(|error| Err(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, PartialEq, serde::Deserialize, serde::Serialize)]
    struct What {
        upload_id: String,
    }

    fn what() -> What {
        What { upload_id: "U".to_owned() }
    }

    #[tokio::test]
    async fn what_was_written_is_read_and_what_was_cut_off_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c");
        assert!(Checkpoint::open::<What>(&path).await.unwrap().is_none());
        let checkpoint = Checkpoint::create(&path, &what()).await.unwrap();
        checkpoint.add("1").unwrap();
        let in_use = Checkpoint::open::<What>(&path).await.unwrap_err();
        assert!(in_use.ends_with("is in use by another transfer"), "{in_use}");
        drop(checkpoint);
        let mut file = OpenOptions::new().append(true).open(&path).unwrap();
        file.write_all(b"2\n3").unwrap();
        let (checkpoint, remembered) = Checkpoint::open::<What>(&path).await.unwrap().unwrap();
        assert_eq!(remembered, Remembered { what: what(), steps: vec!["1".into(), "2".into()] });
        checkpoint.add("4").unwrap();
        assert!(fs::read_to_string(&path).unwrap().ends_with("}\n1\n2\n4\n"));
        checkpoint.remove();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_file_that_went_to_its_place_meanwhile_is_not_taken_for_the_one_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let (beside, target) = (folder.path().join("beside"), folder.path().join("target"));
        fs::write(&beside, "whole").unwrap();
        let opened = std::cell::Cell::new(0);
        let open = || {
            let mut options = OpenOptions::new();
            let file = options.write(true).create(true).truncate(false).open(&beside)?;
            if opened.replace(opened.get() + 1) == 0 {
                // Another download is done at this moment.
                fs::rename(&beside, &target)?;
            }
            Ok(file)
        };
        let file = open_alone(&beside, open).unwrap().unwrap();
        assert_eq!(opened.get(), 2);
        (&file).write_all(b"another").unwrap();
        assert_eq!(fs::read_to_string(&target).unwrap(), "whole");
        assert_eq!(fs::read_to_string(&beside).unwrap(), "another");
        assert!(open_alone(&beside, || File::open(&beside)).is_err());
        let gone = open_alone(&target, || File::open(folder.path().join("gone"))).unwrap();
        assert_eq!(gone.unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[tokio::test]
    async fn what_is_no_checkpoint_is_refused_and_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("c");
        let version = |version: u32| {
            format!(
                "{{\"format\":\"jit-oss checkpoint\",\"version\":{version},\"upload_id\":\"U\"}}\n"
            )
        };
        for (text, message) in [
            (String::new(), "is no checkpoint of this kind"),
            ("my letters\nto you\n".to_owned(), "is no checkpoint of this kind"),
            ("{\"format\":\"x\",\"version\":1}\n".to_owned(), "is no checkpoint of this kind"),
            (version(1).replace("upload_id", "etag"), "is no checkpoint of this kind"),
            (version(1).replace('\n', ""), "is no checkpoint of this kind"),
            (version(2), "is a checkpoint of version 2, and this is 1"),
        ] {
            fs::write(&path, &text).unwrap();
            let error = Checkpoint::open::<What>(&path).await.unwrap_err();
            assert!(error.contains(message), "{text}: {error}");
            assert_eq!(fs::read_to_string(&path).unwrap(), text);
        }
        fs::write(&path, [0xff, 0xfe]).unwrap();
        Checkpoint::open::<What>(&path).await.unwrap_err();
        fs::write(&path, version(1)).unwrap();
        assert!(Checkpoint::open::<What>(&path).await.unwrap().is_some());
    }
}
