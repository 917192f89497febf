//! Two processes that have one folder, at each boundary between their steps.

use std::time::Duration;

use tempfile::TempDir;

use super::*;

const TABLE: &str = "films.posters";

/// Two openings of a folder, as two processes have it, and two uses of one whose locks are in memory.
fn pairs() -> [(TempDir, Arc<Folder>, Arc<Folder>); 2] {
    let (shared, own) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let open = || Local::open(shared.path()).unwrap().folder;
    let (one, other) = (open(), open());
    assert_eq!(matches!(one.locks, Locks::System), cfg!(unix));
    fs::create_dir(own.path().join(UPLOADS)).unwrap();
    let alone = Arc::new(Folder::new(own.path().to_owned(), Locks::in_memory()));
    [(shared, one, other), (own, alone.clone(), alone)]
}

/// A key of any content, which nobody compares.
fn key(table: &str) -> String {
    Key::write(table, &"ab".repeat(32), "txt").unwrap()
}

fn publish(folder: &Folder, key: &Key<'_>) -> Named {
    folder.publish(folder.written(b"content").unwrap(), key).unwrap()
}

fn held(named: Named) -> (Lock, bool) {
    match named {
        Named::Held(lock, is_new) => (lock, is_new),
        Named::Busy(_) => panic!("somebody is deleting the file"),
    }
}

fn later() -> SystemTime {
    SystemTime::now() + Duration::from_secs(60)
}

/// The second step of deleting: no row names the file.
fn delete(folder: &Folder, key: &Key<'_>, claim: Lock) {
    assert!(folder.delete(key).unwrap());
    drop(claim);
}

#[test]
fn who_uses_a_file_keeps_deleters_away() {
    for (_kept, ours, theirs) in pairs() {
        let key = key(TABLE);
        let key = Key::parse(&key).unwrap();
        let (first, is_new) = held(publish(&ours, &key));
        assert!(is_new);
        let (second, is_new) = held(publish(&theirs, &key));
        assert!(!is_new, "a name stays with its file");
        let third = ours.hold(&key, Age::Kept).unwrap().unwrap();
        for lock in [first, second, third] {
            assert!(ours.claim(&key, later()).unwrap().is_none() && theirs.claim(&key, later()).unwrap().is_none());
            drop(lock);
        }
        let claim = theirs.claim(&key, later()).unwrap().unwrap();
        assert!(ours.claim(&key, later()).unwrap().is_none(), "one deletes");
        delete(&theirs, &key, claim);
        assert!(ours.claim(&key, later()).unwrap().is_none(), "it is gone");
    }
}

#[test]
fn who_comes_second_waits_and_finds_the_file_or_stores_it() {
    for (_kept, ours, theirs) in pairs() {
        let key = key(TABLE);
        let key = Key::parse(&key).unwrap();
        drop(publish(&ours, &key));

        // A row names it.
        let claim = theirs.claim(&key, later()).unwrap().unwrap();
        assert!(ours.hold(&key, Age::Kept).unwrap().is_none());
        let Named::Busy(file) = publish(&ours, &key) else { panic!("it is being deleted") };
        drop(claim);
        assert!(!held(ours.publish(file, &key).unwrap()).1);

        // No row names it.
        let claim = theirs.claim(&key, later()).unwrap().unwrap();
        let Named::Busy(file) = publish(&ours, &key) else { panic!("it is being deleted") };
        delete(&theirs, &key, claim);
        assert!(matches!(ours.hold(&key, Age::Kept), Err(MediaError::Missing)));
        let (lock, is_new) = held(ours.publish(file, &key).unwrap());
        assert!(is_new && theirs.claim(&key, later()).unwrap().is_none());
        drop(lock);
    }
}

#[test]
fn what_became_young_is_not_claimed() {
    for (_kept, ours, theirs) in pairs() {
        let key = key(TABLE);
        let key = Key::parse(&key).unwrap();
        drop(publish(&ours, &key));
        let file = File::options().write(true).open(ours.root.join(key.as_str())).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
        let instant = SystemTime::UNIX_EPOCH + Duration::from_secs(1);
        drop(ours.hold(&key, Age::Kept).unwrap());
        drop(theirs.claim(&key, instant).unwrap().unwrap());
        drop(ours.hold(&key, Age::Renewed).unwrap());
        assert!(theirs.claim(&key, instant).unwrap().is_none());
    }
}

/// Both open the file; by the time that a lock is there, the name is another file's.
#[cfg(unix)]
#[test]
fn a_lock_on_a_file_that_lost_its_name_is_none() {
    let [(_kept, ours, theirs), _] = pairs();
    let key = key(TABLE);
    let key = Key::parse(&key).unwrap();
    let path = ours.root.join(key.as_str());
    drop(publish(&ours, &key));
    let (file, metadata) = regular::open(&ours.root, &key).unwrap();
    delete(&theirs, &key, theirs.claim(&key, later()).unwrap().unwrap());
    let _lock = ours.locks.shared(key.as_str(), file).unwrap().unwrap();
    assert!(!regular::is_named(&metadata, &path).unwrap(), "there is no file");
    let (again, is_new) = held(publish(&theirs, &key));
    assert!(is_new && !regular::is_named(&metadata, &path).unwrap(), "there is another one");
    drop(again);
    assert!(theirs.claim(&key, later()).unwrap().is_some());
}

