//! Other clients, built outside of the workspace (`benches/peers`), one process for each round.

use std::path::PathBuf;
use std::process::Command;

use super::small::Operation;
use crate::Result;

/// The program that drives them.
#[derive(Clone, Debug)]
pub(crate) struct Peers(PathBuf);

impl Peers {
    pub(crate) fn new(program: PathBuf) -> Self {
        Self(program)
    }

    /// Microseconds of processor time for one operation of `opendal`.
    pub(crate) fn run(
        &self,
        address: &str,
        operation: Operation,
        size: usize,
        concurrency: usize,
        operations: usize,
    ) -> Result<f64> {
        let mut command = Command::new(&self.0);
        command.args([address, operation.name()]);
        command.args([size, concurrency, operations].map(|number| number.to_string()));
        let output = command.output()?;
        let told = String::from_utf8_lossy(&output.stdout);
        let complaint = || String::from_utf8_lossy(&output.stderr).into_owned();
        Ok(told.trim().parse::<f64>().map_err(|_| complaint())?)
    }
}
