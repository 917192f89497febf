//! Connections that break at the worst moment, by something in between that breaks them.

use std::sync::atomic::{AtomicU8, Ordering};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use url::Url;

use super::*;

/// What becomes of what is sent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Open,
    /// The connection ends when the server answers.
    NoAnswer,
    /// The connection ends before the server hears anything.
    NoRequest,
    /// The first connection that begins a transaction ends there.
    NoBegin,
    /// The connection ends when the server answers a commit.
    NoCommit,
    /// Nothing arrives any more, and nothing ends.
    Silent,
}

/// Stands between a store and its server.
struct Between {
    url: String,
    way: Arc<AtomicU8>,
}

impl Between {
    async fn new(place: &Place) -> Self {
        let mut url = Url::parse(&place.url()).unwrap();
        let server = (url.host_str().unwrap().to_owned(), url.port().unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        url.set_port(Some(listener.local_addr().unwrap().port())).unwrap();
        let way = Arc::new(AtomicU8::new(Way::Open as u8));
        let ways = way.clone();
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let server = TcpStream::connect(&server).await.unwrap();
                tokio::spawn(carry(client, server, ways.clone()));
            }
        });
        Self { url: url.into(), way }
    }

    fn set(&self, way: Way) {
        self.way.store(way as u8, Ordering::SeqCst);
    }

    async fn open(&self, limits: Limits) -> Store {
        Store::open_with(&self.url, None, limits).await.unwrap()
    }
}

/// Carries bytes both ways until one of the ends goes, or until it may not any more.
async fn carry(mut client: TcpStream, mut server: TcpStream, way: Arc<AtomicU8>) {
    let is = |wanted: Way| way.load(Ordering::SeqCst) == wanted as u8;
    let (mut asked, mut answered) = ([0; 4096], [0; 4096]);
    let mut commits = false;
    loop {
        tokio::select! {
            read = client.read(&mut asked) => {
                let Ok(count @ 1..) = read else { return };
                let has = |word: &[u8]| asked[..count].windows(word.len()).any(|part| part == word);
                commits = has(b"COMMIT");
                if is(Way::Silent) {
                    std::future::pending::<()>().await;
                }
                if is(Way::NoBegin) && has(b"BEGIN") {
                    return way.store(Way::Open as u8, Ordering::SeqCst);
                }
                if is(Way::NoRequest) || server.write_all(&asked[..count]).await.is_err() {
                    return;
                }
            }
            read = server.read(&mut answered) => {
                let Ok(count @ 1..) = read else { return };
                let cut = is(Way::NoAnswer) || is(Way::NoCommit) && commits;
                if cut || client.write_all(&answered[..count]).await.is_err() {
                    return;
                }
            }
        }
    }
}

/// A store with a table, whose statements the connections know already.
async fn open(place: &Place, limits: Limits) -> (Between, Store, Arc<TableStatements>) {
    let between = Between::new(place).await;
    let store = between.open(limits).await;
    let def = posters();
    migrate(&store, &[def]).await.unwrap();
    let table = store.prepare(def);
    // One connection writes, so that it is the one that breaks.
    store.insert(&table, poster(0, "before"), None).await.unwrap();
    (between, store, table)
}

fn few() -> Limits {
    Limits { connections: 5, ..unwatchful() }
}

async fn is_there(place: &Place, id: i64) -> bool {
    place.texts(&format!("SELECT title FROM \"films.posters\" WHERE id = {id}")).await.len() == 1
}

#[tokio::test]
#[ignore = "needs a server in PXT_TEST_DATABASE"]
async fn a_row_that_may_be_stored_is_not_called_lost_and_not_sent_again() {
    let place = Place::server().await;
    let (between, store, table) = open(&place, few()).await;
    for (id, way) in [(1, Way::NoAnswer), (2, Way::NoRequest)] {
        between.set(way);
        let error = store.insert(&table, poster(id, "in doubt"), None).await.unwrap_err();
        assert!(matches!(error, StoreError::Uncertain), "{error:?}");
        between.set(Way::Open);
        // The next one has a connection of its own.
        store.insert(&table, poster(id + 10, "sure"), None).await.unwrap();
        assert_eq!(is_there(&place, id).await, way == Way::NoAnswer);
    }
}

#[tokio::test]
#[ignore = "needs a server in PXT_TEST_DATABASE"]
async fn a_transaction_is_in_doubt_from_its_commit_on() {
    let place = Place::server().await;
    let (between, store, table) = open(&place, few()).await;
    let other = self::table("t.other", vec![key("id", ColumnType::Int)]);
    migrate(&store, &[table.def(), other]).await.unwrap();
    let other = store.prepare(other);
    for (id, way) in [(1, Way::NoBegin), (2, Way::NoCommit)] {
        between.set(way);
        // Two statements: one transaction.
        let (first, second) = tokio::join!(
            store.insert(&table, poster(id, "x"), None),
            store.insert(&other, vec![Value::Int(id)], None),
        );
        for done in [first, second] {
            let sure = matches!(done, Ok(None)) && way == Way::NoBegin;
            assert!(sure || matches!(done, Err(StoreError::Uncertain)) && way == Way::NoCommit, "{id}: {done:?}");
        }
        between.set(Way::Open);
        assert!(is_there(&place, id).await);
    }
}

#[tokio::test]
#[ignore = "needs a server in PXT_TEST_DATABASE"]
async fn a_server_that_says_nothing_is_not_waited_for_for_ever() {
    let place = Place::server().await;
    let short = Duration::from_millis(300);
    let (between, store, table) = open(&place, Limits { wait: short, statement: short, ..few() }).await;
    let key = || vec![Value::Int(0)];
    assert!(store.get(&table, key()).await.unwrap().is_some());
    assert!(store.find(&table, key()).await.unwrap().is_some());
    between.set(Way::Silent);
    let (insert, get, find) = tokio::join!(
        store.insert(&table, poster(1, "unheard"), None),
        store.get(&table, key()),
        store.find(&table, key()),
    );
    assert!(matches!(insert, Err(StoreError::Uncertain)), "{insert:?}");
    assert!(matches!(get, Err(StoreError::Busy)), "{get:?}");
    assert!(matches!(find, Err(StoreError::Busy)), "{find:?}");
    between.set(Way::Open);
    // Those that were silent stay so; new ones are not.
    assert!(store.get(&table, key()).await.unwrap().is_some());
    store.insert(&table, poster(2, "heard"), None).await.unwrap();
}
