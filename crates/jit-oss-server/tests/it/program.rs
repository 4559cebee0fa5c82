//! The binary: its first line, its complaints, and being killed.

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use jit_oss::Credentials;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::support::{Ask, BUCKET, blobs, get, put};

const SECRET: &str = "OSS_SERVER_ACCESS_KEY_SECRET";

fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_jit-oss-server"));
    command.env_remove(SECRET).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

/// A running program, killed when dropped.
pub(crate) struct Program(Child, pub(crate) SocketAddr);

impl Program {
    pub(crate) fn start(data: &Path) -> Self {
        let mut command = program();
        command.args(["--listen", "127.0.0.1:0", "--bucket", BUCKET, "--access-key-id", "test-id"]);
        let mut child = command.env(SECRET, "test-secret").arg("--data").arg(data).spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim_end().strip_prefix("listening on http://").unwrap();
        Self(child, address.parse().unwrap())
    }
}

impl Program {
    /// Kills it, and gives what it has said on its standard error.
    pub(crate) fn kill(mut self) -> String {
        self.0.kill().unwrap();
        let mut told = String::new();
        self.0.stderr.as_mut().unwrap().read_to_string(&mut told).unwrap();
        told
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

#[tokio::test]
async fn what_was_acknowledged_survives_a_kill_in_the_middle_of_an_upload() {
    let directory = tempfile::tempdir().unwrap();
    let server = Program::start(directory.path());
    assert_eq!(put("k", "old").v4().send_to(server.1).await.status, 200);
    assert_eq!(put("gone", "").v4().send_to(server.1).await.status, 200);
    let wire = put("k", "x".repeat(32 << 20)).v4();
    let mut stream = TcpStream::connect(server.1).await.unwrap();
    stream.write_all(wire.head().as_bytes()).await.unwrap();
    stream.write_all(&wire.body[..16 << 20]).await.unwrap();
    // More was taken than sockets hold, so some of it is in a file by now.
    while blobs(directory.path()) < 2 {
        tokio::task::yield_now().await;
    }
    drop(server); // kill -9

    let server = Program::start(directory.path());
    assert_eq!(get("k").v4().send_to(server.1).await.text(), "old");
    assert_eq!(get("").v4().send_to(server.1).await.elements("Key"), ["gone", "k"]);
    assert_eq!(blobs(directory.path()), 1, "what was not finished is gone");
}

#[tokio::test]
async fn a_stranger_is_logged_unless_told_otherwise() {
    let directory = tempfile::tempdir().unwrap();
    let server = Program::start(directory.path());
    let stranger = Credentials::new("LTAI5tWhoever", "else");
    let wire = Ask { credentials: stranger, ..get("k") }.v4();
    assert_eq!(wire.send_to(server.1).await.verdict(), "403 InvalidAccessKeyId");
    let told = server.kill();
    assert!(told.starts_with("GetObject GET /my-bucket/k: 403 InvalidAccessKeyId ("), "{told}");
    assert!(told.contains("\n    likely cause: another access key;"), "{told}");
    assert!(!told.contains("Whoever"), "{told}");
}

#[test]
fn credentials_are_made_up_and_shown_when_none_are_given() {
    // An empty variable gives none.
    let mut command = program();
    command.args(["--listen", "localhost:0"]).env(SECRET, "");
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let shown: Vec<_> = (0..3).filter_map(|_| lines.next()).collect();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(shown[0].starts_with("listening on http://127.0.0.1:"), "{shown:?}");
    assert!(shown[1].starts_with("access key id: LTAI"), "{shown:?}");
    assert!(shown[2].starts_with("access key secret: "), "{shown:?}");
}

#[test]
fn what_listens_everywhere_says_so() {
    let mut command = program();
    let mut child = command.args(["--listen", "0.0.0.0:0"]).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let shown: Vec<_> = (0..3).filter_map(|_| lines.next()).collect();
    child.kill().unwrap();
    child.wait().unwrap();
    let port = shown[0].strip_prefix("listening on http://127.0.0.1:").unwrap();
    assert_eq!(shown[1], format!("and on every other address of this machine, port {port}"));
    assert!(shown[2].starts_with("access key id: "), "{shown:?}");
}

#[test]
fn every_option_is_a_variable_and_an_empty_one_is_unset() {
    let mut command = program();
    let variables = [
        ("LISTEN", "127.0.0.1:0"),
        ("BUCKET", "one-bucket,two-bucket"),
        ("REGION", "cn-beijing"),
        ("ACCESS_KEY_ID", "test-id"),
        ("ACCESS_KEY_SECRET", "test-secret"),
        ("SYNC", "power"),
        ("DATA", ""),
        ("LENIENT", "true"),
        ("CONTROL", ""),
        ("LOG", "all"),
        ("LOG_FORMAT", "json"),
        ("RESTORE_TIME", ""),
        ("CALLBACK_ALLOW", "127.0.0.1:1"),
        ("CORS", "http://localhost:5173,*"),
    ];
    command.envs(variables.map(|(name, value)| (format!("OSS_SERVER_{name}"), value)));
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let shown: Vec<_> = (0..8).filter_map(|_| lines.next()).collect();
    child.kill().unwrap();
    child.wait().unwrap();
    let shown = shown.join("\n");
    assert!(
        shown.contains("access key id: test-id") && shown.contains("oss://one-bucket"),
        "{shown}"
    );
    assert!(shown.contains("cn-beijing") && !shown.contains("test-secret"), "{shown}");
    let mut error = String::new();
    child.stderr.take().unwrap().read_to_string(&mut error).unwrap();
    assert!(error.contains("warning: signatures are not checked"), "{error}");
}

#[test]
fn help_names_every_variable() {
    let output = program().arg("--help").output().unwrap();
    let help = String::from_utf8(output.stdout).unwrap();
    for name in ["LISTEN", "DATA", "SYNC", "BUCKET", "REGION", "LENIENT", "LOG", "CORS", "CONTROL"]
    {
        assert!(help.contains(&format!("[env: OSS_SERVER_{name}=")), "{name}\n{help}");
    }
    assert!(help.contains("curl") && help.contains("/-/health"), "{help}");
}

#[test]
fn complaints_say_what_is_wrong_and_what_to_do() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let in_use = listener.local_addr().unwrap().to_string();
    let file = tempfile::NamedTempFile::new().unwrap();
    let file = file.path().to_str().unwrap().to_owned();
    let free = "127.0.0.1:0";
    for (arguments, words) in [
        (vec!["--listen", in_use.as_str()], ["cannot listen on", "choose another"]),
        (vec!["--listen", free, "--bucket", "No"], ["`No` is not a bucket name", "lower-case"]),
        (vec!["--listen", free, "--region", "No"], ["`No` is not a region", "cn-hangzhou"]),
        (vec!["--listen", free, "--data", &file], ["cannot use the data directory", "check"]),
        (vec!["--listen", free, "--access-key-id", "x"], ["without a secret", SECRET]),
        (vec!["--listen", free, "--access-key-secret", "x"], ["without an id", "--access-key-id"]),
        (vec!["--listen", free, "--cors", "localhost:5173"], ["not an origin", "http://localhost"]),
        (vec!["--listen", "nowhere"], ["nowhere", "127.0.0.1:9000"]),
        (vec!["--listen", "9000"], ["9000", "127.0.0.1:9000"]),
        (
            vec!["--listen", free, "--access-key-id", "", "--access-key-secret", "x"],
            ["the access key id is empty", "give the access key's id"],
        ),
        (
            vec!["--listen", free, "--access-key-id", "x", "--access-key-secret", ""],
            ["the access key secret is empty", "give the access key's id and its secret"],
        ),
        (
            vec!["--listen", free, "--access-key-id", "x", "--access-key-secret", "hush\n"],
            ["the access key secret has", "paste it again"],
        ),
    ] {
        let output = program().args(&arguments).output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success(), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        assert!(words.iter().all(|words| error.contains(words)), "{arguments:?}: {error}");
        assert!(!error.contains("os error") && !error.contains("hush"), "{error}");
    }
}

#[test]
fn the_version_is_told() {
    let output = program().arg("--version").output().unwrap();
    let shown = String::from_utf8(output.stdout).unwrap();
    assert_eq!(shown, concat!("jit-oss-server ", env!("CARGO_PKG_VERSION"), "\n"));
}

#[cfg(unix)]
#[test]
fn a_request_to_stop_is_followed() {
    let directory = tempfile::tempdir().unwrap();
    let mut server = Program::start(directory.path());
    let id = server.0.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    assert!(server.0.wait().unwrap().success());
    let mut error = String::new();
    server.0.stderr.take().unwrap().read_to_string(&mut error).unwrap();
    assert_eq!(error, "");
}
