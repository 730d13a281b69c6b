//! Room for a call among the levels: spilled, brought back, or closed for it.

use crate::cell::{Call, Cell};
use crate::config::Policy;
use crate::error::Error;
use crate::fault::{Fault, fault};
use crate::levels::{self, EMPTY, MAX_LEVELS, Side, UNSETTLED};
use crate::manager::Manager;
use crate::spill;
use crate::sync::Ordering;

/// A refusal together with the settled word to go back to.
pub(crate) type Refused = (u64, Error);

/// The words before and after the call, with levels spilled, brought back or closed as needed.
pub(crate) fn make_room(
    cell: &Cell,
    manager: &Manager,
    call: Call,
    before: u64,
) -> Result<(u64, u64), Refused> {
    match call {
        Call::Leave => push_room(cell, before).map(|word| (word, levels::push_outside(word))),
        Call::ReverseEnter => push_room(cell, before).map(|word| (word, levels::push_inside(word))),
        Call::Enter => pop_room(cell, manager, before, Side::Outside).map(|w| (w, levels::pop_outside(w))),
        Call::ReverseLeave => {
            pop_room(cell, manager, before, Side::Inside).map(|w| (w, levels::pop_inside(w)))
        }
    }
}

/// A word with room for one more level.
fn push_room(cell: &Cell, before: u64) -> Result<u64, Refused> {
    let (blocks, _) = spill::counts(cell);
    if levels::depth(before) + blocks * levels::SPILL_LEVELS >= MAX_LEVELS {
        return Err((before, Error::LevelsExhausted));
    }
    if levels::depth(before) < levels::WORD_LEVELS {
        return Ok(before);
    }
    // The push of a full word shows bit 63, which is what lets the spill go on under it.
    spill::out(cell, before).map_err(|error| (before, error))
}

/// A word whose innermost level is on `side`; under observe, levels above the nearest such one are closed for it.
fn pop_room(cell: &Cell, manager: &Manager, before: u64, side: Side) -> Result<u64, Refused> {
    let mut word = before;
    if word == EMPTY {
        if !fault(Fault::QuietUnspill) {
            cell.levels.store(UNSETTLED, Ordering::Release);
        }
        word = spill::back(cell).unwrap_or(word);
    }
    match levels::levels_above(word, side) {
        Some(0) => Ok(word),
        _ if manager.config.policy == Policy::Govern => Err((word, Error::NotOwner)),
        _ => repair(cell, manager, word, side).ok_or((word, Error::NotOwner)),
    }
}

/// Closes levels down to the nearest one on `side`; `None`, and nothing changed, if there is none.
fn repair(cell: &Cell, manager: &Manager, mut word: u64, side: Side) -> Option<u64> {
    let (blocks, outside) = spill::counts(cell);
    let spilled_match = match side {
        Side::Outside => outside,
        Side::Inside => blocks * levels::SPILL_LEVELS - outside,
    };
    if levels::levels_above(word, side).is_none() && spilled_match == 0 {
        return None;
    }
    let depth = levels::depth(word) + blocks * levels::SPILL_LEVELS;
    cell.levels.store(UNSETTLED, Ordering::Release);
    let mut closed = 0;
    let above = loop {
        match levels::levels_above(word, side) {
            Some(above) => break above,
            None => {
                closed += levels::depth(word);
                word = spill::back(cell)?;
            }
        }
    };
    word >>= above;
    closed += above;
    let [outside_closed, inside_closed] = &cell.closed;
    let counter = match side {
        Side::Outside => inside_closed,
        Side::Inside => outside_closed,
    };
    Cell::count(counter, u64::from(closed));
    let call = if side == Side::Outside { Call::Enter } else { Call::ReverseLeave };
    manager.irregular(cell, call, depth);
    Some(word)
}
