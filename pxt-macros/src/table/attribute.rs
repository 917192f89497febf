//! The attributes `#[table(…)]` and `#[column(…)]`, and doc comments.

use quote::ToTokens;
use syn::ext::IdentExt;
use syn::parse::{Parse, ParseStream};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, Ident, LitInt, LitStr, Path, Token, parenthesized};

use crate::args::{comma, equals, leave, literal, skip};
use crate::errors::Errors;
use crate::literal::{DefaultValue, Literal};
use crate::names;

/// `#[table(name = "…", crate = …)]`.
pub(super) struct TableOptions {
    pub(super) name: LitStr,
    pub(super) krate: Path,
}

/// `#[column(…)]`. Each flag keeps the word that set it.
#[derive(Default)]
pub(super) struct Column {
    pub(super) primary_key: Option<Ident>,
    pub(super) auto: Option<Ident>,
    pub(super) default: Option<Default_>,
    pub(super) computed: Option<Computed>,
    pub(super) on_error: Option<(Ident, bool)>,
    pub(super) max_bytes: Option<(Ident, usize)>,
}

/// What stands in for a column that the caller leaves out.
pub(super) struct Default_ {
    pub(super) word: Ident,
    pub(super) value: DefaultValue,
}

/// `computed = path(args…)`.
pub(super) struct Computed {
    pub(super) word: Ident,
    pub(super) function: Path,
    pub(super) args: Vec<Arg>,
}

/// An argument of a computed column's function.
pub(super) enum Arg {
    Column(Ident),
    Literal(Literal),
}

/// Reads `#[table(…)]`. The name defaults to the struct's, in snake case.
pub(super) fn table(attrs: &[Attribute], ident: &Ident, errors: &mut Errors) -> TableOptions {
    let (mut name, mut krate) = (None, None);
    each(attrs, "table", errors, |word, input| {
        let repeated = match word.to_string().as_str() {
            "name" => {
                equals(input, &word)?;
                name.replace(literal::<LitStr>(input, "a table's name in quotes, such as \"films.posters\"")?).is_some()
            }
            "crate" => {
                equals(input, &word)?;
                krate.replace(input.call(Path::parse_mod_style)?).is_some()
            }
            text => {
                let message = format!("`table` has no argument `{text}`{}", names::suggestion(text, ["name", "crate"]));
                return Err(syn::Error::new_spanned(&word, message));
            }
        };
        refuse_repeated(&word, repeated)
    });
    let name = name.unwrap_or_else(|| LitStr::new(&snake(&ident.unraw().to_string()), ident.span()));
    TableOptions { name, krate: krate.unwrap_or_else(|| syn::parse_quote!(::pxt)) }
}

/// Reads `#[column(…)]`.
pub(super) fn column(attrs: &[Attribute], errors: &mut Errors) -> Column {
    let mut column = Column::default();
    each(attrs, "column", errors, |word, input| column.parse_one(word, input));
    column
}

/// Reads the arguments of every attribute of a name; one that cannot be read is reported and passed over.
pub(crate) fn each(
    attrs: &[Attribute],
    name: &str,
    errors: &mut Errors,
    mut parse: impl FnMut(Ident, ParseStream<'_>) -> syn::Result<()>,
) {
    for attr in attrs.iter().filter(|attr| attr.path().is_ident(name)) {
        let parsed = attr.parse_args_with(|input: ParseStream<'_>| {
            while !input.is_empty() {
                if let Err(error) = parse(input.call(Ident::parse_any)?, input) {
                    errors.push(error);
                    skip(input)?;
                }
                comma(input)?;
            }
            Ok(())
        });
        if let Err(error) = parsed {
            errors.push(error);
        }
    }
}

pub(crate) fn refuse_repeated(word: &Ident, repeated: bool) -> syn::Result<()> {
    if repeated {
        return Err(syn::Error::new_spanned(word, format_args!("`{word}` is written twice: remove one")));
    }
    Ok(())
}

