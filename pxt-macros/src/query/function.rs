//! The function under `#[query]` or `#[query_route]`: the application that it may take first, and the defaults of its
//! parameters.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::parse::ParseStream;
use syn::{Attribute, FnArg, Ident, ItemFn, Pat, PatType, Type};

use crate::errors::Errors;
use crate::function::{self, Function, plain, written};
use crate::literal::DefaultValue;
use crate::types;

/// A query as far as the macro sees it.
pub(super) struct Query {
    /// The function without the application among its parameters.
    pub(super) function: Function,
    /// Whether it takes the application.
    pub(super) app: bool,
    /// Whether this attribute makes the query. With several on one function the last of them does.
    pub(super) makes: bool,
    /// Whether the function can be a query, as far as the macro sees.
    pub(super) sound: bool,
    /// The function as it comes back.
    item: ItemFn,
    defaults: Vec<ParamDefault>,
}

/// `#[default(…)]` of a parameter.
pub(super) struct ParamDefault {
    param: String,
    pub(super) word: Ident,
    pub(super) value: DefaultValue,
}

impl Query {
    /// Reads the function under an attribute. None, with the mistake reported, if it is something else.
    pub(super) fn parse(attribute: &str, tokens: &TokenStream, errors: &mut Errors) -> Option<Self> {
        let mut item = function::item(attribute, tokens, errors)?;
        let makes = !item.attrs.iter().any(is_ours);
        let mut found = Errors::default();
        let defaults = take_defaults(&mut item, &mut found);
        let mut rest = item.clone();
        let app = take_app(&mut rest, &mut found);
        let function = Function::of(attribute, rest, &mut found);
        refuse_parameters(&function, &mut found);
        if !function.returns() {
            found.at(&function.item.sig.ident, "a query returns rows: write `-> Vec<…>`, say");
        }
        let sound = found.is_empty();
        // Every attribute sees the mistakes; the one that makes the query reports them.
        if makes {
            errors.absorb(found);
        }
        Some(Self { function, app, makes, sound, item, defaults })
    }

    /// The function as this attribute gives it back.
    pub(super) fn item(&self, tokens: &TokenStream) -> TokenStream {
        if self.makes { self.item.to_token_stream() } else { tokens.clone() }
    }

    /// What stands in for a parameter that a request leaves out.
    pub(super) fn default(&self, param: &Ident) -> Option<&ParamDefault> {
        let name = plain(param);
        self.defaults.iter().find(|default| default.param == name)
    }

    /// The parameters' names, without `r#`.
    pub(super) fn names(&self) -> Vec<String> {
        self.function.params.iter().map(|param| plain(&param.name)).collect()
    }
}

/// Whether an attribute makes a query as well.
fn is_ours(attr: &Attribute) -> bool {
    attr.path().segments.last().is_some_and(|segment| segment.ident == "query" || segment.ident == "query_route")
}

/// Takes the `#[default(…)]` off the parameters: the compiler knows no such attribute there.
fn take_defaults(item: &mut ItemFn, errors: &mut Errors) -> Vec<ParamDefault> {
    let mut defaults = Vec::new();
    for input in &mut item.sig.inputs {
        let FnArg::Typed(typed) = input else { continue };
        let (taken, kept) =
            std::mem::take(&mut typed.attrs).into_iter().partition(|attr| attr.path().is_ident("default"));
        typed.attrs = kept;
        let taken: Vec<Attribute> = taken;
        for (position, attr) in taken.iter().enumerate() {
            match default(typed, attr) {
                _ if position > 0 => errors.at(attr.path(), "`default` is written twice: remove one"),
                Ok(default) => defaults.extend(default),
                Err(error) => errors.push(error),
            }
        }
    }
    defaults
}

/// The default that an attribute gives a parameter. None for a parameter without a name, which has its own mistake.
fn default(param: &PatType, attr: &Attribute) -> syn::Result<Option<ParamDefault>> {
    const WANTED: &str = "write `#[default(…)]` with a literal or the name of a function without parameters";
    let word = attr.path().require_ident()?.clone();
    if is_app(&param.ty) {
        return Err(syn::Error::new(word.span(), "the application is always there: remove `#[default(…)]`"));
    }
    if !matches!(&attr.meta, syn::Meta::List(list) if !list.tokens.is_empty()) {
        return Err(syn::Error::new(word.span(), WANTED));
    }
    let value = attr.parse_args_with(|input: ParseStream<'_>| {
        let value = input.parse()?;
        if input.is_empty() { Ok(value) } else { Err(input.error(WANTED)) }
    })?;
    if let DefaultValue::Path(path) = &value
        && path.is_ident("None")
    {
        let message = "an `Option` that a request leaves out is `None` already: remove `#[default(None)]`";
        return Err(syn::Error::new_spanned(path, message));
    }
    let Pat::Ident(pat) = &*param.pat else { return Ok(None) };
    Ok(Some(ParamDefault { param: plain(&pat.ident), word, value }))
}

