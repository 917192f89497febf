//! A database file that is taken away, replaced, or of no use from the start.

use super::*;

#[cfg(unix)]
#[tokio::test]
async fn the_first_write_after_the_file_was_removed_is_refused() {
    let place = Place::file();
    let def = posters();
    let store = place.open_with(unwatchful()).await;
    migrate(&store, &[def]).await.unwrap();
    let table = store.prepare(def);
    store.insert(&table, poster(1, "x"), None).await.unwrap();
    let file = place.folder().join("data/pxt.db");
    let kept = place.folder().join("kept.db");
    std::fs::rename(&file, &kept).unwrap();
    let rows = (2..80).map(|id| store.insert(&table, poster(id, "lost"), None));
    for answer in futures_util::future::join_all(rows).await {
        assert!(matches!(answer, Err(StoreError::Gone)), "{answer:?}");
    }
    // Now it is known, and stays so: what was refused may be in the file.
    std::fs::rename(&kept, &file).unwrap();
    for answer in [
        store.insert(&table, poster(100, "x"), None).await.map(drop),
        store.update(&table, vec![Value::Int(1)], 1, vec![(2, Value::Int(1))], None).await.map(drop),
        store.get(&table, vec![Value::Int(1)]).await.map(drop),
        store.count(&table).await.map(drop),
        store.compare(schema(&[def])).await.map(drop),
        store.backfilled(def, &[]).await,
        migrate(&store, &[def, self::table("t.new", vec![auto("id")])]).await.map(drop),
    ] {
        assert!(matches!(answer, Err(StoreError::Gone)), "{answer:?}");
    }
    store.close().await;
}

#[cfg(unix)]
#[tokio::test]
async fn reads_notice_a_replaced_file() {
    let (place, other) = (Place::file(), Place::file());
    let def = posters();
    let store = place.open_with(watchful()).await;
    migrate(&store, &[def]).await.unwrap();
    let table = store.prepare(def);
    store.insert(&table, poster(1, "x"), None).await.unwrap();
    let (second, _) = with_table(&other, def).await;
    second.close().await;
    std::fs::rename(other.folder().join("data/pxt.db"), place.folder().join("data/pxt.db")).unwrap();
    assert!(matches!(store.get(&table, vec![Value::Int(1)]).await, Err(StoreError::Gone)));
    assert!(matches!(store.insert(&table, poster(2, "x"), None).await, Err(StoreError::Gone)));
}

#[cfg(unix)]
#[tokio::test]
async fn a_write_is_refused_once_the_log_was_removed_or_replaced() {
    for replaced in [false, true] {
        let place = Place::file();
        let def = posters();
        let (store, table) = with_table(&place, def).await;
        store.insert(&table, poster(1, "x"), None).await.unwrap();
        let log = place.folder().join("data/pxt.db-wal");
        std::fs::remove_file(&log).unwrap();
        if replaced {
            std::fs::write(&log, "").unwrap();
        }
        let rows = (2..80).map(|id| store.insert(&table, poster(id, "lost"), None));
        for answer in futures_util::future::join_all(rows).await {
            assert!(matches!(answer, Err(StoreError::Gone)), "{answer:?}");
        }
        store.close().await;
    }
}

#[tokio::test]
async fn what_sqlite_does_to_the_log_is_no_loss() {
    let place = Place::file();
    let (store, table) = with_table(&place, posters()).await;
    for id in 1..4 {
        store.insert(&table, poster(id, "x"), None).await.unwrap();
        // Others come and go, and move the log into the file.
        place.execute("PRAGMA wal_checkpoint(TRUNCATE)").await;
    }
    store.insert(&table, poster(4, "x"), None).await.unwrap();
    store.close().await;
}

#[tokio::test]
async fn a_path_that_cannot_be_opened_is_named() {
    let place = Place::file();
    let folder = place.folder().join("data/pxt.db");
    std::fs::create_dir_all(&folder).unwrap();
    let error = Store::open(&place.url()).await.unwrap_err();
    let text = format!("the database `{}` cannot be opened: unable to open database file", folder.display());
    assert_eq!(error.to_string(), text);
    assert!(std::error::Error::source(&error).is_none(), "the text says it all");
}

#[tokio::test]
async fn a_cause_is_told_once() {
    let place = Place::file();
    let (store, _) = with_table(&place, posters()).await;
    place.execute("DROP TABLE _pxt_catalog; CREATE VIEW _pxt_catalog AS SELECT * FROM absent").await;
    let error = store.compare(schema(&[posters()])).await.unwrap_err();
    let source = std::error::Error::source(&error).unwrap();
    assert!(source.to_string().contains("no such table"), "{source}");
    assert!(source.source().is_none());
}
