//! What is recorded: by tasks on their slow paths, by the host's side in ring 0.

use crate::cell::{Call, Cell};
use crate::error::Error;
use crate::fault::{Fault, fault};
use crate::manager::Manager;
use crate::sync::{Ordering, own};
use crate::sys;
use crate::trace::{
    TRACE_ENTER, TRACE_LEAVE, TRACE_REFUSED, TRACE_REVERSE_ENTER, TRACE_REVERSE_LEAVE, TraceRecord,
};

/// Looks at the lock of ring 0 before an event is given up. Its holder makes a dozen stores.
const ATTEMPTS: u32 = if cfg!(loom) { 1 } else { 1000 };

impl Manager {
    /// True while transitions are traced.
    ///
    /// Ordering: Acquire pairs with the Release in `trace_start`: the rings are there.
    pub fn is_tracing(&self) -> bool {
        self.figures().tracing.load(Ordering::Acquire) != 0
    }

    /// Records an event of the task of `cell`, which the calling thread runs, if anybody wants it.
    #[inline]
    pub(crate) fn trace(&self, cell: &Cell, kind: u32, value: u64) {
        if self.is_tracing() {
            self.trace_task(cell, kind, value);
        }
    }

    /// Records that a transition took place.
    #[inline]
    pub(crate) fn trace_call(&self, cell: &Cell, call: Call, target: usize) {
        if self.is_tracing() {
            let kind = match call {
                Call::Leave => TRACE_LEAVE,
                Call::Enter => TRACE_ENTER,
                Call::ReverseEnter => TRACE_REVERSE_ENTER,
                Call::ReverseLeave => TRACE_REVERSE_LEAVE,
            };
            self.trace_task(cell, kind, if call == Call::Leave { target as u64 } else { 0 });
        }
    }

    /// Records that a transition was answered with an error, or would have been under govern.
    pub(crate) fn trace_refusal(&self, cell: &Cell, call: Call, error: Error) {
        self.trace(cell, TRACE_REFUSED, number_of(error) << 8 | call as u64);
    }

    #[cold]
    fn trace_task(&self, cell: &Cell, kind: u32, value: u64) {
        let record =
            TraceRecord { time_ns: sys::now_ns(), task: own!(cell.id), value, kind, depth: cell.depth() };
        match self.ring_of(cell) {
            Some(ring) => ring.push(&record),
            None => self.give_up(),
        }
    }

    /// Records an event of the manager, if anybody wants it.
    pub(crate) fn trace_manager(&self, kind: u32, value: u64) {
        if self.is_tracing() {
            self.trace_always(kind, value);
        }
    }

    /// Records an event of the manager.
    ///
    /// Any thread may have one, and none waits for another that was stopped in the middle of its own: the event is counted
    /// as lost then.
    pub(crate) fn trace_always(&self, kind: u32, value: u64) {
        let lock = &self.rings.manager_ring;
        for _ in 0..ATTEMPTS {
            // Ordering: Acquire pairs with the Release below: the ring has one writer after the other.
            let is_taken = lock.compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed).is_err();
            if !is_taken || fault(Fault::ManagerRingShared) {
                let depth = self.gate().load().pauses();
                if let Some(ring) = self.ring(0) {
                    ring.push(&TraceRecord { time_ns: sys::now_ns(), task: 0, value, kind, depth });
                }
                lock.store(0, Ordering::Release);
                return;
            }
            core::hint::spin_loop();
        }
        self.give_up();
    }

    /// Counts an event that finds no place.
    fn give_up(&self) {
        self.figures().unrecorded.fetch_add(1, Ordering::Relaxed);
    }
}

/// The number of an error in a trace; docs/PAGE.md lists them.
pub(crate) const fn number_of(error: Error) -> u64 {
    match error {
        Error::NotOwner => 1,
        Error::Unavailable => 2,
        Error::Timeout => 3,
        Error::Abandoned => 4,
        Error::Failed => 5,
        Error::OutOfMemory => 6,
        Error::LevelsExhausted => 7,
        Error::Deadlock => 8,
        Error::InvalidOperation => 9,
        Error::Interrupted => 10,
        Error::InvalidArgument => 11,
        Error::Unsupported => 12,
    }
}
