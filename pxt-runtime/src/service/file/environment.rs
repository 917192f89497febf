//! Variables: those of the process, and of the file that `env_file` names; and texts with `${VARIABLE}` in them.

use std::collections::HashMap;
use std::io::ErrorKind;
use std::path::Path;

use crate::export::{Unknown, substitute};

/// Variables by name. The process's own stand above those of files.
#[derive(Debug, Clone, Default)]
pub(crate) struct Environment {
    process: HashMap<String, String>,
    files: HashMap<String, String>,
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

    /// The text with its variables replaced; none when there are none in it.
    pub(super) fn substitute(&self, text: &str) -> Result<Option<String>, Unknown> {
        substitute(text, |name| self.get(name).map(str::to_owned))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_variable_is_none() {
        let process = [("HOST", "db.example"), ("EMPTY", "")].map(|(name, value)| (name.to_owned(), value.to_owned()));
        let environment = Environment { process: process.into(), files: HashMap::new() };
        assert_eq!(environment.substitute("${EMPTY:-a}-${HOST:-b}"), Ok(Some("a-db.example".to_owned())));
        assert_eq!(environment.substitute("${EMPTY}"), Err(Unknown::Missing("EMPTY".to_owned())));
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
