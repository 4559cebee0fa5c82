//! {{title}}: this folder is an app, and this crate runs it.

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

use jit_app::{App, Variables, cli::Cli, render};
use jit_storages::Storages;

// Without this the linker drops what the library registers.
use {{crate}} as _;

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse(env!("CARGO_MANIFEST_DIR"));
    if cli.command().is_some() {
        return cli.run(Variables::process()).await;
    }
    match run(&cli).await {
        Ok(()) => ExitCode::SUCCESS,
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

/// The app's own job: a file goes up, comes back, and is deleted.
async fn run(cli: &Cli) -> Result<(), Box<dyn Error>> {
    let app = App::builder(cli.dir()).variables(Variables::process()).load()?;
    let files = app.get::<Storages>("storages.MyFiles").await?;
    let uploaded = files.upload_by_file("hello.txt", "hello".into(), "text/plain".into()).await?;
    writeln!(io::stdout(), "Uploaded: {}", uploaded.url)?;
    let data = files.download("hello.txt").await?;
    writeln!(io::stdout(), "Downloaded {} bytes", data.len())?;
    files.delete("hello.txt").await?;
    writeln!(io::stdout(), "Deleted")?;
    Ok(())
}
