//! The path of a route.

use syn::LitStr;

use crate::errors::Errors;

/// Reports a path that no request could name. `inputs` says where a request has its inputs: "in the body".
pub(crate) fn refuse(path: &LitStr, inputs: &str, errors: &mut Errors) {
    let text = path.value();
    if !text.starts_with('/') {
        errors.at(path, format_args!("a path starts with `/`: write \"/{text}\""));
    } else if text.contains(['{', '}', '*']) {
        errors.at(
            path,
            format_args!("a route has no path parameters, since its inputs arrive {inputs}: remove `{{`, `}}` and `*`"),
        );
    } else if let Some(odd) = text
        .chars()
        .find(|c| c.is_whitespace() || c.is_control() || matches!(c, '?' | '#' | '%' | '"' | '<' | '>' | '\\'))
    {
        let odd = if odd.is_whitespace() { "a space".to_owned() } else { format!("`{}`", odd.escape_debug()) };
        errors.at(path, format_args!("a path is written without {odd}: remove it"));
    }
}
