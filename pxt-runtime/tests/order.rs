//! The order of the rooms, as the documentation of the crate has it, and circles of imports between the files of a room.
//!
//! An import is a `use`; for the order of the rooms, any path that begins with `crate::` is one too. What a file calls by the name
//! of a module of its own (`insert::run`) is not looked at, and neither are tests.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::{Item, UseTree, Visibility};

/// The circles that there are, by one of their files: how many files they have, and why. One that opens goes from here.
const CIRCLES: &[(&str, usize, &str)] = &[
    ("store.rs", 42, "two databases behind one store, which opens them: they become drivers below it"),
    ("store/error.rs", 2, "what cannot be read is an error, and says which"),
    ("media.rs", 8, "storage is a folder or a bucket, and each hands out what the others read from"),
    ("openapi/schema.rs", 3, "a schema refers to components, which are schemas, and shows an example of itself"),
    ("value/text.rs", 3, "a form's text may be JSON, whose letters may be a text"),
    ("testing/database.rs", 2, "a database of a server ends with it, and the server is found by its first database"),
];

/// A source file, as a module.
struct Module {
    file: PathBuf,
    text: String,
    names: Vec<Name>,
}

/// A name that a file takes from elsewhere.
struct Name {
    name: String,
    path: Vec<String>,
    /// Whether it only hands it on.
    hands_on: bool,
}

/// The modules of the crate by their paths, without those of tests.
fn modules() -> BTreeMap<Vec<String>, Module> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut folders, mut modules) = (vec![root.clone()], BTreeMap::new());
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("is a folder") {
            let path = entry.expect("has a name").path();
            let name = path.file_stem().and_then(|name| name.to_str()).expect("is a name").to_owned();
            if name == "tests" {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            if path.extension().is_none_or(|end| end != "rs") {
                continue;
            }
            let file = path.strip_prefix(&root).expect("is below").to_owned();
            let mut module: Vec<String> = file.iter().map(|part| part.to_string_lossy().into_owned()).collect();
            module.pop();
            if name != "lib" {
                module.push(name);
            }
            let text = without_tests(&fs::read_to_string(&path).expect("is text"));
            let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
            modules.insert(module, Module { file, text, names: names(&parsed) });
        }
    }
    modules
}

/// A file without what is of its tests: the item behind each `#[cfg(test)]` at the beginning of a line, in as many empty lines.
fn without_tests(text: &str) -> String {
    let (mut kept, mut skips) = (String::with_capacity(text.len()), false);
    for line in text.lines() {
        skips |= line == "#[cfg(test)]";
        if !skips {
            kept.push_str(line);
        }
        kept.push('\n');
        // An item ends where its line, or its last line, does.
        let is_whole = line.ends_with(';') && !line.starts_with(char::is_whitespace);
        skips &= !(is_whole || line == "}");
    }
    kept
}

/// The names that a file takes from elsewhere by `use`.
fn names(file: &syn::File) -> Vec<Name> {
    fn walk(tree: &UseTree, path: &[String], hands_on: bool, names: &mut Vec<Name>) {
        let with = |name: &syn::Ident| [path, &[name.to_string()]].concat();
        match tree {
            UseTree::Path(part) => walk(&part.tree, &with(&part.ident), hands_on, names),
            UseTree::Group(group) => group.items.iter().for_each(|tree| walk(tree, path, hands_on, names)),
            UseTree::Glob(_) => names.push(Name { name: "*".to_owned(), path: path.to_vec(), hands_on }),
            UseTree::Name(this) if this.ident == "self" => {
                names.push(Name { name: path.last().cloned().unwrap_or_default(), path: path.to_vec(), hands_on });
            }
            UseTree::Name(this) => names.push(Name { name: this.ident.to_string(), path: with(&this.ident), hands_on }),
            UseTree::Rename(this) => {
                names.push(Name { name: this.rename.to_string(), path: with(&this.ident), hands_on })
            }
        }
    }
    let mut names = Vec::new();
    for item in &file.items {
        if let Item::Use(item) = item {
            walk(&item.tree, &[], !matches!(item.vis, Visibility::Inherited), &mut names);
        }
    }
    names
}

/// The module that a path of `from` leads to: the one that has the name, not one that hands it on.
fn resolve(
    modules: &BTreeMap<Vec<String>, Module>,
    from: &[String],
    path: &[String],
    depth: usize,
) -> Option<Vec<String>> {
    let (mut at, mut rest) = (from.to_vec(), path);
    match rest.first()?.as_str() {
        "crate" => (at, rest) = (Vec::new(), &rest[1..]),
        "self" => rest = &rest[1..],
        "super" => {
            while rest.first().is_some_and(|part| part == "super") {
                at.pop();
                rest = &rest[1..];
            }
        }
        // A module of its own, or another crate.
        own if modules.contains_key(&[from, &[own.to_owned()]].concat()) => {}
        _ => return None,
    }
    while let Some((part, behind)) = rest.split_first() {
        let deeper = [&at[..], std::slice::from_ref(part)].concat();
        if !modules.contains_key(&deeper) {
            break;
        }
        (at, rest) = (deeper, behind);
    }
    let Some(name) = rest.first() else { return Some(at) };
    let handed = modules.get(&at)?.names.iter().find(|known| known.name == *name);
    match handed {
        Some(Name { path, .. }) if depth < 8 && at != from => resolve(modules, &at, path, depth + 1).or(Some(at)),
        _ => Some(at),
    }
}

