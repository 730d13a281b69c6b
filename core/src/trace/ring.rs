//! A ring of records: one writer that never waits, any number of readers, oldest overwritten first.
//!
//! Each place has a sequence number: 2n + 1 while record n is being written there, 2n + 2 once it is there. A reader that
//! finds the same even number before and after has record n whole; any later number means that it was overwritten. So
//! every record is read or counted as lost, exactly once, by each reader.

use crate::fault::{Fault, fault, unless};
use crate::sync::{AtomicU64, Ordering, own};
use crate::trace::TraceRecord;

/// Levels, at most, that a record can tell.
const MOST_DEPTH: u32 = 0xffff;
/// The part of a task's number that a record has room for.
const TASK: u64 = (1 << 40) - 1;

/// What stands before the records of a ring.
#[repr(C)]
pub(crate) struct Head {
    /// Records ever written.
    written: AtomicU64,
    /// The next one for the reader in this process.
    drained: AtomicU64,
    rest: [AtomicU64; 14],
}

/// The place of a record.
#[repr(C)]
pub(crate) struct Place {
    sequence: AtomicU64,
    time_ns: AtomicU64,
    value: AtomicU64,
    /// Task, depth and kind, packed.
    what: AtomicU64,
}

#[cfg(not(loom))]
const _: () = {
    use crate::page::{RING_HEAD_BYTES, TRACE_RECORD_BYTES};
    assert!(size_of::<Head>() as u64 == RING_HEAD_BYTES && size_of::<Place>() as u64 == TRACE_RECORD_BYTES);
};

/// For memory that does not come zeroed.
#[cfg(loom)]
impl Head {
    pub(crate) fn new() -> Head {
        let zero = || AtomicU64::new(0);
        Head { written: zero(), drained: zero(), rest: core::array::from_fn(|_| zero()) }
    }
}

#[cfg(loom)]
impl Place {
    pub(crate) fn new() -> Place {
        let zero = || AtomicU64::new(0);
        Place { sequence: zero(), time_ns: zero(), value: zero(), what: zero() }
    }
}

/// A ring in somebody's memory; the number of places is a power of two.
#[derive(Clone, Copy)]
pub(crate) struct Ring<'a> {
    head: &'a Head,
    places: &'a [Place],
}

/// What became of a record.
enum Found {
    There(TraceRecord),
    Overwritten,
    NotYet,
}

impl<'a> Ring<'a> {
    pub(crate) fn new(head: &'a Head, places: &'a [Place]) -> Ring<'a> {
        Ring { head, places }
    }

    /// The place of record `n`.
    fn place(&self, n: u64) -> Option<&'a Place> {
        self.places.get(n as usize & self.places.len().wrapping_sub(1))
    }

    /// Writes one record over the oldest.
    ///
    /// **Thread:** the ring's only writer. **Progress:** wait-free.
    pub(crate) fn push(&self, record: &TraceRecord) {
        let n = own!(self.head.written);
        let Some(place) = self.place(n) else { return };
        let done = n.wrapping_mul(2).wrapping_add(2);
        if !fault(Fault::RingNotMarked) {
            place.sequence.store(done - 1, Ordering::Relaxed);
        }
        // Ordering: Release, each: a reader that sees one of these words sees the odd number, or a later one, at its
        // second look. Relaxed would let it take halves of two records for one.
        let release = unless(Fault::RingRelaxed, Ordering::Release);
        let depth = u64::from(record.depth.min(MOST_DEPTH));
        place.time_ns.store(record.time_ns, release);
        place.value.store(record.value, release);
        place.what.store((record.task & TASK) << 24 | depth << 8 | u64::from(record.kind & 0xff), release);
        // Ordering: Release pairs with the reader's first look: the words above come with it.
        place.sequence.store(done, Ordering::Release);
        self.head.written.store(n.wrapping_add(1), Ordering::Release);
    }

    fn read(&self, n: u64) -> Found {
        let Some(place) = self.place(n) else { return Found::NotYet };
        let done = n.wrapping_mul(2).wrapping_add(2);
        let first = place.sequence.load(Ordering::Acquire);
        if first == done {
            let time_ns = place.time_ns.load(Ordering::Acquire);
            let value = place.value.load(Ordering::Acquire);
            let what = place.what.load(Ordering::Acquire);
            // Ordering: after the loads above, which acquire.
            if place.sequence.load(Ordering::Acquire) == done || fault(Fault::RingLooksOnce) {
                return Found::There(TraceRecord {
                    time_ns,
                    task: what >> 24,
                    value,
                    kind: what as u32 & 0xff,
                    depth: (what >> 8) as u32 & MOST_DEPTH,
                });
            }
            return Found::Overwritten;
        }
        if first < done { Found::NotYet } else { Found::Overwritten }
    }

    /// Hands the records from number `next` on to `take`, oldest first, until none is left or `take` answers false; moves
    /// `next` along. Answers how many were overwritten before they could be read.
    ///
    /// **Thread:** any; each reader has its own `next`. **Progress:** wait-free: at most as many steps as the ring has places.
    pub(crate) fn read_from(&self, next: &mut u64, mut take: impl FnMut(&TraceRecord) -> bool) -> u64 {
        let written = self.head.written.load(Ordering::Acquire);
        let Some(behind) = written.checked_sub(*next) else { return 0 };
        let mut lost = behind.saturating_sub(self.places.len() as u64);
        *next += lost;
        if fault(Fault::RingSkipsSilently) {
            lost = 0;
        }
        while *next < written {
            match self.read(*next) {
                Found::There(record) => {
                    if !take(&record) {
                        break;
                    }
                    if fault(Fault::ReaderTakesAway) {
                        self.place(*next).inspect(|place| place.sequence.store(0, Ordering::Relaxed));
                    }
                }
                Found::Overwritten => lost += 1,
                Found::NotYet => break,
            }
            *next += 1;
        }
        lost
    }

    /// The next record for the reader in this process.
    pub(crate) fn drained(&self) -> &'a AtomicU64 {
        &self.head.drained
    }
}
