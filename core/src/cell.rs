//! The record of one task.
//!
//! | field | bytes | written by | read by |
//! |---|---|---|---|
//! | `levels` | 8 | owner, Release | gate, snapshot |
//! | `armed` | 8 | anyone sets (RMW), owner clears (swap) | owner |
//! | `counts` | 32 | owner, Release, after `levels` | snapshot, totals |
//! | `below` | 8 | owner, while the word shows bit 63 or tells the side by itself | gate, snapshot |
//! | `spill` | 8 | owner, Release, once | gate, snapshot |
//! | `targets` | 512 | owner, Release, before `levels` | snapshot |
//! | `closed` | 16 | owner, Release, after `levels` | snapshot, totals |
//! | the rest | 176 | owner; `next_free` by the free list | snapshot, registry |
//!
//! Invariants:
//! 1. A cell never moves and its memory is never freed while its manager lives, and managers are immortal.
//! 2. Between attach and detach only the thread that runs the task writes (armed excepted).
//! 3. Counters are never reset, so their sum over all cells, free ones too, misses and repeats nothing.
//! 4. `levels` is `FREE` exactly while the cell is free or being attached.
//! 5. Memory of zeroes is a valid free cell: chunks come from the system as such.

use core::mem::offset_of;
use core::ptr::NonNull;

use static_assertions::assert_impl_all;

use crate::fault::{Fault, fault};
use crate::levels::{self, Side};
use crate::manager::Manager;
use crate::spill::Spill;
use crate::sync::{AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering, array, const_unless_loom, own};
use crate::task::Task;

/// A transition; the number is its place among a cell's counters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(usize)]
pub enum Call {
    /// Managed code calls native code.
    Leave = 0,
    /// That native code has returned.
    Enter = 1,
    /// Native code calls managed code.
    ReverseEnter = 2,
    /// That managed code has returned.
    ReverseLeave = 3,
}

impl Call {
    /// The side that the call goes to.
    pub(crate) const fn goes_to(self) -> Side {
        match self {
            Call::Leave | Call::ReverseLeave => Side::Outside,
            Call::Enter | Call::ReverseEnter => Side::Inside,
        }
    }
}

/// [`Cell::below`] and [`Cell::base`] of a task whose first transition has not come yet; outside for the gate.
pub(crate) const UNDETERMINED: u64 = 2;

/// The record of one task; see the module's table.
#[repr(C, align(128))]
pub struct Cell {
    pub(crate) levels: AtomicU64,
    pub(crate) armed: AtomicU64,
    /// Transitions that took place, by [`Call`].
    pub(crate) counts: [AtomicU64; 4],
    /// The side under the word: the base, or the innermost spilled level.
    pub(crate) below: AtomicU64,
    pub(crate) spill: AtomicPtr<Spill>,
    /// The address given to the leave of each level of the word; a slot beyond the word's capacity keeps the index of a
    /// full word in bounds.
    pub(crate) targets: [AtomicUsize; 64],
    /// Levels that were closed without their own call, by [`Side`].
    pub(crate) closed: [AtomicU64; 2],
    /// Spilled blocks (low half) and the outside levels among them (high half).
    pub(crate) spilled: AtomicU64,
    /// The side of a task without levels.
    pub(crate) base: AtomicU64,
    /// Armed bits that hold for this cell until its owner lifts them.
    pub(crate) standing: AtomicU64,
    /// Calls that did not fit.
    pub(crate) irregularities: AtomicU64,
    /// Odd while a task has the cell, one more at each attach and detach.
    pub(crate) generation: AtomicU64,
    pub(crate) id: AtomicU64,
    pub(crate) os_thread: AtomicU64,
    pub(crate) manager: AtomicPtr<Manager>,
    /// The task record handed out for this cell, if any was asked for.
    pub(crate) task: AtomicPtr<Task>,
    /// The next cell of the same thread, each of another manager.
    pub(crate) next_of_thread: AtomicPtr<Cell>,
    pub(crate) affinity: AtomicU32,
    pub(crate) delay_abort: AtomicU32,
    pub(crate) locale: AtomicU32,
    pub(crate) ui_locale: AtomicU32,
    pub(crate) index: AtomicU32,
    pub(crate) next_free: AtomicU32,
    /// `counts`, `closed` and `irregularities` as they were at attach: the task's own figures are the differences.
    pub(crate) offsets: [AtomicU64; 7],
    /// The number of the cell's ring of traced events; 0 for none.
    pub(crate) ring: AtomicU32,
}

