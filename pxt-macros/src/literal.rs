//! Literals and defaults, as columns and the parameters of queries have them.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::parse::{Parse, ParseStream};
use syn::{Lit, Path, Token, Type};

/// What stands in for a value that the caller leaves out.
pub(crate) enum DefaultValue {
    /// A function without parameters.
    Path(Path),
    Literal(Literal),
}

/// A literal, possibly with a minus sign.
pub(crate) struct Literal {
    pub(crate) tokens: TokenStream,
    /// The Rust type that the literal has as a value: `i64`, `f64`, `bool`, `String`.
    ty: &'static str,
}

impl DefaultValue {
    /// How the value is made, as an `Option<Make>`. `into_value` converts the type.
    pub(crate) fn maker(&self, ty: &Type, into_value: &TokenStream) -> TokenStream {
        match self {
            // The pointer's type is what a function that does not fit is compared with.
            Self::Path(path) => {
                quote!(::core::option::Option::Some(__pxt::Make::Call(|| { let default: fn() -> #ty = #path; #into_value(default()) })))
            }
            Self::Literal(literal) => {
                let value = literal.value();
                quote!(::core::option::Option::Some(__pxt::Make::Call(|| __pxt::ColumnValue::into_value(#value))))
            }
        }
    }
}

impl Literal {
    /// The literal as it was written.
    pub(crate) fn text(&self) -> String {
        self.tokens.to_string().replace("- ", "-")
    }

    /// The literal as an expression of its value's type.
    pub(crate) fn value(&self) -> TokenStream {
        let tokens = &self.tokens;
        match self.ty {
            "String" => quote!(::std::borrow::ToOwned::to_owned(#tokens)),
            "i64" => quote!({ let value: i64 = #tokens; value }),
            "f64" => quote!({ let value: f64 = #tokens; value }),
            _ => quote!(#tokens),
        }
    }

    /// The shape of the literal by itself.
    pub(crate) fn shape(&self) -> TokenStream {
        let ty = match self.ty {
            "i64" => quote!(Int),
            "f64" => quote!(Float),
            "bool" => quote!(Bool),
            _ => quote!(String),
        };
        quote!(__pxt::Shape::of(__pxt::ColumnType::#ty))
    }
}

impl Parse for DefaultValue {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(syn::Lit) || input.peek(Token![-]) {
            return input.parse().map(Self::Literal);
        }
        let start = input.fork();
        match input.call(Path::parse_mod_style) {
            Ok(path) if !input.peek(syn::token::Paren) => Ok(Self::Path(path)),
            Ok(_) => {
                let parentheses: proc_macro2::TokenTree = input.parse()?;
                Err(syn::Error::new_spanned(
                    parentheses,
                    "a default is a function's name, called each time: remove the parentheses",
                ))
            }
            Err(_) => Err(start.error("write the name of a function without parameters, or a literal")),
        }
    }
}

impl Parse for Literal {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let minus: Option<Token![-]> = input.parse()?;
        let literal: Lit = input.parse()?;
        let ty = match (&literal, &minus) {
            (Lit::Int(_), _) => "i64",
            (Lit::Float(_), _) => "f64",
            (Lit::Bool(_), None) => "bool",
            (Lit::Str(_), None) => "String",
            _ => return Err(syn::Error::new_spanned(literal, "write an integer, a float, a bool or a text in quotes")),
        };
        let mut tokens = minus.to_token_stream();
        literal.to_tokens(&mut tokens);
        Ok(Self { tokens, ty })
    }
}
