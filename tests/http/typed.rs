use pxt::{Image, Table};

use crate::schema::{NewPair, NewPoster, Pair, PairChanges, Poster};
use crate::{picture, service};

fn pair(left: &str, value: i64) -> NewPair {
    NewPair { left: left.into(), right: 1, value, note: None }
}

#[tokio::test]
async fn the_operations_as_calls() {
    let service = service().await;
    let app = &service.app;
    let row = Pair::insert(app, pair("a", 1)).await.expect("inserts");
    assert_eq!((row.left.as_str(), row.right, row.next), ("a", 1, 2));
    let error = Pair::insert(app, pair("a", 1)).await.err().expect("is a duplicate");
    assert_eq!((error.status(), error.code()), (409, "duplicate_key"));

    let changes = PairChanges { value: Some(7), note: Some(Some("n".into())) };
    let row = Pair::update(app, ("a".into(), 1), changes).await.expect("updates").expect("is there");
    assert_eq!((row.next, row.note.as_deref()), (8, Some("n")));
    assert!(Pair::update(app, ("b".into(), 1), PairChanges::default()).await.expect("looks").is_none());

    assert_eq!(Pair::get(app, ("a".into(), 1)).await.expect("reads").expect("is there").value, 7);
    assert!(Pair::delete(app, ("a".into(), 1)).await.expect("deletes"));
    assert!(!Pair::delete(app, ("a".into(), 1)).await.expect("looks"));
    assert!(Pair::get(app, ("a".into(), 1)).await.expect("reads").is_none());
}

#[tokio::test]
async fn changes_that_follow_from_the_row_are_not_lost() {
    let service = service().await;
    let app = &service.app;
    Pair::insert(app, pair("a", 1)).await.expect("inserts");
    let key = || ("a".to_owned(), 1);
    let increment = |pair: Pair| Ok(PairChanges { value: Some(pair.value + 1), ..Default::default() });
    let increments = (0..100).map(|_| Pair::update_with(app, key(), increment));
    for row in futures_util::future::join_all(increments).await {
        let row = row.expect("updates").expect("is there");
        assert_eq!(row.next, row.value + 1);
    }
    let refuse = |pair: Pair| Err(pxt::Error::public(409, format!("{} are enough", pair.value)));
    let error = Pair::update_with(app, key(), refuse).await.err().expect("is refused");
    assert_eq!((error.status(), error.detail()), (409, "101 are enough"));
    assert_eq!(Pair::get(app, key()).await.expect("reads").expect("is there").value, 101);
    let error = Pair::update_with(app, key(), |_| Ok(PairChanges { value: Some(i64::MAX), note: None })).await;
    assert_eq!(error.err().expect("has no successor").detail(), "there is no successor");
    assert!(Pair::update_with(app, ("b".into(), 1), increment).await.expect("looks").is_none());
}

#[tokio::test]
async fn files_go_in_as_bytes_and_come_out_readable() {
    let service = service().await;
    let bytes = picture(64, 64, [7, 8, 9]);
    let new = NewPoster {
        id: None,
        title: "Alien".into(),
        note: None,
        stars: None,
        image: Image::from_bytes(bytes.clone()),
        still: None,
    };
    let poster = Poster::insert(&service.app, new).await.expect("inserts");
    assert_eq!((poster.width, poster.stars), (32, 3));
    let found = Poster::get(&service.app, poster.id).await.expect("reads").expect("is there");
    assert_eq!(found.image.bytes().await.expect("is stored"), bytes);
    assert_eq!(found.thumbnail.decode().await.expect("is an image").width(), 32);
}

#[tokio::test]
async fn a_refused_row_leaves_no_files() {
    let service = service().await;
    let new = |id, color| NewPoster {
        id: Some(id),
        title: "Alien".into(),
        note: None,
        stars: None,
        image: Image::from_bytes(picture(64, 64, color)),
        still: None,
    };
    let id = pxt::Uuid::now_v7();
    Poster::insert(&service.app, new(id, [1; 3])).await.expect("inserts");
    let kept = crate::files(&service);
    for color in [[1; 3], [2; 3]] {
        let error = Poster::insert(&service.app, new(id, color)).await.err().expect("is a duplicate");
        assert_eq!(error.status(), 409);
        assert_eq!(crate::files(&service), kept);
    }
    let found = Poster::get(&service.app, id).await.expect("reads").expect("is there");
    found.image.bytes().await.expect("the first row's file is there");
}

#[tokio::test]
async fn what_no_database_holds_is_refused_before_the_write() {
    let service = service().await;
    let error = Pair::insert(&service.app, pair("a\0b", 1)).await.err().expect("is refused");
    assert_eq!((error.status(), error.fields().len()), (422, 1));
    let error = Pair::insert(&service.app, pair("a", i64::MAX)).await.err().expect("has no successor");
    assert_eq!(error.status(), 422);
    assert_eq!(error.detail(), "there is no successor");
}

#[tokio::test]
async fn a_dropped_call_is_not_cut_in_two() {
    let service = service().await;
    for n in 0..50 {
        let call = Pair::insert(&service.app, NewPair { left: "drop".into(), right: n, value: n, note: None });
        // Polled once, then dropped: the write was taken and runs to its end.
        drop(futures_util::future::poll_immediate(Box::pin(call)).await);
    }
    for n in 0..50 {
        while Pair::get(&service.app, ("drop".into(), n)).await.expect("reads").is_none() {
            tokio::task::yield_now().await;
        }
    }
}
