//! A process that is watched.

use std::fs;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use crate::error::{Error, Result};
use crate::names::clean;

/// A process, held by a descriptor: its number cannot come to mean another one unnoticed.
pub struct Process {
    pid: u32,
    descriptor: OwnedFd,
}

impl Process {
    /// Takes hold of process `pid`.
    ///
    /// **Errors:** `NoPage` if there is none.
    pub fn open(pid: u32) -> Result<Process> {
        let none = || Error::no_page(format!("there is no process {pid}"));
        let number = i32::try_from(pid).ok().and_then(Pid::from_raw).ok_or_else(none)?;
        let descriptor = pidfd_open(number, PidfdFlags::empty()).map_err(|error| match error {
            rustix::io::Errno::SRCH | rustix::io::Errno::INVAL => none(),
            _ => Error::no_page(format!("cannot watch process {pid}: {error}")),
        })?;
        Ok(Process { pid, descriptor })
    }

    /// Its number.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// What holds it.
    pub fn descriptor(&self) -> BorrowedFd<'_> {
        self.descriptor.as_fd()
    }

    /// Its number as it sees itself, which differs in another pid namespace.
    pub fn own_pid(&self) -> u64 {
        // The name of a program, which is in it, need not be text.
        let status = fs::read(format!("/proc/{}/status", self.pid)).unwrap_or_default();
        let status = String::from_utf8_lossy(&status);
        let numbers = status.lines().find_map(|line| line.strip_prefix("NSpid:"));
        let innermost = numbers.and_then(|numbers| numbers.split_whitespace().last()?.parse().ok());
        innermost.unwrap_or_else(|| u64::from(self.pid))
    }

    /// False once it has ended.
    pub fn is_alive(&self) -> bool {
        self.lives_for(Duration::ZERO)
    }

    /// Waits for its end, `time` at most and no longer than until the next signal; false once it has ended.
    pub fn lives_for(&self, time: Duration) -> bool {
        let mut wanted = [PollFd::new(&self.descriptor, PollFlags::IN)];
        let time = Timespec::try_from(time).ok();
        // The descriptor becomes readable at the end; an error of poll says nothing about the process.
        !matches!(poll(&mut wanted, time.as_ref()), Ok(ready) if ready > 0)
    }

    /// The name of its program.
    pub fn command(&self) -> String {
        let name = fs::read(format!("/proc/{}/comm", self.pid)).unwrap_or_default();
        clean(String::from_utf8_lossy(&name).trim_end())
    }
}
