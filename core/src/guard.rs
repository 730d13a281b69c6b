//! Levels that close themselves: a transition, and its counterpart at the end of the block.

use core::mem;

use crate::door::TaskHandle;
use crate::error::Error;

/// Managed code is calling native code: the enter comes when this is dropped, or closed.
///
/// A gate with a time limit may turn an enter away; the end of a block cannot, so the drop asks again. Any other refusal
/// stays: the manager has ended or failed, and the level is left open. Where the answer matters, call
/// [`close`](Outside::close).
#[must_use = "dropped at once, the level is closed at once"]
pub struct Outside<'t> {
    task: &'t TaskHandle<'t>,
}

/// Native code is calling managed code: the reverse_leave comes when this is dropped, or closed.
#[must_use = "dropped at once, the level is closed at once"]
pub struct Inside<'t> {
    task: &'t TaskHandle<'t>,
}

impl TaskHandle<'_> {
    /// Transition leave, whose enter comes with the end of the guard.
    ///
    /// **Thread, Progress, Ordering, Errors:** see [`Manager::leave`](crate::Manager::leave).
    #[inline(always)]
    pub fn outside(&self, target: usize) -> Result<Outside<'_>, Error> {
        self.leave(target)?;
        Ok(Outside { task: self })
    }

    /// Transition reverse_enter, whose reverse_leave comes with the end of the guard.
    ///
    /// **Thread, Progress, Ordering, Errors:** see [`Manager::reverse_enter`](crate::Manager::reverse_enter).
    #[inline(always)]
    pub fn inside(&self) -> Result<Inside<'_>, Error> {
        self.reverse_enter()?;
        Ok(Inside { task: self })
    }
}

impl Outside<'_> {
    /// Transition enter, now. **Errors:** see [`Manager::enter`](crate::Manager::enter); the level stays open then, for
    /// the caller to close through the task.
    #[inline(always)]
    pub fn close(self) -> Result<(), Error> {
        let task = self.task;
        mem::forget(self);
        task.enter()
    }
}

impl Inside<'_> {
    /// Transition reverse_leave, now. **Errors:** see [`Manager::reverse_leave`](crate::Manager::reverse_leave); the
    /// level stays open then, for the caller to close through the task.
    #[inline(always)]
    pub fn close(self) -> Result<(), Error> {
        let task = self.task;
        mem::forget(self);
        task.reverse_leave()
    }
}

impl Drop for Outside<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        while self.task.enter() == Err(Error::Timeout) {}
    }
}

impl Drop for Inside<'_> {
    #[inline(always)]
    fn drop(&mut self) {
        // Outward: nothing holds it. It fails only if levels inside this one were left open, or after a failure of the
        // manager, which is counted there.
        let _ = self.task.reverse_leave();
    }
}
