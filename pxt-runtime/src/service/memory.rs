//! How much memory the process may take, so that defaults are a share of it and not a constant.

/// Where nothing says otherwise: a small machine.
const UNKNOWN: u64 = 1 << 30;

/// Bytes that this process may take: the least of the machine's memory, the limits of its control groups (a container's
/// among them), and half the limit of its address space (`ulimit -v`): threads and allocators reserve more of that than they use.
pub(super) fn limit() -> u64 {
    [machine(), control_groups(), address_space()].into_iter().flatten().min().unwrap_or(UNKNOWN)
}

#[cfg(target_os = "linux")]
fn machine() -> Option<u64> {
    total(&std::fs::read_to_string("/proc/meminfo").ok()?)
}

#[cfg(not(target_os = "linux"))]
fn machine() -> Option<u64> {
    None
}

/// `MemTotal:       24682392 kB`, in bytes.
#[cfg(any(target_os = "linux", test))]
fn total(meminfo: &str) -> Option<u64> {
    let line = meminfo.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok()?.checked_mul(1024)
}

/// The least limit of the group that the process is in and of those above it, which hold for it too.
#[cfg(target_os = "linux")]
fn control_groups() -> Option<u64> {
    let groups = std::fs::read_to_string("/proc/self/cgroup").ok()?;
    let files = groups.lines().filter_map(limit_file);
    let limits = files.flat_map(|(root, group, name)| {
        let read = move |group: &std::path::Path| std::fs::read_to_string(group.join(name)).ok()?.trim().parse().ok();
        // Inside of a container the path may be the host's; the root then is the container's own group.
        root.join(group).ancestors().take_while(|group| group.starts_with(root)).filter_map(read).collect::<Vec<u64>>()
    });
    limits.min()
}

#[cfg(not(target_os = "linux"))]
fn control_groups() -> Option<u64> {
    None
}

/// Of a line of `/proc/self/cgroup` (`cgroups(7)`): the root of the hierarchy that limits memory, the group below it, and the
/// name of the file with the limit. A file that says `max` is no number, and sets no limit.
#[cfg(any(target_os = "linux", test))]
fn limit_file(line: &str) -> Option<(&'static std::path::Path, &str, &'static str)> {
    let (_, rest) = line.split_once(':')?;
    let (controllers, group) = rest.split_once(':')?;
    let group = group.trim_start_matches('/');
    match controllers {
        "" => Some((std::path::Path::new("/sys/fs/cgroup"), group, "memory.max")),
        list if list.split(',').any(|name| name == "memory") => {
            Some((std::path::Path::new("/sys/fs/cgroup/memory"), group, "memory.limit_in_bytes"))
        }
        _ => None,
    }
}

#[cfg(unix)]
fn address_space() -> Option<u64> {
    rustix::process::getrlimit(rustix::process::Resource::As).current.map(|bytes| bytes / 2)
}

#[cfg(not(unix))]
fn address_space() -> Option<u64> {
    None
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn what_linux_says_is_read() {
        assert_eq!(total("MemFree: 1 kB\nMemTotal:       24682392 kB\n"), Some(24_682_392 * 1024));
        assert_eq!(total("MemTotal: much"), None);
        let second = limit_file("0::/system.slice/pxt.service");
        assert_eq!(second, Some((Path::new("/sys/fs/cgroup"), "system.slice/pxt.service", "memory.max")));
        let first = limit_file("9:cpu,memory:/docker/1f");
        assert_eq!(first, Some((Path::new("/sys/fs/cgroup/memory"), "docker/1f", "memory.limit_in_bytes")));
        assert_eq!(limit_file("3:cpuset:/"), None);
    }

    #[test]
    fn this_process_has_a_limit() {
        assert!(limit() >= 64 << 20, "{} bytes", limit());
    }
}
