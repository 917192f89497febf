//! `derive(Record)`: a struct that the rows of a query become, field by field.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::{Data, DeriveInput, Fields, Ident, Path, Type};

use crate::args::equals;
use crate::errors::Errors;
use crate::function::{at, doc, plain, written};
use crate::table::attribute::{each, refuse_repeated};
use crate::table::record::uses;
use crate::{names, types};

/// A record as its struct declares it.
struct Record {
    ident: Ident,
    krate: Path,
    fields: Vec<Field>,
}

struct Field {
    ident: Ident,
    ty: Type,
    doc: String,
}

pub(crate) fn derive(input: DeriveInput) -> TokenStream {
    let mut errors = Errors::default();
    let Some(record) = Record::parse(input, &mut errors) else {
        return errors.into_tokens();
    };
    let written = if errors.is_empty() { record.whole() } else { record.fallback() };
    let errors = errors.into_tokens();
    quote!(#written #errors)
}

impl Record {
    /// Reads the struct. None, with the mistake reported, when it is not a struct with named fields.
    fn parse(input: DeriveInput, errors: &mut Errors) -> Option<Self> {
        if !input.generics.params.is_empty() {
            errors.at(&input.generics, "a record's struct is not generic: write the fields' types");
            return None;
        }
        let fields = match input.data {
            Data::Struct(data) => match data.fields {
                Fields::Named(fields) if !fields.named.is_empty() => Some(fields.named),
                _ => None,
            },
            _ => None,
        };
        let Some(fields) = fields else {
            let message = "a record is a struct with named fields, one a value: write `struct Name { field: Type }`";
            errors.at(&input.ident, message);
            return None;
        };
        let mut krate = None;
        each(&input.attrs, "record", errors, |word, input| {
            let text = word.unraw().to_string();
            if text != "crate" {
                let message = format!("`record` has no argument `{text}`{}", names::suggestion(&text, ["crate"]));
                return Err(syn::Error::new_spanned(&word, message));
            }
            equals(input, &word)?;
            refuse_repeated(&word, krate.replace(input.call(Path::parse_mod_style)?).is_some())
        });
        let fields = fields.into_iter().filter_map(|field| {
            if let Some(instead) = types::instead(&field.ty) {
                let text = written(&field.ty);
                errors.at(&field.ty, format_args!("a record's field cannot be `{text}`: write `{instead}`"));
            }
            Some(Field { ident: field.ident?, ty: field.ty, doc: doc(&field.attrs) })
        });
        let fields = fields.collect();
        Some(Self { ident: input.ident, krate: krate.unwrap_or_else(|| syn::parse_quote!(::pxt)), fields })
    }

    fn whole(&self) -> TokenStream {
        let read = self.fields.iter().map(|field| {
            let (ident, ty) = (&field.ident, &field.ty);
            let convert = quote_spanned!(at(ty)=> <#ty as __pxt::ColumnValue>::from_value);
            quote!(#ident: #convert(row.take()?)?)
        });
        let fields = self.fields.iter().map(|field| {
            let (name, ty, doc) = (plain(&field.ident), &field.ty, &field.doc);
            let shape = quote_spanned!(at(ty)=> <#ty as __pxt::ColumnValue>::SHAPE);
            let json_schema = quote_spanned!(at(ty)=> <#ty as __pxt::ColumnValue>::json_schema);
            quote!(__pxt::RowField::new(#name, #doc, #shape, #json_schema))
        });
        let (ident, types) = (&self.ident, self.fields.iter().map(|field| &field.ty));
        self.implementation(
            &quote!(::core::result::Result::Ok(Self { #(#read),* })),
            &quote!(::std::vec![#(#fields),*]),
            &quote!(impl __pxt::MadeOf<(#(#types,)*)> for #ident {}),
        )
    }

    /// What remains of a struct with mistakes: a record of any rows, so that queries do not report echoes of them.
    fn fallback(&self) -> TokenStream {
        let (ident, never) = (&self.ident, quote!(::core::unreachable!()));
        self.implementation(&never, &never, &quote!(impl<R> __pxt::MadeOf<R> for #ident {}))
    }

    fn implementation(&self, from_row: &TokenStream, fields: &TokenStream, made_of: &TokenStream) -> TokenStream {
        let (ident, krate) = (&self.ident, &self.krate);
        let uses = uses(ident, self.fields.iter().map(|field| &field.ident));
        quote! {
            const _: () = {
                use #krate::__private as __pxt;
                #uses
                #[automatically_derived]
                #[allow(unused_variables, unused_mut, clippy::all)]
                impl __pxt::FromRow for #ident {
                    fn from_row(row: &mut __pxt::Arguments) -> ::core::result::Result<Self, __pxt::Mismatch> { #from_row }
                    fn shape() -> __pxt::RowShape { __pxt::RowShape::Object(<Self as __pxt::Record>::fields()) }
                }
                #[automatically_derived]
                impl __pxt::Record for #ident {
                    fn fields() -> ::std::vec::Vec<__pxt::RowField> { #fields }
                }
                #[automatically_derived]
                #made_of
            };
        }
    }
}
