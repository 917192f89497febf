//! Which keys a file has, and of which type, as data. Files are checked by it, and it is what editors are told.

use std::time::Duration;

use super::node::{Data, Node};
use super::quantity;
use crate::error::{Mistake, is_secret};
use crate::schema::{did_you_mean, nearest};

/// A key.
#[derive(Debug, Clone, Copy)]
pub(super) struct Key {
    pub(super) name: &'static str,
    pub(super) of: Of,
    /// One or two sentences for whoever writes the file.
    pub(super) doc: &'static str,
    pub(super) required: bool,
}

/// The keys of a table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Keys {
    /// What the table is, with its article: `an insert route`.
    pub(super) word: &'static str,
    pub(super) list: fn() -> Vec<Key>,
}

/// The type of a value.
#[derive(Debug, Clone, Copy)]
pub(super) enum Of {
    Text,
    Flag,
    /// From the first number to the second.
    Integer(i64, i64),
    /// A number of bytes.
    Size,
    Duration,
    /// A list of texts.
    Names,
    Choice(&'static [&'static str]),
    /// A text, a number or a truth value.
    Literal,
    Table(Keys),
    /// Tables in a list.
    Tables(Keys),
    /// One table, or several in a list.
    OneOrMany(Keys, Keys),
    /// Tables in a list, each with the keys of its `type`.
    Kinds(&'static str, &'static [(&'static str, Keys)]),
    /// A table whose keys are names.
    Map(&'static Of),
    /// The first written as a text, the second as a table.
    Either(&'static Of, &'static Of),
}

/// A value that was read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Given {
    Text(String),
    Flag(bool),
    Integer(i64),
    Number(f64),
    Size(u64),
    Duration(Duration),
    Names(Vec<String>),
    Map(Vec<(String, String)>),
}

/// Checks a file. Mistakes are added; whether variables are set that only services need which are not `wanted` is not asked.
pub(super) struct Check<'c> {
    pub(super) found: &'c mut Vec<Mistake>,
    pub(super) lenient: bool,
    /// Says where a key belongs that a table does not have.
    pub(super) elsewhere: fn(&str, Keys) -> Option<String>,
}

impl Check<'_> {
    fn refuse(&mut self, node: &Node, text: impl AsRef<str>) {
        self.found.push(Mistake::new(text, Some(node.at.clone())));
    }

    /// Checks a value; `name` is its key.
    pub(super) fn value(&mut self, name: &str, of: Of, node: &Node) {
        if let Data::Unset(why) = &node.data {
            if !self.lenient {
                self.refuse(node, why.clone());
            }
            return;
        }
        match (of, &node.data) {
            (Of::Table(keys) | Of::OneOrMany(keys, _), Data::Table(_)) => self.keys(keys, node),
            (Of::Tables(keys) | Of::OneOrMany(_, keys), Data::List(items)) => {
                items.iter().for_each(|item| self.item(name, of, keys, item))
            }
            (Of::Kinds(word, kinds), Data::List(items)) => {
                items.iter().for_each(|item| self.kind(name, of, word, kinds, item));
            }
            (Of::Map(of), Data::Table(entries)) => {
                entries.iter().for_each(|entry| self.value(&entry.key, *of, &entry.node));
            }
            (Of::Either(text, _), Data::Text(_)) => self.value(name, *text, node),
            (Of::Either(_, table), Data::Table(_)) => self.value(name, *table, node),
            (Of::Names, Data::List(items)) => items.iter().for_each(|item| self.listed(name, item)),
            (Of::Table(_) | Of::Tables(_) | Of::OneOrMany(..) | Of::Kinds(..) | Of::Map(_) | Of::Either(..), _) => {
                self.refuse(node, of.refusal(name, node));
            }
            _ => {
                if let Err(text) = of.read(name, node) {
                    self.refuse(node, text);
                }
            }
        }
    }

    /// Checks a text of a list.
    fn listed(&mut self, name: &str, item: &Node) {
        match &item.data {
            Data::Text(_) => {}
            Data::Unset(_) if self.lenient => {}
            Data::Unset(why) => self.refuse(item, why.clone()),
            _ => {
                let instead = Of::Text.instead(name, item).map(|instead| format!(": write {instead}"));
                let text = format!("`{name}` takes a list of texts, and this is {}", item.word());
                self.refuse(item, text + &instead.unwrap_or_default());
            }
        }
    }

    fn item(&mut self, name: &str, of: Of, keys: Keys, item: &Node) {
        match item.data {
            Data::Table(_) => self.keys(keys, item),
            _ => self.refuse(item, of.refusal(name, item)),
        }
    }

    fn kind(&mut self, name: &str, of: Of, word: &str, kinds: &'static [(&'static str, Keys)], item: &Node) {
        let Data::Table(_) = item.data else {
            return self.refuse(item, of.refusal(name, item));
        };
        let names = || kinds.iter().map(|(name, _)| *name);
        let list = || alternatives(names());
        let Some(entry) = item.get("type") else {
            return self.refuse(item, format!("`type` is missing: {word} is {}", list()));
        };
        match entry.node.text().map(|text| (text, kinds.iter().find(|(name, _)| *name == text))) {
            Some((_, Some((_, keys)))) => self.keys(*keys, item),
            Some((text, None)) => {
                let hint = meant(text, names());
                self.refuse(&entry.node, format!("`type` is {}, not `{text}`{hint}", list()));
            }
            // A variable is missing, say.
            None => match &entry.node.data {
                Data::Unset(_) if self.lenient => {}
                Data::Unset(why) => self.refuse(&entry.node, why.clone()),
                _ => self.refuse(&entry.node, format!("`type` is {}, not {}", list(), entry.node.word())),
            },
        }
    }

    /// Checks the keys of a table.
    pub(super) fn keys(&mut self, keys: Keys, node: &Node) {
        let known = (keys.list)();
        for entry in node.entries() {
            match known.iter().find(|key| key.name == entry.key) {
                Some(key) => self.value(key.name, key.of, &entry.node),
                None => {
                    let names = known.iter().map(|key| key.name);
                    // A key that is written right, at another place, is misspelt nowhere.
                    let place = (self.elsewhere)(&entry.key, keys);
                    let hint = place.unwrap_or_else(|| did_you_mean(&entry.key, names));
                    let text = format!("`{}` is no key of {}{hint}", entry.key, keys.word);
                    self.found.push(Mistake::new(text, Some(entry.key_at.clone())));
                }
            }
        }
        for key in known.iter().filter(|key| key.required && node.get(key.name).is_none()) {
            self.refuse(node, format!("`{}` is missing: {} needs it", key.name, keys.word));
        }
    }
}

