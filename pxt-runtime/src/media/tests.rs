use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use tempfile::TempDir;

use super::*;

const TABLE: &str = "films.posters";
const HOUR: Duration = Duration::from_secs(3600);

/// Photographs of the example.
pub(crate) fn photo(name: &str) -> Bytes {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/posters/photos");
    fs::read(folder.join(name)).unwrap().into()
}

pub(crate) fn store() -> (TempDir, MediaStore) {
    let folder = tempfile::tempdir().unwrap();
    let store = over(&folder);
    (folder, store)
}

/// One more store over a folder. Each has pins and locks of its own, as another process has.
pub(crate) fn over(folder: &TempDir) -> MediaStore {
    MediaStore::open(folder.path().to_str().unwrap(), &MediaOptions::default()).unwrap()
}

/// Every file under a folder, whatever its name.
pub(crate) fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found
}

pub(crate) fn grow_old(folder: &TempDir, name: &str) {
    let file = fs::File::options().write(true).open(folder.path().join(name)).unwrap();
    file.set_modified(SystemTime::now() - 2 * HOUR).unwrap();
}

/// The file as the database gives it.
#[expect(clippy::needless_pass_by_value, reason = "the pin is dropped")]
pub(crate) fn unpinned(store: &MediaStore, media: Media) -> Media {
    store.attach(Media::stored(media.key().unwrap()))
}

pub(crate) async fn nothing_referenced(_: Vec<String>) -> Result<HashSet<String>, BoxError> {
    Ok(HashSet::new())
}

/// Bytes of no known kind, more than two parts of them.
fn large() -> Bytes {
    (0..2_500_001_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect::<Vec<_>>().into()
}

#[tokio::test]
async fn locations() {
    let folder = tempfile::tempdir().unwrap();
    let below = folder.path().join("a b/media");
    let url = url::Url::from_file_path(&below).unwrap();
    assert!(url.as_str().contains("%20"));
    MediaStore::open(url.as_str(), &MediaOptions::default()).unwrap();
    assert!(below.is_dir());

    for bad in ["", "file://host/share", "https://example.org/", "ada:secret@host/x", "s3:/bucket", "ada:secret@h://x"]
    {
        let error = MediaStore::open(bad, &MediaOptions::default()).err().unwrap();
        assert!(matches!(error, MediaError::Location(_)) && !error.to_string().contains("secret"), "{bad}: {error}");
    }
    fs::write(folder.path().join("file"), "").unwrap();
    let error = MediaStore::open(folder.path().join("file").to_str().unwrap(), &MediaOptions::default()).err().unwrap();
    let text = error.to_string();
    assert!(text.starts_with("the media folder `/") && text.contains("/file` cannot be written to: "), "{text}");
}

/// `/proc` takes files of nobody, whoever runs the test.
#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_takes_no_files_is_known_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink("/proc", folder.path().join(".uploads")).unwrap();
    let error = MediaStore::open(folder.path().to_str().unwrap(), &MediaOptions::default()).err().unwrap();
    let MediaError::Folder { folder: named, .. } = &error else { panic!("{error}") };
    assert_eq!(named, folder.path());
    let text = error.to_string();
    assert!(text.contains(" cannot be written to: ") && text.contains("os error"), "{text}");
}

#[tokio::test]
async fn chunks_of_any_size_make_the_same_file() {
    let (folder, store) = store();
    let content = large();
    let whole = store.put(TABLE, ColumnType::Document, content.clone()).await.unwrap();
    for size in [1_000, PART_AND_A_BIT, content.len()] {
        let mut upload = store.upload(TABLE, ColumnType::Document);
        for chunk in content.chunks(size) {
            upload.write(Bytes::copy_from_slice(chunk)).await.unwrap();
        }
        let media = upload.finish().await.unwrap();
        assert_eq!(media, whole);
        assert_eq!(media.bytes().await.unwrap(), content);
        assert_eq!(media.size().await.unwrap(), content.len() as u64);
        assert_eq!(media.blocking_bytes().unwrap(), content);
        assert_eq!(media.blocking_size().unwrap(), content.len() as u64);
    }
    let key = whole.key().unwrap();
    assert!(key.ends_with(".bin"));
    assert_eq!(files(folder.path()), [folder.path().join(key)]);
    assert_eq!(store.read(key, Some(3..7)).await.unwrap(), content[3..7]);
}

