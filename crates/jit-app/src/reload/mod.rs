//! Reloading: what has changed is built anew, and takes the place of the old when it works.
//!
//! ```text
//! paths ──touched──▶ names ──apply──▶ a snapshot beside the present one ──load what was live──▶ swap ──▶ hooks
//! ```

mod apply;
mod touched;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jit_meta::{Error, ErrorKind, FullName};
use tokio::task_local;

use self::apply::{Scope, Told};
#[cfg(feature = "watch")]
pub(crate) use self::touched::is_wanted;
use self::touched::{Touch, Touched};
use crate::discover::{Found, discover};
use crate::hierarchy;
use crate::snapshot::Snapshot;
use crate::{App, Variables};

/// What a reload did.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Reload {
    /// Elements that are new.
    pub created: Vec<FullName>,
    /// Elements whose definition, configuration or other files changed. What the configuration of an element that
    /// is not live said before is not known: that it changed shows when its file is among the paths of a reload.
    pub updated: Vec<FullName>,
    /// Elements that are gone.
    pub deleted: Vec<FullName>,
    /// Elements that were live and were loaded anew because something they depend on changed: a Type in their
    /// chain, or a variable.
    pub rebuilt: Vec<FullName>,
    /// What went wrong, each with its element. Where an instance could not be replaced, the old one is still in
    /// use. An element that is not live is not loaded, but its configuration is checked. The same failure is
    /// reported once.
    pub failures: Vec<Arc<Error>>,
}

impl Reload {
    /// Whether nothing happened.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let names = [&self.created, &self.updated, &self.deleted, &self.rebuilt];
        names.iter().all(|names| names.is_empty()) && self.failures.is_empty()
    }
}

task_local! {
    /// The app that this task is reloading.
    static UNDER_WAY: usize;
}

impl Reload {
    fn append(&mut self, other: Self) {
        self.created.extend(other.created);
        self.updated.extend(other.updated);
        self.deleted.extend(other.deleted);
        self.rebuilt.extend(other.rebuilt);
        self.failures.extend(other.failures);
    }
}

/// What reloads keep in mind from one to the next.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// The names of all elements, once they were needed.
    names: Option<BTreeSet<FullName>>,
    /// The hooks that are still to be called, with what the app was then.
    hooks: VecDeque<(Told, FullName, Arc<Snapshot>)>,
}

impl Known {
    /// An element and all that are nested in it.
    pub(crate) fn within(&mut self, snapshot: &Snapshot, name: &FullName) -> Vec<FullName> {
        touched::within(self.names(snapshot), name).cloned().collect()
    }

    fn names(&mut self, snapshot: &Snapshot) -> &mut BTreeSet<FullName> {
        let all = || snapshot.slots().map(|slot| slot.full_name().clone()).collect();
        self.names.get_or_insert_with(all)
    }
}

impl App {
    /// Reads the whole app again, with all it extends, and brings what has changed to life: definitions,
    /// configurations, values of variables. What was live is built and checked before the old is dropped;
    /// calls in flight end on the old. Blocks on the file system.
    ///
    /// # Errors
    ///
    /// When the `app.json`, or that of an app it extends, cannot be used: everything stays as it was. What
    /// concerns one element is in [`Reload::failures`]. [`ErrorKind::Unsupported`] from within a reload, as it
    /// would wait for itself: in a Type's `load` and in its hooks.
    pub async fn reload(&self) -> Result<Reload, Error> {
        self.alone(async |known| self.reload_all(known).await).await?
    }

    /// The same for what lies in or below some paths, which is all that is looked at. Paths outside of the app
    /// and those it extends are passed over.
    ///
    /// # Errors
    ///
    /// As [`reload`](Self::reload).
    pub async fn reload_paths(
        &self,
        paths: impl IntoIterator<Item = impl Into<PathBuf>>,
    ) -> Result<Reload, Error> {
        let paths: Vec<PathBuf> = paths.into_iter().map(Into::into).collect();
        let reload = self.alone(async |known| {
            let snapshot = self.snapshot();
            let mut touched = Touched::new(&snapshot, known.names(&snapshot));
            paths.iter().for_each(|path| touched.add(path));
            let Some((names, findings)) = touched.into_names() else {
                return self.reload_all(known).await;
            };
            let mut next = Snapshot::clone(&snapshot);
            if !findings.is_empty() {
                let all = next.findings.iter().cloned().chain(findings);
                next.findings = Arc::new(all.collect());
            }
            Ok(self.apply(known, next, names, Scope::Named, None).await)
        });
        reload.await?
    }

