//! Levels beyond the word: the oldest 32 at a time move to a record at the side of the cell, and back.
//!
//! Owner only, and only while the word shows bit 63: a reader that meets half a move sees that, or a word that changed
//! between its two looks. Every store here is Release, so that a reader who sees one of them also sees bit 63 or later.

use core::ptr::NonNull;

use crate::armed;
use crate::cell::Cell;
use crate::error::Error;
use crate::levels::{self, MAX_LEVELS, SPILL_LEVELS};
use crate::sync::{AtomicU32, AtomicUsize, Ordering, own};
#[cfg(not(loom))]
use crate::sys;

/// Blocks of a record; with as many spilled the word must not fill up any more (see [`armed::DEEP`]).
pub(crate) const BLOCKS: u32 = if cfg!(loom) { 2 } else { MAX_LEVELS / SPILL_LEVELS - 1 };

/// The spilled levels of one cell; allocated at the first spill and kept with the cell.
#[repr(C)]
pub(crate) struct Spill {
    directions: [AtomicU32; BLOCKS as usize],
    targets: [[AtomicUsize; SPILL_LEVELS as usize]; BLOCKS as usize],
}

/// Moves the 32 outermost levels of the full `word` out; answers the word of the rest.
///
/// **Errors:** `LevelsExhausted` without a record; nothing has changed then.
pub(crate) fn out(cell: &Cell, word: u64) -> Result<u64, Error> {
    let record = record(cell).ok_or(Error::LevelsExhausted)?;
    let (blocks, outside) = counts(cell);
    let (directions, rest) = levels::split(word);
    let (Some(slots), Some(block)) =
        (record.targets.get(blocks as usize), record.directions.get(blocks as usize))
    else {
        return Err(Error::LevelsExhausted);
    };
    let (leading, trailing) = cell.targets.split_at(SPILL_LEVELS as usize);
    move_targets(leading, slots);
    move_targets(trailing, leading);
    block.store(directions, Ordering::Release);
    set_counts(cell, blocks + 1, outside + (SPILL_LEVELS - directions.count_ones()));
    cell.below.store(u64::from(directions & 1), Ordering::Release);
    if blocks + 1 == BLOCKS {
        set_standing(cell, own!(cell.standing) | armed::DEEP);
    }
    Ok(rest)
}

/// Moves the innermost block back; answers the word of its levels, or `None` if nothing is spilled.
pub(crate) fn back(cell: &Cell) -> Option<u64> {
    let (blocks, outside) = counts(cell);
    let last = blocks.checked_sub(1)?;
    let record = record(cell)?;
    let directions = own!(record.directions.get(last as usize)?);
    move_targets(record.targets.get(last as usize)?, &cell.targets);
    set_counts(cell, last, outside - (SPILL_LEVELS - directions.count_ones()));
    let below = match last.checked_sub(1).and_then(|before| record.directions.get(before as usize)) {
        Some(before) => u64::from(own!(before) & 1),
        None => own!(cell.base),
    };
    cell.below.store(below, Ordering::Release);
    set_standing(cell, own!(cell.standing) & !(armed::DEEP ^ armed::SIGN));
    Some(levels::join(directions))
}

/// Spilled blocks, and the outside levels among them.
pub(crate) fn counts(cell: &Cell) -> (u32, u32) {
    unpack(own!(cell.spilled))
}

/// What the two halves of [`Cell::spilled`] say.
pub(crate) const fn unpack(spilled: u64) -> (u32, u32) {
    (spilled as u32, (spilled >> 32) as u32)
}

fn set_counts(cell: &Cell, blocks: u32, outside: u32) {
    cell.spilled.store(u64::from(outside) << 32 | u64::from(blocks), Ordering::Release);
}

/// Keeps bit 63 with any reason, and without any drops it.
fn set_standing(cell: &Cell, bits: u64) {
    cell.standing.store(if bits == armed::SIGN { 0 } else { bits }, Ordering::Relaxed);
}

fn move_targets(from: &[AtomicUsize], to: &[AtomicUsize]) {
    for (from, to) in from.iter().zip(to) {
        to.store(own!(from), Ordering::Release);
    }
}

/// The record of the spilled levels, if there ever were any; any thread's look.
pub(crate) fn seen(cell: &Cell) -> Option<&Spill> {
    // Ordering: Acquire pairs with the Release in `record`: the zeroes are visible.
    let record = NonNull::new(cell.spill.load(Ordering::Acquire))?;
    // SAFETY: records live as long as their cells.
    Some(unsafe { record.as_ref() })
}

/// `spilled` if it can be what a cell says, else nothing spilled: the page of another process may hold anything.
pub(crate) const fn plausible(spilled: u64) -> u64 {
    let (blocks, outside) = unpack(spilled);
    if blocks <= MAX_LEVELS / SPILL_LEVELS && outside <= blocks * SPILL_LEVELS { spilled } else { 0 }
}

/// The target kept for level `index` of the spilled ones, outermost first.
pub(crate) fn target(record: Option<&Spill>, index: usize) -> usize {
    let (block, slot) = (index / SPILL_LEVELS as usize, index % SPILL_LEVELS as usize);
    let slots = record.and_then(|record| record.targets.get(block));
    slots.and_then(|slots| slots.get(slot)).map_or(0, |target| target.load(Ordering::Acquire))
}

/// The direction of level `index` of the spilled ones, outermost first.
pub(crate) fn direction(record: Option<&Spill>, index: usize) -> u64 {
    let (block, slot) = (index / SPILL_LEVELS as usize, index % SPILL_LEVELS as usize);
    let directions = record.and_then(|record| record.directions.get(block));
    let directions = directions.map_or(0, |block| block.load(Ordering::Acquire));
    u64::from(directions >> (SPILL_LEVELS as usize - 1 - slot) & 1)
}

/// The cell's record, allocated on first use.
fn record(cell: &Cell) -> Option<&Spill> {
    let record = match NonNull::new(own!(cell.spill)) {
        Some(record) => record,
        None => {
            let fresh = allocate()?;
            // Ordering: Release pairs with the Acquire loads of the readers above: the zeroes are visible.
            cell.spill.store(fresh.as_ptr(), Ordering::Release);
            fresh
        }
    };
    // SAFETY: records live as long as their cells.
    Some(unsafe { record.as_ref() })
}

#[cfg(not(loom))]
fn allocate() -> Option<NonNull<Spill>> {
    sys::pages(size_of::<Spill>()).map(NonNull::cast)
}

#[cfg(loom)]
fn allocate() -> Option<NonNull<Spill>> {
    crate::sys::model::allocate(1, || Spill {
        directions: core::array::from_fn(|_| AtomicU32::new(0)),
        targets: core::array::from_fn(|_| core::array::from_fn(|_| AtomicUsize::new(0))),
    })
}

/// A model's cells die with their model; real ones are immortal.
#[cfg(loom)]
impl Drop for Cell {
    fn drop(&mut self) {
        if let Some(record) = NonNull::new(self.spill.load(Ordering::Acquire)) {
            // SAFETY: allocated above with this count; the cell's owner is the last to refer to it.
            unsafe { crate::sys::model::release(record, 1) };
        }
    }
}
