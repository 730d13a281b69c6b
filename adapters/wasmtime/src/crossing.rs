//! The crossings of the calling thread, each as what it means to the manager and to the thread's list of levels.

use crate::levels::{self, Kind};
use crate::reporter::Reporter;
use crate::transition::Transition;

/// Wasmtime is about to call a guest function.
pub(crate) fn enter_guest(reporter: &'static Reporter) -> wasmtime::Result<()> {
    levels::close_stale(reporter.manager())?;
    if let Some(host_call) = levels::top()?.filter(|top| top.kind == Kind::Quiet) {
        // A host function without a name calls in: it must have left first, or two inside levels would touch and the
        // manager would never see this task outside.
        leave_as(host_call.reporter, host_call.reporter.unnamed())?;
    }
    reporter.report(Transition::ReverseEnter, 0, false)?;
    levels::push(reporter, Kind::Inside)
}

/// Wasmtime is back from a guest function, with a result or a trap.
///
/// A refusal further in is on its way out as a trap already. Asking the manager again here would put a second trap in its
/// place and could wait at the gate a second time: whoever made the outermost call repairs, or the next call in does.
pub(crate) fn exit_guest(reporter: &'static Reporter) -> wasmtime::Result<()> {
    levels::finish(reporter, |kind| kind == Kind::Inside, false)
}

/// Wasmtime is about to run a host function or a library call of its own.
pub(crate) fn begin_host_call(reporter: &'static Reporter, announce: bool) -> wasmtime::Result<()> {
    if !announce {
        return levels::push(reporter, Kind::Quiet);
    }
    reporter.report(Transition::Leave, reporter.unnamed(), false)?;
    levels::push(reporter, Kind::Outside)
}

/// A host function defined through [`crate::define()`] has begun: announces it by name.
pub(crate) fn name_host_call(target: usize) -> wasmtime::Result<()> {
    // Not quiet: the store has no host attached, or announces everything itself.
    match levels::top()?.filter(|top| top.kind == Kind::Quiet) {
        Some(top) if top.reporter.manager().needs_hook(target) => leave_as(top.reporter, target),
        Some(_) => levels::set_top(Kind::Exempt),
        None => Ok(()),
    }
}

/// Wasmtime is back from a host function or a library call, with a result or an error.
///
/// Here the manager is asked again: the host function may have caught a refusal, and the guest is about to run on.
pub(crate) fn end_host_call(reporter: &'static Reporter) -> wasmtime::Result<()> {
    levels::finish(reporter, |kind| kind != Kind::Inside, true)
}

/// The runtime hands its thread to native code: a level that [`levels::repair`] closes, to a mark taken before.
pub(crate) fn leave_for_body(reporter: &'static Reporter) -> wasmtime::Result<()> {
    reporter.report(Transition::Leave, reporter.body(), false)?;
    levels::push(reporter, Kind::Outside)
}

/// Whether the runtime itself runs, in a library call, and not a host function with a name.
pub(crate) fn in_library_call() -> bool {
    levels::top().ok().flatten().is_some_and(|top| top.kind == Kind::Quiet)
}

/// In a call that was not announced: the task goes outside for the rest of it, so that the way back in passes the gate.
pub(crate) fn leave_to_yield() -> wasmtime::Result<()> {
    match levels::top()? {
        Some(top) if matches!(top.kind, Kind::Quiet | Kind::Exempt) => {
            leave_as(top.reporter, top.reporter.yielding())
        }
        _ => Ok(()),
    }
}

/// Announces the innermost host call.
fn leave_as(reporter: &'static Reporter, target: usize) -> wasmtime::Result<()> {
    reporter.report(Transition::Leave, target, false)?;
    levels::set_top(Kind::Outside)
}
