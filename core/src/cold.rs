//! The slow half of the transitions: everything that the fast path's one test can mean.
//!
//! A fast path that gave up has stored its new word already; each function here works out the word before it, decides
//! from the manager's own state (an armed bit is only a hint), and stores the word that stands. Rules:
//! 1. A task that goes from outside to inside shows itself inside first, then looks at the gate, and steps back if it may
//!    not go in (`go_in`).
//! 2. Whoever has shown a word that a pauser may have taken for "inside" and then settles outside, rings (`settle`).
//! 3. A task that is inside already is never held: the pauser would wait for a parked task.
//! 4. Counters move after levels, and only for what took place.

use crate::armed;
use crate::cell::{Call, Cell, UNDETERMINED, side_of};
use crate::config::Policy;
use crate::error::Error;
use crate::fence;
use crate::gate::{GateState, Refusal};
use crate::levels::{self, EMPTY, MAX_LEVELS, Side, UNSETTLED};
use crate::manager::Manager;
use crate::spill;
use crate::sync::Ordering;
use crate::sys::{self, Deadline};
use crate::transition::{self, ReverseLeave, slot};

impl Cell {
    /// A whole transition, fast or slow.
    ///
    /// # Safety
    /// As for [`transition::leave`]; the cell is no sentinel.
    pub(crate) unsafe fn perform(&self, call: Call, target: usize) -> Result<(), Error> {
        // SAFETY: the caller's duty is each function's.
        let (done, stored) = unsafe {
            match call {
                Call::Leave => (transition::leave(self, target), true),
                Call::Enter => (transition::enter(self), true),
                Call::ReverseEnter => (transition::reverse_enter(self), true),
                Call::ReverseLeave => match transition::reverse_leave(self) {
                    ReverseLeave::Done => (true, true),
                    ReverseLeave::Stored => (false, true),
                    ReverseLeave::Empty => (false, false),
                },
            }
        };
        // SAFETY: the caller's duty, and the fast path has just given up as told.
        if done { Ok(()) } else { unsafe { self.complete(call, target, stored) } }
    }

    /// Goes on where the fast path of `call` gave up; `stored` is false only for a reverse_leave of an empty word.
    ///
    /// **Thread:** the one that runs the task. **Progress:** inward calls may block at a closed gate; system calls there
    /// and to wake a pauser only. errno is preserved. **Errors:** see [`Error`]; nothing has changed then, except that
    /// after a failure outward calls are recorded.
    ///
    /// # Safety
    /// The fast path of `call` on this cell, which is no sentinel, has just returned false on this thread.
    #[cold]
    #[inline(never)]
    pub unsafe fn complete(&self, call: Call, target: usize, stored: bool) -> Result<(), Error> {
        let _errno = sys::PreserveErrno::new();
        let manager = self.manager();
        let before = if stored { self.word_before(call) } else { EMPTY };
        let result = transact(self, manager, call, target, before);
        if result.is_err() && manager.config.policy == Policy::Observe {
            manager.irregular(self, call);
        }
        manager.answer(result)
    }

    /// The word that the fast path of `call` found.
    fn word_before(&self, call: Call) -> u64 {
        let word = self.levels.load(Ordering::Relaxed);
        match call {
            Call::Leave => word.rotate_right(1),
            Call::Enter => word.rotate_left(1),
            Call::ReverseEnter => word >> 1,
            Call::ReverseLeave => word.rotate_left(1) ^ 1,
        }
    }