const PART_AND_A_BIT: usize = 1024 * 1024 + 7;

#[tokio::test]
async fn content_decides_the_name() {
    let (_folder, store) = store();
    let put = async |ty, bytes: Bytes| store.put(TABLE, ty, bytes).await;
    let image = put(ColumnType::Image, photo("chelsea.png")).await.unwrap();
    assert_eq!(
        image.key().unwrap(),
        "films.posters/596aa1e7cb875eb79f437e310381d26b338a81c2da23439704a73c4651e8c4bb.png"
    );
    assert_eq!(image.content_type(), "image/png");
    let text = put(ColumnType::Document, "Grüße".into()).await.unwrap();
    assert_eq!((text.extension(), text.content_type()), ("txt", "text/plain"));
    // Text up to the end of the first part, then a character cut in two by it.
    let mut long = "a".repeat(1024 * 1024 - 1);
    long.push('é');
    assert_eq!(put(ColumnType::Document, long.clone().into()).await.unwrap().extension(), "txt");
    let mut broken = long.into_bytes();
    broken.pop();
    broken.push(b'a');
    assert_eq!(put(ColumnType::Document, broken.into()).await.unwrap().extension(), "bin");
}

#[tokio::test]
async fn what_does_not_fit_leaves_nothing() {
    let (folder, store) = store();
    let error = store.put(TABLE, ColumnType::Image, "not an image".into()).await.unwrap_err();
    assert_eq!(error.to_string(), "must be an image (PNG, JPEG, GIF, WebP or BMP), not text/plain");
    assert!(error.is_client_mistake());
    let error = store.put(TABLE, ColumnType::Video, photo("rocket.jpg")).await.unwrap_err();
    assert_eq!(error.to_string(), "must be a video, not image/jpeg");
    let error = store.put(TABLE, ColumnType::Document, Bytes::new()).await.unwrap_err();
    assert!(matches!(error, MediaError::Empty));

    // The first 8 KiB are enough to refuse.
    let mut upload = store.upload(TABLE, ColumnType::Audio);
    assert!(matches!(upload.write(large().slice(..8192)).await, Err(MediaError::NotMedia { .. })));
    upload.abort().await;

    let mut upload = store.upload(TABLE, ColumnType::Document);
    upload.write(large()).await.unwrap();
    assert_eq!(files(folder.path()).len(), 1);
    upload.abort().await;
    assert!(files(folder.path()).is_empty());

    let error = store.put("../films", ColumnType::Document, "x".into()).await.unwrap_err();
    assert!(matches!(error, MediaError::Storage(_)));
    assert!(files(folder.path()).is_empty());
}

#[tokio::test]
async fn an_upload_dropped_is_removed() {
    let (folder, store) = store();
    let mut upload = store.upload(TABLE, ColumnType::Document);
    upload.write(large()).await.unwrap();
    drop(upload);
    let gone = async {
        while !files(folder.path()).is_empty() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), gone).await.unwrap();
}

#[tokio::test]
async fn bytes_and_stored_files_settle() {
    let (folder, store) = store();
    let settle = async |table, ty, media| store.settle(table, ty, media, None).await;
    let given = Media::from_bytes(photo("rocket.jpg"));
    let pixels = Image(given.clone()).decode().await.unwrap();
    let media = settle(TABLE, ColumnType::Image, given).await.unwrap();
    // What a function made and decoded is not decoded again.
    assert!(Arc::ptr_eq(&pixels, &Image(media.clone()).decode().await.unwrap()));

    let key = media.key().unwrap().to_owned();
    let media = unpinned(&store, media);
    grow_old(&folder, &key);
    assert_eq!(settle(TABLE, ColumnType::Image, Media::stored(key.clone())).await.unwrap(), media);
    assert_eq!(store.sweep(TABLE, HOUR, nothing_referenced).await.unwrap(), 0);

    let copy = settle("other", ColumnType::Image, media.clone()).await.unwrap();
    assert_eq!(copy.key().unwrap(), key.replace(TABLE, "other"));
    assert_eq!(settle("other", ColumnType::Image, media.clone()).await.unwrap(), copy);
    assert_eq!(copy.bytes().await.unwrap(), photo("rocket.jpg"));
    assert_eq!(files(folder.path()).len(), 2);

    let error = settle(TABLE, ColumnType::Audio, media).await.unwrap_err();
    assert!(matches!(error, MediaError::NotMedia { found: "image/jpeg", .. }));
    let missing = Media::stored(key.replace("films", "film"));
    assert!(matches!(settle(TABLE, ColumnType::Image, missing).await, Err(MediaError::Missing)));
}

