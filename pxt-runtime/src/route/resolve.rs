//! From declarations to endpoints: names are looked up, rules are checked, and every mistake of every route is told at once.

mod columns;
mod path;
mod query;
mod response;
mod row;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;
use std::sync::Arc;

use super::action::Action;
use super::declaration::Background;
use super::endpoint::Endpoint;
use super::options::{Compute, Insert, Method, Update};
use super::routes::{Declared, Routes, TableName};
use crate::app::App;
use crate::error::{Error, Result};
use crate::schema::check::Kind;
use crate::schema::{At, did_you_mean};
use crate::table::Handle;

/// What is served.
pub(crate) struct Resolved {
    /// In the order of path and method.
    pub(crate) endpoints: Vec<Endpoint>,
    /// The tables whose files are reachable.
    pub(crate) media: BTreeSet<&'static str>,
}

/// The mistakes of one route, each with the route before it.
struct Judge<'j> {
    route: String,
    found: &'j mut Vec<String>,
}

impl Judge<'_> {
    fn refuse(&mut self, text: impl Display) {
        self.found.push(format!("{}: {text}", self.route));
    }
}

impl Routes {
    /// The routes, in the order of path and method: method, path, and where the function stands, if there is one.
    ///
    /// # Errors
    /// As [`router`](Self::router).
    pub fn list(&self) -> Result<Vec<(Method, String, Option<At>)>> {
        let entry = |endpoint: Endpoint| (endpoint.method, endpoint.path, endpoint.about.at);
        Ok(self.resolve()?.endpoints.into_iter().map(entry).collect())
    }

    /// The endpoints of all routes, in the order of path and method.
    ///
    /// # Errors
    /// All mistakes of all routes in one text.
    pub(crate) fn resolve(&self) -> Result<Resolved> {
        resolve(self)
    }
}

