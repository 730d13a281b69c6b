//! The gate word: whether tasks may go in, and who waits for that.
//!
//! | bits | meaning |
//! |---|---|
//! | 0-7 | pause count: pauses that hold the gate closed |
//! | 8 | shut down: sticky |
//! | 9 | failed: sticky |
//! | 10 | not available |
//! | 11-21 | epoch: one more each time the pause count returns to 0 |
//! | 22-42 | held: tasks parked at the gate |
//! | 43-63 | admitted: tasks that a resume let through and that have not gone in yet |
//!
//! Held tasks become admitted in the same step in which the pause count returns to 0, and no pause begins while tasks
//! are admitted: a task parked by one pause goes in before the next, however soon that follows. So the epoch moves at
//! most once while a task is parked, and its few bits suffice.

use crate::fault::{Fault, fault, unless};
use crate::sync::{AtomicU64, Ordering, const_unless_loom};

const COUNT: u64 = 0xff;
const SHUT_DOWN: u64 = 1 << 8;
const FAILED: u64 = 1 << 9;
const UNAVAILABLE: u64 = 1 << 10;
const EPOCH_ONE: u64 = 1 << 11;
const EPOCH: u64 = 0x7ff << 11;
const HELD_ONE: u64 = 1 << 22;
const HELD: u64 = 0x1f_ffff << 22;
const ADMITTED_ONE: u64 = 1 << 43;
const ADMITTED: u64 = 0x1f_ffff << 43;

// Every held task has a cell, so the counts cannot overflow.
const _: () = assert!(crate::slab::CAPACITY < 0x1f_ffff);

/// A sticky or switchable state in which inward calls are refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    ShutDown,
    Failed,
    Unavailable,
}

impl Refusal {
    const fn bit(self) -> u64 {
        match self {
            Refusal::ShutDown => SHUT_DOWN,
            Refusal::Failed => FAILED,
            Refusal::Unavailable => UNAVAILABLE,
        }
    }
}

/// The gate word as read once.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) struct GateState(u64);

impl GateState {
    pub(crate) fn pauses(self) -> u32 {
        (self.0 & COUNT) as u32
    }

    pub(crate) fn refuses(self) -> bool {
        self.0 & (SHUT_DOWN | FAILED | UNAVAILABLE) != 0
    }

    pub(crate) fn has(self, refusal: Refusal) -> bool {
        self.0 & refusal.bit() != 0
    }

    /// Shut down or failed: never opens again.
    pub(crate) fn has_ended(self) -> bool {
        self.0 & (SHUT_DOWN | FAILED) != 0
    }

    /// Paused or refusing: cells stay armed, and a change to outside must be announced.
    pub(crate) fn is_closed(self) -> bool {
        self.pauses() != 0 || self.refuses()
    }

    pub(crate) fn held(self) -> u32 {
        ((self.0 & HELD) / HELD_ONE) as u32
    }

    pub(crate) fn admitted(self) -> u32 {
        ((self.0 & ADMITTED) / ADMITTED_ONE) as u32
    }

    pub(crate) fn same_epoch(self, other: GateState) -> bool {
        (self.0 ^ other.0) & EPOCH == 0
    }
}

/// The atomic word; every change is one read-modify-write described here.
#[repr(transparent)]
pub(crate) struct Gate {
    word: AtomicU64,
}

impl Gate {
    const_unless_loom! {
        pub(crate) fn new(unavailable: bool) -> Gate {
            Gate { word: AtomicU64::new(if unavailable { UNAVAILABLE } else { 0 }) }
        }
    }

    /// The first state of a gate in fresh memory.
    #[cfg(not(loom))]
    pub(crate) fn begin(&self, unavailable: bool) {
        self.word.store(if unavailable { UNAVAILABLE } else { 0 }, Ordering::Relaxed);
    }

    /// Ordering: Acquire; an open gate brings along what the host did while it was closed.
    pub(crate) fn load(&self) -> GateState {
        GateState(self.word.load(unless(Fault::RelaxedGate, Ordering::Acquire)))
    }

    /// Repeats `change` until it takes or declines; the word before the change either way.
    ///
    /// Ordering: AcqRel on success: a close happens after what earlier holders did, an opening before what admitted
    /// tasks do. **Progress:** lock-free.
    fn update(&self, change: impl Fn(GateState) -> Option<u64>) -> Result<GateState, GateState> {
        let mut word = self.word.load(Ordering::Acquire);
        loop {
            let Some(new) = change(GateState(word)) else { return Err(GateState(word)) };
            match self.word.compare_exchange_weak(word, new, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return Ok(GateState(word)),
                Err(now) => word = now,
            }
        }
    }

    /// One pause more; declined while tasks are admitted, in a state that never opens again, or at 255 pauses.
    pub(crate) fn close(&self) -> Result<GateState, GateState> {
        self.update(|g| {
            let waits = g.admitted() != 0 && !fault(Fault::CloseOverAdmitted);
            (!g.has_ended() && !waits && g.pauses() < COUNT as u32).then_some(g.0 + 1)
        })
    }

    /// One pause less; the last one starts a new epoch and turns held tasks into admitted ones. Declined at none.
    pub(crate) fn open(&self) -> Result<GateState, GateState> {
        self.update(|g| match g.pauses() {
            0 => None,
            1 => {
                let epoch = g.0.wrapping_add(EPOCH_ONE) & EPOCH;
                let held = if fault(Fault::NoTurnstile) { 0 } else { g.held() };
                let admitted = (u64::from(g.admitted()) + u64::from(held)) * ADMITTED_ONE;
                let kept =
                    if fault(Fault::ResumeLiftsRefusals) { 0 } else { SHUT_DOWN | FAILED | UNAVAILABLE };
                Some(g.0 & kept | epoch | admitted)
            }
            _ => Some(g.0 - 1),
        })
    }

    /// One held task more; declined when the gate is not paused, or never opens again.
    pub(crate) fn hold(&self) -> Result<GateState, GateState> {
        let too_early = fault(Fault::HeldInTwoSteps) && self.load().pauses() != 0;
        self.update(|g| (too_early || g.pauses() != 0 && !g.has_ended()).then_some(g.0 + HELD_ONE))
    }

    /// One held task less, by its own will; declined if `since` is over, which made the task an admitted one.
    pub(crate) fn give_up(&self, since: GateState) -> Result<GateState, GateState> {
        let blindly = fault(Fault::GivesUpBlindly);
        self.update(|g| (blindly || g.same_epoch(since)).then(|| g.0.wrapping_sub(HELD_ONE)))
    }

    /// One admitted task less: it is in, or has given up. The word before.
    pub(crate) fn consume_admission(&self) -> GateState {
        GateState(self.word.fetch_sub(ADMITTED_ONE, Ordering::AcqRel))
    }

    /// Sets a refusal; the word before.
    pub(crate) fn refuse(&self, refusal: Refusal) -> GateState {
        GateState(self.word.fetch_or(refusal.bit(), Ordering::AcqRel))
    }

    /// Lifts a refusal; the word before.
    pub(crate) fn allow(&self, refusal: Refusal) -> GateState {
        GateState(self.word.fetch_and(!refusal.bit(), Ordering::AcqRel))
    }

    /// Opens the gate for the child of a fork: no pause, nobody held or admitted; refusals stay.
    pub(crate) fn reset(&self) {
        self.word.fetch_and(SHUT_DOWN | FAILED | UNAVAILABLE, Ordering::AcqRel);
    }
}
