//! The contract between a route's arguments, its function and its table.
//!
//! [`refuse`] reports what the macro sees by itself. [`checks`] writes constants for the rest, which the compiler evaluates
//! with the table at hand.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::LitStr;

use super::{Kind, Route, register};
use crate::args::List;
use crate::errors::Errors;
use crate::function::{at, plain, written};
use crate::hash::fnv1a;
use crate::{invoke, names, path};

/// Reports what is wrong whatever the table.
pub(super) fn refuse(route: &Route, errors: &mut Errors) {
    if !route.args.names_table {
        let message = format!("name the table: `#[{}(table = \"…\")]`", route.kind.attribute());
        errors.push(syn::Error::new(Span::call_site(), message));
    }
    if let Some(written) = &route.args.path {
        path::refuse(written, "in the body", errors);
    }
    if let (Kind::Update, Some(inputs)) = (route.kind, &route.args.inputs)
        && inputs.names.is_empty()
    {
        errors.push(syn::Error::new(
            inputs.span,
            "an update changes at least one column: list it, or leave `inputs` out for all",
        ));
    }
    for param in &route.function.params {
        let name = plain(&param.name);
        let Some(outputs) = &route.args.outputs else { continue };
        if !outputs.contains(&name) && misspelt_output(route, outputs, &name).is_none() {
            errors.at(
                &param.name,
                format_args!(
                    "parameter `{name}` is not listed in `outputs`: add \"{name}\" there, or remove the parameter"
                ),
            );
        }
    }
    for literal in route.args.outputs.iter().flat_map(|outputs| &outputs.names) {
        if let Some(param) = misspelt_parameter(route, literal) {
            errors.at(literal, format_args!("output `{}` has no parameter; did you mean `{param}`?", literal.value()));
        }
    }
}

/// The name in `outputs` that was probably meant for this parameter, when it has no parameter of its own.
fn misspelt_output<'a>(route: &Route, outputs: &'a List, param: &str) -> Option<&'a LitStr> {
    outputs.names.iter().find(|literal| {
        let name = literal.value();
        !has_parameter(route, &name) && names::alike(&name, param)
    })
}

/// The parameter that an output without one was probably meant for.
fn misspelt_parameter(route: &Route, literal: &LitStr) -> Option<String> {
    let name = literal.value();
    let outputs = route.args.outputs.as_ref()?;
    if has_parameter(route, &name) {
        return None;
    }
    let params = route.function.params.iter().map(|param| plain(&param.name));
    params.into_iter().find(|param| !outputs.contains(param) && names::alike(&name, param))
}

fn has_parameter(route: &Route, name: &str) -> bool {
    route.function.params.iter().any(|param| plain(&param.name) == name)
}

