//! Chrome's trace format in JSON, which Perfetto opens: one object with metadata and a list of events.
//!
//! | event | phase | meaning |
//! |---|---|---|
//! | a level of a task | `B`, `E` | nested on the track of its task; category `outside` for a leave, `inside` for a reverse_enter or the base |
//! | the gate | `B`, `E` | on track 0: `closing`, from the first request until no task is inside, and `closed`, until the gate opens |
//! | all others | `i` | held, admitted and refused calls, pauses with their durations, lost events |
//! | names | `M` | of the process and of the tracks |
//!
//! The number of a track (`tid`) is the number of the task, as a task may change threads. Times are microseconds from
//! the start of the recording; `otherData` says which moment of the monotonic clock that is.

mod read;
mod write;

pub use read::{Ending, Event, Header, Phase, Visit, read};
pub use write::Writer;
pub(crate) use write::{address, args};

/// What `otherData.producer` says in our files.
pub const PRODUCER: &str = "tollgate trace";
/// The edition of what our files say beyond the format itself.
pub const EDITION: u64 = 1;
/// The track of the gate: no task has that number.
pub const GATE_TRACK: u64 = 0;

/// Categories and names that the writer uses and the report looks for.
pub mod names {
    /// Category of levels in native code.
    pub const OUTSIDE: &str = "outside";
    /// Category of levels in managed code.
    pub const INSIDE: &str = "inside";
    /// Category of levels that were opened while nobody recorded.
    pub const UNKNOWN: &str = "unknown";
    /// Category of the gate's events.
    pub const GATE: &str = "gate";
    /// Category of what concerns the recording itself.
    pub const RECORDING: &str = "recording";
    /// The gate from the first request of a pause until no task is inside.
    pub const CLOSING: &str = "closing";
    /// The gate while no task is inside.
    pub const CLOSED: &str = "closed";
    /// A pause came about; its durations are in the arguments.
    pub const PAUSED: &str = "paused";
    /// A pause did not come about.
    pub const PAUSE_FAILED: &str = "pause failed";
    /// Events that were overwritten before they were read.
    pub const LOST: &str = "events lost";
    /// Durations of pauses by bucket.
    pub const DURATIONS: &str = "pause durations";
}