/// The rooms in their order, the lowest first: the table in the documentation of the crate.
fn rooms(modules: &BTreeMap<Vec<String>, Module>) -> Vec<String> {
    let row = |line: &str| Some(line.strip_prefix("//! | `")?.split_once('`')?.0.to_owned());
    let rooms: Vec<String> = modules[&Vec::new()].text.lines().filter_map(row).collect();
    assert!(rooms.len() > 10, "the documentation of the crate has a table of its rooms: {rooms:?}");
    rooms
}

#[test]
fn a_room_uses_those_below_it() {
    let modules = modules();
    let rooms = rooms(&modules);
    let floor = |room: &str| rooms.iter().position(|known| known == room);
    let mut wrong = Vec::new();
    for (module, Module { file, text, names }) in &modules {
        // What the macros' code uses is no room.
        let Some(room) = module.first().filter(|room| *room != "private") else { continue };
        let Some(own) = floor(room) else {
            wrong.push(format!("{}: the documentation of the crate has no room `{room}`", file.display()));
            continue;
        };
        for (number, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            for used in code.split("crate::").skip(1) {
                let used: String = used.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
                let problem = match floor(&used) {
                    None => format!("`{used}` is no room: name the room, `crate::room::…`, in a line of its own"),
                    Some(used) if used > own => format!("`{room}` stands below `{}`", rooms[used]),
                    Some(_) => continue,
                };
                wrong.push(format!("{}:{}: {problem}: {}", file.display(), number + 1, line.trim()));
            }
        }
        // By `super` a path may leave the room too.
        for Name { path, .. } in names.iter().filter(|name| name.path[0] == "super") {
            let used = resolve(&modules, module, path, 0).unwrap_or_default();
            if used.first() != Some(room) && !file.ends_with("absent.rs") {
                wrong.push(format!("{}: {} is in another room: say `crate::…`", file.display(), path.join("::")));
            }
        }
    }
    assert!(wrong.is_empty(), "imports against the order of the rooms:\n{}", wrong.join("\n"));
}

#[test]
fn files_of_a_room_import_in_one_direction() {
    let modules = modules();
    let mut imports: BTreeMap<&Vec<String>, BTreeSet<Vec<String>>> = BTreeMap::new();
    for (module, Module { names, .. }) in &modules {
        let used = names.iter().filter(|name| !name.hands_on);
        let files = used.filter_map(|name| resolve(&modules, module, &name.path, 0));
        let inside = files.filter(|file| !file.is_empty() && file.first() == module.first() && file != module);
        imports.insert(module, inside.collect());
    }
    let reached = |from: &Vec<String>| {
        let (mut seen, mut next) = (BTreeSet::new(), vec![from.clone()]);
        while let Some(module) = next.pop() {
            for used in imports.get(&module).into_iter().flatten() {
                if seen.insert(used.clone()) {
                    next.push(used.clone());
                }
            }
        }
        seen
    };
    let reached: BTreeMap<&Vec<String>, BTreeSet<Vec<String>>> =
        imports.keys().map(|module| (*module, reached(module))).collect();
    let name = |module: &Vec<String>| modules[module].file.display().to_string();
    let (mut wrong, mut seen, mut known) = (Vec::new(), BTreeSet::new(), BTreeSet::new());
    for (module, below) in &reached {
        if !below.contains(*module) || seen.contains(*module) {
            continue;
        }
        let circle: Vec<&Vec<String>> = below.iter().filter(|other| reached[other].contains(*module)).collect();
        seen.extend(circle.iter().map(|module| (*module).clone()));
        let is_listed = |(one, ..): &&(&str, usize, &str)| circle.iter().any(|module| name(module) == *one);
        let listed = CIRCLES.iter().find(is_listed);
        known.extend(listed.map(|(one, ..)| *one));
        let size = listed.map_or(0, |(_, size, _)| *size);
        if circle.len() != size {
            let edges = circle.iter().map(|module| {
                let used = imports[*module].iter().filter(|used| circle.contains(used)).map(name);
                format!("    {} uses {}", name(module), used.collect::<Vec<_>>().join(", "))
            });
            let edges: Vec<_> = edges.collect();
            wrong.push(format!("{} files, where `CIRCLES` has {size}:\n{}", circle.len(), edges.join("\n")));
        }
    }
    for (one, ..) in CIRCLES.iter().filter(|(one, ..)| !known.contains(one)) {
        wrong.push(format!("`CIRCLES` has one with {one}, and there is none"));
    }
    assert!(wrong.is_empty(), "circles of imports:\n{}", wrong.join("\n"));
}
