//! Running a driver and reading its report.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::{Result, http, workspace};

/// Longer than any machine needs; a driver that hangs must not hang CI.
const LIMIT: Duration = Duration::from_secs(300);

/// What a driver said.
#[derive(Debug, Default)]
pub(crate) struct Report {
    /// In the order they came.
    pub(crate) cases: Vec<(String, Outcome)>,
    pub(crate) presigned: Vec<Presigned>,
    /// Why it did not end well. What it had reported until then counts.
    pub(crate) crash: Option<String>,
}

/// How a case ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Ok,
    Failed(String),
    /// The SDK has no such thing; this is what it lacks.
    Unable(String),
}

/// A URL that an SDK presigned.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Presigned {
    pub(crate) method: String,
    pub(crate) key: String,
    pub(crate) url: String,
    pub(crate) headers: Vec<(String, String)>,
}

impl Presigned {
    /// Asks the server at `address` for it. Status and body.
    pub(crate) fn send(&self, address: &str, body: &[u8]) -> Result<(u16, Vec<u8>)> {
        http::send(address, &self.method, &self.url, &self.headers, body)
    }
}

/// Runs a driver to its end.
pub(crate) fn run(python: &Path, script: &str, plan: &Value) -> Report {
    let mut report = Report::default();
    if let Err(error) = fill(&mut report, python, script, plan) {
        report.crash = Some(error.to_string());
    }
    report
}

fn fill(report: &mut Report, python: &Path, script: &str, plan: &Value) -> Result<()> {
    let script = workspace::root().join("tests/interop").join(script);
    let mut command = Command::new(python);
    // Python's own way of writing compiled files beside the sources is switched off.
    command.arg("-B").arg(&script).env("PYTHONIOENCODING", "utf-8");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut process = command.spawn().map_err(|error| workspace::not_started(&command, &error))?;
    let pipes = (process.stdin.take(), process.stdout.take(), process.stderr.take());
    let (Some(mut stdin), Some(stdout), Some(mut stderr)) = pipes else {
        return Err("the driver has no pipes".into());
    };
    let plan = plan.to_string();
    thread::scope(|scope| {
        // One that does not read its input ends with an error of its own.
        scope.spawn(move || drop(stdin.write_all(plan.as_bytes())));
        let complaint = scope.spawn(move || {
            let mut text = Vec::new();
            drop(stderr.read_to_end(&mut text));
            String::from_utf8_lossy(&text).into_owned()
        });
        let lines = scope.spawn(move || {
            BufReader::new(stdout).lines().map_while(|line| line.ok()).collect::<Vec<_>>()
        });
        let status = wait(&mut process);
        let lines = lines.join().unwrap_or_default();
        let complaint = complaint.join().unwrap_or_default();
        for line in lines {
            read(report, &line)?;
        }
        match status? {
            status if status.success() => Ok(()),
            status => Err(format!("the driver ended with {status}\n{}", complaint.trim()).into()),
        }
    })
}

fn wait(process: &mut Child) -> Result<std::process::ExitStatus> {
    let start = Instant::now();
    loop {
        if let Some(status) = process.try_wait()? {
            return Ok(status);
        }
        if start.elapsed() > LIMIT {
            process.kill()?;
            process.wait()?;
            return Err(format!("the driver was not done after {} s", LIMIT.as_secs()).into());
        }
        thread::sleep(Duration::from_millis(20));
    }
}

fn read(report: &mut Report, line: &str) -> Result<()> {
    let unreadable = || format!("the driver printed what is no report: {line}");
    let value: Value = serde_json::from_str(line).map_err(|_| unreadable())?;
    if let Some(list) = value.get("presigned").and_then(Value::as_array) {
        for entry in list {
            report
                .presigned
                .push(presigned(entry).ok_or("a presigned URL's report is incomplete")?);
        }
        return Ok(());
    }
    let case = value.get("case").and_then(Value::as_str).ok_or_else(unreadable)?;
    let told = |name: &str| value.get(name).and_then(Value::as_bool);
    let reason = value.get("reason").and_then(Value::as_str).unwrap_or("no reason given");
    let outcome = match (told("ok"), told("unable")) {
        (Some(true), None) => Outcome::Ok,
        (Some(false), None) => Outcome::Failed(reason.to_owned()),
        (None, Some(true)) => Outcome::Unable(reason.to_owned()),
        _ => return Err(unreadable().into()),
    };
    report.cases.push((case.to_owned(), outcome));
    Ok(())
}

fn presigned(entry: &Value) -> Option<Presigned> {
    let text = |name: &str| entry.get(name)?.as_str().map(str::to_owned);
    let headers = entry.get("headers")?.as_object()?.iter();
    let headers = headers.map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
    Some(Presigned {
        method: text("method")?,
        key: text("key")?,
        url: text("url")?,
        headers: headers.collect::<Option<_>>()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_are_read_and_anything_else_is_refused() {
        let mut report = Report::default();
        for line in [
            r#"{"case": "put", "ok": true}"#,
            r#"{"case": "get", "ok": false, "reason": "KeyError: 1"}"#,
            r#"{"case": "tagging", "unable": true, "reason": "no tags"}"#,
            r#"{"presigned": [{"method": "GET", "key": "k", "url": "u", "headers": {"A": "b"}}]}"#,
        ] {
            read(&mut report, line).unwrap();
        }
        let expected = [
            ("put".to_owned(), Outcome::Ok),
            ("get".to_owned(), Outcome::Failed("KeyError: 1".to_owned())),
            ("tagging".to_owned(), Outcome::Unable("no tags".to_owned())),
        ];
        assert_eq!(report.cases, expected);
        assert_eq!(report.presigned.len(), 1);
        for line in ["hello", "{}", r#"{"case": "put"}"#, r#"{"presigned": [{"key": "k"}]}"#] {
            read(&mut report, line).unwrap_err();
        }
    }
}
