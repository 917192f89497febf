//! The processes: nodes, which are this program again, and the PostgreSQL server. Each ends with its value, by its own id.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use pxt::{App, Config, Routes, Schema};
use tempfile::TempDir;
use tokio::net::TcpListener;

use crate::s3;

/// Set in the environment of nodes.
pub const NODE: &str = "PXT_TEST_NODE";

/// Serves on a free port, as the environment says, until the input ends: a node does not outlive its test.
pub async fn serve(schema: &'static Schema, declare: impl FnOnce(Routes) -> Routes) {
    let config = Config::from_env().expect("the environment is read");
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("binds");
    let app = App::open(config, schema).await.expect("opens");
    let serving = pxt::serve(declare(app.routes()), listener, Duration::from_secs(5));
    let ended = tokio::task::spawn_blocking(|| std::io::stdin().read(&mut [0]));
    tokio::select! {
        served = serving => served.expect("the routes are right"),
        ended = ended => assert_eq!(ended.expect("waits").expect("is a pipe"), 0, "nobody writes to a node"),
    }
    // The reading of the input would hold the runtime.
    std::process::exit(0);
}

/// The environment of a node over this database and the bucket of the server at `bucket`.
pub fn shared(database: &str, bucket: &str) -> Vec<(&'static str, String)> {
    vec![
        ("PXT_DATABASE", database.to_owned()),
        ("PXT_MEDIA", "s3://bucket/m".to_owned()),
        ("AWS_ENDPOINT_URL_S3", format!("http://{bucket}")),
        ("AWS_ALLOW_HTTP", "true".to_owned()),
        ("AWS_ACCESS_KEY_ID", s3::KEY.to_owned()),
        ("AWS_SECRET_ACCESS_KEY", s3::SECRET.to_owned()),
    ]
}

/// A node.
pub struct Node {
    child: Child,
    output: Option<BufReader<std::process::ChildStdout>>,
}

impl Node {
    /// Starts a node in this environment.
    pub fn start(environment: &[(&str, String)]) -> Self {
        let this = std::env::current_exe().expect("is known");
        let mut child = Command::new(this)
            .args(["--exact", "the_node_itself", "--ignored", "--nocapture"])
            .env(NODE, "1")
            .envs(environment.iter().map(|(name, value)| (name, value)))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("starts");
        let output = child.stdout.take().map(BufReader::new);
        Self { child, output }
    }

    /// Waits until it serves: `http://127.0.0.1:40123`.
    pub fn address(&mut self) -> String {
        let mut output = self.output.take().expect("is asked once");
        let mut line = String::new();
        while output.read_line(&mut line).expect("is text") > 0 {
            if let Some((_, address)) = line.trim_end().split_once("Listening on ") {
                let address = address.to_owned();
                // What it says later is read, so that the pipe does not fill.
                std::thread::spawn(move || std::io::copy(&mut output, &mut std::io::sink()));
                return address;
            }
            line.clear();
        }
        panic!("a node did not start");
    }

    /// `kill -9`.
    pub fn kill(&mut self) {
        self.child.kill().expect("the node runs");
        self.child.wait().expect("is our own child");
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // It may have been killed already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// A PostgreSQL server with the durable settings, started by `tests/postgres/server`.
pub struct Postgres {
    pub url: String,
    folder: PathBuf,
    _folder: TempDir,
}

impl Postgres {
    /// None when PostgreSQL is not installed, which is said.
    pub fn start() -> Option<Self> {
        let parent = tempfile::tempdir().expect("a folder");
        let folder = parent.path().join("postgres");
        // Root has the server run as another user, who has to get there.
        #[cfg(unix)]
        std::fs::set_permissions(parent.path(), std::os::unix::fs::PermissionsExt::from_mode(0o711)).expect("is ours");
        let started = script("start", &folder).arg("durable").output().expect("bash is there");
        let error = String::from_utf8_lossy(&started.stderr);
        if started.status.code() == Some(69) {
            // Not by `eprintln`, which the harness keeps to itself.
            drop(writeln!(std::io::stderr(), "nothing was tested: {error}"));
            return None;
        }
        assert!(started.status.success(), "{error}");
        let url = String::from_utf8(started.stdout).expect("is text").trim().to_owned();
        Some(Self { url, folder, _folder: parent })
    }

    /// Ends the server as a crash would, and returns when it takes connections again.
    pub fn restart(&self) {
        assert!(script("restart", &self.folder).status().expect("bash is there").success());
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        drop(script("stop", &self.folder).status());
    }
}

fn script(verb: &str, folder: &Path) -> Command {
    let mut command = Command::new("bash");
    command.arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/postgres/server")).arg(verb).arg(folder);
    command
}
