//! An element in its place: what there is of it, and whether it can be handed out at once.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jit_meta::{Define, Diagnostic, Error, ErrorKind, FullName};

use crate::element::{Node, Spec};
use crate::stripe::{Handle, Handles, Stripe};
use crate::table::Named;

/// An element of a snapshot.
#[derive(Clone, Debug)]
pub(crate) enum Slot {
    /// It can be asked for.
    Usable(Handles),
    /// Its definition cannot be read.
    Broken(Arc<Broken>),
}

/// An element whose definition cannot be read, and why.
#[derive(Debug)]
pub(crate) struct Broken {
    pub(crate) full_name: FullName,
    pub(crate) layer: usize,
    pub(crate) dir: PathBuf,
    pub(crate) findings: Vec<Diagnostic>,
    /// Whether its app kept it to itself, when that could be read last.
    pub(crate) was_private: bool,
}

impl Broken {
    pub(crate) fn error(&self) -> Error {
        let findings = self.findings.clone();
        Error::from_diagnostics(ErrorKind::InvalidDefine, findings).with_element(&self.full_name)
    }
}

impl Slot {
    pub(crate) fn usable(node: Arc<Node>) -> Self {
        Self::Usable(node.home.spares().handles(&node))
    }

    /// What is handed out of an element that can be asked for.
    #[inline]
    pub(crate) fn handle(&self, stripe: Stripe) -> Option<&Arc<Handle>> {
        match self {
            Self::Usable(handles) => Some(handles.of(stripe)),
            Self::Broken(_) => None,
        }
    }

    /// Marks `node`, if it is the one that is here.
    pub(crate) fn set_ready(&self, node: &Arc<Node>) {
        if let Self::Usable(handles) = self
            && Arc::ptr_eq(handles.node(), node)
        {
            handles.set_ready();
        }
    }

    pub(crate) fn full_name(&self) -> &FullName {
        match self {
            Self::Usable(handles) => handles.node().spec.define.full_name(),
            Self::Broken(broken) => &broken.full_name,
        }
    }

    /// The place in the hierarchy of the app that defines it.
    pub(crate) fn layer(&self) -> usize {
        match self {
            Self::Usable(handles) => handles.node().spec.layer,
            Self::Broken(broken) => broken.layer,
        }
    }

    pub(crate) fn dir(&self) -> &Path {
        match self {
            Self::Usable(handles) => &handles.node().spec.dir,
            Self::Broken(broken) => &broken.dir,
        }
    }

    pub(crate) fn node(&self) -> Option<&Arc<Node>> {
        match self {
            Self::Usable(handles) => Some(handles.node()),
            Self::Broken(_) => None,
        }
    }

    pub(crate) fn spec(&self) -> Option<&Arc<Spec>> {
        self.node().map(|node| &node.spec)
    }

    pub(crate) fn define(&self) -> Option<&Arc<Define>> {
        self.spec().map(|spec| &spec.define)
    }

    /// Whether it is the very same.
    pub(crate) fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Usable(a), Self::Usable(b)) => Arc::ptr_eq(a.node(), b.node()),
            (Self::Broken(a), Self::Broken(b)) => Arc::ptr_eq(a, b),
            _ => false,
        }
    }

    pub(crate) fn access(&self) -> Access {
        if matches!(self, Self::Broken(broken) if broken.was_private) {
            return Access::Private;
        }
        let text = self.define().and_then(|define| define.text("accessModifier"));
        match text.as_deref() {
            Some("private") => Access::Private,
            // An older spelling has no final `ed`.
            Some("protected" | "protect") => Access::Protected,
            _ => Access::Public,
        }
    }
}

impl Named for Slot {
    fn full_name(&self) -> &FullName {
        self.full_name()
    }
}

#[cfg(target_pointer_width = "64")]
const _: () = assert!(size_of::<Slot>() == 16, "as small as its handles");

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Private,
    Protected,
    Public,
}
