//! Tasks by their id.

use super::Task;
use crate::error::Error;
use crate::manager::Manager;
use crate::sync::Ordering;

impl Manager {
    /// The record of the live task `id`, with a reference added; `None` if it was never asked for or has ended.
    ///
    /// **Thread:** any. **Progress:** linear in the number of records ever used.
    pub fn find_task(&self, id: u64) -> Option<&Task> {
        self.tasks.iter().find(|task| {
            task.id.load(Ordering::Acquire) == id && task.life.try_retain() && {
                // The record may have become another task's between the two looks.
                let is_it = task.id.load(Ordering::Acquire) == id && !task.has_no_thread();
                if !is_it {
                    task.release();
                }
                is_it
            }
        })
    }

    /// Calls `use_task` with the record of the live task `id`, which stays as long as that takes.
    ///
    /// **Thread:** any. **Progress:** linear in the number of tasks, but for `use_task`. **Errors:** `InvalidArgument` if
    /// no task ever had the id; `Abandoned` if the task has ended; `Unavailable` if nobody has asked for its record yet,
    /// so that nobody can have given it anything.
    pub fn on_task<R>(&self, id: u64, use_task: impl FnOnce(&Task) -> R) -> Result<R, Error> {
        if let Some(task) = self.find_task(id) {
            let result = use_task(task);
            task.release();
            return Ok(result);
        }
        // Ids are given in order, from 1 on.
        if id == 0 || id > self.figures().attached.load(Ordering::Relaxed) {
            return Err(Error::InvalidArgument);
        }
        let is_live = self.cells.iter().any(|cell| {
            // Ordering: Acquire pairs with the Release of attach: an odd generation comes with the id.
            cell.generation.load(Ordering::Acquire) & 1 == 1 && cell.id.load(Ordering::Relaxed) == id
        });
        Err(if is_live { Error::Unavailable } else { Error::Abandoned })
    }
}

impl Task {
    /// True while the task must not be aborted: between its begin and end of a delay.
    ///
    /// **Thread:** any. An answer may be old by the time it is used: aborts are asynchronous, and a runtime delivers one
    /// that was asked for just before a delay began when that is over.
    pub fn delays_abort(&self) -> bool {
        // SAFETY: null, or a cell of an immortal manager, which may have become another task's: this one has ended then.
        let cell = unsafe { self.cell.load(Ordering::Acquire).as_ref() };
        cell.is_some_and(|cell| cell.delay_abort.load(Ordering::Relaxed) != 0)
    }
}
