//! Types that users write by habit and that no column has, with what to write instead.

use quote::ToTokens;
use syn::Type;

use crate::function::{arguments, is_option, written};

/// What to write instead of a type that is no column's. None when the type may be one: only the compiler can tell.
pub(crate) fn instead(ty: &Type) -> Option<String> {
    match ty {
        Type::Reference(reference) => {
            Some(instead(&reference.elem).unwrap_or_else(|| match written(&reference.elem).as_str() {
                "str" => "String".to_owned(),
                "[u8]" => "pxt::Binary".to_owned(),
                owned => owned.to_owned(),
            }))
        }
        Type::Array(array) => Some(format!("pxt::Array<{}, {}>", written(&array.elem), array.len.to_token_stream())),
        Type::Path(path) => {
            let segment = path.path.segments.last()?;
            named(&segment.ident.to_string(), arguments(ty).first().copied())
        }
        _ => None,
    }
}

fn named(name: &str, argument: Option<&Type>) -> Option<String> {
    let fixed = match (name, argument) {
        ("i8" | "i16" | "i32" | "i128" | "isize" | "u8" | "u16" | "u32" | "u64" | "u128" | "usize", None) => "i64",
        ("f32", None) => "f64",
        ("char" | "str" | "PathBuf" | "Url", None) => "String",
        ("SystemTime" | "Instant" | "DateTime" | "NaiveDateTime" | "Zoned", _) => "jiff::Timestamp",
        ("NaiveDate", None) => "jiff::civil::Date",
        ("Bytes", None) => "pxt::Binary",
        ("Option", Some(inner)) if is_option(inner) => return Some(instead(inner).unwrap_or_else(|| written(inner))),
        ("Option", Some(inner)) => return instead(inner).map(|inner| format!("Option<{inner}>")),
        ("Box" | "Rc" | "Arc" | "Cow", Some(inner)) => {
            return Some(instead(inner).unwrap_or_else(|| written(inner)));
        }
        ("Vec", Some(inner)) => {
            return Some(match written(inner).as_str() {
                "u8" => "pxt::Binary".to_owned(),
                element @ ("f32" | "f64" | "i64" | "bool") => format!("pxt::Array<{element}, N>"),
                element => format!("pxt::Json<Vec<{element}>>"),
            });
        }
        ("HashMap" | "BTreeMap" | "HashSet" | "BTreeSet", _) => "serde_json::Value",
        _ => return None,
    };
    Some(fixed.to_owned())
}

#[cfg(test)]
mod tests {
    use super::instead;

    #[test]
    fn habits() {
        let advice = |text: &str| instead(&syn::parse_str(text).expect("a type")).unwrap_or_default();
        assert_eq!(advice("i32"), "i64");
        assert_eq!(advice("Option<f32>"), "Option<f64>");
        assert_eq!(advice("&'static str"), "String");
        assert_eq!(advice("Vec<u8>"), "pxt::Binary");
        assert_eq!(advice("[f32; 3]"), "pxt::Array<f32, 3>");
        assert_eq!(advice("Vec<Tag>"), "pxt::Json<Vec<Tag>>");
        assert_eq!(advice("Score"), "");
        assert_eq!(advice("Option<String>"), "");
        assert_eq!(advice("Option<Option<String>>"), "Option<String>");
    }
}
