//! An app with a service of its own.

mod reports;

use std::process::ExitCode;

use jit_app::{Variables, cli::Cli};

#[tokio::main]
async fn main() -> ExitCode {
    Cli::parse(env!("CARGO_MANIFEST_DIR")).run(Variables::process()).await
}
