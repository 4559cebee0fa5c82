//! `cargo xtask interop`: Alibaba's own SDKs and opendal against our server, and all against our client.
//!
//! Signing is proven by others agreeing with us, not by our client and our server agreeing.

mod client;
mod driver;
mod peers;
mod plan;
pub(crate) mod server;
mod suite;
mod table;
mod venv;

use std::path::PathBuf;

use crate::{Result, workspace};
use driver::Outcome;
use plan::{COLUMNS, Driver};
use server::Server;
use table::Table;

/// What to run.
#[derive(Debug, Default, clap::Args)]
pub(crate) struct Arguments {
    /// Run the functional tests of oss2 instead, from this checkout of aliyun/aliyun-oss-python-sdk.
    #[arg(long, value_name = "DIR")]
    suite: Option<PathBuf>,
    /// Leave out the clients of other languages than Python: ali-oss, which needs Node and npm, and opendal, which
    /// takes a minute to compile the first time.
    #[arg(long)]
    python_only: bool,
}

/// Runs every case in every column, or oss2's own tests.
///
/// # Errors
///
/// When something needed is missing, or any case failed; the table is printed before that.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let venv = workspace::target_dir()?.join("interop").join("venv");
    let program = workspace::build_program("jit-oss-server")?;
    if let Some(checkout) = &arguments.suite {
        let python = venv::ready(&venv, &["requirements.txt", "suite-requirements.txt"])?;
        return suite::run(&python, &program, checkout);
    }
    let python = venv::ready(&venv, &["requirements.txt"])?;
    let peers = if arguments.python_only { None } else { Some(peers::Peers::ready()?) };
    let server = Server::start(&program, &[])?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut table = Table::new();
    for column in COLUMNS {
        let (script, command) = match (column.driver, &peers) {
            (Driver::Python(script), _) => (script, Vec::new()),
            (driver, Some(peers)) => ("remote.py", peers.command(driver)),
            (_, None) => {
                table.leave_out(column, "left out, as --python-only was given");
                continue;
            }
        };
        let client = client::Client::new(&server, column)?;
        let plan = runtime.block_on(client.prepare(&server, &command))?;
        let report = driver::run(&python, script, &plan);
        let presigned = table.enter(column, report);
        runtime.block_on(client.check(&presigned, |case, result| {
            let failed = |error: Box<dyn std::error::Error>| Outcome::Failed(error.to_string());
            table.set(column, case, result.map_or_else(failed, |()| Outcome::Ok));
        }));
    }
    drop(server);
    println!("{table}");
    match table.failures() {
        0 => Ok(()),
        count => Err(format!(
            "{count} of {} cases failed; the reasons are below the table, the cases in tests/interop/",
            table.cells()
        )
        .into()),
    }
}
