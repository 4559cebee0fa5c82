//! Apps to measure, written into a folder that goes away.

use std::fs;
use std::path::{Path, PathBuf};

use jit_app::{App, Variables};
use tempfile::TempDir;

use crate::Result;

/// As many elements are in a namespace.
const IN_NAMESPACE: usize = 100;

/// An app of `elements` elements in namespaces of 100, each with a configuration, all of a Type that is
/// linked and needs nothing.
pub(crate) fn app(elements: usize) -> Result<TempDir> {
    let dir = tempfile::tempdir()?;
    fs::write(dir.path().join("app.json"), "{ \"appId\": \"acme.Big\", \"title\": \"Big\" }\n")?;
    for number in 0..elements {
        let config = config(dir.path(), number);
        let folder = config.parent().ok_or("a configuration is in a folder")?;
        fs::create_dir_all(folder)?;
        let define = format!(
            "{{\n  \"title\": \"Element {number}\",\n  \"type\": \"storages.MemoryType\",\n  \
             \"backendBundleEntry\": \".\",\n  \"variables\": []\n}}\n"
        );
        fs::write(folder.join("e.json"), define)?;
        fs::write(config, "{\n}\n")?;
    }
    Ok(dir)
}

/// The full name of an element.
pub(crate) fn name(number: usize) -> String {
    format!("n{:03}.E{number:05}", number / IN_NAMESPACE)
}

/// The configuration of an element of the app in a folder.
pub(crate) fn config(app: &Path, number: usize) -> PathBuf {
    app.join(name(number).replace('.', "/")).join(format!("E{number:05}.json"))
}

/// Loads an app, without the variables of the process.
pub(crate) fn load(dir: &Path) -> Result<App> {
    Ok(App::builder(dir).variables(Variables::empty()).load()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_element_can_be_asked_for() {
        let dir = app(101).unwrap();
        let app = load(dir.path()).unwrap();
        assert!(app.check().is_empty(), "{:?}", app.check());
        assert_eq!(app.elements().len(), 101);
        let element = crate::lookup::ready(app.get_element(&name(100))).unwrap();
        assert_eq!(element.define().full_name().as_str(), "n001.E00100");
    }
}
