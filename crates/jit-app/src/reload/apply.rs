//! Bringing changes to life.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jit_meta::{Define, Diagnostic, Error, ErrorKind, FullName, Hooks, Severity};

use super::touched::Touch;
use super::{Known, Reload};
use crate::check::check_spec;
use crate::discover::{self, Found};
use crate::element::{Live, MadeFrom, Node};
use crate::resolve::{Level, Resolver};
use crate::slot::Slot;
use crate::snapshot::{Refused, Snapshot};
use crate::{App, settings};

/// What was found of each name, the farthest app's first.
type All = BTreeMap<FullName, Vec<(usize, Found)>>;

/// One reload on its way.
struct Change<'a> {
    app: &'a App,
    now: Arc<Snapshot>,
    next: Snapshot,
    told: Reload,
    /// Elements whose definition changed.
    defined: BTreeSet<FullName>,
    /// Elements of which something else changed.
    touched: BTreeSet<FullName>,
    /// Those of them of which it was a file that only the Type reads.
    opaque: BTreeSet<FullName>,
    /// Elements that depend on one of these.
    dependent: BTreeSet<FullName>,
    failed: BTreeSet<FullName>,
    /// Elements whose Types know already that they are deleted.
    mourned: BTreeSet<FullName>,
    /// Elements that were looked at.
    seen: BTreeSet<FullName>,
}

/// How far a reload looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// At what is named, and, where definitions have changed, at what was refused before.
    Named,
    /// At what was refused before, too.
    Refused,
    /// At what was refused before, too, and at no definition.
    Variables,
}

impl App {
    /// Makes `next` what the app is, after it was changed to what the files say of `names`, as far as what was
    /// live comes to life again. `all` is what the files say, where it has been read.
    pub(super) async fn apply(
        &self,
        known: &mut Known,
        next: Snapshot,
        names: BTreeMap<FullName, Touch>,
        scope: Scope,
        all: Option<All>,
    ) -> Reload {
        let before = self.snapshot();
        let mut reload = self.bring(known, Change::new(self, next), names, scope, all).await;
        self.catch_up(known, &before, &mut reload).await;
        reload
    }

    /// The same after elements were deleted whose Types have been told.
    pub(super) async fn apply_deleted(
        &self,
        known: &mut Known,
        mourned: BTreeSet<FullName>,
    ) -> Reload {
        let names = mourned.iter().map(|name| (name.clone(), Touch::Checked)).collect();
        let change = Change::new(self, Snapshot::clone(&self.snapshot()));
        let before = self.snapshot();
        let change = Change { mourned, ..change };
        let mut reload = self.bring(known, change, names, Scope::Named, None).await;
        self.catch_up(known, &before, &mut reload).await;
        reload
    }

    /// Brings the values of variables that have changed since `before` to those who came to life while a reload
    /// was under way, and may have read the values from before.
    async fn catch_up(&self, known: &mut Known, before: &Snapshot, reload: &mut Reload) {
        let now = self.snapshot();
        if Arc::ptr_eq(&now.variables, &before.variables) {
            return;
        }
        let changed = now.variables.changed_since(&before.variables);
        let users: BTreeSet<FullName> =
            changed.iter().flat_map(|variable| now.users_of(variable)).collect();
        let failed = reload.failures.iter().filter_map(|error| error.element());
        let done: BTreeSet<&FullName> = [&reload.rebuilt, &reload.updated, &reload.created]
            .into_iter()
            .flatten()
            .chain(failed)
            .collect();
        let late = users.into_iter().filter(|name| !done.contains(name));
        let late: BTreeMap<_, _> = late.map(|name| (name, Touch::Variable)).collect();
        if !late.is_empty() {
            let change = Change::new(self, Snapshot::clone(&now));
            reload.append(self.bring(known, change, late, Scope::Variables, None).await);
        }
    }

