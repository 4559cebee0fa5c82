//! The quickstart: this folder is an app, and this crate runs it.

mod demo;
mod service;

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use jit_app::{App, cli::Cli, render};

use crate::service::Service;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse(env!("CARGO_MANIFEST_DIR"));
    match run(cli).await {
        Ok(code) => code,
        Err(error) => complain(&*error),
    }
}

async fn run(cli: Cli) -> Result<ExitCode, Box<dyn Error>> {
    let service = Service::choose(&cli).await?;
    if cli.command().is_some() {
        return Ok(cli.run(service.variables()).await);
    }
    let mut out = io::stdout().lock();
    writeln!(out, "{service}")?;
    let app = App::builder(cli.dir()).variables(service.variables()).load()?;
    demo::run(&app, service.is_embedded(), &mut out).await?;
    Ok(ExitCode::SUCCESS)
}

fn complain(error: &(dyn Error + 'static)) -> ExitCode {
    let is_closed = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
    if error.downcast_ref().is_some_and(is_closed) {
        return ExitCode::SUCCESS; // The reader has seen enough.
    }
    let text = match error.downcast_ref::<jit_app::Error>() {
        Some(error) => render::error(error, false),
        None => format!("error: {error}\n"),
    };
    // Nobody is left to tell when standard error is gone.
    drop(io::stderr().write_all(text.as_bytes()));
    ExitCode::FAILURE
}
