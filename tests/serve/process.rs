//! The program under test as a process, in a working folder of its own. It is given command lines as the pages write them.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use serde_json::Value;
use tempfile::TempDir;

/// A working folder, and the program that is started there.
pub struct Folder {
    program: &'static str,
    folder: Arc<TempDir>,
    variables: Vec<(String, String)>,
}

impl Folder {
    /// A folder with nothing in it.
    pub fn new(program: &'static str) -> Self {
        Self { program, folder: Arc::new(tempfile::tempdir().expect("a folder")), variables: Vec::new() }
    }

    /// Sets a variable of the program's environment, which is empty otherwise.
    pub fn set(&mut self, name: &str, value: &str) {
        self.variables.retain(|(other, _)| other != name);
        self.variables.push((name.to_owned(), value.to_owned()));
    }

    /// Writes a file, in place of the one that is there.
    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).expect("is written");
    }

    /// The same, while the folder is made.
    pub fn with(self, name: &str, text: &str) -> Self {
        self.write(name, text);
        self
    }

    /// The path of a file in it.
    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Every file with its bytes.
    pub fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let mut all = BTreeMap::new();
        collect(self.folder.path(), &mut all);
        all
    }

    /// Runs a command line that ends by itself: `pxt serve my-service --dry-run`.
    pub fn run(&self, line: &str) -> Finished {
        let output = self.command(&words(line)).output().expect("the program starts");
        Finished {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).expect("is text"),
            err: String::from_utf8(output.stderr).expect("is text"),
        }
    }

    /// Starts a service by its command line, on a free port of the loopback address, and waits until it listens.
    pub fn serve(&self, line: &str) -> Service {
        self.serve_on("127.0.0.1", line)
    }

    /// The same on another address.
    pub fn serve_on(&self, host: &str, line: &str) -> Service {
        let mut words = words(line);
        match words.iter().position(|word| word == "--port") {
            Some(position) => "0".clone_into(&mut words[position + 1]),
            None => words.extend(["--port", "0"].map(str::to_owned)),
        }
        words.extend(["--host", host].map(str::to_owned));
        let json = words.iter().any(|word| word == "--json");
        Service::start(self.folder.clone(), &mut self.command(&words), json)
    }

    fn command(&self, words: &[String]) -> Command {
        let mut command = Command::new(self.program);
        // Settings of whoever runs the tests are none of theirs.
        command.args(words).env_clear().envs(self.variables.clone());
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        command
    }
}

fn collect(folder: &Path, all: &mut BTreeMap<PathBuf, Vec<u8>>) {
    for entry in folder.read_dir().expect("is a folder") {
        let path = entry.expect("is read").path();
        if path.is_dir() {
            all.insert(path.clone(), Vec::new());
            collect(&path, all);
        } else {
            let bytes = std::fs::read(&path).expect("is read");
            all.insert(path, bytes);
        }
    }
}

/// The arguments of a command line, as a shell makes them: with quotes, and over several lines.
fn words(line: &str) -> Vec<String> {
    let (mut all, mut word, mut quoted) = (Vec::new(), None::<String>, false);
    for letter in line.replace("\\\n", " ").chars() {
        match letter {
            '\'' => (quoted, word) = (!quoted, Some(word.unwrap_or_default())),
            ' ' | '\n' if !quoted => all.extend(word.take()),
            letter => word.get_or_insert_default().push(letter),
        }
    }
    all.extend(word);
    assert_eq!(all.remove(0), "pxt", "{line}");
    all
}

/// What a process left behind.
#[derive(Debug)]
pub struct Finished {
    /// None when a signal ended it.
    pub code: Option<i32>,
    /// All of standard output.
    pub out: String,
    /// All of standard error.
    pub err: String,
}

impl Finished {
    /// The exit code, where nothing was written to standard output; and what standard error says.
    #[track_caller]
    pub fn refused(&self, code: i32) -> &str {
        assert_eq!((self.code, &*self.out), (Some(code), ""), "{}", self.err);
        &self.err
    }

    /// Standard output, where all went well and there was nothing to tell on standard error.
    #[track_caller]
    pub fn printed(&self) -> &str {
        assert_eq!((self.code, &*self.err), (Some(0), ""), "{}", self.out);
        &self.out
    }
}

/// A service that listens. Killed when dropped.
pub struct Service {
    child: Child,
    /// The port in place of the page's 8000.
    pub port: u16,
    /// `http://127.0.0.1:40123`
    pub url: String,
    /// What it said at the start, with the page's port for its own.
    pub said: String,
    started: String,
    out: Option<JoinHandle<String>>,
    err: Option<JoinHandle<String>>,
    /// Where its data is.
    _folder: Arc<TempDir>,
}

impl Service {
    fn start(folder: Arc<TempDir>, command: &mut Command, json: bool) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program starts");
        let mut errors = child.stderr.take().expect("is piped");
        // Both pipes are read for as long as it runs, so that they do not fill.
        let err = thread::spawn(move || read(&mut errors));
        let mut output = BufReader::new(child.stdout.take().expect("is piped"));
        let Some(started) = first_lines(&mut output, json) else {
            let code = child.wait().expect("is our own child").code();
            panic!("no service started, exit code {code:?}: {}", err.join().expect("is read"));
        };
        let url = if json {
            let value: Value = serde_json::from_str(&started).expect("is JSON");
            value["url"].as_str().expect("is text").to_owned()
        } else {
            let (_, url) = started.split_once("Listening on ").expect("says where");
            url.lines().next().expect("is a line").to_owned()
        };
        let port: u16 = url.rsplit(':').next().and_then(|port| port.parse().ok()).expect("has a port");
        let said = started.replace(&port.to_string(), "8000");
        let out = thread::spawn(move || read(&mut output));
        Self { child, port, url, said, started, out: Some(out), err: Some(err), _folder: folder }
    }

    /// Ends it by a signal: `TERM`, `INT` or `KILL`.
    pub fn end(mut self, signal: &str) -> Finished {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args([&format!("-{signal}"), &id]).status().expect("kill is there");
        assert!(sent.success());
        let code = self.child.wait().expect("is our own child").code();
        let text = |reader: &mut Option<JoinHandle<String>>| {
            reader.take().map(|reader| reader.join().expect("is read")).unwrap_or_default()
        };
        let (rest, err) = (text(&mut self.out), text(&mut self.err));
        Finished { code, out: format!("{}{rest}", self.started), err }
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        // It may have been ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The lines of a start: one of JSON, or all to the last route. None when the process ends before.
fn first_lines(output: &mut impl BufRead, json: bool) -> Option<String> {
    let (mut text, mut left) = (String::new(), None);
    while left != Some(0) {
        let begin = text.len();
        if output.read_line(&mut text).expect("is text") == 0 {
            return None;
        }
        let line = &text[begin..];
        left = match (left, line.trim().strip_prefix("Routes: ")) {
            _ if json => Some(0),
            (Some(left), _) => Some(left - 1),
            (None, count) => count.map(|count| count.parse::<usize>().expect("is a number")),
        };
    }
    Some(text)
}

fn read(from: &mut impl Read) -> String {
    let mut text = String::new();
    from.read_to_string(&mut text).expect("is text");
    text
}
