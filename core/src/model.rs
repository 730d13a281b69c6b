//! What models need beside the public items: the small parts by themselves, and tasks in a given state.
//!
//! Only compiled under `cfg(loom)`. Nothing here is a protocol: every function calls the one that it is named after.

use crate::armed;
use crate::bell::Bell;
use crate::cell::{Call, Cell};
use crate::error::Error;
pub use crate::fault::{Fault, inject};
use crate::levels::{Side, push_inside, push_outside};
use crate::manager::Manager;
use crate::registry::OwnedTask;
use crate::slab::{Record, Slab};
use crate::sync::{AtomicU32, Ordering, own};
use crate::sys::Deadline;
use crate::task::Task;
use crate::trace::{Head, Place, Ring, TraceRecord};

/// A [`Bell`] by itself.
pub struct ModelBell(Bell);

impl ModelBell {
    /// A bell that nobody waits at.
    #[expect(clippy::new_without_default, reason = "registers with the running model")]
    pub fn new() -> ModelBell {
        ModelBell(Bell::new())
    }

    /// Announces a change.
    pub fn ring(&self) {
        self.0.ring();
    }

    /// Waits without a limit.
    pub fn wait_until<T>(&self, look: impl FnMut() -> Option<T>) -> Option<T> {
        self.0.wait_until(Deadline::NEVER, look)
    }
}

/// A record of nothing but its index and link.
pub struct Plain {
    index: AtomicU32,
    next_free: AtomicU32,
}

// SAFETY: as for cells; models make records by `free`.
unsafe impl Record for Plain {
    fn free() -> Plain {
        Plain { index: AtomicU32::new(0), next_free: AtomicU32::new(0) }
    }

    fn index(&self) -> &AtomicU32 {
        &self.index
    }

    fn next_free(&self) -> &AtomicU32 {
        &self.next_free
    }
}

/// A [`Slab`] by itself.
pub struct ModelSlab(Slab<Plain>);

impl ModelSlab {
    /// An empty slab.
    #[expect(clippy::new_without_default, reason = "registers with the running model")]
    pub fn new() -> ModelSlab {
        ModelSlab(Slab::new())
    }

    /// The index of a record that is now the caller's.
    pub fn take(&self) -> Option<u32> {
        self.0.take(u32::MAX).map(|record| record.index.load(Ordering::Relaxed))
    }

    /// Gives the record back.
    pub fn give(&self, index: u32) {
        if let Some(record) = self.0.get(index) {
            self.0.give(record);
        }
    }

    /// How many records were ever handed out.
    pub fn high(&self) -> u32 {
        self.0.high()
    }

    /// Where the record is.
    pub fn address(&self, index: u32) -> Option<usize> {
        self.0.get(index).map(|record| core::ptr::from_ref(record).addr())
    }
}

/// A ring of two places by itself.
pub struct ModelRing {
    head: Head,
    places: [Place; 2],
}

impl ModelRing {
    /// An empty ring.
    #[expect(clippy::new_without_default, reason = "registers with the running model")]
    pub fn new() -> ModelRing {
        ModelRing { head: Head::new(), places: [Place::new(), Place::new()] }
    }

    /// Writes a record, all words of which say `number`; by one thread at a time.
    pub fn push(&self, number: u64) {
        let record = TraceRecord { time_ns: number, task: number, value: number, kind: 1, depth: 0 };
        Ring::new(&self.head, &self.places).push(&record);
    }

    /// Hands the records from number `next` on to `take`, as time, value and task; answers how many were lost.
    pub fn read(&self, next: &mut u64, mut take: impl FnMut((u64, u64, u64))) -> u64 {
        Ring::new(&self.head, &self.places).read_from(next, |record| {
            take((record.time_ns, record.value, record.task));
            true
        })
    }
}

impl OwnedTask<'_> {
    /// Opens `count` levels on `side` at once, as that many calls would have, all with the target 0.
    ///
    /// No more than fit the word. Unlike calls, this counts after all of them.
    pub fn open_levels(&mut self, side: Side, count: u32) {
        let cell = self.cell();
        let word = own!(cell.levels);
        let (push, call): (fn(u64) -> u64, _) = match side {
            Side::Outside => (push_outside, Call::Leave),
            Side::Inside => (push_inside, Call::ReverseEnter),
        };
        cell.levels.store((0..count).fold(word, |word, _| push(word)), Ordering::Release);
        Cell::count(&cell.counts[call as usize], u64::from(count));
    }

    /// A leave that was meant for another manager: the fast path does it, then it is taken back.
    pub fn leave_meant_for_another(&mut self) {
        let cell = self.cell();
        // SAFETY: a live cell, run by the holder of the exclusive borrow.
        if !unsafe { crate::transition::leave(cell, 0) } {
            cell.take_back(Call::Leave, true);
        }
    }

    /// The task's number.
    pub fn id(&self) -> u64 {
        own!(self.cell().id)
    }

    /// The number of the task's thread, and its affinity, as the thread itself would set them.
    pub fn set_thread(&self, os_thread: u64, affinity: u32) {
        self.cell().os_thread.store(os_thread, Ordering::Release);
        self.cell().set_affinity(affinity);
    }

    /// True if the task's next call is to look its manager up.
    pub fn is_armed_for_several(&self) -> bool {
        self.cell().armed.load(Ordering::Relaxed) & armed::SEVERAL == armed::SEVERAL
    }

    /// The record of the task, with a reference added.
    pub fn record(&self) -> Result<&Task, Error> {
        self.manager().task_of(self.cell())
    }
}

impl Task {
    /// What the thread of a task that starts does about its level.
    pub fn start_thread(&self, os_thread: u64) {
        self.os_thread.store(os_thread, Ordering::Release);
        self.apply_priority_at_start();
    }
}

/// The level last handed to the system.
pub fn priority_of_the_system() -> i32 {
    crate::sys::model::PRIORITY.lock().map_or(0, |level| *level)
}

impl Manager {
    /// Makes every cell look its manager up at its next call, as a second manager does when it comes into use.
    pub fn arm_for_several(&self) {
        self.arm_all(armed::SEVERAL);
    }

    /// A pause that does not wait: calls `then` if every task shows outside at the first look, and resumes.
    pub fn pause_at_once(&self, then: impl FnOnce()) -> Result<(), Error> {
        self.close_and_arm(Deadline::NEVER)?;
        if self.is_quiescent() {
            then();
        }
        self.resume().map(drop)
    }

    /// True if every task shows outside at this one look.
    pub fn is_quiescent(&self) -> bool {
        !self.cells.iter().any(Cell::may_be_inside)
    }

    /// How many tasks a resume has admitted that are not in yet.
    pub fn tasks_admitted(&self) -> u32 {
        self.gate().load().admitted()
    }
}
