//! HOT: the four transitions of a task, each one load, one shift, one store, one test, one count.
//!
//! What a fast path may not do: lock, fence, call, allocate, enter the kernel, read a clock, write a line that another
//! thread writes (all checked in the disassembly of the release artifact). It returns false, and then the caller goes on
//! with the slow path in `cold`, when
//! * the cell is armed,
//! * the word is full, or
//! * a pop does not fit the innermost level.
//!
//! In all three the new word has been stored already; the slow path completes or takes back, and counts. In the last two
//! that word shows bit 63, which readers take for "inside, look again". The one exception is `reverse_leave` of an empty
//! word, which would store 0, the mark of a free cell; it is tested for first.

use crate::cell::{Call, Cell};
use crate::fault::{Fault, unless};
use crate::fence;
use crate::levels;
use crate::sync::{AtomicUsize, Ordering, own};

/// The target slot of the level that a push on `word` opens.
#[inline(always)]
pub(crate) fn slot(cell: &Cell, word: u64) -> &AtomicUsize {
    // SAFETY: words of live tasks and of sentinels are never 0 (levels, invariants 1 and 2).
    let depth = 63 - unsafe { core::num::NonZeroU64::new_unchecked(word) }.leading_zeros();
    // SAFETY: depth is at most 63, and there are 64 slots.
    unsafe { cell.targets.get_unchecked(depth as usize) }
}

/// Publishes the new word, then tests for anything unusual; counts if there is nothing.
#[inline(always)]
fn publish(cell: &Cell, word: u64, call: Call) -> bool {
    // Ordering: Release pairs with the Acquire loads of the gate (what the task did inside happens before a pauser sees
    // it outside) and of the snapshot (the target of this level is visible with it).
    cell.levels.store(word, unless(Fault::RelaxedLevels, Ordering::Release));
    // Ordering: light fence, pairs with `heavy` in `Manager::arm_all` (Dekker). Our store first: the pauser sees the
    // task where it is now. Their fence first: the load below sees the cell armed.
    fence::light();
    // Ordering: Relaxed; 0 means that the owner itself cleared the word after an Acquire load of an open gate.
    if ((word | cell.armed.load(Ordering::Relaxed)) as i64) < 0 {
        return false;
    }
    Cell::count(&cell.counts[call as usize], 1);
    true
}

/// `word`, of which the compiler knows nothing: what is tested is then the word that was stored.
///
/// The sign of `word << 1 | 1` is that of `word << 1`, and the compiler would compute both: an instruction more.
#[inline(always)]
fn computed_once(word: u64) -> u64 {
    #[cfg(all(target_arch = "x86_64", not(loom)))]
    // SAFETY: no instruction at all.
    unsafe {
        let same;
        core::arch::asm!("/* {0} */", inlateout(reg) word => same, options(pure, nomem, nostack, preserves_flags));
        same
    }
    #[cfg(not(all(target_arch = "x86_64", not(loom))))]
    word
}

/// Transition leave; 13 instructions with the thread-local load on x86-64.
///
/// # Safety
/// `cell` is a sentinel, or the cell of a live task that the calling thread runs.
#[inline(always)]
#[must_use]
pub unsafe fn leave(cell: &Cell, target: usize) -> bool {
    let word = own!(cell.levels);
    // Ordering: Release, before the store of levels that opens the level; pairs with the snapshot's Acquire load of the
    // target: a reader that sees a later target also sees that levels have moved on.
    slot(cell, word).store(target, Ordering::Release);
    publish(cell, levels::push_outside(word), Call::Leave)
}

/// Transition enter; 11 instructions with the thread-local load on x86-64.
///
/// # Safety
/// As for [`leave`].
#[inline(always)]
#[must_use]
pub unsafe fn enter(cell: &Cell) -> bool {
    publish(cell, levels::pop_outside(own!(cell.levels)), Call::Enter)
}

/// Transition reverse_enter; 11 instructions with the thread-local load on x86-64.
///
/// # Safety
/// As for [`leave`].
#[inline(always)]
#[must_use]
pub unsafe fn reverse_enter(cell: &Cell) -> bool {
    publish(cell, computed_once(levels::push_inside(own!(cell.levels))), Call::ReverseEnter)
}

/// What the fast path of reverse_leave did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReverseLeave {
    /// All of it.
    Done,
    /// The new word is stored; the slow path goes on.
    Stored,
    /// Nothing: the word has no level.
    Empty,
}

/// Transition reverse_leave; 14 instructions with the thread-local load on x86-64.
///
/// # Safety
/// As for [`leave`].
#[inline(always)]
#[must_use]
pub unsafe fn reverse_leave(cell: &Cell) -> ReverseLeave {
    let word = own!(cell.levels);
    if word == levels::EMPTY {
        return ReverseLeave::Empty;
    }
    if publish(cell, levels::pop_inside(word), Call::ReverseLeave) {
        ReverseLeave::Done
    } else {
        ReverseLeave::Stored
    }
}
