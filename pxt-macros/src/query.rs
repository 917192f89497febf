//! `#[query]`: a function over an application's rows that routes can serve.
//!
//! The function comes back without the `#[default(…)]` of its parameters, and else as it is. Beside it stands a struct of its
//! name, in the type namespace, that carries the registered query, so that one path names both.

mod args;
mod contract;
mod function;
pub(crate) mod route;

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Path;

use crate::errors::Errors;
use crate::function::{at, plain};
use crate::invoke;
use function::Query;

pub(crate) fn expand(args: TokenStream, tokens: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let krate = args::only_crate(args, &mut errors);
    let Some(query) = Query::parse("query", tokens, &mut errors) else {
        let errors = errors.into_tokens();
        return quote!(#tokens #errors);
    };
    let (item, made) = (query.item(tokens), make(&query, &krate));
    let errors = errors.into_tokens();
    quote!(#item #made #errors)
}

/// The query, unless an attribute further below makes it: the checks of its types, the struct and the registration.
fn make(query: &Query, krate: &Path) -> TokenStream {
    if !query.makes || query.function.is_method {
        return TokenStream::new();
    }
    let checks = contract::types(query);
    let (structure, registration) =
        if query.sound { (structure(query), register(query)) } else { (TokenStream::new(), TokenStream::new()) };
    quote! {
        #structure
        const _: () = {
            #[allow(unused_imports)]
            use #krate::__private as __pxt;
            #checks
            #registration
        };
    }
}

fn structure(query: &Query) -> TokenStream {
    let (vis, ident) = (&query.function.item.vis, &query.function.item.sig.ident);
    let doc = format!("The query `{}`, for routes that name it.", query.function.name());
    quote! {
        #[doc = #doc]
        #[doc(hidden)]
        #[allow(non_camel_case_types, clippy::empty_structs_with_brackets)]
        #vis struct #ident {}
    }
}

fn register(query: &Query) -> TokenStream {
    let function = &query.function;
    let (ident, name, doc) = (&function.item.sig.ident, function.name(), function.doc());
    let params = function.params.iter().map(|param| {
        let (ty, name) = (&param.ty, plain(&param.name));
        let of = |item: TokenStream| quote_spanned!(at(ty)=> <#ty as __pxt::QueryParameter>::#item);
        let (shape, schema, refuse) = (of(quote!(SHAPE)), of(quote!(json_schema)), of(quote!(refuse_json)));
        let default = match query.default(&param.name) {
            None => quote!(::core::option::Option::None),
            Some(default) => default.value.maker(ty, &of(quote!(into_value))),
        };
        quote! {
            __pxt::QueryParam { name: #name, shape: #shape, default: #default, json_schema: #schema, refuse_json: #refuse }
        }
    });
    let (call, row, tables) = (call(query), contract::output(query, "row"), contract::output(query, "tables"));
    quote! {
        static DEF: __pxt::QueryDef = __pxt::QueryDef {
            name: #name,
            module: ::core::module_path!(),
            params: &[#(#params),*],
            call: #call,
            row: #row,
            tables: #tables,
            doc: #doc,
            at: __pxt::At { file: ::core::file!(), line: ::core::line!() },
        };
        #[automatically_derived]
        impl __pxt::QueryFunction for #ident {
            const DEF: &'static __pxt::QueryDef = &DEF;
        }
        __pxt::inventory::submit! { &DEF }
    }
}

/// How the runtime calls the function with values.
fn call(query: &Query) -> TokenStream {
    let function = &query.function;
    let (ident, names) = (&function.item.sig.ident, invoke::argument_names(function));
    let app = invoke::local("app");
    let (pattern, given) = if query.app { (quote!(#app), quote!(&#app,)) } else { (quote!(_), TokenStream::new()) };
    let into_rows = contract::output(query, "into_rows");
    let take = invoke::take(function, "QueryParameter");
    let settled = invoke::settle(function, quote!(#ident(#given #(#names),*)), |value| quote!(#into_rows(#value)));
    let arguments = invoke::arguments_pattern(function);
    let span = ident.span();
    let future = if invoke::is_async(function) {
        // The future must be `Send`: the error that says otherwise stands on the function's name.
        quote_spanned!(span=> ::std::boxed::Box::pin(async move { #take #settled }))
    } else {
        quote!(__pxt::call_query(&DEF, move || { #take #settled }))
    };
    quote!(|#pattern, #arguments| #future)
}