#[test]
fn a_copy_is_held_by_its_own_name() {
    for (_kept, ours, theirs) in pairs() {
        let (from, to) = (key(TABLE), key("other"));
        let (from, to) = (Key::parse(&from).unwrap(), Key::parse(&to).unwrap());
        drop(publish(&ours, &from));
        let (copy, is_new) = ours.copy(&from, &to).unwrap().unwrap();
        assert!(is_new && theirs.claim(&to, later()).unwrap().is_none());
        drop(copy);
        assert!(!theirs.copy(&from, &to).unwrap().unwrap().1);

        let claim = theirs.claim(&to, later()).unwrap().unwrap();
        assert!(ours.copy(&from, &to).unwrap().is_none());
        delete(&theirs, &to, claim);
        assert!(ours.copy(&from, &to).unwrap().unwrap().1);
        let claim = theirs.claim(&from, later()).unwrap().unwrap();
        delete(&theirs, &from, claim);
        assert!(matches!(ours.copy(&from, &to), Err(MediaError::Missing)));
        assert!(ours.hold(&to, Age::Kept).unwrap().is_some(), "a copy outlives what it is of");
    }
}

/// A file cut short, as by a failing disk, is stored anew by whoever brings its content.
#[test]
fn what_is_damaged_is_replaced() {
    for (_kept, ours, theirs) in pairs() {
        let key = key(TABLE);
        let key = Key::parse(&key).unwrap();
        drop(publish(&ours, &key));
        fs::write(ours.root.join(key.as_str()), "con").unwrap();
        let (lock, is_new) = held(publish(&theirs, &key));
        assert!(!is_new && ours.claim(&key, later()).unwrap().is_none());
        drop(lock);
        assert_eq!(fs::read(ours.root.join(key.as_str())).unwrap(), b"content");
    }
}

#[cfg(unix)]
mod deaths {
    use std::env;
    use std::io::{BufRead, BufReader, Write};
    use std::process::{Child, Command, Stdio};

    use super::*;

    const FOLDER: &str = "PXT_TEST_MEDIA_FOLDER";
    const ROLE: &str = "PXT_TEST_MEDIA_ROLE";

    /// Not a test: a process that takes a lock, says so, and waits for its end.
    #[test]
    #[ignore = "it is started by the tests of this file"]
    fn the_process_itself() {
        let (Some(root), Ok(role)) = (env::var_os(FOLDER), env::var(ROLE)) else { return };
        let folder = Local::open(FilePath::new(&root)).unwrap().folder;
        let key = key(TABLE);
        let key = Key::parse(&key).unwrap();
        let _lock = match &*role {
            "uses" => held(publish(&folder, &key)).0,
            _ => folder.claim(&key, later()).unwrap().unwrap(),
        };
        writeln!(io::stderr(), "locked").unwrap();
        io::stdin().read_line(&mut String::new()).unwrap();
    }

    /// Such a process, once it has the lock.
    fn process(root: &FilePath, role: &str) -> Child {
        let mut process = Command::new(env::current_exe().unwrap())
            .args(["--exact", "media::local::tests::deaths::the_process_itself", "--ignored", "--nocapture"])
            .envs([(FOLDER, root.as_os_str()), (ROLE, role.as_ref())])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap() == "locked"), "the process ended");
        process
    }

    fn kill(mut process: Child) {
        process.kill().unwrap();
        process.wait().unwrap();
    }

    #[test]
    fn a_dead_user_keeps_no_file() {
        let root = tempfile::tempdir().unwrap();
        let folder = Local::open(root.path()).unwrap().folder;
        let key = key(TABLE);
        let key = Key::parse(&key).unwrap();
        let user = process(root.path(), "uses");
        assert!(folder.claim(&key, later()).unwrap().is_none());
        kill(user);
        delete(&folder, &key, folder.claim(&key, later()).unwrap().unwrap());
    }

    #[test]
    fn a_dead_deleter_keeps_nobody_waiting() {
        let root = tempfile::tempdir().unwrap();
        let folder = Local::open(root.path()).unwrap().folder;
        let key = key(TABLE);
        let key = Key::parse(&key).unwrap();
        drop(publish(&folder, &key));
        let deleter = process(root.path(), "deletes");
        let Named::Busy(file) = publish(&folder, &key) else { panic!("it is being deleted") };
        kill(deleter);
        assert!(!held(folder.publish(file, &key).unwrap()).1);
        assert!(folder.claim(&key, later()).unwrap().is_some());
    }
}
