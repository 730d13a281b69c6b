//! Finding pages: memfds named `tollgate-N` among the open files of processes.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use super::Process;
use crate::error::{Error, Result};

/// A page that a process has open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// The number of its manager.
    pub number: u32,
    /// The link through which it can be opened.
    pub path: PathBuf,
}

/// The pages that process `pid` has open, by the number of their managers.
///
/// **Errors:** `NoPage` if there is no such process, or its files may not be looked at.
pub fn pages_of(pid: u32) -> Result<Vec<Found>> {
    let folder = format!("/proc/{pid}/fd");
    let entries = fs::read_dir(&folder).map_err(|error| match error.kind() {
        ErrorKind::NotFound => Error::no_page(format!("there is no process {pid}")),
        ErrorKind::PermissionDenied => Error::no_page(format!(
            "process {pid} may not be looked at: run this as the user whose process it is, or as root"
        )),
        _ => Error::no_page(format!("cannot read {folder}: {error}")),
    })?;
    // A file may be closed between its listing and the look at it: then it is not there.
    let links = entries.flatten().map(|entry| entry.path());
    let mut pages: Vec<Found> = links
        .filter_map(|path| {
            let target = fs::read_link(&path).ok()?;
            let number = manager_of(target.to_str()?)?;
            Some(Found { number, path })
        })
        .collect();
    pages.sort_by(|a, b| (a.number, &a.path).cmp(&(b.number, &b.path)));
    pages.dedup_by_key(|page| page.number);
    Ok(pages)
}

/// The number in the name of a page's file.
fn manager_of(link: &str) -> Option<u32> {
    let name = link.strip_prefix("/memfd:tollgate-")?;
    name.strip_suffix(" (deleted)").unwrap_or(name).parse().ok()
}

/// What a search through all processes found.
pub struct Hosts {
    /// Processes with pages, by their numbers.
    pub with_pages: Vec<(Process, Vec<Found>)>,
    /// Processes that may not be looked at.
    pub denied: usize,
}

/// Looks for pages in all processes.
///
/// **Errors:** `Failed` without a /proc.
pub fn find() -> Result<Hosts> {
    let processes = fs::read_dir("/proc")
        .map_err(|error| Error::failed(format!("cannot read /proc: {error}; is it mounted?")))?;
    let mut hosts = Hosts { with_pages: Vec::new(), denied: 0 };
    for entry in processes.flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse().ok()) else { continue };
        match pages_of(pid) {
            Ok(pages) if !pages.is_empty() => {
                // One that ended meanwhile is none.
                hosts.with_pages.extend(Process::open(pid).ok().map(|process| (process, pages)));
            }
            Ok(_) => {}
            Err(_) if entry.path().exists() => hosts.denied += 1,
            Err(_) => {}
        }
    }
    hosts.with_pages.sort_by_key(|(process, _)| process.pid());
    Ok(hosts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_of_pages_are_taken() {
        assert_eq!(manager_of("/memfd:tollgate-1 (deleted)"), Some(1));
        assert_eq!(manager_of("/memfd:tollgate-12"), Some(12));
        for other in
            ["/memfd:tollgate-", "/memfd:tollgate-x", "/tmp/memfd:tollgate-1", "/memfd:other-1 (deleted)", ""]
        {
            assert_eq!(manager_of(other), None, "{other}");
        }
    }

    #[test]
    fn a_process_that_is_not_there_is_named() {
        let error = pages_of(u32::MAX).unwrap_err();
        assert_eq!(error.message, "there is no process 4294967295");
    }
}
