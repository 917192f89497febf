//! A service as a child process over a fresh database, gone with all it wrote when it is stopped.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::time::timeout;

use crate::error::LoadError;
use crate::place::{Parent, Place};
use crate::process;
use crate::serve::ANNOUNCEMENT;

/// How long a service may take to open its database and bind.
const START_LIMIT: Duration = Duration::from_secs(30);

/// A running service. Dropping it kills the process; a file goes then too, a database on a server only with [`stop`](Server::stop).
#[derive(Debug)]
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    child: Child,
    /// Kept open, so that a service that prints more does not die of it.
    _stdout: BufReader<ChildStdout>,
    place: Place,
}

impl Server {
    /// Starts the program over a new database, with so many jobs at once, and waits for its announcement.
    ///
    /// # Errors
    /// When the database cannot be made or the program cannot be run, or announces no address within 30 s.
    pub async fn start(program: &Path, parent: &Parent, jobs: usize) -> Result<Self, LoadError> {
        let place = Place::new(parent).await?;
        let mut child = Command::new(program)
            .arg(place.database())
            .arg(place.files())
            .arg(jobs.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|source| LoadError::Start { program: program.to_owned(), source })?;
        let mut stdout = BufReader::new(child.stdout.take().expect("standard output is piped above"));
        let address = match timeout(START_LIMIT, announced(&mut stdout)).await {
            Ok(Ok(Some(address))) => address,
            Ok(Err(error)) => return Err(error.into()),
            // Standard output closed: the process is ending, and how is worth telling.
            Ok(Ok(None)) => return Err(silent(program, timeout(START_LIMIT, child.wait()).await.ok())),
            Err(_) => return Err(silent(program, None)),
        };
        Ok(Self { address, child, _stdout: stdout, place })
    }

    /// The CPU time that the service has used, in user and kernel mode, over all of its threads.
    ///
    /// # Errors
    /// [`LoadError::Statistics`] when the process is gone or the system is not Linux.
    pub fn cpu_time(&self) -> Result<Duration, LoadError> {
        process::of_process(&self.process())
    }

    /// The memory that the service holds, in KiB.
    ///
    /// # Errors
    /// [`LoadError::Statistics`] when the process is gone or the system is not Linux.
    pub fn memory(&self) -> Result<u32, LoadError> {
        process::memory_of_process(&self.process())
    }

    fn process(&self) -> String {
        self.child.id().map_or("(ended)".to_owned(), |id| id.to_string())
    }

    /// Kills the process, waits until it is gone, and removes the database.
    ///
    /// # Errors
    /// When the process cannot be killed or the database cannot be removed.
    pub async fn stop(mut self) -> Result<(), LoadError> {
        self.child.kill().await?;
        self.place.remove().await
    }
}

fn silent(program: &Path, ended: Option<std::io::Result<std::process::ExitStatus>>) -> LoadError {
    LoadError::Silent { program: PathBuf::from(program), status: ended.and_then(Result::ok) }
}

/// The address in the first announcement, or nothing when the output ends without one.
async fn announced(stdout: &mut BufReader<ChildStdout>) -> std::io::Result<Option<SocketAddr>> {
    let mut lines = stdout.lines();
    while let Some(line) = lines.next_line().await? {
        if let Some(address) = line.strip_prefix(ANNOUNCEMENT).and_then(|address| address.parse().ok()) {
            return Ok(Some(address));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::Server;
    use crate::error::LoadError;
    use crate::place::Parent;
    use std::path::Path;

    #[tokio::test]
    async fn a_program_that_announces_nothing_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let parent = Parent::Folder(folder.path().to_owned());
        let missing = Server::start(Path::new("/nonexistent"), &parent, 1).await;
        assert!(matches!(missing, Err(LoadError::Start { .. })));
        let ended = Server::start(Path::new("/bin/true"), &parent, 1).await;
        assert!(matches!(ended, Err(LoadError::Silent { status: Some(status), .. }) if status.success()));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0, "folders are removed");
    }
}
