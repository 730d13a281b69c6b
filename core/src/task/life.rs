//! Start, cancellation and end of a task.

use super::{Task, TaskState};
use crate::cell::Cell;
use crate::error::Error;
use crate::manager::Manager;
use crate::sync::Ordering;
use crate::sys;

impl Manager {
    /// Lets the runtime's half of the task of `cell` end, while the thread still has the task.
    #[cfg(not(loom))]
    pub(crate) fn leave_runtime_half(&self, cell: &Cell) {
        // SAFETY: null, or a record kept alive by the reference of the task itself, which this thread is.
        let task = unsafe { cell.task.load(Ordering::Relaxed).as_ref() };
        let (Some(task), Some(task_ends)) = (task, self.door.task_ends) else { return };
        if task.half.is_set() {
            // SAFETY: called on the task's own thread, with a live record, as the door's contract says.
            unsafe { task_ends(task) };
        }
    }

    /// Marks the record of the task of `cell`, if there is one, as ended, satisfies its joins and drops its own
    /// reference.
    ///
    /// **Thread:** the task's own, at its end; in the child of a fork any, for tasks whose thread is `gone`.
    pub(crate) fn end_task(&self, cell: &Cell, gone: bool) {
        let task = cell.task.swap(core::ptr::null_mut(), Ordering::AcqRel);
        // SAFETY: null, or a record kept alive by the reference of the task itself, dropped below.
        let Some(task) = (unsafe { task.as_ref() }) else { return };
        task.end(gone);
    }
}

impl Task {
    /// Lets the task's thread run its start routine.
    ///
    /// **Thread:** any that holds a reference. **Progress:** wait-free, a system call. **Errors:** `InvalidOperation` if
    /// it was started before, or was not created with a start routine.
    pub fn start(&self) -> Result<(), Error> {
        let _errno = sys::PreserveErrno::new();
        let (suspended, running) = (TaskState::Suspended as u32, TaskState::Running as u32);
        // Ordering: Release pairs with the Acquire look of the waiting thread: what the starter did happens before.
        self.state
            .compare_exchange(suspended, running, Ordering::AcqRel, Ordering::Relaxed)
            .map_err(|_| Error::InvalidOperation)?;
        self.bell.ring();
        Ok(())
    }

    /// Ends a task that waits for a start which nobody can give any more.
    pub(super) fn cancel(&self) {
        let (suspended, abandoned) = (TaskState::Suspended as u32, TaskState::Abandoned as u32);
        if self.state.compare_exchange(suspended, abandoned, Ordering::AcqRel, Ordering::Relaxed).is_ok() {
            let _errno = sys::PreserveErrno::new();
            self.bell.ring();
        }
    }

    fn end(&self, gone: bool) {
        let unfinished = self.start.is_given() && self.finished.load(Ordering::Relaxed) == 0;
        let state = if gone || unfinished { TaskState::Abandoned } else { TaskState::Ended };
        self.start.forget();
        self.cell.store(core::ptr::null_mut(), Ordering::Release);
        // Ordering: Release pairs with the Acquire in `state`: what the task did happens before its join returns.
        self.state.store(state as u32, Ordering::Release);
        self.bell.ring();
        self.release();
    }
}
