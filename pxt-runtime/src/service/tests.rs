//! Connections over real sockets: who makes room for whom, who is left, and what is answered at the stop.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::{get, post};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore, oneshot};
use tokio::task::AbortHandle;

use super::accept::Acceptor;
use super::connections::Connections;

/// More than what the system holds for a connection.
const LARGE: usize = 64 << 20;

/// How long a write may wait.
const WRITE: Duration = Duration::from_millis(300);

/// Long enough for a busy machine.
const SOON: Duration = Duration::from_secs(20);

/// A server whose slow answers wait for the test.
struct Server {
    address: std::net::SocketAddr,
    connections: Connections,
    /// A permit for each slow answer.
    slow: Arc<Semaphore>,
    /// Told when the work for a slow answer begins.
    begun: Arc<Notify>,
    /// Told when the work for the next slow answer is dropped.
    dropped: oneshot::Receiver<()>,
    task: AbortHandle,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn router(slow: Arc<Semaphore>, begun: Arc<Notify>, dropped: oneshot::Sender<()>) -> Router {
    let dropped = Arc::new(Mutex::new(Some(dropped)));
    let slow = move || {
        let slow = slow.clone();
        begun.notify_one();
        let told = dropped.lock().expect("nothing panics under it").take();
        async move {
            let _told = told;
            slow.acquire().await.expect("is never closed").forget();
            "slow"
        }
    };
    Router::new()
        .route("/", get(|| async { "quick" }))
        .route("/", post(|body: Bytes| async move { body }))
        .route("/slow", get(slow))
        .route("/large", get(|| async { Body::from(vec![b' '; LARGE]) }))
}

async fn server(most: usize, write_timeout: Duration) -> Server {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("is bound");
    let (slow, (tell, dropped)) = (Arc::new(Semaphore::new(0)), oneshot::channel());
    let connections = Connections::new(most);
    let begun = Arc::new(Notify::new());
    let router = router(slow.clone(), begun.clone(), tell);
    let mut acceptor = Acceptor::new(router, false, connections.clone(), write_timeout);
    let task = tokio::spawn(async move { acceptor.accept(&listener).await }).abort_handle();
    Server { address, connections, slow, begun, dropped, task }
}

impl Server {
    /// A connection that has sent so much.
    async fn sent(&self, text: &str) -> TcpStream {
        let mut stream = TcpStream::connect(self.address).await.expect("is listened to");
        stream.write_all(text.as_bytes()).await.expect("is taken");
        stream
    }

    /// A connection that has been answered, and may be asked again.
    async fn answered(&self) -> TcpStream {
        let mut stream = self.sent("GET / HTTP/1.1\r\nHost: x\r\n\r\n").await;
        assert!(answer(&mut stream, "quick").await);
        stream
    }

