//! The services of the files: their settings, and their routes as declarations that the builder's judge judges.

use std::path::{Path, PathBuf};

use tracing_subscriber::filter::Targets;

use super::declare::declare;
use super::environment::Environment;
use super::node::{Data, Node};
use super::section::Section;
use super::settings::{self, Provenance, Shown};
use super::sources::{self, check_file};
use super::tables::{self, Program};
use crate::error::{Mistake, Span};
use crate::export::{Targets as ExportTargets, Variables};
use crate::route::{Declarations, Ground, Origin, Part, Positions, Routes, TableName};
use crate::schema::{Schema, nearest};
use crate::service::Config;
use crate::store::{ExistingTable, unopened};
use crate::table::Handles;

/// The files of a program, read and not yet judged.
pub(crate) struct ServiceFile {
    pub(super) root: Node,
    pub(super) environment: Environment,
    /// What is no TOML, or could not be read.
    unreadable: Vec<Mistake>,
    /// What is wrong with a file alone: another may say it anew.
    alone: Vec<Mistake>,
}

/// Which service is meant.
pub(crate) enum Wanted {
    /// The one of this name, and where the name stands.
    Named(String),
    /// The routes that the program declares, and those of the `[service]` that has no name to be called by.
    Program,
    /// This one route, and no other.
    Single(Node),
}

/// What the command line says of a service, above its file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Overrides {
    pub(crate) host: Option<String>,
    pub(crate) port: Option<u16>,
    pub(crate) prefix: Option<String>,
}

/// A service as it is to be served.
pub(crate) struct Written {
    pub(crate) schema: &'static Schema,
    pub(crate) name: Option<String>,
    pub(crate) title: Option<String>,
    pub(crate) version: Option<String>,
    pub(crate) docs: bool,
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) prefix: String,
    pub(crate) config: Config,
    /// Every setting with its value, and where that comes from.
    pub(crate) shown: Vec<Shown>,
    pub(crate) declarations: Declarations,
}

/// Of a program that has no tables.
pub(super) static NO_TABLES: Schema = Schema { tables: &[] };

/// What words of the command line mean there.
pub(super) const COMMANDS: [&str; 6] = ["insert", "update", "delete", "query", "compute", "help"];

impl ServiceFile {
    /// Reads the files of a folder, and the one that is named.
    pub(crate) fn read(folder: &Path, named: Option<&Path>) -> Self {
        Self::read_files(Some(folder), named)
    }

    /// One file alone.
    pub(crate) fn of_file(file: &Path) -> Self {
        Self::read_files(None, Some(file))
    }

    fn read_files(folder: Option<&Path>, named: Option<&Path>) -> Self {
        let (mut environment, mut unreadable, mut alone) = (Environment::of_process(), Vec::new(), Vec::new());
        let mut check = |file: &Node| check_file(file, &mut alone);
        let root = sources::read(folder, named, &mut environment, &mut unreadable, &mut check);
        Self { root, environment, unreadable, alone }
    }

    /// Those of the working folder, and the one that is named.
    /// Where nobody names one, `PXT_CONFIG` may.
    pub(crate) fn of_process(named: Option<&Path>) -> Self {
        let variable = std::env::var_os("PXT_CONFIG").filter(|name| !name.is_empty()).map(PathBuf::from);
        Self::read(Path::new("."), named.or(variable.as_deref()))
    }

    /// What is logged, if anybody says so: the environment, else the files. What is no filter is told by [`judge`](Self::judge).
    pub(crate) fn log_filter(&self) -> Option<Targets> {
        let (text, _) = self.log_text()?;
        text.parse().ok()
    }

    /// The filter of the log as it is written, and its place in a file.
    pub(super) fn log_text(&self) -> Option<(String, Option<Span>)> {
        if let Some(text) = self.environment.get("PXT_LOG") {
            return Some((text.to_owned(), None));
        }
        let log = Section(&self.root).table("log")?;
        Some((log.text("filter")?, log.at("filter")))
    }

