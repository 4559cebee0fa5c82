//! Where apps are found: folders with apps, by id and version.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jit_meta::{Code, Diagnostic, Error};

use crate::manifest::{Manifest, Parent};
use crate::version::Version;

/// Apps by id and version, so that an app finds those it extends.
///
/// An environment folder holds apps as `<org>/<app>/<version>/` (`acme/Shop/1_0_0`), or simply as folders
/// with an `app.json`.
#[derive(Clone, Debug, Default)]
pub struct Environment {
    /// By id and version: the folders that say they are it.
    apps: BTreeMap<String, BTreeMap<Version, Vec<PathBuf>>>,
    /// What is wrong with each `app.json` that could not be read, as nobody knows which app it would be.
    broken: Vec<Diagnostic>,
}

impl Environment {
    /// Holds no apps.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// Every app in an environment folder. Those whose `app.json` cannot be read are not among them: whoever
    /// extends one is told that it is broken.
    #[must_use]
    pub fn read(folder: &Path) -> Self {
        let mut environment = Self::empty();
        for app in folders(folder) {
            if environment.try_add(&app) {
                continue;
            }
            for versions in folders(&app) {
                for version in folders(&versions) {
                    environment.try_add(&version);
                }
            }
        }
        environment
    }

    /// The apps around an app's folder: those of the environment it stands in, where it is
    /// `<environment>/<org>/<app>/<version>`, otherwise those beside it.
    #[must_use]
    pub fn around(app: &Path) -> Self {
        let (app, is_version) = place(app);
        if is_version {
            return app.ancestors().nth(3).map_or_else(Self::empty, Self::read);
        }
        let mut environment = Self::empty();
        for app in app.parent().map(folders).unwrap_or_default() {
            environment.try_add(&app);
        }
        environment
    }

    /// The folders in which an app that [`around`](Self::around) finds would appear.
    #[cfg(feature = "watch")]
    pub(crate) fn places_around(app: &Path) -> Vec<PathBuf> {
        let (app, is_version) = place(app);
        // From the environment's folder down to those of versions, or to the apps beside this one.
        let (up, down) = if is_version { (3, 3) } else { (1, 1) };
        let mut places: Vec<PathBuf> =
            app.ancestors().nth(up).map(Path::to_owned).into_iter().collect();
        let mut above = places.clone();
        for _ in 0..down {
            above = above.iter().flat_map(|folder| folders(folder)).collect();
            places.extend_from_slice(&above);
        }
        places
    }

    /// Adds the app in a folder.
    ///
    /// # Errors
    ///
    /// What is wrong with its `app.json`.
    pub fn add(&mut self, dir: &Path) -> Result<(), Error> {
        let manifest = Manifest::read(dir, &dir.join("app.json").display().to_string())?;
        let versions = self.apps.entry(manifest.app_id.clone()).or_default();
        versions.entry(manifest.version()).or_default().push(dir.to_owned());
        Ok(())
    }

    /// Adds the app in a folder, and says whether there is one. That it is broken shows when somebody extends it.
    fn try_add(&mut self, dir: &Path) -> bool {
        let Err(error) = self.add(dir) else { return true };
        let broken = error.diagnostics().first().filter(|finding| finding.code != Code::NoApp);
        self.broken.extend(broken.cloned());
        broken.is_some()
    }

    /// The folder of an app that the last of `path`, which are app ids, extends.
    pub(crate) fn find(&self, wanted: &Parent, path: &[&str]) -> Result<&Path, Box<Diagnostic>> {
        let Parent { app_id, version, .. } = wanted;
        let told = |message| Diagnostic::error(Code::AppJson, message);
        let versions = self.apps.get(app_id);
        match versions.and_then(|versions| versions.get(version)).map(Vec::as_slice) {
            Some([dir]) => return Ok(dir),
            Some([one, other, ..]) => {
                let (one, other) = (one.display(), other.display());
                let message =
                    format!("app `{app_id}@{version}` is there twice: in `{one}` and in `{other}`");
                return Err(Box::new(
                    told(message).help("remove one, or give it another id or version"),
                ));
            }
            _ => {}
        }
        let mut finding = told(format!("app `{app_id}@{version}` is not in this environment"));
        for broken in self.broken.iter().take(3) {
            finding = finding.help(format!("mend this `app.json`, if it is that app's: {broken}"));
        }
        Err(Box::new(match versions {
            Some(versions) => {
                let known: Vec<_> = versions.keys().map(|version| format!("`{version}`")).collect();
                finding.help(format!("there is `{app_id}` {}", known.join(", ")))
            }
            None => {
                // To extend one of those would be a circle.
                let ids = self.apps.keys().map(String::as_str).filter(|id| !path.contains(id));
                let near = jit_meta::nearest(app_id, ids.clone());
                let known: Vec<_> = ids.map(|id| format!("`{id}`")).collect();
                match (near.first(), known.is_empty()) {
                    (Some(near), _) => finding.help(format!("did you mean `{near}`?")),
                    (None, true) if !self.broken.is_empty() => finding,
                    (None, true) => finding.help("put its folder beside this app's"),
                    (None, false) => finding.help(format!("its apps are {}", known.join(", "))),
                }
            }
        }))
    }
}

/// An app's folder, links resolved, and whether it is one of a version: `<environment>/<org>/<app>/<version>`.
fn place(app: &Path) -> (PathBuf, bool) {
    let app = std::fs::canonicalize(app).unwrap_or_else(|_| app.to_owned());
    let name = app.file_name().map(|name| name.to_string_lossy().into_owned());
    let is_version = name.is_some_and(|name| Version::from_folder(&name).is_some());
    (app, is_version)
}

/// The folders in a folder, in the order of their names.
fn folders(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut found: Vec<_> =
        entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    found.sort();
    found
}
