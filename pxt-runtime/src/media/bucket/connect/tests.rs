use super::*;
use crate::media::MediaStore;

fn refusal(location: &str, options: &[(&str, &str)]) -> String {
    let mut given = MediaOptions::default();
    for (name, value) in options {
        given.set(name, *value);
    }
    MediaStore::open(location, &given).err().expect("is refused").to_string()
}

#[test]
fn places() {
    let place = place("s3://My_bucket/a/b%20c/").unwrap();
    assert_eq!((place.bucket.as_str(), place.prefix.as_ref()), ("My_bucket", "a/b c"));
    assert_eq!(super::place("gs://bucket").unwrap().prefix.as_ref(), "");
    assert_eq!(Scheme::of("https://s3.amazonaws.com/bucket"), None);
}

#[test]
fn wrong_places_say_what_to_write() {
    for (location, says) in [
        ("s3://", "names no bucket: write `s3://bucket/prefix`"),
        ("s3:///prefix", "names no bucket"),
        ("gs://AKIA:hunter2@bucket/media", "holds credentials"),
        ("az://bucket/media?sig=hunter2", "holds more than a bucket and a prefix"),
        ("s3://bucket/a//b", "has a prefix that is no path"),
    ] {
        let text = refusal(location, &[]);
        assert!(text.contains(says) && !text.contains("hunter2"), "{location}: {text}");
    }
    assert_eq!(shown("s3://AKIA:hunter2@bucket/media?x=hunter2"), "s3://bucket/media");
}

#[test]
fn options_are_checked() {
    assert!(refusal("s3://bucket", &[("aws_acces_key", "x")]).contains("no media option `aws_acces_key`"));
    assert!(refusal("media", &[("aws_region", "x")]).contains("media options are for a bucket"));
    let text = refusal("s3://bucket", &[("AWS_ENDPOINT", "http://127.0.0.1:1")]);
    assert!(text.contains("set AWS_ALLOW_HTTP"), "{text}");
    let text = refusal("s3://bucket", &[("aws_access_key_id", "AKIA")]);
    assert!(text.contains("storage client cannot be made"), "{text}");
    let mut options = MediaOptions::default();
    options.set("aws_secret_access_key", "hunter2");
    assert_eq!(format!("{options:?}"), r#"{"aws_secret_access_key"}"#);
}

/// Whatever speaks the protocol is reached by the same names.
#[test]
fn every_service_has_a_client() {
    for (location, options) in [
        ("s3://bucket/media", vec![("aws_access_key_id", "a"), ("aws_secret_access_key", "b")]),
        ("gs://bucket/media", vec![("google_skip_signature", "true")]),
        ("az://bucket/media", vec![("azure_storage_account_name", "a"), ("azure_skip_signature", "true")]),
    ] {
        let mut given = MediaOptions::default();
        for (name, value) in options {
            given.set(name, value);
        }
        MediaStore::open(location, &given).unwrap();
    }
}
