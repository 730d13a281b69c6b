//! Numbers of a manager that change: in its page if it has one, beside it otherwise.
//!
//! The gate has a line of its own but for what is read together with it; what attaching tasks write is on another.

use crate::gate::Gate;
use crate::histogram::Histogram;
use crate::sync::{AtomicU32, AtomicU64, array, const_unless_loom};

/// See docs/PAGE.md; all may change at any time.
#[repr(C, align(128))]
pub struct Figures {
    pub(crate) gate: Gate,
    /// Not 0 while transitions are traced.
    pub(crate) tracing: AtomicU32,
    pub(crate) reserved: AtomicU32,
    /// How often tracing was started.
    pub(crate) trace_starts: AtomicU64,
    /// Events that found no place in any ring.
    pub(crate) unrecorded: AtomicU64,
    pub(crate) first_rest: [AtomicU64; 12],
    /// Tasks ever attached.
    pub(crate) attached: AtomicU64,
    /// Calls that succeeded under observe without a task to account them to.
    pub(crate) unattributed: AtomicU64,
    /// The last irregular call: task id, transition and depth, packed.
    pub(crate) last_irregular: AtomicU64,
    /// Cells that were ever in use.
    pub(crate) cells_used: AtomicU32,
    /// Names that were ever taken, with those that found no room.
    pub(crate) names_used: AtomicU32,
    pub(crate) rings_used: AtomicU32,
    pub(crate) second_rest: [AtomicU32; 23],
    pub(crate) pause_durations: Histogram,
    pub(crate) laggard_waits: Histogram,
}

#[cfg(not(loom))]
const _: () = {
    use core::mem::offset_of;
    use static_assertions::const_assert_eq;
    const_assert_eq!(offset_of!(Figures, gate), 0);
    const_assert_eq!(offset_of!(Figures, tracing), 8);
    const_assert_eq!(offset_of!(Figures, trace_starts), 16);
    const_assert_eq!(offset_of!(Figures, unrecorded), 24);
    const_assert_eq!(offset_of!(Figures, attached), 128);
    const_assert_eq!(offset_of!(Figures, unattributed), 136);
    const_assert_eq!(offset_of!(Figures, last_irregular), 144);
    const_assert_eq!(offset_of!(Figures, cells_used), 152);
    const_assert_eq!(offset_of!(Figures, names_used), 156);
    const_assert_eq!(offset_of!(Figures, rings_used), 160);
    const_assert_eq!(offset_of!(Figures, pause_durations), 256);
    const_assert_eq!(offset_of!(Figures, laggard_waits), 1472);
    const_assert_eq!(size_of::<Figures>(), 2688);
};

impl Figures {
    const_unless_loom! {
        pub(crate) fn new(unavailable: bool) -> Figures {
            Figures {
                gate: Gate::new(unavailable),
                tracing: AtomicU32::new(0),
                reserved: AtomicU32::new(0),
                trace_starts: AtomicU64::new(0),
                unrecorded: AtomicU64::new(0),
                first_rest: array![AtomicU64::new(0); 12],
                attached: AtomicU64::new(0),
                unattributed: AtomicU64::new(0),
                last_irregular: AtomicU64::new(0),
                cells_used: AtomicU32::new(0),
                names_used: AtomicU32::new(0),
                rings_used: AtomicU32::new(0),
                second_rest: array![AtomicU32::new(0); 23],
                pause_durations: Histogram::new(),
                laggard_waits: Histogram::new(),
            }
        }
    }
}
