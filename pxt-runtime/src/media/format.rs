//! Which kinds of file there are, and which kind some bytes are.
//!
//! The bytes decide, never the client's file name or type. The extension in a key leads back to the same entry here, so
//! a file is served as what it was sniffed as.

use crate::schema::ColumnType;

/// How many bytes a sniff looks at.
pub(super) const HEAD: usize = 8 * 1024;

/// A kind of file.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Format {
    pub(super) extension: &'static str,
    pub(super) content_type: &'static str,
    family: Family,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    /// Raster images that the crate `image` is built to decode.
    Image,
    Video,
    Audio,
    /// Containers that hold either.
    Either,
    /// Readable as text; shown by browsers as nothing but text.
    Text,
    /// Everything else that is written in characters.
    Markup,
    Other,
}

const fn format(extension: &'static str, content_type: &'static str, family: Family) -> Format {
    Format { extension, content_type, family }
}

static TEXT: Format = format("txt", "text/plain", Family::Text);
static UNKNOWN: Format = format("bin", "application/octet-stream", Family::Other);
static OGG_VIDEO: Format = format("ogv", "video/ogg", Family::Video);

/// The extensions are those of the crate `infer`. What it knows and this list does not (programs, fonts, disk images)
/// is kept as bytes without a type.
static FORMATS: &[Format] = &[
    format("png", "image/png", Family::Image),
    format("jpg", "image/jpeg", Family::Image),
    format("gif", "image/gif", Family::Image),
    format("webp", "image/webp", Family::Image),
    format("bmp", "image/bmp", Family::Image),
    format("mp4", "video/mp4", Family::Either),
    format("webm", "video/webm", Family::Either),
    format("ogg", "audio/ogg", Family::Either),
    format("m4v", "video/x-m4v", Family::Video),
    format("mkv", "video/x-matroska", Family::Video),
    format("mov", "video/quicktime", Family::Video),
    format("avi", "video/x-msvideo", Family::Video),
    format("wmv", "video/x-ms-wmv", Family::Video),
    format("mpg", "video/mpeg", Family::Video),
    format("flv", "video/x-flv", Family::Video),
    format("mp3", "audio/mpeg", Family::Audio),
    format("m4a", "audio/mp4", Family::Audio),
    format("opus", "audio/ogg", Family::Audio),
    format("flac", "audio/flac", Family::Audio),
    format("wav", "audio/wav", Family::Audio),
    format("aac", "audio/aac", Family::Audio),
    format("aiff", "audio/aiff", Family::Audio),
    format("amr", "audio/amr", Family::Audio),
    format("midi", "audio/midi", Family::Audio),
    format("ape", "audio/x-ape", Family::Audio),
    format("dsf", "audio/x-dsf", Family::Audio),
    format("tif", "image/tiff", Family::Other),
    format("heif", "image/heif", Family::Other),
    format("avif", "image/avif", Family::Other),
    format("jxl", "image/jxl", Family::Other),
    format("jp2", "image/jp2", Family::Other),
    format("psd", "image/vnd.adobe.photoshop", Family::Other),
    format("ico", "image/vnd.microsoft.icon", Family::Other),
    format("djvu", "image/vnd.djvu", Family::Other),
    format("pdf", "application/pdf", Family::Markup),
    format("html", "text/html", Family::Markup),
    format("xml", "text/xml", Family::Markup),
    format("rtf", "application/rtf", Family::Markup),
    format("ps", "application/postscript", Family::Markup),
    format("epub", "application/epub+zip", Family::Other),
    format("mobi", "application/x-mobipocket-ebook", Family::Other),
    format("doc", "application/msword", Family::Other),
    format("xls", "application/vnd.ms-excel", Family::Other),
    format("ppt", "application/vnd.ms-powerpoint", Family::Other),
    format("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", Family::Other),
    format("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Family::Other),
    format("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation", Family::Other),
    format("odt", "application/vnd.oasis.opendocument.text", Family::Other),
    format("ods", "application/vnd.oasis.opendocument.spreadsheet", Family::Other),
    format("odp", "application/vnd.oasis.opendocument.presentation", Family::Other),
    format("zip", "application/zip", Family::Other),
    format("gz", "application/gzip", Family::Other),
    format("tar", "application/x-tar", Family::Other),
    format("7z", "application/x-7z-compressed", Family::Other),
];

impl Format {
    /// The kind that keys of this extension name; bytes without a type for any other.
    pub(super) fn of_extension(extension: &str) -> &'static Self {
        let special = [&TEXT, &OGG_VIDEO].into_iter();
        special.chain(FORMATS).find(|format| format.extension == extension).unwrap_or(&UNKNOWN)
    }

    /// The kind that the first bytes of a file show. [`TEXT`](Self::is_text) says only that these bytes are text.
    pub(super) fn of_head(head: &[u8]) -> &'static Self {
        let head = &head[..head.len().min(HEAD)];
        let textual = reads_as_text(head);
        let known = infer::get(head).map_or(&UNKNOWN, |ty| Self::of_extension(ty.extension()));
        match known.family {
            // Signatures of two letters (`BM`, `MZ`) begin many a sentence; a file of characters is none of those.
            _ if textual && known.family != Family::Markup => &TEXT,
            // Looser in `infer` than the format is.
            Family::Image if known.extension == "webp" && !head.starts_with(b"RIFF") => &UNKNOWN,
            Family::Image if known.extension == "bmp" && !has_bitmap_header(head) => &UNKNOWN,
            Family::Either if known.extension == "ogg" && contains(head, b"\x80theora") => &OGG_VIDEO,
            _ => known,
        }
    }

    /// The kind of a file that is in memory whole.
    pub(super) fn of_bytes(bytes: &[u8]) -> &'static Self {
        let format = Self::of_head(bytes);
        if !format.is_text() {
            return format;
        }
        let mut check = TextCheck::default();
        check.feed(bytes);
        check.format()
    }

    /// Whether the head showed nothing but text. The rest of the file has to confirm it: see [`TextCheck`].
    pub(super) fn is_text(&self) -> bool {
        self.family == Family::Text
    }

    /// Whether a column of this type takes such files.
    pub(super) fn fits(&self, ty: ColumnType) -> bool {
        match ty {
            ColumnType::Image => self.family == Family::Image,
            ColumnType::Video => matches!(self.family, Family::Video | Family::Either),
            ColumnType::Audio => matches!(self.family, Family::Audio | Family::Either),
            ColumnType::Document => true,
            _ => false,
        }
    }

    /// Whether a browser may show such a file in place: it runs nothing of what is in it. Not PDF, whose viewers run
    /// scripts and which the sandbox would leave blank.
    pub(super) fn is_inert(&self) -> bool {
        matches!(self.family, Family::Image | Family::Video | Family::Audio | Family::Either | Family::Text)
    }
}

