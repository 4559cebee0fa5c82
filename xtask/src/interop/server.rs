//! The server under test, as the program that users run.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use tempfile::TempDir;

use crate::{Result, workspace};

pub(crate) const BUCKET: &str = "interop";
pub(crate) const REGION: &str = "cn-hangzhou";

/// A running server with a data folder and credentials of its own. Dropping it ends the process.
pub(crate) struct Server {
    process: Child,
    pub(crate) endpoint: String,
    pub(crate) access_key_id: String,
    pub(crate) access_key_secret: String,
    /// Where its console is, if it was asked for one.
    pub(crate) console: Option<String>,
    /// Removed when dropped, after the process has ended.
    _data: TempDir,
}

impl Server {
    /// Starts it with more arguments than every server needs.
    pub(crate) fn start(program: &Path, arguments: &[&str]) -> Result<Self> {
        let data = TempDir::new()?;
        let access_key_id = random("LTAI");
        let access_key_secret = random("");
        let mut command = Command::new(program);
        command.args(["--listen", "127.0.0.1:0", "--region", REGION, "--bucket", BUCKET]);
        command.args(["--access-key-id", &access_key_id]).arg("--data").arg(data.path());
        command.args(arguments).args(["--log", "off"]);
        // Not an argument: other users of the machine can read those.
        command.env("OSS_SERVER_ACCESS_KEY_SECRET", &access_key_secret);
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let process = command.spawn().map_err(|error| workspace::not_started(&command, &error))?;
        let mut server = Self {
            process,
            endpoint: String::new(),
            access_key_id,
            access_key_secret,
            console: None,
            _data: data,
        };
        let mut lines = Vec::new();
        if let Some(stdout) = server.process.stdout.as_mut() {
            for line in BufReader::new(stdout).lines() {
                lines.push(line?);
                // What follows is for people.
                if lines.last().is_some_and(String::is_empty) {
                    break;
                }
            }
        }
        let told = |what: &str| lines.iter().find_map(|line| line.strip_prefix(what));
        let endpoint = told("listening on ").ok_or_else(|| {
            format!("the server does not say where it listens, but {:?}", lines.first())
        })?;
        endpoint.clone_into(&mut server.endpoint);
        server.console = told("console: ").map(str::to_owned);
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended by itself, and then there is nothing to do.
        drop(self.process.kill());
        drop(self.process.wait());
    }
}

fn random(prefix: &str) -> String {
    prefix.chars().chain(std::iter::repeat_with(fastrand::alphanumeric).take(24)).collect()
}
