//! A service of the example as a process, and what it answers.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use pxt::testing::TestDatabase;
use reqwest::Client;
use reqwest::multipart::Form;
use serde_json::Value;
use tempfile::TempDir;

/// A database and a folder for the services of a test.
pub(crate) struct Films {
    database: TestDatabase,
    /// The working folder of the processes.
    folder: TempDir,
}

/// A service that runs. It ends with its value.
pub(crate) struct Service {
    child: Child,
    client: Client,
    url: String,
    /// What it said at its start.
    pub(crate) started: Value,
}

/// What a service answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) content_type: String,
    /// The query of the next page.
    pub(crate) next: Option<String>,
    pub(crate) body: bytes::Bytes,
}

/// The program in a working folder.
pub(crate) fn pxt(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pxt"));
    command.args(arguments).current_dir(folder);
    command
}

impl Films {
    pub(crate) async fn new() -> Self {
        let database = TestDatabase::new().await.expect("a database");
        Self { database, folder: tempfile::tempdir().expect("a folder") }
    }

    /// Starts a service, and waits until it listens.
    pub(crate) async fn start(&self, name: &str) -> Service {
        let config = self.database.config();
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/films/pxt.toml");
        let arguments = ["serve", name, "--config", file, "--host", "127.0.0.1", "--port", "0", "--json"];
        let mut child = pxt(self.folder.path(), &arguments)
            .env("FILMS_DATABASE", &config.database)
            .env("FILMS_MEDIA", &config.media)
            .env("PXT_LOG", "error")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("starts");
        let output = child.stdout.take().expect("is piped");
        let line = tokio::task::spawn_blocking(move || {
            let mut line = String::new();
            BufReader::new(output).read_line(&mut line).map(|_| line)
        });
        let line = line.await.expect("reads").expect("is text");
        let started: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{name}: {error}: {line:?}"));
        let url = started["url"].as_str().expect("a URL").to_owned();
        Service { child, client: Client::new(), url, started }
    }
}

impl Service {
    pub(crate) async fn get(&self, path: &str) -> Answer {
        answer(self.client.get(format!("{}{path}", self.url))).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        let request = self.client.post(format!("{}{path}", self.url)).header("content-type", "application/json");
        answer(request.body(body.to_string())).await
    }

    pub(crate) async fn upload(&self, path: &str, form: Form) -> Answer {
        answer(self.client.post(format!("{}{path}", self.url)).multipart(form)).await
    }

    /// Waits until a job is done.
    pub(crate) async fn done(&self, job: &Value) -> Value {
        let id = job["id"].as_str().unwrap_or_else(|| panic!("no job: {job}"));
        let answer =
            answer(self.client.get(format!("{}/jobs/{id}", self.url)).header("prefer", "wait=30")).await.json();
        assert_eq!(answer["status"], "done", "{answer}");
        answer
    }
}

async fn answer(request: reqwest::RequestBuilder) -> Answer {
    let response = request.send().await.expect("answers");
    let header = |name: &str| response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let next = header("link").and_then(|link| Some(link.strip_prefix('<')?.split_once('>')?.0.to_owned()));
    Answer {
        status: response.status().as_u16(),
        content_type: header("content-type").unwrap_or_default(),
        next,
        body: response.bytes().await.expect("arrives"),
    }
}

impl Answer {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
