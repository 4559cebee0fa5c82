//! The one linear order of an app and all it extends.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use jit_meta::{Code, Diagnostic, Error, ErrorKind};

use crate::environment::Environment;
use crate::files;
use crate::manifest::{Manifest, Parent};

/// One app of a hierarchy.
#[derive(Clone, Debug)]
pub(crate) struct Layer {
    pub(crate) dir: PathBuf,
    pub(crate) manifest: Arc<Manifest>,
}

impl Layer {
    /// Reads the app in a folder as seen from that of the running one.
    fn read(dir: &Path, leaf: &Path) -> Result<Self, Error> {
        let shown = if dir == leaf { String::new() } else { files::way(leaf, dir) };
        let manifest = Manifest::read(dir, &format!("{shown}app.json"))?;
        Ok(Self { dir: dir.to_owned(), manifest: Arc::new(manifest) })
    }

    fn key(&self) -> String {
        self.manifest.app_key()
    }

    /// A finding about an app that this one extends, in the place where it does.
    fn fail(&self, parent: &Parent, finding: Diagnostic) -> Error {
        let finding = finding.at(self.manifest.file(), parent.span.clone(), "");
        Error::from_diagnostics(ErrorKind::NoApp, vec![finding])
    }
}

/// The app itself, then each app it extends in order, depth first, a repeated one at its last place.
pub(crate) fn linearize(leaf: Layer, environment: &Environment) -> Result<Vec<Layer>, Error> {
    let home = leaf.dir.clone();
    let mut walk =
        Walk { environment, leaf: &home, path: Vec::new(), done: Vec::new(), at: HashMap::new() };
    walk.visit(leaf)?;
    // Visiting children last to first and listing them after their children gives the order backwards.
    let mut order = walk.done;
    order.reverse();
    check_order(&order)?;
    Ok(order)
}

struct Walk<'a> {
    environment: &'a Environment,
    leaf: &'a Path,
    /// From the leaf to where we are.
    path: Vec<String>,
    done: Vec<Layer>,
    /// By app id: the version that was met, and the way to it.
    at: HashMap<String, (String, String)>,
}

impl Walk<'_> {
    fn visit(&mut self, layer: Layer) -> Result<(), Error> {
        let key = layer.key();
        self.at.insert(layer.manifest.app_id.clone(), (key.clone(), self.way_to(&key)));
        self.path.push(key);
        for parent in layer.manifest.extends.iter().rev() {
            if parent.app_id == layer.manifest.app_id {
                let message = format!("`{}` extends itself", parent.app_id);
                let finding = Diagnostic::error(Code::AppJson, message);
                return Err(layer.fail(parent, finding.help("remove it from `extends`")));
            }
            let ids = self.path.iter().map(|key| key.split_once('@').map_or("", |(id, _)| id));
            let ids: Vec<_> = ids.collect();
            let dir = self.environment.find(parent, &ids).map_err(|finding| {
                let extends = format!("`{}` extends it", self.path.join("` → `"));
                layer.fail(parent, finding.help(extends))
            })?;
            let next = Layer::read(dir, self.leaf)?;
            if !self.was_met(&next).map_err(|finding| layer.fail(parent, *finding))? {
                self.visit(next)?;
            }
        }
        self.path.pop();
        self.done.push(layer);
        Ok(())
    }

    /// Whether an app has its place already.
    fn was_met(&self, layer: &Layer) -> Result<bool, Box<Diagnostic>> {
        let key = layer.key();
        let told = |message| Diagnostic::error(Code::AppJson, message);
        if self.path.contains(&key) {
            let message = format!("apps extend each other in a circle: {}", self.way_to(&key));
            let help = "remove one of these from the other's `extends`";
            return Err(Box::new(told(message).help(help)));
        }
        match self.at.get(&layer.manifest.app_id) {
            Some((met, first)) if *met != key => {
                let (id, way) = (&layer.manifest.app_id, self.way_to(&key));
                let message = format!("`{id}` is extended in two versions: {first}, and {way}");
                Err(Box::new(told(message).help("an app is there once: agree on one version")))
            }
            met => Ok(met.is_some()),
        }
    }

    fn way_to(&self, key: &str) -> String {
        let links = self.path.iter().map(String::as_str).chain([key]);
        links.map(|link| format!("`{link}`")).collect::<Vec<_>>().join(" → ")
    }
}