/// The ends of the names of files that a column of this type takes. None for a column that takes any.
pub(crate) fn extensions(ty: ColumnType) -> Option<Vec<&'static str>> {
    let fitting = [&OGG_VIDEO].into_iter().chain(FORMATS).filter(|format| format.fits(ty));
    (ty != ColumnType::Document).then(|| fitting.map(|format| format.extension).collect())
}

/// What a column of this type takes, in words.
pub(super) fn wanted(ty: ColumnType) -> &'static str {
    match ty {
        ColumnType::Image => "an image (PNG, JPEG, GIF, WebP or BMP)",
        ColumnType::Video => "a video",
        ColumnType::Audio => "an audio file",
        ColumnType::Document => "a document",
        _ => "a file for a media column",
    }
}

/// Watches a stream of bytes for anything that is not text.
#[derive(Debug, Default)]
pub(super) struct TextCheck {
    /// The first bytes of a character that a chunk cut in two.
    cut: Vec<u8>,
    failed: bool,
}

impl TextCheck {
    pub(super) fn feed(&mut self, chunk: &[u8]) {
        if self.failed {
            return;
        }
        let mut joined = std::mem::take(&mut self.cut);
        let text = if joined.is_empty() {
            chunk
        } else {
            joined.extend_from_slice(chunk);
            &joined
        };
        match str::from_utf8(text) {
            Ok(_) => {}
            Err(error) if error.error_len().is_none() => self.cut = text[error.valid_up_to()..].to_vec(),
            Err(_) => self.failed = true,
        }
        self.failed |= text.contains(&0);
    }