assert_impl_all!(Cell: Sync, Send);

#[cfg(all(not(loom), target_pointer_width = "64"))]
const _: () = {
    use static_assertions::const_assert_eq;
    // Six 128-byte units. The first line is all that a pause touches, and all that a transition does but for the target of a
    // leave; the next one has the targets of the first eight levels.
    const_assert_eq!(size_of::<Cell>(), 768);
    const_assert_eq!(align_of::<Cell>(), 128);
    const_assert_eq!(offset_of!(Cell, levels), 0);
    const_assert_eq!(offset_of!(Cell, armed), 8);
    const_assert_eq!(offset_of!(Cell, counts), 16);
    const_assert_eq!(offset_of!(Cell, below), 48);
    const_assert_eq!(offset_of!(Cell, spill), 56);
    const_assert_eq!(offset_of!(Cell, targets), 64);
    const_assert_eq!(offset_of!(Cell, closed), 576);
    // What readers of another process rely on (docs/PAGE.md).
    const_assert_eq!(offset_of!(Cell, spilled), 592);
    const_assert_eq!(offset_of!(Cell, irregularities), 616);
    const_assert_eq!(offset_of!(Cell, generation), 624);
    const_assert_eq!(offset_of!(Cell, id), 632);
    const_assert_eq!(offset_of!(Cell, os_thread), 640);
    const_assert_eq!(offset_of!(Cell, affinity), 672);
    const_assert_eq!(offset_of!(Cell, offsets), 696);
    const_assert_eq!(offset_of!(Cell, ring), 752);
};

/// A number that changes whenever the part of [`Cell`] that code compiled into callers relies on does.
pub const LAYOUT_ID: u64 = {
    let offsets = [
        offset_of!(Cell, levels),
        offset_of!(Cell, armed),
        offset_of!(Cell, counts),
        offset_of!(Cell, targets),
        size_of::<usize>(),
    ];
    let mut id = 1;
    let mut i = 0;
    while i < offsets.len() {
        id = id << 12 | offsets[i] as u64;
        i += 1;
    }
    id
};

impl Cell {
    const_unless_loom! {
        /// A cell without a task whose armed word is `armed`.
        pub(crate) fn new(levels: u64, armed: u64) -> Cell {
            Cell {
                levels: AtomicU64::new(levels),
                armed: AtomicU64::new(armed),
                counts: array![AtomicU64::new(0); 4],
                below: AtomicU64::new(0),
                spill: AtomicPtr::new(core::ptr::null_mut()),
                targets: array![AtomicUsize::new(0); 64],
                closed: array![AtomicU64::new(0); 2],
                spilled: AtomicU64::new(0),
                base: AtomicU64::new(0),
                standing: AtomicU64::new(0),
                irregularities: AtomicU64::new(0),
                generation: AtomicU64::new(0),
                id: AtomicU64::new(0),
                os_thread: AtomicU64::new(0),
                manager: AtomicPtr::new(core::ptr::null_mut()),
                task: AtomicPtr::new(core::ptr::null_mut()),
                next_of_thread: AtomicPtr::new(core::ptr::null_mut()),
                affinity: AtomicU32::new(0),
                delay_abort: AtomicU32::new(0),
                locale: AtomicU32::new(0),
                ui_locale: AtomicU32::new(0),
                index: AtomicU32::new(0),
                next_free: AtomicU32::new(0),
                offsets: array![AtomicU64::new(0); 7],
                ring: AtomicU32::new(0),
            }
        }
    }

