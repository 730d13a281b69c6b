//! The reasons why a cell's next transition must take the slow path.
//!
//! An armed word is a hint to look at the manager, never the truth. Anyone sets bits, the owner alone clears them, all
//! at once (`swap` with 0), and puts back what the manager still wants: clearing a reason in two steps would lose one
//! that arrives in between. Every reason brings bit 63 along, the only bit that the fast path tests.

/// Set with every reason.
pub const SIGN: u64 = 1 << 63;
/// A sentinel: no task here. Never cleared.
pub const NO_TASK: u64 = SIGN | 1;
/// The gate is closed, or entries are refused.
pub const GATE: u64 = SIGN | 1 << 1;
/// The manager checks sides strictly.
pub const STRICT: u64 = SIGN | 1 << 2;
/// Every transition needs a full fence: there is no process-wide barrier.
pub const FENCE: u64 = SIGN | 1 << 3;
/// A second manager came into use: the thread must look its cell up from now on.
pub const SEVERAL: u64 = SIGN | 1 << 4;
/// The base is not determined yet; the first transition does that.
pub const BASE: u64 = SIGN | 1 << 5;
/// So many levels are spilled that the word alone no longer tells when they are exhausted.
pub const DEEP: u64 = SIGN | 1 << 6;
/// Transitions are traced.
pub const TRACE: u64 = SIGN | 1 << 7;
