//! The routes as one `axum::Router`.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::extract::Request;
use axum::response::Response;
use tower::ServiceExt;

use super::config::refused;
use super::home::serve_home;
use crate::app::App;
use crate::error::{Error, Result};
use crate::openapi;
use crate::route::{
    AttributeRoute, Endpoint, JOBS, QueryRoute, Resolved, Routes, Served, responder, serve_endpoints, serve_jobs,
    serve_media,
};
use crate::schema::nearest;
use crate::wire::Around;

impl App {
    /// The routes of all attributes that were checked against this application's schema, to which others can be added.
    pub fn routes(&self) -> Routes {
        Routes::new(self.clone())
    }

    /// The routes of all attributes, and the media that they answer with. Merges with hand-written routes.
    ///
    /// # Errors
    /// As [`Routes::router`].
    pub fn router(&self) -> Result<Router> {
        self.routes().router()
    }
}

impl Routes {
    /// The routes, the media that they answer with, and their documentation. Merges with hand-written routes.
    ///
    /// # Errors
    /// When a declaration breaks a rule, when two routes have one path and method, when two types or operations have one name in
    /// the documentation, and when there is no route: the text has every mistake of every route, and what to write.
    pub fn router(&self) -> Result<Router> {
        self.assemble(None).map(|assembled| assembled.router)
    }

    /// The OpenAPI 3.1 document of the routes, as `/openapi.json` serves it, to be written to a file, say.
    ///
    /// # Errors
    /// As [`router`](Self::router).
    pub fn openapi(&self) -> Result<serde_json::Value> {
        self.describe(&self.resolve()?)
    }

    /// The endpoints, judged as [`router`](Self::router) judges them.
    ///
    /// # Errors
    /// As [`router`](Self::router).
    #[cfg(feature = "cli")]
    pub(crate) fn checked(&self) -> Result<Vec<Endpoint>> {
        self.assemble(None)?;
        Ok(self.resolve()?.endpoints)
    }

    fn describe(&self, resolved: &Resolved) -> Result<serde_json::Value> {
        let tables = resolved.media.iter().filter_map(|name| self.app().schema().table(name));
        let service = openapi::Service {
            title: &self.title,
            version: &self.version,
            public_url: self.app().settings().public_url.as_deref(),
            media: tables.filter(|table| table.columns.iter().any(|column| column.ty.is_media())).collect(),
        };
        openapi::document(&service, &resolved.endpoints)
    }

    /// The same with an answer for every other path, and the routes in a line each, for a service that listens at this address.
    pub(crate) fn assemble(&self, listens: Option<SocketAddr>) -> Result<Assembled> {
        if self.is_empty() {
            return Err(refused(nothing_registered()));
        }
        let resolved = self.resolve()?;
        let docs = if self.docs { Some(self.describe(&resolved)?) } else { None };
        let Resolved { endpoints, media, .. } = resolved;
        let endpoints: Vec<Arc<Endpoint>> = endpoints.into_iter().map(Arc::new).collect();
        let work: Vec<_> = endpoints.iter().filter_map(Endpoint::work).collect();
        let exporting: Vec<_> = endpoints.iter().filter_map(Endpoint::exporting).collect();
        let jobs = !work.is_empty();
        let lines = endpoints.iter().map(|endpoint| (endpoint.line(), endpoint.about.at)).collect();
        let mut paths: BTreeMap<String, Vec<Arc<Endpoint>>> = BTreeMap::new();
        for endpoint in endpoints {
            paths.entry(endpoint.path.clone()).or_default().push(endpoint);
        }
        let mut known: BTreeSet<String> = paths.keys().cloned().collect();
        let mut all = vec![serve_media(self.app(), media)];
        if jobs {
            all.extend(serve_jobs(self.app()));
            known.insert(JOBS.to_owned());
        }
        if let Some(document) = docs {
            all.push(openapi::serve_document(&document));
            all.extend(openapi::serve_docs());
            known.insert(openapi::PATH.to_owned());
            known.extend(cfg!(feature = "docs").then(|| "/docs".to_owned()));
        }
        all.extend(paths.into_iter().map(|(path, endpoints)| serve_endpoints(&path, endpoints)));
        let around = Around::new(self.app().settings(), listens);
        let router = around.router(all);
        if jobs {
            self.app().jobs().run(work).map_err(|route| {
                refused(format!(
                    "another router of this application has a background route `{route}` that does something else, and jobs go by \
                     the route's name: give one of them another path"
                ))
            })?;
        }
        self.app().exports().deliver(exporting);
        // The state is known: axum makes each route now, and not at each request.
        let router = router.with_state(());
        let has_root = known.contains("/");
        let home = (!has_root).then(|| serve_home(&self.title, &self.version, self.docs));
        Ok(Assembled { router, known, home, lines, tells: jobs || around.asks_where_reached(), around })
    }
}

