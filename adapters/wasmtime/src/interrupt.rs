//! What a guest does about its task's requests when it comes to look at them.
//!
//! It looks when it is called, when a host function returns to it, and, in engines made with `epoch_interruption`, at
//! every function entry and loop after a request was made.

use std::sync::atomic::{Ordering, fence};

use wasmtime::UpdateDeadline;

use crate::clr_task::{ABORT, ABORT_NONE, ABORT_RUDE, ClrTask};
use crate::crossing;
use crate::levels;
use crate::runtime::Runtime;

/// The host ended a guest through `ICLRTask::Abort` or `RudeAbort`; the trap that the guest's caller gets.
///
/// Found again with `error.downcast_ref::<Aborted>()`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aborted {
    /// Whether it was `RudeAbort`: host functions further out cannot stop it.
    pub rude: bool,
    /// What the host gave by `ICLRTask::SetTaskIdentifier`, 0 if nothing.
    pub identifier: u64,
}

impl std::fmt::Display for Aborted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let method = if self.rude { "RudeAbort" } else { "Abort" };
        match self.identifier {
            0 => write!(f, "the host aborted this task (ICLRTask::{method})"),
            identifier => write!(f, "the host aborted task {identifier} (ICLRTask::{method})"),
        }
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
    if asked == ABORT || levels::no_guest() {
        // Fails when a rude abort has come on top; that one stays.
        let _ = task.abort.compare_exchange(asked, ABORT_NONE, Ordering::AcqRel, Ordering::Relaxed);
    }
    Some(Aborted { rude: asked == ABORT_RUDE, identifier: task.identifier.load(Ordering::Relaxed) })
}

/// The outermost guest of the thread has returned: a rude abort has done its work, unless it is still being delayed.
pub(crate) fn outermost_returned(runtime: &'static Runtime) {
    ClrTask::with_current(runtime, |task| {
        if task.abort_delays.load(Ordering::Acquire) != 0 {
            return;
        }
        let _ = task.abort.compare_exchange(ABORT_RUDE, ABORT_NONE, Ordering::AcqRel, Ordering::Relaxed);
    });
}

/// A new epoch has stopped the guest, in a library call of the runtime. What to do about it is decided at that call's
/// return ([`crate::hook`]), after Wasmtime has set the next deadline: a request that came between a look here and that
/// deadline would be seen by nobody.
pub(crate) fn new_epoch() -> UpdateDeadline {
    UpdateDeadline::Continue(1)
}

/// Makes way if `YieldTask` asked for it: outside for the moment of the switch, so that a host that has closed its gate
/// holds the task on its way back in. For the end of a host call, before it is closed.
pub(crate) fn make_way(runtime: &'static Runtime) -> wasmtime::Result<()> {
    // Ordering: Acquire fence, pairs with the Release fence in `Runtime::interrupt`: a guest that took the new epoch for its
    // deadline finds the request that came before it.
    fence(Ordering::Acquire);
    let asked = ClrTask::with_current(runtime, |task| {
        task.yield_asked.load(Ordering::Relaxed) && task.yield_asked.swap(false, Ordering::AcqRel)
    });
    if asked == Some(true) {
        crossing::leave_to_yield()?;
        runtime.manager().switch_to_task();
    }
    Ok(())
}

/// The task is about to pass the gate on its way in: whoever asked it to yield has had what he wanted.
pub(crate) fn about_to_go_in(runtime: &'static Runtime) {
    ClrTask::with_current(runtime, |task| task.yield_asked.store(false, Ordering::Relaxed));
}
