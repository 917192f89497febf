//! Room in a limited address space.
//!
//! The C library reserves 64 MiB of addresses for each of the first threads that ask it for memory, eight times as many as there
//! are cores, and uses hardly any of it: SQLite and the start of a thread ask for little. Where addresses are limited
//! (`ulimit -v`), nothing is left for pictures then. How many such arenas there are is asked once, before `main`: so the program begins
//! anew, and whatever `main` does before the command line runs happens twice.

/// The variable that says how many.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
const ARENAS: &str = "MALLOC_ARENA_MAX";

/// Begins the program again with one arena, if its addresses are limited and nobody said how many. Does not return then.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
pub(super) fn save() {
    use std::os::unix::process::CommandExt;
    let is_limited = rustix::process::getrlimit(rustix::process::Resource::As).current.is_some();
    if !is_limited || std::env::var_os(ARENAS).is_some() {
        return;
    }
    let mut arguments = std::env::args_os();
    let (Some(name), Ok(program)) = (arguments.next(), std::env::current_exe()) else { return };
    let failure = std::process::Command::new(program).arg0(name).args(arguments).env(ARENAS, "1").exec();
    tracing::warn!(%failure, "{ARENAS}=1 could not be set: a limited address space may not suffice");
}

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(super) fn save() {}
