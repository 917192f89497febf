//! What the camera wrote into the file.

use pxt_macros::udf;
use std::fmt::{self, Write};

use ::exif::{Exif, In, Reader};
use serde_json::{Map, Value};

use crate::media::{Image, MediaError};

/// The most characters that are kept of a tag's text. Makers' notes can be megabytes.
const LONGEST: usize = 500;

/// The EXIF tags of the image, as a JSON object of names and texts: `{"Model": "…", "ExposureTime": "1/60 s"}`. Empty
/// when there are none, or more than a camera writes (64 KiB, 1,000 tags); tags that cannot be read are left out.
///
/// # Errors
/// [`MediaError`] when the file cannot be read.
#[udf(crate = crate)]
pub fn exif(image: Image) -> Result<Value, MediaError> {
    let Some(block) = image.blocking_exif()? else { return Ok(Value::Object(Map::new())) };
    let tags = match Reader::new().continue_on_error(true).read_raw(block) {
        Ok(exif) => texts(&exif),
        Err(error) => error.distill_partial_result(|_| {}).map_or_else(|_| Map::new(), |exif| texts(&exif)),
    };
    Ok(Value::Object(tags))
}

fn texts(exif: &Exif) -> Map<String, Value> {
    // The second image of a file is its own thumbnail.
    let fields = exif.fields().filter(|field| field.ifd_num == In::PRIMARY && field.tag.description().is_some());
    fields
        .map(|field| {
            let mut text = Shortened::default();
            // It fails when it is full, and keeps what it has.
            let _ = write!(text, "{}", field.display_value().with_unit(exif));
            (field.tag.to_string(), Value::String(text.text))
        })
        .collect()
}

/// Text up to a length, without the NUL characters that no column holds.
#[derive(Default)]
struct Shortened {
    text: String,
    count: usize,
}

impl Write for Shortened {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for character in text.chars().filter(|&character| character != '\0') {
            if self.count == LONGEST {
                return Err(fmt::Error);
            }
            self.text.push(character);
            self.count += 1;
        }
        Ok(())
    }
}
