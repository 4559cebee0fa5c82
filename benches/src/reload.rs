//! Reloading one element of many.

use jit_app::App;
use std::fs;
use tempfile::TempDir;

use crate::Result;
use crate::fixture::{self, config, load, name};
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
            .ratio_within(1.5),
    );
    Ok(())
}

/// A live app one of whose elements changes again and again.
struct Changing {
    app: App,
    elements: usize,
    changes: usize,
    dir: TempDir,
}

impl Changing {
    fn new(elements: usize) -> Result<Self> {
        let dir = fixture::app(elements)?;
        let app = load(dir.path())?;
        for number in 0..elements {
            ready(app.get_element(&name(number)))?;
        }
        Ok(Self { app, elements, changes: 0, dir })
    }

    fn reloads(&mut self) -> Result<()> {
        for _ in 0..RELOADS {
            self.changes += 1;
            // Another element each time, and when its turn comes again another text, that means the same.
            let config = config(self.dir.path(), self.changes * 7 % self.elements);
            let turn = self.changes / self.elements;
            fs::write(&config, format!("{{{}}}\n", " ".repeat(1 + turn % 5)))?;
            let reload = ready(self.app.reload_paths([&config]))?;
            if reload.updated.len() != 1 {
                return Err(format!("a reload did {reload:?}").into());
            }
        }
        Ok(())
    }
}
