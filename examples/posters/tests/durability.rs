//! `kill -9` while 32 connections insert: after a restart every acknowledged row is there, and its files.
#![allow(clippy::print_stdout, reason = "a test says what it counted")]

mod service;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use service::{Client, Service, database, picture};

const CONNECTIONS: usize = 32;
const ROUNDS: usize = 3;

/// What the service acknowledged: the row's id, and the picture that was sent with it.
struct Acknowledged {
    id: String,
    title: String,
    thumbnail: String,
}

#[test]
fn nothing_acknowledged_is_lost() {
    let database = database();
    let acknowledged = Mutex::new(Vec::new());
    let sent = AtomicUsize::new(0);
    for round in 1..=ROUNDS {
        let mut service = Service::start(&database);
        let (address, enough) = (service.address(), round * 150);
        thread::scope(|scope| {
            for _ in 0..CONNECTIONS {
                scope.spawn(|| insert_until_killed(&address, &sent, &acknowledged));
            }
            while acknowledged.lock().expect("no writer panics").len() < enough {
                thread::yield_now();
            }
            service.kill();
        });
    }
    let acknowledged = acknowledged.into_inner().expect("no writer panics");
    assert!(acknowledged.len() >= ROUNDS * 150);

    let service = Service::start(&database);
    let mut client = Client::connect(&service.address()).expect("the service answers");
    for row in &acknowledged {
        let body = format!(r#"{{"id":"{}","note":"seen"}}"#, row.id);
        let (status, answer) = client.post_json("/posters/update", &body).expect("answers");
        assert_eq!(status, 200, "{}: {}", row.id, String::from_utf8_lossy(&answer));
        let answer: serde_json::Value = serde_json::from_slice(&answer).expect("is JSON");
        assert_eq!(answer["title"], row.title.as_str());
        let (status, thumbnail) = client.get(&row.thumbnail).expect("answers");
        assert_eq!(status, 200, "{}", row.thumbnail);
        image::load_from_memory(&thumbnail).expect("the thumbnail is whole");
    }
    println!(
        "{} acknowledged rows of {} sent, {ROUNDS} kills: none lost",
        acknowledged.len(),
        sent.load(Ordering::SeqCst)
    );
}

/// Inserts posters, each with a picture of its own, until the connection breaks.
fn insert_until_killed(address: &str, sent: &AtomicUsize, acknowledged: &Mutex<Vec<Acknowledged>>) {
    let Ok(mut client) = Client::connect(address) else { return };
    loop {
        let number = sent.fetch_add(1, Ordering::SeqCst);
        let title = format!("poster {number}");
        let Ok((status, answer)) = client.upload("/posters", &title, &picture(number as u32)) else { return };
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
        let answer: serde_json::Value = serde_json::from_slice(&answer).expect("is JSON");
        let text = |name: &str| answer[name].as_str().expect("is text").to_owned();
        let row = Acknowledged { id: text("id"), title, thumbnail: text("thumbnail") };
        acknowledged.lock().expect("no writer panics").push(row);
    }
}

#[test]
fn sigterm_lets_running_requests_finish() {
    let database = database();
    let mut service = Service::start(&database);
    let mut client = Client::connect(&service.address()).expect("the service answers");
    // The service has begun to read the request when it asks for the body; then comes the signal, then the body.
    let (head, body) = Client::upload_request("/posters", "half", &picture(7));
    client.write(head.replace("\r\n\r\n", "\r\nExpect: 100-continue\r\n\r\n").as_bytes()).expect("is taken");
    assert_eq!(client.read_answer().expect("answers").0, 100);
    service.terminate();
    client.write(&body).expect("is taken");
    let (status, answer) = client.read_answer().expect("answers");
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&answer));
    assert!(service.wait().success(), "a clean stop");
}
