//! What everybody who authors a Type compiles: the dependencies of `jit-meta`.

use std::collections::BTreeSet;

use crate::{Result, workspace};

/// All of them, with those they bring along. Growing this list takes a reason.
const NAMES: [&str; 27] = [
    "async-trait",
    "bytes",
    "dyn-clone",
    "equivalent",
    "foldhash",
    "hashbrown",
    "indexmap",
    "inventory",
    "itoa",
    "memchr",
    "proc-macro2",
    "quote",
    "ref-cast",
    "ref-cast-impl",
    "schemars",
    "schemars_derive",
    "serde",
    "serde_core",
    "serde_derive",
    "serde_derive_internals",
    "serde_json",
    "strsim",
    "syn",
    "thiserror",
    "thiserror-impl",
    "unicode-ident",
    "zmij",
];

pub(crate) fn check() -> Result<Vec<String>> {
    let mut command = workspace::cargo();
    command.args(["tree", "-p", "jit-meta", "-e", "normal", "--prefix", "none", "--locked"]);
    let tree = workspace::stdout(&mut command)?;
    let names: BTreeSet<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    let found = names.iter().filter(|name| **name != "jit-meta" && !NAMES.contains(name));
    let new = found.map(|name| format!("jit-meta depends on {name}, and did not before"));
    let gone = NAMES.iter().filter(|name| !names.contains(*name));
    Ok(new.chain(gone.map(|name| format!("jit-meta no longer depends on {name}"))).collect())
}
