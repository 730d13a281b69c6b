//! Events as a ring has them, told apart.

use tollgate_core::trace::{
    TRACE_ADMITTED, TRACE_ENTER, TRACE_FAILED, TRACE_HELD, TRACE_LEAVE, TRACE_PAUSE_BEGINS,
    TRACE_PAUSE_FAILS, TRACE_PAUSE_HOLDS, TRACE_REFUSED, TRACE_RESUMED, TRACE_REVERSE_ENTER,
    TRACE_REVERSE_LEAVE, TRACE_SHUT_DOWN, TRACE_STARTED, TRACE_STOPPED, TRACE_TASK_BEGINS, TRACE_TASK_ENDS,
    TraceRecord,
};

/// One event of a task, or of its manager with task 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// When, in nanoseconds of the system's monotonic clock.
    pub at_ns: u64,
    /// Number of the task; 0 for events of the manager.
    pub task: u64,
    /// Levels open after it; for events of the manager the pauses that hold the gate closed.
    pub depth: u32,
    /// What took place.
    pub what: What,
}

/// What took place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A leave, with its target.
    Leave(u64),
    /// An enter.
    Enter,
    /// A reverse_enter.
    ReverseEnter,
    /// A reverse_leave.
    ReverseLeave,
    /// An inward call is held at the gate.
    Held,
    /// The held call was admitted.
    Admitted,
    /// A call was refused, or changed nothing under observe.
    Refused {
        /// The error, by its number in docs/PAGE.md.
        error: u64,
        /// The transition, by its number.
        call: u64,
    },
    /// The task began, on this thread.
    Begins(u64),
    /// The task ended, and its open levels with it.
    Ends,
    /// Tracing began.
    TracingBegan,
    /// Tracing ended.
    TracingEnded,
    /// A pause was asked for.
    PauseBegins,
    /// It came about.
    PauseHolds {
        /// How long tasks inside were waited for.
        waited_ns: u64,
    },
    /// It did not come about, because of this error.
    PauseFails(u64),
    /// A pause was taken back.
    Resumed {
        /// The tasks that it admitted.
        admitted: u64,
    },
    /// The manager was shut down.
    ShutDown,
    /// The host declared failure.
    Failed,
    /// A kind that this edition does not know.
    Other(u32),
}

impl From<&TraceRecord> for Event {
    fn from(record: &TraceRecord) -> Event {
        let value = record.value;
        let what = match record.kind {
            TRACE_LEAVE => What::Leave(value),
            TRACE_ENTER => What::Enter,
            TRACE_REVERSE_ENTER => What::ReverseEnter,
            TRACE_REVERSE_LEAVE => What::ReverseLeave,
            TRACE_HELD => What::Held,
            TRACE_ADMITTED => What::Admitted,
            TRACE_REFUSED => What::Refused { error: value >> 8, call: value & 0xff },
            TRACE_TASK_BEGINS => What::Begins(value),
            TRACE_TASK_ENDS => What::Ends,
            TRACE_STARTED => What::TracingBegan,
            TRACE_STOPPED => What::TracingEnded,
            TRACE_PAUSE_BEGINS => What::PauseBegins,
            TRACE_PAUSE_HOLDS => What::PauseHolds { waited_ns: value },
            TRACE_PAUSE_FAILS => What::PauseFails(value),
            TRACE_RESUMED => What::Resumed { admitted: value },
            TRACE_SHUT_DOWN => What::ShutDown,
            TRACE_FAILED => What::Failed,
            other => What::Other(other),
        };
        Event { at_ns: record.time_ns, task: record.task, depth: record.depth, what }
    }
}

/// The name of an error by its number.
pub(super) fn error_name(error: u64) -> String {
    let known = [
        "not owner",
        "unavailable",
        "timeout",
        "abandoned",
        "failed",
        "out of memory",
        "levels exhausted",
        "deadlock",
        "invalid operation",
    ];
    let name = usize::try_from(error).ok().and_then(|error| known.get(error.checked_sub(1)?));
    name.map_or_else(|| format!("error {error}"), |name| (*name).to_owned())
}

/// The name of a transition by its number.
pub(super) fn call_name(call: u64) -> &'static str {
    match call {
        0 => "leave",
        1 => "enter",
        2 => "reverse_enter",
        3 => "reverse_leave",
        _ => "unknown call",
    }
}
