//! A constant for each column, in the field's name, for queries: `Poster::title`.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Type;

use super::{Field, Table};
use crate::types;

/// The constants of all columns. Those of a struct with mistakes have the types that the fields should have, so that a query over
/// them does not report the mistakes again.
pub(super) fn constants(table: &Table) -> TokenStream {
    let ident = &table.ident;
    let constants = table.fields.iter().enumerate().map(|(position, field)| constant(position, field));
    quote! {
        #[allow(non_upper_case_globals, dead_code)]
        impl #ident { #(#constants)* }
    }
}

fn constant(position: usize, field: &Field) -> TokenStream {
    let (ident, vis, doc) = (&field.ident, &field.vis, field.doc_or_name());
    let ty = intended(&field.ty);
    quote! {
        #[doc = #doc]
        #vis const #ident: __pxt::Column<Self, #ty> = __pxt::Column::new(#position);
    }
}

/// The type that a column should have, where the name of a better one needs nothing in scope.
fn intended(ty: &Type) -> TokenStream {
    match types::instead(ty).as_deref() {
        Some("i64") => quote!(i64),
        Some("f64") => quote!(f64),
        Some("String") => quote!(::std::string::String),
        Some("Option<i64>") => quote!(::core::option::Option<i64>),
        Some("Option<f64>") => quote!(::core::option::Option<f64>),
        Some("Option<String>") => quote!(::core::option::Option<::std::string::String>),
        _ => quote!(#ty),
    }
}