    /// Takes back what a fast path meant for another manager's cell did to this one.
    ///
    /// A task that was shown outside meanwhile goes in again, and waits for that as long as the gate is paused: whoever
    /// paused it may have seen it outside.
    pub(crate) fn take_back(&self, call: Call, stored: bool) {
        if !stored {
            return;
        }
        let _errno = sys::PreserveErrno::new();
        let (before, after) = (self.word_before(call), self.levels.load(Ordering::Relaxed));
        let manager = self.manager();
        let below = self.below();
        let was_shown_outside = !levels::is_unsettled(after)
            && levels::side(before, below) == Side::Inside
            && levels::side(after, below) == Side::Outside;
        loop {
            settle(self, manager, before);
            if !was_shown_outside || manager.gate.load().pauses() == 0 {
                break;
            }
            settle(self, manager, after);
            match manager.hold(Deadline::NEVER) {
                Ok(false) => continue,
                Ok(true) => {
                    settle(self, manager, before);
                    // A refusal that came meanwhile does not matter to a task that never left.
                    let _ = manager.consume_admission();
                }
                Err(_) => settle(self, manager, before),
            }
            break;
        }
        rearm(self, manager);
    }
}

/// The transition itself, from the word `before`, under the rules of govern; observe repairs instead of refusing.
fn transact(cell: &Cell, manager: &Manager, call: Call, target: usize, before: u64) -> Result<(), Error> {
    if cell.standing.load(Ordering::Relaxed) & armed::BASE == armed::BASE
        && determine(cell, manager, call, before)?
    {
        return Ok(());
    }
    if let Err(error) = check_strict(cell, manager, call, before) {
        return refuse(cell, manager, call, before, error);
    }
    let (from, to) = match make_room(cell, manager, call, before) {
        Ok(words) => words,
        Err((word, error)) => return refuse(cell, manager, call, word, error),
    };
    if call == Call::Leave {
        // Ordering: as in `transition::leave`.
        slot(cell, from).store(target, Ordering::Release);
    }
    if call.goes_to() == Side::Outside {
        settle(cell, manager, to);
        let gate = rearm(cell, manager);
        Cell::count(count_of(cell, call), 1);
        return if gate.has(Refusal::Failed) { Err(Error::Unavailable) } else { Ok(()) };
    }
    go_in(cell, manager, Step::Word { from, to })?;
    Cell::count(count_of(cell, call), 1);
    Ok(())
}

fn count_of(cell: &Cell, call: Call) -> &crate::sync::AtomicU64 {
    let [leaves, enters, reverse_enters, reverse_leaves] = &cell.counts;
    match call {
        Call::Leave => leaves,
        Call::Enter => enters,
        Call::ReverseEnter => reverse_enters,
        Call::ReverseLeave => reverse_leaves,
    }
}

/// Refuses the call: the word as it was, counted as irregular; after a failure of the manager that is the answer.
fn refuse(cell: &Cell, manager: &Manager, call: Call, word: u64, error: Error) -> Result<(), Error> {
    settle(cell, manager, word);
    let gate = rearm(cell, manager);
    if manager.config.policy == Policy::Govern {
        manager.irregular(cell, call);
    }
    Err(if gate.has(Refusal::Failed) { Error::Unavailable } else { error })
}

/// Stores a settled word and wakes those who may have been waiting for it.
fn settle(cell: &Cell, manager: &Manager, word: u64) {
    // Ordering: Release as in `transition::publish`.
    cell.levels.store(word, Ordering::Release);
    announce(manager);
}

/// Wakes those who wait for quiescence, after a store that they may have been waiting for.
///
/// Ordering: full fence, pairs with the heavy fence in `arm_all` (Dekker). Our store first: the pauser's next look sees
/// it. Their fence first: the load below sees the gate closed.
pub(crate) fn announce(manager: &Manager) {
    fence::full();
    if manager.gate.load().is_closed() {
        manager.pausers.ring();
    }
}

/// Clears the armed word and puts back what still holds; the gate as read after the clearing.
///
/// The order is the point: a reason that was published before its bits were set, and whose bits this swap takes away, is
/// seen by the loads after it. Reading first, or clearing bit by bit, would lose it.
fn rearm(cell: &Cell, manager: &Manager) -> GateState {
    let was = cell.armed.swap(0, Ordering::AcqRel);
    let gate = manager.gate.load();
    let bits = manager.standing(gate) | cell.standing.load(Ordering::Relaxed);
    if bits != 0 {
        cell.armed.fetch_or(bits, Ordering::AcqRel);
    }
    if was & armed::SEVERAL == armed::SEVERAL {
        #[cfg(not(loom))]
        crate::thread::look_up_from_now_on(cell);
    }
    gate
}