/// Takes the application off the parameters, and says whether it was there.
fn take_app(item: &mut ItemFn, errors: &mut Errors) -> bool {
    let mut position = 0;
    let mut taken = false;
    item.sig.inputs = std::mem::take(&mut item.sig.inputs)
        .into_iter()
        .filter(|input| {
            let first = position == 0;
            position += 1;
            let FnArg::Typed(typed) = input else { return true };
            if !is_app(&typed.ty) {
                return true;
            }
            match &*typed.ty {
                Type::Reference(reference) if first && reference.mutability.is_none() => taken = true,
                Type::Reference(_) if !first => {
                    errors.at(&typed.ty, "the application is a query's first parameter: write it before the others");
                }
                ty => {
                    let path = if let Type::Reference(reference) = ty { &*reference.elem } else { ty };
                    let path = written(path);
                    errors.at(ty, format_args!("a query borrows the application: write `&{path}`"));
                }
            }
            false
        })
        .collect();
    taken
}

/// Whether a type is the application, taken in whatever way.
fn is_app(ty: &Type) -> bool {
    match ty {
        Type::Reference(reference) => is_app(&reference.elem),
        Type::Path(path) => path.path.segments.last().is_some_and(|segment| segment.ident == "App"),
        _ => false,
    }
}

/// Reports names and types that no parameter of a request has.
fn refuse_parameters(function: &Function, errors: &mut Errors) {
    for param in &function.params {
        if plain(&param.name) == "cursor" {
            errors.at(&param.name, "`cursor` is how a request asks for the next page of rows: choose another name");
        }
        if let Some(instead) = instead(&param.ty) {
            errors.at(
                &param.ty,
                format_args!("a query's parameter cannot be `{}`: write `{instead}`", written(&param.ty)),
            );
        }
    }
}

/// What to write instead of a type that is no parameter's.
pub(super) fn instead(ty: &Type) -> Option<String> {
    let instead = types::instead(ty)?;
    // A column's list of numbers has one length; the list that a request brings has any.
    if instead.contains(", N>") {
        return Some(instead.replace("pxt::Array<", "pxt::Json<Vec<").replace(", N>", ">>"));
    }
    Some(instead)
}

#[cfg(test)]
mod tests {
    use quote::quote;

    use super::*;

    fn parse(item: &TokenStream) -> (Query, String) {
        let mut errors = Errors::default();
        let query = Query::parse("query", item, &mut errors).expect("a function");
        (query, errors.into_tokens().to_string())
    }

    #[test]
    fn the_application_and_the_defaults_are_no_parameters() {
        let (query, errors) = parse(&quote! {
            fn recent(_: &pxt::App, #[default(10)] most: i64, #[allow(unused)] text: Option<String>) -> Vec<i64> { vec![] }
        });
        assert_eq!(errors, "");
        assert!(query.app && query.makes && query.sound);
        assert_eq!(query.names(), ["most", "text"]);
        let most = &query.function.params[0].name;
        assert!(matches!(query.default(most).map(|default| &default.value), Some(DefaultValue::Literal(_))));
        assert!(query.default(&query.function.params[1].name).is_none());
        let item = query.item(&TokenStream::new()).to_string();
        assert!(
            !item.contains("default") && item.contains("allow (unused)") && item.contains("& pxt :: App"),
            "{item}"
        );
    }

    #[test]
    fn the_last_of_several_attributes_makes_the_query() {
        for below in [quote!(#[query]), quote!(#[pxt::query(crate = x)]), quote!(#[pxt::query_route(path = "/a")])] {
            let item = quote!(#below fn all(#[default(1)] cursor: f32) -> Vec<i64> { vec![] });
            let (query, errors) = parse(&item);
            assert!(!query.makes && !query.sound);
            assert_eq!(errors, "", "the other attribute says what is wrong");
            assert_eq!(query.item(&item).to_string(), item.to_string());
        }
    }

    #[test]
    fn lists_of_numbers_have_any_length() {
        let advice = |text: &str| instead(&syn::parse_str(text).expect("a type")).unwrap_or_default();
        assert_eq!(advice("Vec<i64>"), "pxt::Json<Vec<i64>>");
        assert_eq!(advice("Option<Vec<f32>>"), "Option<pxt::Json<Vec<f32>>>");
        assert_eq!(advice("[f32; 3]"), "pxt::Array<f32, 3>");
        assert_eq!(advice("u8"), "i64");
    }
}
