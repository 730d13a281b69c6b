//! One look at all tasks of a manager, from outside or from within.

use tollgate_core::info::{INFO_TARGETS, TASK_UNSETTLED, TaskInfo, Totals};
use tollgate_core::{BUCKETS, Manager};

/// Tasks that a look keeps: a hostile page may claim millions.
pub const MOST_TASKS: usize = 1 << 17;

/// What one look at a manager found.
#[derive(Clone, Debug)]
pub struct Look {
    /// When, in nanoseconds of the system's monotonic clock.
    pub at_ns: u64,
    /// The live tasks, as far as [`MOST_TASKS`] goes.
    pub tasks: Vec<TaskInfo>,
    /// Further live tasks, which were left out.
    pub left_out: u64,
    /// Sums over all tasks, ended ones included.
    pub totals: Totals,
    /// The gate.
    pub gate: GateLook,
    /// Durations of pauses and shutdowns so far, by bucket; see [`bucket_start_ns`](tollgate_core::bucket_start_ns).
    pub pause_durations: [u64; BUCKETS],
}

/// What the gate was found to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GateLook {
    /// Pauses that hold it closed.
    pub pauses: u32,
    /// Tasks parked at it.
    pub held: u32,
    /// Inward calls are refused for another reason than a pause: shut down, failed, unavailable.
    pub refuses: bool,
}

impl Look {
    /// A look without tasks.
    pub fn empty(at_ns: u64) -> Look {
        Look {
            at_ns,
            tasks: Vec::new(),
            left_out: 0,
            totals: Totals::default(),
            gate: GateLook::default(),
            pause_durations: [0; BUCKETS],
        }
    }

    /// Looks at a manager of this process.
    ///
    /// **Thread:** any. **Progress:** wait-free but for the memory of the list.
    pub fn at(manager: &Manager) -> Look {
        let mut look = Look::empty(now_ns());
        manager.for_each_task(|task| look.add(task));
        look.totals = manager.totals();
        look.pause_durations = manager.pause_durations();
        look.gate.held = manager.tasks_held();
        look
    }
}

impl Look {
    /// Keeps a task, or counts it as left out.
    pub(crate) fn add(&mut self, task: &TaskInfo) {
        if self.tasks.len() < MOST_TASKS {
            self.tasks.push(*task);
        } else {
            self.left_out += 1;
        }
    }
}

/// Now, on the clock of [`Look::at_ns`].
pub fn now_ns() -> u64 {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    // The monotonic clock counts from the start of the system: neither part is ever negative.
    now.tv_sec.unsigned_abs() * 1_000_000_000 + now.tv_nsec.unsigned_abs()
}

/// One open level of a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Level {
    /// In managed code.
    pub inside: bool,
    /// The address given to its leave; 0 for inside levels and unknown functions.
    pub target: u64,
}

/// The innermost levels of a task, outermost first, and how many more are under them.
pub fn levels(task: &TaskInfo) -> (Vec<Level>, u32) {
    let known = task.depth.min(63 - task.directions.max(1).leading_zeros()).min(INFO_TARGETS as u32);
    let level = |index: u32| {
        let inside = task.directions >> index & 1 == 1;
        let target = task.targets.get(index as usize).copied().unwrap_or(0);
        Level { inside, target: if inside { 0 } else { target } }
    };
    ((0..known).rev().map(level).collect(), task.depth - known)
}

/// The native function that a task is in, if it is outside and has said which.
pub fn native_function(task: &TaskInfo) -> Option<u64> {
    let outside = task.side == 0 && task.depth > 0;
    // Innermost first: the level that a task outside is in is its innermost.
    task.targets.first().copied().filter(|target| outside && *target != 0)
}

/// Transitions so far, of any kind, levels closed without their own call included.
pub fn moves(task: &TaskInfo) -> u64 {
    [
        task.leaves,
        task.enters,
        task.reverse_enters,
        task.reverse_leaves,
        task.closed_outside,
        task.closed_inside,
    ]
    .into_iter()
    .fold(0, u64::wrapping_add)
}

/// Transitions that took place.
pub fn crossings(task: &TaskInfo) -> u64 {
    [task.leaves, task.enters, task.reverse_enters, task.reverse_leaves]
        .into_iter()
        .fold(0, u64::wrapping_add)
}

/// True if the figures belong to one moment.
pub fn is_settled(task: &TaskInfo) -> bool {
    task.flags & TASK_UNSETTLED == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_come_outermost_first() {
        // L RE L: function A, managed B, function C.
        let mut task = TaskInfo { depth: 3, directions: 0b1010, side: 0, ..TaskInfo::EMPTY };
        task.targets[0] = 0xc;
        task.targets[2] = 0xa;
        let expected =
            [(false, 0xa), (true, 0), (false, 0xc)].map(|(inside, target)| Level { inside, target });
        assert_eq!(levels(&task), (expected.to_vec(), 0));
        assert_eq!(native_function(&task), Some(0xc));
        task.side = 1;
        assert_eq!(native_function(&task), None);
    }

    #[test]
    fn contradictory_figures_do_no_harm() {
        for depth in [0, 1, 62, 63, 4096, u32::MAX] {
            for directions in [0, 1, 2, u64::MAX, 1 << 63] {
                let task = TaskInfo { depth, directions, ..TaskInfo::EMPTY };
                let (known, under) = levels(&task);
                assert!(known.len() <= INFO_TARGETS);
                assert_eq!(known.len() as u32 + under, depth);
            }
        }
    }
}
