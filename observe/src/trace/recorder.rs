//! What is heard of a manager, written as a trace.

use std::collections::HashMap;
use std::io::{self, Write};

use serde_json::{Map, Value, json};
use tollgate_core::{BUCKETS, bucket_start_ns};

use super::event::{Event, What, call_name, error_name};
use super::gate::{Gate, GateStep};
use super::track::{Open, Step, Track};
use crate::chrome::names::{
    CLOSED, CLOSING, DURATIONS, GATE, INSIDE, LOST, OUTSIDE, PAUSE_FAILED, PAUSED, RECORDING, UNKNOWN,
};
use crate::chrome::{GATE_TRACK, Writer, address, args};
use crate::look::Look;

/// Where the names of a trace come from.
pub trait Names {
    /// The name of a native function by its address.
    fn target(&mut self, target: u64) -> String;
    /// The name of a task; empty if it has none.
    fn task(&mut self, task: u64, os_thread: u64) -> String;
}

/// Writes the trace of one manager.
pub struct Recorder<W: Write, N: Names> {
    writer: Writer<W>,
    names: N,
    tracks: HashMap<u64, Track>,
    gate: Gate,
    /// The time of the gate's last step: its track must not go back either.
    gate_ns: u64,
    /// The highest number of a task whose track was ended, and the latest end: what is heard of it again comes after that.
    ended: (u64, u64),
    steps: Vec<Step>,
    first_durations: Option<[u64; BUCKETS]>,
    last_durations: [u64; BUCKETS],
    last_ns: u64,
    summary: Summary,
}

/// How much was recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Events of tasks and of the manager.
    pub events: u64,
    /// Events that were overwritten before they could be read.
    pub lost: u64,
    /// Looks.
    pub looks: u64,
    /// Tasks that were heard of.
    pub tasks: u64,
}

impl<W: Write, N: Names> Recorder<W, N> {
    /// Begins with an empty trace.
    pub fn new(writer: Writer<W>, names: N) -> io::Result<Recorder<W, N>> {
        let mut recorder = Recorder {
            writer,
            names,
            tracks: HashMap::new(),
            gate: Gate::default(),
            gate_ns: 0,
            ended: (0, 0),
            steps: Vec::new(),
            first_durations: None,
            last_durations: [0; BUCKETS],
            last_ns: 0,
            summary: Summary::default(),
        };
        recorder.writer.track(GATE_TRACK, "gate")?;
        Ok(recorder)
    }

    /// Takes where all tasks are from a look: at the beginning, and again and again if there are no events to follow.
    pub fn look(&mut self, look: &Look) -> io::Result<()> {
        self.summary.looks += 1;
        // Only a page that lies has a task with the number of the gate's track.
        for task in look.tasks.iter().filter(|task| task.id != GATE_TRACK) {
            self.on_track(task.id, task.os_thread, look.at_ns, |track, steps| track.look(task, steps))?;
        }
        let gate = self.gate.look(look.gate.pauses);
        self.gate_steps(look.at_ns, &gate)?;
        self.figures(look)?;
        self.end_all_but(look)
    }

    /// Takes from a look what events do not tell: durations of pauses, and which tasks are not there any more.
    ///
    /// The look must be older than the events taken last, so that the end of a task is not missed by either.
    pub fn figures(&mut self, look: &Look) -> io::Result<()> {
        self.first_durations.get_or_insert(look.pause_durations);
        self.last_durations = look.pause_durations;
        Ok(())
    }

    /// Ends the tracks of tasks that a look has not found, whose end was therefore not seen or is lost.
    pub fn end_all_but(&mut self, look: &Look) -> io::Result<()> {
        // A look that left tasks out cannot tell who is gone.
        if look.left_out != 0 {
            return Ok(());
        }
        let live: std::collections::HashSet<u64> = look.tasks.iter().map(|task| task.id).collect();
        let begun = look.totals.tasks_attached;
        // Tasks with higher numbers began after the look.
        let gone: Vec<u64> =
            self.tracks.keys().copied().filter(|id| *id <= begun && !live.contains(id)).collect();
        for id in gone {
            self.end(id, look.at_ns)?;
        }
        Ok(())
    }

