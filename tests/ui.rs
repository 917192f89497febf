//! The contract as users meet it: one mistake a file, and the compiler's words for it.
//!
//! `tests/ui/README.md` says how to add a file and how to accept changed words. The target has its own `main`, since the line
//! that says how many contracts were checked would be captured, and so lost, in a `#[test]`.

use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

/// The folders of files that the compiler must refuse. One that it takes would make trybuild ask it for each alone, and build what it
/// checks now.
const REFUSED: [&str; 7] = ["table", "schema", "udf", "route", "query", "query_fn", "query_route"];

fn main() -> io::Result<ExitCode> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let mut out = io::stdout();
    if arguments.iter().any(|argument| argument == "--list") {
        writeln!(out, "contracts: test")?;
        return Ok(ExitCode::SUCCESS);
    }
    if !chosen(&arguments) {
        writeln!(out, "\nrunning 0 tests\n\ntest result: ok. 0 passed; 0 failed; 1 filtered out\n")?;
        return Ok(ExitCode::SUCCESS);
    }
    writeln!(out, "\nrunning 1 test")?;
    out.flush()?;
    if std::panic::catch_unwind(check).is_err() {
        writeln!(out, "test contracts ... FAILED\n\ntest result: FAILED. 0 passed; 1 failed\n")?;
        return Ok(ExitCode::FAILURE);
    }
    // With a filter trybuild has seen only some of them.
    if !arguments.iter().any(|argument| argument.starts_with("trybuild=")) {
        let refused: usize = REFUSED.iter().map(|folder| count(folder)).sum();
        writeln!(out, "checked {refused} contracts")?;
    }
    writeln!(out, "test contracts ... ok\n\ntest result: ok. 1 passed; 0 failed\n")?;
    Ok(ExitCode::SUCCESS)
}

/// Whether the filters of the command line let the one test through; `trybuild=name.rs` is trybuild's own.
fn chosen(arguments: &[String]) -> bool {
    let mut filters =
        arguments.iter().filter(|argument| !argument.starts_with('-') && !argument.contains('=')).peekable();
    filters.peek().is_none() || filters.any(|filter| "contracts".contains(filter.as_str()))
}

fn check() {
    let cases = trybuild::TestCases::new();
    for folder in REFUSED {
        cases.compile_fail(format!("tests/ui/{folder}/*.rs"));
    }
}

fn count(folder: &str) -> usize {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/ui").join(folder);
    let files = folder.read_dir().expect("the folder is part of the source").filter_map(Result::ok);
    files.filter(|file| file.path().extension().is_some_and(|extension| extension == "rs")).count()
}
