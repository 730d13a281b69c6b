//! Signals that are meant for the program.

use std::fs::File;

use rustix::process::{Signal, pidfd_send_signal};
use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2, SIGWINCH};
use signal_hook::iterator::Signals;

use crate::cmd::signals::not_ignored;
use crate::error::{Error, Result};
use crate::page::Process;

/// What a terminal sends to all processes that stand in front of it, the program included.
const FROM_TERMINALS: [i32; 3] = [SIGINT, SIGQUIT, SIGWINCH];
const OTHERS: [i32; 5] = [SIGHUP, SIGTERM, SIGUSR1, SIGUSR2, SIGCONT];

/// Takes signals instead of dying of them, and passes them on.
pub(super) struct Forward(Signals);

impl Forward {
    pub(super) fn new() -> Result<Forward> {
        let signals = Signals::new(not_ignored(FROM_TERMINALS).chain(not_ignored(OTHERS)))
            .map_err(|error| Error::failed(format!("cannot take signals: {error}")))?;
        Ok(Forward(signals))
    }

    /// Passes on what has come.
    pub(super) fn to(&mut self, process: &Process) {
        for signal in self.0.pending() {
            if FROM_TERMINALS.contains(&signal) && is_in_front() {
                continue;
            }
            if let Some(signal) = Signal::from_named_raw(signal) {
                // A program that has ended needs none.
                let _ = pidfd_send_signal(process.descriptor(), signal);
            }
        }
    }
}

/// Whether this process stands in front of its terminal, and the program beside it; standard input may be another file.
fn is_in_front() -> bool {
    let Ok(terminal) = File::open("/dev/tty") else { return false };
    rustix::termios::tcgetpgrp(terminal).is_ok_and(|front| front == rustix::process::getpgrp())
}
