//! `#[udf]`: a function that computed columns can call.
//!
//! The function stays as it is. Beside it stands a struct of the same name, in the type namespace, that carries the
//! signature and how to call the function, so that one path names both.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::parse::{ParseStream, Parser};
use syn::{Ident, LitInt, LitStr, Path, Token, Type};

use crate::args::{comma, equals, literal, skip};
use crate::errors::Errors;
use crate::function::{Function, arguments, at, is_result, plain, written};
use crate::{invoke, names, types};

#[derive(Default)]
struct Options {
    blocking: Option<Ident>,
    timeout: Option<u64>,
    concurrency: Option<usize>,
    retries: Option<u32>,
    krate: Option<Path>,
}

const NAMES: &[&str] = &["blocking", "timeout", "concurrency", "retries", "crate"];

pub(crate) fn expand(args: TokenStream, tokens: &TokenStream) -> TokenStream {
    let mut errors = Errors::default();
    let options = parse_options(args, &mut errors);
    let Some(function) = Function::parse("udf", tokens, &mut errors) else {
        let errors = errors.into_tokens();
        return quote!(#tokens #errors);
    };
    if let (Some(blocking), Some(_)) = (&options.blocking, function.item.sig.asyncness) {
        errors.at(blocking, "an async function does not block: remove `blocking`, or `async`");
    }
    if function.is_concrete {
        refuse_types(&function, &mut errors);
    }
    let written = if errors.is_empty() { describe(&function, &options) } else { TokenStream::new() };
    let errors = errors.into_tokens();
    quote!(#tokens #written #errors)
}

/// Reports types that no column has.
fn refuse_types(function: &Function, errors: &mut Errors) {
    for param in &function.params {
        if let Some(instead) = types::instead(&param.ty) {
            errors.at(
                &param.ty,
                format_args!("a function over columns cannot take `{}`: write `{instead}`", written(&param.ty)),
            );
        }
    }
    let output = function.output();
    let value = match arguments(&output).first() {
        Some(&value) if is_result(&output) => value.clone(),
        _ => output,
    };
    if matches!(&value, Type::Tuple(tuple) if tuple.elems.is_empty()) {
        let message = "a function of a computed column returns the column's value: write `-> String`, say";
        errors.push(syn::Error::new(invoke::value_at(function), message));
    } else if let Some(instead) = types::instead(&value) {
        errors.at(&value, format_args!("a column cannot be `{}`: return `{instead}`", written(&value)));
    }
}

fn parse_options(args: TokenStream, errors: &mut Errors) -> Options {
    let mut options = Options::default();
    let parser = |input: ParseStream<'_>| -> syn::Result<()> {
        let mut seen = Vec::new();
        while !input.is_empty() {
            let name: Ident = syn::ext::IdentExt::parse_any(input)?;
            let text = name.to_string();
            if seen.contains(&text) {
                errors.at(&name, format_args!("`{text}` is written twice: remove one"));
            }
            if let Err(error) = parse_option(&mut options, name, input) {
                errors.push(error);
                skip(input)?;
            }
            seen.push(text);
            comma(input)?;
        }
        Ok(())
    };
    if let Err(error) = parser.parse2(args) {
        errors.push(error);
    }
    options
}

fn parse_option(options: &mut Options, name: Ident, input: ParseStream<'_>) -> syn::Result<()> {
    let text = name.to_string();
    match text.as_str() {
        "blocking" if input.peek(Token![=]) => {
            return Err(syn::Error::new_spanned(name, "`blocking` takes no value: write `blocking`, or leave it out"));
        }
        "blocking" => {
            options.blocking = Some(name);
            return Ok(());
        }
        "timeout" | "concurrency" | "retries" | "crate" => equals(input, &name)?,
        _ => {
            let message = format!("`udf` has no argument `{text}`{}", names::suggestion(&text, NAMES.iter().copied()));
            return Err(syn::Error::new_spanned(name, message));
        }
    }
    match text.as_str() {
        "timeout" => options.timeout = Some(duration(&literal(input, TIME)?)?),
        "concurrency" => options.concurrency = Some(count(&literal(input, "a number of at least 1")?, 1)?),
        "retries" => options.retries = Some(count(&literal(input, "a number of at least 0")?, 0)?),
        _ => options.krate = Some(input.call(Path::parse_mod_style)?),
    }
    Ok(())
}

const TIME: &str = "a time such as \"500ms\", \"10s\" or \"5m\"";

/// Milliseconds of `"500ms"`, `"10s"`, `"5m"`.
fn duration(literal: &LitStr) -> syn::Result<u64> {
    let text = literal.value();
    let units = [("ms", 1), ("s", 1000), ("m", 60_000)];
    units
        .iter()
        .find_map(|(unit, factor)| text.strip_suffix(unit)?.trim().parse::<u64>().ok()?.checked_mul(*factor))
        .filter(|milliseconds| *milliseconds > 0)
        .ok_or_else(|| syn::Error::new_spanned(literal, format_args!("write {TIME}")))
}

fn count<N: std::str::FromStr + PartialOrd + From<u8>>(literal: &LitInt, least: u8) -> syn::Result<N>
where
    N::Err: std::fmt::Display,
{
    match literal.base10_parse::<N>() {
        Ok(number) if number >= N::from(least) => Ok(number),
        _ => Err(syn::Error::new_spanned(literal, format_args!("write a number of at least {least}"))),
    }
}

/// The struct that stands beside the function.
fn describe(function: &Function, options: &Options) -> TokenStream {
    let sig = &function.item.sig;
    let (vis, ident, name) = (&function.item.vis, &sig.ident, function.name());
    let krate = options.krate.clone().unwrap_or_else(|| syn::parse_quote!(::pxt));
    let params = function.params.iter().map(|param| {
        let (ty, name) = (&param.ty, plain(&param.name));
        quote_spanned!(at(ty)=> __pxt::Param { name: #name, shape: <#ty as __pxt::Parameter>::SHAPE })
    });
    let value = invoke::value(function);
    let output_shape = quote_spanned!(invoke::value_at(function)=> <#value as __pxt::ColumnValue>::SHAPE);
    let (told, call) = (invoke::told(function), call(function, options));
    let (limit, limit_static) = match options.concurrency {
        Some(most) => (
            quote!(::core::option::Option::Some(&LIMIT)),
            quote!(static LIMIT: __pxt::Semaphore = __pxt::Semaphore::const_new(#most);),
        ),
        None => (quote!(::core::option::Option::None), TokenStream::new()),
    };
    let timeout = match options.timeout {
        Some(milliseconds) => quote!(::core::option::Option::Some(::core::time::Duration::from_millis(#milliseconds))),
        None => quote!(::core::option::Option::None),
    };
    let retries = options.retries.unwrap_or(0);
    let doc = function.doc();
    let beside = format!("The signature of the function `{name}`, for computed columns.");
    quote! {
        #[doc = #beside]
        #[doc(hidden)]
        #[allow(non_camel_case_types, clippy::empty_structs_with_brackets)]
        #vis struct #ident {}
        const _: () = {
            use #krate::__private as __pxt;
            #told
            #[automatically_derived]
            impl __pxt::Function for #ident {
                const SIGNATURE: __pxt::Signature = __pxt::Signature {
                    name: #name,
                    params: &[#(#params),*],
                    output: #output_shape,
                };
                fn def() -> &'static __pxt::FunctionDef {
                    #limit_static
                    static DEF: __pxt::FunctionDef = __pxt::FunctionDef {
                        signature: <#ident as __pxt::Function>::SIGNATURE,
                        doc: #doc,
                        module: ::core::module_path!(),
                        call: #call,
                        timeout: #timeout,
                        retries: #retries,
                        limit: #limit,
                    };
                    &DEF
                }
            }
        };
    }
}

/// How the runtime calls the function with values.
fn call(function: &Function, options: &Options) -> TokenStream {
    let ident = &function.item.sig.ident;
    let value = invoke::value(function);
    let into_value = quote_spanned!(invoke::value_at(function)=> <#value as __pxt::ColumnValue>::into_value);
    let body = invoke::body(function, |value| quote!(::core::result::Result::Ok(#into_value(#value))));
    let closure = invoke::closure(function, &body);
    if invoke::is_async(function) {
        quote!(__pxt::Call::Async(#closure))
    } else if options.blocking.is_some() || options.timeout.is_some() {
        // What runs in place cannot be left when its time is over.
        quote!(__pxt::Call::Blocking(#closure))
    } else {
        quote!(__pxt::Call::sync(&<#ident as __pxt::Function>::SIGNATURE, #closure))
    }
}