    /// The names of all services.
    pub(crate) fn names(&self) -> Vec<String> {
        self.services().iter().filter_map(|service| Section(service).text("name")).collect()
    }

    pub(super) fn services(&self) -> Vec<&Node> {
        match self.root.get("service").map(|entry| &entry.node) {
            Some(node @ Node { data: Data::Table(_), .. }) => vec![node],
            Some(node) => node.items().iter().collect(),
            None => Vec::new(),
        }
    }

    /// The one `[service]`, if that is the form.
    pub(super) fn only(&self) -> Option<&Node> {
        let node = &self.root.get("service")?.node;
        matches!(node.data, Data::Table(_)).then_some(node)
    }

    /// Judges all files, and makes the wanted service of them. `existing` are the tables of the database, if it was asked: without
    /// them, routes are not judged. `targets` are the databases that routes are exported to, as far as they were asked.
    ///
    /// # Errors
    /// All mistakes of all files.
    pub(crate) fn judge(
        &self,
        program: Program,
        existing: Option<&[ExistingTable]>,
        targets: &ExportTargets,
        wanted: &Wanted,
        overrides: &Overrides,
    ) -> Result<Written, Vec<Mistake>> {
        let mut found = [&*self.unreadable, &*self.alone].concat();
        self.check(wanted, &mut found);
        let refused: Vec<_> = found.iter().filter_map(|mistake| mistake.at.clone()).collect();
        let checked = found.len();
        let schema = tables::schema(program, &self.root, existing, &mut found);
        // What a database has that was not looked at is nobody's mistake.
        let judged = schema.filter(|_| existing.is_some());
        let mut written = None;
        for service in self.services() {
            let is_wanted = self.is_wanted(service, wanted);
            let none = Overrides::default();
            let mut one = self.write(Some(service), None, if is_wanted { overrides } else { &none }, &mut found);
            one.declarations.set_targets(targets.clone());
            if let Some(schema) = judged {
                judge_routes(schema, &one, &mut found);
                self.refuse_modules(schema, service, &mut found);
            }
            if is_wanted {
                written = Some(one);
            }
        }
        if written.is_none() {
            let route = if let Wanted::Single(route) = wanted { Some(route) } else { None };
            let mut one = self.write(None, route, overrides, &mut found);
            one.declarations.set_targets(targets.clone());
            if let Some(schema) = judged {
                judge_routes(schema, &one, &mut found);
            }
            written = Some(one);
            // What could not be read may have it.
            if let Wanted::Named(name) = wanted
                && self.unreadable.is_empty()
            {
                found.push(self.unknown(name));
            }
        }
        // Of what is of another type, nothing else is said.
        let mut position = 0;
        found.retain(|mistake| {
            position += 1;
            position <= checked || mistake.at.as_ref().is_none_or(|at| !refused.contains(at))
        });
        in_order(&mut found);
        match (written, schema) {
            (Some(written), Some(schema)) if found.is_empty() => Ok(Written { schema, ..written }),
            _ => Err(found),
        }
    }

    /// The configuration of the wanted service, if it tells which database is meant.
    pub(crate) fn config(&self, wanted: &Wanted) -> Option<Config> {
        let service = self.services().into_iter().find(|service| self.is_wanted(service, wanted));
        let mut found = Vec::new();
        let (config, _) = settings::configure(&self.root, service, &self.environment, &mut found);
        (self.unreadable.is_empty() && settings::names_database(&self.root, &config)).then_some(config)
    }

    /// What a service lists under a key: in it, or beside the one `[service]`.
    pub(super) fn items<'s>(&'s self, service: &'s Node, key: &str) -> impl Iterator<Item = &'s Node> {
        let beside = self.only().filter(|only| std::ptr::eq(service, *only)).and_then(|_| self.root.get(key));
        service.get(key).into_iter().chain(beside).flat_map(|entry| entry.node.items())
    }

