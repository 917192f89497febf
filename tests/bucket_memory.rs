//! A long upload into a bucket takes flat memory, and so does reading it. A test of its own, so that nothing else runs in
//! the process whose memory is measured; the S3 server runs in another one. `PXT_TEST_UPLOAD_MIB=1024` uploads 1 GiB.
#![cfg(target_os = "linux")]
#![allow(
    clippy::print_stdout,
    dead_code,
    unreachable_pub,
    reason = "a test is no library, uses a part of the server's module, and tells another process where it is"
)]

#[path = "bucket/server.rs"]
mod server;

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use axum::Router;
use axum::body::Body;
use axum::http::Request;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use pxt::{App, Config, Insert, Table};
use server::Server;
use tower::ServiceExt;

mod schema {
    /// A recording.
    #[derive(pxt::Table)]
    #[table(name = "tapes")]
    pub struct Tape {
        #[column(primary_key)]
        pub name: String,
        pub file: pxt::Document,
    }

    pxt::schema![Tape];
}

use schema::{SCHEMA, Tape};

const MIB: usize = 1 << 20;
const MOST: usize = 32 * MIB;
const FOLDER: &str = "PXT_TEST_S3_FOLDER";
const ADDRESS: &str = "serving at ";

/// The S3 server in a process of its own.
struct Apart {
    child: Child,
    address: String,
    /// Open until the end: it writes there once more when it runs for long.
    _output: BufReader<ChildStdout>,
}

impl Apart {
    fn start(folder: &Path) -> Self {
        let this = std::env::current_exe().expect("is known");
        let mut child = Command::new(this)
            .args(["--exact", "the_server_itself", "--ignored", "--nocapture"])
            .env(FOLDER, folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("starts");
        let mut output = BufReader::new(child.stdout.take().expect("is piped"));
        let line = output.by_ref().lines().map(|line| line.expect("is text")).find(|line| line.contains(ADDRESS));
        let address = line.as_deref().and_then(|line| line.split_once(ADDRESS)).expect("says where it is").1.to_owned();
        Self { child, address, _output: output }
    }
}

impl Drop for Apart {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Not a test: what the other process runs.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "it is started by the test of this file"]
async fn the_server_itself() {
    let Some(folder) = std::env::var_os(FOLDER) else { return };
    let server = Server::start(Path::new(&folder));
    println!("{ADDRESS}{}", server.address());
    // Until the test has ended.
    let ended = tokio::task::spawn_blocking(|| std::io::stdin().read(&mut [0])).await.expect("waits");
    assert_eq!(ended.expect("is a pipe"), 0);
}

/// The memory that the process holds, in bytes.
fn resident() -> usize {
    let text = std::fs::read_to_string("/proc/self/statm").expect("Linux has it");
    let pages: usize = text.split(' ').nth(1).and_then(|pages| pages.parse().ok()).expect("a number");
    pages * 4096
}

/// A form with a file of so many MiB, made as it is sent. `most` learns the memory on the way.
fn form(mebibytes: usize, name: &str) -> Request<Body> {
    let head = format!(
        "--x\r\nContent-Disposition: form-data; name=\"name\"\r\n\r\n{name}\r\n--x\r\n\
         Content-Disposition: form-data; name=\"file\"; filename=\"a.bin\"\r\n\r\n"
    );
    let salt = name.len() as u8;
    let chunk = move |at: usize| {
        Bytes::from((0..MIB).map(|i| (i.wrapping_mul(31) >> 3) as u8 ^ salt ^ at as u8).collect::<Vec<u8>>())
    };
    let parts = stream::iter([Bytes::from(head)])
        .chain(stream::iter((0..mebibytes).map(chunk)))
        .chain(stream::iter([Bytes::from_static(b"\r\n--x--\r\n")]));
    Request::post("/tapes")
        .header("content-type", "multipart/form-data; boundary=x")
        .body(Body::from_stream(parts.map(Ok::<_, std::convert::Infallible>)))
        .expect("a request")
}

/// Runs something and says how much the memory grew on the way.
async fn grown<T>(work: impl Future<Output = T>) -> (T, usize) {
    let before = resident();
    let mut most = before;
    let mut work = std::pin::pin!(work);
    let mut ticks = tokio::time::interval(std::time::Duration::from_millis(2));
    loop {
        tokio::select! {
            biased;
            _ = ticks.tick() => most = most.max(resident()),
            result = &mut work => return (result, most.max(resident()) - before),
        }
    }
}

async fn upload(router: &Router, mebibytes: usize, name: &str) -> String {
    let response = router.clone().oneshot(form(mebibytes, name)).await.expect("is infallible");
    let status = response.status();
    let body = axum::body::to_bytes(response.into_body(), MIB).await.expect("is read");
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
    let body: serde_json::Value = serde_json::from_slice(&body).expect("is JSON");
    body["file"].as_str().expect("a URL").to_owned()
}

async fn download(router: &Router, url: &str) -> usize {
    let request = Request::get(url).body(Body::empty()).expect("a request");
    let response = router.clone().oneshot(request).await.expect("is infallible");
    assert_eq!(response.status(), 200);
    let mut body = response.into_body().into_data_stream();
    let mut bytes = 0;
    while let Some(chunk) = body.next().await {
        bytes += chunk.expect("does not break off").len();
    }
    bytes
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn long_files_take_flat_memory() {
    let size = std::env::var("PXT_TEST_UPLOAD_MIB").map_or(96, |size| size.parse().expect("a number"));
    let folder = tempfile::tempdir().expect("a folder");
    let server = Apart::start(&folder.path().join("served"));
    let config = server::configured(Config::in_folder(folder.path()), &server.address);
    // Without optimization, the server needs minutes to join the parts of a gibibyte.
    let mut config = config.media_option("read_timeout", "300s");
    config.max_upload = 4 << 30;
    config.request_timeout = std::time::Duration::from_secs(600);
    let app = App::open(config, &SCHEMA).await.expect("opens");
    let insert = Insert::at("/tapes").uploadfile_inputs(["file"]).outputs(["file"]);
    let router = app.routes().add_insert_route(Tape::DEF.name, insert).router().expect("the routes are right");
    // What a first request makes once for all: connections, threads, their stacks.
    let first = upload(&router, 20, "first").await;
    download(&router, &first).await;

    let (url, took) = grown(upload(&router, size, "whole")).await;
    assert!(took < MOST, "an upload of {size} MiB took {} MiB", took / MIB);
    let (bytes, gave) = grown(download(&router, &url)).await;
    assert_eq!(bytes, size * MIB);
    assert!(gave < MOST, "a download of {size} MiB took {} MiB", gave / MIB);
    println!("an upload of {size} MiB took {} KiB, its download {} KiB", took / 1024, gave / 1024);
    app.close().await;
}
