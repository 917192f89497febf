//! The shape of a function that carries one of our attributes.

use proc_macro2::{Span, TokenStream};
use quote::ToTokens;
use syn::spanned::Spanned;
use syn::{Attribute, Expr, FnArg, GenericArgument, Ident, ItemFn, Lit, Meta, Pat, PathArguments, ReturnType, Type};

use crate::errors::Errors;

/// A free function: its parameters by name, and what it returns.
pub(crate) struct Function {
    pub(crate) item: ItemFn,
    pub(crate) params: Vec<Param>,
    /// Whether its types stand by themselves: outside the function nothing else can be said of them.
    pub(crate) is_concrete: bool,
    /// Whether it takes a `self`, so that it stands in an `impl`, where no constants can be put.
    pub(crate) is_method: bool,
}

/// One parameter.
pub(crate) struct Param {
    pub(crate) name: Ident,
    pub(crate) ty: Type,
}

impl Function {
    /// Reads the function under an attribute. None, with the mistake reported, if it is something else.
    pub(crate) fn parse(attribute: &str, tokens: &TokenStream, errors: &mut Errors) -> Option<Self> {
        item(attribute, tokens, errors).map(|item| Self::of(attribute, item, errors))
    }

    /// The shape of an item, with what it must not have reported.
    pub(crate) fn of(attribute: &str, item: ItemFn, errors: &mut Errors) -> Self {
        let params = parameters(attribute, &item, errors);
        let generics = &item.sig.generics;
        if !generics.params.is_empty() {
            errors.at(
                &generics.params,
                format_args!("a function under `#[{attribute}]` is not generic: write the types"),
            );
        }
        let unnamed = unnamed_types(attribute, &item, errors);
        let is_concrete = generics.params.is_empty() && !unnamed;
        let is_method = item.sig.receiver().is_some();
        Self { item, params, is_concrete, is_method }
    }

    /// The name without `r#`.
    pub(crate) fn name(&self) -> String {
        plain(&self.item.sig.ident)
    }

    /// The text of the doc comment.
    pub(crate) fn doc(&self) -> String {
        doc(&self.item.attrs)
    }

    /// Whether a return type is written.
    pub(crate) fn returns(&self) -> bool {
        matches!(self.item.sig.output, ReturnType::Type(..))
    }

    /// The return type; `()` when none is written.
    pub(crate) fn output(&self) -> Type {
        match &self.item.sig.output {
            ReturnType::Default => syn::parse_quote!(()),
            ReturnType::Type(_, ty) => (**ty).clone(),
        }
    }
}

/// The function under an attribute. None, with the mistake reported, if it is something else.
pub(crate) fn item(attribute: &str, tokens: &TokenStream, errors: &mut Errors) -> Option<ItemFn> {
    match syn::parse2(tokens.clone()) {
        Ok(item) => Some(item),
        Err(error) => {
            // A function that does not parse has its own mistake; anything else is the attribute's.
            let is_function = tokens.clone().into_iter().any(|token| token.to_string() == "fn");
            if is_function {
                errors.push(error);
            } else {
                errors.at(tokens, format_args!("`#[{attribute}]` stands on a function: move it there"));
            }
            None
        }
    }
}

/// An identifier's text without `r#`.
pub(crate) fn plain(ident: &Ident) -> String {
    let text = ident.to_string();
    text.strip_prefix("r#").map(str::to_owned).unwrap_or(text)
}

/// Whether a type is written as some `Result`, so that its arguments are worth a look. Only the compiler knows whether it is one.
pub(crate) fn is_result(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.segments.last().is_some_and(|segment| segment.ident == "Result"))
}

/// Whether a type is written as an `Option`.
pub(crate) fn is_option(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.segments.last().is_some_and(|segment| segment.ident == "Option"))
}

/// The types between the angle brackets of a type.
pub(crate) fn arguments(ty: &Type) -> Vec<&Type> {
    let Type::Path(path) = ty else { return Vec::new() };
    let Some(PathArguments::AngleBracketed(list)) = path.path.segments.last().map(|segment| &segment.arguments) else {
        return Vec::new();
    };
    let types = list.args.iter().filter_map(|argument| match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    });
    types.collect()
}

/// The one token of a type that an error stands on: a path's last name, else the first token. Spans of several tokens are not
/// to be had on stable.
pub(crate) fn at(ty: &Type) -> Span {
    match ty {
        Type::Path(path) => path.path.segments.last().map_or_else(|| ty.span(), |segment| segment.ident.span()),
        _ => ty.span(),
    }
}

/// The text of a type as a user would write it: `Option<String>`, not `Option < String >`.
pub(crate) fn written(ty: &impl ToTokens) -> String {
    let mut text = ty.to_token_stream().to_string();
    for (spaced, tight) in
        [(" :: ", "::"), (":: ", "::"), (" < ", "<"), (" >", ">"), ("< ", "<"), (" ,", ","), ("& ", "&"), (" ;", ";")]
    {
        text = text.replace(spaced, tight);
    }
    text
}

/// The text of an item's doc comment.
pub(crate) fn doc(attrs: &[Attribute]) -> String {
    let lines: Vec<String> = attrs
        .iter()
        .filter(|attr| attr.path().is_ident("doc"))
        .filter_map(|attr| match &attr.meta {
            Meta::NameValue(meta) => match &meta.value {
                Expr::Lit(literal) => match &literal.lit {
                    Lit::Str(text) => Some(text.value()),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        })
        .map(|line| line.strip_prefix(' ').unwrap_or(&line).to_owned())
        .collect();
    lines.join("\n").trim().to_owned()
}

/// Reports types written as `impl Trait`.
fn unnamed_types(attribute: &str, item: &ItemFn, errors: &mut Errors) -> bool {
    let taken = item.sig.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(typed) => Some(&*typed.ty),
        FnArg::Receiver(_) => None,
    });
    let returned = match &item.sig.output {
        ReturnType::Default => None,
        ReturnType::Type(_, ty) => Some(&**ty),
    };
    let mut found = false;
    for ty in taken.chain(returned).filter(|ty| matches!(ty, Type::ImplTrait(_))) {
        errors
            .at(ty, format_args!("a function under `#[{attribute}]` names its types: write one in place of `impl …`"));
        found = true;
    }
    found
}

fn parameters(attribute: &str, item: &ItemFn, errors: &mut Errors) -> Vec<Param> {
    let mut params = Vec::new();
    for input in &item.sig.inputs {
        match input {
            FnArg::Receiver(receiver) => {
                errors.at(
                    receiver,
                    format_args!(
                        "a function under `#[{attribute}]` is free and takes no `self`: move it out of the `impl`"
                    ),
                );
            }
            FnArg::Typed(typed) => match &*typed.pat {
                Pat::Ident(pat) if pat.subpat.is_none() && pat.by_ref.is_none() => {
                    params.push(Param { name: pat.ident.clone(), ty: (*typed.ty).clone() });
                }
                pat => errors.at(pat, "a parameter is a plain name: write one, and take the value apart in the body"),
            },
        }
    }
    params
}
