//! The list of rules in `RULES.md`: what the tests here say in their doc comments, and what stands elsewhere.
//!
//! `UPDATE_RULES=1 cargo test --test spec rules` writes it anew.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

/// Rules that are held outside of this suite: by a file of `tests/ui` that the compiler refuses or accepts, or by a test of a
/// file, `file: function`.
const ELSEWHERE: &[(&str, &str)] = &[
    ("router: insert_route, parameter names \"must match outputs\"", "tests/ui/route/parameter-not-in-outputs.rs"),
    ("router: insert_route, every output is taken", "tests/ui/route/output-without-parameter.rs"),
    ("router: insert_route, types must match the columns", "tests/ui/route/type-of-another-column.rs"),
    ("router: insert_route, media are `str`, not images", "tests/ui/route/media-as-image.rs"),
    ("router: insert_route, nullable media are `str | None`", "tests/ui/route/media-nullable-as-value.rs"),
    ("router: update_route, no primary key among the inputs", "tests/ui/route/update-primary-key.rs"),
    ("router: update_route, no media among the inputs", "tests/ui/route/update-media.rs"),
    ("guide: decorators, nullable columns are options", "tests/ui/route/nullable-as-value.rs"),
    ("guide: decorators, the return type is a model", "tests/ui/route/response-without-both.rs"),
    ("guide: decorators, every parameter is named", "tests/ui/route/parameter-pattern.rs"),
    ("guide: reading back computed columns, as typed calls", "tests/http/typed.rs: the_operations_as_calls"),
    (
        "migration: concepts, hand-written routes stand beside declared ones",
        "tests/http/start.rs: hand_written_routes_stand_beside",
    ),
    (
        "migration: side by side, every block of the guide for those who come from handlers compiles",
        "docs/coming-from-handlers.md",
    ),
    ("behaviour 1: computed columns form no circle", "tests/ui/table/computed-cycle.rs"),
    ("behaviour 1: a primary key is no computed column", "tests/ui/table/computed-primary-key.rs"),
    ("behaviour 2: a primary key is never null", "tests/ui/table/key-nullable.rs"),
    ("behaviour 2: every type comes back as it went in", "tests/http/insert.rs: every_type_comes_back_as_it_went_in"),
    (
        "behaviour 3: a flood of wrong keys is answered in short",
        "tests/http/hostile.rs: a_flood_of_mistakes_is_answered_in_short",
    ),
    (
        "behaviour 3: a body that breaks off is 400",
        "tests/http/hostile.rs: a_body_that_breaks_off_is_the_clients_mistake",
    ),
    ("behaviour 3: a body of unknown length has a limit, too", "tests/http/hostile.rs: large_bodies_are_413"),
    ("behaviour 5: one bad row fails no other", "tests/http/insert.rs: one_bad_row_in_a_group_fails_alone"),
    ("behaviour 5: unknown inputs are compile errors", "tests/ui/route/input-unknown.rs"),
    ("behaviour 5: computed inputs are compile errors", "tests/ui/route/input-computed.rs"),
    ("behaviour 5: a required column left out is a compile error", "tests/ui/route/input-required-missing.rs"),
    ("behaviour 5: uploads of other columns are compile errors", "tests/ui/route/upload-not-media.rs"),
    ("behaviour 5: a column among inputs and uploads is a compile error", "tests/ui/route/input-also-upload.rs"),
    ("behaviour 6: what outputs need and inputs lack is a compile error", "tests/ui/route/compute-input-missing.rs"),
    (
        "behaviour 6: a computed file is swept later",
        "tests/http/compute.rs: a_computed_picture_is_answered_and_swept_later",
    ),
    ("behaviour 7: a computed input of an update is a compile error", "tests/ui/route/update-computed.rs"),
    ("behaviour 7: an update of a table without a key is a compile error", "tests/ui/route/update-without-key.rs"),
    (
        "behaviour 7: concurrent updates of one row lose nothing",
        "tests/http/update.rs: concurrent_updates_of_one_row_all_count",
    ),
    ("behaviour 8: an update that can change nothing is a compile error", "tests/ui/route/update-nothing.rs"),
    ("behaviour 8: a column twice in `inputs` is a compile error", "tests/ui/route/input-repeated.rs"),
    ("behaviour 8: a column twice in `outputs` is a compile error", "tests/ui/route/output-repeated.rs"),
    ("behaviour 8: a path without a slash is a compile error", "tests/ui/route/path-without-slash.rs"),
    ("behaviour 9: a parameter of no known type is a compile error", "tests/ui/route/type-no-column-has.rs"),
    ("behaviour 9: a parameter that is no column is a compile error", "tests/ui/route/parameter-unknown.rs"),
    (
        "behaviour 9: a non-null column may be taken as an option",
        "tests/crates/accepted/examples/option-for-required.rs",
    ),
    (
        "behaviour 9: `return_fileresponse` has no place on a decorated route",
        "tests/ui/route/argument-return-fileresponse.rs",
    ),
    ("behaviour 9: the function comes back untouched", "tests/http/routes.rs: the_function_comes_back_untouched"),
    ("behaviour 10: an unknown method is a compile error", "tests/ui/query_route/method-unknown.rs"),
    ("behaviour 10: path parameters are compile errors", "tests/ui/query_route/path-with-parameter.rs"),
    ("behaviour 10: GET with uploads is a compile error", "tests/ui/query_route/upload-with-get.rs"),
    (
        "behaviour 10: a parameter left out without a default is a compile error",
        "tests/ui/query_route/input-required-missing.rs",
    ),
    ("behaviour 10: an unknown input is a compile error", "tests/ui/query_route/input-unknown.rs"),
    ("behaviour 10: large answers are streamed", "pxt-runtime/src/store/tests/streams.rs"),
    ("router: insert_route, background", "tests/crates/accepted/examples/background.rs"),
    (
        "router: insert_route, background: \"the decorated function’s return value is delivered as the job result\"",
        "tests/http/jobs.rs: every_kind_of_route_does_its_work_later",
    ),
    ("guide: background jobs, exclusive with `return_fileresponse`", "tests/ui/query_route/background-with-file.rs"),
    (
        "behaviour 11: what is accepted survives a stop, and a kill",
        "examples/posters/tests/jobs.rs: sigterm_hands_back_what_it_cannot_finish",
    ),
    (
        "behaviour 11: `job_url` names no host that a client made up",
        "tests/http/jobs/address.rs: a_host_that_is_not_ours_does_not_come_back",
    ),
    ("behaviour 11: cancel, list and progress", "tests/http/jobs.rs: a_job_is_cancelled"),
    (
        "behaviour 20.6: durable jobs, nothing accepted is lost",
        "examples/posters/tests/jobs.rs: sigkill_loses_no_job_and_does_none_twice",
    ),
    (
        "behaviour 15: what is not additive stops the start, all of it in one list",
        "tests/http/evolve.rs: all_other_differences_stop_the_start_at_once",
    ),
    (
        "behaviour 15: what is additive is applied at the start",
        "tests/http/evolve.rs: new_columns_are_added_and_computed",
    ),
    (
        "behaviour 17.1: `/docs` loads nothing from elsewhere",
        "pxt-runtime/src/openapi/docs/tests.rs: the_page_asks_for_nothing_but_its_own_files",
    ),
    (
        "behaviour 20.3: mistakes of a declaration are compile errors at the very word, all in one round",
        "tests/ui/route/six-mistakes.rs",
    ),
    (
        "behaviour 20.5: an acknowledged row survives a kill",
        "examples/posters/tests/durability.rs: nothing_acknowledged_is_lost",
    ),
    ("behaviour 20.8: media is confined", "tests/http/media.rs: nothing_else_is_reachable"),
    ("behaviour 20.12: speed, measured against a hand-written handler", "benches/load/tests/comparison.rs"),
];

