//! How a manager is made.

use crate::slab::CAPACITY;

/// Events kept of each task, unless the host has an opinion.
const TRACE_RECORDS: u32 = if cfg!(loom) { 2 } else { 4096 };
/// The most that it can wish for: 32 MiB a task.
const MOST_TRACE_RECORDS: u32 = 1 << 20;
/// Tasks whose events are kept, likewise.
const TRACE_TASKS: u32 = if cfg!(loom) { 2 } else { 4096 };

/// Who decides what a transition returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Policy {
    /// The documented contract is live: the gate can hold inward calls, and every refusal has its cause.
    #[default]
    Govern,
    /// For runtimes that tolerate nothing but success: every transition succeeds at once, irregularities are counted.
    Observe,
}

/// The settings of a manager; fixed at its creation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Config {
    /// See [`Policy`].
    pub policy: Policy,
    /// Inward calls are refused until [`set_available`](crate::Manager::set_available); govern only.
    pub start_unavailable: bool,
    /// Leave while outside and reverse_enter while inside are refused, every transition takes the slow path; govern only.
    pub strict: bool,
    /// Full fences in every transition instead of the process-wide barrier, as on systems that have none.
    pub full_fences: bool,
    /// The most tasks at a time; 0 for as many as memory holds (about two million).
    pub max_tasks: u32,
    /// How long an inward call is held at a closed gate before it fails, in milliseconds; 0 for no limit.
    pub gate_timeout_ms: u32,
    /// Other processes of the user can watch (docs/PAGE.md); Linux from 5.1 on.
    pub page: bool,
    /// Tracing is on from the beginning, as by [`trace_start`](crate::Manager::trace_start).
    pub trace: bool,
    /// Events that are kept of each task, rounded up to a power of two, 2^20 at most; 0 for 4,096.
    pub trace_records: u32,
    /// Tasks, at a time, whose events are kept; 0 for 4,096, or for `max_tasks` where that is less.
    pub trace_tasks: u32,
}

impl Config {
    /// Govern, available, no limits.
    pub const DEFAULT: Config = Config {
        policy: Policy::Govern,
        start_unavailable: false,
        strict: false,
        full_fences: false,
        max_tasks: 0,
        gate_timeout_ms: 0,
        page: false,
        trace: false,
        trace_records: 0,
        trace_tasks: 0,
    };

    /// False for settings that contradict each other, as observe refuses nothing, or that are beyond a limit.
    pub const fn is_consistent(&self) -> bool {
        let refuses = self.start_unavailable || self.strict;
        (matches!(self.policy, Policy::Govern) || !refuses) && self.trace_records <= MOST_TRACE_RECORDS
    }

    /// Records of each ring, a power of two.
    pub(crate) fn ring_records(&self) -> usize {
        let wanted = if self.trace_records == 0 { TRACE_RECORDS } else { self.trace_records };
        wanted.min(MOST_TRACE_RECORDS).next_power_of_two() as usize
    }

    /// Rings there can be: one for the manager, and one each for so many tasks.
    pub(crate) fn rings(&self) -> usize {
        let most = if self.max_tasks == 0 { CAPACITY } else { self.max_tasks.min(CAPACITY) };
        let wanted = if self.trace_tasks == 0 { TRACE_TASKS } else { self.trace_tasks };
        wanted.min(most) as usize + 1
    }
}

impl Default for Config {
    fn default() -> Config {
        Config::DEFAULT
    }
}
