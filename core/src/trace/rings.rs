//! The memory of a manager's rings: made when tracing is first started, in the page if there is one.
//!
//! Ring 0 is the manager's own. A cell takes the next free one at its first event and keeps it, so that rings are as many as
//! tasks were busy at a time, and a ring has one writer: whoever runs the task.

use crate::cell::Cell;
use crate::error::Error;
use crate::manager::Manager;
use crate::sync::{AtomicPtr, AtomicU32, AtomicU64, Ordering, const_unless_loom, own};
use crate::trace::Ring;
use crate::trace::ring::{Head, Place};
#[cfg(not(loom))]
use crate::{page::ring_bytes, sys};
#[cfg(not(loom))]
use core::ptr::NonNull;

/// What a manager keeps of its rings beside them.
pub(crate) struct Rings {
    /// Of ring 0; null before tracing was first started.
    start: AtomicPtr<Memory>,
    /// Not 0 while somebody writes to ring 0, which has many writers.
    pub(crate) manager_ring: AtomicU32,
    /// Not 0 while somebody drains.
    pub(crate) draining: AtomicU32,
    /// The ring that the next drain begins with.
    pub(crate) drained_to: AtomicU32,
    /// How many of the events without a place the former drains have told of.
    pub(crate) told: AtomicU64,
}

impl Rings {
    const_unless_loom! {
        pub(crate) fn new() -> Rings {
            Rings {
                start: AtomicPtr::new(core::ptr::null_mut()),
                manager_ring: AtomicU32::new(0),
                draining: AtomicU32::new(0),
                drained_to: AtomicU32::new(0),
                told: AtomicU64::new(0),
            }
        }
    }
}

impl Manager {
    /// Makes the rings, unless they are there.
    pub(crate) fn make_rings(&self) -> Result<(), Error> {
        if self.rings.start.load(Ordering::Acquire).is_null() {
            let fresh = self.allocate_rings()?;
            let (null, order) = (core::ptr::null_mut(), Ordering::AcqRel);
            if self.rings.start.compare_exchange(null, fresh, order, Ordering::Acquire).is_err() {
                self.release_rings(fresh);
            }
        }
        // The first is the manager's.
        let used = &self.figures().rings_used;
        let _ = used.compare_exchange(0, 1, Ordering::AcqRel, Ordering::Relaxed);
        Ok(())
    }

    /// The ring of `cell`, which the caller is the only one to write to; one is taken at the first event.
    pub(crate) fn ring_of(&self, cell: &Cell) -> Option<Ring<'_>> {
        let known = own!(cell.ring);
        if known != 0 {
            return self.ring(known);
        }
        let most = self.config.rings() as u32;
        let take = |used: u32| (used < most).then(|| used + 1);
        let taken = self.figures().rings_used.fetch_update(Ordering::AcqRel, Ordering::Acquire, take).ok()?;
        cell.ring.store(taken, Ordering::Release);
        self.ring(taken)
    }
}

/// Rings lie one after the other, each in whole pages.
#[cfg(not(loom))]
type Memory = u8;

#[cfg(not(loom))]
impl Manager {
    fn allocate_rings(&self) -> Result<*mut Memory, Error> {
        let start = match self.page() {
            Some(page) => page.place(&page.layout.rings, 0),
            None => sys::pages(self.ring_bytes() * self.config.rings()),
        };
        start.map(NonNull::as_ptr).ok_or(Error::OutOfMemory)
    }

    fn release_rings(&self, start: *mut Memory) {
        if let (None, Some(start)) = (self.page(), NonNull::new(start)) {
            // SAFETY: allocated above with this length, and referred to by nobody.
            unsafe { sys::release_pages(start, self.ring_bytes() * self.config.rings()) };
        }
    }

    fn ring_bytes(&self) -> usize {
        ring_bytes(self.config.ring_records())
    }

    /// Ring `number`, if there are rings.
    pub(crate) fn ring(&self, number: u32) -> Option<Ring<'_>> {
        // Ordering: Acquire pairs with the Release in `make_rings`.
        let start = NonNull::new(self.rings.start.load(Ordering::Acquire))?;
        if number as usize >= self.config.rings() {
            return None;
        }
        // SAFETY: there is memory for all rings.
        let head = unsafe { start.byte_add(number as usize * self.ring_bytes()) };
        // SAFETY: as above; the records follow the head.
        let places = unsafe { head.byte_add(size_of::<Head>()) };
        // SAFETY: as above; aligned, and zeroes are a ring that nobody has written to.
        let head: &Head = unsafe { head.cast().as_ref() };
        // SAFETY: as above.
        let places: &[Place] =
            unsafe { core::slice::from_raw_parts(places.cast().as_ptr(), self.config.ring_records()) };
        Some(Ring::new(head, places))
    }

    /// Forgets all events, and that there was a trace: for the child of a fork.
    ///
    /// # Safety
    /// In the child of a fork, on its only thread.
    pub(crate) unsafe fn forget_rings(&self) {
        let figures = self.figures();
        figures.tracing.store(0, Ordering::Relaxed);
        figures.rings_used.store(0, Ordering::Relaxed);
        self.cells.iter().for_each(|cell| cell.ring.store(0, Ordering::Relaxed));
        self.rings.manager_ring.store(0, Ordering::Relaxed);
        self.rings.draining.store(0, Ordering::Relaxed);
        self.rings.told.store(figures.unrecorded.load(Ordering::Relaxed), Ordering::Relaxed);
        self.release_rings(self.rings.start.swap(core::ptr::null_mut(), Ordering::AcqRel));
    }
}

/// A model's rings; loom's atomics cannot be made of zeroes.
#[cfg(loom)]
struct Memory {
    rings: [(Head, [Place; MODEL_RECORDS]); MODEL_RINGS],
}

#[cfg(loom)]
const MODEL_RECORDS: usize = 2;
#[cfg(loom)]
const MODEL_RINGS: usize = 3;

#[cfg(loom)]
impl Manager {
    fn allocate_rings(&self) -> Result<*mut Memory, Error> {
        let make = || Memory {
            rings: core::array::from_fn(|_| (Head::new(), core::array::from_fn(|_| Place::new()))),
        };
        crate::sys::model::allocate(1, make).map(core::ptr::NonNull::as_ptr).ok_or(Error::OutOfMemory)
    }

    fn release_rings(&self, start: *mut Memory) {
        if let Some(start) = core::ptr::NonNull::new(start) {
            // SAFETY: allocated above with this count; nobody refers to it.
            unsafe { crate::sys::model::release(start, 1) };
        }
    }

    pub(crate) fn ring(&self, number: u32) -> Option<Ring<'_>> {
        // SAFETY: null, or rings that live as long as the manager.
        let memory = unsafe { self.rings.start.load(Ordering::Acquire).as_ref() }?;
        memory.rings.get(number as usize).map(|(head, places)| Ring::new(head, places))
    }
}

/// A model's rings die with its model; real ones are immortal.
#[cfg(loom)]
impl Drop for Rings {
    fn drop(&mut self) {
        if let Some(start) = core::ptr::NonNull::new(self.start.load(Ordering::Acquire)) {
            // SAFETY: allocated above with this count; the manager is gone.
            unsafe { crate::sys::model::release(start, 1) };
        }
    }
}
