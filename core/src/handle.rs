//! The four transitions of a given cell, fast half inlined, slow half out of line.

use crate::cell::{Call, Cell};
use crate::error::Error;
use crate::transition::{self, ReverseLeave};

/// Transition leave on `cell`; see [`Manager::leave`](crate::Manager::leave).
///
/// # Safety
/// `cell` is the cell of a live task that the calling thread runs, and no sentinel.
#[inline(always)]
pub unsafe fn leave(cell: &Cell, target: usize) -> Result<(), Error> {
    // SAFETY: the caller's duty.
    if unsafe { transition::leave(cell, target) } {
        return Ok(());
    }
    // SAFETY: the fast path has just given up.
    unsafe { cell.complete(Call::Leave, target, true) }
}

/// Transition enter on `cell`; see [`Manager::enter`](crate::Manager::enter).
///
/// # Safety
/// As for [`leave`].
#[inline(always)]
pub unsafe fn enter(cell: &Cell) -> Result<(), Error> {
    // SAFETY: the caller's duty.
    if unsafe { transition::enter(cell) } {
        return Ok(());
    }
    // SAFETY: the fast path has just given up.
    unsafe { cell.complete(Call::Enter, 0, true) }
}

/// Transition reverse_enter on `cell`; see [`Manager::reverse_enter`](crate::Manager::reverse_enter).
///
/// # Safety
/// As for [`leave`].
#[inline(always)]
pub unsafe fn reverse_enter(cell: &Cell) -> Result<(), Error> {
    // SAFETY: the caller's duty.
    if unsafe { transition::reverse_enter(cell) } {
        return Ok(());
    }
    // SAFETY: the fast path has just given up.
    unsafe { cell.complete(Call::ReverseEnter, 0, true) }
}

/// Transition reverse_leave on `cell`; see [`Manager::reverse_leave`](crate::Manager::reverse_leave).
///
/// # Safety
/// As for [`leave`].
#[inline(always)]
pub unsafe fn reverse_leave(cell: &Cell) -> Result<(), Error> {
    // SAFETY: the caller's duty.
    let did = unsafe { transition::reverse_leave(cell) };
    if did == ReverseLeave::Done {
        return Ok(());
    }
    // SAFETY: the fast path has just given up.
    unsafe { cell.complete(Call::ReverseLeave, 0, did == ReverseLeave::Stored) }
}