impl Of {
    /// What is taken, for messages.
    pub(super) fn word(self) -> String {
        match self {
            Self::Text => "a text".to_owned(),
            Self::Flag => "`true` or `false`".to_owned(),
            Self::Integer(least, i64::MAX) => format!("an integer of {least} or more"),
            Self::Integer(least, most) => format!("an integer from {least} to {most}"),
            Self::Size => "a number of bytes, such as \"64 MiB\"".to_owned(),
            Self::Duration => "a duration, such as \"30s\" or \"1h 30m\"".to_owned(),
            Self::Names => "a list of texts".to_owned(),
            Self::Choice(choices) => alternatives(choices.iter().copied()),
            Self::Literal => "a text, a number or a truth value".to_owned(),
            Self::Table(_) | Self::Map(_) => "a table".to_owned(),
            Self::Tables(_) | Self::OneOrMany(..) | Self::Kinds(..) => "a list of tables".to_owned(),
            Self::Either(text, _) => format!("{} or a table", text.word()),
        }
    }

    /// What is said of a value of another type.
    fn refusal(self, name: &str, node: &Node) -> String {
        let instead = self.instead(name, node).map(|instead| format!(": write {instead}")).unwrap_or_default();
        format!("`{name}` takes {}, not {}{instead}", self.word(), node.word())
    }

    /// What to write instead of a value of another type, if that can be told.
    fn instead(self, name: &str, node: &Node) -> Option<String> {
        if is_secret(name) {
            return None;
        }
        let written = node.at.source.text.get(node.at.range.clone()).unwrap_or_default();
        match (self, &node.data) {
            (Self::Text, Data::Integer(_) | Data::Float(_) | Data::Flag(_) | Data::Moment) => {
                Some(format!("`\"{written}\"`"))
            }
            (Self::Text, Data::List(items)) => match items.as_slice() {
                [Node { data: Data::Text(text), .. }] => Some(format!("`\"{}\"`", text.value)),
                _ => None,
            },
            (Self::Integer(..) | Self::Flag, Data::Text(text)) => {
                self.read_text(name, &text.value).ok().map(|_| format!("`{}` without quotes", text.value))
            }
            (Self::Duration, Data::Integer(number @ 0..)) => Some(format!("`\"{number}s\"`")),
            (Self::Names, Data::Text(text)) => Some(format!("`[\"{}\"]`", text.value)),
            // A section is called by its brackets.
            (Self::Table(keys), _) if keys.word.starts_with("`[") => Some(keys.word.to_owned()),
            (Self::Table(_) | Self::Map(_), _) => Some(format!("`{name} = {{ … }}`")),
            (Self::Tables(_) | Self::Kinds(..), _) => Some(format!("`[[{name}]]`")),
            _ => None,
        }
    }

