//! The functions of this room by name, for those who do not write Rust: who declares a table in text, and who asks which there are.

use std::fmt;

use serde::Serialize;

use crate::compute::{Function, FunctionDef};
use crate::schema::{Signature, nearest};

/// A function that comes with the crate.
#[derive(Clone, Copy)]
pub struct Listed {
    /// The module and the name, as a table that is declared in text calls it: `image.thumbnail`.
    pub path: &'static str,
    pub(crate) function: fn() -> &'static FunctionDef,
}

/// A function as data, for programs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Description {
    /// The module and the name: `image.thumbnail`.
    pub path: &'static str,
    /// The parameters, in order.
    pub params: Vec<ParamDescription>,
    /// The type of the value, as a column declares it; with `?` when it may be null.
    pub output: String,
    /// What the function does.
    pub doc: &'static str,
}

/// A parameter as data.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ParamDescription {
    /// The parameter's name.
    pub name: &'static str,
    /// Its type, as a column declares it, with `?` when it takes null; `media` for a file of any kind.
    #[serde(rename = "type")]
    pub ty: String,
}

macro_rules! listed {
    ($($(#[$attribute:meta])* $module:ident.$name:ident,)*) => {
        &[$($(#[$attribute])* Listed {
            path: concat!(stringify!($module), ".", stringify!($name)),
            function: <super::$module::$name as Function>::def,
        }),*]
    };
}

/// In the order of their paths; a test compares them with the sources.
static ALL: &[Listed] = listed! {
    #[cfg(feature = "images")]
    image.blurhash,
    #[cfg(feature = "images")]
    image.brightness,
    #[cfg(feature = "images")]
    image.dominant_color,
    #[cfg(feature = "images")]
    image.exif,
    #[cfg(feature = "images")]
    image.height,
    #[cfg(feature = "images")]
    image.resize,
    #[cfg(feature = "images")]
    image.thumbnail,
    #[cfg(feature = "images")]
    image.to_format,
    #[cfg(feature = "images")]
    image.width,
    media.content_type,
    media.sha256,
    media.size,
    string.len,
    string.lower,
    string.slug,
    string.trim,
    string.upper,
    text.split,
    text.word_count,
};

/// All functions that come with the crate, in the order of their paths. Those over images need the feature `images`.
///
/// ```
/// let all = pxt_runtime::functions::registry::all();
/// assert!(all.iter().any(|function| function.to_string() == "string.upper(text: string) -> string"));
/// ```
pub fn all() -> &'static [Listed] {
    ALL
}

/// The function of this path, written `image.thumbnail` or `image::thumbnail`.
///
/// ```
/// use pxt_runtime::functions::registry::find;
///
/// assert!(find("string.upper").is_ok());
/// assert_eq!(find("string.uper").unwrap_err(), "no function `string.uper`; did you mean `string.upper`?");
/// ```
///
/// # Errors
/// One sentence that names what is near: a path that is written alike, or one whose last part this is.
pub fn find(path: &str) -> Result<&'static Listed, String> {
    let path = path.replace("::", ".");
    if let Some(found) = ALL.iter().find(|listed| listed.path == path) {
        return Ok(found);
    }
    if cfg!(not(feature = "images")) && path.starts_with("image.") {
        return Err(format!("no function `{path}`: functions over images need the feature `images`, so build with it"));
    }
    Err(format!("no function `{path}`{}", suggestion(&path)))
}

/// What may be meant by a path that no function has.
fn suggestion(path: &str) -> String {
    let ending = |listed: &&Listed| listed.path.rsplit_once('.').is_some_and(|(_, name)| name == path);
    let near = ALL.iter().find(ending).map(|listed| listed.path);
    if let Some(near) = near.or_else(|| nearest(path, ALL.iter().map(|listed| listed.path))) {
        return format!("; did you mean `{near}`?");
    }
    let module = path.split_once('.').map_or(path, |(module, _)| module);
    let of_module = |listed: &&Listed| listed.path.split_once('.').is_some_and(|(known, _)| known == module);
    let mut list: Vec<_> = ALL.iter().filter(of_module).collect();
    if list.is_empty() {
        list = ALL.iter().collect();
    }
    let list: Vec<_> = list.into_iter().map(|listed| format!("`{}`", listed.path)).collect();
    format!("; write one of {}", list.join(", "))
}

impl Listed {
    /// The parameters and the value, under the path as the name.
    pub fn signature(&self) -> Signature {
        Signature { name: self.path, ..self.def().signature }
    }

    /// What the function does: its doc comment up to the first heading, behind which it speaks of Rust.
    pub fn doc(&self) -> &'static str {
        let doc = self.def().doc;
        doc.find("\n# ").map_or(doc, |heading| &doc[..heading]).trim_end()
    }

    /// The function as data.
    pub fn describe(&self) -> Description {
        let signature = self.signature();
        let params = signature.params.iter();
        Description {
            path: self.path,
            params: params.map(|param| ParamDescription { name: param.name, ty: param.shape.declared() }).collect(),
            output: signature.output.declared(),
            doc: self.doc(),
        }
    }

    fn def(&self) -> &'static FunctionDef {
        (self.function)()
    }
}

/// The call as a declaration writes it: `image.thumbnail(image: image, edge: int) -> image`.
impl fmt::Display for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Description { path, params, output, .. } = self.describe();
        let params: Vec<_> = params.iter().map(|param| format!("{}: {}", param.name, param.ty)).collect();
        write!(f, "{path}({}) -> {output}", params.join(", "))
    }
}

impl fmt::Debug for Listed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Listed({self})")
    }
}

#[cfg(test)]
mod tests;
