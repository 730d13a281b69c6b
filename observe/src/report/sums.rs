//! The first reading: sums by task and by function, durations of pauses, the range of time.

use std::collections::HashMap;

use hdrhistogram::Histogram;

use crate::chrome::names::{CLOSED, DURATIONS, GATE, INSIDE, LOST, OUTSIDE, PAUSE_FAILED, PAUSED, UNKNOWN};
use crate::chrome::{Event, GATE_TRACK, Header, Phase, Visit};
use crate::names::clean;

/// Tasks that are told apart; the events of further ones are left out, and the page says so.
const MOST_TASKS: usize = 10_000;
/// Functions that are told apart; further ones are summed up as one.
const MOST_FUNCTIONS: usize = 4_000;
/// Open levels of a task that are followed.
const MOST_LEVELS: usize = 5_000;
/// Digits to which durations are kept.
const DIGITS: u8 = 2;

/// Durations, counted.
pub(super) type Durations = Histogram<u64>;

pub(super) fn durations() -> Durations {
    Histogram::new(DIGITS).expect("the library takes up to five digits")
}

/// Counts a duration; the counts grow with the longest.
fn record(durations: &mut Durations, ns: u64, count: u64) {
    // What cannot be counted is beyond centuries: then the file lies. It also does with more than a sum can hold, which the
    // percentiles would stumble over.
    let _ = durations.record_n(ns, count.min(u64::MAX - durations.len()));
}

/// What is known after the first reading.
pub(super) struct Sums {
    pub(super) header: Header,
    pub(super) was_cut: bool,
    pub(super) start_ns: u64,
    pub(super) end_ns: u64,
    /// Levels that were opened.
    pub(super) levels: u64,
    pub(super) lost: u64,
    pub(super) tasks: HashMap<u64, TaskSums>,
    pub(super) tasks_left_out: bool,
    pub(super) functions: HashMap<String, FunctionSums>,
    pub(super) pauses: PauseSums,
}

/// One task.
#[derive(Default)]
pub(super) struct TaskSums {
    pub(super) name: String,
    pub(super) inside_ns: u64,
    pub(super) outside_ns: u64,
    pub(super) held_ns: u64,
    pub(super) levels: u64,
    pub(super) deepest: usize,
    /// When its first level was opened, and its last one closed.
    pub(super) first_ns: u64,
    pub(super) last_ns: u64,
    stack: Vec<Open>,
    /// Open levels beyond those that are followed.
    beyond: u64,
}

/// Something open on a track.
struct Open {
    kind: Kind,
    name: String,
    since_ns: u64,
    /// Time of what was open above it.
    above_ns: u64,
    /// The same function is open further out.
    again: bool,
}

/// What an event's category means here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Kind {
    Inside,
    Outside,
    Unknown,
    Held,
}

impl Kind {
    pub(super) fn of(category: &str) -> Option<Kind> {
        match category {
            INSIDE => Some(Kind::Inside),
            OUTSIDE => Some(Kind::Outside),
            UNKNOWN => Some(Kind::Unknown),
            GATE => Some(Kind::Held),
            _ => None,
        }
    }
}

/// One native function, by name.
pub(super) struct FunctionSums {
    pub(super) calls: u64,
    pub(super) own_ns: u64,
    pub(super) open_ns: u64,
    /// From the call to the return, everything that it called included.
    pub(super) durations: Durations,
}

/// The gate.
pub(super) struct PauseSums {
    pub(super) took: Durations,
    pub(super) waited: Durations,
    pub(super) failed: u64,
    pub(super) closed_ns: u64,
    /// True if `took` comes from the manager's buckets, which are a quarter wide, and `waited` is not known.
    pub(super) from_buckets: bool,
    closed_since: Option<u64>,
}

/// Adds durations; a file may claim any.
fn add(sum: &mut u64, ns: u64) {
    *sum = sum.saturating_add(ns);
}

impl Default for Sums {
    fn default() -> Sums {
        Sums {
            header: Header::default(),
            was_cut: false,
            start_ns: u64::MAX,
            end_ns: 0,
            levels: 0,
            lost: 0,
            tasks: HashMap::new(),
            tasks_left_out: false,
            functions: HashMap::new(),
            pauses: PauseSums {
                took: durations(),
                waited: durations(),
                failed: 0,
                closed_ns: 0,
                from_buckets: false,
                closed_since: None,
            },
        }
    }
}

impl Visit for Sums {
    fn header(&mut self, header: Header) {
        let (process, policy) = (clean(&header.process), clean(&header.policy));
        self.header = Header { process, policy, ..header };
    }

    fn event(&mut self, event: Event) {
        if event.phase == Phase::Metadata {
            return self.name(&event);
        }
        self.start_ns = self.start_ns.min(event.at_ns());
        self.end_ns = self.end_ns.max(event.at_ns());
        match event.phase {
            Phase::Instant => self.instant(&event),
            Phase::Begin | Phase::End if event.track == GATE_TRACK => self.gate(&event),
            Phase::Begin => self.begin(event),
            Phase::End => self.end(event.track, event.at_ns()),
            Phase::Metadata | Phase::Other => {}
        }
    }
}

