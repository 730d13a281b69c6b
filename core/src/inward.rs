//! The way in: shown first, then asked for, and taken back if the gate is closed.
//!
//! Also what every slow path ends with: a settled word that others are told of (`settle`), and an armed word that says
//! what still holds (`rearm`).

use crate::armed;
use crate::cell::{Cell, UNDETERMINED, side_of};
use crate::error::Error;
use crate::fault::{Fault, fault, unless};
use crate::fence;
use crate::gate::GateState;
use crate::levels::{self, Side};
use crate::manager::Manager;
use crate::sync::{Ordering, own};
use crate::trace::{TRACE_ADMITTED, TRACE_HELD};

/// Stores a settled word and wakes those who may have been waiting for it.
pub(crate) fn settle(cell: &Cell, manager: &Manager, word: u64) {
    let decided = fault(Fault::StaleAnnouncement) && !manager.gate().load().is_closed();
    // Ordering: Release as in `transition::publish`.
    cell.levels.store(word, unless(Fault::RelaxedLevels, Ordering::Release));
    if !decided {
        announce(manager);
    }
}

/// Wakes those who wait for quiescence, after a store that they may have been waiting for.
///
/// Ordering: full fence, pairs with the heavy fence in `arm_all` (Dekker). Our store first: the pauser's next look sees
/// it. Their fence first: the load below sees the gate closed.
pub(crate) fn announce(manager: &Manager) {
    fence::full(Fault::NoFenceToAnnounce);
    if !fault(Fault::NoAnnouncement) && manager.gate().load().is_closed() {
        manager.pausers.ring();
    }
}

/// Clears the armed word and puts back what still holds; the gate as read after the clearing.
///
/// The order is the point: a reason that was published before its bits were set, and whose bits this swap takes away, is
/// seen by the loads after it. Reading first, or clearing bit by bit, would lose it.
pub(crate) fn rearm(cell: &Cell, manager: &Manager) -> GateState {
    let too_early = if fault(Fault::GateReadBeforeClearing) { Some(manager.gate().load()) } else { None };
    let stale = fault(Fault::TracingReadBeforeClearing) && !manager.is_tracing();
    let was = cell.armed.swap(0, Ordering::AcqRel);
    let gate = too_early.unwrap_or_else(|| manager.gate().load());
    let mut bits = manager.standing(gate) | own!(cell.standing);
    if stale {
        bits &= !(armed::TRACE ^ armed::SIGN);
        bits = if bits == armed::SIGN { 0 } else { bits };
    }
    if bits != 0 {
        cell.armed.fetch_or(bits, Ordering::AcqRel);
    }
    if was & armed::SEVERAL == armed::SEVERAL {
        #[cfg(not(loom))]
        crate::thread::look_up_from_now_on(cell);
    }
    gate
}

/// The base is known; the cell no longer needs the slow path for it.
pub(crate) fn set_base(cell: &Cell, base: Side) {
    cell.base.store(base as u64, Ordering::Release);
    cell.below.store(base as u64, Ordering::Release);
    let standing = own!(cell.standing) & !(armed::BASE ^ armed::SIGN);
    cell.standing.store(if standing == armed::SIGN { 0 } else { standing }, Ordering::Relaxed);
}

/// A change that may take a task inside, as it is shown and taken back.
#[derive(Clone, Copy)]
pub(crate) enum Step {
    /// From one word to another.
    Word { from: u64, to: u64 },
    /// A base that becomes inside, under an empty word.
    Base,
}

impl Step {
    fn show(self, cell: &Cell) {
        match self {
            Step::Word { to, .. } => cell.levels.store(to, Ordering::Release),
            Step::Base => cell.below.store(Side::Inside as u64, Ordering::Release),
        }
    }

    fn take_back(self, cell: &Cell) {
        match self {
            Step::Word { from, .. } => cell.levels.store(from, Ordering::Release),
            Step::Base => cell.below.store(UNDETERMINED, Ordering::Release),
        }
    }

    fn goes_in(self, cell: &Cell) -> bool {
        match self {
            Step::Word { from, to } => {
                let below = side_of(own!(cell.below));
                levels::side(from, below) == Side::Outside && levels::side(to, below) == Side::Inside
            }
            Step::Base => true,
        }
    }
}

/// Takes the step if the gate lets it, and waits there if it is paused; on an error the step is taken back.
pub(crate) fn go_in(cell: &Cell, manager: &Manager, step: Step) -> Result<(), Error> {
    let goes_in = step.goes_in(cell) || fault(Fault::HeldInside);
    let mut deadline = None;
    loop {
        step.show(cell);
        // Ordering: full fence, pairs with the heavy fence in `arm_all` (Dekker). Our store first: the pauser sees the
        // task inside and waits. Their fence first: `rearm` sees the gate closed.
        fence::full(Fault::NoSlowFence);
        let gate = rearm(cell, manager);
        if !gate.refuses() && (gate.pauses() == 0 || !goes_in) {
            if gate.is_closed() {
                // Not held, but the word may have shown bit 63 on its way from outside to outside.
                announce(manager);
            }
            return Ok(());
        }
        step.take_back(cell);
        announce(manager);
        if gate.refuses() {
            return Err(Error::Unavailable);
        }
        manager.trace(cell, TRACE_HELD, 0);
        if manager.hold(*deadline.get_or_insert_with(|| manager.gate_deadline()))? {
            let too_early =
                if fault(Fault::AdmittedLooksEarly) { Some(manager.consume_admission()) } else { None };
            step.show(cell);
            // The read-modify-write looks for a refusal in the same step: a shutdown that came first would otherwise
            // miss this task, which goes in without asking the gate again.
            return match too_early.unwrap_or_else(|| manager.consume_admission()) {
                Ok(()) => {
                    manager.trace(cell, TRACE_ADMITTED, 0);
                    Ok(())
                }
                Err(error) => {
                    step.take_back(cell);
                    announce(manager);
                    Err(error)
                }
            };
        }
    }
}
