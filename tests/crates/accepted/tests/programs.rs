//! The programs of `examples` have all compiled when this runs, and each ends well.

use std::path::Path;
use std::process::Command;

#[test]
fn every_program_ends_well() {
    let test = std::env::current_exe().expect("a test knows where it is");
    // Cargo builds tests into `deps`, and examples beside it.
    let programs = test.ancestors().nth(2).expect("it stands in a folder of a folder").join("examples");
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples");
    let files =
        sources.read_dir().expect("the folder is part of the source").map(|file| file.expect("it is read").path());
    let mut count = 0;
    for source in files.filter(|file| file.extension().is_some_and(|extension| extension == "rs")) {
        let name = source.file_stem().expect("a file has a name");
        let output = Command::new(programs.join(name)).output().expect("cargo has built it");
        assert!(output.status.success(), "{}: {}", source.display(), String::from_utf8_lossy(&output.stderr));
        count += 1;
    }
    assert!(count > 20, "{count} programs");
}
