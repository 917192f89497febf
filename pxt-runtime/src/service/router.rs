//! The registered routes as one `axum::Router`.

use std::collections::BTreeSet;

use axum::Router;

use super::config::refused;
use crate::error::Result;
use crate::route::{AttributeRoute, Endpoint, declared, media_router, serve};
use crate::table::App;

impl App {
    /// The routes of all attributes that were checked against this application's schema, and the media that they answer
    /// with. Merges with hand-written routes.
    ///
    /// # Errors
    /// When two routes have one path, and when there is no route; the text says where they stand, or what to do.
    pub fn router(&self) -> Result<Router> {
        let routes = declared(self);
        if routes.is_empty() {
            return Err(refused(nothing_registered()));
        }
        refuse_duplicates(&routes)?;
        let tables: BTreeSet<_> = routes.iter().map(|route| route.table).collect();
        let mut router = media_router(self, tables);
        for route in routes {
            router = router.route(route.path, serve(Endpoint::new(self, route)?));
        }
        Ok(router)
    }

    /// The routes that [`router`](Self::router) serves: method, path, and where the function stands.
    pub fn routes(&self) -> Vec<(&'static str, &'static str, crate::schema::At)> {
        declared(self).into_iter().map(|route| ("POST", route.path, route.at)).collect()
    }
}

fn refuse_duplicates(routes: &[&AttributeRoute]) -> Result<()> {
    let clashes: Vec<_> = routes
        .windows(2)
        .filter(|pair| pair[0].path == pair[1].path)
        .map(|pair| format!("POST {} is served by two routes, at {} and at {}", pair[0].path, pair[0].at, pair[1].at))
        .chain(routes.iter().filter(|route| route.path.starts_with("/media/")).map(|route| {
            format!("POST {} at {} is under /media/, where files are served: choose another path", route.path, route.at)
        }))
        .collect();
    if clashes.is_empty() { Ok(()) } else { Err(refused(format!("{}: change the paths", clashes.join("\n")))) }
}

fn nothing_registered() -> &'static str {
    if inventory::iter::<AttributeRoute>.into_iter().next().is_some() {
        "no route is registered for this schema; the routes of this program name another one by `schema = …`: open the application with that"
    } else {
        "no route is registered: put `#[pxt::insert_route(…)]` on a function, and if the routes are in another crate, write `use that_crate as _;` so that it is linked"
    }
}