/// What has to appear: a method of the router, a heading of the guide, a section of the others.
const NEEDED: &[&str] = &[
    "router: add_delete_route,",
    "router: add_insert_route,",
    "router: add_query_route,",
    "router: add_update_route,",
    "router: insert_route,",
    "router: update_route,",
    "guide: quickstart,",
    "guide: decorators,",
    "guide: insert routes,",
    "guide: update routes,",
    "guide: delete routes,",
    "guide: media columns,",
    "guide: query routes,",
    "guide: full example,",
    "guide: background jobs,",
    "guide: reading back computed columns",
    "migration: concepts,",
    "migration: side by side,",
    "migration: step by step,",
    "migration: gotchas,",
    "migration: best practices,",
    "migration: eliminating insert-then-query",
    "behaviour 1:",
    "behaviour 2:",
    "behaviour 3:",
    "behaviour 4:",
    "behaviour 5:",
    "behaviour 6:",
    "behaviour 7:",
    "behaviour 8:",
    "behaviour 9:",
    "behaviour 10:",
    "behaviour 11:",
    "behaviour 12:",
    "behaviour 15:",
    "behaviour 17.1:",
    "behaviour 17.2:",
    "behaviour 17.3:",
    "behaviour 17.4:",
    "behaviour 17.5:",
    "behaviour 17.6:",
    "behaviour 17.7:",
    "behaviour 17.8:",
    "behaviour 20.1:",
    "behaviour 20.2:",
    "behaviour 20.3:",
    "behaviour 20.4:",
    "behaviour 20.5:",
    "behaviour 20.6:",
    "behaviour 20.7:",
    "behaviour 20.8:",
    "behaviour 20.10:",
    "behaviour 20.11:",
    "behaviour 20.12:",
];

const HEAD: &str = "\
# The rules of the pages, and the tests that hold them

