//! A database that follows its schema: what is additive is applied at the start, what is not stops it.

use std::sync::atomic::{AtomicI64, Ordering};

use pxt::testing::TestDatabase;
use pxt::{App, Config, Table};

mod first {
    #[derive(pxt::Table)]
    #[table(name = "films")]
    pub struct Film {
        #[column(primary_key, auto)]
        pub id: i64,
        pub title: String,
    }
    pxt::schema![Film];
}

/// The table of others, and a computed column.
mod adopted {
    #[derive(pxt::Table)]
    #[table(name = "films")]
    pub struct Film {
        #[column(primary_key)]
        pub id: i64,
        pub title: String,
        #[column(computed = pxt::functions::string::len(title))]
        pub length: i64,
    }
    pxt::schema![Film];
}

/// Two more columns, a computed one, and one more table.
mod second {
    #[derive(pxt::Table)]
    #[table(name = "films")]
    pub struct Film {
        #[column(primary_key, auto)]
        pub id: i64,
        pub title: String,
        pub note: Option<String>,
        #[column(default = 3)]
        pub stars: i64,
        #[column(computed = crate::evolve::shouted(title, stars))]
        pub shout: String,
        #[column(computed = pxt::functions::string::len(shout))]
        pub length: i64,
    }

    #[derive(pxt::Table)]
    pub struct Actor {
        #[column(primary_key)]
        pub name: String,
    }
    pxt::schema![Film, Actor];
}

/// The same columns, one of them computed in another way.
mod third {
    #[derive(pxt::Table)]
    #[table(name = "films")]
    pub struct Film {
        #[column(primary_key, auto)]
        pub id: i64,
        pub title: String,
        pub note: Option<String>,
        #[column(default = 3)]
        pub stars: i64,
        #[column(computed = pxt::functions::string::lower(title))]
        pub shout: String,
        #[column(computed = pxt::functions::string::len(shout))]
        pub length: i64,
    }
    pxt::schema![Film];
}

/// Not additive, three times.
mod other {
    #[derive(pxt::Table)]
    #[table(name = "films")]
    pub struct Film {
        #[column(primary_key)]
        pub id: String,
        pub stars: String,
        pub director: String,
    }
    pxt::schema![Film];
}

/// How often [`shouted`] has run.
static SHOUTED: AtomicI64 = AtomicI64::new(0);

#[pxt::udf]
fn shouted(title: String, stars: i64) -> String {
    SHOUTED.fetch_add(1, Ordering::SeqCst);
    format!("{} {stars}", title.to_uppercase())
}

async fn filled(config: &Config) {
    let app = App::open(config.clone(), &first::SCHEMA).await.expect("opens");
    for n in 0..600 {
        first::Film::insert(&app, first::NewFilm { title: format!("Alien {n}") }).await.expect("inserts");
    }
    app.close().await;
}

#[tokio::test]
async fn new_columns_are_added_and_computed() {
    let database = TestDatabase::new().await.expect("a database");
    let config = database.config();
    filled(&config).await;

    let app = App::open(config.clone(), &second::SCHEMA).await.expect("opens");
    for id in [1, 257, 600] {
        let film = second::Film::get(&app, id).await.expect("reads").expect("is there");
        assert_eq!((film.note, film.stars), (None, 3));
        assert_eq!(film.shout, format!("ALIEN {} 3", id - 1));
        assert_eq!(film.length, film.shout.len() as i64);
    }
    second::Actor::insert(&app, second::NewActor { name: "Sigourney".into() }).await.expect("has its table");
    app.close().await;

    let ran = SHOUTED.load(Ordering::SeqCst);
    let app = App::open(config.clone(), &second::SCHEMA).await.expect("opens");
    assert_eq!(SHOUTED.load(Ordering::SeqCst), ran, "nothing is computed twice");
    app.close().await;

    let app = App::open(config, &third::SCHEMA).await.expect("opens");
    let film = third::Film::get(&app, 600).await.expect("reads").expect("is there");
    assert_eq!((film.shout.as_str(), film.length), ("alien 599", 9), "computed anew, and what follows from it");
}

#[tokio::test]
async fn all_other_differences_stop_the_start_at_once() {
    let database = TestDatabase::new().await.expect("a database");
    let config = database.config();
    filled(&config).await;
    let text = App::open(config.clone(), &other::SCHEMA).await.err().expect("is refused").to_string();
    for column in ["id", "director", "title"] {
        assert!(text.contains(column), "{text}");
    }
    assert!(text.contains("tests/http/evolve.rs:"), "{text}");
    // And nothing was changed.
    let app = App::open(config, &first::SCHEMA).await.expect("opens");
    assert_eq!(first::Film::get(&app, 1).await.expect("reads").expect("is there").title, "Alien 0");
}

#[tokio::test]
async fn without_auto_migrate_a_difference_is_only_reported() {
    let database = TestDatabase::new().await.expect("a database");
    let mut config = database.config();
    filled(&config).await;
    config.auto_migrate = false;
    let text = App::open(config.clone(), &second::SCHEMA).await.err().expect("is refused").to_string();
    assert!(text.contains("`films.shout` is new") && text.contains("`actor` is new"), "{text}");
    App::open(config, &first::SCHEMA).await.expect("is as it was");
}

#[tokio::test]
async fn a_table_of_others_is_adopted_by_name() {
    let database = TestDatabase::new().await.expect("a database");
    database
        .execute(
            "CREATE TABLE films (id BIGINT PRIMARY KEY NOT NULL, title VARCHAR(80) NOT NULL); \
             INSERT INTO films VALUES (7, 'Alien')",
        )
        .await
        .expect("is made");
    let open = async |config: Config| App::open(config, &adopted::SCHEMA).await;
    let text = open(database.config()).await.err().expect("is refused").to_string();
    assert!(text.contains("adopt it with `Config::adopt([\"films\"])`"), "{text}");
    let text = open(database.config().adopt(["film"])).await.err().expect("is refused").to_string();
    assert!(text.contains("`adopt` names the table `film`, which is not declared; did you mean `films`?"), "{text}");
    // The name stays in the configuration.
    for _ in 0..2 {
        let app = open(database.config().adopt(["films"])).await.expect("opens");
        let film = adopted::Film::get(&app, 7).await.expect("reads").expect("is there");
        assert_eq!((film.title.as_str(), film.length), ("Alien", 5), "computed for the rows of others too");
        app.close().await;
    }
}