impl Column {
    fn parse_one(&mut self, word: Ident, input: ParseStream<'_>) -> syn::Result<()> {
        let text = word.to_string();
        let repeated = match text.as_str() {
            "primary_key" => self.primary_key.replace(word.clone()).is_some(),
            "auto" => self.auto.replace(word.clone()).is_some(),
            "default" => {
                equals(input, &word)?;
                let value = input.parse()?;
                self.default.replace(Default_ { word: word.clone(), value }).is_some()
            }
            "computed" => {
                equals(input, &word)?;
                let call = Computed::parse(word.clone(), input)?;
                self.computed.replace(call).is_some()
            }
            "on_error" => {
                equals(input, &word)?;
                let choice: Ident = input.call(Ident::parse_any)?;
                let ignore = match choice.to_string().as_str() {
                    "ignore" => true,
                    "abort" => false,
                    _ => {
                        return Err(syn::Error::new_spanned(choice, "write `on_error = abort` or `on_error = ignore`"));
                    }
                };
                self.on_error.replace((word.clone(), ignore)).is_some()
            }
            "max_bytes" => {
                equals(input, &word)?;
                let most = bytes(&literal(input, "a number of bytes, such as 280")?)?;
                self.max_bytes.replace((word.clone(), most)).is_some()
            }
            _ => {
                const NAMES: [&str; 6] = ["primary_key", "auto", "default", "computed", "on_error", "max_bytes"];
                let message = format!("`column` has no argument `{text}`{}", names::suggestion(&text, NAMES));
                return Err(syn::Error::new_spanned(word, message));
            }
        };
        refuse_repeated(&word, repeated)
    }
}

/// A number of bytes, at least 1.
fn bytes(literal: &LitInt) -> syn::Result<usize> {
    match literal.base10_parse() {
        Ok(0) => Err(syn::Error::new_spanned(literal, "a column of 0 bytes holds nothing: write a larger number")),
        Ok(most) => Ok(most),
        Err(_) => Err(syn::Error::new_spanned(literal, "write a number of bytes, such as 280")),
    }
}

impl Computed {
    fn parse(word: Ident, input: ParseStream<'_>) -> syn::Result<Self> {
        const WANTED: &str = "write a call over columns and literals: `computed = crate::function(column, 320)`";
        let start = input.fork();
        let function = input.call(Path::parse_mod_style).map_err(|_| start.error(WANTED))?;
        if !input.peek(syn::token::Paren) {
            return Err(syn::Error::new_spanned(function, WANTED));
        }
        let content;
        parenthesized!(content in input);
        let args = Punctuated::<Arg, Token![,]>::parse_terminated(&content).map_err(|error| leave(&content, error))?;
        Ok(Self { word, function, args: args.into_iter().collect() })
    }

    /// The call as text, for the catalog: what changes it asks for the column to be computed anew.
    pub(super) fn text(&self) -> String {
        let function = self.function.to_token_stream().to_string().replace(' ', "");
        let args: Vec<_> = self
            .args
            .iter()
            .map(|arg| match arg {
                Arg::Column(column) => column.unraw().to_string(),
                Arg::Literal(literal) => literal.tokens.to_string().replace(' ', ""),
            })
            .collect();
        format!("{function}({})", args.join(", "))
    }
}

impl Parse for Arg {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        const WANTED: &str = "an argument is a column or a literal: put anything else into the function";
        let start = input.fork();
        if input.peek(syn::Lit) || input.peek(Token![-]) {
            let literal = input.parse().map(Self::Literal)?;
            if input.is_empty() || input.peek(Token![,]) {
                return Ok(literal);
            }
        }
        let expr: Expr = start.parse()?;
        match &expr {
            Expr::Path(path) if path.path.get_ident().is_some() => input.parse().map(Self::Column),
            _ => Err(syn::Error::new_spanned(expr, WANTED)),
        }
    }
}

fn snake(name: &str) -> String {
    let mut snake = String::new();
    for (position, c) in name.char_indices() {
        if c.is_uppercase() && position > 0 {
            snake.push('_');
        }
        snake.extend(c.to_lowercase());
    }
    snake
}