    /// Reads a value of a type that is neither a table nor has tables in it.
    ///
    /// # Errors
    /// What is wrong, and what to write.
    pub(super) fn read(self, name: &str, node: &Node) -> Result<Given, String> {
        let refused = || self.refusal(name, node);
        match (self, &node.data) {
            (Self::Text | Self::Literal, Data::Text(text)) => Ok(Given::Text(text.value.clone())),
            (Self::Choice(_) | Self::Size | Self::Duration, Data::Text(text)) => self.read_text(name, &text.value),
            // A variable stands for what it holds.
            (Self::Integer(..) | Self::Flag | Self::Names, Data::Text(text)) if text.substituted => {
                self.read_text(name, &text.value)
            }
            (Self::Integer(least, most), Data::Integer(number)) if (least..=most).contains(number) => {
                Ok(Given::Integer(*number))
            }
            (Self::Integer(..), Data::Integer(number)) => Err(format!("`{name}` takes {}, not {number}", self.word())),
            (Self::Size, Data::Integer(number)) => match u64::try_from(*number) {
                Ok(bytes) => Ok(Given::Size(bytes)),
                Err(_) => Err(format!("`{name}` takes {}, not {number}", self.word())),
            },
            (Self::Literal, Data::Integer(number)) => Ok(Given::Integer(*number)),
            (Self::Literal, Data::Float(number)) => Ok(Given::Number(*number)),
            (Self::Literal, Data::Flag(flag)) | (Self::Flag, Data::Flag(flag)) => Ok(Given::Flag(*flag)),
            (Self::Names, Data::List(items)) => {
                let texts: Option<Vec<_>> = items.iter().map(|item| item.text().map(str::to_owned)).collect();
                texts.map(Given::Names).ok_or_else(refused)
            }
            (Self::Map(of), Data::Table(entries)) => {
                let pair = |entry: &super::node::Entry| match of.read(&entry.key, &entry.node)? {
                    Given::Text(text) => Ok((entry.key.clone(), text)),
                    _ => Err(refused()),
                };
                entries.iter().map(pair).collect::<Result<_, _>>().map(Given::Map)
            }
            _ => Err(refused()),
        }
    }

    /// Reads a value that is text, as a variable of the environment is.
    ///
    /// # Errors
    /// What is wrong, and what to write.
    pub(super) fn read_text(self, name: &str, text: &str) -> Result<Given, String> {
        let given = match self {
            Self::Text => Some(Given::Text(text.to_owned())),
            Self::Flag => text.parse().ok().map(Given::Flag),
            Self::Integer(least, most) => {
                text.parse().ok().filter(|number| (least..=most).contains(number)).map(Given::Integer)
            }
            Self::Size => quantity::size(text).map(Given::Size),
            Self::Duration => quantity::duration(text).map(Given::Duration),
            Self::Names => {
                let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
                Some(Given::Names(parts.map(str::to_owned).collect()))
            }
            Self::Choice(choices) => {
                if !choices.contains(&text) {
                    let hint = meant(text, choices.iter().copied());
                    return Err(format!("`{name}` is {}, not `{text}`{hint}", self.word()));
                }
                Some(Given::Text(text.to_owned()))
            }
            Self::Map(_) => {
                let pair = |pair: &str| {
                    let (name, value) = pair.split_once('=')?;
                    Some((name.trim().to_owned(), value.trim().to_owned())).filter(|(name, _)| !name.is_empty())
                };
                let pairs: Option<_> = text.split(',').map(pair).collect();
                let pairs = pairs.map(Given::Map);
                return pairs
                    .ok_or_else(|| format!("`{name}` takes pairs such as `name=value,name=value`, not `{text}`"));
            }
            _ => None,
        };
        given.ok_or_else(|| format!("`{name}` takes {}, not `{text}`", self.word()))
    }
}

/// `"get" or "post"`
fn alternatives<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let list: Vec<_> = names.map(|name| format!("\"{name}\"")).collect();
    match list.split_last() {
        Some((last, before)) if !before.is_empty() => format!("{} or {last}", before.join(", ")),
        _ => list.concat(),
    }
}

/// Which of the names is meant, whatever its case, if one is near. The list of all stands before it.
fn meant<'n>(written: &str, names: impl Iterator<Item = &'n str>) -> String {
    let near = nearest(&written.to_lowercase(), names);
    near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default()
}
