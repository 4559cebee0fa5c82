//! Watching the folders of an app, and reloading what changes.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use jit_meta::{Error, ErrorKind};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::runtime::Handle;
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use crate::reload::is_wanted;
use crate::{App, Reload};

/// How long nothing may happen before a burst of changes is over.
const QUIET: Duration = Duration::from_millis(50);
/// How long a burst may last before it is looked at all the same.
const LONGEST: Duration = Duration::from_secs(1);

/// Reloads an app as its files change, until it is dropped.
#[must_use = "watching ends when it is dropped"]
pub struct Watch {
    task: JoinHandle<()>,
}

impl App {
    /// Watches the folders of the app and of all it extends, and [reloads](Self::reload_paths) what changes.
    /// `on_reload` is told of each reload that did something, or could not be done. A burst of changes, as an
    /// editor or `git checkout` makes, is one reload. `appData`, `dist`, `target` and other folders that hold no
    /// elements are not watched.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`] where the system does not let the folders be watched, or outside of a Tokio runtime.
    pub fn watch(
        &self,
        on_reload: impl Fn(Result<Reload, Error>) + Send + 'static,
    ) -> Result<Watch, Error> {
        let runtime = Handle::try_current().map_err(|_| {
            Error::new(ErrorKind::Io, "an app can only be watched in a Tokio runtime")
                .with_help("call it from async code")
        })?;
        let (sender, receiver) = mpsc::unbounded_channel();
        let root = self.dir().to_owned();
        let watcher = notify::recommended_watcher(move |event: notify::Result<Event>| {
            let paths = match event {
                Ok(event) if event.need_rescan() => vec![root.clone()],
                Ok(event) if matches!(event.kind, EventKind::Access(_)) => Vec::new(),
                Ok(event) => event.paths,
                // What was missed is not known.
                Err(_) => vec![root.clone()],
            };
            for path in paths {
                // Nobody listens any more when the watch is being dropped.
                drop(sender.send(path));
            }
        });
        let mut folders = Folders { watcher: watcher.map_err(failed)?, watched: BTreeSet::new() };
        folders.watch(self)?;
        let task = runtime.spawn(run(self.clone(), folders, receiver, on_reload));
        Ok(Watch { task })
    }
}

async fn run(
    app: App,
    mut folders: Folders,
    mut receiver: UnboundedReceiver<PathBuf>,
    on_reload: impl Fn(Result<Reload, Error>) + Send,
) {
    while let Some(paths) = burst(&mut receiver).await {
        // A folder that went and came back has to be watched anew.
        folders.watched.retain(|folder| !paths.contains(folder));
        // Before reading, so that what changes meanwhile is seen.
        if let Err(error) = folders.watch(&app) {
            on_reload(Err(error));
        }
        match app.reload_paths(paths).await {
            Ok(reload) if reload.is_empty() => {}
            result => on_reload(result),
        }
    }
}

/// The paths that change until nothing does for a while.
async fn burst(receiver: &mut UnboundedReceiver<PathBuf>) -> Option<BTreeSet<PathBuf>> {
    let mut paths = BTreeSet::from([receiver.recv().await?]);
    let end = Instant::now() + LONGEST;
    while let Ok(Some(path)) = timeout_at(end.min(Instant::now() + QUIET), receiver.recv()).await {
        paths.insert(path);
    }
    Some(paths)
}

/// The folders that are watched: the root of each app by itself, and the folders in it that may hold elements
/// with all that is in them.
struct Folders {
    watcher: RecommendedWatcher,
    watched: BTreeSet<PathBuf>,
}

impl Folders {
    /// Watches what is not watched yet.
    fn watch(&mut self, app: &App) -> Result<(), Error> {
        self.watched.retain(|folder| folder.is_dir());
        for root in app.dirs() {
            let root = root.canonicalize().unwrap_or(root);
            self.add(&root, RecursiveMode::NonRecursive)?;
            for entry in std::fs::read_dir(&root).into_iter().flatten().flatten() {
                let path = entry.path();
                if path.is_dir() && is_wanted(&root, Path::new(&entry.file_name())) {
                    self.add(&path, RecursiveMode::Recursive)?;
                }
            }
        }
        Ok(())
    }

    fn add(&mut self, folder: &Path, mode: RecursiveMode) -> Result<(), Error> {
        if self.watched.contains(folder) {
            return Ok(());
        }
        match self.watcher.watch(folder, mode) {
            Ok(()) => {
                self.watched.insert(folder.to_owned());
                Ok(())
            }
            // It has gone meanwhile.
            Err(_) if !folder.exists() => Ok(()),
            Err(error) => Err(failed(error)),
        }
    }
}

fn failed(error: notify::Error) -> Error {
    let message = format!("the app's folders cannot be watched: {error}");
    let error = Error::new(ErrorKind::Io, message);
    if cfg!(target_os = "linux") {
        error.with_help("the limit is in /proc/sys/fs/inotify/max_user_watches")
    } else {
        error
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl fmt::Debug for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watch").field("is_running", &!self.task.is_finished()).finish()
    }
}
