//! A place to wait for a change that somebody else will announce.
//!
//! The waiter registers, then repeats: read the sequence, look at the condition, sleep if the sequence is still the same.
//! The ringer makes its change, then advances the sequence, and enters the kernel only if a waiter is registered.
//! No announcement is lost:
//! * ring before the waiter reads the sequence: the Acquire load sees the change with it, and the look succeeds;
//! * ring after that, before the sleep: the sequence differs and the kernel does not put the waiter to sleep;
//! * ring reads "nobody is registered": then, by the two full fences, the waiter's read of the sequence comes later.

use crate::fault::{Fault, fault};
use crate::fence;
use crate::sync::{AtomicU32, Ordering, const_unless_loom};
use crate::sys::{self, Deadline};

/// See the module text.
pub(crate) struct Bell {
    sequence: sys::WaitWord,
    sleepers: AtomicU32,
}

impl Bell {
    const_unless_loom! {
        pub(crate) fn new() -> Bell {
            Bell { sequence: sys::WaitWord::new(), sleepers: AtomicU32::new(0) }
        }
    }

    /// Announces a change made before this call to all waiters.
    ///
    /// **Thread:** any. **Progress:** wait-free; a system call only if somebody waits.
    pub(crate) fn ring(&self) {
        // Ordering: Release pairs with the Acquire load in `wait_until`: who sees the new sequence sees the change.
        self.sequence.value().fetch_add(1, Ordering::AcqRel);
        // Ordering: full fence, pairs with the one in `wait_until` (Dekker on sequence and sleepers).
        fence::full(Fault::NoBellFences);
        if self.sleepers.load(Ordering::Relaxed) != 0 {
            self.sequence.wake_all();
        }
    }

    /// Waits until `look` answers something or the deadline passes (then `None`).
    ///
    /// **Thread:** any. **Progress:** blocks; spurious wake-ups only repeat the look.
    pub(crate) fn wait_until<T>(&self, deadline: Deadline, mut look: impl FnMut() -> Option<T>) -> Option<T> {
        if let Some(found) = look() {
            return Some(found);
        }
        self.sleepers.fetch_add(1, Ordering::Relaxed);
        fence::full(Fault::NoBellFences);
        let found = loop {
            let too_early = if fault(Fault::LookBeforeSequence) { Some(look()) } else { None };
            let sequence = self.sequence.value().load(Ordering::Acquire);
            if let Some(found) = too_early.unwrap_or_else(&mut look) {
                break Some(found);
            }
            if !self.sequence.wait(sequence, deadline) {
                // The last look decides: a change that came together with the deadline counts.
                break look();
            }
        };
        self.sleepers.fetch_sub(1, Ordering::Relaxed);
        found
    }

    /// Forgets waiters of other threads, which the child of a fork does not have.
    pub(crate) fn reset(&self) {
        self.sleepers.store(0, Ordering::Relaxed);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_counted_as_asleep_after_a_wait_or_in_the_child_of_a_fork() {
        let bell = Bell::new();
        let mut looks = 0;
        let found = bell.wait_until(Deadline::after_ms(u32::MAX), || {
            looks += 1;
            (looks > 1).then_some(())
        });
        assert_eq!(
            (found, bell.sleepers.load(Ordering::Relaxed)),
            (Some(()), 0),
            "each ring would enter the kernel"
        );
        assert_eq!(bell.wait_until(Deadline::after_ms(0), || None::<()>), None);
        assert_eq!(bell.sleepers.load(Ordering::Relaxed), 0);
        bell.sleepers.store(3, Ordering::Relaxed);
        bell.reset();
        assert_eq!(bell.sleepers.load(Ordering::Relaxed), 0);
    }
}
