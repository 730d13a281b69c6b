//! Signals that ask for an end.

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
        let stop = Arc::new(AtomicBool::new(false));
        let register = |signal| -> io::Result<()> {
            flag::register_conditional_shutdown(signal, 128 + signal, Arc::clone(&stop))?;
            flag::register(signal, Arc::clone(&stop))?;
            Ok(())
        };
        [SIGINT, SIGTERM, SIGHUP]
            .into_iter()
            .try_for_each(register)
            .map_err(|error| Error::failed(format!("cannot take signals: {error}")))?;
        Ok(Stop(stop))
    }

    pub(super) fn is_asked(&self) -> bool {
        // Ordering: a flag on its own.
        self.0.load(Ordering::Relaxed)
    }
}
