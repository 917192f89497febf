//! What `derive(Table)` writes.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use super::attribute::Arg;
use super::{Field, Table, columns, order, record};
use crate::function::{at, plain};
use crate::hash::fnv1a;
use crate::literal::DefaultValue;
use crate::types;

/// The table of a struct without mistakes.
pub(super) fn whole(table: &Table) -> TokenStream {
    let krate = &table.krate;
    let columns = table.fields.iter().enumerate().map(|(position, field)| column_def(table, position, field));
    let codes = table.fields.iter().map(column_code);
    let checks = table.fields.iter().map(|field| checks(table, field));
    let definition = definition(table, false, &columns.collect::<Vec<_>>());
    let rows = record::conversions(table);
    let constants = columns::constants(table);
    let companions = record::companions(table);
    quote! {
        const _: () = {
            use #krate::__private as __pxt;
            static CODE: __pxt::TableCode = __pxt::TableCode { columns: &[#(#codes),*] };
            #definition
            #rows
            #constants
            #(#checks)*
        };
        #companions
    }
}

/// What remains of a struct with mistakes: enough that routes and the schema do not report echoes of them.
pub(super) fn fallback(table: &Table) -> TokenStream {
    let krate = &table.krate;
    let columns = table
        .fields
        .iter()
        .filter(|field| types::instead(&field.ty).is_none())
        .map(|field| plain_column_def(field, &quote!(::core::option::Option::None)))
        .collect::<Vec<_>>();
    let definition = definition(table, true, &columns);
    let rows = record::unreachable(table);
    let constants = columns::constants(table);
    let companions = record::companions(table);
    let checks = table.fields.iter().filter(|field| types::instead(&field.ty).is_none());
    let checks = checks.map(|field| self::checks(table, field));
    quote! {
        const _: () = {
            use #krate::__private as __pxt;
            static CODE: __pxt::TableCode = __pxt::TableCode { columns: &[] };
            #definition
            #rows
            #constants
            #(#checks)*
        };
        #companions
    }
}

fn definition(table: &Table, incomplete: bool, columns: &[TokenStream]) -> TokenStream {
    let (name, doc) = (table.name.value(), &table.doc);
    let hash = fnv1a(&name);
    quote! {
        static DEF: __pxt::TableDef = __pxt::TableDef {
            name: #name,
            hash: #hash,
            doc: #doc,
            columns: &[#(#columns),*],
            incomplete: #incomplete,
            at: __pxt::At { file: ::core::file!(), line: ::core::line!() },
            module: ::core::module_path!(),
            code: __pxt::Code(&CODE),
        };
    }
}

fn column_def(table: &Table, position: usize, field: &Field) -> TokenStream {
    let computed = match field.computed() {
        None => quote!(::core::option::Option::None),
        Some(computed) => {
            let call = computed.text();
            let reads = order::reads(table, position);
            let on_error = match field.column.on_error {
                Some((_, true)) => quote!(Ignore),
                _ => quote!(Abort),
            };
            quote!(::core::option::Option::Some(__pxt::Computed { call: #call, reads: &[#(#reads),*], on_error: __pxt::OnError::#on_error }))
        }
    };
    plain_column_def(field, &computed)
}

fn plain_column_def(field: &Field, computed: &TokenStream) -> TokenStream {
    let (name, doc, ty) = (&field.name, &field.doc, &field.ty);
    let hash = fnv1a(name);
    let (primary_key, auto) = (field.column.primary_key.is_some(), field.column.auto.is_some());
    let default = field.column.default.is_some();
    let max_bytes = match &field.column.max_bytes {
        None => quote!(::core::option::Option::None),
        Some((_, most)) => quote!(::core::option::Option::Some(#most)),
    };
    let shape = quote_spanned!(at(ty)=> <#ty as __pxt::ColumnValue>::SHAPE);
    quote! {
        __pxt::ColumnDef {
            name: #name,
            hash: #hash,
            doc: #doc,
            ty: __pxt::column_type(#shape),
            nullable: #shape.nullable,
            primary_key: #primary_key,
            auto: #auto,
            default: #default,
            max_bytes: #max_bytes,
            computed: #computed,
        }
    }
}

fn column_code(field: &Field) -> TokenStream {
    let ty = &field.ty;
    let into_value = quote_spanned!(at(ty)=> <#ty as __pxt::ColumnValue>::into_value);
    let json_schema = quote_spanned!(at(ty)=> <#ty as __pxt::ColumnValue>::json_schema);
    let refuse_json = quote_spanned!(at(ty)=> <#ty as __pxt::ColumnValue>::refuse_json);
    let default = match &field.column.default {
        None => quote!(::core::option::Option::None),
        Some(default) => default.value.maker(ty, &into_value),
    };
    let computed = match field.computed() {
        None => quote!(::core::option::Option::None),
        Some(computed) => {
            let function = &computed.function;
            let args = computed.args.iter().map(|arg| match arg {
                Arg::Column(column) => {
                    let name = plain(column);
                    quote!(__pxt::Arg::Column(#name))
                }
                Arg::Literal(literal) => {
                    let value = literal.value();
                    quote!(__pxt::Arg::Literal(__pxt::Make::Call(|| __pxt::ColumnValue::into_value(#value))))
                }
            });
            let def = quote_spanned!(function.span()=> <#function as __pxt::Function>::def);
            quote!(::core::option::Option::Some(__pxt::ComputedCode { function: #def, args: &[#(#args),*] }))
        }
    };
    quote! {
        __pxt::ColumnCode {
            default: #default,
            computed: #computed,
            json_schema: #json_schema,
            refuse_json: #refuse_json,
        }
    }
}

/// The checks that need types, each at its own token.
fn checks(table: &Table, field: &Field) -> TokenStream {
    let (table_name, name, ty) = (table.name.value(), &field.name, &field.ty);
    let shape = quote!(<#ty as __pxt::ColumnValue>::SHAPE);
    let mut checks = Vec::new();
    if field.column.primary_key.is_some() {
        checks.push(quote_spanned!(at(ty)=> const _: () = __pxt::check::expect_key_type(#table_name, #name, #shape);));
    }
    if field.column.auto.is_some() {
        checks.push(quote_spanned!(at(ty)=> const _: () = __pxt::check::expect_auto(#table_name, #name, #shape);));
    }
    if let Some((word, _)) = &field.column.max_bytes {
        let span = word.span();
        checks.push(quote_spanned!(span=> const _: () = __pxt::check::expect_bounded(#table_name, #name, #shape);));
    }
    if let Some(default) = &field.column.default {
        let span = default.word.span();
        checks.push(quote_spanned!(span=> const _: () = __pxt::check::expect_default(#table_name, #name, #shape);));
        if let DefaultValue::Literal(literal) = &default.value {
            let (given, text) = (literal.shape(), literal.text());
            checks.push(quote_spanned!(literal.tokens.span()=>
                const _: () = __pxt::check::expect_default_literal(#table_name, #name, #shape, #given, #text);));
        }
    }
    if let Some(computed) = field.computed() {
        let function = &computed.function;
        let signature = quote!(&<#function as __pxt::Function>::SIGNATURE);
        let given = computed.args.len();
        // The caret goes to the function's last segment: a check over several tokens would be marked wrongly.
        let at = function.segments.last().map_or_else(|| function.span(), |segment| segment.ident.span());
        checks.push(quote_spanned!(at=> const _: () = __pxt::check::expect_arity(#signature, #given);));
        checks.push(
            quote_spanned!(at=> const _: () = __pxt::check::expect_output(#signature, #table_name, #name, #shape);),
        );
        for (position, arg) in computed.args.iter().enumerate() {
            checks.push(check_argument(table, &signature, position, arg));
        }
        if let Some((word, true)) = &field.column.on_error {
            checks.push(
                quote_spanned!(word.span()=> const _: () = __pxt::check::expect_nullable(#table_name, #name, #shape);),
            );
        }
    }
    quote!(#(#checks)*)
}

fn check_argument(table: &Table, signature: &TokenStream, position: usize, arg: &Arg) -> TokenStream {
    let (span, shape, what) = match arg {
        Arg::Column(column) => {
            let name = plain(column);
            let Some(found) = table.position(&name) else { return TokenStream::new() };
            let ty = &table.fields[found].ty;
            if types::instead(ty).is_some() {
                return TokenStream::new();
            }
            (column.span(), quote!(<#ty as __pxt::ColumnValue>::SHAPE), format!("column `{name}`"))
        }
        Arg::Literal(literal) => (literal.tokens.span(), literal.shape(), format!("`{}`", literal.text())),
    };
    quote_spanned!(span=> const _: () = __pxt::check::expect_argument(#signature, #position, #shape, #what);)
}
