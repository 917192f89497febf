//! The call of a user's function with values, as routes and computed columns make it.
//!
//! Every conversion is a path that names its trait, spanned like the contract's checks: the compiler reports an unfit type
//! once, since the same words at the same place are the same error to it.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};

use crate::function::{Function, arguments, at, is_result, written};

/// Tells, once for the block that it stands in, whether the function returns a `Result`: the type knows, whatever it is called.
pub(crate) fn told(function: &Function) -> TokenStream {
    let output = function.output();
    quote_spanned!(value_at(function)=>
        #[allow(unused_imports)]
        use __pxt::Plain as _;
        #[allow(dead_code)]
        const __FALLIBLE: bool = __pxt::Returned::<#output>::IS_RESULT;
    )
}

/// The type of the function's value on success, where it is [`told`].
pub(crate) fn value(function: &Function) -> TokenStream {
    returned(function, value_at(function), "Value")
}

/// Refuses a value that may be the error of a `Result`, where it is [`told`]: it would be answered.
pub(crate) fn refuse_result(function: &Function) -> TokenStream {
    let (value, text) = (value(function), written(&function.output()));
    quote_spanned!(value_at(function)=>
        const _: () = __pxt::check::expect_no_result(__pxt::Returned::<#value>::HOLDS_RESULT, #text);
    )
}

/// An item of the trait that return types have.
fn returned(function: &Function, span: Span, item: &str) -> TokenStream {
    let (output, item) = (function.output(), Ident::new(item, span));
    quote_spanned!(span=> <#output as __pxt::Returns<__FALLIBLE>>::#item)
}

/// Where an error about the value's type stands.
pub(crate) fn value_at(function: &Function) -> Span {
    let output = function.output();
    match arguments(&output).first() {
        Some(value) if is_result(&output) => at(value),
        _ if matches!(function.item.sig.output, syn::ReturnType::Default) => function.item.sig.ident.span(),
        _ => at(&output),
    }
}

/// A name of our own, which no function of the user's is mistaken for.
pub(crate) fn local(name: &str) -> Ident {
    Ident::new(name, Span::mixed_site())
}

/// The names of the variables that hold the arguments.
pub(crate) fn argument_names(function: &Function) -> Vec<Ident> {
    (0..function.params.len()).map(|position| local(&format!("argument_{position}"))).collect()
}

/// Takes the arguments of a call out of `arguments`, each converted by this trait to its parameter's type.
pub(crate) fn take(function: &Function, parameter: &str) -> TokenStream {
    let (parameter, arguments) = (format_ident!("{parameter}"), local("arguments"));
    let take = argument_names(function).into_iter().zip(&function.params).map(|(name, param)| {
        let ty = &param.ty;
        let convert = quote_spanned!(at(ty)=> <#ty as __pxt::#parameter>::from_value);
        quote!(let #name = #convert(#arguments.take()?)?;)
    });
    quote!(#(#take)*)
}

/// What follows from a call: `finish` makes the result of the value, and the function's own error is reported.
pub(crate) fn settle(
    function: &Function,
    called: TokenStream,
    finish: impl Fn(TokenStream) -> TokenStream,
) -> TokenStream {
    let called = if is_async(function) { quote!(#called.await) } else { called };
    let (value, error) = (local("value"), local("error"));
    let into_result = returned(function, value_at(function), "into_result");
    let (failed, finished) = (failure(function), finish(quote!(#value)));
    quote!(match #into_result(#called) {
        ::core::result::Result::Ok(#value) => #finished,
        ::core::result::Result::Err(#error) => ::core::result::Result::Err(#failed(#error)),
    })
}

/// The body of a closure over `arguments` that calls the function; `finish` makes the result of the value.
pub(crate) fn body(function: &Function, finish: impl Fn(TokenStream) -> TokenStream) -> TokenStream {
    let (ident, names) = (&function.item.sig.ident, argument_names(function));
    let (take, settled) = (take(function, "Parameter"), settle(function, quote!(#ident(#(#names),*)), finish));
    quote!(#take #settled)
}

/// The pattern of a closure's parameter for the arguments.
pub(crate) fn arguments_pattern(function: &Function) -> TokenStream {
    let arguments = local("arguments");
    if function.params.is_empty() { quote!(_) } else { quote!(mut #arguments) }
}

/// A closure over `arguments`, boxed as a future when the function is async.
pub(crate) fn closure(function: &Function, body: &TokenStream) -> TokenStream {
    let arguments = arguments_pattern(function);
    if is_async(function) {
        // The future must be `Send`: the error that says otherwise stands on the function's name.
        let span = function.item.sig.ident.span();
        let boxed = quote_spanned!(span=> ::std::boxed::Box::pin(async move { #body }));
        quote!(|#arguments| #boxed)
    } else {
        quote!(|#arguments| { #body })
    }
}

pub(crate) fn is_async(function: &Function) -> bool {
    function.item.sig.asyncness.is_some()
}

/// The conversion of the function's error.
fn failure(function: &Function) -> TokenStream {
    let output = function.output();
    let span = arguments(&output).get(1).map_or_else(|| at(&output), |error| at(error));
    let failure = returned(function, span, "Failure");
    quote_spanned!(span=> <#failure as __pxt::Reportable>::into_error)
}
