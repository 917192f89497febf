//! The macros of pxt: they parse, refuse and write. Documentation stands at their re-exports in the crate `pxt`.

use proc_macro::TokenStream;

mod args;
mod background;
mod errors;
#[cfg(test)]
mod expansions;
mod export;
mod function;
mod hash;
mod invoke;
mod literal;
mod names;
mod path;
mod query;
mod record;
mod route;
mod schema;
mod table;
mod types;
mod udf;

#[allow(missing_docs)]
#[proc_macro_derive(Table, attributes(table, column))]
pub fn table(input: TokenStream) -> TokenStream {
    table::derive(syn::parse_macro_input!(input as syn::DeriveInput)).into()
}

#[allow(missing_docs)]
#[proc_macro_derive(Record, attributes(record))]
pub fn record(input: TokenStream) -> TokenStream {
    record::derive(syn::parse_macro_input!(input as syn::DeriveInput)).into()
}

#[allow(missing_docs)]
#[proc_macro]
pub fn schema(input: TokenStream) -> TokenStream {
    schema::expand(input.into()).into()
}

#[allow(missing_docs)]
#[proc_macro_attribute]
pub fn udf(args: TokenStream, item: TokenStream) -> TokenStream {
    udf::expand(args.into(), &item.into()).into()
}

#[allow(missing_docs)]
#[proc_macro_attribute]
pub fn insert_route(args: TokenStream, item: TokenStream) -> TokenStream {
    route::expand(route::Kind::Insert, args.into(), &item.into()).into()
}

#[allow(missing_docs)]
#[proc_macro_attribute]
pub fn update_route(args: TokenStream, item: TokenStream) -> TokenStream {
    route::expand(route::Kind::Update, args.into(), &item.into()).into()
}

#[allow(missing_docs)]
#[proc_macro_attribute]
pub fn compute_route(args: TokenStream, item: TokenStream) -> TokenStream {
    route::expand(route::Kind::Compute, args.into(), &item.into()).into()
}

#[allow(missing_docs)]
#[proc_macro_attribute]
pub fn query(args: TokenStream, item: TokenStream) -> TokenStream {
    query::expand(args.into(), &item.into()).into()
}

#[allow(missing_docs)]
#[proc_macro_attribute]
pub fn query_route(args: TokenStream, item: TokenStream) -> TokenStream {
    query::route::expand(args.into(), &item.into()).into()
}
