//! Which files there are, and several as one: `Cargo.toml`, `pxt.toml`, and the file that the command line names. What a later one
//! says stands above the earlier.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::environment::Environment;
use super::keys::{FILE, NAMED_SERVICE, SERVICE, elsewhere};
use super::node::{Data, Entry, Node};
use super::parse::parse;
use super::shape::Check;
use crate::error::{Mistake, SourceFile, Span};

/// A file, and under which keys of it services stand.
struct Place {
    path: PathBuf,
    root: &'static [&'static str],
    /// Whether somebody named it, so that it has to be there.
    named: bool,
}

/// The name of the file of a folder.
const OWN: &str = "pxt.toml";
/// Cargo's file, and where other programs have their part in it.
const CARGO: (&str, &[&str]) = ("Cargo.toml", &["package", "metadata", "pxt"]);

/// What may stand beside the one `[service]` instead of in it.
pub(super) const PARTS: [&str; 2] = ["routes", "modules"];

/// Reads all files of a folder, if there is one, and the file that is `named`, checks each alone, and makes them one. Variables of
/// an `env_file` are added.
pub(super) fn read(
    folder: Option<&Path>,
    named: Option<&Path>,
    environment: &mut Environment,
    found: &mut Vec<Mistake>,
    check: &mut dyn FnMut(&Node),
) -> Node {
    let mut whole: Option<Node> = None;
    for place in places(folder, named) {
        let Some(node) = read_one(&place, environment, found) else { continue };
        check(&node);
        if let Some(before) = &whole {
            refuse_forms(before, &node, found);
        }
        whole = Some(match whole {
            None => node,
            Some(before) => merge(before, node),
        });
    }
    let whole = whole.unwrap_or_else(|| {
        let source = SourceFile { name: OWN.to_owned(), text: String::new() };
        Node { at: Span { source: Arc::new(source), range: 0..0 }, data: Data::Table(Vec::new()) }
    });
    with_service(whole)
}

/// The `[service]` of a file need not be written: routes alone are those of a service that has the defaults.
fn with_service(mut root: Node) -> Node {
    if let Data::Table(entries) = &mut root.data
        && !entries.iter().any(|entry| entry.key == "service")
        && let Some(part) = entries.iter().find(|entry| PARTS.contains(&&*entry.key))
    {
        let at = part.key_at.clone();
        let node = Node { at: at.clone(), data: Data::Table(Vec::new()) };
        entries.push(Entry { key: "service".to_owned(), key_at: at, node });
    }
    root
}

fn places(folder: Option<&Path>, named: Option<&Path>) -> Vec<Place> {
    let mut places = Vec::new();
    if let Some(folder) = folder {
        places.push(Place { path: folder.join(CARGO.0), root: CARGO.1, named: false });
        places.push(Place { path: folder.join(OWN), root: &[], named: false });
    }
    let is = |path: &Path, other: &Path| {
        path.canonicalize().is_ok_and(|path| other.canonicalize().is_ok_and(|other| path == other))
    };
    if let Some(named) = named {
        let is_cargo = named.file_name().is_some_and(|name| name == CARGO.0);
        places.retain(|place| !is(&place.path, named));
        places.push(Place { path: named.to_owned(), root: if is_cargo { CARGO.1 } else { &[] }, named: true });
    }
    places
}

/// Reads one file; none when there is none, or nothing of ours in it.
fn read_one(place: &Place, environment: &mut Environment, found: &mut Vec<Mistake>) -> Option<Node> {
    let shown = place.path.strip_prefix("./").unwrap_or(&place.path).display().to_string();
    let text = match std::fs::read_to_string(&place.path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound && !place.named => return None,
        Err(error) => {
            let text = match error.kind() {
                ErrorKind::NotFound => format!("there is no file `{shown}`: make it, or name another by `--config`"),
                _ => format!("the file `{shown}` cannot be read: {error}"),
            };
            found.push(Mistake::new(text, None));
            return None;
        }
    };
    let source = Arc::new(SourceFile { name: shown, text });
    let node = parse(&source, place.root, environment, found)?;
    if !matches!(node.data, Data::Table(_)) {
        let name = place.root.join(".");
        let text = format!("`{name}` takes a table, not {}: write `[{name}]`", node.word());
        found.push(Mistake::new(text, Some(node.at)));
        return None;
    }
    let Some(variables) = node.get("env_file") else { return Some(node) };
    let Some(name) = variables.node.text() else { return Some(node) };
    let path = place.path.parent().unwrap_or(Path::new("")).join(name);
    if let Err(text) = environment.read(&path) {
        found.push(Mistake::new(text, Some(variables.node.at.clone())));
    }
    // Again, now that its variables are known.
    parse(&source, place.root, environment, found)
}

