//! The arguments of the route attributes.

use proc_macro2::{Span, TokenStream};
use syn::parse::{Parse, ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Ident, LitStr, Path, Token, bracketed};

use crate::background::Background;
use crate::errors::Errors;
use crate::export::Export;
use crate::names;
use crate::route::Kind;

/// What was written between the parentheses of a route attribute.
#[derive(Default)]
pub(crate) struct Args {
    pub(crate) table: Option<LitStr>,
    /// Whether `table` was written, if perhaps with a value that could not be read.
    pub(crate) names_table: bool,
    pub(crate) path: Option<LitStr>,
    pub(crate) inputs: Option<List>,
    pub(crate) uploadfile_inputs: Option<List>,
    pub(crate) outputs: Option<List>,
    pub(crate) background: Background,
    pub(crate) export: Export,
    pub(crate) schema: Option<Path>,
    pub(crate) krate: Option<Path>,
}

/// A list of names of columns or parameters, and the brackets around it.
pub(crate) struct List {
    pub(crate) span: Span,
    pub(crate) names: Vec<LitStr>,
}

impl List {
    pub(crate) fn contains(&self, name: &str) -> bool {
        self.names.iter().any(|literal| literal.value() == name)
    }
}

const NAMES: &[&str] = &[
    "table",
    "path",
    "inputs",
    "uploadfile_inputs",
    "outputs",
    "export_sql",
    "background",
    "concurrency",
    "schema",
    "crate",
];
const COLUMNS: &str = "write a list of columns in quotes, such as [\"title\", \"score\"]";

impl Args {
    /// Reads the arguments; what cannot be read is reported and left out.
    pub(crate) fn parse(kind: Kind, tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut args = Self::default();
        let parser = |input: ParseStream<'_>| args.parse_all(kind, input, errors);
        if let Err(error) = parser.parse2(tokens) {
            errors.push(error);
        }
        let (inputs, uploads) = (args.inputs.as_ref(), args.uploadfile_inputs.as_ref());
        refuse_repeated("column", inputs, uploads, args.outputs.as_ref(), errors);
        args.background.refuse(false, errors);
        args
    }

