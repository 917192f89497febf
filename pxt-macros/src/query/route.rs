//! `#[query_route]`: a query, and a route that serves it.

use proc_macro2::TokenStream;
use quote::quote;
use syn::LitStr;

use super::args::Args;
use super::function::Query;
use super::{contract, make};
use crate::args::List;
use crate::errors::Errors;

pub(crate) fn expand(args: TokenStream, tokens: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let args = Args::parse(args, &mut errors);
    let Some(query) = Query::parse("query_route", tokens, &mut errors) else {
        let errors = errors.into_tokens();
        return quote!(#tokens #errors);
    };
    contract::refuse(&args, &query, &mut errors);
    let (item, krate) = (query.item(tokens), args.krate());
    // In an `impl` the constants would be mistakes of their own.
    if query.function.is_method {
        let errors = errors.into_tokens();
        return quote!(#item #errors);
    }
    let made = make(&query, &krate);
    let schema = args.schema.as_ref().map_or_else(|| quote!(crate::schema::SCHEMA), |path| quote!(#path::SCHEMA));
    let checks = contract::inputs(&args, &query);
    let registration = if errors.is_empty() && query.sound { register(&args, &query) } else { TokenStream::new() };
    let errors = errors.into_tokens();
    quote! {
        #item
        #made
        const _: () = {
            #[allow(unused_imports)]
            use #krate::__private as __pxt;
            #[allow(dead_code)]
            static __SCHEMA: &'static __pxt::Schema = &#schema;
            #checks
            #registration
        };
        #errors
    }
}

fn register(args: &Args, query: &Query) -> TokenStream {
    let (ident, name) = (&query.function.item.sig.ident, query.function.name());
    let path = args.path.as_ref().map_or_else(|| format!("/{name}"), LitStr::value);
    let method = if args.get { quote!(Get) } else { quote!(Post) };
    let inputs = match &args.inputs {
        Some(list) => {
            let names = names(list);
            quote!(::core::option::Option::Some(&[#(#names),*]))
        }
        None => quote!(::core::option::Option::None),
    };
    let uploads = args.uploadfile_inputs.as_ref().map(names).unwrap_or_default();
    let (one_row, return_fileresponse) = (args.one_row, args.return_fileresponse);
    let background = args.background.declared();
    quote! {
        __pxt::inventory::submit! {
            __pxt::QueryRoute {
                query: <#ident as __pxt::QueryFunction>::DEF,
                schema: __SCHEMA,
                method: __pxt::Method::#method,
                path: #path,
                inputs: #inputs,
                uploads: &[#(#uploads),*],
                one_row: #one_row,
                return_fileresponse: #return_fileresponse,
                background: #background,
                at: __pxt::At { file: ::core::file!(), line: ::core::line!() },
            }
        }
    }
}

fn names(list: &List) -> Vec<String> {
    list.names.iter().map(LitStr::value).collect()
}
