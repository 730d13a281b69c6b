//! What the threads of one test tell each other where one of them fails, so that none waits for what will not come, and the
//! failure is reported.

#![allow(dead_code, reason = "each test program uses its part")]

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

/// Sets the word at the end of its scope, also where a panic leaves that: threads that go on until then end.
pub(crate) struct Over<'a>(pub(crate) &'a AtomicBool);

impl Drop for Over<'_> {
    fn drop(&mut self) {
        // Ordering: Release, pairs with the loads of threads that look at what was done until then.
        self.0.store(true, Ordering::Release);
    }
}

/// One of the sides of a meeting, which share the word: set once either has failed.
pub(crate) struct Side<'a>(pub(crate) &'a AtomicBool);

impl Side<'_> {
    /// Looks until there is something, or no hope for it.
    pub(crate) fn wait_for<T>(&self, mut look: impl FnMut() -> Option<T>) -> T {
        loop {
            if let Some(found) = look() {
                return found;
            }
            // Relaxed: must not order what the meeting orders.
            assert!(!self.0.load(Ordering::Relaxed), "the other side has failed");
            thread::yield_now();
        }
    }
}

impl Drop for Side<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            // Relaxed: as above.
            self.0.store(true, Ordering::Relaxed);
        }
    }
}
