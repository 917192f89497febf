//! `schema![…]`: the list of an application's tables.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Path, Token};

struct Tables {
    krate: Path,
    tables: Punctuated<Path, Token![,]>,
}

impl Parse for Tables {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let mut krate = syn::parse_quote!(::pxt);
        if input.peek(Token![crate]) && input.peek2(Token![=]) {
            input.parse::<Token![crate]>()?;
            input.parse::<Token![=]>()?;
            krate = input.call(Path::parse_mod_style)?;
            input.parse::<Token![;]>()?;
        }
        let tables = Punctuated::parse_terminated_with(input, Path::parse_mod_style).map_err(|error| {
            syn::Error::new(error.span(), "write the names of your tables' structs: `pxt::schema![Poster, Film]`")
        })?;
        Ok(Self { krate, tables })
    }
}

pub(crate) fn expand(input: TokenStream) -> TokenStream {
    let Tables { krate, tables } = match syn::parse2(input) {
        Ok(tables) => tables,
        Err(error) => {
            // The static is written all the same, so that routes do not report it as missing, nor its tables.
            let error = error.into_compile_error();
            return quote! {
                #error
                #[doc(hidden)]
                pub static SCHEMA: ::pxt::Schema = ::pxt::Schema { tables: &[&::pxt::__private::check::UNREADABLE] };
            };
        }
    };
    let distinct = tables.iter().enumerate().skip(1).map(|(position, table)| {
        let at = table.segments.last().map_or_else(Span::call_site, |segment| segment.ident.span());
        quote_spanned!(at=> const _: () = __pxt::check::expect_distinct_table(&SCHEMA, #position);)
    });
    let tables = tables.iter().map(|table| {
        let at = table.segments.last().map_or_else(Span::call_site, |segment| segment.ident.span());
        quote_spanned!(at=> <#table as #krate::Table>::DEF)
    });
    quote! {
        /// The tables of this application.
        pub static SCHEMA: #krate::Schema = #krate::Schema {
            tables: &[#(#tables),*],
        };
        const _: () = {
            #[allow(unused_imports)]
            use #krate::__private as __pxt;
            #(#distinct)*
        };
    }
}
