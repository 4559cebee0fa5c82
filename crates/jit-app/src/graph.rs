//! `App::graph`: elements, Types and families, and what ties them together.

use std::collections::{BTreeMap, BTreeSet};

use jit_meta::{FullName, MetaEntry, TypeEntry};
use serde::Serialize;

use crate::discover::discover;
use crate::resolve::{Level, Resolver};
use crate::snapshot::Slot;
use crate::{App, render_graph};

/// Elements, Types and families, and what ties them together.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Graph {
    /// The keys of the apps, `acme.Shop@1.0.0`, in the order in which they are asked for elements.
    pub apps: Vec<String>,
    /// By name, then nearest app first.
    pub nodes: Vec<Node>,
    /// By the nodes that they connect.
    pub edges: Vec<Edge>,
}

/// An element, or code that is registered for an app or for all.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Node {
    /// The full name.
    pub name: String,
    /// The title; empty where no definition gives one.
    pub title: String,
    /// Which of the three it is, as far as that is known.
    pub level: Option<Level>,
    /// Where it is in [`Graph::apps`]; `None` for the framework's, and for what is not there.
    pub app: Option<usize>,
    /// Whether something is registered or defined under the name: otherwise it is only named.
    pub linked: bool,
}

/// What ties two nodes together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Edge {
    /// Where it is in [`Graph::nodes`].
    pub from: usize,
    /// Where it is in [`Graph::nodes`].
    pub to: usize,
    /// What the first is to the second.
    pub kind: EdgeKind,
}

/// What one node is to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum EdgeKind {
    /// The second is its `type`.
    Type,
    /// It stands in the place of the second.
    Overrides,
}

/// An app's place in the hierarchy; the framework comes after all of them.
const FRAMEWORK: usize = usize::MAX;

type Key = (String, usize);

#[derive(Debug)]
struct Found {
    title: String,
    level: Option<Level>,
    linked: bool,
    /// Its `type`: as its definition says, or the family of its code.
    type_name: Option<String>,
    is_private: bool,
}

impl App {
    /// Elements, Types and families of the app and of all it extends, with what is overridden. Loads nothing;
    /// reads the definitions of the apps it extends.
    #[must_use]
    pub fn graph(&self) -> Graph {
        let snapshot = self.snapshot();
        let resolver = Resolver::new(&snapshot, self.registry());
        let mut found: BTreeMap<Key, Found> = BTreeMap::new();
        for slot in snapshot.slots() {
            found.insert((slot.full_name().to_string(), slot.layer()), of_slot(&resolver, slot));
        }
        // What is overridden is not among them.
        for (layer, app) in snapshot.layers.iter().enumerate().skip(1) {
            for element in discover(&app.dir, &snapshot.prefix(layer)).0 {
                let define = element.define.ok();
                let level = define.as_ref().map(|define| resolver.level(define, layer));
                let key = (element.full_name.to_string(), layer);
                found.entry(key).or_insert_with(|| Found {
                    title: define.as_ref().map(|it| it.title().to_owned()).unwrap_or_default(),
                    level,
                    linked: true,
                    type_name: define.and_then(|it| Some(it.type_name()?.to_string())),
                    is_private: false,
                });
            }
        }
        for entry in self.registry().types(&resolver.apps) {
            for code in self.registry().candidates(&resolver.apps, entry.full_name()) {
                add_code(&mut found, &resolver, code);
            }
        }
        for meta in self.registry().metas().map(MetaEntry::full_name) {
            let meta = (meta.to_owned(), FRAMEWORK);
            found.entry(meta).or_insert_with(|| Found::bare(Some(Level::Meta), true));
        }
        let named: BTreeSet<String> =
            found.values().filter_map(|found| found.type_name.clone()).collect();
        for name in named {
            let is_there = found.range((name.clone(), 0)..=(name.clone(), FRAMEWORK)).next();
            if is_there.is_none() {
                found.insert((name, FRAMEWORK), Found::bare(None, false));
            }
        }
        let apps = snapshot.layers.iter().map(|app| app.manifest.app_key()).collect();
        build(apps, found)
    }
}

fn of_slot(resolver: &Resolver<'_>, slot: &Slot) -> Found {
    let define = slot.define();
    let access = define.and_then(|define| define.text("accessModifier"));
    Found {
        title: define.map(|define| define.title().to_owned()).unwrap_or_default(),
        level: define.map(|define| resolver.level(define, slot.layer())),
        linked: true,
        type_name: define.and_then(|define| Some(define.type_name()?.to_string())),
        is_private: slot.layer() > 0 && access.as_deref() == Some("private"),
    }
}

