//! Tasks with threads of their own: created suspended, started once.

use core::ffi::c_void;

use super::{Task, TaskState};
use crate::cell::Cell;
use crate::error::Error;
use crate::gate::Refusal;
use crate::levels::Side;
use crate::manager::Manager;
use crate::sync::Ordering;
use crate::sys::{self, Deadline};
use crate::thread;
use crate::thread_start::StartRoutine;

impl Manager {
    /// Creates a task with a thread that waits for [`start`](Task::start) and then runs `routine(parameter)` once.
    ///
    /// Thread, cell and record are acquired here, so that the start cannot fail. `stack_bytes` is a reserve, 0 the
    /// default. The caller gets a reference.
    ///
    /// **Thread:** any. **Progress:** system calls. **Errors:** `OutOfMemory`, with nothing left behind.
    pub fn create_task(
        &'static self,
        stack_bytes: usize,
        routine: StartRoutine,
        parameter: *mut c_void,
    ) -> Result<&'static Task, Error> {
        let _errno = sys::PreserveErrno::new();
        let cell = self.attach(0)?;
        let task = match self.take_task(cell, TaskState::Suspended, Some((routine, parameter))) {
            Ok(task) => task,
            Err(error) => {
                self.detach(cell);
                return Err(error);
            }
        };
        if !sys::spawn(stack_bytes, run, core::ptr::from_ref(task).cast_mut().cast()) {
            // The thread's reference goes with the cell, then the caller's. Others may have found the task by its id.
            self.detach(cell);
            task.release();
            return Err(Error::OutOfMemory);
        }
        Ok(task)
    }
}

/// The body of a created task's thread.
///
/// # Safety
/// `task` is a record whose own reference belongs to this thread.
unsafe fn run(task: *mut c_void) {
    // SAFETY: the caller's duty; records are never freed.
    let task: &'static Task = unsafe { &*task.cast_const().cast() };
    // SAFETY: set when the record was made; this thread alone ends the task.
    let cell: &'static Cell = unsafe { &*task.cell.load(Ordering::Relaxed) };
    let os_thread = sys::os_thread_id();
    cell.os_thread.store(os_thread, Ordering::Release);
    task.os_thread.store(os_thread, Ordering::Release);
    // Before anything else: a call on this thread must find this task, not adopt a second one.
    thread::adopt(cell);
    // A refusal only means that a thread which ends inside its start routine is not noticed.
    sys::on_thread_exit();
    let state =
        task.bell.wait_until(Deadline::NEVER, || Some(task.state()).filter(|s| *s != TaskState::Suspended));
    task.apply_priority_at_start();
    if state == Some(TaskState::Running) && go_in(cell, cell.manager()).is_ok() {
        if let Some((routine, parameter)) = task.start.routine() {
            // The thread may end in there: nothing above and below has anything to clean up.
            // SAFETY: the creator vouched for routine and parameter.
            unsafe { routine(parameter) };
        }
        task.finished.store(1, Ordering::Relaxed);
    }
    thread::exit();
}

/// Takes the task, whose base is inside, through the gate; a start may be late, but only an end of the manager undoes it.
fn go_in(cell: &Cell, manager: &Manager) -> Result<(), Error> {
    loop {
        match cell.take_base(manager, Side::Inside) {
            Err(Error::Timeout) => {}
            Err(Error::Unavailable) => {
                let over = manager.held.wait_until(Deadline::NEVER, || {
                    let gate = manager.gate().load();
                    let over = gate.has_ended();
                    (over || !gate.has(Refusal::Unavailable)).then_some(over)
                });
                if over == Some(true) {
                    return Err(Error::Unavailable);
                }
            }
            result => return result,
        }
    }
}
