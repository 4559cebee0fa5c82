//! Graphs as text for programs that draw them. Names and titles are data: nothing in them is markup.

use crate::graph::{EdgeKind, Graph, Node};
use crate::resolve::Level;

/// Longer titles are cut: a picture has no room for them.
const LONGEST: usize = 60;

pub(crate) fn mermaid(graph: &Graph) -> String {
    let mut out = "flowchart BT\n".to_owned();
    let node = |at: usize, node: &Node| {
        let text =
            lines(node).iter().map(|line| in_mermaid(line)).collect::<Vec<_>>().join("<br/>");
        let (open, close) = match node.level {
            Some(Level::Meta) => ("{{", "}}"),
            Some(Level::Type) => ("(", ")"),
            _ => ("[", "]"),
        };
        let class = if node.linked { "" } else { ":::unlinked" };
        format!("n{at}{open}\"{text}\"{close}{class}")
    };
    for (place, app) in apps(graph) {
        if let Some(app) = app {
            line(&mut out, &format!("  subgraph a{place}[\"{}\"]", in_mermaid(app)));
        }
        let indent = if app.is_some() { "    " } else { "  " };
        for (at, it) in members(graph, app.map(|_| place)) {
            line(&mut out, &format!("{indent}{}", node(at, it)));
        }
        if app.is_some() {
            line(&mut out, "  end");
        }
    }
    for edge in &graph.edges {
        let arrow = match edge.kind {
            EdgeKind::Type => "-->",
            EdgeKind::Overrides => "-. overrides .->",
        };
        line(&mut out, &format!("  n{} {arrow} n{}", edge.from, edge.to));
    }
    if graph.nodes.iter().any(|node| !node.linked) {
        line(&mut out, "  classDef unlinked stroke-dasharray: 4 4,color:#888");
    }
    out
}

pub(crate) fn dot(graph: &Graph) -> String {
    let mut out = "digraph app {\n  rankdir=BT;\n  node [shape=box];\n".to_owned();
    let node = |at: usize, node: &Node| {
        let text = lines(node).iter().map(|line| in_dot(line)).collect::<Vec<_>>().join("\\n");
        let shape = match node.level {
            Some(Level::Meta) => ", shape=hexagon",
            Some(Level::Type) => ", style=rounded",
            _ => "",
        };
        let style = if node.linked { shape } else { ", style=dashed, fontcolor=gray40" };
        format!("n{at} [label=\"{text}\"{style}];")
    };
    for (place, app) in apps(graph) {
        let indent = if app.is_some() { "    " } else { "  " };
        if let Some(app) = app {
            let label = in_dot(app);
            line(&mut out, &format!("  subgraph cluster_{place} {{\n    label=\"{label}\";"));
        }
        for (at, it) in members(graph, app.map(|_| place)) {
            line(&mut out, &format!("{indent}{}", node(at, it)));
        }
        if app.is_some() {
            line(&mut out, "  }");
        }
    }
    for edge in &graph.edges {
        let style = match edge.kind {
            EdgeKind::Type => "",
            EdgeKind::Overrides => " [style=dashed, label=\"overrides\"]",
        };
        line(&mut out, &format!("  n{} -> n{}{style};", edge.from, edge.to));
    }
    out.push_str("}\n");
    out
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}

/// The apps that have a node, and at last those nodes that belong to none.
fn apps(graph: &Graph) -> impl Iterator<Item = (usize, Option<&str>)> {
    let has_node = |at: usize| graph.nodes.iter().any(|node| node.app == Some(at));
    let apps = graph.apps.iter().enumerate().filter(move |(at, _)| has_node(*at));
    apps.map(|(at, app)| (at, Some(app.as_str()))).chain([(graph.apps.len(), None)])
}

fn members(graph: &Graph, app: Option<usize>) -> impl Iterator<Item = (usize, &Node)> {
    graph.nodes.iter().enumerate().filter(move |(_, node)| node.app == app)
}

/// What a node says: its name, its title, and that it is not linked.
fn lines(node: &Node) -> Vec<String> {
    let mut lines = vec![node.name.clone()];
    let is_news = !node.title.is_empty() && !node.name.ends_with(&node.title);
    if is_news {
        let plain: String =
            node.title.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
        lines.push(match plain.char_indices().nth(LONGEST) {
            Some((end, _)) => format!("{}…", plain.get(..end).unwrap_or_default()),
            None => plain,
        });
    }
    if !node.linked {
        lines.push("not linked".to_owned());
    }
    lines
}

/// A text between double quotes in Mermaid, where entities are written with `#` and Markdown and HTML are read.
fn in_mermaid(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        let is_plain = c.is_alphanumeric() || matches!(c, ' ' | '.' | ',' | '-' | '@' | ':' | '…');
        // A single `_` within a word is no markup.
        if is_plain || c == '_' {
            out.push(c);
        } else {
            out.push_str(&format!("#{};", u32::from(c)));
        }
    }
    out
}

fn in_dot(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    plain.replace('\\', "\\\\").replace('"', "\\\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_stay_between_their_quotes() {
        let graph = Graph {
            apps: vec!["a\"];\n\u{1b}[31m\\.B@1.0.0".to_owned()],
            nodes: vec![Node {
                name: "a.B".to_owned(),
                title: "\"]; click n0 href \"javascript:x\"".to_owned() + &"x".repeat(100),
                level: None,
                app: Some(0),
                linked: true,
            }],
            edges: Vec::new(),
        };
        assert_eq!(
            mermaid(&graph).lines().collect::<Vec<_>>(),
            [
                "flowchart BT",
                "  subgraph a0[\"a#34;#93;#59;#10;#27;#91;31m#92;.B@1.0.0\"]",
                "    n0[\"a.B<br/>#34;#93;#59; click n0 href #34;javascript:x#34;xxxxxxxxxxxxxxxxxxxxxxxxxxxx…\"]",
                "  end",
            ]
        );
        let dot = dot(&graph);
        assert!(!dot.contains('\u{1b}'), "{dot}");
        assert!(dot.contains("label=\"a\\\"];  [31m\\\\.B@1.0.0\";"), "{dot}");
        assert!(dot.contains("[label=\"a.B\\n\\\"]; click n0 href \\\"javascript:x\\\"x"), "{dot}");
    }
}
