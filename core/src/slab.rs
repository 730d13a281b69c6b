//! Records that never move: chunks of doubling size, a high-water mark and a lock-free free list.
//!
//! Chunk `k` has `FIRST << k` records, so a short directory spans millions and an index finds its chunk by one bit scan.
//! A chunk is published by compare-and-swap and stays; its memory comes zeroed from the system, which must be a valid
//! free record. The free list is a stack of indices whose head carries a tag, one more at each change: a pop that was
//! overtaken by a pop and a push of the same record (ABA) fails.

use core::ptr::NonNull;

use crate::fault::{Fault, fault, unless};
use crate::sync::{AtomicPtr, AtomicU32, AtomicU64, Ordering, array, const_unless_loom};
use crate::sys;

/// Records of the first chunk.
const FIRST: u32 = if cfg!(loom) { 1 } else { 64 };
/// Chunks: 64 x (2^15 - 1) records, about two million.
const CHUNKS: usize = if cfg!(loom) { 2 } else { 15 };
/// The most records a slab can hold.
pub(crate) const CAPACITY: u32 = FIRST * ((1 << CHUNKS) - 1);

/// What a slab can hold.
///
/// # Safety
/// Memory of zeroes is a valid, free record, and the record is never moved or dropped.
pub(crate) unsafe trait Record: Sized + Sync {
    /// A free record, for memory that does not come zeroed.
    #[cfg(loom)]
    fn free() -> Self;
    /// Where the record keeps its own index.
    fn index(&self) -> &AtomicU32;
    /// Where a free record keeps the index + 1 of the next free one.
    fn next_free(&self) -> &AtomicU32;
}

/// A set of records addressed by index; see the module text.
pub(crate) struct Slab<T> {
    chunks: [AtomicPtr<T>; CHUNKS],
    /// Records that were ever handed out.
    high: AtomicU32,
    /// Tag (high half), index + 1 of the first free record or 0 (low half).
    free: AtomicU64,
    /// Memory for all chunks, one after the other, that somebody else provides; null for none.
    #[cfg(not(loom))]
    reserved: AtomicPtr<T>,
}

impl<T: Record> Slab<T> {
    const_unless_loom! {
        pub(crate) fn new() -> Slab<T> {
            Slab {
                chunks: array![AtomicPtr::new(core::ptr::null_mut()); CHUNKS],
                high: AtomicU32::new(0),
                free: AtomicU64::new(0),
                #[cfg(not(loom))]
                reserved: AtomicPtr::new(core::ptr::null_mut()),
            }
        }
    }

    /// Takes a free record, or a new one while there are fewer than `limit`; `None` at the limit or out of memory.
    ///
    /// **Progress:** lock-free; a system call when a new chunk is needed.
    pub(crate) fn take(&self, limit: u32) -> Option<&T> {
        self.pop().or_else(|| self.grow(limit.min(CAPACITY)))
    }

    /// Gives a record back.
    ///
    /// **Progress:** lock-free. **Ordering:** what the caller did to the record happens before the next `take` of it.
    pub(crate) fn give(&self, record: &T) {
        // Ordering: Relaxed; the CAS below is Release and pairs with the Acquire load in `pop`.
        let mut head = self.free.load(Ordering::Relaxed);
        loop {
            record.next_free().store(head as u32, Ordering::Relaxed);
            let new = next_tag(head) | u64::from(record.index().load(Ordering::Relaxed) + 1);
            match self.free.compare_exchange_weak(head, new, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return,
                Err(now) => head = now,
            }
        }
    }

    fn pop(&self) -> Option<&T> {
        // Ordering: Acquire pairs with the Release of `give`: the record's last owner is done with it.
        let mut head = self.free.load(Ordering::Acquire);
        loop {
            let record = self.get((head as u32).checked_sub(1)?)?;
            // Another pop may be taking this record right now and `give` rewriting the link: the tag then differs.
            let next = record.next_free().load(Ordering::Relaxed);
            let new = next_tag(head) | u64::from(next);
            match self.free.compare_exchange_weak(head, new, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return Some(record),
                Err(now) => head = now,
            }
        }
    }

