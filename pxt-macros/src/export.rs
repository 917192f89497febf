//! `export_sql(…)`: the table of another database that a route's answers are written to. Routes that store rows take it.

use proc_macro2::TokenStream;
use quote::quote;
use syn::parse::{ParseStream, Parser};
use syn::{Ident, LitStr, parenthesized};

use crate::args::{comma, equals, literal, skip};
use crate::errors::Errors;
use crate::names;

/// The argument, as it was written.
#[derive(Default)]
pub(crate) struct Export(Option<Parts>);

/// What stands between its parentheses.
#[derive(Default)]
struct Parts {
    db_connect: Option<LitStr>,
    table: Option<LitStr>,
    db_schema: Option<LitStr>,
    method: Option<Ident>,
    delivery: Option<Ident>,
    seen: Vec<String>,
}

const NAMES: [&str; 5] = ["db_connect", "table", "db_schema", "method", "delivery"];
const WANTED: &str = "write `export_sql(db_connect = \"…\", table = \"…\")`";

impl Export {
    /// The name of the argument.
    pub(crate) const NAME: &str = "export_sql";

    /// Reads what stands behind the argument's name.
    pub(crate) fn parse(&mut self, name: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<()> {
        if !input.peek(syn::token::Paren) {
            return Err(syn::Error::new_spanned(name, WANTED));
        }
        let content;
        parenthesized!(content in input);
        let mut parts = Parts::default();
        let parser = |input: ParseStream<'_>| parts.parse_all(input, errors);
        parser.parse2(content.parse()?)?;
        for (part, example) in [("db_connect", "postgresql://host/name"), ("table", "generations")] {
            if !parts.seen.iter().any(|seen| seen == part) {
                errors.at(name, format_args!("`{part}` is missing: write `{part} = \"{example}\"`, say"));
            }
        }
        self.0 = Some(parts);
        Ok(())
    }

    /// What the declaration says of it: an `Option<AttributeExport>`.
    pub(crate) fn declared(&self) -> TokenStream {
        let Some(Parts { db_connect: Some(db_connect), table: Some(table), db_schema, method, delivery, .. }) = &self.0
        else {
            return quote!(::core::option::Option::None);
        };
        let db_schema = match db_schema {
            Some(schema) => quote!(::core::option::Option::Some(#schema)),
            None => quote!(::core::option::Option::None),
        };
        let method = method.as_ref().map_or_else(|| quote!(Insert), |method| quote!(#method));
        let delivery = delivery.as_ref().map_or_else(|| quote!(Request), |delivery| quote!(#delivery));
        quote! {
            ::core::option::Option::Some(__pxt::AttributeExport {
                db_connect: #db_connect,
                table: #table,
                db_schema: #db_schema,
                method: __pxt::ExportMethod::#method,
                delivery: __pxt::Delivery::#delivery,
            })
        }
    }
}

impl Parts {
    fn parse_all(&mut self, input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<()> {
        while !input.is_empty() {
            let name: Ident = syn::ext::IdentExt::parse_any(input)?;
            let text = name.to_string();
            if self.seen.contains(&text) {
                errors.at(&name, format_args!("`{text}` is written twice: remove one"));
            }
            if let Err(error) = self.parse_one(&name, input, errors) {
                errors.push(error);
                skip(input)?;
            }
            self.seen.push(text);
            comma(input)?;
        }
        Ok(())
    }

    fn parse_one(&mut self, name: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<()> {
        let text = name.to_string();
        if !NAMES.contains(&text.as_str()) {
            errors.at(name, format_args!("`export_sql` takes no `{text}`{}", names::suggestion(&text, NAMES)));
            return skip(input);
        }
        equals(input, name)?;
        match text.as_str() {
            "db_connect" => {
                let wanted = "the URL of a database in quotes, such as \"postgresql://host/name\" or \"${NAME}\"";
                self.db_connect = Some(full(input, wanted)?);
            }
            "table" => self.table = Some(full(input, "a table's name in quotes, such as \"generations\"")?),
            "db_schema" => self.db_schema = Some(full(input, "a schema's name in quotes, such as \"public\"")?),
            "method" => self.method = Some(word(input, "method", &["insert", "update", "merge"])?),
            _ => self.delivery = Some(word(input, "delivery", &["request", "outbox"])?),
        }
        Ok(())
    }
}

/// A text that is not empty.
fn full(input: ParseStream<'_>, wanted: &str) -> syn::Result<LitStr> {
    let text: LitStr = literal(input, wanted)?;
    if text.value().trim().is_empty() {
        return Err(syn::Error::new_spanned(text, format_args!("this is empty: write {wanted}")));
    }
    Ok(text)
}

/// One of these words, as the variant that is called so.
fn word(input: ParseStream<'_>, name: &str, words: &[&str]) -> syn::Result<Ident> {
    let quoted: Vec<_> = words.iter().map(|word| format!("\"{word}\"")).collect();
    let text: LitStr = literal(input, &quoted.join(" or "))?;
    let written = text.value();
    if !words.contains(&written.as_str()) {
        let hint = names::suggestion(&written, words.iter().copied());
        return Err(syn::Error::new_spanned(text, format_args!("`{written}` is no {name} of `export_sql`{hint}")));
    }
    let (first, rest) = written.split_at(1);
    Ok(Ident::new(&(first.to_uppercase() + rest), text.span()))
}