#[tokio::test]
async fn urls_settle_when_they_are_ours() {
    let (folder, store) = store();
    let media = unpinned(&store, store.put(TABLE, ColumnType::Image, photo("chelsea.png")).await.unwrap());
    let key = media.key().unwrap();
    let settle = async |url: &str, public: Option<&str>| {
        store.settle(TABLE, ColumnType::Image, Media::from_url(url), public).await
    };
    let public = Some("https://films.example/app/");
    assert_eq!(MediaStore::url(key, None), format!("/media/{key}"));
    assert_eq!(MediaStore::url(key, public), format!("https://films.example/app/media/{key}"));
    for (url, public) in [(MediaStore::url(key, None), None), (MediaStore::url(key, public), public)] {
        grow_old(&folder, key);
        assert_eq!(settle(&url, public).await.unwrap(), media);
        assert_eq!(store.sweep(TABLE, HOUR, nothing_referenced).await.unwrap(), 0);
    }

    let data = base64::engine::general_purpose::STANDARD.encode(photo("chelsea.png"));
    assert_eq!(settle(&format!("data:text/html;base64,{data}"), None).await.unwrap(), media);
    assert!(matches!(settle("data:text/plain,hello", None).await, Err(MediaError::NotMedia { .. })));
    assert!(matches!(settle("data:,", None).await, Err(MediaError::Empty)));

    let outside = folder.path().join("outside.png");
    fs::write(&outside, photo("chelsea.png")).unwrap();
    let mut refused = vec![
        format!("file://{}", outside.display()),
        outside.display().to_string(),
        format!("https://films.example.attacker/media/{key}"),
        format!("/media/../{}", outside.display()),
        format!("/media/{key}").replace("596aa", "00000"),
        format!("media/{key}"),
    ];
    refused.extend(
        ["http://127.0.0.1/", "HTTPS://example.org/a.png", "data:nonsense", "s3://b/k", "", "a.png"].map(Into::into),
    );
    for url in refused {
        let error = settle(&url, public).await.unwrap_err();
        assert!(matches!(error, MediaError::Url(_)) && error.is_client_mistake(), "{url}: {error}");
    }
    let error = settle("http://127.0.0.1/", None).await.unwrap_err().to_string();
    assert!(error.contains("does not fetch URLs: upload the file, or pass a `/media/` or `data:` URL"), "{error}");
}

#[tokio::test]
async fn the_sweep_takes_what_is_old_and_unreferenced() {
    let (folder, store) = store();
    let put = async |table, text: &'static str| {
        let media = store.put(table, ColumnType::Document, text.into()).await.unwrap();
        media.key().unwrap().to_owned()
    };
    let young = put(TABLE, "young").await;
    let (kept, lost, elsewhere) = (put(TABLE, "kept").await, put(TABLE, "lost").await, put("other", "x").await);
    for key in [&kept, &lost, &elsewhere] {
        grow_old(&folder, key);
    }
    fs::write(folder.path().join(".uploads/cut"), "left by a crash").unwrap();
    grow_old(&folder, ".uploads/cut");
    fs::write(folder.path().join(".uploads/running"), "under way").unwrap();
    // Not ours: it stays, however old.
    let foreign = format!("{TABLE}/notes.txt");
    fs::write(folder.path().join(&foreign), "by somebody else").unwrap();
    grow_old(&folder, &foreign);

    let names = kept.clone();
    let referenced = move |keys: Vec<String>| {
        let names = names.clone();
        async move {
            assert!(keys.len() <= 2, "young files are not asked about");
            Ok(HashSet::from([names]))
        }
    };
    assert_eq!(store.sweep(TABLE, HOUR, referenced).await.unwrap(), 1);
    let mut left = files(folder.path());
    left.sort();
    let expected = [".uploads/running", &young, &kept, &elsewhere, &foreign];
    let mut expected = expected.map(|name| folder.path().join(name)).to_vec();
    expected.sort();
    assert_eq!(left, expected);

    assert!(store.sweep(TABLE, HOUR, |_| async { Err("no answer".into()) }).await.is_err());
    assert!(folder.path().join(&kept).exists());
    assert_eq!(store.sweep("..", Duration::ZERO, nothing_referenced).await.unwrap(), 0);
    assert_eq!(store.sweep("empty", Duration::ZERO, nothing_referenced).await.unwrap(), 0);
}