`cargo test --test spec` checks this list; `UPDATE_RULES=1 cargo test --test spec rules` writes it anew. Tests without a folder are of
`tests/spec`. Not here, since their issues come later: services in TOML (behaviour 13, 20.9) and
`export_sql` (14); nor views (6), which there are none of.

| page | rule | test |
|---|---|---|
";

/// A rule: its page, its words, and where it is tested.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Rule {
    page: (String, Vec<u32>),
    text: String,
    test: String,
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The rule that a line names. None for a line of other words.
fn rule(line: &str, test: &str) -> Option<Rule> {
    let (page, text) = line.split_once(": ")?;
    let (name, section) = page.split_once(' ').unwrap_or((page, ""));
    let numbers: Vec<u32> = section.split('.').filter_map(|part| part.parse().ok()).collect();
    let known = match name {
        "router" | "guide" | "migration" => section.is_empty(),
        "behaviour" => !numbers.is_empty(),
        _ => false,
    };
    known.then(|| Rule { page: (name.to_owned(), numbers), text: text.to_owned(), test: test.to_owned() })
}

/// The rules that the doc comments of a file's tests name, and the tests that name none.
fn of_file(module: &str, source: &str) -> (Vec<Rule>, Vec<String>) {
    let (mut rules, mut nameless) = (Vec::new(), Vec::new());
    let (mut doc, mut is_test): (Vec<&str>, bool) = (Vec::new(), false);
    for line in source.lines().map(str::trim) {
        if let Some(text) = line.strip_prefix("/// ") {
            doc.push(text);
        } else if line.starts_with("#[") {
            is_test |= matches!(line, "#[test]" | "#[tokio::test]");
        } else {
            if let Some((_, name)) = line.split_once("fn ").filter(|_| is_test) {
                let test = format!("{module}::{}", name.split('(').next().unwrap_or_default());
                let before = rules.len();
                rules.extend(doc.iter().filter_map(|text| rule(text, &test)));
                if rules.len() == before {
                    nameless.push(test);
                }
            }
            doc.clear();
            is_test = false;
        }
    }
    (rules, nameless)
}

/// All rules, in the order of the pages.
fn all() -> Vec<Rule> {
    let (mut rules, mut nameless) = (Vec::new(), Vec::new());
    let folder = root().join("tests/spec").read_dir().expect("the folder is part of the source");
    let files: BTreeSet<PathBuf> = folder.filter_map(Result::ok).map(|entry| entry.path()).collect();
    for file in files.iter().filter(|file| file.extension().is_some_and(|extension| extension == "rs")) {
        let module = file.file_stem().expect("has a name").to_string_lossy();
        if module == "rules" {
            continue;
        }
        let (found, without) = of_file(&module, &std::fs::read_to_string(file).expect("is text"));
        rules.extend(found);
        nameless.extend(without);
    }
    assert_eq!(nameless, Vec::<String>::new(), "name the rule in the first line of the doc comment");
    let elsewhere = ELSEWHERE.iter().map(|(text, place)| rule(text, place).expect("names a page"));
    rules.extend(elsewhere);
    rules.sort();
    rules
}

fn table(rules: &[Rule]) -> String {
    let mut text = HEAD.to_owned();
    for Rule { page: (name, numbers), text: rule, test } in rules {
        let numbers: Vec<_> = numbers.iter().map(ToString::to_string).collect();
        let page = [name.as_str(), &numbers.join(".")].join(" ");
        // Writing to a `String` does not fail.
        let _ = writeln!(text, "| {} | {} | `{test}` |", page.trim_end(), rule.replace('|', "\\|"));
    }
    text
}

#[test]
fn the_list_is_what_the_tests_say() {
    let written = table(&all());
    let path = root().join("tests/spec/RULES.md");
    if std::env::var_os("UPDATE_RULES").is_some() {
        std::fs::write(&path, &written).expect("the folder is part of the source");
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(committed == written, "RULES.md is not what the tests say; see it with UPDATE_RULES=1 and `git diff`");
}

#[test]
fn every_part_of_the_pages_appears() {
    let rules = table(&all());
    let found = |needed: &&&str| {
        let (page, start) = needed.split_once(':').expect("names a page");
        rules.contains(&format!("| {page} | {}", start.trim_start()))
    };
    let missing: Vec<_> = NEEDED.iter().filter(|needed| !found(needed)).collect();
    assert!(missing.is_empty(), "no test for {missing:?}");
}

#[test]
fn tests_elsewhere_are_there() {
    for (rule, place) in ELSEWHERE {
        let (file, function) = place.split_once(": ").unwrap_or((place, ""));
        let source = std::fs::read_to_string(root().join(file)).unwrap_or_default();
        assert!(!source.is_empty(), "{rule}: there is no {file}");
        assert!(function.is_empty() || source.contains(&format!("fn {function}(")), "{rule}: {file} has no {function}");
        let refused = file.starts_with("tests/ui/");
        let words = root().join(file).with_extension("stderr");
        assert!(!refused || words.exists(), "{rule}: {file} is not refused");
    }
}