    /// The manager of the task; the cell has one from its first attach on.
    pub(crate) fn manager(&self) -> &Manager {
        // SAFETY: set before the cell was first handed out, to a manager that outlives it (invariant 1).
        unsafe { &*self.manager.load(Ordering::Relaxed) }
    }

    /// The owner's look at the side under the word.
    pub(crate) fn below(&self) -> Side {
        side_of(own!(self.below))
    }

    /// The owner's look at its own side.
    pub(crate) fn side(&self) -> Side {
        levels::side(own!(self.levels), self.below())
    }

    /// All open levels, as the owner sees them.
    pub(crate) fn depth(&self) -> u32 {
        let blocks = own!(self.spilled) as u32;
        levels::depth(own!(self.levels)) + blocks * levels::SPILL_LEVELS
    }

    /// Any thread's look: true unless the task is surely outside, or the cell free.
    ///
    /// **Progress:** wait-free; lock-free for a task that has spilled levels, which must move dozens of them to make the
    /// look repeat. **Ordering:** what the task did inside happens before an answer of false.
    pub(crate) fn may_be_inside(&self) -> bool {
        // Ordering: Acquire pairs with the owner's Release stores of levels and below.
        let word = || self.levels.load(Ordering::Acquire);
        loop {
            if let Some(inside) = told_by(word()) {
                return inside;
            }
            let calls = self.calls_once_spilled();
            // below changes only while the word is not EMPTY or shows bit 63, so being EMPTY twice brackets it.
            let below = if fault(Fault::EmptyMeansBase) { &self.base } else { &self.below };
            if word() != levels::EMPTY
                || side_of(below.load(Ordering::Acquire)) == Side::Inside
                || word() != levels::EMPTY
            {
                return true;
            }
            // Unless the word filled up and emptied again in between, over another block: that takes many calls.
            if self.calls_once_spilled() == calls || fault(Fault::EmptyTwiceIsEnough) {
                return false;
            }
        }
    }

    /// The calls that took place so far, if levels were ever spilled.
    fn calls_once_spilled(&self) -> Option<u64> {
        NonNull::new(self.spill.load(Ordering::Acquire))?;
        Some(self.counts.iter().fold(0, |sum, count| sum.wrapping_add(count.load(Ordering::Acquire))))
    }

    /// Adds one to a counter of the owner.
    ///
    /// Ordering: Release, after the store of levels that it counts; pairs with the Acquire loads of the snapshot, which
    /// balances counters against levels.
    #[inline(always)]
    pub(crate) fn count(counter: &AtomicU64, by: u64) {
        counter.store(own!(counter).wrapping_add(by), Ordering::Release);
    }

    /// Tells how many reasons there are why the task must stay on its thread.
    ///
    /// Ordering: Release pairs with the snapshot's Acquire: a later task's affinity comes with the end of the former task of
    /// the cell.
    pub(crate) fn set_affinity(&self, affinity: u32) {
        self.affinity.store(affinity, Ordering::Release);
    }

    /// The seven counters that `offsets` brackets.
    pub(crate) fn counters(&self) -> [&AtomicU64; 7] {
        let [a, b, c, d] = &self.counts;
        let [e, f] = &self.closed;
        [a, b, c, d, e, f, &self.irregularities]
    }
}

/// Whether a task whose levels are `word` may be inside, unless that is `EMPTY`: then the side is another field's to tell.
fn told_by(word: u64) -> Option<bool> {
    match word {
        levels::FREE => Some(false),
        levels::EMPTY => None,
        word => Some(levels::is_unsettled(word) || levels::side(word, Side::Outside) == Side::Inside),
    }
}

/// The side that a `below` or `base` field stands for.
pub(crate) const fn side_of(field: u64) -> Side {
    if field == Side::Inside as u64 { Side::Inside } else { Side::Outside }
}
