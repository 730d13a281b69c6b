//! What the table says after a look.

use std::cmp::Ordering;

use clap::ValueEnum;
use hdrhistogram::Histogram;
use tollgate_core::info::{TASK_BASE_UNDETERMINED, Totals};
use tollgate_core::{BUCKETS, bucket_start_ns};

use crate::look::{GateLook, Level, Look, is_settled, levels, native_function};
use crate::sampler::{Figures, TaskFigures};
use crate::trace::Names;

/// What the table is sorted by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Key {
    /// Number of the task.
    Task,
    /// Name of the task.
    Name,
    /// Inside or outside.
    Side,
    /// Open levels.
    Depth,
    /// Native function.
    Function,
    /// How long it has been there.
    Age,
    /// Crossings per second.
    Crossings,
    /// Share of time inside.
    Inside,
}

impl Key {
    /// All keys, in the order of the columns.
    pub const ALL: [Key; 8] =
        [Key::Task, Key::Name, Key::Side, Key::Depth, Key::Function, Key::Age, Key::Crossings, Key::Inside];
}

/// What a person wants to see of the table.
#[derive(Clone, Debug)]
pub struct View {
    /// What it is sorted by.
    pub key: Key,
    /// The other way round.
    pub reversed: bool,
    /// Only tasks with this text in their name or their function.
    pub filter: String,
    /// Native calls that take longer stand out.
    pub stuck_ns: u64,
}

/// One task.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its number.
    pub task: u64,
    /// Its name, or empty.
    pub name: String,
    /// The system's id of its thread, 0 for none.
    pub os_thread: u64,
    /// `inside`, `outside`; `unknown` before the first transition.
    pub side: &'static str,
    /// Open levels.
    pub depth: u32,
    /// The native function it is in, if it is outside in a call.
    pub function: Option<String>,
    /// How long it has been there, at least.
    pub age_ns: u64,
    /// Transitions per second.
    pub crossings_per_second: Option<f64>,
    /// Share of its time inside.
    pub share_inside: Option<f64>,
    /// The figures belong to one moment.
    pub settled: bool,
    /// It is in a native call for longer than the view's limit.
    pub stuck: bool,
    /// The levels that are known, outermost first, with the names of their functions.
    pub levels: Vec<(Level, String)>,
}

/// Pauses so far, from the manager's counts: a duration is that of its bucket's beginning, up to a quarter too low.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pauses {
    /// How many.
    pub count: u64,
    /// Half took no longer.
    pub median_ns: u64,
    /// Of a hundred, 99 took no longer.
    pub p99_ns: u64,
    /// The longest.
    pub longest_ns: u64,
}

impl Pauses {
    /// The pauses that `counts` tell of.
    pub fn of(counts: &[u64; BUCKETS]) -> Pauses {
        let mut durations: Histogram<u64> = Histogram::new(2).expect("the library takes up to five digits");
        for (bucket, count) in counts.iter().enumerate().filter(|(_, count)| **count != 0) {
            // Counts beyond all that can be are lies, which change nothing but what is shown.
            let _ = durations.record_n(bucket_start_ns(bucket).max(1), *count);
        }
        if durations.is_empty() {
            return Pauses::default();
        }
        Pauses {
            count: durations.len(),
            median_ns: durations.value_at_quantile(0.5),
            p99_ns: durations.value_at_quantile(0.99),
            longest_ns: durations.max(),
        }
    }
}

/// The whole table.
#[derive(Clone, Debug)]
pub struct Table {
    /// Tasks, sorted and filtered.
    pub rows: Vec<Row>,
    /// Live tasks, shown or not.
    pub tasks: u64,
    /// Of these inside.
    pub inside: u64,
    /// Transitions of all tasks per second.
    pub crossings_per_second: Option<f64>,
    /// The gate.
    pub gate: GateLook,
    /// Pauses so far.
    pub pauses: Pauses,
    /// Sums over all tasks, ended ones included.
    pub totals: Totals,
    /// When, on the monotonic clock.
    pub at_ns: u64,
    /// Seconds since the look before.
    pub interval_s: f64,
}

impl Table {
    /// The table after `look`, of which `figures` were made.
    pub fn new(look: &Look, figures: &Figures, view: &View, names: &mut impl Names) -> Table {
        let inside = figures.tasks.iter().filter(|task| task.info.side == 1).count() as u64;
        let mut rows: Vec<Row> = figures.tasks.iter().map(|task| Row::new(task, view, names)).collect();
        let filter = view.filter.to_lowercase();
        rows.retain(|row| row.has(&filter));
        rows.sort_by(|a, b| {
            let order = a.compare(b, view.key);
            (if view.reversed { order.reverse() } else { order }).then(a.task.cmp(&b.task))
        });
        Table {
            rows,
            tasks: look.tasks.len() as u64 + look.left_out,
            inside,
            crossings_per_second: figures.crossings_per_second,
            gate: look.gate,
            pauses: Pauses::of(&look.pause_durations),
            totals: look.totals,
            at_ns: look.at_ns,
            interval_s: figures.interval_s,
        }
    }
}