    async fn bring(
        &self,
        known: &mut Known,
        mut change: Change<'_>,
        mut names: BTreeMap<FullName, Touch>,
        scope: Scope,
        mut all: Option<All>,
    ) -> Reload {
        let mut find = |change: &Change<'_>, name: &FullName| match &mut all {
            Some(all) => all.remove(name).unwrap_or_default(),
            None => change.find(name),
        };
        if scope != Scope::Variables {
            for name in names.keys() {
                let found = find(&change, name);
                change.define(name, found);
            }
        }
        if scope != Scope::Named || !change.defined.is_empty() {
            for name in change.now.refused.keys().cloned().collect::<Vec<_>>() {
                if let Entry::Vacant(entry) = names.entry(name) {
                    let found = find(&change, entry.key());
                    change.define(entry.key(), found);
                    entry.insert(Touch::Checked);
                }
            }
        }
        change.declare(&mut names);
        for (name, touch) in &names {
            change.compare(name, *touch);
        }
        change.follow();
        change.build().await;
        change.seen.extend(names.into_keys());
        change.check();
        change.finish(known).await
    }

    /// Makes `next`, which has other apps than the present one, what the app is.
    pub(super) async fn replace(&self, known: &mut Known, next: Snapshot) -> Reload {
        let mut change = Change::new(self, next);
        let both = change.now.slots().chain(change.next.slots());
        let names: BTreeSet<FullName> = both.map(|slot| slot.full_name().clone()).collect();
        let (same, other) = names.iter().cloned().partition(|name| {
            let slots = (change.now.find(name.as_str()), change.next.find(name.as_str()));
            matches!(slots, (Some(now), Some(next)) if says_the_same(now, next))
        });
        (change.dependent, change.defined) = (same, other);
        for name in names {
            if let Err(error) = change.load(&name).await {
                change.keep(&name);
                // That it is made from the same as before says nothing of whether it would fail again.
                change.opaque.insert(name.clone());
                change.fail(&name, error);
            }
        }
        known.names = None;
        change.finish(known).await
    }
}

impl<'a> Change<'a> {
    fn new(app: &'a App, next: Snapshot) -> Self {
        let (defined, touched, dependent, failed) = Default::default();
        let (now, told) = (app.snapshot(), Reload::default());
        let (mourned, seen, opaque) = Default::default();
        Self { app, now, next, told, defined, touched, dependent, failed, mourned, seen, opaque }
    }

    fn find(&self, name: &FullName) -> Vec<(usize, Found)> {
        let apps = self.next.layers.iter().enumerate().rev();
        let found = apps.filter_map(|(layer, app)| {
            Some((layer, discover::element(&app.dir, &self.next.prefix(layer), name)?))
        });
        found.collect()
    }

    /// Puts what was found of a name into the snapshot; what is as it was is left.
    fn define(&mut self, name: &FullName, found: Vec<(usize, Found)>) {
        let old: Vec<Slot> = self.now.all_of(name.as_str()).cloned().collect();
        let found = found.into_iter().map(|(layer, found)| {
            let slot = self.next.slot(found, layer, &self.app.inner().home);
            let same = old.iter().find(|old| is_same(old, &slot));
            same.cloned().unwrap_or(slot)
        });
        let found: Vec<Slot> = found.collect();
        self.next.remove(name.as_str());
        let added = found.into_iter().try_for_each(|slot| self.next.add(slot));
        if let Err(error) = added {
            self.restore(name);
            self.fail(name, error);
            return;
        }
        let new: Vec<&Slot> = self.next.all_of(name.as_str()).collect();
        let is_same = old.len() == new.len() && old.iter().zip(new).all(|(a, b)| a.is(b));
        if is_same {
            return;
        }
        self.defined.insert(name.clone());
        let broken = |slot: &Slot| match slot {
            Slot::Broken(broken) => Some(broken.error()),
            Slot::Usable(_) => None,
        };
        if let Some(error) = self.next.find(name.as_str()).and_then(broken) {
            if self.now_live(name).is_some() {
                self.restore(name);
            }
            self.fail(name, error);
            return;
        }
        let error = self.next.all_of(name.as_str()).find_map(broken);
        if let Some(error) = error {
            // Its app keeps it to itself: nobody could ask for it before, and nobody can now.
            self.report(name, error);
        }
    }

