//! What a guest does about its task's requests when it comes to look at them.
//!
//! It looks when it is called, when a host function returns to it, and, in engines made with `epoch_interruption`, at
//! every function entry and loop after a request was made.

use std::sync::atomic::Ordering;

use wasmtime::UpdateDeadline;

use crate::clr_task::{ABORT, ABORT_NONE, ABORT_RUDE, ClrTask};
use crate::levels;
use crate::runtime::Runtime;

/// The host ended a guest through `ICLRTask::Abort` or `RudeAbort`; the trap that the guest's caller gets.
///
/// Found again with `error.downcast_ref::<Aborted>()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aborted {
    /// Whether it was `RudeAbort`: host functions further out cannot stop it.
    pub rude: bool,
}

impl std::fmt::Display for Aborted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let method = if self.rude { "RudeAbort" } else { "Abort" };
        write!(f, "the host aborted this task (ICLRTask::{method})")
    }
}

impl std::error::Error for Aborted {}

/// Fails if the calling thread's task is to be aborted.
pub(crate) fn check(runtime: &'static Runtime) -> wasmtime::Result<()> {
    match ClrTask::with_current(runtime, take_abort).flatten() {
        Some(aborted) => Err(aborted.into()),
        None => Ok(()),
    }
}

fn take_abort(task: &ClrTask) -> Option<Aborted> {
    let asked = task.abort.load(Ordering::Acquire);
    if asked == ABORT_NONE || task.abort_delays.load(Ordering::Acquire) != 0 {
        return None;
    }
    // An abort happens once. A rude one goes on until nothing of the task is left; if nothing is now, this was it.
    if asked == ABORT || levels::mark() == 0 {
        // Fails when a rude abort has come on top; that one stays.
        let _ = task.abort.compare_exchange(asked, ABORT_NONE, Ordering::AcqRel, Ordering::Relaxed);
    }
    Some(Aborted { rude: asked == ABORT_RUDE })
}

/// The outermost guest of the thread has returned: a rude abort has done its work.
pub(crate) fn outermost_returned(runtime: &'static Runtime) {
    ClrTask::with_current(runtime, |task| {
        let _ = task.abort.compare_exchange(ABORT_RUDE, ABORT_NONE, Ordering::AcqRel, Ordering::Relaxed);
    });
}

/// A new epoch: the guest looks at its requests, from inside a library call of the runtime.
pub(crate) fn new_epoch(runtime: &'static Runtime) -> wasmtime::Result<UpdateDeadline> {
    check(runtime)?;
    let yields = ClrTask::with_current(runtime, |task| task.yield_asked.swap(false, Ordering::AcqRel));
    if yields == Some(true) {
        // Outside for the moment of the switch: a host that has closed its gate holds the task on the way back in.
        levels::leave_to_yield()?;
        runtime.manager().switch_to_task();
    }
    Ok(UpdateDeadline::Continue(1))
}
