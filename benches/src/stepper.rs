//! Counting the instructions that a process executes, by letting it take one at a time.
//!
//! The process stops itself (SIGSTOP) before, between and after two rounds; see `benches/c/main.c`. No hardware counter
//! and no tool is needed, and the answer is the same every time.

use std::cell::Cell;
use std::os::unix::process::CommandExt;
use std::process::Command;
use std::{io, ptr};

/// Why nothing was counted.
#[derive(Debug)]
pub enum Refused {
    /// The system does not let a process be traced, as some containers do not.
    Trace(io::Error),
    /// The program did something other than it should.
    Program(String),
}

/// The instructions between the first and second and between the second and third time that `command` stops itself.
///
/// Blocks the calling thread, which is the tracer, until the program has ended.
pub fn count(mut command: Command) -> Result<[u64; 2], Refused> {
    // SAFETY: runs in the child between fork and exec and calls one async-signal-safe function.
    unsafe { command.pre_exec(ask_to_be_traced) };
    let child = command.spawn().map_err(Refused::Trace)?;
    let tracee = Tracee { pid: child.id() as libc::pid_t, is_gone: Cell::new(false) };
    tracee.expect(libc::SIGTRAP, "start")?;
    tracee.go(libc::PTRACE_CONT)?;
    tracee.expect(libc::SIGSTOP, "stop after warming up")?;
    let counts = [tracee.step_to_stop()?, tracee.step_to_stop()?];
    tracee.go(libc::PTRACE_CONT)?;
    match tracee.wait()? {
        State::Exited(0) => Ok(counts),
        state => Err(Refused::Program(format!("{command:?} ended with {state:?}"))),
    }
}

fn ask_to_be_traced() -> io::Result<()> {
    // SAFETY: asks to be traced by the parent; the other arguments are not looked at.
    let result =
        unsafe { libc::ptrace(libc::PTRACE_TRACEME, 0, ptr::null_mut::<u8>(), ptr::null_mut::<u8>()) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// A process that this thread traces.
struct Tracee {
    pid: libc::pid_t,
    /// Its end has been seen: its number may be another process's.
    is_gone: Cell<bool>,
}

#[derive(Debug, PartialEq, Eq)]
enum State {
    Stopped(i32),
    Exited(i32),
    Killed(i32),
}

impl Tracee {
    fn go(&self, request: libc::c_uint) -> Result<(), Refused> {
        // SAFETY: resumes the stopped tracee without a signal.
        let result = unsafe { libc::ptrace(request, self.pid, ptr::null_mut::<u8>(), ptr::null_mut::<u8>()) };
        if result == 0 { Ok(()) } else { Err(Refused::Trace(io::Error::last_os_error())) }
    }

    fn wait(&self) -> Result<State, Refused> {
        let mut status = 0;
        // SAFETY: writes the status of the given child.
        if unsafe { libc::waitpid(self.pid, &mut status, libc::__WALL) } != self.pid {
            return Err(Refused::Trace(io::Error::last_os_error()));
        }
        self.is_gone.set(!libc::WIFSTOPPED(status));
        Ok(if libc::WIFSTOPPED(status) {
            State::Stopped(libc::WSTOPSIG(status))
        } else if libc::WIFEXITED(status) {
            State::Exited(libc::WEXITSTATUS(status))
        } else {
            State::Killed(libc::WTERMSIG(status))
        })
    }

    fn expect(&self, signal: i32, what: &str) -> Result<(), Refused> {
        match self.wait()? {
            State::Stopped(by) if by == signal => Ok(()),
            state => Err(Refused::Program(format!("expected a {what}, got {state:?}"))),
        }
    }

    fn step_to_stop(&self) -> Result<u64, Refused> {
        for steps in 0.. {
            self.go(libc::PTRACE_SINGLESTEP)?;
            match self.wait()? {
                State::Stopped(libc::SIGTRAP) => {}
                State::Stopped(libc::SIGSTOP) => return Ok(steps),
                state => return Err(Refused::Program(format!("expected a step or a stop, got {state:?}"))),
            }
        }
        unreachable!("the range has no end")
    }
}

impl Drop for Tracee {
    fn drop(&mut self) {
        if !self.is_gone.get() {
            // Something went wrong before its end.
            // SAFETY: a child of this process, which nobody has waited for.
            unsafe { libc::kill(self.pid, libc::SIGKILL) };
        }
    }
}
