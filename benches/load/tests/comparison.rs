//! The whole comparison with the hand-written service on both sides, bounded by requests.

use std::path::Path;
use std::process::{Command, Output};

fn compare(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_pxt-load"))
        .args(["--rounds", "1", "--requests", "64", "--seconds", "60", "--folder"])
        .arg(folder)
        .args(["--baseline", env!("CARGO_BIN_EXE_handwritten-service")])
        .args(arguments)
        .output()
        .expect("cargo has built the driver for this test")
}

#[test]
fn every_scenario_runs_on_both_sides_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let output = compare(folder.path(), &["--json", "--candidate", env!("CARGO_BIN_EXE_handwritten-service")]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));

    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let samples = report["samples"].as_array().unwrap();
    let names: Vec<_> = samples.iter().map(|sample| sample["scenario"].as_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "insert-1",
            "insert-32",
            "insert-128",
            "decorated-32",
            "lookup-32",
            "page-32",
            "upload-8",
            "background-32",
            "poll-32"
        ]
    );
    for sample in samples {
        for side in ["baseline", "candidate"] {
            assert_eq!(sample["rounds"][0][side]["requests"], 64, "{sample}");
        }
    }
    for within in ["decorated_over_insert", "background_over_insert"] {
        assert!(report[within]["baseline"]["of_medians"].as_f64().unwrap() > 0.0);
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_program_that_is_no_service_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let output = compare(folder.path(), &["--candidate", "/bin/true", "--scenario", "insert-1"]);
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && message.contains("`/bin/true` announced no address"), "{message}");
}
