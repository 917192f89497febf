//! The arguments of `#[query]` and `#[query_route]`.

use proc_macro2::TokenStream;
use syn::parse::{ParseStream, Parser};
use syn::{Ident, LitStr, Path};

use crate::args::{List, comma, equals, list, literal, refuse_repeated, skip};
use crate::background::{Background, flag};
use crate::errors::Errors;
use crate::names;

/// What was written between the parentheses of `#[query_route]`.
#[derive(Default)]
pub(super) struct Args {
    pub(super) path: Option<LitStr>,
    /// Whether it answers GET in place of POST.
    pub(super) get: bool,
    pub(super) inputs: Option<List>,
    pub(super) uploadfile_inputs: Option<List>,
    pub(super) one_row: bool,
    pub(super) return_fileresponse: bool,
    pub(super) background: Background,
    pub(super) schema: Option<Path>,
    pub(super) krate: Option<Path>,
}

const NAMES: &[&str] = &[
    "path",
    "method",
    "inputs",
    "uploadfile_inputs",
    "one_row",
    "return_fileresponse",
    "background",
    "concurrency",
    "schema",
    "crate",
];
const PARAMETERS: &str = "write a list of parameters in quotes, such as [\"text\", \"limit\"]";
const METHODS: &str = "`method = \"get\"` or `method = \"post\"`";

impl Args {
    /// Reads the arguments; what cannot be read is reported and left out.
    pub(super) fn parse(tokens: TokenStream, errors: &mut Errors) -> Self {
        let mut args = Self::default();
        each(tokens, errors, |name, input| args.parse_one(name, input));
        refuse_repeated("parameter", args.inputs.as_ref(), args.uploadfile_inputs.as_ref(), None, errors);
        args.background.refuse(args.return_fileresponse, errors);
        args
    }

    pub(super) fn krate(&self) -> Path {
        self.krate.clone().unwrap_or_else(|| syn::parse_quote!(::pxt))
    }

    fn parse_one(&mut self, name: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
        let text = name.to_string();
        match text.as_str() {
            "one_row" => self.one_row = flag(name, input)?,
            "return_fileresponse" => self.return_fileresponse = flag(name, input)?,
            _ if Background::NAMES.contains(&text.as_str()) => return self.background.parse(name, input),
            _ if !NAMES.contains(&text.as_str()) => return Err(unknown(name, &text)),
            _ => equals(input, name)?,
        }
        match text.as_str() {
            "path" => self.path = Some(literal(input, "a path in quotes, such as \"/search\"")?),
            "method" => self.get = is_get(&literal(input, METHODS)?)?,
            "inputs" => self.inputs = Some(list(input, PARAMETERS)?),
            "uploadfile_inputs" => self.uploadfile_inputs = Some(list(input, PARAMETERS)?),
            "schema" => self.schema = Some(input.call(Path::parse_mod_style)?),
            "crate" => self.krate = Some(input.call(Path::parse_mod_style)?),
            _ => {}
        }
        Ok(())
    }
}

/// Reads the arguments of `#[query]`, which takes no more than `crate = path`.
pub(super) fn only_crate(tokens: TokenStream, errors: &mut Errors) -> Path {
    let mut krate = None;
    each(tokens, errors, |name, input| {
        let text = name.to_string();
        if text == "crate" {
            equals(input, name)?;
            krate = Some(input.call(Path::parse_mod_style)?);
            return Ok(());
        }
        let message = if NAMES.contains(&text.as_str()) {
            format!("`query` has no argument `{text}`, which routes have: write `#[pxt::query_route({text} = …)]`")
        } else {
            format!("`query` has no argument `{text}`{}", names::suggestion(&text, ["crate"]))
        };
        Err(syn::Error::new_spanned(name, message))
    });
    krate.unwrap_or_else(|| syn::parse_quote!(::pxt))
}

/// Reads arguments one by one; one that cannot be read is reported and passed over.
fn each(tokens: TokenStream, errors: &mut Errors, mut parse: impl FnMut(&Ident, ParseStream<'_>) -> syn::Result<()>) {
    let parser = |input: ParseStream<'_>| -> syn::Result<()> {
        let mut seen = Vec::new();
        while !input.is_empty() {
            let name: Ident = syn::ext::IdentExt::parse_any(input)?;
            if seen.contains(&name) {
                errors.at(&name, format_args!("`{name}` is written twice: remove one"));
            }
            if let Err(error) = parse(&name, input) {
                errors.push(error);
                skip(input)?;
            }
            seen.push(name);
            comma(input)?;
        }
        Ok(())
    };
    if let Err(error) = parser.parse2(tokens) {
        errors.push(error);
    }
}

fn is_get(method: &LitStr) -> syn::Result<bool> {
    match method.value().as_str() {
        "get" => Ok(true),
        "post" => Ok(false),
        _ => Err(syn::Error::new_spanned(method, format_args!("a query route answers GET or POST: write {METHODS}"))),
    }
}

fn unknown(name: &Ident, text: &str) -> syn::Error {
    let message = match text {
        "table" => "`query_route` has no argument `table`, since the function says what it reads: remove it".to_owned(),
        "outputs" => {
            "`query_route` has no argument `outputs`, since the function says what a row has: remove it".to_owned()
        }
        "export_sql" => {
            "`query_route` has no argument `export_sql`, which writes along with a row that is stored: remove it"
                .to_owned()
        }
        _ => format!("`query_route` has no argument `{text}`{}", names::suggestion(text, NAMES.iter().copied())),
    };
    syn::Error::new_spanned(name, message)
}
