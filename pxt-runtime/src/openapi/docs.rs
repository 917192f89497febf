//! `/docs`: Swagger UI over the service's `openapi.json`, from this program alone.
//!
//! Its scripts run under a policy that lets them reach nothing but the service. Every address in the page is relative, so
//! that it works below a prefix and behind a proxy. Swagger UI itself is under the Apache License 2.0.

use std::io::Read as _;
use std::sync::OnceLock;

use axum::body::{Body, Bytes};
use axum::http::header::{self, HeaderMap, HeaderValue};
use axum::http::{Response, StatusCode};
use sha2::{Digest as _, Sha256};

use crate::media::none_match;
use crate::route::{Served, responder};

/// Swagger UI sets styles in place, and draws answers that are files from `blob:` addresses.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; \
                      media-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// A file of the page.
struct Asset {
    path: &'static str,
    content_type: &'static str,
    content: Content,
    /// The tag of the content as it is kept.
    tag: OnceLock<String>,
}

/// How a file is kept.
enum Content {
    Plain(&'static [u8]),
    /// Unpacked only for clients that do not take gzip; browsers do.
    Gzip(&'static [u8]),
}

/// A part of Swagger UI, as the build script keeps it.
macro_rules! bundled {
    ($part:literal) => {
        Content::Gzip(include_bytes!(concat!(env!("OUT_DIR"), "/", $part, ".gz")))
    };
}

static ASSETS: [Asset; 6] = [
    asset("/docs", "text/html; charset=utf-8", Content::Plain(include_bytes!("docs/page.html"))),
    asset("/docs/page.css", "text/css; charset=utf-8", Content::Plain(include_bytes!("docs/page.css"))),
    asset("/docs/page.js", "text/javascript; charset=utf-8", Content::Plain(include_bytes!("docs/page.js"))),
    asset("/docs/media.js", "text/javascript; charset=utf-8", Content::Plain(include_bytes!("docs/media.js"))),
    asset("/docs/swagger-ui.css", "text/css; charset=utf-8", bundled!("swagger-ui.css")),
    asset("/docs/swagger-ui-bundle.js", "text/javascript; charset=utf-8", bundled!("swagger-ui-bundle.js")),
];

const fn asset(path: &'static str, content_type: &'static str, content: Content) -> Asset {
    Asset { path, content_type, content, tag: OnceLock::new() }
}

/// The page and its files: `/docs` and what is below. The page reads `openapi.json` beside it, under whatever prefix.
pub(crate) fn serve_docs() -> Vec<Served> {
    let serve = |asset: &'static Asset| {
        Served::get(asset.path, responder(move |request| std::future::ready(Ok(asset.answer(request.headers())))))
    };
    ASSETS.iter().map(serve).collect()
}

impl Asset {
    fn answer(&'static self, headers: &HeaderMap) -> Response<Body> {
        let (body, encoded) = match self.content {
            Content::Plain(bytes) => (Bytes::from_static(bytes), false),
            Content::Gzip(bytes) if takes_gzip(headers) => (Bytes::from_static(bytes), true),
            Content::Gzip(bytes) => (unpacked(bytes), false),
        };
        let etag = self.etag(encoded);
        let known = none_match(headers, &etag);
        let mut response = Response::new(if known { Body::empty() } else { Body::from(body) });
        let headers = response.headers_mut();
        headers.insert(header::ETAG, HeaderValue::from_str(&etag).expect("hexadecimal digits are header text"));
        // Asked for anew each time, since the next version of the program has the same addresses; answered 304.
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        if let Content::Gzip(_) = self.content {
            headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
        }
        headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
        headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
        if known {
            *response.status_mut() = StatusCode::NOT_MODIFIED;
            return response;
        }
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        if encoded {
            headers.insert(header::CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        response
    }

    /// One tag for each form of the content.
    fn etag(&self, encoded: bool) -> String {
        let (Content::Plain(bytes) | Content::Gzip(bytes)) = self.content;
        let tag = self.tag.get_or_init(|| {
            let hash = Sha256::digest(bytes);
            hash[..16].iter().map(|byte| format!("{byte:02x}")).collect()
        });
        if encoded { format!("\"{tag}-gzip\"") } else { format!("\"{tag}\"") }
    }
}

/// Whether the client takes gzip: RFC 9110, section 12.5.3.
fn takes_gzip(headers: &HeaderMap) -> bool {
    let codings: Vec<_> = headers
        .get_all(header::ACCEPT_ENCODING)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(|coding| {
            let (name, weight) = coding.split_once(';').unwrap_or((coding, "q=1"));
            let weight = weight.trim().trim_start_matches(['q', 'Q', '=']).parse::<f32>();
            (name.trim(), weight.is_ok_and(|weight| weight > 0.0))
        })
        .collect();
    let of = |wanted: &[&str]| {
        codings.iter().find(|(name, _)| wanted.iter().any(|wanted| name.eq_ignore_ascii_case(wanted)))
    };
    of(&["gzip", "x-gzip"]).or_else(|| of(&["*"])).is_some_and(|(_, taken)| *taken)
}

fn unpacked(gzip: &[u8]) -> Bytes {
    let mut bytes = Vec::new();
    flate2::read::GzDecoder::new(gzip).read_to_end(&mut bytes).expect("the build script made it of a whole stream");
    bytes.into()
}

#[cfg(test)]
mod tests;
