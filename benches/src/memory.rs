//! What an element takes that nobody has asked for yet.

use std::path::Path;
use std::process::Command;

use crate::Result;
use crate::fixture::{self, load};
use crate::rounds::{ROUNDS, Times};
use crate::row::Row;

const ELEMENTS: usize = 10_000;

/// Loads an app in processes of its own: in this one, others have been and left their memory.
pub(crate) fn measure(rows: &mut Vec<Row>) -> Result<()> {
    if resident().is_err() {
        eprintln!("note: this system has no /proc/self/statm; memory is not measured");
        return Ok(());
    }
    let dir = fixture::app(ELEMENTS)?;
    let mut bytes = Times::default();
    for _ in 0..ROUNDS {
        let mut command = Command::new(std::env::current_exe()?);
        let output = command.arg("memory").arg(dir.path()).output()?;
        let told = String::from_utf8_lossy(&output.stdout);
        let taken: f64 =
            told.trim().parse().map_err(|_| String::from_utf8_lossy(&output.stderr))?;
        bytes.0.push(taken / ELEMENTS as f64);
    }
    rows.push(Row::new(format!("memory_per_element/{ELEMENTS}"), "bytes", bytes));
    Ok(())
}

/// Prints how many bytes loading an app took.
pub(crate) fn child(app: &Path) -> Result<()> {
    let before = resident()?;
    let app = load(app)?;
    let after = resident()?;
    drop(app);
    println!("{}", after.saturating_sub(before));
    Ok(())
}

/// The resident size of this process in bytes.
fn resident() -> Result<u64> {
    // Pages have this size wherever there is such a file and nobody has chosen another.
    const PAGE: u64 = 4096;
    let statm = std::fs::read_to_string("/proc/self/statm")?;
    let pages = statm.split(' ').nth(1).ok_or("/proc/self/statm has no second figure")?;
    Ok(pages.parse::<u64>()? * PAGE)
}
