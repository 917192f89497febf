//! The struct as a row, and the two structs beside it: what a caller supplies, and what a caller changes.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};
use syn::Ident;

use super::{Field, Table};
use crate::function::at;

/// The `Table` impl of a struct without mistakes.
pub(super) fn conversions(table: &Table) -> TokenStream {
    let fields = table.fields.iter().map(|field| {
        let (ident, ty) = (&field.ident, &field.ty);
        let convert = quote_spanned!(at(ty)=> <#ty as __pxt::ColumnValue>::from_value);
        quote!(#ident: #convert(row.take()?)?)
    });
    let news = table.fields.iter().map(|field| match (field.supplied(), wrapped(field)) {
        (false, _) => quote!(::core::option::Option::None),
        (true, true) => {
            let ident = &field.ident;
            let into_value = into_value(field);
            quote!(new.#ident.map(#into_value))
        }
        (true, false) => {
            let ident = &field.ident;
            let into_value = into_value(field);
            quote!(::core::option::Option::Some(#into_value(new.#ident)))
        }
    });
    let changes = table.fields.iter().enumerate().filter(|(_, field)| changeable(field)).map(|(position, field)| {
        let (ident, into_value) = (&field.ident, into_value(field));
        quote!(if let ::core::option::Option::Some(value) = changes.#ident { list.push((#position, #into_value(value))); })
    });
    let keys: Vec<_> = table.key().collect();
    let key_values = match keys.as_slice() {
        [one] => {
            let into_value = into_value(one);
            quote!(::std::vec![#into_value(key)])
        }
        [] => quote!(match key {}),
        several => {
            let positions = (0..several.len()).map(syn::Index::from);
            let into_value = several.iter().map(|field| into_value(field));
            quote!(::std::vec![#(#into_value(key.#positions)),*])
        }
    };
    implementation(
        table,
        &quote!(::core::result::Result::Ok(Self { #(#fields),* })),
        &quote!(::std::vec![#(#news),*]),
        &quote!(let mut list = ::std::vec::Vec::new(); #(#changes)* list),
        &key_values,
    )
}

/// An impl for a struct with mistakes: never run, since the crate does not compile.
pub(super) fn unreachable(table: &Table) -> TokenStream {
    let never = quote!(::core::unreachable!());
    implementation(table, &never, &never, &never, &never)
}

/// A use of every field: a column that only the database and clients read is not dead code.
pub(crate) fn uses<'a>(ident: &Ident, fields: impl Iterator<Item = &'a Ident>) -> TokenStream {
    let fields = fields.enumerate().map(|(position, field)| {
        let name = format_ident!("_column_{position}");
        quote!(#field: #name)
    });
    quote!(const _: fn(&#ident) = |row| { let #ident { #(#fields),* } = row; };)
}

fn implementation(
    table: &Table,
    from_row: &TokenStream,
    new_values: &TokenStream,
    change_values: &TokenStream,
    key_values: &TokenStream,
) -> TokenStream {
    let ident = &table.ident;
    let (new, changes) = (format_ident!("New{ident}"), format_ident!("{ident}Changes"));
    let uses = uses(ident, table.fields.iter().map(|field| &field.ident));
    let types = table.fields.iter().map(|field| &field.ty);
    let key_types: Vec<_> = table.key().map(|field| &field.ty).collect();
    let key = match key_types.as_slice() {
        [] => quote!(__pxt::NoKey),
        [one] => quote!(#one),
        several => quote!((#(#several),*)),
    };
    quote! {
        #uses
        #[automatically_derived]
        #[allow(unused_variables, unused_mut, clippy::all)]
        impl __pxt::FromRow for #ident {
            fn from_row(row: &mut __pxt::Arguments) -> ::core::result::Result<Self, __pxt::Mismatch> { #from_row }
            fn shape() -> __pxt::RowShape { __pxt::RowShape::Object(<Self as __pxt::Record>::fields()) }
        }
        #[automatically_derived]
        impl __pxt::Record for #ident {
            fn fields() -> ::std::vec::Vec<__pxt::RowField> { __pxt::table_fields(&DEF) }
        }
        #[automatically_derived]
        impl __pxt::MadeOf<(#(#types,)*)> for #ident {}
        #[automatically_derived]
        impl __pxt::Defined for #ident {
            const TABLE: &'static __pxt::TableDef = &DEF;
        }
        #[automatically_derived]
        #[allow(unused_variables, unused_mut, clippy::all)]
        impl __pxt::Table for #ident {
            type Key = #key;
            type New = #new;
            type Changes = #changes;
            fn new_values(new: #new) -> ::std::vec::Vec<::core::option::Option<__pxt::Value>> { #new_values }
            fn change_values(changes: #changes) -> ::std::vec::Vec<(usize, __pxt::Value)> { #change_values }
            fn key_values(key: Self::Key) -> ::std::vec::Vec<__pxt::Value> { #key_values }
        }
    }
}

/// `NewPoster` and `PosterChanges`.
pub(super) fn companions(table: &Table) -> TokenStream {
    let (ident, vis, name) = (&table.ident, &table.vis, table.name.value());
    let (new, changes) = (format_ident!("New{ident}"), format_ident!("{ident}Changes"));
    let new_fields = table.fields.iter().filter(|field| field.supplied()).map(|field| {
        let ty = &field.ty;
        let ty = if wrapped(field) { quote!(::core::option::Option<#ty>) } else { quote!(#ty) };
        companion_field(field, &ty)
    });
    let changed: Vec<_> = table.fields.iter().filter(|field| changeable(field)).collect();
    let change_fields = changed.iter().map(|field| {
        let ty = &field.ty;
        companion_field(field, &quote!(::core::option::Option<#ty>))
    });
    let change_names = changed.iter().map(|field| &field.ident);
    let new_doc = format!(
        "The columns of a new row of `{name}`, as a caller supplies them. A column with a default may be `None`."
    );
    let changes_doc = format!("Changes to a row of `{name}`. `None` leaves a column as it is.");
    quote! {
        #[doc = #new_doc]
        #vis struct #new { #(#new_fields),* }
        #[doc = #changes_doc]
        #vis struct #changes { #(#change_fields),* }
        #[automatically_derived]
        impl ::core::default::Default for #changes {
            fn default() -> Self {
                Self { #(#change_names: ::core::option::Option::None),* }
            }
        }
    }
}

fn companion_field(field: &Field, ty: &TokenStream) -> TokenStream {
    let (vis, ident, doc) = (&field.vis, &field.ident, field.doc_or_name());
    quote!(#[doc = #doc] #vis #ident: #ty)
}

/// The conversion of a column's values, named as everywhere, so that an unfit type is reported once.
fn into_value(field: &Field) -> TokenStream {
    let ty = &field.ty;
    quote_spanned!(at(ty)=> <#ty as __pxt::ColumnValue>::into_value)
}

/// Whether the column may be left out of a new row on account of its default.
fn wrapped(field: &Field) -> bool {
    field.column.default.is_some()
}

fn changeable(field: &Field) -> bool {
    field.supplied() && field.column.primary_key.is_none()
}
