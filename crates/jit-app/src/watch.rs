//! Watching the folders of an app, and reloading what changes.

use std::collections::BTreeSet;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use jit_meta::{Error, ErrorKind};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::runtime::Handle;
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::task::JoinHandle;

use crate::environment::Environment;
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
    /// `on_reload` is told of each reload that did something, and of one that could not be done, once as long as it is
    /// for the same reason. A burst of changes, as an
    /// editor or `git checkout` makes, is one reload. `appData`, `dist`, `target` and other folders that hold no
    /// elements are not watched. What has changed since the app was loaded is reloaded first.
    ///
    /// What a Type, or `on_reload`, writes into the folder of an element is a change as any other.
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
        let (sender, changes) = std::sync::mpsc::channel();
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
        let mut folders = Folders::new(watcher.map_err(failed)?);
        folders.watch(self)?;
        let (sender, bursts) = mpsc::unbounded_channel();
        // A thread of its own, as a runtime need not have timers. It ends with the watcher.
        thread::Builder::new()
            .name("jit-watch".to_owned())
            .spawn(move || while burst(&changes).is_some_and(|paths| sender.send(paths).is_ok()) {})
            .map_err(|error| Error::new(ErrorKind::Io, format!("cannot watch: {error}")))?;
        let task = runtime.spawn(run(self.clone(), folders, bursts, on_reload));
        Ok(Watch { task })
    }
}

async fn run(
    app: App,
    mut folders: Folders,
    mut bursts: UnboundedReceiver<BTreeSet<PathBuf>>,
    on_reload: impl Fn(Result<Reload, Error>) + Send,
) {
    let mut told = String::new();
    let mut tell = move |result: Result<Reload, Error>| {
        let failure = result.as_ref().err().map(Error::to_string).unwrap_or_default();
        let is_news = failure.is_empty() || failure != told;
        told = failure;
        if is_news && !result.as_ref().is_ok_and(Reload::is_empty) {
            // A callback that panics has been told; the next one is told as well.
            drop(catch_unwind(AssertUnwindSafe(|| on_reload(result))));
        }
    };
    let mut paths = None;
    loop {
        // Before reading, so that what changes meanwhile is seen.
        if let Err(error) = folders.watch(&app) {
            tell(Err(error));
        }
        let result = reload(&app, paths.take()).await;
        // What an app extends may not be there yet.
        let around = match &result {
            Err(error) if error.kind() == ErrorKind::NoApp => folders.watch_around(&app),
            Err(_) => Ok(0),
            Ok(_) => folders.forget_around(),
        };
        tell(result);
        // An `app.json` may have brought other apps.
        match around.and_then(|around| Ok(around + folders.watch(&app)?)) {
            Ok(0) => {}
            Ok(_) => continue,
            Err(error) => tell(Err(error)),
        }
        let Some(changed) = bursts.recv().await else { return };
        // A folder that went and came back has to be watched anew.
        folders.forget(&changed);
        paths = folders.around.is_empty().then_some(changed);
    }
}

/// Reloads what is in some paths, or everything. In a task of its own: a Type may panic.
async fn reload(app: &App, paths: Option<BTreeSet<PathBuf>>) -> Result<Reload, Error> {
    let app = app.clone();
    let reload = tokio::spawn(async move {
        match paths {
            Some(paths) => app.reload_paths(paths).await,
            None => app.reload().await,
        }
    });
    reload.await.unwrap_or_else(|error| {
        Err(Error::new(ErrorKind::Failed, format!("a reload did not end: {error}")))
    })
}

/// The paths that change until nothing does for a while.
fn burst(changes: &Receiver<PathBuf>) -> Option<BTreeSet<PathBuf>> {
    let mut paths = BTreeSet::from([changes.recv().ok()?]);
    let end = Instant::now() + LONGEST;
    loop {
        let left = end.saturating_duration_since(Instant::now()).min(QUIET);
        match changes.recv_timeout(left) {
            Ok(path) => paths.insert(path),
            Err(RecvTimeoutError::Timeout) => return Some(paths),
            Err(RecvTimeoutError::Disconnected) => return None,
        };
    }
}

/// The folders that are watched: the root of each app by itself, and the folders in it that may hold elements
/// with all that is in them.
struct Folders {
    watcher: RecommendedWatcher,
    watched: BTreeSet<PathBuf>,
    /// The folders in which an app may appear, while one is missing.
    around: BTreeSet<PathBuf>,
}

impl Folders {
    fn new(watcher: RecommendedWatcher) -> Self {
        Self { watcher, watched: BTreeSet::new(), around: BTreeSet::new() }
    }

    fn forget(&mut self, folders: &BTreeSet<PathBuf>) {
        self.watched.retain(|folder| !folders.contains(folder));
        self.around.retain(|folder| !folders.contains(folder));
    }

    /// Watches the folders in which the app looks for those it extends, and says how many that were not watched.
    fn watch_around(&mut self, app: &App) -> Result<usize, Error> {
        self.around.retain(|folder| folder.is_dir());
        let before = self.around.len();
        for folder in Environment::places_around(app.dir()) {
            // What is watched as a part of the app is not watched in another way.
            if self.around.contains(&folder) || self.watched.contains(&folder) {
                continue;
            }
            match self.watcher.watch(&folder, RecursiveMode::NonRecursive) {
                Ok(()) => drop(self.around.insert(folder)),
                Err(_) if !folder.exists() => {}
                Err(error) => return Err(failed(error)),
            }
        }
        Ok(self.around.len().saturating_sub(before))
    }

    /// Once all are there, what lies around the app is no affair of its.
    fn forget_around(&mut self) -> Result<usize, Error> {
        for folder in std::mem::take(&mut self.around) {
            // It may be an app's by now: then it is watched again.
            if !self.watched.contains(&folder) {
                // One that has gone is not watched any more.
                drop(self.watcher.unwatch(&folder));
            }
        }
        Ok(0)
    }

    /// Watches what is not watched yet, and says how much that was.
    fn watch(&mut self, app: &App) -> Result<usize, Error> {
        self.watched.retain(|folder| folder.is_dir());
        let before = self.watched.len();
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
        Ok(self.watched.len() - before)
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