    pub(super) fn is_wanted(&self, service: &Node, wanted: &Wanted) -> bool {
        match wanted {
            Wanted::Named(name) => Section(service).text("name").as_deref() == Some(name),
            Wanted::Program => self.only().is_some(),
            Wanted::Single(_) => false,
        }
    }

    fn unknown(&self, name: &str) -> Mistake {
        let names = self.names();
        let known = names.iter().map(String::as_str).chain(COMMANDS);
        let text = if let Some(near) = nearest(name, known) {
            format!("there is no service `{name}`; did you mean `{near}`?")
        } else if names.is_empty() {
            format!(
                "there is no service `{name}`, nor any other: declare it as `[[service]]` in pxt.toml, or name its file by `--config`"
            )
        } else {
            let are = if names.len() == 1 { "is" } else { "are" };
            format!("there is no service `{name}`; there {are} `{}`", names.join("`, `"))
        };
        Mistake::new(text, None)
    }

    /// A service with its settings and routes.
    pub(super) fn write(
        &self,
        service: Option<&Node>,
        single: Option<&Node>,
        overrides: &Overrides,
        found: &mut Vec<Mistake>,
    ) -> Written {
        let (mut config, mut shown) = settings::configure(&self.root, service, &self.environment, found);
        config.adopt.extend(tables::adopted(&self.root));
        found.extend(config.mistakes().into_iter().map(|(field, text)| settings::refused(field, text, &shown)));
        let section = service.map(Section);
        let text = |key| section.and_then(|section| section.text(key));
        let mut declarations = Declarations::default();
        let environment = self.environment.clone();
        declarations.set_variables(Variables::new(move |name| environment.get(name).map(str::to_owned)));
        for route in service.into_iter().flat_map(|service| self.items(service, "routes")) {
            declare(route, &mut declarations, found);
        }
        if let Some(route) = single {
            declare(&self.with_variables(route, found), &mut declarations, found);
        }
        if single.is_some() || section.and_then(|section| section.flag("attribute_routes")) == Some(false) {
            declarations.leave_out_attributes();
        }
        for (name, at) in section.into_iter().flat_map(|section| listed(section, "media_tables")) {
            declarations.serve_media_of(name, at);
        }
        let (address, prefix) = self.address(section, overrides, &mut shown, found);
        declarations.set_prefix(prefix.0.clone(), prefix.1);
        let (filter, from) = match self.log_text() {
            None => ("info".to_owned(), Provenance::Default),
            Some((text, Some(at))) => (text, Provenance::File(at)),
            Some((text, None)) => (text, Provenance::Variable("PXT_LOG".to_owned())),
        };
        shown.push(Shown { name: "log.filter".to_owned(), value: format!("\"{filter}\""), from });
        Written {
            schema: &NO_TABLES,
            name: text("name"),
            title: text("title"),
            version: text("version"),
            docs: section.and_then(|section| section.flag("docs")).unwrap_or(true),
            host: address.0,
            port: address.1,
            prefix: prefix.0,
            config,
            shown,
            declarations,
        }
    }

