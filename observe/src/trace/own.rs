//! Recording a manager of this process: for hosts in Rust that want a trace of themselves.

use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::Value;
use tollgate_core::{Manager, Policy};

use super::{Event, Names, Recorder, Summary};
use crate::chrome::Writer;
use crate::error::{Error, Result};
use crate::look::{Look, now_ns};

/// How long the recording sleeps once it has taken everything.
const PAUSE: Duration = Duration::from_millis(1);

/// A recording that is under way, on a thread of its own.
pub struct OwnRecording {
    manager: &'static Manager,
    over: Arc<AtomicBool>,
    thread: JoinHandle<io::Result<Summary>>,
}

impl OwnRecording {
    /// Switches tracing on and writes what comes to `file`.
    ///
    /// Nobody else may drain the manager's trace meanwhile. **Errors:** `Failed` if the file or the thread cannot be made, or
    /// there is no memory for the rings.
    pub fn start(
        manager: &'static Manager,
        file: &Path,
        process: &str,
        names: impl Names + Send + 'static,
    ) -> Result<OwnRecording> {
        let unwritable = |error: io::Error| Error::file("write", file, &error);
        let unix_time = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
        let policy = if manager.policy() == Policy::Govern { "govern" } else { "observe" };
        let facts = [
            ("manager", Value::from(1)),
            ("policy", policy.into()),
            ("source", "events".into()),
            ("unix_time_s", unix_time.into()),
        ];
        let out = BufWriter::with_capacity(1 << 18, File::create(file).map_err(unwritable)?);
        let writer = Writer::new(out, now_ns(), std::process::id(), process, &facts).map_err(unwritable)?;
        let recorder = Recorder::new(writer, names).map_err(unwritable)?;
        manager.trace_start().map_err(|error| Error::failed(format!("cannot trace: {error}")))?;
        let over = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&over);
        let thread = thread::Builder::new()
            .name("recording".to_owned())
            .spawn(move || record(manager, recorder, &flag))
            .map_err(|error| Error::failed(format!("cannot start a thread: {error}")))?;
        Ok(OwnRecording { manager, over, thread })
    }

    /// Switches tracing off, writes what is left, and completes the file.
    ///
    /// **Errors:** `Failed` if the file could not be written.
    pub fn finish(self) -> Result<Summary> {
        self.manager.trace_stop();
        // Ordering: Release pairs with the Acquire in `record`: events before the stop are in the rings by then.
        self.over.store(true, Ordering::Release);
        let ended = self.thread.join().map_err(|_| Error::failed("the recording thread panicked"))?;
        ended.map_err(|error| Error::failed(format!("cannot write the trace: {error}")))
    }
}

fn record<N: Names>(
    manager: &Manager,
    mut recorder: Recorder<BufWriter<File>, N>,
    over: &AtomicBool,
) -> io::Result<Summary> {
    let first = Look::at(manager);
    recorder.look(&first)?;
    let mut events = Vec::new();
    loop {
        // Ordering: Acquire; the drain after the end misses nothing that came before it.
        let is_over = over.load(Ordering::Acquire);
        let look = Look::at(manager);
        let drained = manager.trace_drain(|record| {
            events.push(Event::from(record));
            true
        });
        // What the look at the beginning has shown already.
        events.retain(|event: &Event| event.at_ns >= first.at_ns);
        // Stable: events of one task keep their order.
        events.sort_by_key(|event| event.at_ns);
        events.drain(..).try_for_each(|event| recorder.event(&event))?;
        if let Some(lost) = drained.ok().map(|drained| drained.lost).filter(|lost| *lost != 0) {
            recorder.lost(0, look.at_ns, lost)?;
        }
        recorder.figures(&look)?;
        recorder.end_all_but(&look)?;
        if is_over {
            return recorder.finish(look.at_ns).map(|(summary, _)| summary);
        }
        thread::sleep(PAUSE);
    }
}