/// The constants that the compiler evaluates; `registers` says whether the route is registered beside them.
pub(super) fn checks(route: &Route, registers: bool) -> TokenStream {
    let schema = route.args.schema.as_ref().map_or_else(|| quote!(crate::schema::SCHEMA), |path| quote!(#path::SCHEMA));
    // Statics: the compiler walks through all that a constant reaches, for each constant anew.
    let schema = quote!(#[allow(dead_code)] static __SCHEMA: &'static __pxt::Schema = &#schema;);
    let Some(table) = &route.args.table else { return schema };
    let (name, hash) = (table.value(), fnv1a(&table.value()));
    let lists = lists(route);
    let mut checks = vec![
        quote! {
            #schema
            #[allow(dead_code)]
            static __TABLE: ::core::option::Option<&'static __pxt::TableDef> = __pxt::check::find_table(__SCHEMA, #name, #hash);
        },
        quote_spanned!(table.span()=> const _: () = __pxt::check::expect_table(__SCHEMA, __TABLE, #name);),
    ];
    if route.kind == Kind::Update {
        checks.push(quote_spanned!(table.span()=> const _: () = __pxt::check::expect_key(__TABLE);));
    }
    checks.extend(inputs(route));
    checks.push(lists);
    checks.extend(outputs(route));
    if route.function.is_concrete {
        checks.extend(parameters(route));
        checks.push(invoke::told(&route.function));
        checks.push(invoke::refuse_result(&route.function));
        // The registration says it too, and the compiler would say it twice.
        if !registers {
            checks.push(response(route));
        }
    }
    quote!(#(#checks)*)
}

fn hashed(literal: &LitStr) -> (String, u64) {
    let name = literal.value();
    let hash = fnv1a(&name);
    (name, hash)
}

/// Whether each input is a column that a request may supply, and whether they suffice for a row.
fn inputs(route: &Route) -> Vec<TokenStream> {
    let kind = route.kind;
    let mut checks = Vec::new();
    for literal in route.args.inputs.iter().flat_map(|list| &list.names) {
        let (name, hash) = hashed(literal);
        checks.push(
            quote_spanned!(literal.span()=> const _: () = __pxt::check::expect_input(__TABLE, #kind, #name, #hash);),
        );
    }
    for literal in route.args.uploadfile_inputs.iter().flat_map(|list| &list.names) {
        let (name, hash) = hashed(literal);
        checks.push(
            quote_spanned!(literal.span()=> const _: () = __pxt::check::expect_upload(__TABLE, #kind, #name, #hash);),
        );
    }
    if let Some(inputs) = &route.args.inputs {
        let check = match kind {
            Kind::Insert => {
                Some(quote_spanned!(inputs.span=> const _: () = __pxt::check::expect_inputs_cover(__TABLE, __INPUTS);))
            }
            Kind::Compute => Some(
                quote_spanned!(inputs.span=> const _: () = __pxt::check::expect_inputs_reach(__TABLE, __INPUTS, __OUTPUTS);),
            ),
            Kind::Update => None,
        };
        checks.extend(check);
    }
    checks
}

/// The lists that the checks of coverage read: all inputs, and the parameters.
fn lists(route: &Route) -> TokenStream {
    let uploads = route.args.uploadfile_inputs.iter().flat_map(|list| &list.names);
    let inputs = route.args.inputs.iter().flat_map(|list| &list.names).chain(uploads).map(LitStr::value);
    let outputs = route.function.params.iter().map(|param| plain(&param.name));
    quote! {
        #[allow(dead_code)]
        const __INPUTS: &'static [&'static str] = &[#(#inputs),*];
        #[allow(dead_code)]
        const __OUTPUTS: &'static [&'static str] = &[#(#outputs),*];
    }
}

/// Whether each output is a column, and has a parameter.
fn outputs(route: &Route) -> Vec<TokenStream> {
    let literals = route.args.outputs.iter().flat_map(|outputs| &outputs.names);
    literals
        .filter(|literal| misspelt_parameter(route, literal).is_none())
        .map(|literal| {
            let (name, hash) = hashed(literal);
            if has_parameter(route, &name) {
                quote_spanned!(literal.span()=>
                    const _: () = __pxt::check::expect_column(__TABLE, __pxt::check::find_column(__TABLE, #name, #hash), #name);
                )
            } else {
                quote_spanned!(literal.span()=> const _: () = __pxt::check::expect_taken(__TABLE, #name, #hash);)
            }
        })
        .collect()
}

/// Whether each parameter is a column, and its type receives the column.
fn parameters(route: &Route) -> Vec<TokenStream> {
    let listed = |name: &str| route.args.outputs.as_ref().map(|outputs| outputs.contains(name));
    let mut checks = Vec::new();
    for param in &route.function.params {
        let name = plain(&param.name);
        let hash = fnv1a(&name);
        if listed(&name) == Some(false) {
            continue; // reported already
        }
        let (ty, text) = (&param.ty, written(&param.ty));
        let shape = quote_spanned!(at(ty)=> <#ty as __pxt::Parameter>::SHAPE);
        let column = Ident::new("column", Span::mixed_site());
        // Where the outputs are listed, it is said there that there is no such column.
        let exists = listed(&name)
            .is_none()
            .then(|| quote_spanned!(param.name.span()=> __pxt::check::expect_column(__TABLE, #column, #name);));
        let fits = quote_spanned!(at(ty)=> __pxt::check::expect_type(__TABLE, #column, #shape, #text););
        // One constant for both: constants cost the compiler more than what they do, and the second follows from the first.
        checks.push(quote_spanned!(at(ty)=>
            const _: () = {
                let #column = __pxt::check::find_column(__TABLE, #name, #hash);
                #exists
                #fits
            };
        ));
    }
    checks
}

/// Whether the return type is a response.
fn response(route: &Route) -> TokenStream {
    let (schema, span) = (register::response(route, "json_schema"), invoke::value_at(&route.function));
    quote_spanned!(span=> const _: fn(&mut __pxt::SchemaGenerator) -> __pxt::JsonSchema = #schema;)
}
