//! Variables: those of the process, and of the file that `env_file` names; and texts with `${VARIABLE}` in them.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::path::Path;

/// Variables by name. The process's own stand above those of files.
#[derive(Debug, Clone, Default)]
pub(crate) struct Environment {
    process: HashMap<String, String>,
    files: HashMap<String, String>,
}

/// Why a text could not be substituted.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unknown {
    /// No such variable, and no other value.
    Missing(String),
    /// What stands behind a dollar sign is no variable.
    Malformed,
}

impl Environment {
    /// The variables of the process. One that is not Unicode counts as missing.
    pub(crate) fn of_process() -> Self {
        let unicode =
            std::env::vars_os().filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        Self { process: unicode.collect(), files: HashMap::new() }
    }

    /// The value of a variable; an empty one counts as none.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let is_said = |value: &&String| !value.is_empty();
        let value = self.process.get(name).filter(is_said).or_else(|| self.files.get(name).filter(is_said))?;
        Some(value)
    }

    /// Whether a variable is the process's own, and not of a file.
    pub(crate) fn is_of_process(&self, name: &str) -> bool {
        self.process.get(name).is_some_and(|value| !value.is_empty())
    }

    /// Adds the variables of a file. Those that are there already stay.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub(super) fn read(&mut self, path: &Path) -> Result<(), String> {
        let shown = path.strip_prefix(".").unwrap_or(path).display();
        let text = std::fs::read_to_string(path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => format!("there is no file `{shown}`: make it, or remove `env_file`"),
            _ => format!("the file `{shown}` cannot be read: {error}"),
        })?;
        for line in dotenvy::from_read_iter(text.as_bytes()) {
            let (name, value) = line.map_err(|error| match error {
                // What stands in the line may be secret.
                dotenvy::Error::LineParse(wrong, _) => {
                    let line =
                        text.lines().position(|line| line.trim() == wrong.lines().next().unwrap_or_default().trim());
                    let line = line.map(|line| format!("line {} of ", line + 1)).unwrap_or_default();
                    format!("{line}the file `{shown}` is no variable: write it like `NAME=value`")
                }
                other => format!("the file `{shown}` cannot be read: {other}"),
            })?;
            self.files.entry(name).or_insert(value);
        }
        Ok(())
    }

    /// The text with `${NAME}` and `${NAME:-other}` replaced; `$$` stands for one dollar sign. None when there is none of it.
    pub(super) fn substitute(&self, text: &str) -> Result<Option<String>, Unknown> {
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
                (any, _) = (true, whole.push_str(self.expand(inner)?));
                behind
            } else {
                whole.push('$');
                behind
            };
        }
        whole.push_str(rest);
        Ok(any.then_some(whole))
    }

    fn expand<'e>(&'e self, inner: &'e str) -> Result<&'e str, Unknown> {
        let (name, other) = match inner.split_once(":-") {
            Some((name, other)) => (name, Some(other)),
            None => (inner, None),
        };
        let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        if !is_name {
            return Err(Unknown::Malformed);
        }
        self.get(name).or(other).ok_or_else(|| Unknown::Missing(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_are_replaced() {
        let process = [("HOST", "db.example"), ("EMPTY", "")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        let environment = Environment { process: process.into(), files: HashMap::new() };
        let substitute = |text| environment.substitute(text);
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
    fn a_file_has_variables_too() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(".env");
        std::fs::write(&path, "# comment\nHOST=other\nTOKEN=\"a b\"\nexport X=1\n").expect("is written");
        let mut environment =
            Environment { process: [("HOST".to_owned(), "mine".to_owned())].into(), ..Environment::default() };
        environment.read(&path).expect("is read");
        assert_eq!(
            ["HOST", "TOKEN", "X", "Y"].map(|name| environment.get(name)),
            [Some("mine"), Some("a b"), Some("1"), None]
        );
        assert!(environment.read(&folder.path().join("none")).is_err());
    }
}