/// What the later file says stands above the earlier; its routes and tables are added, and so are its services, those of one name
/// to one another.
fn merge(earlier: Node, later: Node) -> Node {
    match (earlier.data, later.data) {
        (Data::Table(mut all), Data::Table(entries)) => {
            for entry in entries {
                match all.iter().position(|known| known.key == entry.key) {
                    Some(position) => {
                        let known = all.remove(position);
                        all.insert(position, merge_entry(known, entry));
                    }
                    None => all.push(entry),
                }
            }
            Node { at: later.at, data: Data::Table(all) }
        }
        (_, data) => Node { at: later.at, data },
    }
}

/// Refuses one service in one file, and several in another.
fn refuse_forms(earlier: &Node, later: &Node, found: &mut Vec<Mistake>) {
    let (Some(before), Some(behind)) = (earlier.get("service"), later.get("service")) else { return };
    if let (Data::Table(_), Data::List(_)) | (Data::List(_), Data::Table(_)) = (&before.node.data, &behind.node.data) {
        let text = format!(
            "`[service]` and `[[service]]` do not go together, at {} and at {}: write each as `[[service]]` with its name",
            before.key_at, behind.key_at
        );
        found.push(Mistake::new(text, Some(behind.key_at.clone())));
    }
}

fn merge_entry(earlier: Entry, later: Entry) -> Entry {
    let node = match (&*later.key, earlier.node.data, later.node.data) {
        ("service", Data::List(before), Data::List(items)) => {
            Node { at: later.node.at, data: Data::List(merge_services(before, items)) }
        }
        ("routes" | "table", Data::List(mut before), Data::List(items)) => {
            before.extend(items);
            Node { at: later.node.at, data: Data::List(before) }
        }
        (_, before, data) => merge(Node { at: earlier.node.at, data: before }, Node { at: later.node.at, data }),
    };
    Entry { node, ..later }
}

fn merge_services(mut earlier: Vec<Node>, later: Vec<Node>) -> Vec<Node> {
    let name = |node: &Node| node.get("name").and_then(|entry| entry.node.text()).map(str::to_owned);
    // Two of one name in one file are a mistake, and stay two.
    let known = earlier.len();
    for node in later {
        match earlier[..known].iter().position(|before| name(&node).is_some() && name(before) == name(&node)) {
            Some(position) => {
                let before = earlier[position].clone();
                earlier[position] = merge(before, node);
            }
            None => earlier.push(node),
        }
    }
    earlier
}

/// Checks the types of one file, before others are laid over it. Variables may be needed by none of what remains.
pub(super) fn check_file(file: &Node, found: &mut Vec<Mistake>) {
    let mut check = Check { found, lenient: true, elsewhere };
    for entry in file.entries() {
        match (&*entry.key, &entry.node.data) {
            // Only all files together tell which form it has.
            ("service", Data::Table(_)) => check.keys(SERVICE, &entry.node),
            ("service", Data::List(items)) => {
                let tables = items.iter().filter(|item| matches!(item.data, Data::Table(_)));
                tables.for_each(|item| check.keys(NAMED_SERVICE, item));
            }
            ("service", _) => {}
            _ => {
                let alone = Node { at: file.at.clone(), data: Data::Table(vec![entry.clone()]) };
                check.keys(FILE, &alone);
            }
        }
    }
}
