//! Reloading one element of many.

use std::fs;
use std::path::PathBuf;

use jit_app::App;
use tempfile::TempDir;

use crate::Result;
use crate::fixture::{self, load, name};
use crate::lookup::ready;
use crate::rounds::{ROUNDS, pair};
use crate::row::Row;

const MANY: usize = 10_000;
const FEW: usize = 100;
/// Reloads in a round.
const RELOADS: usize = 50;

/// One change in a large app beside one in a small one: the work must not grow with the app.
pub(crate) fn measure(rows: &mut Vec<Row>) -> Result<()> {
    let (mut many, mut few) = (Changing::new(MANY)?, Changing::new(FEW)?);
    let (ours, limit) = pair(ROUNDS, &mut || many.reloads(), &mut || few.reloads())?;
    let each = 1e6 / RELOADS as f64;
    rows.push(
        Row::new(format!("reload_one_of/{MANY}"), "us", ours.scaled(each))
            .limit(limit.scaled(each))
            .budget(1.5),
    );
    Ok(())
}

/// A live app one of whose elements changes again and again.
struct Changing {
    app: App,
    config: PathBuf,
    changes: usize,
    _dir: TempDir,
}

impl Changing {
    fn new(elements: usize) -> Result<Self> {
        let dir = fixture::app(elements)?;
        let app = load(dir.path())?;
        for number in 0..elements {
            ready(app.get_element(&name(number)))?;
        }
        let element = name(elements / 2);
        let file = element.rsplit('.').next().unwrap_or_default();
        let config = dir.path().join(element.replace('.', "/")).join(format!("{file}.json"));
        Ok(Self { app, config, changes: 0, _dir: dir })
    }

    fn reloads(&mut self) -> Result<()> {
        for _ in 0..RELOADS {
            self.changes += 1;
            // Another text each time, that means the same.
            fs::write(&self.config, format!("{{{}}}\n", " ".repeat(self.changes % 7)))?;
            let reload = ready(self.app.reload_paths([&self.config]))?;
            if reload.updated.len() != 1 {
                return Err(format!("a reload did {reload:?}").into());
            }
        }
        Ok(())
    }
}
