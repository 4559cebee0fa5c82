//! The elements an app sees: its own and those it inherits, and what each of them overrides.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jit_meta::{Code, Define, Diagnostic, Error, ErrorKind, FullName, Variable};
use tokio::sync::OnceCell;

use crate::discover::{Found, discover};
use crate::element::Element;
use crate::hierarchy::Layer;

/// An element: its definition, or what is wrong with it, and its instance once it has one.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) full_name: FullName,
    /// The place in the hierarchy of the app that defines it.
    pub(crate) layer: usize,
    pub(crate) dir: PathBuf,
    pub(crate) define: Result<Define, Vec<Diagnostic>>,
    pub(crate) warnings: Vec<Diagnostic>,
    pub(crate) live: OnceCell<Element>,
}

impl Slot {
    fn access(&self) -> Access {
        let text = self.define.as_ref().ok().and_then(|define| define.text("accessModifier"));
        match text.as_deref() {
            Some("private") => Access::Private,
            // An older spelling has no final `ed`.
            Some("protected" | "protect") => Access::Protected,
            _ => Access::Public,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    Private,
    Protected,
    Public,
}

/// The elements of a hierarchy as its first app sees them.
#[derive(Debug, Default)]
pub(crate) struct Slots {
    visible: HashMap<FullName, Arc<Slot>>,
    /// Elements that an app keeps from those that extend it, by its place in the hierarchy.
    private: HashMap<(usize, FullName), Arc<Slot>>,
}

impl Slots {
    /// Reads the elements of every app, the farthest first, so that nearer ones override them. Beside the
    /// elements, what is wrong with folders that are no element's.
    pub(crate) fn read(layers: &[Layer]) -> Result<(Self, Vec<Diagnostic>), Error> {
        let (mut slots, mut findings) = (Self::default(), Vec::new());
        for (layer, app) in layers.iter().enumerate().rev() {
            let prefix = layers.first().filter(|_| layer > 0).map(|leaf| way(&leaf.dir, &app.dir));
            let (found, problems) = discover(&app.dir, prefix.as_deref().unwrap_or_default());
            findings.extend(problems);
            for found in found {
                slots.add(slot(found, layer), layers)?;
            }
        }
        Ok((slots, findings))
    }

    fn add(&mut self, slot: Slot, layers: &[Layer]) -> Result<(), Error> {
        let name = slot.full_name.clone();
        let slot = Arc::new(slot);
        if slot.layer > 0 && slot.access() == Access::Private {
            self.private.insert((slot.layer, name), slot);
            return Ok(());
        }
        match self.visible.get(&name).filter(|other| other.access() == Access::Protected) {
            None => {
                self.visible.insert(name, slot);
                Ok(())
            }
            Some(other) => {
                let owner =
                    |slot: &Slot| layers.get(slot.layer).map(|app| app.manifest.app_id.clone());
                let (child, parent) = (owner(&slot), owner(other));
                let message = format!(
                    "`{}` redefines `{name}`, which is protected in `{}`",
                    child.unwrap_or_default(),
                    parent.unwrap_or_default()
                );
                let finding = Diagnostic::error(Code::Protected, message)
                    .help("give the element another name, or make the other one `public`");
                let finding = match &slot.define {
                    Ok(define) => finding.at(define.file(), 0..0, "redefined here"),
                    Err(_) => finding,
                };
                Err(Error::from_diagnostics(ErrorKind::InvalidDefine, vec![finding]))
            }
        }
    }

    /// An element as the app at place `from` of the hierarchy sees it.
    pub(crate) fn get(&self, name: &FullName, from: usize) -> Option<&Arc<Slot>> {
        let own = if from > 0 { self.private.get(&(from, name.clone())) } else { None };
        own.or_else(|| self.visible.get(name))
    }

    /// An element as the first app sees it.
    pub(crate) fn find(&self, name: &str) -> Option<&Arc<Slot>> {
        self.visible.get(name)
    }

    /// Every element the first app sees, by name.
    pub(crate) fn sorted(&self) -> Vec<&Arc<Slot>> {
        let mut slots: Vec<_> = self.visible.values().collect();
        slots.sort_by(|a, b| a.full_name.cmp(&b.full_name));
        slots
    }

    /// Every definition there is, usable ones only.
    pub(crate) fn defines(&self) -> impl Iterator<Item = &Define> {
        let slots = self.visible.values().chain(self.private.values());
        slots.filter_map(|slot| slot.define.as_ref().ok())
    }

    /// The variables that elements declare, by name: where one is declared twice, the nearest app's, then
    /// that of the first element by name.
    pub(crate) fn variables(&self) -> BTreeMap<&str, (&FullName, &Variable)> {
        let mut slots: Vec<&Arc<Slot>> =
            self.visible.values().chain(self.private.values()).collect();
        slots.sort_by(|a, b| (a.layer, &a.full_name).cmp(&(b.layer, &b.full_name)));
        let mut found = BTreeMap::new();
        for slot in slots {
            for variable in slot.define.iter().flat_map(|define| define.variables()) {
                found.entry(variable.name.as_str()).or_insert((&slot.full_name, variable));
            }
        }
        found
    }

    /// The names the first app sees.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.visible.keys().map(FullName::as_str)
    }
}

fn slot(found: Found, layer: usize) -> Slot {
    let Found { full_name, dir, define, warnings } = found;
    Slot { full_name, layer, dir, define, warnings, live: OnceCell::new() }
}

/// The way from one folder to another, `../../base/1_0_0/`, as far as they have a common root.
fn way(from: &Path, to: &Path) -> String {
    let absolute = |path: &Path| std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let (from, to) = (absolute(from), absolute(to));
    let common = from.components().zip(to.components()).take_while(|(a, b)| a == b).count();
    let up = from.components().skip(common).map(|_| "..".to_owned());
    let down =
        to.components().skip(common).map(|part| part.as_os_str().to_string_lossy().into_owned());
    up.chain(down).map(|part| part + "/").collect()
}