/// Every app must come before all it extends, and those in the order in which it names them.
fn check_order(order: &[Layer]) -> Result<(), Error> {
    let place = |id: &str| order.iter().position(|layer| layer.manifest.app_id == id);
    for layer in order {
        for pair in layer.manifest.extends.windows(2) {
            let [first, second] = pair else { continue };
            if place(&first.app_id) > place(&second.app_id) {
                let message = format!(
                    "`{}` extends `{}` before `{}`, and `{}` builds on `{}`",
                    layer.manifest.app_id, first.app_id, second.app_id, second.app_id, first.app_id
                );
                let finding = Diagnostic::error(Code::AppJson, message)
                    .help(format!("swap them in the `extends` of `{}`", layer.key()));
                return Err(layer.fail(second, finding));
            }
        }
    }
    Ok(())
}

/// Reads an app and all it extends.
pub(crate) fn read(dir: &Path, environment: Option<&Environment>) -> Result<Vec<Layer>, Error> {
    let leaf = Layer::read(dir, dir)?;
    match environment {
        Some(environment) => linearize(leaf, environment),
        None if leaf.manifest.extends.is_empty() => Ok(vec![leaf]),
        None => linearize(leaf, &Environment::around(dir)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes apps `org.<name>` of version 1.0.0, each with what it extends, and reads the first.
    fn order(apps: &[(&str, &[&str])]) -> Result<Vec<String>, String> {
        let root = tempfile::tempdir().unwrap();
        for (name, extends) in apps {
            let (name, version) = name.split_once('@').unwrap_or((name, "1.0.0"));
            let dir = root.path().join(format!("org/{name}/{}", version.replace('.', "_")));
            std::fs::create_dir_all(&dir).unwrap();
            let extends: Vec<_> = extends
                .iter()
                .map(|parent| parent.split_once('@').unwrap_or((parent, "1.0.0")))
                .map(|(id, v)| format!(r#"{{"appId": "org.{id}", "version": "{v}"}}"#))
                .collect();
            let extends = extends.join(",");
            let text = format!(r#"{{"appId": "org.{name}", "extends": [{extends}]}}"#);
            std::fs::write(dir.join("app.json"), text).unwrap();
        }
        let leaf = root.path().join(format!("org/{}/1_0_0", apps[0].0));
        let layers = read(&leaf, None).map_err(|error| {
            // What follows the place: each of these mistakes is one of an entry of `extends`.
            let place = error.place().expect("no place");
            let marked = place.file.text().get(place.span.clone()).expect("no such place");
            assert!(marked.starts_with(r#"{"appId": "org."#), "{marked}");
            error.diagnostics()[0].to_string().replacen(&format!("{}: ", place.position()), "", 1)
        })?;
        Ok(layers.iter().map(|layer| layer.manifest.name.clone()).collect())
    }

    #[test]
    fn an_app_comes_before_all_it_extends() {
        for (apps, expected) in [
            (vec![("A", &[][..])], vec!["A"]),
            (vec![("A", &["B"]), ("B", &["C"]), ("C", &[])], vec!["A", "B", "C"]),
            (vec![("A", &["B", "C"]), ("B", &[]), ("C", &[])], vec!["A", "B", "C"]),
            // A diamond: the shared base comes after both that build on it.
            (
                vec![("A", &["B", "C"]), ("B", &["D"]), ("C", &["D"]), ("D", &[])],
                vec!["A", "B", "C", "D"],
            ),
            (
                vec![("A", &["B", "C"]), ("B", &["D", "E"]), ("C", &["E"]), ("D", &[]), ("E", &[])],
                vec!["A", "B", "D", "C", "E"],
            ),
        ] {
            assert_eq!(order(&apps).unwrap(), expected, "{apps:?}");
        }
    }

    #[test]
    fn what_has_no_order_says_why() {
        for (apps, message) in [
            (
                vec![("A", &["B"][..]), ("B", &["A"])],
                "apps extend each other in a circle: `org.A@1.0.0` → `org.B@1.0.0` → `org.A@1.0.0`; remove one of these from the other's `extends`",
            ),
            (
                vec![
                    ("A", &["B", "C"]),
                    ("B", &["D@1.0.0"]),
                    ("C", &["D@2.0.0"]),
                    ("D", &[]),
                    ("D@2.0.0", &[]),
                ],
                "`org.D` is extended in two versions: `org.A@1.0.0` → `org.C@1.0.0` → `org.D@2.0.0`, and `org.A@1.0.0` → `org.B@1.0.0` → `org.D@1.0.0`; an app is there once: agree on one version",
            ),
            (
                vec![("A", &["B", "C"]), ("B", &[]), ("C", &["B"])],
                "`org.A` extends `org.B` before `org.C`, and `org.C` builds on `org.B`; swap them in the `extends` of `org.A@1.0.0`",
            ),
            (
                vec![("A", &["B@1.2.3"]), ("B", &[])],
                "app `org.B@1.2.3` is not in this environment; there is `org.B` `1.0.0`; `org.A@1.0.0` extends it",
            ),
            (
                vec![("A", &["Bee"]), ("Bea", &[])],
                "app `org.Bee@1.0.0` is not in this environment; did you mean `org.Bea`? `org.A@1.0.0` extends it",
            ),
            (
                // Itself, however near, is no answer.
                vec![("Bea", &["Bee"])],
                "app `org.Bee@1.0.0` is not in this environment; put its folder beside this app's; `org.Bea@1.0.0` extends it",
            ),
            (vec![("A", &["A"])], "`org.A` extends itself; remove it from `extends`"),
            (vec![("A", &["A@2.0.0"])], "`org.A` extends itself; remove it from `extends`"),
        ] {
            assert_eq!(order(&apps).unwrap_err(), message, "{apps:?}");
        }
    }

    #[test]
    fn an_app_that_is_there_twice_is_not_chosen_by_chance() {
        let root = tempfile::tempdir().unwrap();
        let app = |folder: &str, text: &str| {
            let dir = root.path().join(folder);
            std::fs::create_dir_all(&dir).unwrap();
            std::fs::write(dir.join("app.json"), text).unwrap();
            dir
        };
        let leaf = r#"{"appId": "org.A", "extends": [{"appId": "org.B", "version": "0.0.0"}]}"#;
        let leaf = app("a", leaf);
        app("b1", r#"{"appId": "org.B"}"#);
        assert_eq!(read(&leaf, None).unwrap().len(), 2);
        app("b2", r#"{"appId": "org.B"}"#);
        let error = read(&leaf, None).unwrap_err().to_string();
        let told = "app.json:1:32: app `org.B@0.0.0` is there twice: in `";
        assert!(error.starts_with(told), "{error}");
        assert!(error.contains("b1") && error.contains("b2"), "{error}");
    }

    #[test]
    fn an_app_whose_manifest_is_broken_is_told_to_be() {
        for (leaf, base) in [("a", "b"), ("org/A/1_0_0", "org/B/1_0_0")] {
            let root = tempfile::tempdir().unwrap();
            let app = |folder: &str, text: &str| {
                let dir = root.path().join(folder);
                std::fs::create_dir_all(&dir).unwrap();
                std::fs::write(dir.join("app.json"), text).unwrap();
                dir
            };
            let text = r#"{"appId": "org.A", "extends": [{"appId": "org.B", "version": "1.0.0"}]}"#;
            let leaf = app(leaf, text);
            app(base, r#"{"appId": "org.B",}"#);
            let error = read(&leaf, None).unwrap_err().to_string();
            assert!(error.contains("app `org.B@1.0.0` is not in this environment"), "{error}");
            let place = format!("{base}/app.json:1:");
            assert!(error.contains("mend this `app.json`") && error.contains(&place), "{error}");
            assert!(!error.contains("did you mean"), "{error}");
        }
    }

    #[test]
    fn thirty_diamonds_take_no_time() {
        let names: Vec<_> = (0..60).map(|n| format!("N{n:02}")).collect();
        let parents: Vec<Vec<&str>> = (0..30)
            .flat_map(|level| {
                let next: Vec<_> =
                    names.iter().skip(2 * level + 2).take(2).map(String::as_str).collect();
                [next.clone(), next]
            })
            .collect();
        let apps: Vec<_> =
            names.iter().map(String::as_str).zip(parents.iter().map(Vec::as_slice)).collect();
        assert_eq!(order(&apps).unwrap().len(), 59, "one of the first level is not extended");
    }
}
