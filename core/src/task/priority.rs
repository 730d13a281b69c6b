//! Priorities, in the seven levels of Win32.

use super::Task;
use crate::error::Error;
use crate::fault::{Fault, fault};
use crate::fence;
use crate::sync::Ordering;
use crate::sys;

/// Time-critical, highest, above normal, normal, below normal, lowest, idle.
const LEVELS: [i32; 7] = [15, 2, 1, 0, -1, -2, -15];

impl Task {
    /// Sets the level; the system follows where it permits, at once or when the thread starts.
    ///
    /// **Thread:** any. **Progress:** a system call. **Errors:** `InvalidArgument` for a number that is no level.
    pub fn set_priority(&self, level: i32) -> Result<(), Error> {
        if !LEVELS.contains(&level) {
            return Err(Error::InvalidArgument);
        }
        self.priority.store(level as u32, Ordering::Release);
        // Ordering: full fence, pairs with the one in `apply_priority_at_start`: of a level that is set and a thread that
        // starts, one finds the other.
        fence::full(Fault::NoPriorityFences);
        self.apply_priority();
        Ok(())
    }

    /// The level last set, 0 at first.
    pub fn priority(&self) -> i32 {
        self.priority.load(Ordering::Acquire) as i32
    }

    /// Hands the level to the system for a thread that runs.
    pub(super) fn apply_priority(&self) {
        let _errno = sys::PreserveErrno::new();
        let os_thread = self.os_thread.load(Ordering::Acquire);
        let mut level = self.priority();
        while os_thread != 0 && !self.has_no_thread() {
            // Refused without privileges, which the contract allows.
            sys::set_priority(os_thread, level, || !self.has_no_thread());
            // Whoever hands over an older level last finds the newer one here.
            let now = self.priority();
            if now == level || fault(Fault::OlderLevelStays) {
                break;
            }
            level = now;
        }
    }

    /// The same on the task's own thread before the start routine.
    ///
    /// A level of 0 is left out: the thread runs at what its creator runs at, which may be the user's choice for the
    /// whole process.
    pub(crate) fn apply_priority_at_start(&self) {
        // Ordering: full fence, pairs with the one in `set_priority`; the thread has stored its number before.
        fence::full(Fault::NoPriorityFences);
        if self.priority() != 0 {
            self.apply_priority();
        }
    }
}
