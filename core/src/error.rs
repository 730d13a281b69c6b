//! What a call on a manager or a task can fail with.

/// The reason of a refusal; nothing has changed unless the variant says otherwise.
///
/// Doors map these to their own codes: COM to an HRESULT, Rust callers see them as they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
    /// A closing call that does not fit the innermost level, or strict mode found the task on that side already.
    NotOwner,
    /// The manager is not available, shut down or failed; or the thread is past its end.
    Unavailable,
    /// Longer than allowed: at a closed gate, for quiescence, or in a wait.
    Timeout,
    /// Held at the gate when the manager was shut down; or what was waited for is gone.
    Abandoned,
    /// The host declared failure while the call was held.
    Failed,
    /// No cell, task, thread or memory left.
    OutOfMemory,
    /// More levels than [`MAX_LEVELS`](crate::levels::MAX_LEVELS).
    LevelsExhausted,
    /// The caller would wait for itself.
    Deadlock,
    /// Not possible under this policy or in this state.
    InvalidOperation,
    /// An alertable wait was ended by an alert.
    Interrupted,
    /// An argument has a value that is not allowed.
    InvalidArgument,
    /// The system has no such thing.
    Unsupported,
}

impl core::fmt::Display for Error {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Error::NotOwner => "the call closes a level that the task does not own",
            Error::Unavailable => "the manager is not available, shut down or failed",
            Error::Timeout => "the wait took longer than allowed",
            Error::Abandoned => {
                "the manager was shut down while the call was held, or what was waited for is gone"
            }
            Error::Failed => "the host declared failure while the call was held",
            Error::OutOfMemory => "no task, thread or memory left",
            Error::LevelsExhausted => "4,096 levels are open already",
            Error::Deadlock => "the caller would wait for itself",
            Error::InvalidOperation => "not possible under this policy or in this state",
            Error::Interrupted => "an alert ended the wait",
            Error::InvalidArgument => "an argument has a value that is not allowed",
            Error::Unsupported => "the system does not offer what this needs",
        })
    }
}

impl core::error::Error for Error {}
