//! An app that extends the quickstart and wraps the Type of its storage.

mod audited_oss;

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use jit_app::{App, Variables, cli::Cli, render};
use jit_oss_server::OssServer;
use jit_storages::Storages;

/// The quickstart's element, untouched: it is this app's Type that makes the difference.
const STORAGE: &str = "storages.MyOss";

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse(env!("CARGO_MANIFEST_DIR"));
    match run(cli).await {
        Ok(code) => code,
        Err(error) => {
            let text = match error.downcast_ref::<jit_app::Error>() {
                Some(error) => render::error(error, false),
                None => format!("error: {error}\n"),
            };
            drop(io::stderr().write_all(text.as_bytes()));
            ExitCode::FAILURE
        }
    }
}

async fn run(cli: Cli) -> Result<ExitCode, Box<dyn Error>> {
    let server = OssServer::builder().bucket("audited").start().await?;
    let variables = Variables::process().with_all(server.variables("audited"));
    if cli.command().is_some() {
        return Ok(cli.run(variables).await);
    }
    let app = App::builder(cli.dir()).variables(variables).load()?;
    let oss = app.get::<Storages>(STORAGE).await?;
    let uploaded = oss.upload_by_file("a.txt", "hello".into(), "text/plain".into()).await?;
    writeln!(io::stdout(), "Upload successful, URL: {}", uploaded.url)?;
    let data = oss.download("a.txt").await?;
    writeln!(io::stdout(), "Downloaded {} bytes", data.len())?;
    oss.delete("a.txt").await?;
    if let Err(error) = oss.download("a.txt").await {
        writeln!(io::stdout(), "Download failed: {error}")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// One line of the audit. A service would keep it; here it is shown, beside what the program prints.
fn audit(line: &str) {
    drop(writeln!(io::stderr(), "audit: {line}"));
}
