use std::sync::Mutex;
use std::time::Duration;

use futures_util::FutureExt;

use super::*;
use crate::media::tests::{files, grow_old, nothing_referenced, over, store, unpinned};
use crate::schema::ColumnType;

const TABLE: &str = "films.posters";

async fn put(store: &MediaStore, table: &str, text: &str) -> Media {
    store.put(table, ColumnType::Document, text.to_owned().into()).await.unwrap()
}

async fn settle(store: &MediaStore, media: Media) -> Media {
    store.settle(TABLE, ColumnType::Document, media, None).await.unwrap()
}

#[tokio::test]
async fn what_a_request_brought_goes() {
    let (folder, store) = store();
    let uploaded = put(&store, TABLE, "uploaded").await;
    // The table room settles what the route uploaded, and holds clones.
    let uploaded = settle(&store, uploaded).await;
    let clone = uploaded.clone();
    let made = settle(&store, Media::from_bytes("made")).await;
    let inline = settle(&store, Media::from_url("data:,inline")).await;
    let copied = settle(&store, unpinned(&store, put(&store, "other", "copied").await)).await;
    // Twice the same content in one row.
    let again = settle(&store, Media::from_bytes("made")).await;
    let staged = store.put(TABLE, ColumnType::Document, vec![7; 3_000_000].into()).await.unwrap();
    assert_eq!(files(folder.path()).len(), 6);

    let all = vec![uploaded, made, inline, copied, again, staged];
    store.discard(TABLE, all, nothing_referenced).await.unwrap();
    assert_eq!(files(folder.path()).len(), 1, "the other table's stays");
    assert!(matches!(clone.bytes().await, Err(MediaError::Missing)));

    // A pin that outlives its file does not keep the next one of the same name.
    let next = put(&store, TABLE, "uploaded").await;
    store.discard(TABLE, vec![next], nothing_referenced).await.unwrap();
    assert_eq!(files(folder.path()).len(), 1);
}

#[tokio::test]
async fn what_others_use_stays() {
    let (folder, store) = store();
    let mine = put(&store, TABLE, "shared").await;
    let theirs = put(&store, TABLE, "shared").await;
    store.discard(TABLE, vec![mine], nothing_referenced).await.unwrap();
    assert_eq!(theirs.bytes().await.unwrap(), "shared");
    // The last of those who give it up takes it away.
    store.discard(TABLE, vec![theirs], nothing_referenced).await.unwrap();
    assert!(files(folder.path()).is_empty());

    let named = put(&store, TABLE, "named").await;
    let key = named.key().unwrap().to_owned();
    let referenced = |keys: Vec<String>| {
        assert_eq!(keys, std::slice::from_ref(&key));
        let named = HashSet::from([key.clone()]);
        async move { Ok(named) }
    };
    store.discard(TABLE, vec![named.clone()], referenced).await.unwrap();
    assert_eq!(named.bytes().await.unwrap(), "named");
    let unanswered = store.discard(TABLE, vec![named.clone()], |_| async { Err("no answer".into()) });
    assert!(unanswered.await.is_err());
    store.discard("other", vec![named.clone()], nothing_referenced).await.unwrap();
    assert_eq!(named.bytes().await.unwrap(), "named");
}

#[tokio::test]
async fn what_was_there_stays() {
    let (folder, store) = store();
    let stored = unpinned(&store, put(&store, TABLE, "stored").await);
    let url = MediaStore::url(stored.key().unwrap(), None);
    let (attached, named) = (stored.clone(), settle(&store, Media::from_url(url.as_str())).await);
    let identity = settle(&store, stored.clone()).await;
    // Named by its address and uploaded too: the address may be known to others.
    let uploaded = put(&store, TABLE, "stored").await;
    for given in [vec![attached], vec![named.clone(), uploaded], vec![identity], vec![named]] {
        store.discard(TABLE, given, nothing_referenced).await.unwrap();
        assert_eq!(stored.bytes().await.unwrap(), "stored");
    }
    let (_elsewhere, foreign) = crate::media::tests::store();
    let uploaded = put(&foreign, TABLE, "stored").await;
    store.discard(TABLE, vec![uploaded], nothing_referenced).await.unwrap();
    assert_eq!(files(folder.path()).len(), 1);
}