    fn grow(&self, limit: u32) -> Option<&T> {
        let mut high = self.high.load(Ordering::Relaxed);
        loop {
            if high >= limit {
                return None;
            }
            let (chunk, _) = place(high);
            self.chunk(chunk)?;
            // Ordering: Release pairs with the Acquire of `high()`: whoever sees the mark sees the chunk.
            match self.high.compare_exchange_weak(
                high,
                high + 1,
                unless(Fault::RelaxedNumber, Ordering::AcqRel),
                Ordering::Relaxed,
            ) {
                Ok(_) => break,
                Err(now) => high = now,
            }
        }
        let record = self.get(high)?;
        record.index().store(high, Ordering::Relaxed);
        Some(record)
    }

    /// The chunk, allocated and published if it is not there yet.
    fn chunk(&self, chunk: usize) -> Option<NonNull<T>> {
        let directory = self.chunks.get(chunk)?;
        if let Some(there) = NonNull::new(directory.load(Ordering::Acquire)) {
            return Some(there);
        }
        let count = (FIRST as usize) << chunk;
        let reserved = self.reserved(chunk);
        let fresh = match reserved {
            Some(fresh) => fresh,
            None => allocate::<T>(count)?,
        };
        if fault(Fault::ChunkOverwritten) {
            directory.store(fresh.as_ptr(), Ordering::Release);
            return Some(fresh);
        }
        // Ordering: Release pairs with the Acquire loads of the directory: the records' zeroes are visible.
        match directory.compare_exchange(
            core::ptr::null_mut(),
            fresh.as_ptr(),
            Ordering::AcqRel,
            Ordering::Acquire,
        ) {
            Ok(_) => Some(fresh),
            Err(there) => {
                if reserved.is_none() {
                    // SAFETY: allocated above with this count and seen by nobody else.
                    unsafe { release(fresh, count) };
                }
                NonNull::new(there)
            }
        }
    }

    /// Has all chunks come from `start` on, where there is zeroed memory for as many records as `limit` of
    /// [`take`](Slab::take) lets them have.
    #[cfg(not(loom))]
    pub(crate) fn reserve(&mut self, start: NonNull<T>) {
        self.reserved.store(start.as_ptr(), Ordering::Relaxed);
    }

    /// The place of a chunk in reserved memory.
    #[cfg(not(loom))]
    fn reserved(&self, chunk: usize) -> Option<NonNull<T>> {
        let start = NonNull::new(self.reserved.load(Ordering::Relaxed))?;
        // SAFETY: a chunk is asked for only below the limit, for which there is memory.
        let chunk_start = unsafe { start.add(records_before(chunk)) };
        sys::dump_pages(chunk_start.cast(), ((FIRST as usize) << chunk) * size_of::<T>());
        Some(chunk_start)
    }

    #[cfg(loom)]
    fn reserved(&self, _chunk: usize) -> Option<NonNull<T>> {
        None
    }

    /// The record with `index`, if its chunk exists.
    pub(crate) fn get(&self, index: u32) -> Option<&T> {
        let (chunk, offset) = place(index);
        let start = NonNull::new(self.chunks.get(chunk)?.load(Ordering::Acquire))?;
        // SAFETY: the offset is below the chunk's length by construction of `place`.
        let record = unsafe { start.add(offset as usize) };
        // SAFETY: records live as long as the slab and are shared only.
        Some(unsafe { record.as_ref() })
    }

    /// How many records were ever handed out: all others are free and untouched.
    pub(crate) fn high(&self) -> u32 {
        self.high.load(Ordering::Acquire)
    }

