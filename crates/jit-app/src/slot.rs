//! An element in its place: what there is of it, and whether it can be handed out at once.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use jit_meta::{Define, Diagnostic, Error, ErrorKind, FullName};

use crate::element::{Node, Spec};
use crate::stripe::{Handle, Handles, Stripe};
use crate::table::Named;

/// An element of a snapshot.
#[derive(Clone, Debug)]
pub(crate) enum Slot {
    /// It can be asked for.
    Usable(Usable),
    /// Its definition cannot be read.
    Broken(Arc<Broken>),
}

/// An element that can be asked for.
#[derive(Clone, Debug)]
pub(crate) struct Usable {
    /// What is handed out, once it is live and nothing is to be done when it is asked for. Kept here and not in
    /// the node, so that a lookup ends where it has found the name.
    handles: OnceLock<Handles>,
    node: Arc<Node>,
}

impl Usable {
    pub(crate) fn node(&self) -> &Arc<Node> {
        &self.node
    }
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
        Self::Usable(Usable { handles: OnceLock::new(), node })
    }

    /// What is handed out, if it is live and nothing is to be done when it is asked for.
    #[inline]
    pub(crate) fn ready(&self, stripe: Stripe) -> Option<&Arc<Handle>> {
        match self {
            Self::Usable(usable) => usable.handles.get().map(|handles| handles.of(stripe)),
            Self::Broken(_) => None,
        }
    }

    /// Marks `node`, if it is the one that is here.
    pub(crate) fn set_ready(&self, node: &Arc<Node>) {
        if let Self::Usable(usable) = self
            && Arc::ptr_eq(&usable.node, node)
        {
            usable.handles.get_or_init(|| node.home.spares().handles(node));
        }
    }

    pub(crate) fn full_name(&self) -> &FullName {
        match self {
            Self::Usable(usable) => usable.node.spec.define.full_name(),
            Self::Broken(broken) => &broken.full_name,
        }
    }

    /// The place in the hierarchy of the app that defines it.
    pub(crate) fn layer(&self) -> usize {
        match self {
            Self::Usable(usable) => usable.node.spec.layer,
            Self::Broken(broken) => broken.layer,
        }
    }

    pub(crate) fn dir(&self) -> &Path {
        match self {
            Self::Usable(usable) => &usable.node.spec.dir,
            Self::Broken(broken) => &broken.dir,
        }
    }

    pub(crate) fn node(&self) -> Option<&Arc<Node>> {
        match self {
            Self::Usable(usable) => Some(&usable.node),
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
            (Self::Usable(a), Self::Usable(b)) => Arc::ptr_eq(&a.node, &b.node),
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
const _: () = assert!(size_of::<Slot>() == 32, "as small as a name and a pointer");

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    Private,
    Protected,
    Public,
}
