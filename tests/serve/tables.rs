//! The tables that the pages speak of, as `pxt.toml` declares them for a program without Rust.

/// `my_dir.my_table`
pub const MY_TABLE: &str = r#"
[[table]]
name = "my_dir.my_table"
[table.columns]
id = { type = "int", primary_key = true, auto = true }
prompt = "string"
tag = "string?"
result = { computed = "string.upper(prompt)" }
"#;

/// `my_dir.images` and `my_dir.videos`
pub const MEDIA: &str = r#"
[[table]]
name = "my_dir.images"
[table.columns]
id = { type = "uuid", primary_key = true, default = "uuid7" }
image = "image"
width = "int"
height = "int"
resized = { computed = "image.resize(image, width, height)" }

[[table]]
name = "my_dir.videos"
[table.columns]
id = { type = "uuid", primary_key = true, default = "uuid7" }
video = "video"
"#;

/// The smallest video there is: a header, and nothing to see.
pub const VIDEO: &str = "data:video/mp4;base64,AAAAGGZ0eXBpc29tAAACAGlzb21tcDQy";
