//! The elements an app sees at one moment: its own and those it inherits. A reload makes another one.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Weak};

use jit_meta::{Code, Define, Diagnostic, Error, ErrorKind, FullName, Variable};

use crate::discover::{Found, discover};
use crate::element::{Home, Node, Spec};
use crate::hierarchy::Layer;
use crate::slot::{Access, Broken, Slot};
use crate::stripe::{Handle, Stripe};
use crate::table::Table;
use crate::{Variables, files};

/// When an element that is not loaded on demand is loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LoadTime {
    AfterAppInit,
    BeforeHandleRequest,
}

/// Why the last reload of an element left it as it was.
#[derive(Clone, Debug)]
pub(crate) struct Refused {
    pub(crate) error: Arc<Error>,
    /// Whether it came of a file that only its Type reads: nothing but another try tells whether it is mended.
    pub(crate) is_opaque: bool,
}

/// Cloning is cheap, and what changes in a clone is copied alone.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    /// The app itself, then all it extends.
    pub(crate) layers: Arc<[Arc<Layer>]>,
    /// What the host gives, and the defaults with which elements declare their variables.
    pub(crate) variables: Arc<Variables>,
    /// What is wrong with folders that are no element's.
    pub(crate) findings: Arc<Vec<Diagnostic>>,
    /// What a reload could not bring to life; the instances from before are still there.
    pub(crate) refused: BTreeMap<FullName, Refused>,
    visible: Table<Slot>,
    /// Elements that an app keeps from those that extend it, by its place in the hierarchy.
    private: Vec<Table<Slot>>,
    /// By the name of a Type: the elements that name it, and how many of each name.
    instances: Table<(FullName, Table<(FullName, usize)>)>,
    /// The elements that declare variables.
    declaring: Table<FullName>,
    /// The elements that are not loaded on demand.
    eager: Table<(FullName, LoadTime)>,
}

impl Snapshot {
    /// Reads the elements of every app, the farthest first, so that nearer ones override them.
    pub(crate) fn read(
        layers: Vec<Layer>,
        variables: Variables,
        home: &Home,
    ) -> Result<Self, Error> {
        let layers: Arc<[_]> = layers.into_iter().map(Arc::new).collect();
        let mut snapshot = Self {
            private: vec![Table::default(); layers.len()],
            layers: Arc::clone(&layers),
            variables: Arc::new(variables),
            findings: Arc::default(),
            refused: BTreeMap::new(),
            visible: Table::default(),
            instances: Table::default(),
            declaring: Table::default(),
            eager: Table::default(),
        };
        let added = snapshot.add_all(home);
        home.spares().expect(0);
        snapshot.findings = Arc::new(added?);
        snapshot.declare();
        Ok(snapshot)
    }

    /// Adds the elements of every app, and tells what is wrong with folders that are no element's.
    fn add_all(&mut self, home: &Home) -> Result<Vec<Diagnostic>, Error> {
        let mut findings = Vec::new();
        for (layer, app) in Arc::clone(&self.layers).iter().enumerate().rev() {
            let (found, problems) = discover(&app.dir, &self.prefix(layer));
            findings.extend(problems);
            home.spares().expect(found.len());
            for found in found {
                let slot = self.slot(found, layer, home);
                self.add(slot)?;
            }
        }
        Ok(findings)
    }

    /// How paths of an app in the hierarchy begin: as seen from the running app's folder.
    pub(crate) fn prefix(&self, layer: usize) -> String {
        match (self.layers.first(), self.layers.get(layer)) {
            (Some(leaf), Some(app)) if layer > 0 => files::way(&leaf.dir, &app.dir),
            _ => String::new(),
        }
    }

    /// The slot of what was found in an app.
    pub(crate) fn slot(&self, found: Found, layer: usize, home: &Home) -> Slot {
        let Found { full_name, dir, define, warnings } = found;
        match (define, self.layers.get(layer)) {
            (Ok(define), Some(owner)) => {
                let (define, owner) = (Arc::new(define), Arc::clone(owner));
                let spec = Spec { define, owner, layer, dir, warnings };
                Slot::usable(Arc::new(Node::new(Arc::new(spec), home.clone())))
            }
            (define, _) => {
                let findings = define.err().unwrap_or_default();
                // That it was its app's own affair it cannot say any more.
                let private = self.private.get(layer);
                let was_private = private.is_some_and(|its| its.get(full_name.as_str()).is_some());
                Slot::Broken(Arc::new(Broken { full_name, layer, dir, findings, was_private }))
            }
        }
    }

    /// Adds an element of an app nearer than all that are there, or as near.
    pub(crate) fn add(&mut self, slot: Slot) -> Result<(), Error> {
        let name = slot.full_name().clone();
        let is_kept = slot.layer() > 0 && slot.access() == Access::Private;
        if !is_kept {
            let other = self.visible.get(name.as_str());
            if let Some(other) = other.filter(|other| {
                other.access() == Access::Protected && other.layer() != slot.layer()
            }) {
                return Err(self.protected(&slot, other));
            }
        }
        self.index(&slot);
        let table = match self.private.get_mut(slot.layer()) {
            Some(private) if is_kept => private,
            _ => &mut self.visible,
        };
        let old = table.get(name.as_str()).cloned();
        table.insert(slot);
        old.iter().for_each(|old| self.forget(old));
        self.note(&name);
        Ok(())
    }

