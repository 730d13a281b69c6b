//! What the calling thread has open, so that it can be closed whatever happens.
//!
//! Wasmtime reports crossings in pairs, but not always both halves: a panic that unwinds through a host function takes
//! `ReturningFromHost` and `ReturningFromWasm` with it, and a crossing that the manager refused leaves its level open
//! while the trap unwinds past it. So each thread keeps the levels that its stores have opened, innermost last, and three
//! rules keep the manager's books straight:
//!
//! 1. A level is in the list if and only if the manager has it open (a `Quiet` or `Exempt` one: never told).
//! 2. A level is *stale* when the frame that opened it is gone. Stale levels are closed before anything else is opened
//!    on their manager; while the manager refuses even that, nothing goes in.
//! 3. A level is closed only when no level of the same manager is open above it.
//!
//! The list is per thread and not per store because crossings of all stores of a thread nest in each other, and because
//! a level belongs to the thread: a store may be gone, or moved on, before the manager lets its level be closed.

use std::cell::RefCell;

use tollgate_capi::HOST_E_NOT_OWNER;

use crate::manager::Manager;
use crate::reporter::Reporter;
use crate::transition::Transition;

/// What opened a level, and so what closes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A call into a guest: `ReverseEnterRuntime`.
    Inside,
    /// A host call that was announced: `LeaveRuntime`.
    Outside,
    /// A host call not announced yet, or a library call of the runtime that never will be.
    Quiet,
    /// A host call that the manager wants to hear nothing about (`CallNeedsHostHook`).
    Exempt,
}

#[derive(Clone, Copy)]
pub(crate) struct Level {
    pub(crate) reporter: &'static Reporter,
    pub(crate) kind: Kind,
    stale: bool,
}

impl Level {
    fn of(&self, manager: Manager) -> bool {
        self.reporter.manager() == manager
    }
}

struct Levels {
    open: Vec<Level>,
    /// How many of them are stale: usually 0, which spares every crossing the search.
    stale: usize,
}

thread_local! {
    static LEVELS: RefCell<Levels> = const { RefCell::new(Levels { open: Vec::new(), stale: 0 }) };
}

/// The thread is ending and its list is gone: nothing can be tracked any more.
#[derive(Clone, Copy, Debug)]
pub struct ThreadEnding;

impl std::fmt::Display for ThreadEnding {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(
            "a guest was called while its thread was ending: call it before thread-local data is destroyed",
        )
    }
}

impl std::error::Error for ThreadEnding {}

/// Looks at the list. Never held across a call on the manager: an observer may come back here.
fn with<R>(look: impl FnOnce(&mut Levels) -> R) -> Result<R, ThreadEnding> {
    LEVELS.try_with(|levels| look(&mut levels.borrow_mut())).map_err(|_| ThreadEnding)
}

/// How many live levels the thread has open, for [`repair`]. Stale ones do not count: they may be closed meanwhile.
pub(crate) fn mark() -> usize {
    with(|levels| levels.open.len() - levels.stale).unwrap_or(0)
}

/// Closes everything opened since `mark`. What the manager refuses to close stays stale, for the next call in.
pub(crate) fn repair(mark: usize) {
    let managers = with(|levels| {
        levels.outlive_all_but(mark);
        let mut managers: Vec<Manager> = Vec::new();
        for level in levels.open.iter().rev().filter(|level| level.stale) {
            if !managers.contains(&level.reporter.manager()) {
                managers.push(level.reporter.manager());
            }
        }
        managers
    });
    for manager in managers.unwrap_or_default() {
        // A refusal is not lost: rule 2 meets it again at the next call in.
        let _ = close_stale(manager);
    }
}

impl Levels {
    /// Marks the levels from `first` on as stale.
    fn outlive(&mut self, first: usize) {
        for level in self.open.iter_mut().skip(first).filter(|level| !level.stale) {
            level.stale = true;
            self.stale += 1;
        }
    }

