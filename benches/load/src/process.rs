//! CPU time as Linux counts it: of one process over all of its threads, and of the whole machine; and the memory of a process.

use std::fs;
use std::time::Duration;

use crate::error::LoadError;

/// The unit of both files: 1/100 s on every Linux that Rust supports, whatever the kernel's own timer does.
const TICK: Duration = Duration::from_millis(10);

/// What a process has used in user and kernel mode. It is named as its folder in `/proc`: a number, or `self`.
///
/// # Errors
/// [`LoadError::Statistics`] when there is no such process or the system is not Linux.
pub fn of_process(process: &str) -> Result<Duration, LoadError> {
    ticks(format!("/proc/{process}/stat"), process_ticks)
}

/// What all processes and the kernel have used, over all cores.
///
/// # Errors
/// [`LoadError::Statistics`] when the system is not Linux.
pub fn of_machine() -> Result<Duration, LoadError> {
    ticks("/proc/stat".to_owned(), machine_ticks)
}

/// The memory that a process holds, in KiB.
///
/// # Errors
/// [`LoadError::Statistics`] when there is no such process or the system is not Linux.
pub fn memory_of_process(process: &str) -> Result<u32, LoadError> {
    read(format!("/proc/{process}/status"), resident_kib)
}

fn ticks(file: String, parse: fn(&str) -> Option<u32>) -> Result<Duration, LoadError> {
    read(file, parse).map(|ticks| TICK * ticks)
}

fn read(file: String, parse: fn(&str) -> Option<u32>) -> Result<u32, LoadError> {
    fs::read_to_string(&file).ok().as_deref().and_then(parse).ok_or(LoadError::Statistics { file })
}

fn resident_kib(status: &str) -> Option<u32> {
    status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?.trim().strip_suffix(" kB")?.parse().ok()
}

/// `utime` + `stime`. The program's name comes before them in parentheses and may itself contain any of `) (`.
fn process_ticks(stat: &str) -> Option<u32> {
    let (_, fields) = stat.rsplit_once(") ")?;
    // The fields of proc(5) are numbered from 1; what follows the name starts with number 3.
    let mut fields = fields.split(' ').skip(14 - 3);
    let user: u32 = fields.next()?.parse().ok()?;
    let system: u32 = fields.next()?.parse().ok()?;
    user.checked_add(system)
}

/// `user`, `nice`, `system`, `irq`, `softirq`: the columns that are neither idle nor another machine's.
fn machine_ticks(stat: &str) -> Option<u32> {
    let columns: Vec<u32> =
        stat.lines().next()?.strip_prefix("cpu ")?.split_whitespace().map(str::parse).collect::<Result<_, _>>().ok()?;
    [0, 1, 2, 5, 6].into_iter().try_fold(0_u32, |sum, column| sum.checked_add(*columns.get(column)?))
}

#[cfg(test)]
mod tests {
    use super::{machine_ticks, memory_of_process, of_machine, of_process, process_ticks, resident_kib};
    use crate::error::LoadError;

    #[test]
    fn process_ticks_follow_a_name_of_any_shape() {
        let stat = "7 (a) b (c) S 1 7 7 0 -1 4194560 150 0 0 0 31 11 0 0 20 0 4 0 99 1000 200";
        assert_eq!(process_ticks(stat), Some(42));
        assert_eq!(process_ticks("7 (cut) S 1"), None);
    }

    #[test]
    fn machine_ticks_leave_idle_and_stolen_time_out() {
        assert_eq!(machine_ticks("cpu  1 2 4 1000 1000 8 16 1000 0 0\ncpu0 1 2 4"), Some(31));
        assert_eq!(machine_ticks("cpu  1 2 4"), None);
    }

    #[test]
    fn memory_is_what_is_resident() {
        assert_eq!(resident_kib("VmPeak:\t 900 kB\nVmRSS:\t    1234 kB\n"), Some(1234));
        assert!(memory_of_process("self").unwrap() > 100);
    }

    #[test]
    fn this_process_is_part_of_the_machine() {
        let process = of_process("self").unwrap();
        assert!(process <= of_machine().unwrap());
        assert!(matches!(of_process("(ended)"), Err(LoadError::Statistics { .. })));
    }
}
