use std::fs;
use std::path::Path;

use syn::Item;

use super::*;

/// The paths of the functions under `#[udf]` in these sources, in order.
fn in_sources() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/functions");
    let (mut folders, mut paths) = (vec![root.clone()], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("is a folder") {
            let file = entry.expect("has a name").path();
            if file.is_dir() {
                folders.push(file);
                continue;
            }
            let below = file.strip_prefix(&root).expect("is below").with_extension("");
            let module = below.iter().next().expect("has a name").to_string_lossy().into_owned();
            let parsed = syn::parse_file(&fs::read_to_string(&file).expect("is text")).expect("is Rust");
            for item in parsed.items {
                if let Item::Fn(item) = item
                    && item.attrs.iter().any(|attribute| attribute.path().is_ident("udf"))
                {
                    paths.push(format!("{module}.{}", item.sig.ident));
                }
            }
        }
    }
    paths.sort();
    paths
}

#[test]
fn no_function_is_missing() {
    let images = cfg!(feature = "images");
    let sources: Vec<_> = in_sources().into_iter().filter(|path| images || !path.starts_with("image.")).collect();
    let listed: Vec<_> = all().iter().map(|listed| listed.path).collect();
    assert_eq!(listed, sources);
    assert!(sources.len() > 9, "{sources:?}");
}

#[test]
fn every_function_tells_what_it_does() {
    for listed in all() {
        let doc = listed.doc();
        assert!(!doc.is_empty() && !doc.contains("# Errors"), "{listed}: {doc}");
        assert!(listed.describe().path.ends_with(listed.def().signature.name), "{listed}");
    }
}

#[test]
fn functions_for_people_and_for_programs() {
    let found = find("media::sha256").unwrap();
    assert_eq!(found.to_string(), "media.sha256(file: media) -> string");
    assert_eq!(found.doc(), "The SHA-256 of the content, 64 hexadecimal digits.");
    assert_eq!(
        serde_json::to_value(find("text.split").unwrap().describe()).unwrap(),
        serde_json::json!({
            "path": "text.split",
            "params": [{"name": "text", "type": "string"}, {"name": "separator", "type": "string"}],
            "output": "json",
            "doc": "The parts of a text between occurrences of a separator, as a JSON list. An empty separator splits at white \
                    space,\nand leaves out empty parts.",
        })
    );
}

#[test]
fn what_is_near_is_named() {
    let refused = |path: &str| find(path).unwrap_err();
    assert_eq!(refused("string.uper"), "no function `string.uper`; did you mean `string.upper`?");
    assert_eq!(refused("upper"), "no function `upper`; did you mean `string.upper`?");
    assert_eq!(refused("text::wordcount"), "no function `text.wordcount`; did you mean `text.word_count`?");
    assert_eq!(
        refused("media.duration_of_it"),
        "no function `media.duration_of_it`; write one of `media.content_type`, `media.sha256`, `media.size`"
    );
    assert!(refused("crate.thumb_of_the_day").contains("; write one of `"));
}

#[cfg(feature = "images")]
#[test]
fn functions_over_images() {
    let thumbnail = find("image.thumbnail").unwrap();
    assert_eq!(thumbnail.to_string(), "image.thumbnail(image: image, edge: int) -> image");
    let doc = "The image with its longer side at most `edge` pixels. Its proportions stay, and it is never enlarged.";
    assert_eq!(thumbnail.doc(), doc);
}

#[cfg(not(feature = "images"))]
#[test]
fn functions_over_images_need_their_feature() {
    assert_eq!(
        find("image::thumbnail").unwrap_err(),
        "no function `image.thumbnail`: functions over images need the feature `images`, so build with it"
    );
}