    /// Removes every element of a name.
    pub(crate) fn remove(&mut self, name: &str) {
        let visible = std::iter::once(&mut self.visible);
        let tables = visible.chain(&mut self.private);
        let gone: Vec<Slot> = tables.filter_map(|table| table.remove(name)).collect();
        for slot in gone {
            self.forget(&slot);
            self.note(slot.full_name());
        }
    }

    /// Lets whoever asks for a live element with nothing to be done have it.
    pub(crate) fn set_ready(&self, node: &Arc<Node>) {
        for slot in self.all_of(node.spec.define.full_name().as_str()) {
            slot.set_ready(node);
        }
    }

    /// Puts another node in the place of one with the same definition.
    pub(crate) fn renew(&mut self, node: Arc<Node>) {
        let (name, layer) = (node.spec.define.full_name().clone(), node.spec.layer);
        let is_there = |table: &Table<Slot>| {
            table
                .get(name.as_str())
                .and_then(Slot::spec)
                .is_some_and(|spec| Arc::ptr_eq(spec, &node.spec))
        };
        let table = match self.private.get_mut(layer) {
            Some(private) if is_there(private) => private,
            _ if is_there(&self.visible) => &mut self.visible,
            _ => return,
        };
        table.insert(Slot::usable(node));
    }

    /// Puts an element in the place of the visible one of its name.
    pub(crate) fn put(&mut self, slot: Slot) {
        let name = slot.full_name().clone();
        self.index(&slot);
        let old = self.visible.remove(name.as_str());
        self.visible.insert(slot);
        old.iter().for_each(|old| self.forget(old));
        self.note(&name);
    }

    fn index(&mut self, slot: &Slot) {
        let Some(define) = slot.define() else { return };
        let name = define.full_name();
        if let Some(type_name) = define.type_name() {
            let mut named = self.take_instances(type_name);
            let count = named.get(name.as_str()).map_or(0, |(_, count)| *count);
            named.insert((name.clone(), count + 1));
            self.instances.insert((type_name.clone(), named));
        }
    }

    /// Undoes [`index`](Self::index) for a slot that is no longer there.
    fn forget(&mut self, slot: &Slot) {
        let Some(define) = slot.define() else { return };
        let name = define.full_name();
        if let Some(type_name) = define.type_name() {
            let mut named = self.take_instances(type_name);
            match named.get(name.as_str()).map_or(0, |(_, count)| *count) {
                0 | 1 => drop(named.remove(name.as_str())),
                count => named.insert((name.clone(), count - 1)),
            }
            if named.len() > 0 {
                self.instances.insert((type_name.clone(), named));
            }
        }
    }

    /// Taken out, so that it is not shared and nothing of it is copied.
    fn take_instances(&mut self, type_name: &FullName) -> Table<(FullName, usize)> {
        self.instances.remove(type_name.as_str()).map(|(_, named)| named).unwrap_or_default()
    }

    /// Brings what is kept by name in step with the elements of a name.
    fn note(&mut self, name: &FullName) {
        let declares = |slot: &Slot| slot.define().is_some_and(|it| !it.variables().is_empty());
        if self.all_of(name.as_str()).any(declares) {
            self.declaring.insert(name.clone());
        } else {
            self.declaring.remove(name.as_str());
        }
        // What an app keeps to itself is nobody's to load.
        let define = self.find(name.as_str()).and_then(Slot::define);
        let time = match define.and_then(|define| define.text("backendLoadTime")).as_deref() {
            Some("afterAppInit") => LoadTime::AfterAppInit,
            Some("beforeHandleRequest") => LoadTime::BeforeHandleRequest,
            _ => return drop(self.eager.remove(name.as_str())),
        };
        self.eager.insert((name.clone(), time));
    }

    fn protected(&self, slot: &Slot, other: &Slot) -> Error {
        let owner = |slot: &Slot| self.layers.get(slot.layer()).map(|app| &*app.manifest.app_id);
        let (child, parent, name) = (owner(slot), owner(other), slot.full_name());
        let message = format!(
            "`{}` redefines `{name}`, which is protected in `{}`",
            child.unwrap_or_default(),
            parent.unwrap_or_default()
        );
        let finding = Diagnostic::error(Code::Protected, message)
            .help("give the element another name, or make the other one `public`");
        let finding = match slot.define() {
            Some(define) => finding.at(define.file(), 0..0, "redefined here"),
            None => finding,
        };
        Error::from_diagnostics(ErrorKind::InvalidDefine, vec![finding])
    }

    /// The live elements whose configuration names a variable, and those that are being loaded, which may.
    pub(crate) fn users_of(&self, variable: &str) -> Vec<FullName> {
        let uses = |slot: &&Slot| {
            slot.node().is_some_and(|node| match node.live() {
                Some(live) => live.variables.iter().any(|name| name == variable),
                None => node.is_loading(),
            })
        };
        self.slots().filter(uses).map(|slot| slot.full_name().clone()).collect()
    }

