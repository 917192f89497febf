//! `derive(Table)`.

pub(crate) mod attribute;
mod check;
mod columns;
mod expand;
mod order;
pub(crate) mod record;

use proc_macro2::TokenStream;
use syn::{Data, DeriveInput, Fields, Ident, LitStr, Path, Type, Visibility};

use crate::errors::Errors;
use crate::function::{doc, plain};
use attribute::{Column, Computed};

/// A table as its struct declares it.
pub(crate) struct Table {
    ident: Ident,
    vis: Visibility,
    name: LitStr,
    doc: String,
    krate: Path,
    fields: Vec<Field>,
}

/// One column as its field declares it.
pub(crate) struct Field {
    ident: Ident,
    name: String,
    ty: Type,
    vis: Visibility,
    doc: String,
    column: Column,
}

pub(crate) fn derive(input: DeriveInput) -> TokenStream {
    let mut errors = Errors::default();
    let Some(table) = Table::parse(input, &mut errors) else {
        return errors.into_tokens();
    };
    check::refuse(&table, &mut errors);
    let written = if errors.is_empty() { expand::whole(&table) } else { expand::fallback(&table) };
    let errors = errors.into_tokens();
    quote::quote!(#written #errors)
}

impl Table {
    /// Reads the struct. None, with the mistake reported, when it is not a struct with named fields.
    fn parse(input: DeriveInput, errors: &mut Errors) -> Option<Self> {
        if !input.generics.params.is_empty() {
            errors.at(&input.generics, "a table's struct is not generic: write the columns' types");
            return None;
        }
        let fields = match input.data {
            Data::Struct(data) => match data.fields {
                Fields::Named(fields) if !fields.named.is_empty() => fields.named,
                _ => {
                    errors.at(
                        &input.ident,
                        "a table is a struct with named fields, one a column: write `struct Name { column: Type }`",
                    );
                    return None;
                }
            },
            Data::Enum(data) => {
                errors.at(
                    &data.enum_token,
                    "a table is a struct with named fields, one a column: write `struct`, not `enum`",
                );
                return None;
            }
            Data::Union(data) => {
                errors.at(
                    &data.union_token,
                    "a table is a struct with named fields, one a column: write `struct`, not `union`",
                );
                return None;
            }
        };
        let options = attribute::table(&input.attrs, &input.ident, errors);
        let fields = fields.into_iter().filter_map(|field| Field::parse(field, errors)).collect();
        Some(Self {
            ident: input.ident,
            vis: input.vis,
            name: options.name,
            doc: doc(&input.attrs),
            krate: options.krate,
            fields,
        })
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.name == name)
    }

    /// The fields of the primary key.
    fn key(&self) -> impl Iterator<Item = &Field> {
        self.fields.iter().filter(|field| field.column.primary_key.is_some())
    }
}

impl Field {
    fn parse(field: syn::Field, errors: &mut Errors) -> Option<Self> {
        let ident = field.ident?;
        let column = attribute::column(&field.attrs, errors);
        Some(Self { name: plain(&ident), ident, ty: field.ty, vis: field.vis, doc: doc(&field.attrs), column })
    }

    fn computed(&self) -> Option<&Computed> {
        self.column.computed.as_ref()
    }

    /// The doc comment, or what stands in where there is none.
    fn doc_or_name(&self) -> String {
        if self.doc.is_empty() { format!("The column `{}`.", self.name) } else { self.doc.clone() }
    }

    /// Whether a caller may supply the column.
    fn supplied(&self) -> bool {
        self.column.computed.is_none() && self.column.auto.is_none()
    }
}
