//! The file in which the library says that it is there.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// The variable that names the file.
pub(super) const VARIABLE: &str = "TOLLGATE_CORECLR_NOTICE";

/// A file of ours, removed when this is dropped.
pub(super) struct Notice {
    path: PathBuf,
    file: File,
    is_there: bool,
}

impl Notice {
    pub(super) fn new() -> Result<Notice> {
        let path = std::env::temp_dir().join(format!("tollgate-run-{}", std::process::id()));
        // Left behind by a process of that number that was killed, or put there by somebody else: not followed.
        let _ = fs::remove_file(&path);
        let file = OpenOptions::new()
            .read(true)
            .append(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .map_err(|error| Error::file("make", &path, &error))?;
        Ok(Notice { path, file, is_there: false })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// True once a library has said anything: of the program itself, or of one that it started.
    pub(super) fn is_there(&self) -> bool {
        self.is_there
    }

    /// Passes on what libraries have said since the last time, to standard error.
    pub(super) fn pass_on(&mut self) {
        let mut said = Vec::new();
        // Said as a whole line each time; a line that comes later is passed on later.
        if self.file.read_to_end(&mut said).is_ok() && !said.is_empty() {
            self.is_there = true;
            let _ = io::stderr().write_all(&said);
        }
    }
}

impl Drop for Notice {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// Whether process `pid` has mapped the runtime.
pub(super) fn has_runtime(pid: u32) -> bool {
    // Paths in it need not be text.
    let maps = fs::read(format!("/proc/{pid}/maps")).unwrap_or_default();
    String::from_utf8_lossy(&maps).contains("/libcoreclr.so")
}