/// Strict mode: a leave while outside and a reverse_enter while inside do not fit either.
fn check_strict(cell: &Cell, manager: &Manager, call: Call, before: u64) -> Result<(), Error> {
    let is_push = matches!(call, Call::Leave | Call::ReverseEnter);
    if manager.config.strict && is_push && levels::side(before, cell.below()) == call.goes_to() {
        return Err(Error::NotOwner);
    }
    Ok(())
}

/// A refusal together with the settled word to go back to.
type Refused = (u64, Error);

/// The words before and after the call, with levels spilled, brought back or closed as needed.
fn make_room(cell: &Cell, manager: &Manager, call: Call, before: u64) -> Result<(u64, u64), Refused> {
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
        cell.levels.store(UNSETTLED, Ordering::Release);
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
    manager.irregular(cell, call);
    Some(word)
}

/// Fixes the base of a task by its first transition (design 3); true if that was all there is to it.
fn determine(cell: &Cell, manager: &Manager, call: Call, before: u64) -> Result<bool, Error> {
    let observes = manager.config.policy == Policy::Observe;
    let base = match call {
        Call::Leave => Side::Inside,
        Call::ReverseEnter => Side::Outside,
        Call::Enter if observes => Side::Inside,
        Call::Enter => Side::Outside,
        Call::ReverseLeave if observes => Side::Outside,
        Call::ReverseLeave => Side::Inside,
    };
    let closes = matches!(call, Call::Enter | Call::ReverseLeave);
    if closes {
        settle(cell, manager, before);
        if base == Side::Inside {
            go_in(cell, manager, Step::Base)?;
        }
    } else if base == Side::Inside {
        // The level that the leave opens covers the base before that turns to inside.
        cell.levels.store(levels::push_outside(before), Ordering::Release);
    }
    set_base(cell, base);
    if closes {
        manager.irregular(cell, call);
        rearm(cell, manager);
        return if observes { Ok(true) } else { Err(Error::NotOwner) };
    }
    Ok(false)
}

/// The base is known; the cell no longer needs the slow path for it.
pub(crate) fn set_base(cell: &Cell, base: Side) {
    cell.base.store(base as u64, Ordering::Release);
    cell.below.store(base as u64, Ordering::Release);
    let standing = cell.standing.load(Ordering::Relaxed) & !(armed::BASE ^ armed::SIGN);
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
                let below = side_of(cell.below.load(Ordering::Relaxed));
                levels::side(from, below) == Side::Outside && levels::side(to, below) == Side::Inside
            }
            Step::Base => true,
        }
    }
}

/// Takes the step if the gate lets it, and waits there if it is paused; on an error the step is taken back.
pub(crate) fn go_in(cell: &Cell, manager: &Manager, step: Step) -> Result<(), Error> {
    let goes_in = step.goes_in(cell);
    let mut deadline = None;
    loop {
        step.show(cell);
        // Ordering: full fence, pairs with the heavy fence in `arm_all` (Dekker). Our store first: the pauser sees the
        // task inside and waits. Their fence first: `rearm` sees the gate closed.
        fence::full();
        let gate = rearm(cell, manager);
        if !gate.refuses() && (gate.pauses() == 0 || !goes_in) {
            return Ok(());
        }
        step.take_back(cell);
        announce(manager);
        if gate.refuses() {
            return Err(Error::Unavailable);
        }
        if manager.hold(*deadline.get_or_insert_with(|| manager.gate_deadline()))? {
            step.show(cell);
            // The read-modify-write looks for a refusal in the same step: a shutdown that came first would otherwise
            // miss this task, which goes in without asking the gate again.
            return match manager.consume_admission() {
                Ok(()) => Ok(()),
                Err(error) => {
                    step.take_back(cell);
                    announce(manager);
                    Err(error)
                }
            };
        }
    }
}
