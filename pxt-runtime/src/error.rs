//! The one error type that users see, inside functions and at the edge.
//!
//! It separates what a client may read (status, code, detail) from what only the log may (the source). Any error converts
//! into it with `?`, so it does not implement [`std::error::Error`] itself; `Box<dyn Error>` takes it all the same.

mod mask;
mod mistake;

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;

use axum::http::{HeaderName, HeaderValue, StatusCode};
use serde::Serialize;

pub(crate) use mask::{is_secret, masked};
pub(crate) use mistake::{Mistake, Source as SourceFile, Span};

type Source = Box<dyn StdError + Send + Sync>;

/// What went wrong, and what a client may know of it.
///
/// Made by `?` from any error, which answers 500 and keeps the text in the log, or by [`Error::public`], whose text the
/// client reads.
pub struct Error(Box<Inner>);

/// [`std::result::Result`] with [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

struct Inner {
    status: u16,
    code: &'static str,
    detail: Cow<'static, str>,
    fields: Vec<FieldError>,
    stored: Option<serde_json::Value>,
    retry_after: Option<u32>,
    headers: Vec<(HeaderName, HeaderValue)>,
    public: bool,
    source: Option<Source>,
}

/// The one shape of every failure.
#[derive(Serialize)]
struct Problem<'a> {
    /// A stable code.
    r#type: &'a str,
    title: &'a str,
    status: u16,
    detail: &'a str,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [FieldError],
    #[serde(skip_serializing_if = "Option::is_none")]
    stored: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    key: Option<&'a serde_json::Value>,
    request_id: &'a str,
}

/// What a URI fragment cannot hold as it is (RFC 3986, section 3.5).
const FRAGMENT: &percent_encoding::AsciiSet = &percent_encoding::CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'<')
    .add(b'>')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// One mistake in one field of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    /// Where the field is: a JSON pointer into the body (`#/title`), or the name of a form field.
    #[serde(flatten)]
    pub place: Place,
    /// One sentence for a person.
    pub detail: Cow<'static, str>,
    /// A stable code.
    pub code: &'static str,
}

/// Where a mistaken field is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// A JSON pointer (RFC 6901) in a URI fragment.
    Pointer(String),
    /// The name of a form field or query parameter.
    Parameter(String),
}

impl Error {
    /// An error whose status and text the client is meant to see. A status outside 400 to 599 becomes 500.
    ///
    /// ```
    /// let error = pxt_runtime::Error::public(403, "this poster is under embargo");
    /// assert_eq!(error.status(), 403);
    /// assert_eq!(error.to_string(), "this poster is under embargo");
    /// ```
    pub fn public(status: u16, detail: impl Into<Cow<'static, str>>) -> Self {
        let status = if (400..600).contains(&status) { status } else { 500 };
        let mut error = Self::new(status, "function_error", detail);
        error.0.public = true;
        error
    }

    pub(crate) fn new(status: u16, code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self(Box::new(Inner {
            status,
            code,
            detail: detail.into(),
            fields: Vec::new(),
            stored: None,
            retry_after: None,
            headers: Vec::new(),
            public: false,
            source: None,
        }))
    }

