//! From looks to figures: rates, ages, shares of time, and who is stuck.
//!
//! A look costs the host nothing and carries no time of its own, so all times here are the observer's:
//!
//! * **Age.** Two looks with the same counters and the same levels mean that the task did not move between them. It has
//!   been where it is for *at least* the time from the first such look to the last.
//! * **Time.** The time between two looks goes to where the task was found: all of it if it did not move, half to each
//!   of the two places if it did. For a task that moves between looks this is an estimate, as with any sampling; for
//!   one that stays, it is exact.
//! * **Rates** are differences of the exact counters over the time between two looks.

mod functions;
mod stuck;
mod task;

use std::collections::HashMap;

use tollgate_core::info::{TaskInfo, Totals};

pub use functions::{FunctionTime, MAX_FUNCTIONS};
pub use stuck::Stuck;

use crate::look::{Look, moves};
use functions::Functions;
use stuck::StuckWatch;
use task::Followed;

/// Turns looks, taken one after the other, into figures.
#[derive(Default)]
pub struct Sampler {
    tasks: HashMap<u64, Followed>,
    functions: Functions,
    stuck: Option<StuckWatch>,
    last: Option<(u64, Totals)>,
}

/// One task's figures after a look.
#[derive(Clone, Debug)]
pub struct TaskFigures {
    /// As it was found.
    pub info: TaskInfo,
    /// For how long it has been where it is, at least.
    pub age_ns: u64,
    /// Transitions per second since the look before; `None` at the first.
    pub crossings_per_second: Option<f64>,
    /// Time inside since it was first seen.
    pub inside_ns: u64,
    /// Time outside since it was first seen.
    pub outside_ns: u64,
}

impl TaskFigures {
    /// The part of its time that the task was inside, from 0 to 1; `None` before the second look.
    pub fn share_inside(&self) -> Option<f64> {
        let all = self.inside_ns.saturating_add(self.outside_ns);
        (all != 0).then(|| self.inside_ns as f64 / all as f64)
    }
}

/// Everything after a look.
#[derive(Clone, Debug)]
pub struct Figures {
    /// Live tasks, in the order of the look.
    pub tasks: Vec<TaskFigures>,
    /// Transitions of all tasks per second since the look before; `None` at the first.
    pub crossings_per_second: Option<f64>,
    /// Seconds since the look before; 0 at the first.
    pub interval_s: f64,
}

impl Sampler {
    /// A sampler that has seen nothing.
    pub fn new() -> Sampler {
        Sampler::default()
    }

    /// Has `callback` told, once for each stay, of a task that has been in the same native call for `threshold_ns` or more.
    ///
    /// The call comes from within [`observe`](Sampler::observe), on its thread.
    pub fn on_stuck(&mut self, threshold_ns: u64, callback: impl FnMut(&Stuck) + Send + 'static) {
        self.stuck = Some(StuckWatch::new(threshold_ns, Box::new(callback)));
    }

    /// Takes the next look; looks must come in the order of their times.
    pub fn observe(&mut self, look: &Look) -> Figures {
        let before = self.last.map(|(at_ns, _)| at_ns);
        let mut tasks = Vec::with_capacity(look.tasks.len());
        let mut seen = HashMap::with_capacity(look.tasks.len());
        for info in &look.tasks {
            let followed = match self.tasks.remove(&info.id) {
                Some(mut followed) => {
                    followed.next(look.at_ns, info, &mut self.functions);
                    followed
                }
                None => Followed::first(look.at_ns, info),
            };
            tasks.push(followed.figures(look.at_ns));
            if let Some(watch) = &mut self.stuck {
                watch.look(info, tasks.last().map_or(0, |figures| figures.age_ns));
            }
            seen.insert(info.id, followed);
        }
        // Tasks that are not there any more have ended; their time stays with the functions.
        self.tasks = seen;
        if let Some(watch) = &mut self.stuck {
            watch.forget_all_but(|id| self.tasks.contains_key(&id));
        }
        let interval_ns = before.map_or(0, |before| look.at_ns.saturating_sub(before));
        let rate = self.last.map(|(_, totals)| {
            let crossed = all(&look.totals).wrapping_sub(all(&totals));
            per_second(crossed, interval_ns)
        });
        self.last = Some((look.at_ns, look.totals));
        Figures { tasks, crossings_per_second: rate.flatten(), interval_s: interval_ns as f64 / 1e9 }
    }

    /// Time by native function so far, most first; ended tasks are in it.
    pub fn functions(&self) -> Vec<FunctionTime> {
        self.functions.by_time()
    }

    /// Time inside of all tasks so far, and outside.
    pub fn sides_ns(&self) -> (u64, u64) {
        self.functions.sides_ns()
    }
}

fn all(totals: &Totals) -> u64 {
    [totals.leaves, totals.enters, totals.reverse_enters, totals.reverse_leaves]
        .into_iter()
        .fold(0, u64::wrapping_add)
}

/// `None` if no time has passed.
fn per_second(count: u64, interval_ns: u64) -> Option<f64> {
    (interval_ns != 0).then(|| count as f64 * 1e9 / interval_ns as f64)
}

/// What tells whether a task has moved: its transitions, and its levels.
fn place(task: &TaskInfo) -> (u64, u64, u32, u32) {
    (moves(task), task.directions, task.depth, task.side)
}

#[cfg(test)]
mod tests;
