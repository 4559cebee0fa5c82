//! Reading an app: its definitions, against a plain walk that reads and parses both files of each element.

use std::path::Path;

use walkdir::WalkDir;

use crate::Result;
use crate::fixture::{self, load, name};
use crate::lookup::ready;
use crate::rounds::{ROUNDS, pair, single};
use crate::row::Row;

const MILLISECONDS: f64 = 1e3;

pub(crate) fn measure(rows: &mut Vec<Row>) -> Result<()> {
    for elements in [10_000, 50_000] {
        let dir = fixture::app(elements)?;
        let (ours, limit) = pair(ROUNDS, &mut || load(dir.path()), &mut || plain(dir.path()))?;
        rows.push(
            Row::new(format!("read_app/{elements}"), "ms", ours.scaled(MILLISECONDS))
                .limit(limit.scaled(MILLISECONDS))
                .budget(0.7),
        );
        if elements > 10_000 {
            continue;
        }
        rows.push(packed(dir.path(), elements)?);
        let name = name(elements / 2);
        let mut first = || {
            let app = load(dir.path())?;
            let element = ready(app.get_element(&name))?;
            Ok((app, element))
        };
        let first = single(ROUNDS, &mut first)?;
        rows.push(Row::new(
            format!("first_get_element/{elements}"),
            "ms",
            first.scaled(MILLISECONDS),
        ));
    }
    Ok(())
}

/// Starting from the pack, against reading the sources of the same app.
fn packed(sources: &Path, elements: usize) -> Result<Row> {
    let dir = fixture::app(elements)?;
    jit_app::pack::write(dir.path())?;
    let (ours, limit) = pair(ROUNDS, &mut || load(dir.path()), &mut || load(sources))?;
    let row = Row::new(format!("read_pack/{elements}"), "ms", ours.scaled(MILLISECONDS));
    Ok(row.limit(limit.scaled(MILLISECONDS)))
}

/// How many keys all files of an app's elements have.
fn plain(dir: &Path) -> Result<usize> {
    let mut keys = 0;
    for entry in WalkDir::new(dir) {
        let entry = entry?;
        let Some(folder) = entry.path().parent().filter(|_| entry.file_name() == "e.json") else {
            continue;
        };
        let own = folder.file_name().unwrap_or_default().to_string_lossy();
        for file in [entry.path(), &folder.join(format!("{own}.json"))] {
            let value: serde_json::Value = serde_json::from_slice(&std::fs::read(file)?)?;
            keys += value.as_object().map_or(0, serde_json::Map::len);
        }
    }
    Ok(keys)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_reads_both_files_of_each() {
        let dir = fixture::app(3).unwrap();
        assert_eq!(plain(dir.path()).unwrap(), 3 * 4);
        std::fs::write(dir.path().join("n000/E00000/E00000.json"), "{").unwrap();
        assert!(plain(dir.path()).is_err());
    }
}