    async fn all_places_free(&self) -> bool {
        self.connections.free().is_some()
    }
}

/// Reads an answer that ends with these letters. False when the connection was closed before it.
async fn answer(stream: &mut TcpStream, end: &str) -> bool {
    let mut text = Vec::new();
    let read = async {
        while !text.ends_with(end.as_bytes()) {
            match stream.read_buf(&mut text).await {
                Ok(0) | Err(_) => return false,
                Ok(_) => {}
            }
        }
        true
    };
    let read = tokio::time::timeout(SOON, read).await.expect("is answered or closed");
    assert!(!read || text.starts_with(b"HTTP/1.1 200"), "{}", String::from_utf8_lossy(&text));
    read
}

async fn eventually(mut holds: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(SOON, wait).await.expect("it happens in time");
}

#[tokio::test]
async fn who_has_stood_longest_makes_room() {
    let server = server(4, SOON).await;
    let mut idle = server.answered().await;
    tokio::time::sleep(Duration::from_millis(5)).await;
    let mut half_head = server.sent("GET / HTTP/1.1\r\n").await;
    let mut half_body = server.sent("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf").await;
    let mut untaken = server.sent("GET /large HTTP/1.1\r\nHost: x\r\n\r\n").await;
    eventually(async || !server.all_places_free().await).await;
    let mut new = Vec::new();
    for closed in [&mut idle, &mut half_head] {
        new.push(server.answered().await);
        assert!(!answer(closed, "never").await, "is closed");
    }
    // These have their time, in which the new ones are kept waiting too.
    for closed in [&mut half_body, &mut untaken] {
        for next in &mut new {
            next.write_all(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("is open");
        }
        new = vec![server.answered().await];
        assert!(!answer(closed, "never").await, "is closed");
    }
}

#[tokio::test]
async fn nobody_makes_room_who_waits_for_the_service() {
    let server = server(1, WRITE).await;
    let mut first = server.sent("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n").await;
    eventually(async || !server.all_places_free().await).await;
    let mut second = server.sent("GET / HTTP/1.1\r\nHost: x\r\n\r\n").await;
    let early = tokio::time::timeout(Duration::from_millis(200), answer(&mut second, "quick")).await;
    assert!(early.is_err(), "the second waits for its place");
    server.slow.add_permits(1);
    assert!(answer(&mut first, "slow").await);
    assert!(answer(&mut second, "quick").await);
}

#[tokio::test]
async fn whoever_is_new_finds_a_place() {
    let server = server(100, WRITE).await;
    let mut all = Vec::new();
    for _ in 0..350 {
        all.push(server.answered().await);
    }
    for old in &mut all[..250] {
        assert!(!answer(old, "never").await, "is closed");
    }
    for new in &mut all[250..] {
        new.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("is open");
        assert!(answer(new, "quick").await);
    }
}

#[tokio::test]
async fn who_does_not_take_an_answer_is_left() {
    let server = server(1, WRITE).await;
    let _untaken = server.sent("GET /large HTTP/1.1\r\nHost: x\r\n\r\n").await;
    eventually(async || !server.all_places_free().await).await;
    eventually(async || server.all_places_free().await).await;
}

#[tokio::test]
async fn who_takes_an_answer_slowly_gets_it() {
    let server = server(1, WRITE).await;
    let mut slow = server.sent("GET /large HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    let (mut part, mut total) = (vec![0; LARGE / 8], 0);
    loop {
        // Longer in all than a write may wait.
        tokio::time::sleep(Duration::from_millis(100)).await;
        match slow.read(&mut part).await.expect("goes on") {
            0 => break,
            read => total += read,
        }
        if total > LARGE / 2 {
            break;
        }
    }
    assert!(total > LARGE / 2, "{total} bytes");
}

#[tokio::test]
async fn who_ended_only_its_sending_is_answered() {
    let server = server(4, WRITE).await;
    let requests = [
        ("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n", "slow"),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nhalf-open", "half-open"),
        ("GET /slow HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n", "quick"),
    ];
    for (request, end) in requests {
        let mut client = server.sent(request).await;
        client.shutdown().await.expect("ends its sending");
        let early = tokio::time::timeout(Duration::from_millis(100), client.peek(&mut [0])).await;
        assert_eq!(early.is_err(), request.contains("/slow"), "a slow answer is waited for");
        server.slow.add_permits(1);
        assert!(answer(&mut client, end).await, "{request}");
        assert_eq!(client.read(&mut [0]).await.ok(), Some(0), "then the service ends its sending too");
        server.slow.forget_permits(1);
    }
}

#[tokio::test]
async fn work_for_a_client_that_left_stops() {
    for reset in [true, false] {
        let mut server = server(4, WRITE).await;
        let client = server.sent("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n").await;
        tokio::time::timeout(SOON, server.begun.notified()).await.expect("the work begins");
        if reset {
            client.set_zero_linger().expect("is open");
        }
        drop(client);
        let dropped = tokio::time::timeout(SOON, &mut server.dropped).await.expect("the work stops");
        assert!(dropped.is_err(), "nothing is sent, the sender is dropped");
    }
}

#[tokio::test]
async fn what_came_before_the_stop_is_answered() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("is bound");
    let (tell, _dropped) = oneshot::channel();
    let router = router(Arc::new(Semaphore::new(0)), Arc::default(), tell);
    let acceptor = Acceptor::new(router, false, Connections::new(64), Duration::from_secs(30));
    let mut clients = Vec::new();
    for _ in 0..48 {
        let mut client = TcpStream::connect(address).await.expect("the backlog has room");
        client.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.expect("is taken");
        clients.push(client);
    }
    tokio::time::timeout(SOON, acceptor.finish(listener)).await.expect("all are answered, and closed");
    for client in &mut clients {
        assert!(answer(client, "quick").await);
    }
    assert!(TcpStream::connect(address).await.is_err(), "nobody listens any more");
}