#[tokio::test]
async fn a_sweep_looks_at_every_file_of_a_full_folder() {
    let (folder, store) = store();
    fs::create_dir(folder.path().join(TABLE)).unwrap();
    for number in 0..2_500 {
        let key = format!("{TABLE}/{number:064x}.txt");
        fs::write(folder.path().join(&key), "old").unwrap();
        grow_old(&folder, &key);
    }
    assert_eq!(store.sweep(TABLE, HOUR, nothing_referenced).await.unwrap(), 2_500);
    assert!(files(folder.path()).is_empty());
}

/// An operator may clean up under a running service: what it needs it makes again.
#[tokio::test]
async fn folders_that_have_gone_are_made_again() {
    let (folder, store) = store();
    for content in [Bytes::from("short"), large()] {
        let _ = fs::remove_dir_all(folder.path().join(TABLE));
        fs::remove_dir_all(folder.path().join(".uploads")).unwrap();
        let media = store.put(TABLE, ColumnType::Document, content.clone()).await.unwrap();
        assert_eq!(store.attach(media).bytes().await.unwrap(), content);
    }
}

#[cfg(unix)]
#[tokio::test]
async fn files_are_readable_for_whom_the_mask_lets() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, store) = store();
    let plain = folder.path().join("plain");
    fs::write(&plain, "").unwrap();
    let wanted = fs::metadata(plain).unwrap().permissions().mode();
    for content in [Bytes::from("short"), large()] {
        let media = store.put(TABLE, ColumnType::Document, content).await.unwrap();
        let file = folder.path().join(media.key().unwrap());
        assert_eq!(fs::metadata(file).unwrap().permissions().mode(), wanted);
    }
}

