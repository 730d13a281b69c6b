//! Time by native function.

use std::collections::HashMap;

use tollgate_core::info::TaskInfo;

use crate::look::{levels, native_function};

/// Functions that are told apart; the time of further ones is kept as one. A host with more gives addresses, not functions.
pub const MAX_FUNCTIONS: usize = 1 << 16;

/// The time of one native function, over all tasks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FunctionTime {
    /// The address given to its leaves; `None` for all functions beyond [`MAX_FUNCTIONS`].
    pub target: Option<u64>,
    /// Time of tasks that were in it.
    pub own_ns: u64,
    /// Time of tasks that were in it, or in what it called.
    pub open_ns: u64,
}

/// Sums by function, and by side.
#[derive(Default)]
pub(super) struct Functions {
    by_target: HashMap<u64, (u64, u64)>,
    beyond: (u64, u64),
    inside_ns: u64,
    outside_ns: u64,
}

impl Functions {
    /// Accounts time of one task to the functions that it was found in.
    pub(super) fn give(&mut self, ns: u64, found: &TaskInfo) {
        match found.side {
            1 => self.inside_ns = self.inside_ns.saturating_add(ns),
            _ => self.outside_ns = self.outside_ns.saturating_add(ns),
        }
        if let Some(target) = native_function(found) {
            let own = &mut self.sums(target).0;
            *own = own.saturating_add(ns);
        }
        // A function that is open more than once holds the same time only once.
        let mut open: Vec<u64> = levels(found).0.iter().map(|level| level.target).collect();
        open.sort_unstable();
        open.dedup();
        for target in open.into_iter().filter(|target| *target != 0) {
            let sum = &mut self.sums(target).1;
            *sum = sum.saturating_add(ns);
        }
    }

    fn sums(&mut self, target: u64) -> &mut (u64, u64) {
        let is_full = self.by_target.len() >= MAX_FUNCTIONS;
        if is_full && !self.by_target.contains_key(&target) {
            return &mut self.beyond;
        }
        self.by_target.entry(target).or_default()
    }

    pub(super) fn by_time(&self) -> Vec<FunctionTime> {
        let time = |target, (own_ns, open_ns)| FunctionTime { target, own_ns, open_ns };
        let mut all: Vec<FunctionTime> =
            self.by_target.iter().map(|(target, sums)| time(Some(*target), *sums)).collect();
        if self.beyond != (0, 0) {
            all.push(time(None, self.beyond));
        }
        all.sort_unstable_by_key(|f| (std::cmp::Reverse((f.own_ns, f.open_ns)), f.target));
        all
    }

    pub(super) fn sides_ns(&self) -> (u64, u64) {
        (self.inside_ns, self.outside_ns)
    }
}
