//! What of the program a file asks for: modules that have to be linked in.

use crate::app::QueryDef;
use crate::compute::TableCode;
use crate::route::AttributeRoute;
use crate::schema::{Schema, nearest};

/// What is wrong with a module that a file names, if it is not among those of the program that declare something.
pub(crate) fn modules_missing(schema: &Schema, module: &str) -> Option<String> {
    let wanted = module.replace("::", ".").replace(':', ".");
    let known = modules(schema);
    let is_meant = |full: &String| {
        full.strip_suffix(&*wanted).is_some_and(|before| before.is_empty() || before.ends_with('.'))
            || full.strip_prefix(&*wanted).is_some_and(|behind| behind.starts_with('.'))
    };
    if known.iter().any(is_meant) {
        return None;
    }
    if known.is_empty() {
        return Some(format!(
            "no module `{module}` is linked into this program, nor any other that declares something: remove it"
        ));
    }
    let hint = match nearest(&wanted, known.iter().map(String::as_str)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => format!("linked in are `{}`", known.join("`, `")),
    };
    Some(format!(
        "no module `{module}` that declares a table, a function of one, a query or a route is linked into this program; {hint}"
    ))
}

/// The modules of tables, of the functions that compute their columns, of queries and of routes.
fn modules(schema: &Schema) -> Vec<String> {
    let queries = inventory::iter::<&'static QueryDef>.into_iter().map(|def| def.module);
    let routes = inventory::iter::<AttributeRoute>.into_iter().map(|route| route.module);
    let tables = schema.tables.iter().map(|table| table.module).filter(|module| !module.is_empty());
    let code = schema.tables.iter().filter_map(|table| TableCode::of(table)).flat_map(|code| code.columns);
    let functions = code.filter_map(|column| column.computed.as_ref()).map(|computed| (computed.function)().module);
    // The built-in ones are always there.
    let functions = functions.filter(|module| !module.starts_with(concat!(env!("CARGO_CRATE_NAME"), "::")));
    let all = queries.chain(routes).chain(tables).chain(functions);
    let mut all: Vec<_> = all.map(|module| module.replace("::", ".")).collect();
    all.sort();
    all.dedup();
    all
}
