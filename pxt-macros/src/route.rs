//! `#[insert_route]`, `#[update_route]`, `#[compute_route]`: a function over a row becomes an endpoint.
//!
//! The function comes back untouched, first. Behind it stand the checks of its contract, one constant each with the span of
//! the token that it judges, and, if nothing was wrong with what the macro itself can see, the registration.

mod contract;
mod register;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use crate::args::Args;
use crate::errors::Errors;
use crate::function::Function;

/// What a route does with its table.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Insert,
    Update,
    Compute,
}

impl Kind {
    /// The attribute as users write it.
    pub(crate) fn attribute(self) -> &'static str {
        match self {
            Self::Insert => "insert_route",
            Self::Update => "update_route",
            Self::Compute => "compute_route",
        }
    }
}

impl ToTokens for Kind {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(match self {
            Self::Insert => quote!(__pxt::Kind::Insert),
            Self::Update => quote!(__pxt::Kind::Update),
            Self::Compute => quote!(__pxt::Kind::Compute),
        });
    }
}

/// A route as far as the macro sees it.
struct Route {
    kind: Kind,
    args: Args,
    function: Function,
}

pub(crate) fn expand(kind: Kind, args: TokenStream, tokens: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let args = Args::parse(kind, args, &mut errors);
    let Some(function) = Function::parse(kind.attribute(), tokens, &mut errors) else {
        let errors = errors.into_tokens();
        return quote!(#tokens #errors);
    };
    let route = Route { kind, args, function };
    contract::refuse(&route, &mut errors);
    let krate = route.args.krate.clone().unwrap_or_else(|| syn::parse_quote!(::pxt));
    // In an `impl` the constants would be mistakes of their own.
    if route.function.is_method {
        let errors = errors.into_tokens();
        return quote!(#tokens #errors);
    }
    let registers = errors.is_empty();
    let checks = contract::checks(&route, registers);
    let registration = if registers { register::register(&route) } else { TokenStream::new() };
    let errors = errors.into_tokens();
    quote! {
        #tokens
        const _: () = {
            #[allow(unused_imports)]
            use #krate::__private as __pxt;
            #checks
            #registration
        };
        #errors
    }
}
