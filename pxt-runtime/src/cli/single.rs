//! One route on the command line, as the route of a file: what is wrong with it is shown in the command line as it is in a file.

use std::ops::Range;
use std::sync::Arc;

use clap::ValueEnum;

use super::arguments::{Export, Single};
use crate::error::{SourceFile, Span};
use crate::service::file::{Data, Entry, Node, Text};
use crate::store::shown;

/// The route that the arguments of this process declare.
pub(super) fn route(single: &Single, arguments: impl Iterator<Item = String>) -> Node {
    let mut route = Route { line: Line::new(arguments), entries: Vec::new() };
    match single {
        Single::Insert(insert) => {
            route.begin("insert", Some(&insert.of.table), &insert.of.path);
            route.names("inputs", insert.inputs.as_deref());
            route.names("uploadfile_inputs", insert.uploadfile_inputs.as_deref());
            route.names("outputs", insert.outputs.as_deref());
            route.flag("return_fileresponse", insert.return_fileresponse);
            route.flag("background", insert.background);
            route.export(&insert.export);
        }
        Single::Update(update) => {
            route.begin("update", Some(&update.of.table), &update.of.path);
            route.names("inputs", update.inputs.as_deref());
            route.names("outputs", update.outputs.as_deref());
            route.flag("return_fileresponse", update.return_fileresponse);
            route.flag("background", update.background);
            route.export(&update.export);
        }
        Single::Delete(delete) => {
            route.begin("delete", Some(&delete.of.table), &delete.of.path);
            route.names("match_columns", delete.match_columns.as_deref());
            route.flag("background", delete.background);
        }
        Single::Query(query) => {
            route.begin("query", query.table.as_ref(), &query.path);
            route.text("query", query.query.as_ref());
            route.names("match_columns", query.match_columns.as_deref());
            route.names("inputs", query.inputs.as_deref());
            route.names("uploadfile_inputs", query.uploadfile_inputs.as_deref());
            route.flag("one_row", query.one_row);
            route.flag("return_fileresponse", query.return_fileresponse);
            route.flag("background", query.background);
            route.text("method", word(&query.method).as_ref());
        }
        Single::Compute(compute) => {
            route.begin("compute", Some(&compute.of.table), &compute.of.path);
            route.names("inputs", compute.inputs.as_deref());
            route.names("uploadfile_inputs", compute.uploadfile_inputs.as_deref());
            route.names("outputs", compute.outputs.as_deref());
            route.flag("return_fileresponse", compute.return_fileresponse);
            route.flag("background", compute.background);
        }
    }
    let at = route.line.whole();
    Node { at, data: Data::Table(route.entries) }
}

fn word(value: &impl ValueEnum) -> Option<String> {
    value.to_possible_value().map(|value| value.get_name().to_owned())
}

/// A route under construction.
struct Route {
    line: Line,
    entries: Vec<Entry>,
}

impl Route {
    fn begin(&mut self, kind: &str, table: Option<&String>, path: &String) {
        let kind = text(kind, self.line.whole());
        self.add("type", kind);
        self.text("table", table);
        self.text("path", Some(path));
    }

    fn add(&mut self, key: &str, node: Node) {
        let key_at = node.at.clone();
        self.entries.push(Entry { key: key.to_owned(), key_at, node });
    }

    fn text(&mut self, key: &str, value: Option<&String>) {
        if let Some(value) = value {
            let at = self.line.value(key, value);
            self.add(key, text(value, at));
        }
    }

    fn names(&mut self, key: &str, values: Option<&[String]>) {
        if let Some(values) = values {
            let items = values.iter().map(|value| text(value, self.line.value(key, value))).collect();
            let at = self.line.flag(key);
            self.add(key, Node { at, data: Data::List(items) });
        }
    }

    fn flag(&mut self, key: &str, value: bool) {
        if value {
            let at = self.line.flag(key);
            self.add(key, Node { at, data: Data::Flag(true) });
        }
    }

    fn export(&mut self, export: &Export) {
        let Some(connect) = &export.export_sql_db_connect else { return };
        let at = self.line.flag("export_sql_db_connect");
        let mut table = Self { line: self.line.clone(), entries: Vec::new() };
        table.add("db_connect", text(connect, at.clone()));
        let method = export.export_sql_method.as_ref().and_then(word);
        let delivery = export.export_sql_delivery.as_ref().and_then(word);
        let others = [
            ("table", &export.export_sql_table),
            ("db_schema", &export.export_sql_db_schema),
            ("method", &method),
            ("delivery", &delivery),
        ];
        for (key, value) in others {
            if let Some(value) = value {
                table.add(key, text(value, self.line.value(&format!("export_sql_{key}"), value)));
            }
        }
        self.add("export_sql", Node { at, data: Data::Table(table.entries) });
    }
}

fn text(value: &str, at: Span) -> Node {
    Node { at, data: Data::Text(Text { value: value.to_owned(), substituted: false }) }
}

/// The command line as a text, and where each argument stands in it.
#[derive(Clone)]
struct Line {
    source: Arc<SourceFile>,
    arguments: Vec<(String, Range<usize>)>,
}

impl Line {
    fn new(arguments: impl Iterator<Item = String>) -> Self {
        let (mut line, mut all) = (String::new(), Vec::new());
        for argument in arguments {
            if !line.is_empty() {
                line.push(' ');
            }
            let start = line.len();
            let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@,+%".contains(c);
            // Passwords stay out of what is shown.
            match shown(&argument) {
                hidden if argument.contains("://") => line.push_str(&hidden),
                plain if !plain.is_empty() && plain.chars().all(is_plain) => line.push_str(&plain),
                other => line.push_str(&format!("'{}'", other.replace('\'', "'\\''"))),
            }
            all.push((argument, start..line.len()));
        }
        Self { source: Arc::new(SourceFile { name: "the command line".to_owned(), text: line }), arguments: all }
    }

    fn span(&self, range: Range<usize>) -> Span {
        Span { source: self.source.clone(), range }
    }

    fn whole(&self) -> Span {
        self.span(0..self.source.text.len())
    }

    /// The position of a flag among the arguments.
    fn position(&self, key: &str) -> Option<usize> {
        let flag = format!("--{}", key.replace('_', "-"));
        let is_flag = |argument: &str| argument.split('=').next() == Some(&flag);
        self.arguments.iter().position(|(argument, _)| is_flag(argument))
    }

    fn flag(&self, key: &str) -> Span {
        self.position(key).map_or_else(|| self.whole(), |position| self.span(self.arguments[position].1.clone()))
    }

    /// The place of a value of a flag: the last one of several that are equal.
    fn value(&self, key: &str, value: &str) -> Span {
        let Some(position) = self.position(key) else { return self.whole() };
        let behind = &self.arguments[position + 1..];
        let values = behind.iter().take_while(|(argument, _)| !argument.starts_with("--"));
        let found = values.filter(|(argument, _)| argument == value).last();
        found.map_or_else(|| self.flag(key), |(_, range)| self.span(range.clone()))
    }
}
