//! The contract of a query's types, and that between a query route's arguments and its query.
//!
//! [`refuse`] reports what the macro sees by itself. [`types`] and [`inputs`] write constants for the rest, which the
//! compiler evaluates.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{LitStr, Type};

use super::args::Args;
use super::function::{Query, instead};
use crate::errors::Errors;
use crate::function::{at, plain};
use crate::literal::DefaultValue;
use crate::{invoke, names, path};

/// Reports what is wrong with a route whatever the types.
pub(super) fn refuse(args: &Args, query: &Query, errors: &mut Errors) {
    if let Some(written) = &args.path {
        path::refuse(written, if args.get { "in the query string" } else { "in the body" }, errors);
    }
    for name in listed(args).filter(|name| !is_parameter(query, name)) {
        errors.at(name, unknown(query, &name.value()));
    }
    if !args.get {
        return;
    }
    for name in uploads(args).filter(|name| is_parameter(query, name)) {
        let text = name.value();
        errors.at(
            name,
            format_args!(
                "a GET request carries no files: write `method = \"post\"`, or list `{text}` in `inputs` to take it by URL"
            ),
        );
    }
}

fn unknown(query: &Query, name: &str) -> String {
    let (function, names) = (query.function.name(), query.names());
    if names.is_empty() {
        return format!("query `{function}` has no parameters: remove `{name}`");
    }
    let suggestion = names::suggestion(name, names.iter().map(String::as_str));
    format!("query `{function}` has no parameter `{name}`{suggestion}")
}

/// Whether the parameters, their defaults and the value are of types that a query can have.
pub(super) fn types(query: &Query) -> TokenStream {
    if !query.function.is_concrete {
        return TokenStream::new();
    }
    let mut checks = Vec::new();
    for param in query.function.params.iter().filter(|param| instead(&param.ty).is_none()) {
        let (name, shape) = (plain(&param.name), shape(&param.ty));
        checks.push(quote_spanned!(at(&param.ty)=> const _: __pxt::Shape = #shape;));
        let Some(default) = query.default(&param.name) else { continue };
        let span = default.word.span();
        checks.push(quote_spanned!(span=> const _: () = __pxt::check::expect_parameter_default(#name, #shape);));
        if let DefaultValue::Literal(literal) = &default.value {
            let (given, text) = (literal.shape(), literal.text());
            checks.push(quote_spanned!(literal.tokens.span()=>
                const _: () = __pxt::check::expect_parameter_literal(#name, #shape, #given, #text);));
        }
    }
    if query.function.returns() {
        checks.push(invoke::told(&query.function));
        checks.push(invoke::refuse_result(&query.function));
        // The registration says it too, and the compiler would say it twice.
        if !query.sound {
            let row = output(query, "row");
            checks.push(quote_spanned!(invoke::value_at(&query.function)=> const _: fn() -> __pxt::RowShape = #row;));
        }
    }
    quote!(#(#checks)*)
}

/// Whether each upload is a file, and no parameter is left out that a call needs.
pub(super) fn inputs(args: &Args, query: &Query) -> TokenStream {
    if !query.function.is_concrete {
        return TokenStream::new();
    }
    let params = || query.function.params.iter().filter(|param| instead(&param.ty).is_none());
    let mut checks = Vec::new();
    for name in uploads(args).filter(|_| !args.get) {
        let text = name.value();
        let Some(param) = params().find(|param| plain(&param.name) == text) else { continue };
        let shape = shape(&param.ty);
        checks.push(quote_spanned!(name.span()=> const _: () = __pxt::check::expect_parameter_upload(#text, #shape);));
    }
    // What is missing may be what was misspelt.
    if let Some(inputs) = &args.inputs
        && listed(args).all(|name| is_parameter(query, name))
    {
        let missing = params().filter(|param| {
            let name = plain(&param.name);
            query.default(&param.name).is_none() && !listed(args).any(|listed| listed.value() == name)
        });
        let missing = missing.map(|param| {
            let (name, shape) = (plain(&param.name), shape(&param.ty));
            quote!(__pxt::Param { name: #name, shape: #shape })
        });
        checks
            .push(quote_spanned!(inputs.span=> const _: () = __pxt::check::expect_parameters_cover(&[#(#missing),*]);));
    }
    quote!(#(#checks)*)
}

/// A function of the trait that queries' values have, spanned at the return type.
pub(super) fn output(query: &Query, function: &str) -> TokenStream {
    let (value, function) = (invoke::value(&query.function), format_ident!("{function}"));
    quote_spanned!(invoke::value_at(&query.function)=> <#value as __pxt::QueryOutput>::#function)
}

fn shape(ty: &Type) -> TokenStream {
    quote_spanned!(at(ty)=> <#ty as __pxt::QueryParameter>::SHAPE)
}

fn uploads(args: &Args) -> impl Iterator<Item = &LitStr> {
    args.uploadfile_inputs.iter().flat_map(|list| &list.names)
}

/// All inputs.
fn listed(args: &Args) -> impl Iterator<Item = &LitStr> {
    args.inputs.iter().flat_map(|list| &list.names).chain(uploads(args))
}

fn is_parameter(query: &Query, name: &LitStr) -> bool {
    query.names().contains(&name.value())
}