fn resolve(routes: &Routes) -> Result<Resolved> {
    let mut found = Vec::new();
    let mut places: BTreeMap<(String, &'static str), Vec<String>> = BTreeMap::new();
    let mut endpoints = Vec::new();
    for declared in routes.all() {
        let (label, method, path, place) = declared.label();
        let mut judge = Judge { route: label, found: &mut found };
        if let Some(text) = path::refuse(&path) {
            judge.refuse(text);
        }
        places.entry((path, method)).or_default().push(place);
        endpoints.extend(one(&routes.app, declared, &mut judge));
    }
    for ((path, method), several) in places.iter().filter(|(_, places)| places.len() > 1) {
        found.push(format!(
            "{method} {path} is declared {} times, {}: change the paths",
            several.len(),
            several.join(" and ")
        ));
    }
    let mut media: BTreeSet<&'static str> = BTreeSet::new();
    for name in &routes.media {
        let mut judge = Judge { route: "the files of a table".to_owned(), found: &mut found };
        media.extend(table(&routes.app, name, &mut judge).map(|table| table.def.name));
    }
    if !found.is_empty() {
        let text = format!("the routes cannot be served:\n  {}", found.join("\n  "));
        return Err(Error::new(500, "not_started", text));
    }
    media.extend(endpoints.iter().flat_map(Endpoint::tables));
    let files = Arc::new(media.clone());
    for endpoint in &mut endpoints {
        if let Action::Query(query) = &mut endpoint.action {
            query.files = files.clone();
        }
    }
    endpoints.sort_by(|a, b| (&a.path, a.method).cmp(&(&b.path, b.method)));
    Ok(Resolved { endpoints, media })
}

fn one(app: &App, declared: Declared, judge: &mut Judge<'_>) -> Option<Endpoint> {
    match declared {
        Declared::Insert(name, options) => {
            let table = table(app, &name, judge);
            row::insert(app, &table?, options, None, judge)
        }
        Declared::Update(name, options) => {
            let table = table(app, &name, judge);
            row::update(app, &table?, options, None, judge)
        }
        Declared::Compute(name, options) => {
            let table = table(app, &name, judge);
            row::compute(app, &table?, options, None, judge)
        }
        Declared::Delete(name, options) => {
            let table = table(app, &name, judge);
            row::delete(app, &table?, &options, judge)
        }
        Declared::Query(name, options) => query::query(app, name, options, None, judge),
        Declared::QueryRoute(route) => query::attribute(app, route, judge),
        Declared::Decorated(route) => {
            let table = table(app, &route.table.into(), judge)?;
            let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
            let path = route.path.to_owned();
            let (inputs, outputs) = (route.inputs.map(owned), Some(owned(route.outputs)));
            let uploadfile_inputs = owned(route.uploads);
            let background = route.background.is_some();
            let concurrency = route.background.and_then(|background| background.concurrency);
            match route.kind {
                Kind::Insert => {
                    let given = Insert { path, inputs, uploadfile_inputs, outputs, ..Insert::default() };
                    let options = Insert { background, concurrency, ..given };
                    row::insert(app, &table, options, Some(route), judge)
                }
                Kind::Update => {
                    let options = Update { path, inputs, outputs, background, concurrency, ..Update::default() };
                    row::update(app, &table, options, Some(route), judge)
                }
                Kind::Compute => {
                    let given = Compute { path, inputs, uploadfile_inputs, outputs, ..Compute::default() };
                    let options = Compute { background, concurrency, ..given };
                    row::compute(app, &table, options, Some(route), judge)
                }
            }
        }
    }
}

fn table(app: &App, name: &TableName, judge: &mut Judge<'_>) -> Option<Arc<Handle>> {
    if let Ok(table) = app.tables().table(&name.0) {
        return Some(table.clone());
    }
    let names = app.schema().tables.iter().map(|table| table.name);
    judge.refuse(format_args!("there is no table `{}`{}", name.0, did_you_mean(&name.0, names)));
    None
}

/// Whether the answer is a job. A job's result is JSON, and no file.
fn background(set: bool, concurrency: Option<u32>, file: bool, judge: &mut Judge<'_>) -> Option<Background> {
    if set && file {
        judge.refuse("`background` and `return_fileresponse` exclude each other: remove one");
    }
    match concurrency {
        Some(0) => judge.refuse("`concurrency` is 0, so that no job would run: write a larger number"),
        Some(_) if !set => judge.refuse("`concurrency` says how many jobs run at once: add `background`, or remove it"),
        _ => {}
    }
    set.then_some(Background { concurrency })
}

/// What a later issue of the declared options needs, and this service does not have.
fn refuse_export(export: bool, file: bool, judge: &mut Judge<'_>) {
    if export && file {
        judge.refuse("`export_sql` and `return_fileresponse` exclude each other: remove one");
    } else if export {
        judge.refuse("`export_sql` is declared, and nothing here performs it: remove it");
    }
}

impl Declared {
    /// For messages: the route, its method and path, and where it is declared.
    fn label(&self) -> (String, &'static str, String, String) {
        let at = |at: At| format!("at {at}");
        let (method, path, what, place) = match self {
            Self::Insert(table, options) => ("POST", &options.path, format!("insert into `{}`", table.0), None),
            Self::Update(table, options) => ("POST", &options.path, format!("update of `{}`", table.0), None),
            Self::Delete(table, options) => ("POST", &options.path, format!("delete from `{}`", table.0), None),
            Self::Compute(table, options) => ("POST", &options.path, format!("compute over `{}`", table.0), None),
            Self::Query(name, options) => {
                (options.method.name(), &options.path, format!("query {}", query::name(name)), None)
            }
            Self::Decorated(route) => {
                let what = format!("`{}`", route.name);
                return (
                    format!("POST {} ({what}, {})", route.path, route.at),
                    "POST",
                    route.path.to_owned(),
                    at(route.at),
                );
            }
            Self::QueryRoute(route) => {
                let (method, what) = (route.method.name(), format!("`{}`", route.query.name));
                let label = format!("{method} {} ({what}, {})", route.path, route.at);
                return (label, method, route.path.to_owned(), at(route.at));
            }
        };
        let place: Option<String> = place;
        (format!("{method} {path} ({what})"), method, path.clone(), place.unwrap_or_else(|| format!("as {what}")))
    }
}
