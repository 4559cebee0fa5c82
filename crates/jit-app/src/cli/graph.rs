//! `graph`: elements, Types and families as a picture.

use std::process::ExitCode;

use clap::ValueEnum;
use jit_meta::FullName;

use super::output::Output;
use crate::App;

/// The language of a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[non_exhaustive]
pub enum GraphFormat {
    /// That of Mermaid: Markdown shows it on code hosts and in editors, with nothing to install.
    Mermaid,
    /// That of Graphviz.
    Dot,
}

pub(super) fn run(app: &App, names: &[String], format: GraphFormat, out: &mut Output) -> ExitCode {
    let mut graph = app.graph();
    let mut known: Vec<FullName> = Vec::new();
    for name in names {
        let is_there = graph.nodes.iter().any(|node| node.name == *name);
        match name.parse() {
            Ok(name) if is_there => known.push(name),
            _ => return out.error(&app.no_name(name)),
        }
    }
    if !names.is_empty() {
        graph = graph.around(&known);
    }
    match format {
        _ if out.json => out.print_json(&graph),
        GraphFormat::Mermaid => out.print(graph.mermaid().as_bytes()),
        GraphFormat::Dot => out.print(graph.dot().as_bytes()),
    }
}
