//! `tollgate trace`.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufWriter};
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use serde_json::Value;

use super::output::say;
use super::signals::Stop;
use super::{TraceArguments, exit};
use crate::chrome::Writer;
use crate::error::{Error, Result};
use crate::look::now_ns;
use crate::names::ProcessNames;
use crate::page::{Page, Process};
use crate::trace::{Event, Recorder, Summary};

/// How often rings are read: often enough for a ring of 1,024 records at a million events a second would be every
/// millisecond, and a reader that sleeps longer says what it lost.
const RING_PAUSE: Duration = Duration::from_millis(1);
/// Looks between two that tell which tasks have ended, while rings are read.
const RINGS_PER_LOOK: u64 = 200;

pub(super) fn trace(arguments: &TraceArguments) -> Result<u8> {
    let process = Process::open(arguments.pid)?;
    let page = Page::open(&process, arguments.manager)?;
    let stop = Stop::on_signals()?;
    let by_looks = arguments.looks || !(page.view().is_tracing() || arguments.history);
    let recording = Recording { arguments, process: &process, page: &page, stop: &stop, start_ns: now_ns() };
    let unwritable = |error: io::Error| Error::file("write", &arguments.output, &error);
    let summary = if by_looks { recording.looks() } else { recording.events() }.map_err(unwritable)?;
    if !process.is_alive() {
        say(&format!("process {} has ended; what was recorded until then is complete", process.pid()));
    }
    say(&said(arguments, by_looks, summary));
    Ok(exit::DONE)
}

/// What was recorded, in a sentence.
fn said(arguments: &TraceArguments, by_looks: bool, summary: Summary) -> String {
    let file = arguments.output.display();
    let Summary { events, lost, looks, tasks } = summary;
    if by_looks {
        let why = match arguments.looks {
            true => "",
            false => {
                " Every crossing is recorded of a process that traces: tollgate_trace_start, or the flag TOLLGATE_TRACE."
            }
        };
        return format!(
            "{looks} looks at {tasks} tasks in {file}; what happened between two looks is not known.{why}"
        );
    }
    let lost = match lost {
        0 => "none lost".to_owned(),
        lost => format!("{lost} lost: rings with more records keep more (trace_records)"),
    };
    format!("{events} events of {tasks} tasks in {file}, {lost}")
}

type FileRecorder = Recorder<BufWriter<File>, ProcessNames>;

struct Recording<'a> {
    arguments: &'a TraceArguments,
    process: &'a Process,
    page: &'a Page,
    stop: &'a Stop,
    start_ns: u64,
}

impl Recording<'_> {
    /// Records where the tasks are found, again and again.
    fn looks(&self) -> io::Result<Summary> {
        let mut recorder = self.recorder("looks")?;
        let between = Duration::from_secs(1) / self.arguments.rate;
        let begin = Instant::now();
        let mut next = begin;
        // One look at least: whoever keeps this from running for a while must not leave the trace empty.
        loop {
            let look = self.page.look(|task, name| recorder.names().name_task(task, name));
            recorder.look(&look)?;
            // A look that took longer than its time is not made up for.
            next = (next + between).max(Instant::now());
            thread::sleep(next.saturating_duration_since(Instant::now()));
            if self.is_over(begin) {
                return Ok(recorder.finish(now_ns())?.0);
            }
        }
    }

    /// Records the events that the process writes.
    fn events(&self) -> io::Result<Summary> {
        let mut recorder = self.recorder("events")?;
        let (mut cursors, mut tasks) =
            if self.arguments.history { Default::default() } else { self.page.ring_ends() };
        let look = self.page.look(|task, name| recorder.names().name_task(task, name));
        // With a history the rings tell where the tasks came from.
        let earliest = if self.arguments.history { 0 } else { look.at_ns };
        if !self.arguments.history {
            recorder.look(&look)?;
        }
        recorder.names().refresh(self.page);
        let begin = Instant::now();
        let mut round = 0;
        loop {
            // The last reading comes after the end: nothing written before it is missed.
            let is_over = self.is_over(begin);
            round += 1;
            let look = (round % RINGS_PER_LOOK == 0).then(|| {
                recorder.names().refresh(self.page);
                self.page.look(|task, name| recorder.names().name_task(task, name))
            });
            // Of what comes after this nothing is known.
            let known_ns = now_ns();
            let read = self.read_rings(&mut recorder, &mut cursors, &mut tasks, earliest)?;
            if let Some(look) = look {
                recorder.figures(&look)?;
                recorder.end_all_but(&look)?;
                recorder.flush()?;
            }
            if is_over {
                let last = self.page.look(|_, _| {});
                recorder.figures(&last)?;
                return Ok(recorder.finish(known_ns)?.0);
            }
            if read == 0 {
                thread::sleep(RING_PAUSE);
            }
        }
    }

    /// Takes what has come into the rings; answers how many events those were. `tasks` are those last met in each ring.
    fn read_rings(
        &self,
        recorder: &mut FileRecorder,
        cursors: &mut Vec<u64>,
        tasks: &mut HashMap<u32, u64>,
        earliest: u64,
    ) -> io::Result<usize> {
        let (mut events, mut losses) = (Vec::new(), Vec::new());
        let mut last = HashMap::new();
        self.page.read_rings(
            cursors,
            |ring, record| {
                last.insert(ring, record.task);
                events.push(Event::from(record));
            },
            |ring, count| losses.push((ring, count)),
        );
        // They came before what was read now, on the task that was met in that ring before.
        for (ring, count) in losses {
            recorder.lost(tasks.get(&ring).copied().unwrap_or(0), now_ns(), count)?;
        }
        tasks.extend(last);
        // What the look at the beginning has shown already.
        events.retain(|event| event.at_ns >= earliest);
        // Stable: events of one task keep their order.
        events.sort_by_key(|event| event.at_ns);
        events.iter().try_for_each(|event| recorder.event(event))?;
        Ok(events.len())
    }

    fn is_over(&self, begin: Instant) -> bool {
        self.stop.is_asked()
            || !self.process.is_alive()
            || self.arguments.duration.is_some_and(|duration| begin.elapsed() >= duration)
    }

    fn recorder(&self, source: &str) -> io::Result<FileRecorder> {
        let unix_time = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_secs());
        let facts = [
            ("manager", Value::from(self.page.number())),
            ("policy", self.page.policy().into()),
            ("source", source.into()),
            ("looks_per_second", f64::from(self.arguments.rate).into()),
            ("unix_time_s", unix_time.into()),
        ];
        // With a history there are events from before now.
        let start_ns = if self.arguments.history {
            self.page.view().created_ns().min(self.start_ns)
        } else {
            self.start_ns
        };
        let out = BufWriter::with_capacity(1 << 18, File::create(&self.arguments.output)?);
        let writer = Writer::new(out, start_ns, self.process.pid(), &self.process.command(), &facts)?;
        let mut names = ProcessNames::new(self.process, !self.arguments.no_symbols);
        names.refresh(self.page);
        Recorder::new(writer, names)
    }
}
