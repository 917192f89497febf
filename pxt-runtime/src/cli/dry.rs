//! `--dry-run`: what a start would serve and change, without a start.
//!
//! Routes are judged over a database of their own, which is made for it and gone afterwards: with the tables of a SQLite file, so
//! that what a start would change is changed there. The real one is looked at, and not changed; and so are databases that routes are
//! exported to.

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::Path;

use serde::Serialize;

use super::judge::judged;
use super::report::Failure;
use crate::app::App;
use crate::export::RowExport;
use crate::media::MediaOptions;
use crate::route::{Endpoint, Routes};
use crate::service::file::Written;
use crate::service::{Config, pending};
use crate::store::{Store, copy, is_postgres, store_error};

/// Checks all that a start checks but the port, and prints what it would serve.
pub(super) async fn run(written: &Written, json: bool, routes: impl FnOnce(&App) -> Routes) -> Result<(), Failure> {
    let changes = pending(&written.config, written.schema).await;
    let folder = tempfile::tempdir().map_err(crate::error::Error::from)?;
    let app = App::open(scratch(&written.config, folder.path()).await?, written.schema).await?;
    let routes = routes(&app).prepare_exports().await;
    let targets = routes.targets();
    let checked = match &changes {
        Ok(changes) => checked(routes, &written.config, changes.is_empty()).await,
        Err(_) => judged(routes.judged()).and_then(|routes| Ok(routes.checked()?)),
    };
    targets.close().await;
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

/// The configuration of a start in a folder, over the tables of the database if they can be copied.
async fn scratch(config: &Config, folder: &Path) -> Result<Config, Failure> {
    let Config { database, media, .. } = Config::in_folder(folder);
    copy(&config.database, Path::new(&database)).await.map_err(store_error)?;
    let adopt = if is_postgres(&config.database) { Vec::new() } else { config.adopt.clone() };
    // Options of a bucket are none of a folder.
    let media_options = MediaOptions::default();
    let own = Config { database, media, media_options, read_url: None, auto_migrate: true, adopt, ..config.clone() };
    Ok(own)
}

/// The endpoints of routes. SQL texts are shown to a PostgreSQL server itself, when it is as a start would leave it.
async fn checked(routes: Routes, config: &Config, is_current: bool) -> Result<Vec<Endpoint>, Failure> {
    let routes = if !is_postgres(&config.database) {
        let store = routes.app().tables().store().clone();
        routes.prepare_texts(&store).await?
    } else if is_current && routes.asks_by_sql() {
        let store = Store::open_shared(&config.database, None, config.connections).await.map_err(store_error)?;
        let prepared = routes.prepare_texts(&store).await;
        store.close().await;
        prepared?
    } else {
        routes.judged()
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
        if let Some(export) = endpoint.export() {
            let RowExport { destination, method, delivery, .. } = &**export;
            line(&format!("    exported to {destination}, method {}, delivery {}", method.word(), delivery.word()));
        }
    }
    for endpoint in endpoints.iter().filter(|endpoint| endpoint.is_undescribed()) {
        let text = "is not checked: the server is asked about it once its tables are made";
        line(&format!("The SQL text of {} {text}", endpoint.line()));
    }
    for endpoint in endpoints.iter().filter(|endpoint| endpoint.export().is_some_and(|export| export.writer.is_none()))
    {
        let text = "cannot be reached, and is not checked: rows wait until it can";
        line(&format!("The database that {} is exported to {text}", endpoint.line()));
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
    #[serde(skip_serializing_if = "Option::is_none")]
    export: Option<Export<'v>>,
}

#[derive(Serialize)]
struct Export<'v> {
    /// Database and table, without secrets.
    destination: &'v str,
    method: &'static str,
    delivery: &'static str,
    /// Whether the table could be looked at.
    checked: bool,
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
            export: endpoint.export().map(|export| Export {
                destination: &export.destination,
                method: export.method.word(),
                delivery: export.delivery.word(),
                checked: export.writer.is_some(),
            }),
        }
    }
}
