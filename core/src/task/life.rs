//! Start, cancellation and end of a task.

use super::{Task, TaskState};
use crate::cell::Cell;
use crate::error::Error;
use crate::fault::Fault;
use crate::fence;
use crate::manager::Manager;
use crate::sync::Ordering;
use crate::sys;

impl Manager {
    /// Lets the runtime's half of the task of `cell` end, while the thread still has the task.
    #[cfg(not(loom))]
    pub(crate) fn leave_runtime_half(&self, cell: &Cell) {
        // SAFETY: null, or a record kept alive by the reference of the task itself, which this thread is.
        let task = unsafe { cell.task.load(Ordering::Relaxed).as_ref() };
        if let Some(task) = task {
            self.end_runtime_half(task);
        }
    }

    /// Has the door end the runtime's half of `task`, whose thread this is.
    fn end_runtime_half(&self, task: &Task) {
        if let Some(task_ends) = self.door.task_ends.filter(|_| task.half.is_set()) {
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

    /// Puts the records in order in the child of a fork, where only the task of `own` has a thread: `os_thread`.
    ///
    /// Tasks that have cells have been ended; others were being made or ended by threads that are not here.
    #[cfg(not(loom))]
    pub(crate) fn keep_only_task(&self, own: Option<&Cell>, os_thread: u64) {
        let own = own.map_or(core::ptr::null_mut(), |cell| cell.task.load(Ordering::Relaxed));
        for task in self.tasks.iter().filter(|task| task.life.references() != 0) {
            if core::ptr::eq(own, task) {
                task.os_thread.store(os_thread, Ordering::Release);
                task.half.forget_users();
                task.bell.reset();
            } else if matches!(task.state(), TaskState::Suspended | TaskState::Running) {
                task.end(true);
            }
        }
    }
}

impl Task {
    /// Lets the task's thread run its start routine.
    ///
    /// **Thread:** any that holds a reference. **Progress:** wait-free, a system call. **Errors:** `InvalidOperation` if
    /// it was started before, or was not created with a start routine.
    pub fn start(&self) -> Result<(), Error> {
        let _errno = sys::PreserveErrno::new();
        // What the starter did happens before: the thread reads the state that this stores.
        if !self.life.advance(TaskState::Suspended, TaskState::Running) {
            return Err(Error::InvalidOperation);
        }
        self.bell.ring();
        Ok(())
    }

    /// Satisfies the joins and drops the task's own reference; `gone` is a task whose thread a fork left behind.
    fn end(&self, gone: bool) {
        let unfinished = self.start.is_given() && self.finished.load(Ordering::Relaxed) == 0;
        let state = if gone || unfinished { TaskState::Abandoned } else { TaskState::Ended };
        self.start.forget();
        self.cell.store(core::ptr::null_mut(), Ordering::Release);
        // Ordering: full fence, pairs with the one in `set_runtime_half`.
        fence::full(Fault::NoEndFences);
        if gone {
            // Whoever used the half, or waited here, is not in this process; the runtime's code must not run in it.
            self.half.forget();
            self.bell.reset();
        } else {
            // An object that another thread put in place after the task's own look for it.
            self.manager().end_runtime_half(self);
        }
        // What the task did happens before its join returns: the joining thread reads the state that this stores.
        self.life.finish(state);
        self.bell.ring();
        self.release();
    }
}
