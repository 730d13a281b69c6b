//! futex(2) behind the wait-word contract, and the clock of its deadlines.

use crate::sync::AtomicU32;
use crate::sys::Deadline;

/// Nanoseconds of the monotonic clock.
pub(crate) fn now_ns() -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes the struct it is given; this clock always exists.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut now) };
    (now.tv_sec as u64).wrapping_mul(1_000_000_000).wrapping_add(now.tv_nsec as u64)
}

/// A word that threads can sleep on.
pub(crate) struct WaitWord(AtomicU32);

impl WaitWord {
    pub(crate) const fn new() -> WaitWord {
        WaitWord(AtomicU32::new(0))
    }

    /// The word itself.
    pub(crate) fn value(&self) -> &AtomicU32 {
        &self.0
    }

    /// Sleeps while the word is `expected`, at most until `deadline`; false if that has passed.
    pub(crate) fn wait(&self, expected: u32, deadline: Deadline) -> bool {
        let at = deadline.at_ns().map(|ns| libc::timespec {
            tv_sec: (ns / 1_000_000_000) as _,
            tv_nsec: (ns % 1_000_000_000) as libc::c_long,
        });
        // FUTEX_WAIT_BITSET takes an absolute time on the monotonic clock.
        // SAFETY: the word and the time outlive the call; the other arguments are integers.
        let slept = unsafe {
            libc::syscall(
                libc::SYS_futex,
                self.0.as_ptr(),
                libc::FUTEX_WAIT_BITSET | libc::FUTEX_PRIVATE_FLAG,
                expected,
                at.as_ref().map_or(core::ptr::null(), core::ptr::from_ref),
                core::ptr::null::<u32>(),
                libc::FUTEX_BITSET_MATCH_ANY,
            )
        };
        // A wait can also end by a signal or a changed word, after the deadline too; only the clock tells.
        slept == 0 || deadline.at_ns().is_none_or(|ns| now_ns() < ns)
    }

    /// Wakes everybody who sleeps on the word.
    pub(crate) fn wake_all(&self) {
        // SAFETY: the address identifies the queue; nothing is written.
        unsafe {
            libc::syscall(
                libc::SYS_futex,
                self.0.as_ptr(),
                libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG,
                libc::c_int::MAX,
            )
        };
    }
}