impl Found {
    fn bare(level: Option<Level>, linked: bool) -> Self {
        Self { title: String::new(), level, linked, type_name: None, is_private: false }
    }
}

/// Code is a node of its own, unless its app has a folder of that name.
fn add_code(found: &mut BTreeMap<Key, Found>, resolver: &Resolver<'_>, code: &TypeEntry) {
    let layer = |app| resolver.apps.iter().position(|id| *id == app);
    let key = (code.full_name().to_owned(), code.app().and_then(layer).unwrap_or(FRAMEWORK));
    let node = found.entry(key).or_insert_with(|| Found::bare(Some(Level::Type), true));
    node.type_name.get_or_insert_with(|| code.meta().to_owned());
}

fn build(apps: Vec<String>, found: BTreeMap<Key, Found>) -> Graph {
    let mut by_name: BTreeMap<&str, Vec<(usize, usize, bool)>> = BTreeMap::new();
    for (at, ((name, layer), node)) in found.iter().enumerate() {
        by_name.entry(name).or_default().push((at, *layer, node.is_private));
    }
    // What a name means to an app: its own private one, or else the nearest that is not.
    let seen_by = |name: &str, layer: usize| {
        let all = by_name.get(name)?;
        let own = all.iter().find(|(_, at, is_private)| *is_private && *at == layer);
        own.or_else(|| all.iter().find(|(.., is_private)| !is_private)).map(|(at, ..)| *at)
    };
    let mut edges = Vec::new();
    for (from, ((_, layer), node)) in found.iter().enumerate() {
        let type_name = node.type_name.as_deref();
        if let Some(to) = type_name.and_then(|name| seen_by(name, *layer)) {
            edges.push(Edge { from, to, kind: EdgeKind::Type });
        }
    }
    for all in by_name.values() {
        let open: Vec<_> = all.iter().filter(|(.., is_private)| !is_private).collect();
        for pair in open.windows(2) {
            if let [(from, ..), (to, ..)] = pair {
                edges.push(Edge { from: *from, to: *to, kind: EdgeKind::Overrides });
            }
        }
    }
    edges.sort_unstable();
    let nodes = found.into_iter().map(|((name, layer), found)| Node {
        name,
        title: found.title,
        level: found.level,
        app: (layer != FRAMEWORK).then_some(layer),
        linked: found.linked,
    });
    Graph { apps, nodes: nodes.collect(), edges }
}

impl Graph {
    /// What is connected to some names through type chains: what they are made of, up to their families, and
    /// what is made of them. Names that are not there leave nothing.
    #[must_use]
    pub fn around(&self, names: &[FullName]) -> Self {
        let is_named = |node: &Node| names.iter().any(|name| name.as_str() == node.name);
        let start: BTreeSet<usize> = self
            .nodes
            .iter()
            .enumerate()
            .filter(|(_, it)| is_named(it))
            .map(|(at, _)| at)
            .collect();
        let up = self.reach(&start, |edge| Some((edge.from, edge.to)));
        let down = self
            .reach(&start, |edge| (edge.kind == EdgeKind::Type).then_some((edge.to, edge.from)));
        let kept: Vec<usize> = up.union(&down).copied().collect();
        let place = |old: usize| kept.binary_search(&old).ok();
        let edge = |edge: &Edge| {
            Some(Edge { from: place(edge.from)?, to: place(edge.to)?, kind: edge.kind })
        };
        Self {
            apps: self.apps.clone(),
            nodes: kept.iter().filter_map(|at| self.nodes.get(*at).cloned()).collect(),
            edges: self.edges.iter().filter_map(edge).collect(),
        }
    }

    fn reach(
        &self,
        start: &BTreeSet<usize>,
        step: impl Fn(&Edge) -> Option<(usize, usize)>,
    ) -> BTreeSet<usize> {
        let mut next: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (from, to) in self.edges.iter().filter_map(step) {
            next.entry(from).or_default().push(to);
        }
        let mut reached = start.clone();
        let mut open: Vec<usize> = start.iter().copied().collect();
        while let Some(at) = open.pop() {
            for to in next.get(&at).into_iter().flatten() {
                if reached.insert(*to) {
                    open.push(*to);
                }
            }
        }
        reached
    }

    /// As a flowchart of Mermaid, which Markdown shows on code hosts and in editors.
    #[must_use]
    pub fn mermaid(&self) -> String {
        render_graph::mermaid(self)
    }

    /// In the language of Graphviz.
    #[must_use]
    pub fn dot(&self) -> String {
        render_graph::dot(self)
    }
}
