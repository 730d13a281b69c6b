//! What the library tells about tasks, totals and pauses: plain records, the same in Rust and in C.
//!
//! Fields are only ever added at the end. Every record can be filled up to a shorter length that an older caller knows.

/// Targets a [`TaskInfo`] has room for: the levels of a full word.
pub const INFO_TARGETS: usize = 62;
/// [`TaskInfo::flags`]: the task kept moving while it was looked at; the figures may not belong together.
pub const TASK_UNSETTLED: u32 = 1;
/// [`TaskInfo::flags`]: the task has made no transition yet; its base is not known and it counts as outside.
pub const TASK_BASE_UNDETERMINED: u32 = 2;
/// Laggards a [`PauseReport`] has room for.
pub const REPORT_LAGGARDS: usize = 8;

/// One live task, as a snapshot found it.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TaskInfo {
    /// Number of the task, unique within its manager, never used again.
    pub id: u64,
    /// The system's id of the thread, 0 for a task without one.
    pub os_thread: u64,
    /// Transitions leave that took place.
    pub leaves: u64,
    /// Transitions enter that took place.
    pub enters: u64,
    /// Transitions reverse_enter that took place.
    pub reverse_enters: u64,
    /// Transitions reverse_leave that took place.
    pub reverse_leaves: u64,
    /// Outside levels that were closed without their enter.
    pub closed_outside: u64,
    /// Inside levels that were closed without their reverse_leave.
    pub closed_inside: u64,
    /// Calls that did not fit.
    pub irregularities: u64,
    /// The innermost levels as a word: leading one, then 0 for each outside and 1 for each inside level.
    pub directions: u64,
    /// Open levels.
    pub depth: u32,
    /// 0 outside, 1 inside.
    pub side: u32,
    /// `TASK_UNSETTLED`, `TASK_BASE_UNDETERMINED`.
    pub flags: u32,
    /// Open BeginThreadAffinity calls.
    pub affinity: u32,
    /// The target of each open level, innermost first; 0 for inside levels and beyond the depth.
    pub targets: [u64; INFO_TARGETS],
}

/// Sums over all tasks of a manager, ended ones included.
///
/// Once no task moves: leaves = enters + closed_outside + open_outside, and reverse_enters = reverse_leaves +
/// closed_inside + open_inside.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Tasks ever attached.
    pub tasks_attached: u64,
    /// Tasks attached now.
    pub tasks_live: u64,
    /// Transitions leave that took place.
    pub leaves: u64,
    /// Transitions enter that took place.
    pub enters: u64,
    /// Transitions reverse_enter that took place.
    pub reverse_enters: u64,
    /// Transitions reverse_leave that took place.
    pub reverse_leaves: u64,
    /// Outside levels closed without their enter.
    pub closed_outside: u64,
    /// Inside levels closed without their reverse_leave.
    pub closed_inside: u64,
    /// Outside levels open now.
    pub open_outside: u64,
    /// Inside levels open now.
    pub open_inside: u64,
    /// Calls that did not fit.
    pub irregularities: u64,
    /// Transitions on threads that had no task and got none.
    pub unattributed: u64,
    /// Task id of the last irregular call, 0 if there was none.
    pub last_irregular_task: u64,
    /// Its transition: 0 leave, 1 enter, 2 reverse_enter, 3 reverse_leave.
    pub last_irregular_call: u32,
    /// Levels open at that call, 65,535 at most.
    pub last_irregular_depth: u32,
}

impl Totals {
    /// True if every level that was opened was closed, or is open.
    pub fn is_balanced(&self) -> bool {
        self.leaves == self.enters + self.closed_outside + self.open_outside
            && self.reverse_enters == self.reverse_leaves + self.closed_inside + self.open_inside
    }
}

/// A task that was still inside when the time was over.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Laggard {
    /// Number of the task.
    pub id: u64,
    /// The system's id of its thread, 0 for a task without one.
    pub os_thread: u64,
    /// The target of its innermost outside level, 0 if it has none.
    pub target: u64,
    /// For how long it was seen inside without a transition, at least, in nanoseconds.
    pub inside_ns: u64,
    /// Open levels.
    pub depth: u32,
    /// 0; for later use.
    pub reserved: u32,
}

/// How a pause or a shutdown went.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PauseReport {
    /// From the call to its return, in nanoseconds.
    pub duration_ns: u64,
    /// Of these, how long tasks that were inside were waited for.
    pub waited_ns: u64,
    /// Tasks held at the gate at the return.
    pub tasks_held: u64,
    /// Tasks still inside when the time was over; the first ones are in `laggards`.
    pub laggard_count: u64,
    /// Those of them that fit.
    pub laggards: [Laggard; REPORT_LAGGARDS],
}

impl PauseReport {
    /// The laggards that are named.
    pub fn named_laggards(&self) -> &[Laggard] {
        let named = usize::try_from(self.laggard_count).unwrap_or(usize::MAX).min(REPORT_LAGGARDS);
        self.laggards.get(..named).unwrap_or(&[])
    }
}
