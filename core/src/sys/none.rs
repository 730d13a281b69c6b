//! No operating system: the crate type-checks and its word arithmetic works, but no task can be attached.

use core::ptr::NonNull;

use crate::cell::Cell;
use crate::sync::{AtomicU32, Ordering};
use crate::sys::Deadline;
use crate::thread::UNATTACHED;

pub(crate) fn pages(_bytes: usize) -> Option<NonNull<u8>> {
    None
}

/// # Safety
/// Never called: `pages` gives nothing.
pub(crate) unsafe fn release_pages(_start: NonNull<u8>, _bytes: usize) {}

pub(crate) fn register_barrier() -> bool {
    false
}

pub(crate) fn barrier() -> bool {
    false
}

pub(crate) fn now_ns() -> u64 {
    0
}

pub(crate) struct WaitWord(AtomicU32);

impl WaitWord {
    pub(crate) const fn new() -> WaitWord {
        WaitWord(AtomicU32::new(0))
    }

    pub(crate) fn value(&self) -> &AtomicU32 {
        &self.0
    }

    pub(crate) fn wait(&self, expected: u32, deadline: Deadline) -> bool {
        while self.0.load(Ordering::Acquire) == expected {
            core::hint::spin_loop();
        }
        deadline.at_ns().is_none()
    }

    pub(crate) fn wake_all(&self) {}
}

pub(crate) fn os_thread_id() -> u64 {
    0
}

pub(crate) fn yield_now() -> bool {
    core::hint::spin_loop();
    false
}

pub(crate) fn abort() -> ! {
    loop {
        core::hint::spin_loop();
    }
}

pub(crate) struct PreserveErrno;

impl PreserveErrno {
    pub(crate) fn new() -> PreserveErrno {
        PreserveErrno
    }
}

pub(crate) fn on_thread_exit() -> bool {
    false
}

pub(crate) fn current() -> *const Cell {
    &raw const UNATTACHED
}

pub(crate) fn set_current(_cell: *const Cell) {}

pub(crate) fn cells() -> *const Cell {
    core::ptr::null()
}

pub(crate) fn set_cells(_first: *const Cell) {}

pub(crate) fn spawn(
    _stack_bytes: usize,
    _body: unsafe fn(*mut core::ffi::c_void),
    _argument: *mut core::ffi::c_void,
) -> bool {
    false
}

pub(crate) fn set_priority(_os_thread: u64, _level: i32, _is_alive: impl FnOnce() -> bool) -> bool {
    false
}

pub(crate) fn stay_loaded() {}
