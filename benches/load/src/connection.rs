//! One keep-alive HTTP/1.1 connection, with as little work per request as possible: the driver shares the machine's cores
//! with the service that it measures. Requests are prebuilt bytes; answers must carry a `content-length`.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::error::LoadError;

/// An open connection, between two requests.
#[derive(Debug)]
pub struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
}

/// An answer, in the connection's buffer.
#[derive(Debug)]
pub struct Answer<'a> {
    /// The status code.
    pub status: u16,
    /// The body.
    pub body: &'a [u8],
}

/// The bytes of a POST request with a JSON body.
pub fn post(path: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// The bytes of a POST request with a form of one file, whose content stands in it as it is.
pub fn post_file(path: &str, field: &str, name: &str, content_type: &str, file: &[u8]) -> Vec<u8> {
    const BOUNDARY: &str = "a-boundary-that-no-picture-holds";
    let head = format!(
        "--{BOUNDARY}\r\ncontent-disposition: form-data; name=\"{field}\"; filename=\"{name}\"\r\n\
         content-type: {content_type}\r\n\r\n"
    );
    let end = format!("\r\n--{BOUNDARY}--\r\n");
    let length = head.len() + file.len() + end.len();
    let request = format!(
        "POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: multipart/form-data; boundary={BOUNDARY}\r\n\
         content-length: {length}\r\n\r\n{head}"
    );
    [request.as_bytes(), file, end.as_bytes()].concat()
}

/// The bytes of a GET request.
pub fn get(path: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n").into_bytes()
}

impl Connection {
    /// Connects.
    ///
    /// # Errors
    /// [`LoadError::Io`] when nobody listens.
    pub async fn open(address: SocketAddr) -> Result<Self, LoadError> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, buffer: vec![0; 16 * 1024] })
    }

    /// Sends one request and reads its answer to the end.
    ///
    /// # Errors
    /// [`LoadError::Io`] when the connection breaks, [`LoadError::Wire`] when the answer is not one that the driver reads.
    pub async fn ask(&mut self, request: &[u8]) -> Result<Answer<'_>, LoadError> {
        self.stream.write_all(request).await?;
        let mut filled = 0;
        let (status, body, end) = loop {
            if filled == self.buffer.len() {
                self.buffer.resize(filled * 2, 0);
            }
            let read = self.stream.read(&mut self.buffer[filled..]).await?;
            if read == 0 {
                return Err(LoadError::Wire("the service closed the connection"));
            }
            filled += read;
            let Some(head) = parse_head(&self.buffer[..filled])? else { continue };
            let end = head.size + head.content_length;
            if filled >= end {
                break (head.status, head.size, end);
            }
        };
        if filled > end {
            return Err(LoadError::Wire("more bytes than `content-length` says"));
        }
        Ok(Answer { status, body: &self.buffer[body..end] })
    }
}

/// What the driver needs of an answer's head.
#[derive(Debug, PartialEq)]
struct Head {
    status: u16,
    /// Bytes up to and with the empty line.
    size: usize,
    content_length: usize,
}

/// The head, or nothing while its end is still to come.
fn parse_head(bytes: &[u8]) -> Result<Option<Head>, LoadError> {
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else { return Ok(None) };
    let text = str::from_utf8(&bytes[..end]).map_err(|_| LoadError::Wire("a head that is not text"))?;
    let mut lines = text.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.strip_prefix("HTTP/1.1 "))
        .and_then(|line| line.get(..3))
        .and_then(|code| code.parse().ok())
        .ok_or(LoadError::Wire("no HTTP/1.1 status line"))?;
    let content_length = lines
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .and_then(|(_, value)| value.trim().parse().ok())
        .ok_or(LoadError::Wire("no `content-length`"))?;
    Ok(Some(Head { status, size: end + 4, content_length }))
}

#[cfg(test)]
mod tests {
    use super::{Connection, Head, parse_head, post};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    #[test]
    fn heads_are_read_whole_or_not_at_all() {
        let answer = b"HTTP/1.1 404 Not Found\r\nDate: x\r\nContent-Length: 12\r\n\r\nno such";
        assert_eq!(parse_head(answer).unwrap(), Some(Head { status: 404, size: 55, content_length: 12 }));
        assert_eq!(parse_head(&answer[..40]).unwrap(), None);
        assert!(parse_head(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n").is_err());
        assert!(parse_head(b"SSH-2.0-x\r\n\r\n").is_err());
    }

    /// Answers each request on one connection with the given writes.
    async fn answering(writes: &'static [&'static [u8]]) -> std::net::SocketAddr {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = [0; 1024];
            while stream.read(&mut request).await.unwrap() > 0 {
                for bytes in writes {
                    stream.write_all(bytes).await.unwrap();
                    tokio::task::yield_now().await;
                }
            }
        });
        address
    }

    #[tokio::test]
    async fn a_connection_is_used_again_and_joins_split_answers() {
        let address = answering(&[b"HTTP/1.1 200 OK\r\ncontent-le", b"ngth: 4\r\n\r\n{", b"}\r\n"]).await;
        let mut connection = Connection::open(address).await.unwrap();
        for _ in 0..3 {
            let answer = connection.ask(&post("/insert", "{}")).await.unwrap();
            assert_eq!((answer.status, answer.body), (200, &b"{}\r\n"[..]));
        }
    }

    #[tokio::test]
    async fn an_answer_larger_than_the_buffer_is_read() {
        static BODY: [u8; 40_000] = [b'x'; 40_000];
        static WRITES: [&[u8]; 2] = [b"HTTP/1.1 200 OK\r\ncontent-length: 40000\r\n\r\n", &BODY];
        let address = answering(&WRITES).await;
        let mut connection = Connection::open(address).await.unwrap();
        assert_eq!(connection.ask(&post("/", "{}")).await.unwrap().body.len(), 40_000);
    }
}