    /// Gives a variable another value, or none of its own, and loads anew what uses it and is live. It takes
    /// effect at once. An element that does not come to life with it keeps its old instance; the variable has its
    /// new value all the same.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Unsupported`] from within a reload. What concerns one element is in [`Reload::failures`].
    pub async fn set_variable(&self, name: &str, value: Option<&str>) -> Result<Reload, Error> {
        let reload = self.alone(async |known| {
            let snapshot = self.snapshot();
            let mut next = Snapshot::clone(&snapshot);
            let variables = Variables::clone(&snapshot.variables);
            next.variables = Arc::new(match value {
                Some(value) => variables.with(name, value),
                None => variables.without(name),
            });
            let users = snapshot.users_of(name).into_iter();
            let users = users.map(|name| (name, Touch::Variable)).collect();
            self.apply(known, next, users, Scope::Variables, None).await
        });
        reload.await
    }

    /// Tells the Types of elements that they are deleted, the innermost first, and then runs `delete`. The first
    /// Type that objects ends it.
    pub(crate) async fn delete_with(
        &self,
        name: &FullName,
        dir: &Path,
        delete: impl FnOnce() -> Result<(), Error>,
    ) -> Result<Reload, Error> {
        let reload = self.alone(async |known| {
            let snapshot = self.snapshot();
            let mut names = known.within(&snapshot, name);
            // What another app has in a folder of this name stays.
            names.retain(|name| {
                let slot = snapshot.find(name.as_str()).filter(|slot| slot.layer() == 0);
                slot.is_some_and(|slot| slot.dir().starts_with(dir))
            });
            for name in names.iter().rev() {
                apply::tell(self, &snapshot, Told::Deleted, name).await?;
            }
            let deleted = delete();
            // Even where it has failed half-way.
            let reload = self.apply_deleted(known, names.into_iter().collect()).await;
            deleted.map(|()| reload)
        });
        reload.await?
    }

    /// Does one reload at a time. From within one it is an error: it would wait for itself.
    async fn alone<T>(&self, reload: impl AsyncFnOnce(&mut Known) -> T) -> Result<T, Error> {
        let id = Arc::as_ptr(self.inner()).addr();
        if UNDER_WAY.try_with(|under_way| *under_way == id).unwrap_or_default() {
            let message = format!("`{}` is being reloaded, and this is a part of it", self.id());
            return Err(Error::new(ErrorKind::Unsupported, message).with_help(
                "a Type's `load` and its hooks cannot wait for a reload: spawn a task that does",
            ));
        }
        let reload = async { reload(&mut *self.inner().reloading.lock().await).await };
        Ok(UNDER_WAY.scope(id, reload).await)
    }

    async fn reload_all(&self, known: &mut Known) -> Result<Reload, Error> {
        let inner = self.inner();
        let snapshot = self.snapshot();
        let layers = hierarchy::read(&inner.dir, inner.environment.as_ref())?;
        if let Some(leaf) = layers.first().filter(|leaf| leaf.manifest.app_id != self.id()) {
            let (old, new) = (self.id(), &leaf.manifest.app_id);
            let message = format!("the app's id was `{old}`, and its `app.json` now says `{new}`");
            return Err(Error::new(ErrorKind::NoApp, message)
                .with_help("change it back, or start the program again"));
        }
        let keys = |layer: &hierarchy::Layer| (layer.dir.clone(), layer.manifest.app_id.clone());
        let is_same = layers.iter().map(keys).eq(snapshot.layers.iter().map(|layer| keys(layer)));
        if !is_same {
            let variables = Variables::clone(&snapshot.variables);
            let next = Snapshot::read(layers, variables, &inner.home)?;
            return Ok(self.replace(known, next).await);
        }
        let mut next = Snapshot::clone(&snapshot);
        next.layers = layers.into_iter().map(Arc::new).collect();
        let (mut all, mut findings) = (BTreeMap::<FullName, Vec<(usize, Found)>>::new(), vec![]);
        for (layer, app) in next.layers.iter().enumerate().rev() {
            let (found, problems) = discover(&app.dir, &next.prefix(layer));
            findings.extend(problems);
            for found in found {
                all.entry(found.full_name.clone()).or_default().push((layer, found));
            }
        }
        next.findings = Arc::new(findings);
        let old = snapshot.slots().map(|slot| slot.full_name());
        let names = old.chain(all.keys()).map(|name| (name.clone(), Touch::Checked)).collect();
        Ok(self.apply(known, next, names, Scope::Refused, Some(all)).await)
    }
}
