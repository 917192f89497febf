//! Opening a stored file, and nothing else that has its name.
//!
//! Whoever can write to the folder can put a link to any file there, or a pipe on which a reader waits for ever. Below the
//! root no link is followed, and what is no file is answered as if it were missing.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::Path;

use crate::media::key::Key;

/// The file of a key for reading, and what is known of it.
///
/// # Errors
/// [`io::ErrorKind::NotFound`], also for everything else of that name; others of opening.
pub(super) fn open(root: &Path, key: &Key<'_>) -> io::Result<(File, Metadata)> {
    let file = open_unfollowed(root, key)?;
    let metadata = file.metadata()?;
    if metadata.is_file() { Ok((file, metadata)) } else { Err(missing()) }
}

/// Whether something else than a folder, such as a link to one, has the name of a table's folder.
pub(super) fn is_foreign(root: &Path, table: &str) -> bool {
    fs::symlink_metadata(root.join(table)).is_ok_and(|found| !found.is_dir())
}

/// Whether something else than a file has the name of one.
pub(super) fn is_foreign_file(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| !found.is_file())
}

/// Whether a file has any name.
#[cfg(unix)]
pub(super) fn has_a_name(file: &File) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    Ok(file.metadata()?.nlink() > 0)
}

/// Whether a file has any name. Elsewhere nobody deletes one that is open.
#[cfg(not(unix))]
pub(super) fn has_a_name(_: &File) -> io::Result<bool> {
    Ok(true)
}

/// Whether the file of which this is known is the one that has this name.
#[cfg(unix)]
pub(super) fn is_named(file: &Metadata, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let of_name = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        found => found?,
    };
    Ok((file.dev(), file.ino()) == (of_name.dev(), of_name.ino()))
}

/// Whether a file has this name. Elsewhere files are not compared: one process deletes them.
#[cfg(not(unix))]
pub(super) fn is_named(_: &Metadata, path: &Path) -> io::Result<bool> {
    path.try_exists()
}

fn missing() -> io::Error {
    io::ErrorKind::NotFound.into()
}

#[cfg(unix)]
fn open_unfollowed(root: &Path, key: &Key<'_>) -> io::Result<File> {
    use rustix::fs::{Mode, OFlags, open, openat};
    use rustix::io::Errno;

    let unfollowed = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let opened = open(root.join(key.table), unfollowed | OFlags::DIRECTORY, Mode::empty()).and_then(|folder| {
        // A pipe without a writer is opened at once then.
        openat(folder, key.file(), unfollowed | OFlags::NONBLOCK, Mode::empty())
    });
    match opened {
        Ok(file) => Ok(file.into()),
        // A link, no folder, a socket.
        Err(Errno::LOOP | Errno::MLINK | Errno::NOTDIR | Errno::NXIO) => Err(missing()),
        Err(error) => Err(error.into()),
    }
}

#[cfg(not(unix))]
fn open_unfollowed(root: &Path, key: &Key<'_>) -> io::Result<File> {
    let path = root.join(key.as_str());
    if is_foreign(root, key.table) || !fs::symlink_metadata(&path)?.is_file() {
        return Err(missing());
    }
    File::open(path)
}