    /// Marks all but the outermost `keep` live levels as stale.
    fn outlive_all_but(&mut self, keep: usize) {
        for level in self.open.iter_mut().filter(|level| !level.stale).skip(keep) {
            level.stale = true;
            self.stale += 1;
        }
    }

    fn remove(&mut self, index: usize) {
        if self.open.remove(index).stale {
            self.stale -= 1;
        }
    }
}

/// The innermost level, unless it is stale.
pub(crate) fn top() -> Result<Option<Level>, ThreadEnding> {
    with(|levels| levels.open.last().filter(|top| !top.stale).copied())
}

/// Remembers a level that the manager has just opened, or a call that it was not told of.
pub(crate) fn push(reporter: &'static Reporter, kind: Kind) -> wasmtime::Result<()> {
    Ok(with(|levels| levels.open.push(Level { reporter, kind, stale: false }))?)
}

/// Says what the innermost level has become.
pub(crate) fn set_top(kind: Kind) -> wasmtime::Result<()> {
    with(|levels| {
        if let Some(top) = levels.open.last_mut() {
            top.kind = kind;
        }
    })?;
    Ok(())
}

/// Whether no guest is running on this thread, however deep the host's own calls.
pub(crate) fn no_guest() -> bool {
    let running = |level: &Level| level.kind == Kind::Inside && !level.stale;
    with(|levels| !levels.open.iter().any(running)).unwrap_or(true)
}

/// Closes the innermost live level of `reporter` of a wanted kind, because its frame returns, and all above it first.
///
/// Does nothing after a refusal above, unless told to `ask_again`.
pub(crate) fn finish(
    reporter: &'static Reporter,
    wanted: fn(Kind) -> bool,
    ask_again: bool,
) -> wasmtime::Result<()> {
    let manager = reporter.manager();
    let found = with(|levels| {
        let index = levels.open.iter().rposition(|level| {
            !level.stale && wanted(level.kind) && std::ptr::eq(level.reporter, reporter)
        })?;
        let refused_above =
            levels.stale > 0 && levels.open[index..].iter().any(|above| above.stale && above.of(manager));
        levels.outlive(index + 1);
        Some((index, refused_above))
    })?;
    // None when a store got its hook in the middle of a call: the level was never opened.
    let Some((index, refused_above)) = found else { return Ok(()) };
    if refused_above && !ask_again {
        return Ok(with(|levels| levels.outlive(index))?);
    }
    let result = close_stale(manager).and_then(|()| close(index, false));
    if result.is_err() {
        // The frame returns all the same; the level, if it is still there, outlives it.
        with(|levels| levels.outlive(index))?;
    }
    result
}

/// Closes the stale levels of one manager from the top, up to the first that it refuses to close.
pub(crate) fn close_stale(manager: Manager) -> wasmtime::Result<()> {
    while with(|levels| levels.stale > 0)? {
        let top = with(|levels| {
            let index = levels.open.iter().rposition(|level| level.of(manager))?;
            levels.open[index].stale.then_some(index)
        })?;
        match top {
            Some(index) => close(index, true)?,
            None => break,
        }
    }
    Ok(())
}

fn close(index: usize, repair: bool) -> wasmtime::Result<()> {
    let Some(level) = with(|levels| levels.open.get(index).copied())? else { return Ok(()) };
    let result = match level.kind {
        Kind::Inside => level.reporter.report(Transition::ReverseLeave, 0, repair),
        Kind::Outside => level.reporter.report(Transition::Enter, 0, repair),
        Kind::Quiet | Kind::Exempt => Ok(()),
    };
    // Not ours to close: somebody else has called the manager on this thread and closed it. Keeping the level would bar
    // the thread from every guest for good.
    if result.is_ok() || result.is_err_and(|refused| refused.hresult == HOST_E_NOT_OWNER) {
        with(|levels| levels.remove(index))?;
    }
    Ok(result?)
}
