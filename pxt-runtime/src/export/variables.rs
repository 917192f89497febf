//! Texts with `${VARIABLE}` in them, wherever the variables come from: of service files, and of exports that a program declares.

use std::sync::Arc;

/// Who knows variables by their names. By default, the environment of the process.
#[derive(Clone)]
pub(crate) struct Variables(Arc<Get>);

type Get = dyn Fn(&str) -> Option<String> + Send + Sync;

/// Why a text could not be substituted.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unknown {
    /// No such variable, and no other value.
    #[error("the environment variable `{0}` is not set: set it, or write what stands in as `${{{0}:-…}}`")]
    Missing(String),
    /// What stands behind a dollar sign is no variable.
    #[error("`${{` begins the name of a variable: write `${{NAME}}`, or `$$` for a dollar sign")]
    Malformed,
}

impl Default for Variables {
    /// Those of the process. An empty one counts as none, and so does one that is not Unicode.
    fn default() -> Self {
        Self::new(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
    }
}

impl Variables {
    pub(crate) fn new(get: impl Fn(&str) -> Option<String> + Send + Sync + 'static) -> Self {
        Self(Arc::new(get))
    }

    /// The text with its variables replaced.
    ///
    /// # Errors
    /// When one is not set, or is none.
    pub(crate) fn replaced(&self, text: &str) -> Result<String, Unknown> {
        Ok(substitute(text, &*self.0)?.unwrap_or_else(|| text.to_owned()))
    }
}

/// The text with `${NAME}` and `${NAME:-other}` replaced; `$$` stands for one dollar sign. None when there is none of it.
///
/// # Errors
/// When a variable is not set, or is none.
pub(crate) fn substitute(text: &str, get: impl Fn(&str) -> Option<String>) -> Result<Option<String>, Unknown> {
    if !text.contains('$') {
        return Ok(None);
    }
    let (mut whole, mut rest, mut any) = (String::with_capacity(text.len()), text, false);
    while let Some((before, behind)) = rest.split_once('$') {
        whole.push_str(before);
        rest = if let Some(behind) = behind.strip_prefix('$') {
            (any, _) = (true, whole.push('$'));
            behind
        } else if let Some(behind) = behind.strip_prefix('{') {
            let (inner, behind) = behind.split_once('}').ok_or(Unknown::Malformed)?;
            (any, _) = (true, whole.push_str(&expand(inner, &get)?));
            behind
        } else {
            whole.push('$');
            behind
        };
    }
    whole.push_str(rest);
    Ok(any.then_some(whole))
}

fn expand(inner: &str, get: impl Fn(&str) -> Option<String>) -> Result<String, Unknown> {
    let (name, other) = match inner.split_once(":-") {
        Some((name, other)) => (name, Some(other)),
        None => (inner, None),
    };
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if !is_name {
        return Err(Unknown::Malformed);
    }
    get(name).or_else(|| other.map(str::to_owned)).ok_or_else(|| Unknown::Missing(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_replaced() {
        let get = |name: &str| (name == "HOST").then(|| "db.example".to_owned());
        let substitute = |text| substitute(text, get);
        assert_eq!(substitute("plain"), Ok(None));
        assert_eq!(substitute("$1 stays"), Ok(None));
        assert_eq!(substitute("postgres://${HOST}/x"), Ok(Some("postgres://db.example/x".to_owned())));
        assert_eq!(substitute("${PORT:-8000}"), Ok(Some("8000".to_owned())));
        assert_eq!(substitute("${EMPTY:-a}-${HOST:-b}"), Ok(Some("a-db.example".to_owned())));
        assert_eq!(substitute("${NONE:-}"), Ok(Some(String::new())));
        assert_eq!(substitute("$${HOST}"), Ok(Some("${HOST}".to_owned())));
        assert_eq!(substitute("${EMPTY}"), Err(Unknown::Missing("EMPTY".to_owned())));
        assert_eq!(substitute("${HOST"), Err(Unknown::Malformed));
        assert_eq!(substitute("${}"), Err(Unknown::Malformed));
        assert_eq!(substitute("${a b}"), Err(Unknown::Malformed));
    }

    #[test]
    fn a_value_is_not_looked_into() {
        let variables = Variables::new(|name| (name == "PASSWORD").then(|| "a${b}$$c".to_owned()));
        assert_eq!(variables.replaced("x:${PASSWORD}@y").as_deref(), Ok("x:a${b}$$c@y"));
    }

    #[test]
    fn what_is_wrong_says_what_to_write() {
        let told = |text| Variables::new(|_| None).replaced(text).expect_err("is refused").to_string();
        let missing = "the environment variable `A` is not set: set it, or write what stands in as `${A:-…}`";
        assert_eq!(told("${A}"), missing);
        let malformed = "`${` begins the name of a variable: write `${NAME}`, or `$$` for a dollar sign";
        assert_eq!(told("${"), malformed);
    }
}
