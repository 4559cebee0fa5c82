//! The quickstart: this folder is an app, and this crate runs it.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a program prints")]

mod demo;
mod service;

use std::error::Error;
use std::process::ExitCode;

use jit_app::{App, cli::Cli, render};

use crate::service::Service;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse(env!("CARGO_MANIFEST_DIR"));
    match run(cli).await {
        Ok(code) => code,
        Err(error) => {
            match error.downcast_ref::<jit_app::Error>() {
                Some(error) => eprint!("{}", render::error(error, false)),
                None => eprintln!("error: {error}"),
            }
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> Result<ExitCode, Box<dyn Error>> {
    let service = Service::choose(&cli).await?;
    if cli.command().is_some() {
        return Ok(cli.run(service.variables()).await);
    }
    println!("{service}");
    let app = App::builder(cli.dir()).variables(service.variables()).load()?;
    demo::run(&app, service.is_embedded()).await?;
    Ok(ExitCode::SUCCESS)
}
