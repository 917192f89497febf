//! The example as a process, and a client of plain sockets.
#![allow(dead_code, reason = "each test has a use for some of it")]

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use pxt::testing::TestDatabase;

const BOUNDARY: &str = "posters-test-boundary";

/// A database of the test's own.
pub(crate) fn database() -> TestDatabase {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(TestDatabase::new()).expect("a database")
}

/// A running example. Killed when dropped.
pub(crate) struct Service {
    child: Child,
    address: String,
}

impl Service {
    /// Starts the example on a free port, over this database, and waits until it listens.
    pub(crate) fn start(database: &TestDatabase) -> Self {
        let config = database.config();
        let mut child = Command::new(env!("CARGO_BIN_EXE_posters"))
            .args(["serve", "--host", "127.0.0.1", "--port", "0"])
            .env("PXT_LOG", "warn")
            .env("PXT_DATABASE", config.database)
            .env("PXT_MEDIA", config.media)
            .env_remove("PXT_PUBLIC_URL")
            .stdout(Stdio::piped())
            .spawn()
            .expect("the example starts");
        let output = BufReader::new(child.stdout.take().expect("is piped"));
        let address = output
            .lines()
            .map_while(Result::ok)
            .find_map(|line| line.split_once("http://").map(|(_, address)| address.to_owned()))
            .expect("the example says where it listens");
        Self { child, address }
    }

    pub(crate) fn address(&self) -> String {
        self.address.clone()
    }

    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        self.child.kill().expect("the example runs");
        self.child.wait().expect("is our own child");
    }

    /// SIGTERM.
    pub(crate) fn terminate(&self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().expect("kill is there").success());
    }

    pub(crate) fn wait(&mut self) -> ExitStatus {
        self.child.wait().expect("is our own child")
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// One connection, kept alive.
pub(crate) struct Client(BufReader<TcpStream>);

impl Client {
    pub(crate) fn connect(address: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        Ok(Self(BufReader::new(stream)))
    }

    pub(crate) fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.get_mut().write_all(bytes)
    }

    pub(crate) fn get(&mut self, path: &str) -> io::Result<(u16, Vec<u8>)> {
        self.write(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n").as_bytes())?;
        self.read_answer()
    }

    /// A GET that is answered when what it asks for has happened, or after some seconds.
    pub(crate) fn get_waiting(&mut self, path: &str) -> io::Result<(u16, Vec<u8>)> {
        self.write(format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nPrefer: wait=20\r\n\r\n").as_bytes())?;
        self.read_answer()
    }

    pub(crate) fn post_json(&mut self, path: &str, body: &str) -> io::Result<(u16, Vec<u8>)> {
        self.write(head(path, "application/json", body.len()).as_bytes())?;
        self.write(body.as_bytes())?;
        self.read_answer()
    }

    pub(crate) fn upload(&mut self, path: &str, title: &str, picture: &[u8]) -> io::Result<(u16, Vec<u8>)> {
        let (head, body) = Self::upload_request(path, title, picture);
        self.write(&[head.as_bytes(), &body].concat())?;
        self.read_answer()
    }

    /// Head and body of a form with a title and a picture.
    pub(crate) fn upload_request(path: &str, title: &str, picture: &[u8]) -> (String, Vec<u8>) {
        let part = format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=");
        let mut body =
            format!("{part}\"title\"\r\n\r\n{title}\r\n{part}\"image\"; filename=\"p.png\"\r\n\r\n").into_bytes();
        body.extend_from_slice(picture);
        body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
        (head(path, &format!("multipart/form-data; boundary={BOUNDARY}"), body.len()), body)
    }

    /// Status and body of the next answer.
    pub(crate) fn read_answer(&mut self) -> io::Result<(u16, Vec<u8>)> {
        let mut line = String::new();
        self.read_line(&mut line)?;
        let status = line.split(' ').nth(1).and_then(|status| status.parse().ok()).ok_or(io::ErrorKind::InvalidData)?;
        let mut length = 0;
        loop {
            line.clear();
            self.read_line(&mut line)?;
            match line.trim_end().split_once(": ") {
                None => break,
                Some((name, value)) if name.eq_ignore_ascii_case("content-length") => {
                    length = value.parse().map_err(|_| io::ErrorKind::InvalidData)?;
                }
                Some(_) => {}
            }
        }
        let mut body = vec![0; length];
        self.0.read_exact(&mut body)?;
        Ok((status, body))
    }

    fn read_line(&mut self, line: &mut String) -> io::Result<()> {
        if self.0.read_line(line)? == 0 { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(()) }
    }
}

fn head(path: &str, content_type: &str, length: usize) -> String {
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n"
    )
}

/// A small picture that no other number has.
pub(crate) fn picture(number: u32) -> Vec<u8> {
    let [_, red, green, blue] = number.to_be_bytes();
    let image = image::RgbImage::from_pixel(12, 8, image::Rgb([red, green, blue]));
    let mut bytes = io::Cursor::new(Vec::new());
    image::DynamicImage::from(image).write_to(&mut bytes, image::ImageFormat::Png).expect("a PNG can be written");
    bytes.into_inner()
}