    fn parse_all(&mut self, kind: Kind, input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<()> {
        let mut seen: Vec<String> = Vec::new();
        while !input.is_empty() {
            let name: Ident = syn::ext::IdentExt::parse_any(input)?;
            let text = name.to_string();
            if seen.contains(&text) {
                errors.at(&name, format_args!("`{text}` is written twice: remove one"));
            }
            if let Err(error) = self.parse_one(kind, &name, input, errors) {
                errors.push(error);
                skip(input)?;
            }
            seen.push(text);
            comma(input)?;
        }
        Ok(())
    }

    fn parse_one(&mut self, kind: Kind, name: &Ident, input: ParseStream<'_>, errors: &mut Errors) -> syn::Result<()> {
        let text = name.to_string();
        self.names_table |= text == "table";
        if let Some(message) = elsewhere(kind, &text) {
            errors.at(name, message);
            return skip(input);
        }
        if !NAMES.contains(&text.as_str()) {
            errors.at(
                name,
                format_args!(
                    "`{}` has no argument `{text}`{}",
                    kind.attribute(),
                    names::suggestion(&text, NAMES.iter().copied())
                ),
            );
            return skip(input);
        }
        if text == "uploadfile_inputs" && kind == Kind::Update {
            errors.at(
                name,
                "an update takes no uploads, since media columns cannot be updated: remove `uploadfile_inputs`",
            );
            return skip(input);
        }
        if Background::NAMES.contains(&text.as_str()) {
            return self.background.parse(name, input);
        }
        if text == Export::NAME {
            return self.export.parse(name, input, errors);
        }
        equals(input, name)?;
        match text.as_str() {
            "table" => self.table = Some(literal(input, "a table's name in quotes, such as \"films.posters\"")?),
            "path" => self.path = Some(literal(input, "a path in quotes, such as \"/generate\"")?),
            "inputs" => self.inputs = Some(list(input, COLUMNS)?),
            "uploadfile_inputs" => self.uploadfile_inputs = Some(list(input, COLUMNS)?),
            "outputs" => self.outputs = Some(list(input, COLUMNS)?),
            "schema" => self.schema = Some(input.call(Path::parse_mod_style)?),
            _ => self.krate = Some(input.call(Path::parse_mod_style)?),
        }
        Ok(())
    }
}

/// What the spec knows and an attribute with a function of its own does not have.
fn elsewhere(kind: Kind, argument: &str) -> Option<String> {
    let attribute = kind.attribute();
    let verb = attribute.trim_end_matches("_route");
    Some(match argument {
        "return_fileresponse" => format!(
            "a decorated route answers with its function's value: remove `return_fileresponse`, or declare the route without a function, by `add_{attribute}`"
        ),
        "match_columns" => {
            "`match_columns` belongs to delete routes, which have no function: declare one by `add_delete_route`"
                .to_owned()
        }
        "method" => format!("`{attribute}` always answers POST: remove `method`"),
        Export::NAME if kind == Kind::Compute => {
            "a computation stores no row, and `export_sql` writes along with one that is stored: remove it, or make the route an \
             `insert_route`"
                .to_owned()
        }
        "one_row" => format!("`one_row` belongs to `query_route`, since {verb} routes have one row: remove it"),
        _ => return None,
    })
}

/// Reports names that are in their list twice, or in both lists.
pub(crate) fn refuse_repeated(
    noun: &str,
    inputs: Option<&List>,
    uploads: Option<&List>,
    outputs: Option<&List>,
    errors: &mut Errors,
) {
    for (argument, list) in [("inputs", inputs), ("uploadfile_inputs", uploads), ("outputs", outputs)] {
        let Some(list) = list else { continue };
        for (position, name) in list.names.iter().enumerate() {
            if list.names[..position].iter().any(|earlier| earlier.value() == name.value()) {
                errors.at(name, format_args!("{noun} `{}` is listed twice in `{argument}`: remove one", name.value()));
            }
        }
    }
    let (Some(inputs), Some(uploads)) = (inputs, uploads) else { return };
    for name in inputs.names.iter().filter(|name| uploads.contains(&name.value())) {
        errors.at(
            name,
            format_args!(
                "{noun} `{}` is also in `uploadfile_inputs`, and arrives in one way only: remove it from one of the lists",
                name.value()
            ),
        );
    }
}

/// The comma behind an argument, unless it is the last one.
pub(crate) fn comma(input: ParseStream<'_>) -> syn::Result<()> {
    if input.is_empty() {
        return Ok(());
    }
    input.parse::<Token![,]>().map(drop).map_err(|error| syn::Error::new(error.span(), "write `,` before this"))
}

/// The `=` between an argument's name and its value.
pub(crate) fn equals(input: ParseStream<'_>, name: &Ident) -> syn::Result<()> {
    input
        .parse::<Token![=]>()
        .map(drop)
        .map_err(|_| syn::Error::new_spanned(name, format_args!("`{name}` takes a value: write `{name} = …`")))
}

/// Passes over the value of an argument that was refused, up to the next comma.
pub(crate) fn skip(input: ParseStream<'_>) -> syn::Result<()> {
    while !input.is_empty() && !input.peek(Token![,]) {
        input.parse::<proc_macro2::TokenTree>()?;
    }
    Ok(())
}

/// An error inside brackets. The rest of what they hold is passed over, else syn reports it again.
pub(crate) fn leave(content: ParseStream<'_>, error: syn::Error) -> syn::Error {
    match content.parse::<TokenStream>() {
        Ok(_) => error,
        Err(other) => other,
    }
}

pub(crate) fn literal<L: Parse>(input: ParseStream<'_>, wanted: &str) -> syn::Result<L> {
    input.parse().map_err(|error| syn::Error::new(error.span(), format_args!("write {wanted}")))
}

/// A list of names in quotes; `wanted` says what to write.
pub(crate) fn list(input: ParseStream<'_>, wanted: &str) -> syn::Result<List> {
    let content;
    if !input.peek(syn::token::Bracket) {
        return Err(input.error(wanted));
    }
    let brackets = bracketed!(content in input);
    let names = Punctuated::<LitStr, Token![,]>::parse_terminated(&content)
        .map_err(|error| leave(&content, syn::Error::new(error.span(), wanted)))?;
    Ok(List { span: brackets.span.join(), names: names.into_iter().collect() })
}