impl Sums {
    /// Closes what the end of the file left open.
    pub(super) fn finish(&mut self, was_cut: bool) {
        self.was_cut = was_cut;
        self.start_ns = self.start_ns.min(self.end_ns);
        let open: Vec<(u64, usize)> = self.tasks.iter().map(|(id, task)| (*id, task.stack.len())).collect();
        for (id, levels) in open {
            self.tasks.entry(id).or_default().beyond = 0;
            (0..levels).for_each(|_| self.end(id, self.end_ns));
        }
        if let Some(since) = self.pauses.closed_since.take() {
            add(&mut self.pauses.closed_ns, self.end_ns.saturating_sub(since));
        }
    }

    /// Nanoseconds from the first event to the last.
    pub(super) fn length_ns(&self) -> u64 {
        self.end_ns.saturating_sub(self.start_ns)
    }

    fn name(&mut self, event: &Event) {
        let Some(name) = event.args.get("name").and_then(|name| name.as_str()) else { return };
        if event.name == "thread_name" && event.track != GATE_TRACK {
            let name = clean(name);
            if let Some(task) = self.task(event.track) {
                task.name = name;
            }
        }
    }

    fn task(&mut self, id: u64) -> Option<&mut TaskSums> {
        if self.tasks.len() >= MOST_TASKS && !self.tasks.contains_key(&id) {
            self.tasks_left_out = true;
            return None;
        }
        Some(self.tasks.entry(id).or_default())
    }

    fn begin(&mut self, event: Event) {
        let Some(kind) = Kind::of(&event.category) else { return };
        let at_ns = event.at_ns();
        let Some(task) = self.task(event.track) else { return };
        if task.stack.len() >= MOST_LEVELS {
            task.beyond += 1;
            return;
        }
        if task.levels == 0 && task.stack.is_empty() {
            task.first_ns = at_ns;
        }
        let name = clean(&event.name);
        let again = task.stack.iter().any(|open| open.kind == kind && open.name == name);
        task.stack.push(Open { kind, name, since_ns: at_ns, above_ns: 0, again });
        task.deepest = task.deepest.max(task.stack.len());
        let is_level = !matches!(kind, Kind::Held);
        task.levels += u64::from(is_level);
        self.levels += u64::from(is_level);
    }

    fn end(&mut self, track: u64, at_ns: u64) {
        let Some(task) = self.tasks.get_mut(&track) else { return };
        if task.beyond != 0 {
            task.beyond -= 1;
            return;
        }
        let Some(open) = task.stack.pop() else { return };
        task.last_ns = task.last_ns.max(at_ns);
        let open_ns = at_ns.saturating_sub(open.since_ns);
        let own_ns = open_ns.saturating_sub(open.above_ns);
        if let Some(below) = task.stack.last_mut() {
            below.above_ns = below.above_ns.saturating_add(open_ns);
        }
        match open.kind {
            Kind::Inside => add(&mut task.inside_ns, own_ns),
            Kind::Outside => add(&mut task.outside_ns, own_ns),
            Kind::Held => add(&mut task.held_ns, own_ns),
            Kind::Unknown => {}
        }
        if open.kind == Kind::Outside {
            let function = self.function(open.name);
            function.calls += 1;
            add(&mut function.own_ns, own_ns);
            add(&mut function.open_ns, if open.again { 0 } else { open_ns });
            record(&mut function.durations, open_ns, 1);
        }
    }

    fn function(&mut self, name: String) -> &mut FunctionSums {
        let is_full = self.functions.len() >= MOST_FUNCTIONS && !self.functions.contains_key(&name);
        let name = if is_full { "(all further functions)".to_owned() } else { name };
        self.functions.entry(name).or_insert_with(|| FunctionSums {
            calls: 0,
            own_ns: 0,
            open_ns: 0,
            durations: durations(),
        })
    }

    fn gate(&mut self, event: &Event) {
        if let Some(since) = self.pauses.closed_since.take() {
            add(&mut self.pauses.closed_ns, event.at_ns().saturating_sub(since));
        }
        if event.phase == Phase::Begin && event.name == CLOSED {
            self.pauses.closed_since = Some(event.at_ns());
        }
    }

    fn instant(&mut self, event: &Event) {
        let number = |name: &str| event.args.get(name).and_then(|value| value.as_u64()).unwrap_or(0);
        match event.name.as_str() {
            LOST => self.lost = self.lost.saturating_add(number("count")),
            PAUSED => {
                record(&mut self.pauses.took, number("took_ns"), 1);
                record(&mut self.pauses.waited, number("waited_ns"), 1);
            }
            PAUSE_FAILED => self.pauses.failed += 1,
            DURATIONS => self.buckets(event),
            _ => {}
        }
    }

    /// The manager's own counts, for recordings that did not see the pauses themselves.
    fn buckets(&mut self, event: &Event) {
        if !self.pauses.took.is_empty() {
            return;
        }
        let buckets = event.args.get("buckets").and_then(|buckets| buckets.as_array());
        for bucket in buckets.into_iter().flatten() {
            let number = |index: usize| bucket.get(index).and_then(|value| value.as_u64());
            if let (Some(start_ns), Some(count)) = (number(0), number(1)) {
                record(&mut self.pauses.took, start_ns, count);
                self.pauses.from_buckets = true;
            }
        }
    }
}