    /// Every record that was ever handed out, free ones too.
    ///
    /// **Progress:** wait-free; records handed out meanwhile may or may not be met.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &T> {
        self.iter_from(0)
    }

    /// The same, beginning with the record of an index.
    pub(crate) fn iter_from(&self, first: u32) -> impl Iterator<Item = &T> {
        let (first, high) = (first as usize, self.high() as usize);
        // Chunk by chunk: a look-up of each index costs as much as fetching its record.
        (0..CHUNKS).flat_map(move |chunk| {
            let before = records_before(chunk);
            let used = high.saturating_sub(before).min((FIRST as usize) << chunk);
            self.records(chunk, used).iter().skip(first.saturating_sub(before))
        })
    }

    /// The first `count` records of a chunk, which were handed out before.
    fn records(&self, chunk: usize, count: usize) -> &[T] {
        let start = self.chunks.get(chunk).filter(|_| count != 0);
        let start = start.and_then(|start| NonNull::new(start.load(Ordering::Acquire)));
        // SAFETY: the chunk has as many records; they live as long as the slab and are shared only.
        start.map_or(&[], |start| unsafe { core::slice::from_raw_parts(start.as_ptr(), count) })
    }

    /// Forgets the free list and makes it anew from the records that `is_free` names.
    ///
    /// For the child of a fork, whose copy of the list may lack a record that another thread was just taking.
    pub(crate) fn rebuild(&self, is_free: impl Fn(&T) -> bool) {
        self.free.store(0, Ordering::Relaxed);
        for index in 0..self.high() {
            if let Some(record) = self.get(index).filter(|record| is_free(record)) {
                // A record that was just being grown may not know its place yet.
                record.index().store(index, Ordering::Relaxed);
                self.give(record);
            }
        }
    }
}

/// The head's tag, one up, with no index.
fn next_tag(head: u64) -> u64 {
    if fault(Fault::NoTag) { 0 } else { ((head >> 32).wrapping_add(1)) << 32 }
}

/// Records of all chunks before one.
const fn records_before(chunk: usize) -> usize {
    FIRST as usize * ((1 << chunk) - 1)
}

/// Records that whole chunks have room for, if they have room for `least`.
#[cfg(not(loom))]
pub(crate) fn in_whole_chunks(least: u32) -> usize {
    let last = place(least.clamp(1, CAPACITY) - 1).0;
    records_before(last + 1)
}

/// Chunk and offset of an index.
fn place(index: u32) -> (usize, u32) {
    let shifted = index / FIRST + 1;
    let chunk = 31 - shifted.leading_zeros();
    (chunk as usize, index - FIRST * ((1 << chunk) - 1))
}

#[cfg(not(loom))]
fn allocate<T>(count: usize) -> Option<NonNull<T>> {
    sys::pages(count * size_of::<T>()).map(NonNull::cast)
}

/// # Safety
/// `chunk` came from `allocate` with the same count, and nothing refers to it.
#[cfg(not(loom))]
unsafe fn release<T>(chunk: NonNull<T>, count: usize) {
    // SAFETY: the caller's duty is this function's.
    unsafe { sys::release_pages(chunk.cast(), count * size_of::<T>()) };
}

#[cfg(loom)]
fn allocate<T: Record>(count: usize) -> Option<NonNull<T>> {
    sys::model::allocate(count, T::free)
}

/// # Safety
/// As above.
#[cfg(loom)]
unsafe fn release<T>(chunk: NonNull<T>, count: usize) {
    // SAFETY: the caller's duty is this function's.
    unsafe { sys::model::release(chunk, count) };
}

/// A model's slab dies with its model; a real one is immortal.
#[cfg(loom)]
impl<T> Drop for Slab<T> {
    fn drop(&mut self) {
        for (chunk, directory) in self.chunks.iter().enumerate() {
            if let Some(start) = NonNull::new(directory.load(Ordering::Acquire)) {
                // SAFETY: published by `chunk` with this count; the slab's owner is the last to refer to it.
                unsafe { release(start, (FIRST as usize) << chunk) };
            }
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn places_are_dense_and_in_bounds() {
        let mut expected = (0, 0);
        for index in 0..FIRST * 63 {
            assert_eq!(place(index), expected);
            expected.1 += 1;
            if expected.1 == FIRST << expected.0 {
                expected = (expected.0 + 1, 0);
            }
        }
        assert_eq!(place(CAPACITY - 1).0, CHUNKS - 1);
    }
}