    /// The verdict on the whole.
    pub(super) fn format(&self) -> &'static Format {
        if self.failed || !self.cut.is_empty() { &UNKNOWN } else { &TEXT }
    }
}

/// UTF-8 without the control characters that no text has. A character cut off at the end is none of our business.
fn reads_as_text(head: &[u8]) -> bool {
    let whole = match str::from_utf8(head) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    };
    whole && head.iter().all(|&byte| byte >= 0x20 || matches!(byte, b'\t' | b'\n' | b'\r' | 0x0c | 0x1b))
}

/// The length of the second header says which of the known layouts it has.
fn has_bitmap_header(head: &[u8]) -> bool {
    head.get(14..18).is_some_and(|size| matches!(size, [12 | 40 | 52 | 56 | 64 | 108 | 124, 0, 0, 0]))
}

fn contains(head: &[u8], needle: &[u8]) -> bool {
    head.windows(needle.len()).any(|window| window == needle)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_not_taken_for_a_format_of_two_letters() {
        assert_eq!(Format::of_bytes(b"BMW builds cars").extension, "txt");
        assert_eq!(Format::of_bytes(b"MZ is a band").extension, "txt");
        assert_eq!(Format::of_bytes("Grüße".as_bytes()).extension, "txt");
        assert_eq!(Format::of_bytes(b"BM\0\0\0\0\0\0\0\0\0\0").extension, "bin");
        assert_eq!(Format::of_bytes(b"<html><script>alert(1)</script>").extension, "html");
        assert_eq!(Format::of_bytes(b"%PDF-1.7\n1 0 obj").extension, "pdf");
        assert_eq!(Format::of_bytes(b"12345678WEBP\0\x01\x02").extension, "bin");
    }

    #[test]
    fn text_has_to_last_to_the_end() {
        let mut late = vec![b'a'; HEAD];
        late.push(0xff);
        assert_eq!(Format::of_head(&late).extension, "txt");
        assert_eq!(Format::of_bytes(&late).extension, "bin");

        let mut check = TextCheck::default();
        for byte in "häß€🙂".bytes() {
            check.feed(&[byte]);
        }
        assert_eq!(check.format().extension, "txt");
        check.feed(&"🙂".as_bytes()[..2]);
        assert_eq!(check.format().extension, "bin");
    }

    #[test]
    fn containers_go_for_video_and_audio() {
        let ogg = Format::of_extension("ogg");
        assert!(ogg.fits(ColumnType::Audio) && ogg.fits(ColumnType::Video) && !ogg.fits(ColumnType::Image));
        assert_eq!(Format::of_head(b"OggS\0\x02\0\0\0\0\0\0\0\0\x80theora\x03").extension, "ogv");
        assert!(!Format::of_extension("mkv").fits(ColumnType::Audio));
    }

    #[test]
    fn scripts_are_not_inert() {
        for extension in ["html", "xml", "pdf", "bin", "zip", "tif", "nonsense"] {
            assert!(!Format::of_extension(extension).is_inert(), "{extension}");
        }
        for extension in ["png", "mp4", "ogv", "flac", "txt"] {
            assert!(Format::of_extension(extension).is_inert(), "{extension}");
        }
    }
}