    /// 422, with the fields that were wrong.
    pub(crate) fn invalid(fields: Vec<FieldError>) -> Self {
        let detail: Cow<'static, str> = match fields.len() {
            1 => "one field of the request is wrong".into(),
            n => format!("{n} fields of the request are wrong").into(),
        };
        let mut error = Self::new(422, "invalid_input", detail);
        error.0.fields = fields;
        error
    }

    /// 500, or 503 where the process had no descriptor left. The text goes to the log alone.
    pub(crate) fn internal(source: impl Into<Source>) -> Self {
        let source = source.into();
        if is_out_of_descriptors(&*source) {
            let detail = "the service has too many files open at the moment: try again";
            return Self::new(503, "busy", detail).with_retry_after(1).with_source(source);
        }
        Self::new(500, "internal", "the server could not handle the request").with_source(source)
    }

    pub(crate) fn with_source(mut self, source: impl Into<Source>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    pub(crate) fn with_field(mut self, field: FieldError) -> Self {
        self.0.fields.push(field);
        self
    }

    /// Says that the row was stored before the error, under this key.
    pub(crate) fn with_stored(mut self, key: serde_json::Value) -> Self {
        self.0.stored = Some(key);
        self
    }

    pub(crate) fn with_retry_after(mut self, seconds: u32) -> Self {
        self.0.retry_after = Some(seconds);
        self
    }

    /// With a header of the answer, which HTTP asks for beside the status.
    pub(crate) fn with_header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.0.headers.push((name, value));
        self
    }

    /// The headers of the answer that [`with_header`](Self::with_header) added.
    pub(crate) fn headers(&self) -> &[(HeaderName, HeaderValue)] {
        &self.0.headers
    }

    /// The HTTP status.
    pub fn status(&self) -> u16 {
        self.0.status
    }

    /// The stable code, such as `duplicate_key` or `invalid_input`.
    pub fn code(&self) -> &'static str {
        self.0.code
    }

    /// The text that a client reads.
    pub fn detail(&self) -> &str {
        &self.0.detail
    }

    /// The fields that were wrong.
    pub fn fields(&self) -> &[FieldError] {
        &self.0.fields
    }

    /// The key of the row that was stored before the error, if one was.
    pub fn stored(&self) -> Option<&serde_json::Value> {
        self.0.stored.as_ref()
    }

    /// After how many seconds another attempt may succeed.
    pub fn retry_after(&self) -> Option<u32> {
        self.0.retry_after
    }

    /// What caused the error, for the log.
    pub fn source(&self) -> Option<&(dyn StdError + Send + Sync + 'static)> {
        self.0.source.as_deref()
    }

    /// The problem document of the error (RFC 9457), as JSON text.
    pub(crate) fn problem(&self, request_id: &str) -> Vec<u8> {
        let status = StatusCode::from_u16(self.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let problem = Problem {
            r#type: self.code(),
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: self.detail(),
            errors: self.fields(),
            stored: self.stored().map(|_| true),
            key: self.stored(),
            request_id,
        };
        // The parts are text, numbers and trees of them: serialization has nothing to fail on.
        serde_json::to_vec(&problem).unwrap_or_default()
    }

    /// Whether the user's code chose status and text by [`Error::public`].
    pub(crate) fn is_public(&self) -> bool {
        self.0.public
    }

    /// The whole chain of causes in one line, for the log.
    pub(crate) fn chain(&self) -> String {
        self.source().map_or_else(|| self.0.detail.clone().into_owned(), |source| chain(source))
    }

    /// The same with the fields of a form named as such; `is_field` tells them.
    pub(crate) fn of_form(mut self, is_field: impl Fn(&str) -> bool) -> Self {
        for field in &mut self.0.fields {
            if let Place::Pointer(pointer) = &field.place
                && let Some(name) = pointer.strip_prefix("#/")
                && is_field(name)
            {
                field.place = Place::Parameter(name.to_owned());
            }
        }
        self
    }
}

/// An error and its causes in one line. A cause that the text before it has told already is left out.
pub(crate) fn chain(error: &(dyn StdError + 'static)) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let cause_text = cause.to_string();
        if !text.ends_with(&cause_text) {
            text.push_str(": ");
            text.push_str(&cause_text);
        }
        next = cause.source();
    }
    text
}

