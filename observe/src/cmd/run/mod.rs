//! `tollgate run`: a .NET program, with the library that turns its crossings into calls of a manager.
//!
//! A runtime that cannot load the library goes on without a word. The library tells by a line in a file that it is there;
//! a program that ended, or whose runtime has been there for long, without that line was not watched, and that is said.

mod forward;
mod library;
mod notice;

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{Command, ExitStatus};
use std::time::{Duration, Instant};

use super::output::say;
use super::{RunArguments, exit};
use crate::error::{Error, Result};
use crate::page::Process;
use forward::Forward;
use notice::Notice;

/// How often the program is looked at.
const LOOK: Duration = Duration::from_millis(50);
/// For how long a runtime may be there before the missing line is remarked upon.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) fn run(arguments: &RunArguments) -> Result<u8> {
    let library = library::find(arguments.library.as_deref())?;
    let notice = Notice::new()?;
    let (program, rest) = arguments.program.split_first().ok_or_else(|| Error::asked("which program?"))?;
    let mut command = Command::new(program);
    command.args(rest).envs(library::variables(&library, |name| std::env::var(name).ok()));
    command.env(notice::VARIABLE, notice.path());
    if let Some(report) = &arguments.report {
        command.env("TOLLGATE_CORECLR_REPORT", report);
    }
    // Before the program is there: no signal is missed.
    let mut forward = Forward::new()?;
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => {
            say(&format!("cannot run {}: {error}", program.to_string_lossy()));
            return Ok(match error.kind() {
                io::ErrorKind::NotFound => exit::RUN_NOT_FOUND,
                _ => exit::RUN_NOT_EXECUTABLE,
            });
        }
    };
    let cannot_wait = |error: io::Error| Error::failed(format!("cannot wait for the program: {error}"));
    // Not waited for yet, so the number is still its own.
    let process = Process::open(child.id())?;
    let mut watch = Watch { notice, has_runtime: None, is_told: false };
    let status = loop {
        forward.to(&process);
        if let Some(status) = child.try_wait().map_err(cannot_wait)? {
            break status;
        }
        watch.look(&process, &library);
        process.lives_for(LOOK);
    };
    watch.end(&library);
    Ok(code(status))
}

/// The program's own code, or 128 and the signal that ended it.
fn code(status: ExitStatus) -> u8 {
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal));
    code.and_then(|code| u8::try_from(code & 0xff).ok()).unwrap_or(exit::RUN_FAILED)
}

/// Whether the library was loaded.
struct Watch {
    notice: Notice,
    /// Since when a runtime is known to be there.
    has_runtime: Option<Instant>,
    is_told: bool,
}

impl Watch {
    fn look(&mut self, process: &Process, library: &library::Library) {
        self.notice.pass_on();
        if self.notice.is_there() || self.is_told {
            return;
        }
        if self.has_runtime.is_none() && notice::has_runtime(process.pid()) {
            self.has_runtime = Some(Instant::now());
        }
        if self.has_runtime.is_some_and(|since| since.elapsed() > PATIENCE) {
            self.tell(library);
        }
    }

    fn end(&mut self, library: &library::Library) {
        self.notice.pass_on();
        if !self.notice.is_there() && !self.is_told {
            self.tell(library);
        }
    }

    fn tell(&mut self, library: &library::Library) {
        self.is_told = true;
        let whether = match self.has_runtime {
            Some(_) => "the .NET runtime did not load",
            None => "no .NET runtime has loaded",
        };
        let why = library::why_not(|name| std::env::var(name).ok());
        say(&format!("nothing is watched: {whether} {}. {why}", library.path().display()));
    }
}