    /// The defaults of variables may have changed with the definitions: then so have those who use them.
    fn declare(&mut self, names: &mut BTreeMap<FullName, Touch>) {
        let declares = |snapshot: &Snapshot, name: &FullName| {
            let mut slots = snapshot.all_of(name.as_str()).filter_map(Slot::define);
            slots.any(|define| !define.variables().is_empty())
        };
        let declares = |name: &FullName| declares(&self.now, name) || declares(&self.next, name);
        if !self.defined.iter().any(declares) {
            return;
        }
        self.next.declare();
        let (old, new) = (self.now.declared(), self.next.declared());
        let declared: BTreeSet<&str> = old.keys().chain(new.keys()).copied().collect();
        for variable in declared {
            if self.now.variables.get(variable) != self.next.variables.get(variable) {
                for user in self.now.users_of(variable) {
                    names.entry(user).or_insert(Touch::Variable);
                }
            }
        }
    }

    /// Whether an element whose definition is the same has changed nevertheless.
    fn compare(&mut self, name: &FullName, touch: Touch) {
        if self.defined.contains(name) || self.failed.contains(name) {
            return;
        }
        let nodes: Vec<_> =
            self.next.all_of(name.as_str()).filter_map(Slot::node).cloned().collect();
        let was_opaque = self.now.refused.get(name).is_some_and(|refused| refused.is_opaque);
        let has_to_load = touch == Touch::Changed || was_opaque;
        if touch == Touch::Changed {
            self.opaque.insert(name.clone());
        }
        for node in nodes {
            match node.live() {
                Some(live) if !has_to_load => match self.made_from(&node) {
                    Some(made_from) if made_from == live.made_from => {
                        self.next.refused.remove(name);
                        continue;
                    }
                    // Its own files are the same.
                    Some(made_from)
                        if touch == Touch::Variable
                            || made_from.config == live.made_from.config =>
                    {
                        self.dependent.insert(name.clone());
                    }
                    _ => {
                        self.touched.insert(name.clone());
                    }
                },
                None if touch < Touch::Configured => {}
                _ => {
                    self.touched.insert(name.clone());
                }
            }
            // Where it is being loaded, that may be from what the files said before.
            let is_as_it_was = || self.made_from(&node).is_some_and(|it| node.is_loaded_from(it));
            if node.live().is_some() || (node.is_loading() && (has_to_load || !is_as_it_was())) {
                self.next.renew(node.anew());
            }
        }
    }

    /// What an instance would be made from, where that can be told.
    fn made_from(&self, node: &Node) -> Option<MadeFrom> {
        let resolver = Resolver::new(&self.next, self.app.registry());
        let spec = &node.spec;
        let resolved = resolver.resolve(&spec.define, spec.layer).ok()?;
        let read = settings::read(&spec.define, &spec.dir, &resolved.stack, &self.next.variables);
        read.ok().map(|(config, _)| resolver.made_from(&resolved, &config))
    }

    /// Everything whose type chain contains what changed.
    fn follow(&mut self) {
        let mut open: Vec<FullName> = self.defined.union(&self.touched).cloned().collect();
        while let Some(name) = open.pop() {
            let instances =
                [&self.now, &self.next].map(|snapshot| snapshot.instances(name.as_str()));
            let instances: BTreeSet<FullName> = instances.into_iter().flatten().cloned().collect();
            for instance in instances {
                if self.defined.contains(&instance) || !self.dependent.insert(instance.clone()) {
                    continue;
                }
                let nodes = self.next.all_of(instance.as_str()).filter_map(Slot::node);
                for node in nodes.cloned().collect::<Vec<_>>() {
                    self.next.renew(node.anew());
                }
                open.push(instance);
            }
        }
    }

