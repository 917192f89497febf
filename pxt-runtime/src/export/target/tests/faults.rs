//! Targets that are away, busy, or not what they were.

use std::time::Instant;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use url::Url;

use super::*;

const TABLE: &str = "CREATE TABLE t (id integer PRIMARY KEY, n integer)";

fn body(id: i64) -> String {
    format!(r#"{{"id": {id}, "n": 1}}"#)
}

/// What stands between a target and its server.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Way {
    Open,
    /// Everybody is cut off.
    Cut,
    /// Whoever comes waits.
    Silent,
}

/// A way to a server that can be closed.
struct Proxy {
    way: watch::Sender<Way>,
    url: String,
}

impl Proxy {
    async fn new(room: &Room) -> Self {
        let mut url = Url::parse(&room.url).unwrap();
        let server = (url.host_str().unwrap().to_owned(), url.port().unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        url.set_port(Some(listener.local_addr().unwrap().port())).unwrap();
        let (way, _) = watch::channel(Way::Open);
        let ways = way.clone();
        tokio::spawn(async move {
            loop {
                let (client, _) = listener.accept().await.unwrap();
                tokio::spawn(pass(client, server.clone(), ways.subscribe()));
            }
        });
        Self { way, url: url.into() }
    }

    /// Returns when nobody is on the way any more.
    async fn set(&self, way: Way) {
        self.way.send_replace(way);
        self.way.closed().await;
    }
}

/// Passes on what is sent until the way is another one.
async fn pass(mut client: TcpStream, server: (String, u16), mut ways: watch::Receiver<Way>) {
    let way = *ways.borrow_and_update();
    let passing = async {
        match way {
            Way::Cut => {}
            Way::Silent => std::future::pending().await,
            Way::Open => {
                let Ok(mut server) = TcpStream::connect(server).await else { return };
                let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
            }
        }
    };
    tokio::select! { _ = ways.changed() => {}, () = passing => {} }
    drop(client);
    drop(ways);
}

async fn write_one(target: &Target, writer: &Writer, id: i64) -> Result<Result<(), Refused>, Away> {
    Ok(write(target, writer, &[body(id)]).await?.remove(0))
}

#[tokio::test]
async fn a_server_that_stops_is_away_and_goes_on_when_it_is_back() {
    for room in rooms().await.into_iter().filter(|room| room.server != Server::Sqlite) {
        room.execute(TABLE).await;
        let proxy = Proxy::new(&room).await;
        let target = target(&proxy.url, Limits { connections: 2, timeout: Duration::from_secs(2) });
        let writer =
            target.describe(None, "t").await.unwrap().unwrap().writer(&["id", "n"], ExportMethod::Insert).unwrap();
        write_one(&target, &writer, 1).await.unwrap().unwrap();
        for (way, id) in [(Way::Cut, 2), (Way::Silent, 3)] {
            proxy.set(way).await;
            let begun = Instant::now();
            let away = write_one(&target, &writer, id).await.unwrap_err().to_string();
            assert!(begun.elapsed() < Duration::from_secs(4), "{away}");
            assert!(away.contains("://127.0.0.1:") && !away.contains('@'), "{away}");
            proxy.set(Way::Open).await;
            tokio::time::timeout(Duration::from_secs(20), async {
                while write_one(&target, &writer, id).await.is_err() {}
            })
            .await
            .unwrap_or_else(|_| panic!("{:?}: it stays away after {way:?}", room.server));
        }
        assert_eq!(room.rows("t", &["id"]).await, "1|2|3", "{:?}", room.server);
    }
}

#[tokio::test]
async fn why_a_server_cannot_be_reached() {
    for room in rooms().await.into_iter().filter(|room| room.server != Server::Sqlite) {
        let limits = Limits { connections: 2, timeout: Duration::from_secs(2) };
        let mut nobody = Url::parse(&room.url).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        nobody.set_port(Some(port)).unwrap();
        let mut stranger = Url::parse(&room.url).unwrap();
        stranger.set_password(Some("s3cret")).unwrap();
        let mut elsewhere = Url::parse(&room.url).unwrap();
        elsewhere.set_path("/nowhere");
        for (url, words) in [(nobody, "refused"), (stranger, "refuses to work: "), (elsewhere, "nowhere")] {
            let away = target(url.as_str(), limits).describe(None, "t").await.unwrap_err().to_string();
            let password = Url::parse(&room.url).unwrap().password().unwrap().to_owned();
            assert!(away.contains(words) && !away.contains("s3cret") && !away.contains(&password), "{away}");
        }
    }
}

#[tokio::test]
async fn a_lock_that_somebody_holds_is_not_waited_for_beyond_the_time() {
    for room in rooms().await {
        room.execute(TABLE).await;
        let target = target(&room.url, Limits { connections: 2, timeout: Duration::from_millis(1500) });
        let writer =
            target.describe(None, "t").await.unwrap().unwrap().writer(&["id", "n"], ExportMethod::Merge).unwrap();
        write_one(&target, &writer, 1).await.unwrap().unwrap();
        let begun = Instant::now();
        let away = match &room.raw {
            Raw::Sqlite(pool) => {
                let lock = pool.begin_with("BEGIN EXCLUSIVE").await.unwrap();
                let away = write_one(&target, &writer, 1).await.unwrap_err();
                lock.rollback().await.unwrap();
                away
            }
            Raw::Postgres(pool) => {
                let mut lock = pool.begin().await.unwrap();
                lock.execute("LOCK TABLE t").await.unwrap();
                let away = write_one(&target, &writer, 1).await.unwrap_err();
                lock.rollback().await.unwrap();
                away
            }
            Raw::Mysql(pool) => {
                let mut lock = pool.begin().await.unwrap();
                lock.execute("UPDATE t SET n = 5 WHERE id = 1").await.unwrap();
                let away = write_one(&target, &writer, 1).await.unwrap_err();
                lock.rollback().await.unwrap();
                away
            }
        };
        assert!(begun.elapsed() < Duration::from_secs(4), "{:?}: {:?}: {away}", room.server, begun.elapsed());
        tokio::time::timeout(Duration::from_secs(20), async { while write_one(&target, &writer, 2).await.is_err() {} })
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn a_table_that_has_changed_or_gone_is_not_the_row_s_fault() {
    for room in rooms().await {
        room.execute(TABLE).await;
        let writer = room.writer("t", &["id", "n"], ExportMethod::Insert).await;
        write_one(&room.target, &writer, 1).await.unwrap().unwrap();
        room.execute("ALTER TABLE t ADD COLUMN more integer").await;
        write_one(&room.target, &writer, 2).await.unwrap().unwrap();
        if room.server != Server::Sqlite {
            room.execute(room.pick("", "ALTER TABLE t ALTER COLUMN n TYPE bigint", "ALTER TABLE t MODIFY n bigint"))
                .await;
            write_one(&room.target, &writer, 3).await.unwrap().unwrap();
        }
        room.execute("ALTER TABLE t RENAME COLUMN n TO m").await;
        let away = write_one(&room.target, &writer, 4).await.unwrap_err().to_string();
        assert!(away.contains('n'), "{away}");
        room.execute("ALTER TABLE t RENAME COLUMN m TO n").await;
        write_one(&room.target, &writer, 4).await.unwrap().unwrap();
        room.execute("DROP TABLE t").await;
        write_one(&room.target, &writer, 5).await.unwrap_err();
        room.execute(TABLE).await;
        write_one(&room.target, &writer, 5).await.unwrap().unwrap();
        assert_eq!(room.rows("t", &["id", "n"]).await, "5 1");
    }
}

#[tokio::test]
async fn a_file_that_is_not_there_is_not_made() {
    let room = Room::sqlite().await;
    let path = room.folder.path().join("none.db");
    let url = format!("sqlite:///{}", path.display());
    let away = target(&url, limits()).describe(None, "t").await.unwrap_err().to_string();
    assert!(away.starts_with(&format!("there is no file `{}`", path.display())), "{away}");
    assert!(!path.exists());
    // An absolute path behind three slashes, where only pxt's own databases have it.
    std::fs::write(&path, "").unwrap();
    let url = format!("sqlite://{}", path.display());
    let away = target(&url, limits()).describe(None, "t").await.unwrap_err().to_string();
    assert!(away.contains(&format!("has four slashes: `sqlite:///{}`", path.display())), "{away}");
    std::fs::write(&path, "no database, as long as the header of one would be, and longer than that, to be sure of it")
        .unwrap();
    let url = format!("sqlite:///{}", path.display());
    let away = target(&url, limits()).describe(None, "t").await.unwrap_err().to_string();
    assert!(away.contains("not a database"), "{away}");
}
