//! What is said of a start that cannot be: sentences with the lines they are about, or JSON.

use std::io::Write as _;

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};
use serde::Serialize;

use crate::error::{Error, Mistake, masked};

/// Why a command could not be done.
#[derive(Debug)]
pub(super) enum Failure {
    /// What is declared is wrong.
    Mistakes(Vec<Mistake>),
    /// What was asked for is not there.
    Said(String),
    /// Another process has the port.
    PortInUse(u16),
    Error(Error),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Error(error)
    }
}

impl Failure {
    /// Writes it to standard error.
    pub(super) fn report(&self, json: bool) {
        let text = if json { format!("{}\n", self.json()) } else { self.text() };
        // Whoever reads it may be gone.
        drop(std::io::stderr().write_all(text.as_bytes()));
    }

    fn text(&self) -> String {
        match self {
            Self::Mistakes(found) => {
                let all: Vec<_> = found.iter().map(render).collect();
                let count = match found.len() {
                    1 => "one mistake: nothing is served".to_owned(),
                    several => format!("{several} mistakes: nothing is served"),
                };
                format!("{}\n{count}\n", all.join("\n"))
            }
            other => format!("error: {}\n", other.message()),
        }
    }

    fn json(&self) -> String {
        let message = self.message();
        let none = Report { status: "error", code: "not_started", port: None, message: &message, mistakes: Vec::new() };
        let report = match self {
            Self::PortInUse(port) => Report { code: "EADDRINUSE", port: Some(*port), ..none },
            Self::Mistakes(found) => {
                let mistakes = found.iter().map(Placed::of).collect();
                Report { code: "invalid_configuration", mistakes, ..none }
            }
            Self::Error(_) | Self::Said(_) => none,
        };
        serde_json::to_string(&report).expect("texts and numbers always serialize")
    }

    fn message(&self) -> String {
        match self {
            Self::PortInUse(port) => format!("port {port} is already in use: choose another by `--port`"),
            Self::Said(text) => text.clone(),
            Self::Mistakes(found) => found.iter().map(Mistake::to_string).collect::<Vec<_>>().join("\n"),
            // Whoever starts a service reads what a client would not.
            Self::Error(error) if error.source().is_some() => error.chain(),
            Self::Error(error) => error.to_string(),
        }
    }
}

/// A failure that is one message, for programs.
pub(super) fn as_json(code: &str, message: &str) -> String {
    let report = Report { status: "error", code, port: None, message, mistakes: Vec::new() };
    serde_json::to_string(&report).expect("texts and numbers always serialize")
}

/// A mistake with the line it is about.
fn render(mistake: &Mistake) -> String {
    let title = Level::ERROR.primary_title(&*mistake.text);
    let group = match &mistake.at {
        None => Group::with_title(title),
        Some(at) => {
            let annotation = AnnotationKind::Primary.span(at.range.clone());
            title.element(Snippet::source(masked(&at.source.text)).path(&*at.source.name).annotation(annotation))
        }
    };
    format!("{}\n", Renderer::plain().render(&[group]))
}

/// A failure, for programs.
#[derive(Serialize)]
struct Report<'r> {
    status: &'static str,
    code: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    port: Option<u16>,
    message: &'r str,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    mistakes: Vec<Placed<'r>>,
}

/// A mistake, for programs.
#[derive(Serialize)]
struct Placed<'r> {
    message: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    column: Option<usize>,
}

impl<'r> Placed<'r> {
    fn of(mistake: &'r Mistake) -> Self {
        let position = mistake.at.as_ref().map(crate::error::Span::position);
        Self {
            message: &mistake.text,
            file: mistake.at.as_ref().map(|at| &*at.source.name),
            line: position.map(|(line, _)| line),
            column: position.map(|(_, column)| column),
        }
    }
}