    /// The elements of a name, the visible one first.
    pub(crate) fn all_of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Slot> {
        let tables = std::iter::once(&self.visible).chain(&self.private);
        tables.filter_map(move |table| table.get(name))
    }

    /// An element as the app at place `from` of the hierarchy sees it.
    pub(crate) fn get(&self, name: &str, from: usize) -> Option<&Slot> {
        let own = self.private.get(from).and_then(|private| private.get(name));
        own.or_else(|| self.visible.get(name))
    }

    /// An element as the first app sees it.
    #[inline]
    pub(crate) fn find(&self, name: &str) -> Option<&Slot> {
        self.visible.get(name)
    }

    /// What is handed out to this thread of an element as the first app sees it, if it is live and nothing is to
    /// be done when it is asked for.
    #[inline]
    pub(crate) fn ready(&self, name: &str) -> Option<&Arc<Handle>> {
        let stripe = Stripe::of_this_thread();
        let is = |slot: &Slot| slot.handle(stripe).is_some_and(|handle| handle.is_named(name));
        self.visible.find(name, is)?.handle(stripe).filter(|handle| handle.is_ready())
    }

    /// Every element the first app sees, by name.
    pub(crate) fn sorted(&self) -> Vec<&Slot> {
        let mut slots: Vec<_> = self.visible.iter().collect();
        slots.sort_unstable_by(|a, b| a.full_name().cmp(b.full_name()));
        slots
    }

    /// Every element, those that apps keep to themselves among them.
    pub(crate) fn slots(&self) -> impl Iterator<Item = &Slot> {
        let tables = std::iter::once(&self.visible).chain(&self.private);
        tables.flat_map(|table| table.iter())
    }

    /// The elements whose `type` is `name`.
    pub(crate) fn instances(&self, name: &str) -> impl Iterator<Item = &FullName> {
        let named = self.instances.get(name);
        named.into_iter().flat_map(|(_, named)| named.iter()).map(|(name, _)| name)
    }

    /// The elements that are loaded at some time, by name.
    pub(crate) fn eager(&self, time: LoadTime) -> Vec<FullName> {
        let eager = self.eager.iter().filter(|(_, at)| *at == time);
        let mut names: Vec<_> = eager.map(|(name, _)| name.clone()).collect();
        names.sort_unstable();
        names
    }

    /// The variables that elements declare, by name, each with the element that does: where one is declared
    /// twice, the nearest app's, then that of the first element by name.
    pub(crate) fn declared(&self) -> BTreeMap<&str, (&FullName, &Variable)> {
        let mut slots: Vec<&Slot> =
            self.declaring.iter().flat_map(|name| self.all_of(name.as_str())).collect();
        slots.sort_by_key(|slot| (slot.layer(), slot.full_name()));
        let mut found = BTreeMap::new();
        for define in slots.into_iter().filter_map(Slot::define) {
            for variable in define.variables() {
                found.entry(variable.name.as_str()).or_insert((define.full_name(), variable));
            }
        }
        found
    }

    /// Takes the defaults of variables from their declarations.
    pub(crate) fn declare(&mut self) {
        let declared = self.declared().into_iter();
        let defaults: Vec<_> = declared
            .filter_map(|(name, (_, variable))| Some((name.to_owned(), variable.value.clone()?)))
            .collect();
        self.variables = Arc::new(Variables::clone(&self.variables).with_defaults(defaults));
    }

    /// The names the first app sees.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.visible.iter().map(|slot| slot.full_name().as_str())
    }

    /// Whether an element lives for one request only.
    pub(crate) fn is_per_request(&self, spec: &Spec) -> bool {
        self.cache_level(spec).is_some_and(|(level, _)| level == 1)
    }

    /// The node that stands for `node` where there is no request.
    pub(crate) fn outside_of_requests(&self, node: &Arc<Node>) -> Arc<Node> {
        if self.is_per_request(&node.spec) { node.anew_in(Weak::new()) } else { Arc::clone(node) }
    }

    /// The cache level that an element gives, or else the nearest Type above it, and which definition does.
    pub(crate) fn cache_level<'a>(&'a self, spec: &'a Spec) -> Option<(u8, &'a Arc<Define>)> {
        self.type_chain(spec).find_map(|Spec { define, .. }| {
            // Another number is a warning, and no level.
            match serde_json::from_str(define.field("cacheLevel")?.get()) {
                Ok(level @ (0 | 1)) => Some((level, define)),
                _ => None,
            }
        })
    }

    /// An element and the Types above it, as far as there are definitions of them, each once.
    pub(crate) fn type_chain<'a>(&'a self, spec: &'a Spec) -> impl Iterator<Item = &'a Spec> {
        let mut seen = HashSet::from([spec.define.full_name()]);
        std::iter::successors(Some(spec), move |at| {
            let name = at.define.type_name().filter(|name| seen.insert(name))?;
            self.get(name.as_str(), at.layer)?.spec().map(Arc::as_ref)
        })
    }
}
