//! `GET /`: what this is, for whoever opens the address: a small page for people, JSON for programs.

use axum::body::Body;
use axum::extract::Request;
use axum::http::Response;
use axum::http::header::{self, HeaderMap, HeaderValue};
use serde::Serialize;

use crate::openapi;
use crate::route::{Served, responder};

/// The page is text and links, with the style that stands in it.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// What a service says of itself. Addresses are relative, so that they hold below a prefix and behind a proxy.
#[derive(Clone, Serialize)]
struct Home {
    name: String,
    version: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    docs: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    openapi: Option<&'static str>,
}

/// Serves the page of a service of this name and version, with links to its documentation if it has one.
pub(super) fn serve_home(name: &str, version: &str, has_docs: bool) -> Served {
    let home = Home {
        name: name.to_owned(),
        version: version.to_owned(),
        docs: (has_docs && cfg!(feature = "docs")).then_some("docs"),
        openapi: has_docs.then(|| openapi::PATH.trim_start_matches('/')),
    };
    Served::get("/", responder(move |request: Request| std::future::ready(Ok(home.answer(request.headers())))))
}

impl Home {
    fn answer(&self, headers: &HeaderMap) -> Response<Body> {
        let (content_type, text) = if wants_page(headers) {
            ("text/html; charset=utf-8", self.page())
        } else {
            ("application/json", serde_json::to_string(self).expect("texts always serialize"))
        };
        let mut response = Response::new(Body::from(text));
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        headers.append(header::VARY, HeaderValue::from_static("accept"));
        response
    }

    fn page(&self) -> String {
        let (name, version) = (escaped(&self.name), escaped(&self.version));
        let link = |target: Option<&str>, text: &str| {
            target.map(|target| format!("<p><a href=\"{target}\">{text}</a></p>\n")).unwrap_or_default()
        };
        let links = link(self.docs, "API documentation") + &link(self.openapi, "OpenAPI document");
        format!(
            "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width\">\n<title>{name}</title>\n\
             <style>body {{ font: 1.1em/1.5 system-ui, sans-serif; margin: 4em auto; max-width: 40em; padding: 0 1em }}</style>\n\
             <h1>{name}</h1>\n<p>Version {version}</p>\n{links}</html>\n"
        )
    }
}

/// Whether somebody asks who reads pages: HTML is named, and JSON not preferred to it (RFC 9110, section 12.5.1).
fn wants_page(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    let (mut page, mut json) = (0.0, 0.0);
    for range in accepted.flat_map(|value| value.split(',')) {
        let mut parts = range.split(';').map(str::trim);
        let weighs = match parts.next() {
            Some("text/html") => &mut page,
            Some("application/json") => &mut json,
            _ => continue,
        };
        let weight = parts.find_map(|part| part.strip_prefix("q=")).map_or(Some(1.0), |weight| weight.parse().ok());
        *weighs = weight.unwrap_or(0.0);
    }
    page > 0.0 && page >= json
}

/// The text where HTML is expected.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_no_html() {
        let home = Home { name: "<b>&".to_owned(), version: "1".to_owned(), docs: Some("docs"), openapi: None };
        let page = home.page();
        assert!(page.contains("<title>&lt;b&gt;&amp;</title>") && page.contains("href=\"docs\""), "{page}");
        assert!(!page.contains("openapi"), "{page}");
    }

    #[test]
    fn browsers_read_pages() {
        let headers = |accept| HeaderMap::from_iter([(header::ACCEPT, HeaderValue::from_static(accept))]);
        assert!(wants_page(&headers("text/html,application/xhtml+xml,*/*;q=0.8")));
        assert!(
            !wants_page(&headers("*/*")) && !wants_page(&headers("application/json")) && !wants_page(&HeaderMap::new())
        );
    }
}