#[tokio::test]
async fn a_file_published_again_during_a_sweep_stays() {
    let (folder, store) = store();
    let again = unpinned(&store, store.put(TABLE, ColumnType::Document, "again".into()).await.unwrap());
    grow_old(&folder, again.key().unwrap());
    let referenced = |_| async {
        // Nobody has committed it when the question is answered; then it comes in a second time.
        store.put(TABLE, ColumnType::Document, "again".into()).await?;
        Ok(HashSet::new())
    };
    assert_eq!(store.sweep(TABLE, HOUR, referenced).await.unwrap(), 0);
    assert_eq!(again.bytes().await.unwrap(), "again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn uploads_and_sweeps_together_lose_nothing() {
    let (folder, store) = store();
    let sweeping = {
        let store = store.clone();
        tokio::spawn(async move {
            for _ in 0..50 {
                store.sweep(TABLE, HOUR, nothing_referenced).await.unwrap();
            }
        })
    };
    for round in 0..50 {
        let text = format!("file {}", round % 3);
        let media = store.put(TABLE, ColumnType::Document, text.clone().into()).await.unwrap();
        let path = folder.path().join(media.key().unwrap());
        assert_eq!(media.bytes().await.unwrap(), text);
        fs::File::options().write(true).open(path).map(|file| file.set_modified(SystemTime::UNIX_EPOCH)).ok();
    }
    sweeping.await.unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn only_files_are_read_and_no_link_is_followed() {
    use std::os::unix::fs::symlink;
    let (folder, store) = store();
    let elsewhere = tempfile::tempdir().unwrap();
    fs::write(elsewhere.path().join("secret"), "not a medium").unwrap();
    let name = |letter: &str| format!("{}.png", letter.repeat(64));
    fs::create_dir_all(folder.path().join(TABLE)).unwrap();
    let place = |letter| folder.path().join(TABLE).join(name(letter));
    symlink(elsewhere.path().join("secret"), place("a")).unwrap();
    let pipe = std::process::Command::new("mkfifo").arg(place("b")).status().unwrap();
    assert!(pipe.success());
    fs::create_dir(place("c")).unwrap();
    std::os::unix::net::UnixListener::bind(folder.path().join("s")).unwrap();
    fs::rename(folder.path().join("s"), place("d")).unwrap();
    symlink("/dev/zero", place("e")).unwrap();
    fs::write(elsewhere.path().join(name("f")), "elsewhere").unwrap();
    symlink(elsewhere.path(), folder.path().join("linked")).unwrap();
    let keys = ["a", "b", "c", "d", "e"].map(|letter| format!("{TABLE}/{}", name(letter)));
    for key in keys.iter().chain([&format!("linked/{}", name("f"))]) {
        let missing = |error: BoxError| matches!(error.downcast_ref(), Some(MediaError::Missing));
        assert!(missing(store.read(key, None).await.unwrap_err()), "{key}");
        assert!(missing(store.read(key, Some(0..5)).await.unwrap_err()), "{key}");
        assert!(missing(store.size(key).await.unwrap_err()), "{key}");
        assert!(missing(store.blocking_read(key).unwrap_err()) && missing(store.blocking_size(key).unwrap_err()));
        let served = store.serve(key, &axum::http::Method::GET, &axum::http::HeaderMap::default()).await;
        assert!(matches!(served, Err(ServeError::NotFound)), "{key}");
        for table in [TABLE, "linked", "third"] {
            let settled = store.settle(table, ColumnType::Image, Media::stored(key.as_str()), None).await;
            assert!(matches!(settled, Err(MediaError::Missing | MediaError::Unavailable(_))), "{key}: {settled:?}");
        }
    }
    // Nor is anything written or swept behind a link.
    let error = store.put("linked", ColumnType::Image, photo("chelsea.png")).await.unwrap_err();
    assert_eq!(error.told().unwrap().status(), 503);
    let error = store.put("linked", ColumnType::Document, large()).await.unwrap_err();
    assert!(matches!(error, MediaError::Unavailable(_)), "{error:?}");
    assert_eq!(store.sweep("linked", Duration::ZERO, nothing_referenced).await.unwrap(), 0);
    assert_eq!(files(elsewhere.path()).len(), 2);

    let error = MediaStore::open(folder.path().to_str().unwrap(), &MediaOptions::default()).err().unwrap();
    assert!(error.to_string().contains("the folder `linked` in it is a link, and links are not followed"), "{error}");
    // The folder itself may be one.
    fs::remove_file(folder.path().join("linked")).unwrap();
    let root = elsewhere.path().join("media");
    symlink(folder.path(), &root).unwrap();
    let store = MediaStore::open(root.to_str().unwrap(), &MediaOptions::default()).unwrap();
    let media = store.put(TABLE, ColumnType::Image, photo("chelsea.png")).await.unwrap();
    assert_eq!(unpinned(&store, media).bytes().await.unwrap(), photo("chelsea.png"));
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_full_disk_is_no_mistake_of_the_program() {
    let mut full = fs::File::options().write(true).open("/dev/full").unwrap();
    let error = MediaError::from(std::io::Write::write_all(&mut full, b"x").unwrap_err());
    let told = error.told().unwrap();
    assert_eq!((told.status(), told.code()), (507, "storage_full"));
}

/// Handlers await these, and only what is `Send` can be a handler's.
#[expect(dead_code, reason = "it compiles, or not")]
fn futures_are_send(store: &MediaStore, mut upload: Upload, other: Upload, media: Media, image: &Image) {
    fn send(_: impl Send) {}
    send(upload.write(Bytes::new()));
    send(upload.finish());
    send(other.abort());
    send(store.put(TABLE, ColumnType::Image, Bytes::new()));
    send(store.settle(TABLE, ColumnType::Image, media, None));
    send(store.sweep(TABLE, HOUR, nothing_referenced));
    send(store.discard(TABLE, Vec::new(), nothing_referenced));
    send(store.serve("", &axum::http::Method::GET, &axum::http::HeaderMap::default()));
    send(image.decode());
}
