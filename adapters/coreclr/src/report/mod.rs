//! Reports of the stand-alone use: at the end of the process, at an abort, and whenever a signal asks for one.

mod json;
mod picture;
mod signal;
mod text;

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::sync::OnceLock;

use tollgate_capi::HRESULT;

use crate::settings::{self, Format};
use crate::{manager, runtime};
use picture::Picture;

/// Why a report is made.
#[derive(Clone, Copy)]
pub(crate) enum Occasion {
    /// The process ends.
    Exit,
    /// A signal asks for one.
    Signal,
    /// The process is given up.
    Abort,
    /// The host asks for one.
    Call,
}

/// The report as of now.
pub(crate) fn render(format: Format, occasion: Occasion) -> String {
    let picture = Picture::take(occasion);
    match format {
        Format::Text => text::render(&picture),
        Format::Json => json::render(&picture),
    }
}

/// Says that the library is there, and arranges for reports; a host with a manager of its own asks for both itself.
pub(crate) fn announce() {
    let settings = settings::get();
    for complaint in &settings.complaints {
        notice(&format!("tollgate-coreclr: {complaint}\n"));
    }
    let reports = if manager::is_own() { arrange() } else { "reports as the host asks".to_owned() };
    // Who names a file for it wants the line in any case.
    if settings.notice.is_none() && (settings.quiet || !manager::is_own()) {
        return;
    }
    notice(&format!(
        "tollgate-coreclr {}: watching {} in process {}; {reports}\n",
        env!("CARGO_PKG_VERSION"),
        runtime::name(),
        std::process::id(),
    ));
}

/// The process that reports at its exit. A child that it forks inherits that duty and all counts, which are not the child's
/// own, and perhaps a lock held by a thread that it does not have.
static PROCESS: OnceLock<u32> = OnceLock::new();

/// Arranges for reports; answers when they come, and where.
fn arrange() -> String {
    let settings = settings::get();
    let mut occasions = vec!["at exit".to_owned()];
    occasions.extend(settings.signal.map_or_else(Vec::new, signal::listen));
    PROCESS.get_or_init(|| {
        // SAFETY: the function stays: the library is never unloaded.
        unsafe { libc::atexit(at_exit) };
        std::process::id()
    });
    let place = settings.file.as_deref().map_or("standard error".into(), Path::to_string_lossy);
    format!("reports {} to {place}", occasions.join(", "))
}

/// Says why nothing is watched: the runtime itself goes on without a word.
pub(crate) fn announce_failure(step: &str, code: HRESULT) {
    notice(&format!("tollgate-coreclr: not watching: {step} (0x{code:08X})\n"));
}

/// Says that the library, which watches already, is asked to once more.
pub(crate) fn announce_refusal(how: &str, code: HRESULT) {
    notice(&format!("tollgate-coreclr: watching already; {how} is turned away (0x{code:08X})\n"));
}

/// Says that other processes cannot watch, because the system has no page for the manager.
pub(crate) fn announce_without_page(code: HRESULT) {
    notice(&format!(
        "tollgate-coreclr: no page for other processes to watch (0x{code:08X}); going on without\n"
    ));
}

extern "C" fn at_exit() {
    if PROCESS.get() == Some(&std::process::id()) {
        write_out(Occasion::Exit);
    }
}

/// Writes a report where the settings say.
fn write_out(occasion: Occasion) {
    let settings = settings::get();
    let report = render(settings.format, occasion);
    let Some(path) = &settings.file else { return say(&report) };
    if let Err(error) = open(path).and_then(|mut file| file.write_all(report.as_bytes())) {
        let path = path.display();
        say(&format!("tollgate-coreclr: cannot write the report to {path}: {error}; here it is\n{report}"));
    }
}

/// Opens a file to add to. A pipe that nobody reads is an error, and not something to wait for: the process is ending.
fn open(path: &Path) -> io::Result<File> {
    let file = OpenOptions::new().create(true).append(true).custom_flags(libc::O_NONBLOCK).open(path)?;
    // A reader that is there may take its time.
    // SAFETY: a file that is open, and the flags that were asked for.
    if unsafe { libc::fcntl(file.as_raw_fd(), libc::F_SETFL, libc::O_APPEND) } == -1 {
        return Err(io::Error::last_os_error());
    }
    Ok(file)
}

/// Says something about the start where the settings say.
fn notice(text: &str) {
    let path = settings::get().notice.as_deref();
    // Not made anew: who named it may be gone, and the file with it.
    let file = path.and_then(|path| OpenOptions::new().append(true).open(path).ok());
    if file.is_none_or(|mut file| file.write_all(text.as_bytes()).is_err()) {
        say(text);
    }
}

fn say(text: &str) {
    // A program that has closed its standard error does not want to hear it.
    let _ = io::stderr().write_all(text.as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ffi::CString;
    use std::os::unix::ffi::OsStrExt;

    #[test]
    fn a_pipe_without_a_reader_is_an_error_and_not_waited_for() {
        let path = std::env::temp_dir().join(format!("tollgate-report-{}", std::process::id()));
        // Left behind by a process of that number that was killed.
        let _ = std::fs::remove_file(&path);
        let name = CString::new(path.as_os_str().as_bytes()).expect("paths have no zero bytes");
        // SAFETY: a string.
        assert_eq!(unsafe { libc::mkfifo(name.as_ptr(), 0o600) }, 0, "{}", io::Error::last_os_error());
        let opened = open(&path);
        let _ = std::fs::remove_file(&path);
        assert_eq!(opened.expect_err("nobody reads it").raw_os_error(), Some(libc::ENXIO));
    }
}
