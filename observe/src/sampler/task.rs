//! One task, followed from look to look.

use tollgate_core::info::TaskInfo;

use super::functions::Functions;
use super::{TaskFigures, per_second, place};
use crate::look::{crossings, is_settled};

/// What is known of a task.
pub(super) struct Followed {
    last: TaskInfo,
    last_at_ns: u64,
    /// The first look at which it was where it is.
    since_ns: u64,
    crossings_per_second: Option<f64>,
    inside_ns: u64,
    outside_ns: u64,
}

impl Followed {
    pub(super) fn first(at_ns: u64, info: &TaskInfo) -> Followed {
        Followed {
            last: *info,
            last_at_ns: at_ns,
            since_ns: at_ns,
            crossings_per_second: None,
            inside_ns: 0,
            outside_ns: 0,
        }
    }

    /// Takes the next look at the task.
    pub(super) fn next(&mut self, at_ns: u64, info: &TaskInfo, functions: &mut Functions) {
        let interval_ns = at_ns.saturating_sub(self.last_at_ns);
        // Figures that do not belong together come from a task that was moving.
        let stayed = is_settled(info) && is_settled(&self.last) && place(info) == place(&self.last);
        if stayed {
            self.give(interval_ns, info, functions);
        } else {
            let first_half = interval_ns / 2;
            self.give(first_half, &self.last.clone(), functions);
            self.give(interval_ns - first_half, info, functions);
            self.since_ns = at_ns;
        }
        let crossed = crossings(info).wrapping_sub(crossings(&self.last));
        self.crossings_per_second = per_second(crossed, interval_ns).or(self.crossings_per_second);
        self.last = *info;
        self.last_at_ns = at_ns;
    }

    /// Accounts time to where the task was found.
    fn give(&mut self, ns: u64, found: &TaskInfo, functions: &mut Functions) {
        match found.side {
            1 => self.inside_ns = self.inside_ns.saturating_add(ns),
            _ => self.outside_ns = self.outside_ns.saturating_add(ns),
        }
        functions.give(ns, found);
    }

    pub(super) fn figures(&self, at_ns: u64) -> TaskFigures {
        TaskFigures {
            info: self.last,
            age_ns: at_ns.saturating_sub(self.since_ns),
            crossings_per_second: self.crossings_per_second,
            inside_ns: self.inside_ns,
            outside_ns: self.outside_ns,
        }
    }
}
