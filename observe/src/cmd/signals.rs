//! Signals that ask for an end.

use std::fs;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;

use crate::error::{Error, Result};

/// Set once somebody asks for the end.
pub(super) struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Takes Ctrl-C, hang-up and termination for requests; the second request ends the program at once.
    pub(super) fn on_signals() -> Result<Stop> {
        Stop::new(|signal, stop| {
            flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(stop))?;
            flag::register(signal, Arc::clone(stop)).map(drop)
        })
    }

    /// The same, but however often they come, the program ends itself: it has a terminal to put in order.
    pub(super) fn on_signals_in_order() -> Result<Stop> {
        Stop::new(|signal, stop| flag::register(signal, Arc::clone(stop)).map(drop))
    }

    fn new(register: impl Fn(i32, &Arc<AtomicBool>) -> io::Result<()>) -> Result<Stop> {
        let stop = Arc::new(AtomicBool::new(false));
        not_ignored([SIGINT, SIGTERM, SIGHUP])
            .try_for_each(|signal| register(signal, &stop))
            .map_err(|error| Error::failed(format!("cannot take signals: {error}")))?;
        Ok(Stop(stop))
    }

    pub(super) fn is_asked(&self) -> bool {
        // Ordering: a flag on its own.
        self.0.load(Ordering::Relaxed)
    }
}

/// Those of `signals` that this process was not started to ignore: nohup and shells that run something in the background
/// ask for that, and a program that is run inherits it.
pub(super) fn not_ignored<const N: usize>(signals: [i32; N]) -> impl Iterator<Item = i32> {
    let ignored = ignored(&fs::read("/proc/self/status").unwrap_or_default());
    signals.into_iter().filter(move |signal| ignored >> (signal - 1) & 1 == 0)
}

/// The mask of ignored signals in the text of a process's status; signal N is bit N - 1.
fn ignored(status: &[u8]) -> u64 {
    let status = String::from_utf8_lossy(status);
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignored_signals_are_found_beside_any_name() {
        assert_eq!(ignored(b"Name:\tx\xff\nSigIgn:\t0000000000001001\nSigCgt:\t00000001800004ff\n"), 0x1001);
        assert_eq!(ignored(b""), 0);
    }
}
