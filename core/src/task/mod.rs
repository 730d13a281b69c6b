//! The record that stands for a task towards others: counted references, its state, what it waits for.
//!
//! A cell belongs to the thread that runs the task and is free again when that ends; the record lives until the last
//! reference is dropped, from any thread, long afterwards. Its first word belongs to the door that hands records out (a
//! COM object begins with its vtable), so that the record's address is the one address of the task.
//!
//! | reference | held by | from | until |
//! |---|---|---|---|
//! | the task's own | its thread | creation | its end |
//! | others | whoever was given one | as told there | `release` |

#[cfg(not(loom))]
mod create;
mod find;
mod half;
mod life;
mod priority;
#[cfg(all(test, not(loom)))]
mod tests;
mod wait;
mod word;

use crate::bell::Bell;
use crate::cell::Cell;
use crate::error::Error;
use crate::fault::Fault;
use crate::fence;
use crate::manager::Manager;
use crate::slab::Record;
use crate::sync::{AtomicPtr, AtomicU32, AtomicU64, Ordering};
use crate::sys;
use crate::thread_start::{Start, StartSlot};
pub use half::RuntimeHalf;
pub use wait::WaitOptions;
use word::LifeWord;

/// What a door needs of the tasks of its managers.
pub struct Door {
    /// The first word of every task record.
    pub task_face: *const (),
    /// Called on the thread of a task that ends, before its joins are satisfied, if a runtime half was set.
    pub task_ends: Option<unsafe fn(task: &Task)>,
}

// SAFETY: the face is an address that only the door reads, and doors put statics there.
unsafe impl Sync for Door {}
// SAFETY: as above.
unsafe impl Send for Door {}

impl Door {
    /// For managers whose tasks are never handed out.
    pub const NONE: Door = Door { task_face: core::ptr::null(), task_ends: None };
}

/// Where a task is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum TaskState {
    /// Created; its thread waits for the start.
    Suspended = 1,
    /// Started, or adopted while running.
    Running = 2,
    /// Its thread has ended as it should.
    Ended = 3,
    /// Its thread ended without finishing the start routine, was never let run it, or vanished in a fork.
    Abandoned = 4,
}

impl TaskState {
    /// The state that the stored number stands for.
    fn of(number: u32) -> TaskState {
        match number {
            1 => TaskState::Suspended,
            2 => TaskState::Running,
            3 => TaskState::Ended,
            _ => TaskState::Abandoned,
        }
    }
}

/// The record of a task; see the module text.
#[repr(C)]
pub struct Task {
    face: AtomicPtr<()>,
    life: LifeWord,
    id: AtomicU64,
    manager: AtomicPtr<Manager>,
    /// The task's cell; null once it has ended.
    cell: AtomicPtr<Cell>,
    /// Rung when the task is started, alerted or ends.
    bell: Bell,
    /// Not 0 from an alert until an alertable wait takes it.
    alerted: AtomicU32,
    /// The bell at which the task waits alertably, or null.
    waits_at: AtomicPtr<Bell>,
    /// Not 0 once the start routine has returned.
    finished: AtomicU32,
    start: StartSlot,
    half: RuntimeHalf,
    /// The level last set, as a signed number.
    priority: AtomicU32,
    pub(crate) os_thread: AtomicU64,
    index: AtomicU32,
    next_free: AtomicU32,
}

// SAFETY: zeroes are a record without references: face and pointers null, no state, no start.
unsafe impl Record for Task {
    #[cfg(loom)]
    fn free() -> Task {
        Task {
            face: AtomicPtr::new(core::ptr::null_mut()),
            life: LifeWord::new(),
            id: AtomicU64::new(0),
            manager: AtomicPtr::new(core::ptr::null_mut()),
            cell: AtomicPtr::new(core::ptr::null_mut()),
            bell: Bell::new(),
            alerted: AtomicU32::new(0),
            waits_at: AtomicPtr::new(core::ptr::null_mut()),
            finished: AtomicU32::new(0),
            start: StartSlot::new(),
            half: RuntimeHalf::new(),
            priority: AtomicU32::new(0),
            os_thread: AtomicU64::new(0),
            index: AtomicU32::new(0),
            next_free: AtomicU32::new(0),
        }
    }

    fn index(&self) -> &AtomicU32 {
        &self.index
    }

    fn next_free(&self) -> &AtomicU32 {
        &self.next_free
    }
}

// SAFETY: zeroes are a free cell (cell, invariant 5).
unsafe impl Record for Cell {
    #[cfg(loom)]
    fn free() -> Cell {
        Cell::new(crate::levels::FREE, 0)
    }

    fn index(&self) -> &AtomicU32 {
        &self.index
    }

    fn next_free(&self) -> &AtomicU32 {
        &self.next_free
    }
}