    /// Where a service listens, and what stands before its paths, with the place of that in a file. They are shown first.
    fn address(
        &self,
        section: Option<Section<'_>>,
        overrides: &Overrides,
        shown: &mut Vec<Shown>,
        found: &mut Vec<Mistake>,
    ) -> ((String, u16), (String, Option<Span>)) {
        let placed = |key: &'static str| section.and_then(|section| Some((section.text(key)?, section.at(key)?)));
        let variable = |name: &'static str| self.environment.get(name).map(|text| (text.to_owned(), name));
        let none = "0.0.0.0".to_owned();
        let (host, host_from) = chosen("host", overrides.host.clone(), variable("PXT_HOST"), placed("host"), none);
        let written = variable("PXT_PORT").and_then(|(text, name)| match text.parse() {
            Ok(port) => Some((port, name)),
            Err(_) => {
                let text = format!("the environment variable `{name}` takes an integer from 0 to 65535, not `{text}`");
                found.push(Mistake::new(text, None));
                None
            }
        });
        let port =
            section.and_then(|section| Some((u16::try_from(section.integer("port")?).ok()?, section.at("port")?)));
        let (port, port_from) = chosen("port", overrides.port, written, port, 8000);
        let (prefix, prefix_from) =
            chosen("prefix", overrides.prefix.clone(), variable("PXT_PREFIX"), placed("prefix"), String::new());
        let at = if let Provenance::File(at) = &prefix_from { Some(at.clone()) } else { None };
        let first = [
            Shown { name: "host".to_owned(), value: format!("\"{host}\""), from: host_from },
            Shown { name: "port".to_owned(), value: port.to_string(), from: port_from },
            Shown { name: "prefix".to_owned(), value: format!("\"{prefix}\""), from: prefix_from },
        ];
        shown.splice(0..0, first);
        ((host, port), (prefix, at))
    }
}

/// Mistakes in the order of the file, each once: what concerns all services is found with each.
fn in_order(found: &mut Vec<Mistake>) {
    let mut seen: Vec<Mistake> = Vec::with_capacity(found.len());
    for mistake in found.drain(..) {
        if !seen.contains(&mistake) {
            seen.push(mistake);
        }
    }
    let place = |mistake: &Mistake| mistake.at.as_ref().map(|at| (at.source.name.clone(), at.range.start));
    seen.sort_by_key(|mistake| (mistake.at.is_none(), place(mistake)));
    *found = seen;
}

impl Written {
    /// Adds the routes of the service to those of its program.
    pub(crate) fn add_to(&self, routes: Routes) -> Routes {
        let mut routes = routes.declare(self.declarations.clone());
        if let Some(title) = self.title.as_ref().or(self.name.as_ref()) {
            routes = routes.title(title);
        }
        if let Some(version) = &self.version {
            routes = routes.version(version);
        }
        if self.docs { routes } else { routes.without_docs() }
    }
}

/// What the command line says, else the environment, else the file, else the default; and which of them it is.
fn chosen<T>(
    key: &'static str,
    flag: Option<T>,
    variable: Option<(T, &str)>,
    file: Option<(T, Span)>,
    default: T,
) -> (T, Provenance) {
    match (flag, variable, file) {
        (Some(value), _, _) => (value, Provenance::Flag(key)),
        (None, Some((value, name)), _) => (value, Provenance::Variable(name.to_owned())),
        (None, None, Some((value, at))) => (value, Provenance::File(at)),
        _ => (default, Provenance::Default),
    }
}

/// The names in a list, each with its place.
fn listed(section: Section<'_>, key: &str) -> Vec<(TableName, Origin)> {
    struct Entry(Span);
    impl Positions for Entry {
        fn span(&self, _: Part<'_>) -> Span {
            self.0.clone()
        }
    }
    let items = section.0.get(key).map(|entry| entry.node.items()).unwrap_or_default();
    let named = items.iter().filter_map(|item| Some((item.text()?, item.at.clone())));
    named.map(|(name, at)| (TableName::from(name), Origin::File(std::sync::Arc::new(Entry(at))))).collect()
}

/// Judges the routes of a service as those of the builder are, over tables that need not be there yet.
fn judge_routes(schema: &'static Schema, written: &Written, found: &mut Vec<Mistake>) {
    // Of settings that are wrong themselves, nothing else depends on.
    let settings = written.config.settings().or_else(|_| Config::default().settings());
    let Ok(settings) = settings else { return };
    let database = &written.config.database;
    match Handles::new(schema, |def| unopened(database, def), settings.max_text) {
        Ok(tables) => {
            let ground = Ground { tables: &tables, settings: &settings };
            found.extend(written.declarations.resolve(&ground).err().unwrap_or_default());
        }
        Err(error) => found.push(Mistake::new(error.to_string(), None)),
    }
}
