//! A gate in front of a server: while it is closed, nobody gets through, and nobody stays.

use std::io;
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// A gate on a port of its own. Closed when dropped.
pub struct Gate {
    pub port: u16,
    /// The connections that are through; none while it is closed.
    through: Arc<Mutex<Option<Vec<TcpStream>>>>,
}

impl Gate {
    /// A closed one in front of this port.
    pub fn before(port: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
        let own = listener.local_addr().expect("is bound").port();
        let through = Arc::new(Mutex::new(None));
        let gate = Self { port: own, through: Arc::clone(&through) };
        // It ends with the process.
        thread::spawn(move || {
            for client in listener.incoming() {
                let Ok(client) = client else { return };
                let mut through = through.lock().expect("no thread panics");
                // One that is closed at once sees its connection end.
                let Some(connections) = &mut *through else { continue };
                let server = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).expect("the server is there");
                for (from, to) in [(&client, &server), (&server, &client)] {
                    let ends = from.try_clone().and_then(|from| Ok((from, to.try_clone()?)));
                    let (mut from, mut to) = ends.expect("a stream has two ends");
                    connections.push(from.try_clone().expect("a stream has two ends"));
                    thread::spawn(move || {
                        // An end of either is an end of both.
                        drop(io::copy(&mut from, &mut to));
                        drop(to.shutdown(Shutdown::Both));
                    });
                }
            }
        });
        gate
    }

    pub fn open(&self) {
        self.through.lock().expect("no thread panics").get_or_insert_default();
    }

    pub fn close(&self) {
        let connections = self.through.lock().expect("no thread panics").take();
        for connection in connections.into_iter().flatten() {
            drop(connection.shutdown(Shutdown::Both));
        }
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.close();
    }
}
