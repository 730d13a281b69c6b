//! Attach and detach: how a cell becomes a task's and is given back.

use crate::armed;
use crate::cell::{Cell, UNDETERMINED};
use crate::error::Error;
use crate::fault::{Fault, fault};
use crate::fence;
use crate::handle::{enter, leave, reverse_enter, reverse_leave};
use crate::inward::{Step, announce, go_in, set_base};
use crate::levels::{EMPTY, FREE, Side};
use crate::manager::Manager;
use crate::sync::{AtomicU64, Ordering, own};
use crate::sys;
use crate::trace::{TRACE_TASK_BEGINS, TRACE_TASK_ENDS};

impl Manager {
    /// Gives a task a cell: without a level, base undetermined, outside for the gate.
    ///
    /// **Progress:** lock-free; a system call when cells are grown. **Errors:** `OutOfMemory`.
    pub(crate) fn attach(&self, os_thread: u64) -> Result<&Cell, Error> {
        let cell = self.cells.take(self.max_tasks()).ok_or(Error::OutOfMemory)?;
        let relaxed = Ordering::Relaxed;
        let (used, high) = (&self.figures().cells_used, self.cells.high());
        if used.load(relaxed) < high {
            // Ordering: Release pairs with the Acquire of readers in other processes: whoever sees the number may look.
            used.fetch_max(high, Ordering::Release);
        }
        cell.manager.store(core::ptr::from_ref(self).cast_mut(), relaxed);
        // Ordering: Release, as all that a snapshot reads; pairs with its Acquire loads. Whoever finds one of these finds at
        // its second look that the former task of the cell has ended, also if another thread ended that.
        let id = self.figures().attached.fetch_add(1, relaxed) + 1;
        cell.id.store(id, Ordering::Release);
        cell.os_thread.store(os_thread, Ordering::Release);
        cell.below.store(UNDETERMINED, Ordering::Release);
        cell.affinity.store(0, Ordering::Release);
        if fault(Fault::CountersReset) {
            cell.counters().iter().for_each(|counter| counter.store(0, Ordering::Release));
        }
        for (offset, counter) in cell.offsets.iter().zip(cell.counters()) {
            offset.store(own!(counter), Ordering::Release);
        }
        cell.base.store(UNDETERMINED, relaxed);
        cell.standing.store(armed::BASE, relaxed);
        cell.delay_abort.store(0, relaxed);
        cell.locale.store(0, relaxed);
        cell.ui_locale.store(0, relaxed);
        // Ordering: Release pairs with the snapshot's Acquire load: an odd generation comes with all of the above.
        cell.generation.store(own!(cell.generation) + 1, Ordering::Release);
        cell.levels.store(EMPTY, Ordering::Release);
        // Ordering: full fence, pairs with the one in `arm_all`: a pass over the cells that missed this one comes before
        // the load below, which then sees its reason.
        fence::full(Fault::NoSlowFence);
        // Or, never a plain store: a pauser may have armed the cell since it was published.
        cell.armed.fetch_or(self.standing(self.gate().load()) | armed::BASE, Ordering::AcqRel);
        self.trace(cell, TRACE_TASK_BEGINS, os_thread);
        Ok(cell)
    }

    /// Ends the task of `cell`: its open levels count as closed without their calls, and the cell is free.
    ///
    /// **Thread:** the one that runs the task, or any once no thread does. **Progress:** lock-free; system calls if a
    /// pauser or a join waits.
    pub(crate) fn detach(&self, cell: &Cell) {
        if fault(Fault::GivenBeforeCleared) {
            self.cells.give(cell);
        }
        self.trace(cell, TRACE_TASK_ENDS, own!(cell.os_thread));
        self.retire(cell);
        self.end_task(cell, false);
        if !fault(Fault::GivenBeforeCleared) {
            self.cells.give(cell);
        }
    }