    /// Loads anew what was live. What does not come to life stays as it was.
    async fn build(&mut self) {
        let changed = self.defined.iter().chain(&self.touched).chain(&self.dependent);
        for name in changed.cloned().collect::<BTreeSet<_>>() {
            if self.failed.contains(&name) {
                continue;
            }
            match self.load(&name).await {
                Ok(()) => drop(self.next.refused.remove(&name)),
                Err(error) => {
                    self.restore(&name);
                    self.fail(&name, error);
                }
            }
        }
    }

    /// Checks what has changed and is not live, and what was wrong before and was looked at again.
    fn check(&mut self) {
        let changed = self.defined.union(&self.touched);
        let again = self.seen.iter().filter(|name| self.now.refused.contains_key(*name));
        for name in changed.chain(again).cloned().collect::<BTreeSet<_>>() {
            if self.failed.contains(&name) || self.now_live(&name).is_some() {
                continue;
            }
            let node = self.next.find(name.as_str()).and_then(Slot::node).cloned();
            match node.map_or_else(Vec::new, |node| self.mistakes(&node)) {
                mistakes if mistakes.is_empty() => drop(self.next.refused.remove(&name)),
                mistakes => {
                    let error = Error::from_diagnostics(ErrorKind::InvalidConfig, mistakes);
                    self.report(&name, error);
                }
            }
        }
    }

    /// What is wrong with an instance whose code is linked.
    fn mistakes(&self, node: &Node) -> Vec<Diagnostic> {
        let resolver = Resolver::new(&self.next, self.app.registry());
        let mut findings = check_spec(&resolver, &node.spec);
        findings.retain(|finding| finding.severity == Severity::Error);
        findings
    }

    /// Loads an element in the next snapshot if it is live in the present one.
    async fn load(&self, name: &FullName) -> Result<(), Error> {
        if self.now_live(name).is_none() {
            return Ok(());
        }
        match self.next.find(name.as_str()) {
            None => Ok(()),
            // It has become a Type: others say that it is theirs.
            Some(Slot::Usable(handles)) if self.level(handles.node()) != Level::Instance => Ok(()),
            Some(Slot::Usable(handles)) => {
                self.app.inner().load_in(&self.next, handles.node()).await.map(drop)
            }
            Some(Slot::Broken(broken)) => Err(broken.error()),
        }
    }

    fn level(&self, node: &Node) -> Level {
        let resolver = Resolver::new(&self.next, self.app.registry());
        resolver.level(&node.spec.define, node.spec.layer)
    }

    fn now_live(&self, name: &FullName) -> Option<&Live> {
        self.now.find(name.as_str())?.node()?.live()
    }

    /// Puts everything of a name back as it is in the present snapshot.
    fn restore(&mut self, name: &FullName) {
        self.next.remove(name.as_str());
        let old: Vec<Slot> = self.now.all_of(name.as_str()).cloned().collect();
        for slot in old {
            // It was there before, so nothing protected stands against it now; if a farther app has just made it
            // so, the element is gone until one of them changes again, which is reported.
            if let Err(error) = self.next.add(slot) {
                self.fail(name, error);
            }
        }
    }

    /// Keeps what is live in the present snapshot, if its app has its place in the next one as well.
    fn keep(&mut self, name: &FullName) {
        let Some(slot) = self.now.find(name.as_str()) else { return };
        let app = |snapshot: &Snapshot| {
            let app = snapshot.layers.get(slot.layer())?;
            Some((app.dir.clone(), app.manifest.app_id.clone()))
        };
        if app(&self.now) == app(&self.next) {
            self.next.put(slot.clone());
        }
    }

    fn fail(&mut self, name: &FullName, error: Error) {
        self.failed.insert(name.clone());
        self.report(name, error);
    }

    /// Reports an error, unless it has been reported.
    fn report(&mut self, name: &FullName, error: Error) {
        let error = Arc::new(error.with_element(name));
        let before = self.now.refused.get(name);
        if before.is_none_or(|before| before.error.to_string() != error.to_string()) {
            self.told.failures.push(Arc::clone(&error));
        }
        let is_opaque = self.opaque.contains(name) || before.is_some_and(|before| before.is_opaque);
        self.next.refused.insert(name.clone(), Refused { error, is_opaque });
    }