    /// Takes an event; those of one task must come in their order.
    pub fn event(&mut self, event: &Event) -> io::Result<()> {
        self.summary.events += 1;
        self.last_ns = self.last_ns.max(event.at_ns);
        if event.task == 0 {
            return self.managers_event(event);
        }
        let os_thread = if let What::Begins(os_thread) = event.what { os_thread } else { 0 };
        let (what, depth) = (event.what, event.depth);
        self.on_track(event.task, os_thread, event.at_ns, |track, steps| track.event(what, depth, steps))?;
        match what {
            What::Ends => self.end(event.task, event.at_ns),
            What::Refused { error, call } => {
                let args = args([("call", call_name(call).into()), ("error", error_name(error).into())]);
                self.writer.instant(event.task, event.at_ns, GATE, "refused", args)
            }
            _ => Ok(()),
        }
    }

    /// Says that `count` events of a task were overwritten before they could be read, or of the manager, for task 0.
    ///
    /// From its last event to its next one the task's track says that it is not known what the task did. If the task is
    /// not known either, only the count is said.
    pub fn lost(&mut self, task: u64, at_ns: u64, count: u64) -> io::Result<()> {
        // A hostile page may claim any number.
        self.summary.lost = self.summary.lost.saturating_add(count);
        if let Some(since_ns) = self.tracks.get(&task).map(|track| track.last_ns) {
            self.on_track(task, 0, since_ns, |track, steps| track.lost(steps))?;
        }
        self.writer.instant(task, at_ns, RECORDING, LOST, args([("count", count.into())]))
    }

    /// Closes what is open at `at_ns`, and ends the file.
    pub fn finish(mut self, at_ns: u64) -> io::Result<(Summary, W)> {
        let at_ns = self.last_ns.max(at_ns);
        let mut left: Vec<u64> = self.tracks.keys().copied().collect();
        left.sort_unstable();
        for id in left {
            self.end(id, at_ns)?;
        }
        let gate = self.gate.end();
        self.gate_steps(at_ns, &gate)?;
        let durations = self.durations();
        self.writer.instant(GATE_TRACK, at_ns, RECORDING, DURATIONS, args([("buckets", durations)]))?;
        Ok((self.summary, self.writer.finish()?))
    }