/// Whether an error, or one of its causes, is that the process or the machine has no descriptor left. That passes.
pub(crate) fn is_out_of_descriptors(error: &(dyn StdError + 'static)) -> bool {
    // EMFILE and ENFILE, everywhere but on Windows.
    const NONE_LEFT: [i32; 2] = [24, 23];
    let is_one = |error: &std::io::Error| match error.raw_os_error() {
        Some(code) => NONE_LEFT.contains(&code),
        // `tempfile` adds the path and keeps the code in its text alone.
        None => NONE_LEFT.iter().any(|code| error.to_string().contains(&format!("(os error {code})"))),
    };
    let mut next = Some(error).filter(|_| cfg!(unix));
    while let Some(error) = next {
        if error.downcast_ref().is_some_and(is_one) {
            return true;
        }
        next = error.source();
    }
    false
}

/// The failure of what nobody waits for any more. Nothing was stored.
pub(crate) fn abandoned() -> Error {
    Error::new(408, "request_timeout", "the client did not wait until its row was computed")
}

impl FieldError {
    /// A mistake in a field of a JSON body.
    pub(crate) fn pointer(name: &str, code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        let token = name.replace('~', "~0").replace('/', "~1");
        let pointer = format!("#/{}", percent_encoding::utf8_percent_encode(&token, FRAGMENT));
        Self { place: Place::Pointer(pointer), detail: detail.into(), code }
    }

    /// A mistake of the whole body.
    pub(crate) fn whole(code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { place: Place::Pointer("#".to_owned()), detail: detail.into(), code }
    }

    /// A mistake in a field of a form.
    pub(crate) fn parameter(name: &str, code: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { place: Place::Parameter(name.to_owned()), detail: detail.into(), code }
    }
}

impl<E: StdError + Send + Sync + 'static> From<E> for Error {
    fn from(source: E) -> Self {
        Self::internal(source)
    }
}

impl From<Error> for Box<dyn StdError + Send + Sync> {
    fn from(error: Error) -> Self {
        Box::new(Boxed(error))
    }
}

impl From<Error> for Box<dyn StdError> {
    fn from(error: Error) -> Self {
        Box::new(Boxed(error))
    }
}

impl Error {
    /// The error that was boxed, should it be one of ours, else 500.
    pub(crate) fn from_boxed(source: Source) -> Self {
        match source.downcast::<Boxed>() {
            Ok(boxed) => boxed.0,
            Err(source) => Self::internal(source),
        }
    }
}

/// [`Error`] where an [`std::error::Error`] is needed.
struct Boxed(Error);

impl StdError for Boxed {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.0.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}

impl fmt::Display for Boxed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Debug for Boxed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a client reads; for an error without a public text, that is not the cause.
impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.detail)?;
        for field in &self.0.fields {
            let (Place::Pointer(name) | Place::Parameter(name)) = &field.place;
            write!(f, "; {name} {}", field.detail)?;
        }
        Ok(())
    }
}

/// For the developer: status, code, text and the chain of causes.
impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self} ({} {})", self.0.status, self.0.code)?;
        if self.0.source.is_some() {
            write!(f, ", caused by: {}", self.chain())?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_foreign_error_keeps_its_text_from_clients() {
        fn fails() -> Result<i64> {
            Ok("secret".parse::<i64>()?)
        }
        let error = fails().expect_err("is no number");
        assert_eq!((error.status(), error.code()), (500, "internal"));
        assert!(!error.to_string().contains("digit"));
        assert!(format!("{error:?}").contains("invalid digit"));
    }

    #[cfg(unix)]
    #[test]
    fn a_process_without_descriptors_asks_for_another_attempt() {
        let none_left = || std::io::Error::from_raw_os_error(24);
        let media = crate::media::MediaError::from(none_left());
        let wrapped = std::io::Error::other(format!("{} at path /var/tmp/x", none_left()));
        for error in [Error::from(none_left()), Error::from(media), Error::from(wrapped)] {
            assert_eq!((error.status(), error.code(), error.retry_after()), (503, "busy", Some(1)), "{error:?}");
        }
        assert_eq!(Error::from(std::io::Error::from_raw_os_error(13)).status(), 500);
    }

    #[test]
    fn pointers_are_escaped() {
        assert_eq!(
            serde_json::to_string(&FieldError::pointer("a/b~c d", "unknown", "is not known")).expect("is JSON"),
            r##"{"pointer":"#/a~1b~0c%20d","detail":"is not known","code":"unknown"}"##
        );
    }
}
