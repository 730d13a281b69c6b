//! Loom's stand-in for the operating system.
//!
//! A wait word is a mutex and a condition variable around the comparison, as the kernel's bucket lock is. Time does not
//! pass in a model: a wait with a deadline gives others one chance to run and then reports that it has passed, and loom
//! explores every placing of that moment.

use core::ptr::NonNull;

use loom::sync::{Condvar, Mutex};

use crate::sync::{AtomicU32, Ordering};
use crate::sys::Deadline;

extern crate std;
use std::boxed::Box;
use std::vec::Vec;

pub(crate) struct WaitWord {
    value: AtomicU32,
    queue: Mutex<()>,
    changed: Condvar,
}

impl WaitWord {
    pub(crate) fn new() -> WaitWord {
        WaitWord { value: AtomicU32::new(0), queue: Mutex::new(()), changed: Condvar::new() }
    }

    pub(crate) fn value(&self) -> &AtomicU32 {
        &self.value
    }

    pub(crate) fn wait(&self, expected: u32, deadline: Deadline) -> bool {
        if deadline.at_ns().is_some() {
            loom::thread::yield_now();
            return false;
        }
        let queue = self.queue.lock().unwrap();
        if self.value.load(Ordering::Acquire) == expected {
            drop(self.changed.wait(queue).unwrap());
        }
        true
    }

    pub(crate) fn wake_all(&self) {
        drop(self.queue.lock().unwrap());
        self.changed.notify_all();
    }
}

/// A chunk of records; loom's atomics cannot be made of zeroes.
pub(crate) fn allocate<T>(count: usize, make: impl Fn() -> T) -> Option<NonNull<T>> {
    let records: Box<[T]> = (0..count).map(|_| make()).collect::<Vec<T>>().into_boxed_slice();
    NonNull::new(Box::into_raw(records).cast())
}

/// # Safety
/// `chunk` came from `allocate` with the same count, and nothing refers to it.
pub(crate) unsafe fn release<T>(chunk: NonNull<T>, count: usize) {
    let records = core::ptr::slice_from_raw_parts_mut(chunk.as_ptr(), count);
    // SAFETY: the caller's duty.
    drop(unsafe { Box::from_raw(records) });
}

pub(crate) fn register_barrier() -> bool {
    true
}

/// The full fence that `fence::heavy` makes before it asks is the barrier.
pub(crate) fn barrier() -> bool {
    true
}

pub(crate) fn now_ns() -> u64 {
    0
}

pub(crate) fn yield_now() -> bool {
    loom::thread::yield_now();
    true
}

pub(crate) fn abort() -> ! {
    std::process::abort()
}

pub(crate) struct PreserveErrno;

impl PreserveErrno {
    pub(crate) fn new() -> PreserveErrno {
        PreserveErrno
    }
}

loom::lazy_static! {
    /// The level last handed to the system, which takes a lock of the thread's for that.
    pub(crate) static ref PRIORITY: Mutex<i32> = Mutex::new(0);
}

pub(crate) fn set_priority(_os_thread: u64, level: i32, _is_alive: impl FnOnce() -> bool) -> bool {
    *PRIORITY.lock().unwrap() = level;
    true
}
