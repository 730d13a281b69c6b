//! A trace of the run, and a page about it.

use std::path::{Path, PathBuf};

use tollgate_capi::HostManager;
use tollgate_observe::error::Error;
use tollgate_observe::report::report;
use tollgate_observe::trace::{Names, OwnRecording};
use tollgate_wasmtime::target_name;

use crate::screen::Screen;

/// Events of each task that are kept until they are written.
pub(crate) const RECORDS: u32 = 1 << 14;
/// Tasks that are traced at a time: more than there are guest threads.
pub(crate) const TASKS: u32 = 64;

/// A recording that is under way.
pub(crate) struct Recording {
    running: OwnRecording,
    trace: PathBuf,
    page: PathBuf,
}

/// Names as this host knows them.
struct GuestNames;

impl Names for GuestNames {
    fn target(&mut self, target: u64) -> String {
        target_name(target as usize).map_or_else(|| "native code of the thread".to_owned(), str::to_owned)
    }

    fn task(&mut self, _: u64, _: u64) -> String {
        "guest".to_owned()
    }
}

impl Recording {
    /// Begins; the trace goes beside the page.
    pub(crate) fn start(manager: &'static HostManager, page: &Path) -> Result<Recording, Error> {
        let trace = page.with_extension("json");
        let running = OwnRecording::start(manager.core(), &trace, "The Wasmtime example", GuestNames)?;
        Ok(Recording { running, trace, page: page.to_owned() })
    }

    /// Ends, and makes the page.
    pub(crate) fn finish(self, screen: &mut Screen) -> Result<(), Error> {
        let summary = self.running.finish()?;
        std::fs::write(&self.page, report(&self.trace)?)
            .map_err(|error| Error::file("write", &self.page, &error))?;
        screen.line(format!(
            "Recorded {} events, {} lost: the trace is {} (open it in Perfetto), the page about it {}.",
            summary.events,
            summary.lost,
            self.trace.display(),
            self.page.display()
        ));
        Ok(())
    }
}
