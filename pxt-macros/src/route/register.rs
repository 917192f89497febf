//! The registration of a route: plain data for `inventory`, and the call of the function with a row's values.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::LitStr;

use super::Route;
use crate::args::List;
use crate::invoke;

pub(super) fn register(route: &Route) -> TokenStream {
    let Some(table) = &route.args.table else { return TokenStream::new() };
    let (kind, name) = (route.kind, route.function.name());
    let path = route.args.path.as_ref().map_or_else(|| format!("/{name}"), LitStr::value);
    let inputs = match &route.args.inputs {
        Some(list) => {
            let names = names(list);
            quote!(::core::option::Option::Some(&[#(#names),*]))
        }
        None => quote!(::core::option::Option::None),
    };
    let uploads = route.args.uploadfile_inputs.as_ref().map(names).unwrap_or_default();
    let doc = route.function.doc();
    let response_schema = response(route, "json_schema");
    let call = call(route);
    let background = route.args.background.declared();
    let export = route.args.export.declared();
    quote! {
        __pxt::inventory::submit! {
            __pxt::AttributeRoute {
                kind: #kind,
                schema: __SCHEMA,
                table: #table,
                path: #path,
                inputs: #inputs,
                uploads: &[#(#uploads),*],
                outputs: __OUTPUTS,
                background: #background,
                export: #export,
                call: #call,
                response_schema: #response_schema,
                name: #name,
                doc: #doc,
                at: __pxt::At { file: ::core::file!(), line: ::core::line!() },
                module: ::core::module_path!(),
            }
        }
    }
}

fn names(list: &List) -> Vec<String> {
    list.names.iter().map(LitStr::value).collect()
}

fn call(route: &Route) -> TokenStream {
    let function = &route.function;
    let to_body = response(route, "to_body");
    let body = invoke::body(function, |value| quote!(#to_body(&#value)));
    let closure = invoke::closure(function, &body);
    if invoke::is_async(function) {
        quote!(__pxt::Handler::Async(#closure))
    } else {
        quote!(__pxt::Handler::Sync(#closure))
    }
}

/// A function of the trait that responses have, spanned at the return type.
pub(super) fn response(route: &Route, function: &str) -> TokenStream {
    let (value, function) = (invoke::value(&route.function), format_ident!("{function}"));
    quote_spanned!(invoke::value_at(&route.function)=> <#value as __pxt::Response>::#function)
}
