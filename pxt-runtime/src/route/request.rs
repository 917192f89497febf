//! From a request to the values of a route's fields: one decoder for JSON, forms, forms with files, and query strings.

mod json;
mod mistakes;
mod multipart;
mod stream;
mod text;

use axum::extract::Request;
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use stream::Stream;

use super::endpoint::Endpoint;
use super::fields::Input;
use super::options;
use crate::error::{Error, Result};

pub(super) use mistakes::Wire;
pub(crate) use stream::drain;
pub(super) use text::{pairs, take};

/// What a request said.
pub(super) struct Received {
    pub(super) input: Input,
    /// How mistakes that are found later name their fields.
    pub(super) wire: Wire,
    /// The query string, without the cursor.
    pub(super) query: String,
    /// Where a page of rows begins.
    pub(super) cursor: Option<String>,
    /// The versions of the row that the client wants changed, when it says so by `If-Match` (RFC 9110, section 13.1.1).
    pub(super) versions: Option<Vec<i64>>,
}

/// The name of the query string's parameter that says where a page of rows begins.
pub(crate) const CURSOR: &str = "cursor";

/// Reads a request of this endpoint.
pub(super) async fn read(endpoint: &Endpoint, request: Request) -> Result<Received> {
    let (parts, body) = request.into_parts();
    let Parts { uri, headers, .. } = parts;
    let query = uri.query().unwrap_or_default();
    let (cursor, query) = if endpoint.pages() { text::take(query, CURSOR)? } else { (None, query.to_owned()) };
    // A field that is left empty in a form of questions.
    let cursor = cursor.filter(|cursor| !cursor.is_empty());
    // axum answers HEAD by what answers GET.
    let (input, wire) = if endpoint.method == options::Method::Get {
        (text::read(&endpoint.fields, query.as_bytes())?, Wire::Text)
    } else {
        let mut stream = Stream::new(endpoint.app.settings(), body);
        let result = read_body(endpoint, &headers, &mut stream).await;
        // After a refusal, or behind a form's end.
        stream.drain(&headers).await;
        result?
    };
    let versions = versions(&headers);
    Ok(Received { input, wire, query, cursor, versions })
}

async fn read_body(endpoint: &Endpoint, headers: &HeaderMap, stream: &mut Stream) -> Result<(Input, Wire)> {
    let fields = &endpoint.fields;
    refuse_coding(headers)?;
    let content_type = content_type(headers)?;
    if fields.has_uploads() {
        let input = multipart::read(&endpoint.app, fields, &content_type, stream).await?;
        return Ok((input, Wire::Text));
    }
    let essence = content_type.essence.as_str();
    let json = essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json"));
    let form = essence == "application/x-www-form-urlencoded";
    if !json && !form && !essence.is_empty() {
        return Err(unsupported("the body must be JSON or a form: send `Content-Type: application/json`"));
    }
    content_type.refuse_charset()?;
    // Held until the body has been read into values.
    let mut share = endpoint.app.bodies().share();
    let body = stream.collect(headers, endpoint.app.settings().max_body, &mut share).await?;
    // `curl -d '{…}'` sends JSON under the type of a form.
    if json || body.trim_ascii_start().starts_with(b"{") {
        return Ok((json::read(fields, &body)?, Wire::Json));
    }
    if form {
        return Ok((text::read(fields, &body)?, Wire::Text));
    }
    if body.is_empty() {
        return Ok((json::read(fields, b"{}")?, Wire::Json));
    }
    Err(unsupported("the body must be JSON or a form: send `Content-Type: application/json`"))
}

/// The media type, lower case and without parameters, and the whole header.
struct ContentType {
    essence: String,
    whole: String,
}

impl ContentType {
    /// JSON is UTF-8 (RFC 8259, section 8.1), and so are forms (the URL standard).
    fn refuse_charset(&self) -> Result<()> {
        let charset = self.whole.split(';').skip(1).find_map(|parameter| {
            let (name, value) = parameter.split_once('=')?;
            name.trim().eq_ignore_ascii_case("charset").then(|| value.trim().trim_matches('"').to_ascii_lowercase())
        });
        match charset.as_deref() {
            None | Some("utf-8" | "utf8" | "us-ascii") => Ok(()),
            Some(_) => Err(unsupported("the body must be UTF-8: send it so, and without another `charset`")),
        }
    }
}

fn content_type(headers: &HeaderMap) -> Result<ContentType> {
    let Some(value) = headers.get(header::CONTENT_TYPE) else {
        return Ok(ContentType { essence: String::new(), whole: String::new() });
    };
    let whole = value.to_str().map_err(|_| unsupported("the content type is not readable"))?.to_owned();
    let essence = whole.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    Ok(ContentType { essence, whole })
}

/// Compressed requests are not taken: a few bytes would stand for any number.
fn refuse_coding(headers: &HeaderMap) -> Result<()> {
    match headers.get(header::CONTENT_ENCODING).map(|value| value.as_bytes().to_ascii_lowercase()) {
        None => Ok(()),
        Some(coding) if coding == b"identity" => Ok(()),
        Some(_) => Err(unsupported("the body must not be compressed: send it without `Content-Encoding`")),
    }
}

fn unsupported(detail: &'static str) -> Error {
    Error::new(415, "unsupported_media_type", detail)
}

/// The versions that the client names, unless it takes any. What is no version of ours matches no row.
fn versions(headers: &HeaderMap) -> Option<Vec<i64>> {
    let mut values = headers.get_all(header::IF_MATCH).iter().peekable();
    values.peek()?;
    let tags: Vec<&str> =
        values.flat_map(|value| value.to_str().unwrap_or_default().split(',')).map(str::trim).collect();
    if tags == ["*"] {
        return None;
    }
    // A weak tag is not equal to any (RFC 9110, section 8.8.3.2).
    let version = |tag: &&str| tag.strip_prefix('"')?.strip_suffix('"')?.parse().ok();
    Some(tags.iter().filter_map(version).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_that_a_client_names() {
        let read = |text: &'static str| {
            versions(&HeaderMap::from_iter([(header::IF_MATCH, axum::http::HeaderValue::from_static(text))]))
        };
        assert_eq!(versions(&HeaderMap::new()), None);
        assert_eq!(read("*"), None);
        assert_eq!(read("\"3\", \"7\""), Some(vec![3, 7]));
        assert_eq!(read("W/\"3\", x, \"y\""), Some(Vec::new()));
    }
}
