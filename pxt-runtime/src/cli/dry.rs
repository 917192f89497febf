//! `--dry-run`: what a start would serve and change, without a start.
//!
//! Routes are judged over a database of their own, which is made for it and gone afterwards; the real one is compared with the
//! schema, and not changed.

use std::fmt::Write as _;
use std::io::Write as _;

use serde::Serialize;

use super::judge::judged;
use super::report::Failure;
use crate::app::App;
use crate::route::{Endpoint, Routes};
use crate::service::file::Written;
use crate::service::{Config, pending};
use crate::store::{Store, is_postgres, store_error};

/// Checks all that a start checks but the port, and prints what it would serve.
pub(super) async fn run(written: &Written, json: bool, routes: impl FnOnce(&App) -> Routes) -> Result<(), Failure> {
    let folder = tempfile::tempdir().map_err(crate::error::Error::from)?;
    // Options of a bucket are none of a folder.
    let media_options = crate::media::MediaOptions::default();
    let scratch = Config { adopt: Vec::new(), read_url: None, media_options, ..written.config.clone() };
    let Config { database, media, .. } = Config::in_folder(folder.path());
    let app = App::open(Config { database, media, ..scratch }, written.schema).await?;
    let changes = pending(&written.config, written.schema).await;
    let checked = match &changes {
        Ok(changes) => checked(routes(&app), &written.config, changes.is_empty()).await,
        Err(_) => judged(routes(&app).judged()).and_then(|routes| Ok(routes.checked()?)),
    };
    app.close().await;
    let (endpoints, changes) = (checked?, changes?);
    let text = if json {
        format!("{}\n", as_json(written, &endpoints, &changes))
    } else {
        as_text(written, &endpoints, &changes)
    };
    // Who started it may have closed the pipe.
    drop(std::io::stdout().write_all(text.as_bytes()));
    Ok(())
}

/// The endpoints of routes. SQL texts are shown to the database that they are for, when it is as a start would leave it; else
/// to the one made for this, if that is of the same kind.
async fn checked(routes: Routes, config: &Config, is_current: bool) -> Result<Vec<Endpoint>, Failure> {
    let routes = if !routes.asks_by_sql() {
        routes
    } else if is_current {
        let store = Store::open_shared(&config.database, None, config.connections).await.map_err(store_error)?;
        let prepared = routes.prepare_over(&store).await;
        store.close().await;
        prepared?
    } else if is_postgres(&config.database) {
        routes.judged()
    } else {
        routes.prepare().await?
    };
    Ok(judged(routes)?.checked()?)
}

fn as_text(written: &Written, endpoints: &[Endpoint], changes: &[String]) -> String {
    let mut text = String::new();
    let mut line = |line: &str| {
        // Writing to a `String` does not fail.
        let _ = writeln!(text, "{line}");
    };
    if let Some(name) = &written.name {
        line(&format!("Service:  {name}"));
    }
    line(&format!("  Host:   {}", written.host));
    line(&format!("  Port:   {}", written.port));
    if !written.prefix.is_empty() {
        line(&format!("  Prefix: {}", written.prefix));
    }
    line(&format!("Routes ({}):", endpoints.len()));
    for endpoint in endpoints {
        line(&format!("  [{}] {}", endpoint.kind(), endpoint.path));
    }
    if !changes.is_empty() {
        line(&format!("Changes of the database at a start ({}):", changes.len()));
        for change in changes {
            line(&format!("  {change}"));
        }
    }
    text
}

fn as_json(written: &Written, endpoints: &[Endpoint], changes: &[String]) -> String {
    let service = Service {
        name: written.name.as_deref(),
        title: written.title.as_deref(),
        prefix: &written.prefix,
        host: &written.host,
        port: written.port,
        routes: endpoints.iter().map(Route::of).collect(),
    };
    serde_json::to_string(&Valid { status: "valid", service, changes }).expect("texts and numbers always serialize")
}

/// What a start would do, for programs.
#[derive(Serialize)]
struct Valid<'v> {
    status: &'static str,
    service: Service<'v>,
    changes: &'v [String],
}

#[derive(Serialize)]
struct Service<'v> {
    name: Option<&'v str>,
    title: Option<&'v str>,
    prefix: &'v str,
    host: &'v str,
    port: u16,
    routes: Vec<Route<'v>>,
}

#[derive(Serialize)]
struct Route<'v> {
    r#type: &'static str,
    method: &'static str,
    path: &'v str,
    tables: Vec<&'static str>,
    inputs: Vec<&'static str>,
    background: bool,
}

impl<'v> Route<'v> {
    fn of(endpoint: &'v Endpoint) -> Self {
        Self {
            r#type: endpoint.kind(),
            method: endpoint.method.name(),
            path: &endpoint.path,
            tables: endpoint.tables(),
            inputs: endpoint.fields.names().collect(),
            background: endpoint.background.is_some(),
        }
    }
}
