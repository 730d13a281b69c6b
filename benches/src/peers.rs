//! What else a host written in Rust could use to know that a thread is inside.

use std::cell::Cell;
use std::hint::black_box;

use parking_lot::ReentrantMutex;

/// Pins and unpins the epoch: what crossbeam's data structures do around every operation.
pub fn epoch(times: u64) {
    let handle = crossbeam_epoch::default_collector().register();
    for _ in 0..times {
        black_box(&handle.pin());
    }
}

/// Locks one recursive mutex around a count in each call, as a leave and an enter would.
pub fn reentrant_mutex(times: u64) {
    static DEPTH: ReentrantMutex<Cell<u64>> = ReentrantMutex::new(Cell::new(0));
    for _ in 0..times {
        let depth = black_box(&DEPTH).lock();
        depth.set(depth.get() + 1);
        drop(depth);
        let depth = black_box(&DEPTH).lock();
        depth.set(depth.get() - 1);
    }
}
