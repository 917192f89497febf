//! From declarations to endpoints: names are looked up, rules are checked, and every mistake of every route is told at once.

mod columns;
mod export;
mod ground;
mod judge;
mod path;
mod query;
mod response;
mod row;
mod sql;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use export::Exports;
pub(crate) use ground::Ground;
use ground::table;
use judge::Judge;

use super::action::{Action, Asked};
use super::declaration::AttributeExport;
use super::declared::{Declarations, Declared, Part, What};
use super::endpoint::Endpoint;
use super::options::{Compute, Insert, Method, Update};
use super::routes::Routes;
use crate::app::App;
use crate::error::{Error, Mistake, Result};
use crate::schema::At;
use crate::schema::check::Kind;

/// What is served: by an application, or nothing yet while the declarations are only judged.
pub(crate) struct Resolved<A = App> {
    /// In the order of path and method.
    pub(crate) endpoints: Vec<Endpoint<A>>,
    /// The tables whose files are reachable.
    pub(crate) media: BTreeSet<&'static str>,
    /// The routes whose exports no database was asked about: a sentence each.
    unasked: Vec<Mistake>,
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
        let Resolved { endpoints, media, unasked } = self.resolve_unbound().map_err(|found| refused(&found))?;
        let undescribed = endpoints.iter().filter(|endpoint| endpoint.is_undescribed()).map(unprepared);
        let unprepared: Vec<_> = undescribed.chain(unasked).collect();
        if self.are_served && !unprepared.is_empty() {
            return Err(refused(&unprepared));
        }
        let endpoints = endpoints.into_iter().map(|one| one.bind(self.app.clone())).collect();
        Ok(Resolved { endpoints, media, unasked: Vec::new() })
    }
}

impl Routes {
    /// Every mistake of every route, each at its place if it stands in a file.
    #[cfg(feature = "cli")]
    pub(crate) fn mistakes(&self) -> Vec<Mistake> {
        self.resolve_unbound().err().unwrap_or_default()
    }

    fn resolve_unbound(&self) -> Result<Resolved<()>, Vec<Mistake>> {
        let ground = Ground { tables: self.app.tables().handles(), settings: self.app.settings() };
        self.declarations.resolve(&ground)
    }
}

/// An SQL text whose columns are not known.
fn unprepared(endpoint: &Endpoint<()>) -> Mistake {
    let line = endpoint.line();
    Mistake::new(
        format!("{line} (query by SQL): the database was not asked about the text: write `.prepare().await?` before"),
        None,
    )
}

/// The error of a start with these mistakes.
fn refused(found: &[Mistake]) -> Error {
    let lines: Vec<_> = found.iter().map(Mistake::to_string).collect();
    Error::new(500, "not_started", format!("the routes cannot be served:\n  {}", lines.join("\n  ")))
}

impl<A> Endpoint<A> {
    /// Whether it is an SQL text that no database was asked about.
    pub(crate) fn is_undescribed(&self) -> bool {
        matches!(&self.action, Action::Query(query) if matches!(&query.asked, Asked::Sql(sql) if sql.described.is_none()))
    }
}