    /// Swaps the snapshots and tells the Types.
    async fn finish(mut self, known: &mut Known) -> Reload {
        let mut hooks = Vec::new();
        for name in self.defined.union(&self.touched) {
            if self.failed.contains(name) {
                continue;
            }
            let usable = |snapshot: &Snapshot| {
                snapshot.find(name.as_str()).is_some_and(|slot| slot.node().is_some())
            };
            match (usable(&self.now), usable(&self.next)) {
                (false, true) => {
                    self.told.created.push(name.clone());
                    hooks.push((Told::Created, name.clone()));
                }
                (true, true) => {
                    self.told.updated.push(name.clone());
                    hooks.push((Told::Updated, name.clone()));
                }
                (true, false) => {
                    self.told.deleted.push(name.clone());
                    hooks.push((Told::Deleted, name.clone()));
                }
                (false, false) => {}
            }
        }
        self.told.rebuilt = self
            .dependent
            .iter()
            .filter(|name| !self.touched.contains(*name) && !self.failed.contains(*name))
            .filter(|name| self.now_live(name).is_some())
            .cloned()
            .collect();
        if let Some(names) = &mut known.names {
            for name in &self.defined {
                if self.next.all_of(name.as_str()).next().is_some() {
                    names.insert(name.clone());
                } else {
                    names.remove(name);
                }
            }
        }
        hooks.retain(|(_, name)| !self.mourned.contains(name));
        let next = Arc::new(self.next);
        let of = |what| if what == Told::Deleted { &self.now } else { &next };
        let hooks = hooks.into_iter().map(|(what, name)| (what, name, Arc::clone(of(what))));
        // Kept until each is done: whoever awaits this may stop.
        known.hooks.extend(hooks);
        self.app.inner().snapshot.store(Arc::clone(&next));
        while let Some((what, name, snapshot)) = known.hooks.front() {
            let result = tell(self.app, snapshot, *what, name).await;
            self.told.failures.extend(result.err().map(Arc::new));
            known.hooks.pop_front();
        }
        self.told
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Told {
    Created,
    Updated,
    Deleted,
}

/// Tells the Type of an instance what became of it.
pub(super) async fn tell(
    app: &App,
    snapshot: &Snapshot,
    what: Told,
    name: &FullName,
) -> Result<(), Error> {
    let resolver = Resolver::new(snapshot, app.registry());
    let Some(spec) = snapshot.find(name.as_str()).and_then(Slot::spec) else { return Ok(()) };
    if resolver.level(&spec.define, spec.layer) != Level::Instance {
        return Ok(());
    }
    // Where there is no code there are no hooks; asking for the element tells what is wrong.
    let Ok(resolved) = resolver.resolve(&spec.define, spec.layer) else { return Ok(()) };
    let hooks = Hooks::of(&resolved.codes);
    match what {
        Told::Created => hooks.on_create(name).await,
        Told::Updated => hooks.on_update(name).await,
        Told::Deleted => hooks.on_delete(name).await,
    }
}

/// Whether two slots of an app say the same.
fn is_same(a: &Slot, b: &Slot) -> bool {
    a.layer() == b.layer() && says_the_same(a, b)
}

/// Whether two slots say the same, wherever their apps are in the hierarchy.
fn says_the_same(a: &Slot, b: &Slot) -> bool {
    let same_text = |a: &Define, b: &Define| {
        let b = b.fields().map(|(name, raw)| (name, raw.get()));
        a.fields().map(|(name, raw)| (name, raw.get())).eq(b)
    };
    match (a, b) {
        (Slot::Usable(a), Slot::Usable(b)) => {
            let (a, b) = (&a.node().spec, &b.node().spec);
            a.dir == b.dir && same_text(&a.define, &b.define)
        }
        (Slot::Broken(a), Slot::Broken(b)) => a.findings == b.findings,
        _ => false,
    }
}