impl Row {
    fn new(task: &TaskFigures, view: &View, names: &mut impl Names) -> Row {
        let info = &task.info;
        let in_call = info.side == 0 && info.depth > 0;
        let function = in_call.then(|| match native_function(info) {
            Some(target) => names.target(target),
            None => "(not told)".to_owned(),
        });
        let mut name_of = |level: Level| match level.target {
            0 => String::new(),
            target => names.target(target),
        };
        let levels = levels(info).0.into_iter().map(|level| (level, name_of(level))).collect();
        Row {
            task: info.id,
            name: names.task(info.id, info.os_thread),
            os_thread: info.os_thread,
            side: match info.side {
                _ if info.flags & TASK_BASE_UNDETERMINED != 0 && info.depth == 0 => "unknown",
                1 => "inside",
                _ => "outside",
            },
            depth: info.depth,
            function,
            age_ns: task.age_ns,
            crossings_per_second: task.crossings_per_second,
            share_inside: task.share_inside(),
            settled: is_settled(info),
            stuck: in_call && task.age_ns >= view.stuck_ns,
            levels,
        }
    }

    /// Whether the lower-case `filter` is in what tells the task from others.
    fn has(&self, filter: &str) -> bool {
        let function = self.function.as_deref().unwrap_or("");
        filter.is_empty()
            || [self.name.as_str(), function, self.side]
                .iter()
                .any(|text| text.to_lowercase().contains(filter))
            || self.task.to_string() == filter
            || self.os_thread.to_string() == filter
    }

    /// Names come up from A, numbers down from the greatest, but for that of the task.
    fn compare(&self, other: &Row, key: Key) -> Ordering {
        let number = |value: Option<f64>| value.unwrap_or(-1.0);
        match key {
            Key::Task => self.task.cmp(&other.task),
            Key::Name => self.name.cmp(&other.name),
            Key::Side => self.side.cmp(other.side),
            Key::Depth => other.depth.cmp(&self.depth),
            // Tasks in no native function come last.
            Key::Function => {
                (self.function.is_none(), &self.function).cmp(&(other.function.is_none(), &other.function))
            }
            Key::Age => other.age_ns.cmp(&self.age_ns),
            Key::Crossings => {
                number(other.crossings_per_second).total_cmp(&number(self.crossings_per_second))
            }
            Key::Inside => number(other.share_inside).total_cmp(&number(self.share_inside)),
        }
    }
}

#[cfg(test)]
mod tests {
    use tollgate_core::info::TaskInfo;

    use super::*;
    use crate::sampler::Sampler;

    struct Plain;

    impl Names for Plain {
        fn target(&mut self, target: u64) -> String {
            format!("f{target}")
        }

        fn task(&mut self, task: u64, _: u64) -> String {
            format!("worker {task}")
        }
    }

    fn table(key: Key, reversed: bool, filter: &str) -> Vec<u64> {
        let task = |id, depth, side, target| {
            let mut task = TaskInfo { id, os_thread: 50 + id, depth, side, ..TaskInfo::EMPTY };
            task.directions = if depth == 0 { 1 } else { 2 | u64::from(side) };
            task.targets[0] = target;
            task
        };
        let mut look = Look::empty(0);
        look.tasks = vec![task(1, 0, 1, 0), task(2, 1, 0, 9), task(3, 1, 0, 8)];
        let mut sampler = Sampler::new();
        sampler.observe(&look);
        look.at_ns = 1_000_000_000;
        look.tasks[2].leaves = 10;
        look.tasks[2].enters = 10;
        let figures = sampler.observe(&look);
        let view = View { key, reversed, filter: filter.to_owned(), stuck_ns: 1_000_000_000 };
        let table = Table::new(&look, &figures, &view, &mut Plain);
        let stuck: Vec<u64> = table.rows.iter().filter(|row| row.stuck).map(|row| row.task).collect();
        assert!(stuck.is_empty() || stuck == [2], "{stuck:?}");
        assert_eq!((table.tasks, table.inside), (3, 1));
        table.rows.iter().map(|row| row.task).collect()
    }

    #[test]
    fn rows_come_in_the_order_that_is_asked_for() {
        let sorted = Key::ALL.map(|key| table(key, false, ""));
        assert_eq!(
            sorted.concat(),
            [
                1, 2, 3, // task
                1, 2, 3, // name
                1, 2, 3, // side
                2, 3, 1, // depth
                3, 2, 1, // function
                1, 2, 3, // age
                3, 1, 2, // crossings
                1, 2, 3, // inside
            ]
        );
        assert_eq!(table(Key::Task, true, ""), [3, 2, 1]);
    }

    #[test]
    fn a_filter_keeps_what_has_the_text() {
        assert_eq!(table(Key::Task, false, "WORKER 2"), [2]);
        assert_eq!(table(Key::Task, false, "f8"), [3]);
        assert_eq!(table(Key::Task, false, "outside"), [2, 3]);
        assert_eq!(table(Key::Task, false, "51"), [1], "by thread");
        assert!(table(Key::Task, false, "nothing like it").is_empty());
    }

    #[test]
    fn pauses_are_told_from_their_buckets() {
        let mut counts = [0; BUCKETS];
        assert_eq!(Pauses::of(&counts), Pauses::default());
        counts[40] = 98;
        counts[60] = 2;
        let pauses = Pauses::of(&counts);
        assert_eq!(pauses.count, 100);
        let near = |value: u64, bucket: usize| {
            let start = bucket_start_ns(bucket);
            assert!(value >= start && value <= start + start / 50, "{value} is not {start}");
        };
        near(pauses.median_ns, 40);
        near(pauses.p99_ns, 60);
        near(pauses.longest_ns, 60);
    }
}
