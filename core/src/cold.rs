//! The slow half of the transitions: everything that the fast path's one test can mean.
//!
//! A fast path that gave up has stored its new word already; each function here works out the word before it, decides
//! from the manager's own state (an armed bit is only a hint), and stores the word that stands. Rules:
//! 1. A task that goes from outside to inside shows itself inside first, then looks at the gate, and steps back if it may
//!    not go in (`inward::go_in`).
//! 2. Whoever has shown a word that a pauser may have taken for "inside" and then settles outside, rings (`inward::settle`).
//! 3. A task that is inside already is never held: the pauser would wait for a parked task.
//! 4. Counters move after levels, and only for what took place.

use crate::armed;
use crate::cell::{Call, Cell};
use crate::config::Policy;
use crate::error::Error;
use crate::fault::{Fault, fault};
use crate::gate::Refusal;
use crate::handle;
use crate::inward::{Step, go_in, rearm, set_base, settle};
use crate::levels::{self, EMPTY, Side};
use crate::manager::Manager;
use crate::room::make_room;
use crate::sync::{AtomicU64, Ordering, own};
use crate::sys::{self, Deadline};
use crate::transition::slot;

impl Cell {
    /// A whole transition, fast or slow.
    ///
    /// # Safety
    /// As for [`handle::leave`].
    pub(crate) unsafe fn perform(&self, call: Call, target: usize) -> Result<(), Error> {
        match call {
            // SAFETY: the caller's duty is this function's, here and below.
            Call::Leave => unsafe { handle::leave(self, target) },
            // SAFETY: as above.
            Call::Enter => unsafe { handle::enter(self) },
            // SAFETY: as above.
            Call::ReverseEnter => unsafe { handle::reverse_enter(self) },
            // SAFETY: as above.
            Call::ReverseLeave => unsafe { handle::reverse_leave(self) },
        }
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
        if let Err(error) = result {
            if manager.config.policy == Policy::Observe {
                manager.irregular(self, call, self.depth());
            }
            manager.trace_refusal(self, call, error);
        }
        manager.answer(result)
    }

    /// The word that the fast path of `call` found.
    fn word_before(&self, call: Call) -> u64 {
        let word = own!(self.levels);
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
    /// paused it may have seen it outside. A gate that never opens again does not keep it: it never meant to leave.
    pub(crate) fn take_back(&self, call: Call, stored: bool) {
        if !stored {
            return;
        }
        let _errno = sys::PreserveErrno::new();
        let (before, after) = (self.word_before(call), own!(self.levels));
        let manager = self.manager();
        let below = self.below();
        let was_shown_outside = !levels::is_unsettled(after)
            && levels::side(before, below) == Side::Inside
            && levels::side(after, below) == Side::Outside;
        loop {
            settle(self, manager, before);
            let gate = manager.gate().load();
            let may_stay = gate.pauses() == 0 || gate.has_ended() || fault(Fault::TakenBackAtOnce);
            if !was_shown_outside || may_stay {
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
    if own!(cell.standing) & armed::BASE == armed::BASE && determine(cell, manager, call, before)? {
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
        manager.trace_call(cell, call, target);
        return if gate.has(Refusal::Failed) { Err(Error::Unavailable) } else { Ok(()) };
    }
    go_in(cell, manager, Step::Word { from, to })?;
    Cell::count(count_of(cell, call), 1);
    manager.trace_call(cell, call, target);
    Ok(())
}

fn count_of(cell: &Cell, call: Call) -> &AtomicU64 {
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
        manager.irregular(cell, call, cell.depth());
    }
    Err(if gate.has(Refusal::Failed) { Error::Unavailable } else { error })
}

/// Strict mode: a leave while outside and a reverse_enter while inside do not fit either.
fn check_strict(cell: &Cell, manager: &Manager, call: Call, before: u64) -> Result<(), Error> {
    let is_push = matches!(call, Call::Leave | Call::ReverseEnter);
    if manager.config.strict && is_push && levels::side(before, cell.below()) == call.goes_to() {
        return Err(Error::NotOwner);
    }
    Ok(())
}

/// Fixes the base of a task by its first transition (docs/CONTRACT.md, first calls); true if that was all there is to it.
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
        manager.irregular(cell, call, cell.depth());
        rearm(cell, manager);
        if !observes {
            return Err(Error::NotOwner);
        }
        manager.trace_refusal(cell, call, Error::NotOwner);
        return Ok(true);
    }
    Ok(false)
}
