//! Tasks that do not come back from native code.

use std::collections::HashMap;

use tollgate_core::info::TaskInfo;

use super::place;
use crate::look::native_function;

/// A task that has been in one native call for long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stuck {
    /// Number of the task.
    pub task: u64,
    /// The system's id of its thread, 0 for a task without one.
    pub os_thread: u64,
    /// The function's address; 0 if the runtime did not say.
    pub target: u64,
    /// For how long, at least.
    pub age_ns: u64,
    /// Open levels.
    pub depth: u32,
}

type Callback = Box<dyn FnMut(&Stuck) + Send>;

/// Tells of each stay once.
pub(super) struct StuckWatch {
    threshold_ns: u64,
    callback: Callback,
    /// The stays that were told of, by task.
    told: HashMap<u64, (u64, u64, u32, u32)>,
}

impl StuckWatch {
    pub(super) fn new(threshold_ns: u64, callback: Callback) -> StuckWatch {
        StuckWatch { threshold_ns, callback, told: HashMap::new() }
    }

    pub(super) fn look(&mut self, task: &TaskInfo, age_ns: u64) {
        // A task without levels is where its thread belongs: it was called by nobody that waits for it.
        let in_call = task.side == 0 && task.depth > 0;
        if !in_call || age_ns < self.threshold_ns || self.told.get(&task.id) == Some(&place(task)) {
            return;
        }
        self.told.insert(task.id, place(task));
        (self.callback)(&Stuck {
            task: task.id,
            os_thread: task.os_thread,
            target: native_function(task).unwrap_or(0),
            age_ns,
            depth: task.depth,
        });
    }

    pub(super) fn forget_all_but(&mut self, is_live: impl Fn(u64) -> bool) {
        self.told.retain(|id, _| is_live(*id));
    }
}