/// Routes that are served.
pub(crate) struct Assembled {
    router: Router,
    known: BTreeSet<String>,
    around: Around,
    /// What is at `/` when no route is there, and nothing is beside these routes.
    home: Option<Served>,
    /// Whether requests are to be told where they arrived.
    pub(crate) tells: bool,
    /// Each route, and where its function stands.
    pub(crate) lines: Vec<(String, Option<crate::schema::At>)>,
}

impl Assembled {
    /// The routes, what the service says of itself, and a problem for every other path.
    pub(crate) fn whole(self) -> Router {
        let (known, plain, around) = (Arc::new(self.known), self.router.clone(), self.around);
        let home = around.router(self.home);
        let elsewhere = move |request| elsewhere(known.clone(), plain.clone(), around.clone(), request);
        self.router.merge(home).fallback(elsewhere).with_state(())
    }
}

/// A path that no route has as it is written. `/%70osters` is the same path as `/posters` (RFC 3986, section 6.2.2.2).
async fn elsewhere(known: Arc<BTreeSet<String>>, router: Router, around: Around, mut request: Request) -> Response {
    if let Some(path) = normal(request.uri().path()).filter(|path| known.contains(path)) {
        let query = request.uri().query().map(|query| format!("?{query}")).unwrap_or_default();
        if let Ok(uri) = format!("{path}{query}").parse() {
            *request.uri_mut() = uri;
            return router.oneshot(request).await.unwrap_or_else(|never| match never {});
        }
    }
    let nothing = responder(move |request| std::future::ready(Err(not_found(&known, request.uri().path()))));
    around.respond(nothing, request).await
}

/// 404 for a path that nothing serves; a near one is named.
fn not_found(known: &BTreeSet<String>, path: &str) -> Error {
    let detail = match nearest(path, known.iter().map(String::as_str)) {
        Some(near) => format!("nothing is served under this path; did you mean `{near}`?"),
        None => "nothing is served under this path".to_owned(),
    };
    Error::new(404, "not_found", detail)
}

/// The path with what need not be percent-encoded written plainly: letters and digits, `-._~`, and what is not ASCII. None when
/// that is how it is written. `%2F` is not a slash, nor `%3F` the begin of a query.
fn normal(path: &str) -> Option<String> {
    let mut plain = Vec::with_capacity(path.len());
    let mut rest = path.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let decoded = match behind {
            [high, low, ..] if *first == b'%' => hexadecimal(*high).zip(hexadecimal(*low)).map(|(h, l)| h << 4 | l),
            _ => None,
        };
        let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~".contains(byte) || !byte.is_ascii();
        (rest, _) = match decoded.filter(is_plain) {
            Some(byte) => (&behind[2..], plain.push(byte)),
            None => (behind, plain.push(*first)),
        };
    }
    String::from_utf8(plain).ok().filter(|plain| plain != path)
}

fn hexadecimal(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

fn nothing_registered() -> &'static str {
    let rows = inventory::iter::<AttributeRoute>.into_iter().next().is_some();
    if rows || inventory::iter::<QueryRoute>.into_iter().next().is_some() {
        "no route is registered for this schema; the routes of this program name another one by `schema = …`: open the application with that"
    } else {
        "no route is registered: put `#[pxt::insert_route(…)]` on a function, and if the routes are in another crate, write `use that_crate as _;` so that it is linked"
    }
}

#[cfg(test)]
mod tests {
    use super::normal;

    #[test]
    fn only_what_means_the_same_is_decoded() {
        assert_eq!(normal("/p%61irs%2D1").as_deref(), Some("/pairs-1"));
        assert_eq!(normal("/%C3%bc").as_deref(), Some("/ü"));
        assert_eq!(normal("/pairs"), None);
        for kept in ["/pairs%2Fdelete", "/pairs%3Fx", "/a%20b", "/100%", "/%zz", "/%ff"] {
            assert_eq!(normal(kept), None, "{kept}");
        }
        assert_eq!(normal("/%2e%2E/p%2F").as_deref(), Some("/../p%2F"));
    }
}
