//! What a trace consists of: one record for each event, the same in Rust and in C.

/// [`TraceRecord::kind`]: a leave took place; the value is its target.
pub const TRACE_LEAVE: u32 = 1;
/// [`TraceRecord::kind`]: an enter took place.
pub const TRACE_ENTER: u32 = 2;
/// [`TraceRecord::kind`]: a reverse_enter took place.
pub const TRACE_REVERSE_ENTER: u32 = 3;
/// [`TraceRecord::kind`]: a reverse_leave took place.
pub const TRACE_REVERSE_LEAVE: u32 = 4;
/// [`TraceRecord::kind`]: an inward call is held at the gate.
pub const TRACE_HELD: u32 = 5;
/// [`TraceRecord::kind`]: the held call was admitted.
pub const TRACE_ADMITTED: u32 = 6;
/// [`TraceRecord::kind`]: a call was refused, or changed nothing under observe; the value is the error (docs/PAGE.md)
/// times 256, plus the transition: 0 leave, 1 enter, 2 reverse_enter, 3 reverse_leave.
pub const TRACE_REFUSED: u32 = 7;
/// [`TraceRecord::kind`]: a task began; the value is the system's id of its thread, 0 if it has none.
pub const TRACE_TASK_BEGINS: u32 = 8;
/// [`TraceRecord::kind`]: a task ended, and its open levels with it; the value as for the beginning.
pub const TRACE_TASK_ENDS: u32 = 9;
/// [`TraceRecord::kind`]: tracing began. From here on the events are the manager's, with task 0 and for depth the number
/// of pauses that hold the gate closed.
pub const TRACE_STARTED: u32 = 16;
/// [`TraceRecord::kind`]: tracing ended.
pub const TRACE_STOPPED: u32 = 17;
/// [`TraceRecord::kind`]: a pause was asked for.
pub const TRACE_PAUSE_BEGINS: u32 = 32;
/// [`TraceRecord::kind`]: it came about, no task is inside; the value is how long tasks inside were waited for, in ns.
pub const TRACE_PAUSE_HOLDS: u32 = 33;
/// [`TraceRecord::kind`]: it did not come about; the value is the error (docs/PAGE.md).
pub const TRACE_PAUSE_FAILS: u32 = 34;
/// [`TraceRecord::kind`]: a pause was taken back; the value is the number of tasks that this admitted.
pub const TRACE_RESUMED: u32 = 35;
/// [`TraceRecord::kind`]: the manager was shut down.
pub const TRACE_SHUT_DOWN: u32 = 36;
/// [`TraceRecord::kind`]: the host declared failure.
pub const TRACE_FAILED: u32 = 37;

/// One event of a task or of its manager.
///
/// The records of a task come in the order of its events; those of several are to be sorted by time.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TraceRecord {
    /// When, in nanoseconds of the system's monotonic clock.
    pub time_ns: u64,
    /// Number of the task, its low 40 bits; 0 for events of the manager.
    pub task: u64,
    /// What the kind says.
    pub value: u64,
    /// `TRACE_LEAVE` and so on.
    pub kind: u32,
    /// Levels open after the event, 65,535 at most; for events of the manager the pauses that hold the gate closed.
    pub depth: u32,
}
