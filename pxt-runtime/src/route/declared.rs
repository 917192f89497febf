//! What was declared, by whom, and where: by attributes, by the builder, in a file.

use std::sync::Arc;

use super::declaration::{AttributeExport, AttributeRoute, QueryRoute};
use super::names::{QueryName, TableName};
use super::options::{Compute, Delete, Insert, Query, Update};
use crate::error::Span;
use crate::export::{Place, SqlExport, Targets, Unknown, Variables};
use crate::schema::{At, Schema};

/// The declarations of a service, before anything of them is looked up.
#[derive(Clone)]
pub(crate) struct Declarations {
    pub(super) routes: Vec<Declared>,
    /// Whether those of attributes belong to it.
    pub(super) attributes: bool,
    /// Tables whose files are served though no route names them.
    pub(super) media: Vec<(TableName, Origin)>,
    /// What stands before the path of each route, and where that stands in a file.
    pub(super) prefix: (String, Option<Span>),
    /// Who knows the variables in what a program declares, if not the process.
    pub(super) variables: Option<Variables>,
    /// What the databases said that routes are exported to, as far as they were asked.
    pub(super) targets: Targets,
}

/// A route as it was declared.
#[derive(Clone)]
pub(super) struct Declared {
    pub(super) what: What,
    pub(super) origin: Origin,
}

/// What a route is declared to be.
#[derive(Clone)]
pub(crate) enum What {
    Insert(TableName, Insert),
    Update(TableName, Update),
    Delete(TableName, Delete),
    Compute(TableName, Compute),
    Query(QueryName, Query),
    /// A function over a row.
    Decorated(&'static AttributeRoute),
    /// A query under its attribute.
    QueryRoute(&'static QueryRoute),
}

/// Where a declaration stands.
#[derive(Clone)]
pub(crate) enum Origin {
    /// In a program.
    Code(At),
    /// In a file, whose reader knows the place of each part.
    File(Arc<dyn Positions>),
}

/// Where the parts of a declaration stand in a file.
pub(crate) trait Positions: Send + Sync {
    /// The place of a part, or of what comes nearest to it.
    fn span(&self, part: Part<'_>) -> Span;
}

/// A part of a declaration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part<'p> {
    /// All of it.
    Whole,
    /// The argument of this name.
    Argument(&'static str),
    /// An entry in the list that is this argument, or what stands under a key in the table that it is.
    Entry(&'static str, &'p str),
    /// What stands between two bytes of the text that is this argument.
    Inside(&'static str, usize, usize),
}

impl Default for Declarations {
    fn default() -> Self {
        Self {
            routes: Vec::new(),
            attributes: true,
            media: Vec::new(),
            prefix: (String::new(), None),
            variables: None,
            targets: Targets::default(),
        }
    }
}

impl Declarations {
    /// Adds a route.
    pub(crate) fn add(&mut self, what: What, origin: Origin) {
        self.routes.push(Declared { what, origin });
    }

    /// Adds what was declared elsewhere. Attributes are left out if either leaves them out.
    pub(super) fn extend(&mut self, other: Self) {
        let Self { routes, attributes, media, prefix, variables, targets } = other;
        self.routes.extend(routes);
        self.media.extend(media);
        self.attributes &= attributes;
        self.variables = variables.or(self.variables.take());
        self.targets.extend(targets);
        if !prefix.0.is_empty() {
            self.prefix = prefix;
        }
    }

    /// Leaves out the routes of attributes.
    pub(crate) fn leave_out_attributes(&mut self) {
        self.attributes = false;
    }

    /// Serves the files of a table that no route names.
    pub(crate) fn serve_media_of(&mut self, table: TableName, origin: Origin) {
        self.media.push((table, origin));
    }

    /// Puts this before the path of each route.
    pub(crate) fn set_prefix(&mut self, prefix: String, at: Option<Span>) {
        self.prefix = (prefix, at);
    }

    /// With what databases said that routes are exported to.
    pub(crate) fn set_targets(&mut self, targets: Targets) {
        self.targets = targets;
    }

    /// The databases that routes are exported to, as far as they were asked.
    pub(crate) fn into_targets(self) -> Targets {
        self.targets
    }

    /// Replaces the variables in what a program declares by these.
    pub(crate) fn set_variables(&mut self, variables: Variables) {
        self.variables = Some(variables);
    }

    /// Whether there is no route.
    pub(crate) fn is_empty(&self, schema: &'static Schema) -> bool {
        self.all(schema).is_empty()
    }

    /// All routes, attributes first.
    pub(super) fn all(&self, schema: &'static Schema) -> Vec<Declared> {
        let mut all = if self.attributes { registered(schema) } else { Vec::new() };
        all.extend(self.routes.iter().cloned());
        all
    }
}

impl Declared {
    /// Where its answers are written besides. A file is not, whatever is declared.
    pub(super) fn export(&self) -> Option<SqlExport> {
        match &self.what {
            What::Insert(_, options) if !options.return_fileresponse => options.export_sql.clone(),
            What::Update(_, options) if !options.return_fileresponse => options.export_sql.clone(),
            What::Decorated(route) => route.export.map(AttributeExport::declared),
            _ => None,
        }
    }
}

impl Origin {
    /// The table that an export names. The texts of files have their variables replaced already, and a value of one is not looked into.
    ///
    /// # Errors
    /// When a variable is not known.
    pub(super) fn place(&self, export: SqlExport, variables: &Variables) -> Result<Place, Unknown> {
        let SqlExport { db_connect, table, db_schema, .. } = export;
        let connect = match self {
            Self::Code(_) => variables.replaced(&db_connect)?,
            Self::File(_) => db_connect,
        };
        Ok(Place { connect, schema: db_schema, table })
    }
}

/// The registered routes that were checked against a schema. The linker decides their order, which differs from build to build;
/// theirs is that of the source.
fn registered(schema: &'static Schema) -> Vec<Declared> {
    let rows = inventory::iter::<AttributeRoute>.into_iter();
    let queries = inventory::iter::<QueryRoute>.into_iter();
    let rows = rows.filter(|route| std::ptr::eq(route.schema, schema));
    let queries = queries.filter(|route| std::ptr::eq(route.schema, schema));
    let mut all: Vec<_> = rows
        .map(|route| (route.at, What::Decorated(route)))
        .chain(queries.map(|route| (route.at, What::QueryRoute(route))))
        .collect();
    all.sort_by_key(|(at, _)| (at.file, at.line));
    all.into_iter().map(|(at, what)| Declared { what, origin: Origin::Code(at) }).collect()
}
