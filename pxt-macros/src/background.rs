//! `background` and `concurrency`: whether a route answers with a job that does the work later, and how many of its jobs run at
//! once. Every route attribute takes them.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::ParseStream;
use syn::{Ident, LitBool, LitInt, Token};

use crate::args::{equals, literal};
use crate::errors::Errors;

/// The two arguments, as they were written.
#[derive(Default)]
pub(crate) struct Background {
    /// The word, where it was written and not denied.
    word: Option<Ident>,
    concurrency: Option<(Ident, u32)>,
}

impl Background {
    /// The names of the arguments.
    pub(crate) const NAMES: [&str; 2] = ["background", "concurrency"];

    /// Reads the argument of this name.
    pub(crate) fn parse(&mut self, name: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
        if name == "background" {
            self.word = flag(name, input)?.then(|| name.clone());
            return Ok(());
        }
        equals(input, name)?;
        let number: LitInt = literal(input, "a number of at least 1")?;
        match number.base10_parse() {
            Ok(most) if most > 0 => self.concurrency = Some((name.clone(), most)),
            _ => return Err(syn::Error::new_spanned(number, "write a number of at least 1")),
        }
        Ok(())
    }

    /// Reports what does not go together.
    pub(crate) fn refuse(&self, answers_file: bool, errors: &mut Errors) {
        match (&self.word, &self.concurrency) {
            (Some(word), _) if answers_file => {
                errors.at(word, "a job's result is JSON, and `return_fileresponse` answers with a file: remove one");
            }
            (None, Some((name, _))) => {
                errors.at(name, "`concurrency` says how many jobs run at once: add `background = true`, or remove it");
            }
            _ => {}
        }
    }

    /// What the declaration says of it: an `Option<Background>`.
    pub(crate) fn declared(&self) -> TokenStream {
        if self.word.is_none() {
            return quote!(::core::option::Option::None);
        }
        let concurrency = match &self.concurrency {
            Some((_, most)) => quote!(::core::option::Option::Some(#most)),
            None => quote!(::core::option::Option::None),
        };
        quote!(::core::option::Option::Some(__pxt::Background { concurrency: #concurrency }))
    }
}

/// An argument by itself, or with `true` or `false`.
pub(crate) fn flag(name: &Ident, input: ParseStream<'_>) -> syn::Result<bool> {
    if input.is_empty() || input.peek(Token![,]) {
        return Ok(true);
    }
    equals(input, name)?;
    let value: LitBool = literal(input, &format!("`{name}` or `{name} = true`"))?;
    Ok(value.value)
}