/// Another request that brings the same content while rows are asked waits, and stores it anew.
#[tokio::test]
async fn what_comes_between_answer_and_deletion_is_stored_anew() {
    let (folder, store) = store();
    for others in [store.clone(), over(&folder)] {
        let mine = put(&store, TABLE, "again").await;
        let theirs = Mutex::new(None);
        let referenced = |_| {
            let mut putting = Box::pin(put(&others, TABLE, "again"));
            let begun = putting.as_mut().now_or_never();
            assert!(begun.is_none());
            *theirs.lock().unwrap() = Some(putting);
            async { Ok(HashSet::new()) }
        };
        store.discard(TABLE, vec![mine], referenced).await.unwrap();
        let putting = theirs.lock().unwrap().take().unwrap();
        let theirs = putting.await;
        assert_eq!(unpinned(&store, theirs.clone()).bytes().await.unwrap(), "again");
        others.discard(TABLE, vec![theirs], nothing_referenced).await.unwrap();
        assert!(files(folder.path()).is_empty());
    }
}

#[tokio::test]
async fn the_sweep_passes_over_what_is_in_use() {
    let (folder, store) = store();
    let slow = put(&store, TABLE, "of a long job").await;
    let key = slow.key().unwrap().to_owned();
    grow_old(&folder, &key);
    let hour = Duration::from_secs(3600);
    let clone = slow.clone();
    drop(slow);
    assert_eq!(store.sweep(TABLE, hour, nothing_referenced).await.unwrap(), 0);
    drop(clone);
    assert_eq!(store.sweep(TABLE, hour, nothing_referenced).await.unwrap(), 1);
}

/// A database of keys.
type Rows = Arc<Mutex<HashSet<String>>>;

/// Which of these keys rows name.
async fn named(rows: &Rows, keys: Vec<String>) -> Result<HashSet<String>, BoxError> {
    let named = keys.into_iter().filter(|key| rows.lock().unwrap().contains(key)).collect();
    tokio::task::yield_now().await;
    Ok(named)
}

async fn refused(store: MediaStore, rows: Rows, text: String) {
    let media = put(&store, TABLE, &text).await;
    let media = settle(&store, media).await;
    store.discard(TABLE, vec![media], |keys| named(&rows, keys)).await.unwrap();
}

async fn swept(store: MediaStore, rows: Rows) {
    store.sweep(TABLE, Duration::ZERO, |keys| named(&rows, keys)).await.unwrap();
}

async fn kept(store: MediaStore, rows: Rows, text: String) {
    let media = put(&store, TABLE, &text).await;
    tokio::task::yield_now().await;
    assert_eq!(media.bytes().await.unwrap(), text);
    rows.lock().unwrap().insert(media.key().unwrap().to_owned());
    let committed = unpinned(&store, media);
    tokio::task::yield_now().await;
    assert_eq!(committed.bytes().await.unwrap(), text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_keeps_a_file_finds_it() {
    let (folder, store) = store();
    let stores = [store, over(&folder)];
    for round in 0..20 {
        let rows = Rows::default();
        let text = |content: usize| format!("{content} of round {round}");
        let mut tasks = tokio::task::JoinSet::new();
        for task in 0..24 {
            // Two contents that some keep, one that nobody keeps.
            tasks.spawn(refused(stores[task % 2].clone(), rows.clone(), text(task % 3)));
            if task % 4 == 3 {
                tasks.spawn(kept(stores[task / 8 % 2].clone(), rows.clone(), text(task / 4 % 2)));
            }
            if task % 8 == 0 {
                tasks.spawn(swept(stores[task / 8 % 2].clone(), rows.clone()));
            }
        }
        while let Some(ended) = tasks.join_next().await {
            ended.unwrap();
        }
        for store in &stores {
            swept(store.clone(), rows.clone()).await;
        }
        let rows = rows.lock().unwrap();
        assert_eq!(rows.len(), 2);
        assert!(rows.iter().all(|key| folder.path().join(key).exists()));
        assert_eq!(files(folder.path()).len(), 2, "nothing else is left");
    }
}
