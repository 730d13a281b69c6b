//! Notices that did not fit, counted.

use core::sync::atomic::{AtomicU64, Ordering};

/// Notices that did not fit, over all threads.
#[derive(Default)]
pub(crate) struct Oddities {
    /// Levels left without a return; their closing calls were supplied.
    pub(crate) skipped: AtomicU64,
    /// Returns without a call; dropped.
    pub(crate) unmatched: AtomicU64,
    /// Notices about no function; dropped.
    pub(crate) bogus: AtomicU64,
    /// Calls that the manager refused; the runtime went on.
    pub(crate) refused: AtomicU64,
    /// Notices on threads past their end; dropped.
    pub(crate) late: AtomicU64,
    /// Levels still open when their thread ended; the manager closed them.
    pub(crate) left_open: AtomicU64,
}

/// The one set of them.
pub(crate) static ODDITIES: Oddities = Oddities {
    skipped: AtomicU64::new(0),
    unmatched: AtomicU64::new(0),
    bogus: AtomicU64::new(0),
    refused: AtomicU64::new(0),
    late: AtomicU64::new(0),
    left_open: AtomicU64::new(0),
};

pub(super) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}
