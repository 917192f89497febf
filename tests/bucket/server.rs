//! A server of the S3 protocol over a folder, which can be made to fail.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use hyper::server::conn::http1;
use hyper_util::rt::TokioIo;
use pxt::Config;
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s_fs::FileSystem;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

pub const KEY: &str = "a-key";
pub const SECRET: &str = "hunter2-secret";

/// How the server treats connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Up,
    /// Connections are closed as they come.
    Away,
    /// Connections are taken, and nothing is answered.
    Silent,
}

/// A server on loopback, with one bucket named `bucket`. It ends with the test's runtime.
pub struct Server {
    folder: PathBuf,
    address: SocketAddr,
    mode: watch::Sender<Mode>,
}

impl Server {
    /// Serves a folder.
    pub fn start(folder: &Path) -> Self {
        std::fs::create_dir_all(folder.join("bucket")).expect("can be made");
        let mut builder = S3ServiceBuilder::new(FileSystem::new(folder).expect("is a folder"));
        builder.set_auth(SimpleAuth::from_single(KEY, SECRET));
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("binds");
        listener.set_nonblocking(true).expect("is a socket");
        let address = listener.local_addr().expect("is bound");
        let (mode, changes) = watch::channel(Mode::Up);
        let listener = TcpListener::from_std(listener).expect("is a socket");
        tokio::spawn(accept(listener, builder.build(), changes));
        Self { folder: folder.to_owned(), address, mode }
    }

    /// Where it listens: `127.0.0.1:40123`.
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    pub fn set(&self, mode: Mode) {
        self.mode.send_replace(mode);
    }

    /// A configuration whose media is in the bucket.
    pub fn configure(&self, config: Config) -> Config {
        configured(config, &self.address())
    }

    /// How many files rows could name.
    pub fn files(&self) -> usize {
        files(&self.folder)
    }

    /// How many files were moved aside.
    pub fn aside(&self) -> usize {
        count(&self.folder.join("bucket/m/.trash"))
    }

    /// The path of a file by the URL of its service.
    pub fn path_of(&self, url: &str) -> PathBuf {
        self.folder.join("bucket/m").join(url.strip_prefix("/media/").expect("is a media URL"))
    }

    /// What uploads of several parts have left.
    pub fn parts(&self) -> usize {
        let names = self.folder.read_dir().expect("is a folder").filter_map(Result::ok);
        names.filter(|entry| entry.file_name().to_string_lossy().contains("upload")).count()
    }
}

/// A configuration whose media is in the bucket of the server at this address.
pub fn configured(config: Config, address: &str) -> Config {
    config
        .media("s3://bucket/m")
        .media_option("aws_endpoint", format!("http://{address}"))
        .media_option("aws_allow_http", "true")
        .media_option("aws_access_key_id", KEY)
        .media_option("aws_secret_access_key", SECRET)
}

/// The files in the bucket of a served folder that rows could name.
pub fn files(folder: &Path) -> usize {
    let Ok(tables) = folder.join("bucket/m").read_dir() else { return 0 };
    let names = tables.filter_map(Result::ok).filter(|entry| !entry.file_name().to_string_lossy().starts_with('.'));
    names.map(|entry| count(&entry.path())).sum()
}

fn count(folder: &Path) -> usize {
    let Ok(entries) = folder.read_dir() else { return 0 };
    entries.filter_map(Result::ok).map(|entry| if entry.path().is_dir() { count(&entry.path()) } else { 1 }).sum()
}

async fn accept(listener: TcpListener, service: S3Service, mut mode: watch::Receiver<Mode>) {
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let Ok((stream, _)) = accepted else { return };
                let now = *mode.borrow();
                let service = service.clone();
                connections.spawn(async move {
                    match now {
                        Mode::Up => drop(http1::Builder::new().serve_connection(TokioIo::new(stream), service).await),
                        Mode::Away => drop(stream),
                        Mode::Silent => {
                            let _held = stream;
                            std::future::pending::<()>().await;
                        }
                    }
                });
            }
            // No longer when the test has dropped its handle; the server goes on.
            Ok(()) = mode.changed() => connections.abort_all(),
        }
    }
}
