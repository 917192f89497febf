//! Two services over one database and one folder of files, as two processes of one machine have them. Files are locked by who
//! opened them, so that two services of one process are to each other as strangers.

use std::time::Duration;

use pxt::testing::TestService;
use pxt::{Table, Uuid};

use crate::schema::{NewPoster, Poster, SCHEMA};
use crate::{files, picture, service};

const NOW: Duration = Duration::ZERO;
/// How many callers there are, how many posters each inserts, and of how many pictures.
const CALLERS: usize = 6;
const ROUNDS: usize = 24;
const PICTURES: usize = 3;

/// Another service over the same database and folder.
async fn second(first: &TestService) -> TestService {
    let (database, media) = (first.database().url().to_owned(), first.folder().join("media").display().to_string());
    let configure = |config: pxt::Config| config.database(database).media(media);
    TestService::with(&SCHEMA, configure).await.expect("starts")
}

/// Inserts a poster of one colour: its key, and where its image is.
async fn insert(service: &TestService, id: Option<Uuid>, red: usize) -> pxt::Result<(Uuid, String)> {
    let image = pxt::Image::from_bytes(picture(8, 6, [red as u8, 0, 0]));
    let new = NewPoster { id, title: "x".into(), note: None, stars: None, image, still: None };
    let row = Poster::insert(&service.app, new).await?;
    Ok((row.id, row.image.url().expect("is stored")))
}

/// Inserts the same few pictures as the others. Some are refused once their files are stored, and give them up; some are
/// deleted at once. All the time files without a row are swept. What is kept at the end.
async fn call(services: [&TestService; 2], caller: usize, taken: Uuid) -> Vec<String> {
    let mut kept = Vec::new();
    for round in 0..ROUNDS {
        let service = services[(caller + round) % 2];
        let refused = (caller + round / 2).is_multiple_of(3);
        let (id, image) = match insert(service, refused.then_some(taken), round / 4 % PICTURES).await {
            Ok(inserted) => inserted,
            Err(error) => {
                assert!(refused && error.code() == "duplicate_key", "{error:?}");
                continue;
            }
        };
        assert_eq!(service.get(&image).await.status, 200, "{image}");
        if caller == 0 || round < ROUNDS - 2 {
            assert!(Poster::delete(&services[round % 2].app, id).await.expect("deletes"));
        } else {
            kept.push(image);
        }
        if caller < 2 {
            services[caller].app.sweep_media(NOW).await.expect("sweeps");
        }
    }
    kept
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn services_that_share_a_folder_lose_no_file() {
    let first = service().await;
    let second = second(&first).await;
    let taken = Uuid::now_v7();
    let (_, image) = insert(&first, Some(taken), PICTURES).await.expect("inserts");
    let callers = (0..CALLERS).map(|caller| call([&first, &second], caller, taken));
    let mut kept: Vec<String> = futures_util::future::join_all(callers).await.into_iter().flatten().collect();
    kept.push(image);
    for service in [&first, &second] {
        service.app.sweep_media(NOW).await.expect("sweeps");
        for image in &kept {
            assert_eq!(service.get(image).await.status, 200, "{image}");
        }
    }
    kept.sort();
    kept.dedup();
    assert_eq!(files(&first), 2 * kept.len(), "each with its thumbnail, and nothing else");
}
