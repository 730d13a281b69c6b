//! Counting the instructions that a process executes, by letting it take one at a time.
//!
//! The process stops itself (SIGSTOP) before, between and after two rounds; see `benches/c/main.c`. No hardware counter
//! and no tool is needed, and the answer is the same every time: signals that others send, a terminal or a supervisor, are
//! kept from it.

use std::cell::Cell;
use std::mem::MaybeUninit;
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
pub fn count(command: Command) -> Result<[u64; 2], Refused> {
    count_beside(command, |_, _| ())
}

/// The same. Before each step `beside` is called with the process and the number of the step, from 0 on in both rounds.
pub fn count_beside(
    mut command: Command,
    mut beside: impl FnMut(libc::pid_t, u64),
) -> Result<[u64; 2], Refused> {
    // SAFETY: runs in the child between fork and exec and calls async-signal-safe functions only.
    unsafe { command.pre_exec(ask_to_be_traced) };
    let child = command.spawn().map_err(Refused::Trace)?;
    let tracee = Tracee { pid: child.id() as libc::pid_t, is_gone: Cell::new(false) };
    match tracee.wait()? {
        State::Stopped(libc::SIGTRAP) => tracee.end_with_tracer()?,
        state => return Err(Refused::Program(format!("expected a start, got {state:?}"))),
    }
    match tracee.run(libc::PTRACE_CONT)? {
        State::Stopped(libc::SIGSTOP) => {}
        state => return Err(Refused::Program(format!("expected a stop after warming up, got {state:?}"))),
    }
    let counts = [tracee.step_to_stop(&mut beside)?, tracee.step_to_stop(&mut beside)?];
    match tracee.run(libc::PTRACE_CONT)? {
        State::Exited(0) => Ok(counts),
        state => Err(Refused::Program(format!("{command:?} ended with {state:?}"))),
    }
}

/// What a program does to itself when it fails, and what a tracer lives on; SIGKILL and SIGSTOP cannot be blocked.
const HEARD: [i32; 7] =
    [libc::SIGTRAP, libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE, libc::SIGSYS, libc::SIGABRT];

fn ask_to_be_traced() -> io::Result<()> {
    let mut blocked = MaybeUninit::uninit();
    // SAFETY: room for a set.
    unsafe { libc::sigfillset(blocked.as_mut_ptr()) };
    for signal in HEARD {
        // SAFETY: the set is filled in above.
        unsafe { libc::sigdelset(blocked.as_mut_ptr(), signal) };
    }
    // Blocked before the tracer would be told of them. The program inherits that.
    // SAFETY: the set is filled in above; the old one is not asked for.
    if unsafe { libc::sigprocmask(libc::SIG_SETMASK, blocked.as_ptr(), ptr::null_mut()) } != 0 {
        return Err(io::Error::last_os_error());
    }
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
    /// Has the system kill it when this thread ends in the middle: it blocks what would end it otherwise.
    fn end_with_tracer(&self) -> Result<(), Refused> {
        let options = ptr::without_provenance_mut::<u8>(libc::PTRACE_O_EXITKILL as usize);
        let none = ptr::null_mut::<u8>();
        // SAFETY: takes two numbers; the tracee is stopped.
        let result = unsafe { libc::ptrace(libc::PTRACE_SETOPTIONS, self.pid, none, options) };
        if result == 0 { Ok(()) } else { Err(Refused::Trace(io::Error::last_os_error())) }
    }

    /// Lets it go on until it stops itself, ends, or has done what `request` says. If others stop it, it goes on.
    fn run(&self, request: libc::c_uint) -> Result<State, Refused> {
        loop {
            self.go(request)?;
            match self.wait()? {
                State::Stopped(libc::SIGSTOP) if !self.has_stopped_itself()? => {}
                state => return Ok(state),
            }
        }
    }

    /// True if the signal that it is stopped for is its own, made by `raise`.
    fn has_stopped_itself(&self) -> Result<bool, Refused> {
        let mut info = MaybeUninit::<libc::siginfo_t>::zeroed();
        let none = ptr::null_mut::<u8>();
        // SAFETY: room for what is told of the signal; the tracee is stopped.
        if unsafe { libc::ptrace(libc::PTRACE_GETSIGINFO, self.pid, none, info.as_mut_ptr()) } != 0 {
            return Err(Refused::Trace(io::Error::last_os_error()));
        }
        // SAFETY: zeroes, or what the system wrote.
        let info = unsafe { info.assume_init() };
        // SAFETY: a signal that one process sends another tells who did.
        Ok(unsafe { info.si_pid() } == self.pid)
    }

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

    fn step_to_stop(&self, beside: &mut impl FnMut(libc::pid_t, u64)) -> Result<u64, Refused> {
        for steps in 0.. {
            beside(self.pid, steps);
            match self.run(libc::PTRACE_SINGLESTEP)? {
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
