//! Tracing is switched on and off, and its events are taken out.

use crate::armed;
use crate::error::Error;
use crate::fault::{Fault, fault};
use crate::manager::Manager;
use crate::sync::{AtomicU32, Ordering};
use crate::sys;
use crate::trace::{TRACE_STARTED, TRACE_STOPPED, TraceRecord};

/// What a drain found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Drained {
    /// Records that were handed over.
    pub records: usize,
    /// Events since the last drain that were overwritten before anybody took them, or found no place.
    pub lost: u64,
    /// The taker had enough; there may be more.
    pub is_full: bool,
}

impl Manager {
    /// Switches tracing on; false if it was.
    ///
    /// Each transition of a task that begins after the return, and each event of the gate, is recorded, with the time, in a
    /// ring of the task's own: the newest [`trace_records`](crate::Config::trace_records) of it. Such a transition
    /// takes the slow path and reads the clock. The first call makes room for the rings, which takes memory as they fill.
    ///
    /// **Thread:** any. **Progress:** lock-free; system calls. **Ordering:** a transition after the return is recorded.
    /// **Errors:** `OutOfMemory`.
    pub fn trace_start(&self) -> Result<bool, Error> {
        let _errno = sys::PreserveErrno::new();
        self.make_rings()?;
        let figures = self.figures();
        // Ordering: AcqRel; Release pairs with the Acquire in `is_tracing`. A read-modify-write before the fence of
        // `arm_all`, as every reason for arming.
        let was_on = figures.tracing.swap(1, Ordering::AcqRel) != 0;
        if !was_on {
            figures.trace_starts.fetch_add(1, Ordering::Relaxed);
            self.trace_always(TRACE_STARTED, 0);
        }
        // Also if it was on: whoever switched it on may not have armed all cells yet.
        if !was_on || !fault(Fault::SecondStartDoesNotArm) {
            self.arm_all(armed::TRACE);
        }
        Ok(!was_on)
    }

    /// Switches tracing off; false if it was. What was recorded stays.
    ///
    /// **Thread:** any. **Progress:** wait-free. **Ordering:** transitions that begin after the return are not recorded; one
    /// that was under way may be.
    pub fn trace_stop(&self) -> bool {
        let _errno = sys::PreserveErrno::new();
        // Cells stay armed until their next transition.
        let was_on = self.figures().tracing.swap(0, Ordering::AcqRel) != 0;
        if was_on {
            self.trace_always(TRACE_STOPPED, 0);
        }
        was_on
    }

    /// Hands all records that no drain has had yet to `take`, ring by ring and in each the oldest first, until it answers
    /// false.
    ///
    /// A record for which it does so is not handed over; the next drain begins with another ring.
    /// **Thread:** any, one at a time. **Progress:** wait-free: no more than the rings hold. **Ordering:** events before the
    /// call are handed over or counted as lost. **Errors:** `InvalidOperation` while another thread drains.
    pub fn trace_drain(&self, mut take: impl FnMut(&TraceRecord) -> bool) -> Result<Drained, Error> {
        let _turn = Turn::take(&self.rings.draining).ok_or(Error::InvalidOperation)?;
        let mut drained = Drained::default();
        let used = self.figures().rings_used.load(Ordering::Acquire);
        let first = self.rings.drained_to.load(Ordering::Relaxed);
        for step in 0..used {
            let number = first.wrapping_add(step) % used;
            let Some(ring) = self.ring(number) else { break };
            let mut next = ring.drained().load(Ordering::Relaxed);
            drained.lost += ring.read_from(&mut next, |record| {
                let took = take(record);
                drained.records += usize::from(took);
                drained.is_full |= !took;
                took
            });
            ring.drained().store(next, Ordering::Relaxed);
            if drained.is_full {
                self.rings.drained_to.store(number.wrapping_add(1), Ordering::Relaxed);
                break;
            }
        }
        let unrecorded = self.figures().unrecorded.load(Ordering::Relaxed);
        let told = self.rings.told.swap(unrecorded, Ordering::Relaxed);
        drained.lost += unrecorded.wrapping_sub(told);
        Ok(drained)
    }
}

/// The right to drain, given back also if the taker panics.
struct Turn<'m>(&'m AtomicU32);

impl Turn<'_> {
    fn take(draining: &AtomicU32) -> Option<Turn<'_>> {
        // Ordering: Acquire pairs with the Release below: the positions of the last drain are known.
        let is_taken = draining.compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed).is_err();
        (!is_taken || fault(Fault::DrainsTogether)).then(|| Turn(draining))
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.0.store(0, Ordering::Release);
    }
}