impl Manager {
    /// The record of the calling thread's task, with a reference added for the caller.
    ///
    /// A thread without a task is adopted. The record's address stays the task's for its whole life.
    ///
    /// **Thread:** any. **Progress:** wait-free for a known task; lock-free, with system calls, on the first call.
    /// **Errors:** `OutOfMemory`; `Unavailable` on a thread past its end.
    #[cfg(not(loom))]
    pub fn current_task(&'static self) -> Result<&'static Task, Error> {
        let _errno = crate::sys::PreserveErrno::new();
        self.task_of(crate::thread::cell_or_attach(self)?)
    }

    /// The record of the task of `cell`, which the calling thread runs, with a reference added; made on first use.
    pub(crate) fn task_of(&self, cell: &Cell) -> Result<&Task, Error> {
        let known = cell.task.load(Ordering::Relaxed);
        // SAFETY: null, or a record of this manager's slab, kept alive by the reference of the task itself.
        if let Some(task) = unsafe { known.as_ref() } {
            task.retain();
            return Ok(task);
        }
        self.take_task(cell, TaskState::Running, None)
    }

    /// A fresh record for `cell` in `state`, with one reference for the task itself and one for the caller.
    fn take_task(&self, cell: &Cell, state: TaskState, start: Option<Start>) -> Result<&Task, Error> {
        let task = self.tasks.take(u32::MAX).ok_or(Error::OutOfMemory)?;
        let relaxed = Ordering::Relaxed;
        task.face.store(self.door.task_face.cast_mut(), relaxed);
        task.id.store(cell.id.load(relaxed), relaxed);
        task.manager.store(core::ptr::from_ref(self).cast_mut(), relaxed);
        task.cell.store(core::ptr::from_ref(cell).cast_mut(), relaxed);
        task.alerted.store(0, relaxed);
        task.waits_at.store(core::ptr::null_mut(), relaxed);
        task.finished.store(0, relaxed);
        task.priority.store(0, relaxed);
        task.os_thread.store(cell.os_thread.load(relaxed), relaxed);
        if let Some((routine, parameter)) = start {
            task.start.set(routine, parameter);
        }
        // Last: a record with references can be found by its id, and must be whole then.
        task.life.begin(state);
        cell.task.store(core::ptr::from_ref(task).cast_mut(), Ordering::Release);
        Ok(task)
    }
}

/// The record of the calling thread's task under `manager`, if it was ever asked for; no reference is added.
#[cfg(not(loom))]
pub fn current_task_of(manager: &Manager) -> Option<&'static Task> {
    let cell = crate::thread::cell_of(manager)?;
    // SAFETY: null, or a record kept alive by the reference of the task itself, which the calling thread runs.
    unsafe { cell.task.load(Ordering::Relaxed).as_ref() }
}

impl Task {
    /// Adds a reference; answers how many there are.
    ///
    /// **Thread:** any that holds one. **Progress:** wait-free.
    pub fn retain(&self) -> u32 {
        self.life.retain()
    }

    /// Drops a reference; answers how many are left. With the last one the record is free for another task.
    ///
    /// A task that was never started, and to which only its own thread refers, can be started by nobody: it ends.
    ///
    /// **Thread:** any that holds one. **Progress:** lock-free; a system call in that case.
    pub fn release(&self) -> u32 {
        let manager = self.manager();
        let dropped = self.life.release();
        if dropped.left == 0 {
            self.id.store(0, Ordering::Release);
            manager.tasks.give(self);
        } else if dropped.cancelled {
            let _errno = sys::PreserveErrno::new();
            // The record may be another task's by now, for which this is a spurious ring.
            self.bell.ring();
        }
        dropped.left
    }

    /// The manager of the task.
    pub fn manager(&self) -> &Manager {
        // SAFETY: set when the record was made, to a manager that outlives it.
        unsafe { &*self.manager.load(Ordering::Relaxed) }
    }

    /// Number of the task, the same as in snapshots.
    pub fn id(&self) -> u64 {
        self.id.load(Ordering::Relaxed)
    }

    /// Where the task is in its life.
    pub fn state(&self) -> TaskState {
        self.life.state()
    }

    /// Gives the task its runtime half; answers the former one.
    ///
    /// **Thread:** the task's own; another one before the start, or while no other does. **Errors:** `InvalidOperation`
    /// once the task has ended, which would keep it for ever; the object is the caller's again.
    pub fn set_runtime_half(&self, object: *mut ()) -> Result<*mut (), Error> {
        if self.has_no_thread() {
            return Err(Error::InvalidOperation);
        }
        let former = self.half.replace(object);
        // Ordering: full fence, pairs with the one in `end` (Dekker on half and cell): either the end sees the object and
        // lets it end, or the look below sees the end.
        fence::full(Fault::NoEndFences);
        if self.has_no_thread() && self.half.take_back(object) {
            return Err(Error::InvalidOperation);
        }
        Ok(former)
    }

    /// True once the task has ended.
    fn has_no_thread(&self) -> bool {
        self.cell.load(Ordering::Acquire).is_null()
    }

    /// The runtime's half of the task.
    pub fn runtime_half(&self) -> &RuntimeHalf {
        &self.half
    }
}
