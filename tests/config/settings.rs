//! What holds, and where it comes from: flags, variables, files, defaults.

use crate::cases::Group;
use crate::program::Folder;

/// `config show`, to the letter.
#[test]
fn shown() {
    Group::read("shown").check(&[0]);
}

/// Flags above files, and several files as one, as a dry run shows them.
#[test]
fn served() {
    Group::read("served").check(&[0]);
}

/// Values below one another: each layer is above all before it.
#[test]
fn later_layers_stand_above_earlier_ones() {
    let layers: [(&str, &str); 3] = [
        ("Cargo.toml", "[package.metadata.pxt.limits]\nmax_rows = 1\n"),
        ("pxt.toml", "[limits]\nmax_rows = 2\n"),
        ("named.toml", "[limits]\nmax_rows = 3\n"),
    ];
    let shown = |folder: &Folder, line: &str| {
        let all = folder.run(line).printed();
        let line = all.lines().find(|line| line.starts_with("limits.max_rows ")).expect("every setting is shown");
        line.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let mut folder = Folder::new();
    assert_eq!(shown(&folder, "pxt config show"), "limits.max_rows = 1000 # default");
    let expected = ["limits.max_rows = 1 # Cargo.toml:2:12", "limits.max_rows = 2 # pxt.toml:2:12"];
    for ((name, text), expected) in layers.iter().zip(expected) {
        folder = folder.file(name, text);
        assert_eq!(shown(&folder, "pxt config show"), expected);
    }
    let folder = folder.file(layers[2].0, layers[2].1);
    let named = "pxt config show --config named.toml";
    assert_eq!(shown(&folder, named), "limits.max_rows = 3 # named.toml:2:12");
    let variable = shown(&folder, &format!("PXT_LIMITS_MAX_ROWS=4 {named}"));
    assert_eq!(variable, "limits.max_rows = 4 # the environment: PXT_LIMITS_MAX_ROWS");
    assert_eq!(shown(&folder, &format!("PXT_LIMITS_MAX_ROWS= {named}")), "limits.max_rows = 3 # named.toml:2:12");
}

/// No password is printed, by anything that shows settings or refuses them.
#[test]
fn secrets_stay_secret() {
    let file = "[database]\nurl = \"postgres://films:hunter2@db.invalid/films\"\n\
                [media]\nurl = \"s3://films\"\noptions = { aws_secret_access_key = \"hunter2\" }\n";
    let folder = Folder::new()
        .file("pxt.toml", file)
        .file("refused.toml", "[database]\nread_url = \"mysql://films:hunter2@replica.invalid/films\"\n")
        .file(
            "export.toml",
            "[[routes]]\ntype = \"insert\"\npath = \"/a\"\ntable = \"t\"\n\
             export_sql = { db_connect = \"postgresql+psycopg://a:hunter2/x?y@127.0.0.1:1/c\", table = \"t\", tabel = \"u\" }\n\
             [[routes]]\ntype = \"insert\"\npath = \"/b\"\ntable = \"t\"\n\
             export_sql = { db_connect = \"${PASSWORD_OF_NOBODY:-mysql://a:hunter2@127.0.0.1:1/c?password=hunter2}\", table = \"t\" }\n",
        )
        .file("secret.env", "TOKEN hunter2\n")
        .file("variables.toml", "env_file = \"secret.env\"\n");
    for line in [
        "pxt config show",
        "pxt config show --json",
        "pxt config show --config refused.toml",
        "pxt config show --config variables.toml",
        "pxt serve --dry-run --json",
        "pxt serve --dry-run --config export.toml",
        "pxt serve --dry-run --json --config export.toml",
        "pxt config show --config export.toml",
        "pxt serve insert --table t --path /p --export-sql-table t --export-sql-db-connect=mysql://a:hunter2@127.0.0.1:1/c",
        "pxt serve insert --table t --path /p --export-sql-table t --export-sql-db-connect a:hunter2@127.0.0.1:1/c --json",
        "pxt serve --dry-run --config refused.toml",
        "pxt serve insert --table t --path p --export-sql-table t --export-sql-db-connect postgres://a:hunter2@127.0.0.1:1/c --dry-run",
    ] {
        let shown = folder.run(line).shown();
        assert!(!shown.contains("hunter2"), "`{line}` shows a secret:\n{shown}");
    }
}
