//! The order of the rooms, as the documentation of the crate has it, and circles of imports between the files of a room.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use syn::{Item, UseTree, Visibility};

/// Circles that there are, by one of their files: how many files they may have, and why they may be.
const CIRCLES: &[(&str, usize, &str)] = &[
    ("store.rs", 42, "two databases behind one store, which opens them: they become drivers below it"),
    ("store/error.rs", 2, "what cannot be read is an error, and says which"),
    ("media.rs", 9, "storage is a folder or a bucket, and each hands out what the others read from"),
    ("jobs.rs", 8, "places, what is ready and who works in them know each other: a queue a route takes their place"),
    ("openapi/schema.rs", 3, "a schema refers to components, which are schemas, and shows an example of itself"),
    ("value/text.rs", 3, "a form's text may be JSON, whose letters may be a text"),
    ("testing/database.rs", 2, "a database of a server ends with it, and the server is found by its first database"),
];

/// A source file, as a module.
struct Module {
    file: PathBuf,
    text: String,
    /// The names that it takes from elsewhere, each with its path, and whether it only hands it on.
    names: Vec<(String, Vec<String>, bool)>,
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
            // What stands in for a file where a feature is missing is of the same name.
            if name == "absent" || path.extension().is_none_or(|end| end != "rs") {
                continue;
            }
            let file = path.strip_prefix(&root).expect("is below").to_owned();
            let mut module: Vec<String> = file.iter().map(|part| part.to_string_lossy().into_owned()).collect();
            module.pop();
            if name != "lib" {
                module.push(name);
            }
            let text = fs::read_to_string(&path).expect("is text");
            let names = names(&syn::parse_file(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display())));
            modules.insert(module, Module { file, text, names });
        }
    }
    modules
}

/// The names that a file takes from elsewhere by `use`.
fn names(file: &syn::File) -> Vec<(String, Vec<String>, bool)> {
    fn walk(tree: &UseTree, path: &mut Vec<String>, hands_on: bool, names: &mut Vec<(String, Vec<String>, bool)>) {
        match tree {
            UseTree::Path(part) => {
                path.push(part.ident.to_string());
                walk(&part.tree, path, hands_on, names);
                path.pop();
            }
            UseTree::Group(group) => group.items.iter().for_each(|tree| walk(tree, path, hands_on, names)),
            UseTree::Glob(_) => names.push(("*".to_owned(), path.clone(), hands_on)),
            UseTree::Name(name) if name.ident == "self" => {
                names.push((path.last().cloned().unwrap_or_default(), path.clone(), hands_on));
            }
            UseTree::Name(name) => {
                let whole = path.iter().cloned().chain([name.ident.to_string()]).collect();
                names.push((name.ident.to_string(), whole, hands_on));
            }
            UseTree::Rename(name) => {
                let whole = path.iter().cloned().chain([name.ident.to_string()]).collect();
                names.push((name.rename.to_string(), whole, hands_on));
            }
        }
    }
    let mut names = Vec::new();
    for item in &file.items {
        if let Item::Use(item) = item {
            walk(&item.tree, &mut Vec::new(), !matches!(item.vis, Visibility::Inherited), &mut names);
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
    let handed = modules.get(&at)?.names.iter().find(|(known, ..)| known == name);
    match handed {
        Some((_, path, _)) if depth < 8 && at != from => resolve(modules, &at, path, depth + 1).or(Some(at)),
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
    for (module, Module { file, text, .. }) in &modules {
        // What the macros' code uses is no room.
        let Some(room) = module.first().filter(|room| *room != "private") else { continue };
        let Some(own) = floor(room) else {
            wrong.push(format!("{}: the documentation of the crate has no room `{room}`", file.display()));
            continue;
        };
        for (number, line) in text.lines().enumerate() {
            // What stands behind it is of tests.
            if line.starts_with("#[cfg(test)]") {
                break;
            }
            let code = line.split("//").next().unwrap_or_default();
            for used in code.split("crate::").skip(1) {
                let used: String = used.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
                if floor(&used).is_some_and(|used| used > own) {
                    wrong.push(format!(
                        "{}:{}: `{room}` stands below `{used}`: {}",
                        file.display(),
                        number + 1,
                        line.trim()
                    ));
                }
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
        let used = names.iter().filter(|(.., hands_on)| !hands_on);
        let files = used.filter_map(|(_, path, _)| resolve(&modules, module, path, 0));
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
    let (mut wrong, mut seen) = (Vec::new(), BTreeSet::new());
    for (module, below) in &reached {
        if !below.contains(*module) || !seen.insert((*module).clone()) {
            continue;
        }
        let circle: Vec<&Vec<String>> = below.iter().filter(|other| reached[other].contains(*module)).collect();
        seen.extend(circle.iter().map(|module| (*module).clone()));
        let files: Vec<String> = circle.iter().map(|module| name(module)).collect();
        let most =
            CIRCLES.iter().find(|(one, ..)| files.iter().any(|file| file == one)).map_or(0, |(_, most, _)| *most);
        if files.len() > most {
            let edges = circle.iter().map(|module| {
                let used = imports[*module].iter().filter(|used| circle.contains(used)).map(name);
                format!("    {} uses {}", name(module), used.collect::<Vec<_>>().join(", "))
            });
            let edges: Vec<_> = edges.collect();
            wrong.push(format!("{} files where {most} may be:\n{}", files.len(), edges.join("\n")));
        }
    }
    assert!(wrong.is_empty(), "circles of imports:\n{}", wrong.join("\n"));
}
