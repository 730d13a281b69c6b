//! WaitOnAddress behind the wait-word contract, and the clock of its deadlines.

use super::api::{
    INFINITE, QueryPerformanceCounter, QueryPerformanceFrequency, WaitOnAddress, WakeByAddressAll,
};
use crate::sync::{AtomicU32, AtomicU64, Ordering};
use crate::sys::Deadline;

/// Nanoseconds in a tick of the performance counter, in 2^-32; 0 before anybody has asked.
static SCALE: AtomicU64 = AtomicU64::new(0);

/// Nanoseconds of the performance counter, which does not jump and is the same on every processor.
///
/// No division: on x86 it would be a call of the compiler's own library, whose unwinding tables ask for a symbol of Rust's
/// run-time library that a program may have already, or not at all.
pub(crate) fn now_ns() -> u64 {
    let mut ticks = 0;
    // SAFETY: writes the number it is given; never fails on Windows XP or later.
    unsafe { QueryPerformanceCounter(&mut ticks) };
    let (scale, low) = (scale(), u64::from(u32::MAX));
    // The middle 64 bits of a product of 128.
    ((ticks >> 32).wrapping_mul(scale))
        .wrapping_add((ticks & low).wrapping_mul(scale >> 32))
        .wrapping_add((ticks & low).wrapping_mul(scale & low) >> 32)
}

fn scale() -> u64 {
    let known = SCALE.load(Ordering::Relaxed);
    if known != 0 {
        return known;
    }
    let mut ticks_per_second = 0;
    // SAFETY: as above; the frequency is fixed when the system starts.
    unsafe { QueryPerformanceFrequency(&mut ticks_per_second) };
    let scale = quotient(1_000_000_000 << 32, ticks_per_second);
    SCALE.store(scale, Ordering::Relaxed);
    scale
}

/// `dividend / divisor`, bit by bit; `u64::MAX` for a divisor of 0.
const fn quotient(dividend: u64, divisor: u64) -> u64 {
    let (mut quotient, mut rest) = (0, 0u64);
    let mut bit = 64;
    while bit > 0 {
        bit -= 1;
        rest = rest << 1 | (dividend >> bit & 1);
        quotient <<= 1;
        if rest >= divisor {
            rest -= divisor;
            quotient |= 1;
        }
    }
    quotient
}

/// Milliseconds in so many nanoseconds, a little more rather than less; at most five hours of them.
const fn milliseconds_in(ns: u64) -> u32 {
    const MOST: u64 = 1 << 44;
    // 2^32 / 1,000,000, rounded up.
    const PER_NS: u64 = 4295;
    let ns = if ns < MOST { ns } else { MOST };
    (ns * PER_NS >> 32) as u32 + 1
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
        let milliseconds = deadline.at_ns().map_or(INFINITE, |at| {
            // A caller whose deadline is farther away comes back when this much is over.
            milliseconds_in(at.saturating_sub(now_ns()))
        });
        // SAFETY: the word outlives the call, and both have the four bytes that are compared.
        let woken = unsafe {
            WaitOnAddress(
                self.0.as_ptr().cast_const().cast(),
                core::ptr::from_ref(&expected).cast(),
                size_of::<u32>(),
                milliseconds,
            )
        };
        // Milliseconds are coarse, and the timer is coarser: only the clock tells whether the time is over.
        woken != 0 || deadline.at_ns().is_none_or(|at| now_ns() < at)
    }

    /// Wakes everybody who sleeps on the word.
    pub(crate) fn wake_all(&self) {
        // SAFETY: the address identifies the queue; nothing is written.
        unsafe { WakeByAddressAll(self.0.as_ptr().cast_const().cast()) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotients_are_those_of_division() {
        for divisor in [1, 2, 3, 1000, 3_579_545, 10_000_000, 3_400_000_000, u64::from(u32::MAX)] {
            assert_eq!(quotient(1_000_000_000 << 32, divisor), (1_000_000_000 << 32) / divisor);
        }
    }

    #[test]
    fn milliseconds_are_enough_and_hardly_more() {
        for ns in [0, 1, 999_999, 1_000_000, 1_000_001, 60_000_000_000, 1 << 44] {
            let milliseconds = u64::from(milliseconds_in(ns));
            assert!(milliseconds * 1_000_000 >= ns, "{ns}");
            assert!(milliseconds <= ns / 1_000_000 + ns / 50_000_000_000 + 2, "{ns}");
        }
        assert_eq!(milliseconds_in(u64::MAX), milliseconds_in(1 << 44));
    }

    #[test]
    fn the_clock_runs_at_the_speed_of_the_standard_library_s() {
        let (ours, theirs) = (now_ns(), std::time::Instant::now());
        std::thread::sleep(std::time::Duration::from_millis(50));
        let theirs_after = theirs.elapsed().as_nanos() as u64;
        let ours_after = now_ns() - ours;
        // Ours began first and ended last.
        assert!(ours_after >= theirs_after, "{ours_after} {theirs_after}");
        assert!(now_ns() >= ours + ours_after);
    }
}
