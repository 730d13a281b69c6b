//! The Rust door: transitions of the calling thread's task on a manager.

use core::marker::PhantomData;

use crate::cell::{Call, Cell};
use crate::error::Error;
use crate::handle;
use crate::levels::Side;
use crate::manager::Manager;
use crate::thread;
use crate::transition::{self, ReverseLeave};

impl Manager {
    /// Transition leave: the calling thread is about to call native code at `target` (informational, may be 0).
    ///
    /// **Thread:** any; attaches a task on the first call. **Progress:** wait-free, no system call, once attached.
    /// **Ordering:** what the task did inside happens before a pauser sees it outside. **Errors:** `OutOfMemory`,
    /// `LevelsExhausted`, `Unavailable` (after a failure; the leave is recorded), `NotOwner` (strict, while outside).
    /// Never fails under observe. Source: docs/CONTRACT.md.
    #[inline(always)]
    pub fn leave(&'static self, target: usize) -> Result<(), Error> {
        // SAFETY: the calling thread's cell, or a sentinel.
        if unsafe { transition::leave(thread::current(), target) } {
            return Ok(());
        }
        // SAFETY: the fast path has just given up.
        unsafe { self.complete(Call::Leave, target, true) }
    }

    /// Transition enter: the native code of the innermost leave has returned.
    ///
    /// **Thread:** any; attaches a task on the first call. **Progress:** wait-free while the gate is open, else blocks.
    /// **Ordering:** what the host did while the gate was closed happens before this returns. **Errors:** `NotOwner`,
    /// `Timeout`, `Abandoned`, `Failed`, `Unavailable`, `OutOfMemory`; nothing has changed then. Never fails under
    /// observe. Source: docs/CONTRACT.md.
    #[inline(always)]
    pub fn enter(&'static self) -> Result<(), Error> {
        // SAFETY: the calling thread's cell, or a sentinel.
        if unsafe { transition::enter(thread::current()) } {
            return Ok(());
        }
        // SAFETY: the fast path has just given up.
        unsafe { self.complete(Call::Enter, 0, true) }
    }

    /// Transition reverse_enter: native code calls into managed code.
    ///
    /// As [`enter`](Manager::enter), except that it opens a level: `LevelsExhausted` is possible, `NotOwner` only in
    /// strict mode while inside.
    #[inline(always)]
    pub fn reverse_enter(&'static self) -> Result<(), Error> {
        // SAFETY: the calling thread's cell, or a sentinel.
        if unsafe { transition::reverse_enter(thread::current()) } {
            return Ok(());
        }
        // SAFETY: the fast path has just given up.
        unsafe { self.complete(Call::ReverseEnter, 0, true) }
    }

    /// Transition reverse_leave: the managed code of the innermost reverse_enter returns to native code.
    ///
    /// As [`leave`](Manager::leave), except that it closes a level: `NotOwner` if the innermost is not a reverse_enter. As
    /// the very first call of a thread under govern it tells that the thread is inside, and is held and refused as an
    /// [`enter`](Manager::enter) would be.
    #[inline(always)]
    pub fn reverse_leave(&'static self) -> Result<(), Error> {
        // SAFETY: the calling thread's cell, or a sentinel.
        match unsafe { transition::reverse_leave(thread::current()) } {
            ReverseLeave::Done => Ok(()),
            // SAFETY: the fast path has just given up.
            ReverseLeave::Stored => unsafe { self.complete(Call::ReverseLeave, 0, true) },
            // SAFETY: the fast path has just given up.
            ReverseLeave::Empty => unsafe { self.complete(Call::ReverseLeave, 0, false) },
        }
    }

    /// Goes on where a fast path of [`transition`] on [`thread::current`] gave up.
    ///
    /// # Safety
    /// That has just happened on this thread, for this `call`; `stored` is false only after [`ReverseLeave::Empty`].
    #[cold]
    #[inline(never)]
    pub unsafe fn complete(&'static self, call: Call, target: usize, stored: bool) -> Result<(), Error> {
        // SAFETY: the caller's duty.
        unsafe { thread::route(self, call, target, stored) }
    }

    /// Calls `use_task` with the calling thread's task, attached if this is the thread's first call.
    ///
    /// Through the handle a transition saves the thread-local load. **Errors:** `OutOfMemory`; `Unavailable` on a thread
    /// past its end.
    pub fn with_task<R>(&'static self, use_task: impl FnOnce(&TaskHandle<'_>) -> R) -> Result<R, Error> {
        let cell = thread::cell_or_attach(self)?;
        Ok(use_task(&TaskHandle { cell, not_send: PhantomData }))
    }

    /// The cell of the calling thread's task, attached if this is the thread's first call.
    ///
    /// **Errors:** as for [`with_task`](Manager::with_task). The reference stays valid for ever, but the cell is the
    /// thread's only until the thread ends.
    pub fn current_cell(&'static self) -> Result<&'static Cell, Error> {
        thread::cell_or_attach(self)
    }
}

/// The calling thread's task, borrowed: transitions without the thread-local load.
pub struct TaskHandle<'a> {
    cell: &'a Cell,
    not_send: PhantomData<*const ()>,
}

impl TaskHandle<'_> {
    /// Transition leave; see [`Manager::leave`].
    #[inline(always)]
    pub fn leave(&self, target: usize) -> Result<(), Error> {
        // SAFETY: the cell of a live task of this thread: the handle neither leaves the thread nor outlives the borrow.
        unsafe { handle::leave(self.cell, target) }
    }

    /// Transition enter; see [`Manager::enter`].
    #[inline(always)]
    pub fn enter(&self) -> Result<(), Error> {
        // SAFETY: as for `leave`.
        unsafe { handle::enter(self.cell) }
    }

    /// Transition reverse_enter; see [`Manager::reverse_enter`].
    #[inline(always)]
    pub fn reverse_enter(&self) -> Result<(), Error> {
        // SAFETY: as for `leave`.
        unsafe { handle::reverse_enter(self.cell) }
    }

    /// Transition reverse_leave; see [`Manager::reverse_leave`].
    #[inline(always)]
    pub fn reverse_leave(&self) -> Result<(), Error> {
        // SAFETY: as for `leave`.
        unsafe { handle::reverse_leave(self.cell) }
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