impl Declarations {
    /// The endpoints of all routes, in the order of path and method.
    ///
    /// # Errors
    /// All mistakes of all routes.
    pub(crate) fn resolve(&self, ground: &Ground<'_>) -> Result<Resolved<()>, Vec<Mistake>> {
        let mut found = Vec::new();
        let mut places: BTreeMap<(String, &'static str), Vec<Declared>> = BTreeMap::new();
        let (mut endpoints, mut unasked) = (Vec::new(), Vec::new());
        let variables = self.variables.clone().unwrap_or_default();
        let exports = Exports { variables: &variables, targets: &self.targets, settings: ground.settings };
        let (prefix, at) = &self.prefix;
        let refused = path::refuse_prefix(prefix);
        // Of a prefix that is wrong itself, no path is.
        let in_paths = if refused.is_some() { "" } else { prefix.as_str() };
        if let Some(text) = refused {
            found.push(Mistake::new(text, at.clone()));
        }
        for declared in self.all(ground.tables.schema()) {
            let (method, path) = (declared.method(), format!("{prefix}{}", declared.path()));
            let mut judge = Judge::new(&declared, &mut found);
            if let Some(text) = path::refuse(declared.path(), &format!("{in_paths}{}", declared.path())) {
                judge.refuse_at(Part::Argument("path"), text);
            }
            let endpoint = one(ground, declared.what.clone(), exports, &mut judge);
            if declared.export().is_some() && endpoint.as_ref().is_some_and(|endpoint| endpoint.export().is_none()) {
                let text =
                    "the database of `export_sql` was not asked about the table: write `.prepare().await?` before";
                Judge::new(&declared, &mut unasked).refuse(text);
            }
            endpoints.extend(endpoint.map(|endpoint| Endpoint { path: path.clone(), ..endpoint }));
            places.entry((path, method.name())).or_default().push(declared);
        }
        found.extend(places.iter().filter_map(|((path, method), all)| judge::refuse_several(method, path, all)));
        let mut media: BTreeSet<&'static str> = BTreeSet::new();
        for (name, origin) in &self.media {
            let mut judge = Judge::of_files(origin, &mut found);
            media.extend(table(ground, name, &mut judge).map(|table| table.def.name));
        }
        if !found.is_empty() {
            return Err(found);
        }
        media.extend(endpoints.iter().flat_map(Endpoint::tables));
        let files = Arc::new(media.clone());
        for endpoint in &mut endpoints {
            if let Action::Query(query) = &mut endpoint.action {
                query.files = files.clone();
            }
        }
        endpoints.sort_by(|a, b| (&a.path, a.method).cmp(&(&b.path, b.method)));
        Ok(Resolved { endpoints, media, unasked })
    }
}

fn one(ground: &Ground<'_>, what: What, exports: Exports<'_>, judge: &mut Judge<'_>) -> Option<Endpoint<()>> {
    match what {
        What::Insert(name, options) => {
            let table = table(ground, &name, judge);
            row::insert(&table?, options, None, exports, judge)
        }
        What::Update(name, options) => {
            let table = table(ground, &name, judge);
            row::update(&table?, options, None, exports, judge)
        }
        What::Compute(name, options) => {
            let table = table(ground, &name, judge);
            row::compute(&table?, options, None, judge)
        }
        What::Delete(name, options) => {
            let table = table(ground, &name, judge);
            row::delete(&table?, &options, judge)
        }
        What::Query(name, options) => query::query(ground, name, options, None, judge),
        What::QueryRoute(route) => query::attribute(ground, route, judge),
        What::Decorated(route) => {
            let table = table(ground, &route.table.into(), judge)?;
            let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
            let path = route.path.to_owned();
            let (inputs, outputs) = (route.inputs.map(owned), Some(owned(route.outputs)));
            let uploadfile_inputs = owned(route.uploads);
            let background = route.background.is_some();
            let concurrency = route.background.and_then(|background| background.concurrency);
            let export_sql = route.export.map(AttributeExport::declared);
            match route.kind {
                Kind::Insert => {
                    let given = Insert { path, inputs, uploadfile_inputs, outputs, ..Insert::default() };
                    let options = Insert { export_sql, background, concurrency, ..given };
                    row::insert(&table, options, Some(route), exports, judge)
                }
                Kind::Update => {
                    let given = Update { path, inputs, outputs, ..Update::default() };
                    let options = Update { export_sql, background, concurrency, ..given };
                    row::update(&table, options, Some(route), exports, judge)
                }
                Kind::Compute => {
                    let given = Compute { path, inputs, uploadfile_inputs, outputs, ..Compute::default() };
                    let options = Compute { background, concurrency, ..given };
                    row::compute(&table, options, Some(route), judge)
                }
            }
        }
    }
}