    /// Passes on what is buffered.
    pub fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }

    /// Where the names come from.
    pub fn names(&mut self) -> &mut N {
        &mut self.names
    }

    /// What was recorded so far.
    pub fn summary(&self) -> Summary {
        self.summary
    }

    /// The pauses of the recording by how long they took: pairs of the shortest duration of a bucket, in nanoseconds, and
    /// how many there were.
    fn durations(&self) -> Value {
        let first = self.first_durations.unwrap_or([0; BUCKETS]);
        let counts = self.last_durations.iter().zip(first).map(|(last, first)| last.wrapping_sub(first));
        let used = counts.enumerate().filter(|(_, count)| *count != 0);
        used.map(|(bucket, count)| json!([bucket_start_ns(bucket), count])).collect()
    }

    fn managers_event(&mut self, event: &Event) -> io::Result<()> {
        let at_ns = event.at_ns;
        let steps = self.gate.event(event);
        self.gate_steps(at_ns, &steps)?;
        let (name, args) = match event.what {
            What::Resumed { admitted } => ("resumed", args([("admitted", admitted.into())])),
            What::ShutDown => ("shut down", Map::new()),
            What::Failed => ("host failed", Map::new()),
            What::TracingBegan => ("tracing began", Map::new()),
            What::TracingEnded => ("tracing ended", Map::new()),
            _ => return Ok(()),
        };
        self.writer.instant(GATE_TRACK, at_ns, GATE, name, args)
    }

    fn gate_steps(&mut self, at_ns: u64, steps: &[GateStep]) -> io::Result<()> {
        let at_ns = self.gate_ns.max(at_ns);
        self.gate_ns = at_ns;
        for step in steps {
            match step {
                GateStep::Closing => self.writer.begin(GATE_TRACK, at_ns, GATE, CLOSING, Map::new())?,
                GateStep::Closed => self.writer.begin(GATE_TRACK, at_ns, GATE, CLOSED, Map::new())?,
                GateStep::End => self.writer.end(GATE_TRACK, at_ns)?,
                GateStep::Paused { took_ns, waited_ns } => {
                    let args = args([("took_ns", (*took_ns).into()), ("waited_ns", (*waited_ns).into())]);
                    self.writer.instant(GATE_TRACK, at_ns, GATE, PAUSED, args)?;
                }
                GateStep::Failed { took_ns, error } => {
                    let error = error_name(*error).into();
                    let args = args([("took_ns", (*took_ns).into()), ("error", error)]);
                    self.writer.instant(GATE_TRACK, at_ns, GATE, PAUSE_FAILED, args)?;
                }
            }
        }
        Ok(())
    }

    /// Applies `change` to the track of a task, which is begun if it was not heard of, and writes what that means.
    fn on_track(
        &mut self,
        id: u64,
        os_thread: u64,
        at_ns: u64,
        change: impl FnOnce(&mut Track, &mut Vec<Step>),
    ) -> io::Result<()> {
        if !self.tracks.contains_key(&id) {
            self.summary.tasks += 1;
            let name = self.names.task(id, os_thread);
            let space = if name.is_empty() { "" } else { " " };
            self.writer.track(id, &format!("task {id}{space}{name}"))?;
        }
        let track = self.tracks.entry(id).or_default();
        if id <= self.ended.0 {
            track.last_ns = track.last_ns.max(self.ended.1);
        }
        self.steps.clear();
        change(track, &mut self.steps);
        // A clock that two processors read may be a little apart; a track must not go back.
        track.last_ns = track.last_ns.max(at_ns);
        let at_ns = track.last_ns;
        self.last_ns = self.last_ns.max(at_ns);
        for step in &self.steps {
            match *step {
                Step::Close => self.writer.end(id, at_ns)?,
                Step::Open(open) => {
                    let (category, name, args) = described(open, &mut self.names);
                    self.writer.begin(id, at_ns, category, &name, args)?;
                }
            }
        }
        Ok(())
    }

    fn end(&mut self, id: u64, at_ns: u64) -> io::Result<()> {
        let Some(mut track) = self.tracks.remove(&id) else { return Ok(()) };
        self.steps.clear();
        track.close_all(&mut self.steps);
        let at_ns = track.last_ns.max(at_ns);
        self.ended = (self.ended.0.max(id), self.ended.1.max(at_ns));
        for _ in &self.steps {
            self.writer.end(id, at_ns)?;
        }
        Ok(())
    }
}

/// Category, name and arguments of something open.
fn described(open: Open, names: &mut impl Names) -> (&'static str, String, Map<String, Value>) {
    match open {
        Open::Base => (INSIDE, "managed".to_owned(), args([("base", true.into())])),
        Open::Level(level) if level.inside => (INSIDE, "managed".to_owned(), Map::new()),
        Open::Level(level) if level.target == 0 => (OUTSIDE, "native".to_owned(), Map::new()),
        Open::Level(level) => {
            (OUTSIDE, names.target(level.target), args([("target", address(level.target))]))
        }
        Open::Unknown(count) => (UNKNOWN, "opened before".to_owned(), args([("levels", count.into())])),
        Open::Held => (GATE, "held at the gate".to_owned(), Map::new()),
        Open::Lost => (UNKNOWN, "events lost".to_owned(), Map::new()),
    }
}