    /// Makes the cell a free one, on no list yet.
    pub(crate) fn retire(&self, cell: &Cell) {
        cell.levels.store(FREE, Ordering::Release);
        announce(self);
        // All tasks that had the cell balanced, so the differences are what this one leaves open. Taken from the counters
        // and not from the word, which in the child of a fork may be in the middle of a change.
        let load = |counter: &AtomicU64| own!(counter);
        let [leaves, enters, reverse_enters, reverse_leaves] = &cell.counts;
        let [closed_outside, closed_inside] = &cell.closed;
        closed_outside.store(load(leaves).wrapping_sub(load(enters)), Ordering::Release);
        closed_inside.store(load(reverse_enters).wrapping_sub(load(reverse_leaves)), Ordering::Release);
        cell.spilled.store(0, Ordering::Release);
        let generation = load(&cell.generation);
        cell.generation.store(generation + (generation & 1), Ordering::Release);
    }

    /// Attaches a task that belongs to no thread, for callers that run tasks on threads of their own choice.
    ///
    /// With a `base` the task starts on that side, through the gate if inside; without one its first transition tells.
    ///
    /// **Thread:** any. **Progress:** may block at a closed gate for a base inside. **Errors:** `OutOfMemory`; those of
    /// an enter.
    pub fn attach_task(&self, base: Option<Side>) -> Result<OwnedTask<'_>, Error> {
        let _errno = sys::PreserveErrno::new();
        let cell = self.attach(0)?;
        let task = OwnedTask { manager: self, cell, generation: own!(cell.generation) };
        if let Some(base) = base {
            task.cell.take_base(self, base)?;
        }
        Ok(task)
    }
}

impl Cell {
    /// Fixes the base of a fresh task; one inside goes in through the gate.
    pub(crate) fn take_base(&self, manager: &Manager, base: Side) -> Result<(), Error> {
        if base == Side::Inside && !fault(Fault::BaseSkipsGate) {
            go_in(self, manager, Step::Base)?;
        }
        set_base(self, base);
        Ok(())
    }
}

/// A task without a thread; detached when dropped.
///
/// Movable between threads, usable by one at a time: each transition takes `&mut self`. In the child of a fork it is
/// ended, and must not be used (see [`after_fork_child`](crate::after_fork_child)); dropping it there does nothing.
pub struct OwnedTask<'m> {
    manager: &'m Manager,
    cell: &'m Cell,
    /// The cell's at attach: it moves on when the task ends.
    generation: u64,
}

impl<'m> OwnedTask<'m> {
    #[cfg(loom)]
    pub(crate) fn cell(&self) -> &'m Cell {
        self.cell
    }

    #[cfg(loom)]
    pub(crate) fn manager(&self) -> &'m Manager {
        self.manager
    }

    /// Transition leave; see [`Manager::leave`].
    #[inline]
    pub fn leave(&mut self, target: usize) -> Result<(), Error> {
        // SAFETY: a live cell, run by the holder of the exclusive borrow.
        unsafe { leave(self.cell, target) }
    }

    /// Transition enter; see [`Manager::enter`].
    #[inline]
    pub fn enter(&mut self) -> Result<(), Error> {
        // SAFETY: as for `leave`.
        unsafe { enter(self.cell) }
    }

    /// Transition reverse_enter; see [`Manager::reverse_enter`].
    #[inline]
    pub fn reverse_enter(&mut self) -> Result<(), Error> {
        // SAFETY: as for `leave`.
        unsafe { reverse_enter(self.cell) }
    }

    /// Transition reverse_leave; see [`Manager::reverse_leave`].
    #[inline]
    pub fn reverse_leave(&mut self) -> Result<(), Error> {
        // SAFETY: as for `leave`.
        unsafe { reverse_leave(self.cell) }
    }

    /// Number of open levels.
    pub fn depth(&self) -> u32 {
        self.cell.depth()
    }

    /// Where the task is.
    pub fn side(&self) -> Side {
        self.cell.side()
    }
}

impl Drop for OwnedTask<'_> {
    fn drop(&mut self) {
        let _errno = sys::PreserveErrno::new();
        // The child of a fork has ended the task already, and the cell may be another's.
        if own!(self.cell.generation) == self.generation {
            self.manager.detach(self.cell);
        }
    }
}
