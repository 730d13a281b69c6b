//! References and state of a task record, in one word.
//!
//! | bits | meaning |
//! |---|---|
//! | 0-31 | references; 0 in a free record |
//! | 32-63 | [`TaskState`] |
//!
//! One word, because the two meet: once nobody but its own thread refers to a task that was never started, nobody can
//! start it, and its thread must be told. With two words the look at the state would come after the decrement; the task
//! may have ended by then and the record be another's, which would be cancelled in its place.

use super::TaskState;
use crate::fault::{Fault, fault, unless};
use crate::sync::{AtomicU64, Ordering};

const REFERENCES: u64 = u32::MAX as u64;
const STATE_ONE: u64 = 1 << 32;

/// What dropping a reference led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Dropped {
    /// References that are left; with 0 the record is the caller's to give back.
    pub(super) left: u32,
    /// The task was suspended, and is abandoned now: its thread waits to be told.
    pub(super) cancelled: bool,
}

/// See the module text.
pub(super) struct LifeWord(AtomicU64);

fn pack(state: TaskState, references: u64) -> u64 {
    (state as u64 * STATE_ONE) | (references & REFERENCES)
}

fn state_of(word: u64) -> TaskState {
    TaskState::of((word / STATE_ONE) as u32)
}

impl LifeWord {
    /// The word of a free record, for memory that does not come zeroed.
    #[cfg(any(loom, test))]
    pub(super) fn new() -> LifeWord {
        LifeWord(AtomicU64::new(0))
    }

    /// The record becomes a task in `state`, with a reference for the task itself and one for the caller.
    ///
    /// Ordering: Release pairs with the Acquire in `try_retain`: whoever finds a reference sees the record made.
    pub(super) fn begin(&self, state: TaskState) {
        self.0.store(pack(state, 2), unless(Fault::RelaxedReferences, Ordering::Release));
    }

    /// Ordering: Acquire pairs with the Release of `advance`: what led to the state happens before.
    pub(super) fn state(&self) -> TaskState {
        state_of(self.0.load(Ordering::Acquire))
    }

    /// One reference more, for a caller that has one; how many there are now.
    pub(super) fn retain(&self) -> u32 {
        // Ordering: Relaxed; the caller's own reference keeps the record.
        (self.0.fetch_add(1, Ordering::Relaxed) + 1) as u32
    }

    /// One reference more, unless the record is free.
    pub(super) fn try_retain(&self) -> bool {
        let is_free = |word| word & REFERENCES == 0 && !fault(Fault::FreeRecordRetained);
        self.update(|word| (!is_free(word)).then(|| word + 1)).is_ok()
    }

    /// From the state `from` to `to`; false if it is another one.
    pub(super) fn advance(&self, from: TaskState, to: TaskState) -> bool {
        self.update(|word| (state_of(word) == from).then(|| pack(to, word))).is_ok()
    }

    /// To the state `to`, whatever it was.
    pub(super) fn finish(&self, to: TaskState) {
        // Never declined.
        let _ = self.update(|word| Some(pack(to, word)));
    }

    /// One reference less. None are taken from a free record, which only a caller that owns none can ask for.
    ///
    /// Ordering: AcqRel: every use of the record under its references happens before its next life.
    pub(super) fn release(&self) -> Dropped {
        let after = |word: u64| match word & REFERENCES {
            2 if state_of(word) == TaskState::Suspended => pack(TaskState::Abandoned, 1),
            _ => word - 1,
        };
        match self.update(|word| (word & REFERENCES != 0).then(|| after(word))) {
            Ok(before) => Dropped {
                left: (after(before) & REFERENCES) as u32,
                cancelled: state_of(after(before)) != state_of(before),
            },
            // One left over for a reader of the result: the record is not the caller's to give back.
            Err(_) => Dropped { left: 1, cancelled: false },
        }
    }

    /// How many references there are.
    pub(super) fn references(&self) -> u32 {
        (self.0.load(Ordering::Acquire) & REFERENCES) as u32
    }

    /// Repeats `change` until it takes or declines; the word before the change either way. **Progress:** lock-free.
    fn update(&self, change: impl Fn(u64) -> Option<u64>) -> Result<u64, u64> {
        let mut word = self.0.load(Ordering::Acquire);
        loop {
            let Some(new) = change(word) else { return Err(word) };
            match self.0.compare_exchange_weak(
                word,
                new,
                unless(Fault::RelaxedReferences, Ordering::AcqRel),
                Ordering::Acquire,
            ) {
                Ok(_) => return Ok(word),
                Err(now) => word = now,
            }
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn last_release_but_one_cancels_a_suspended_task_once() {
        let word = LifeWord::new();
        word.begin(TaskState::Suspended);
        assert!(word.try_retain());
        assert_eq!(word.release(), Dropped { left: 2, cancelled: false });
        assert_eq!(word.release(), Dropped { left: 1, cancelled: true });
        assert_eq!(word.state(), TaskState::Abandoned);
        assert!(!word.advance(TaskState::Suspended, TaskState::Running), "nobody may start it any more");
        assert_eq!(word.release(), Dropped { left: 0, cancelled: false });
        assert!(!word.try_retain(), "a free record gives no reference");
    }

    #[test]
    fn started_task_is_not_cancelled() {
        let word = LifeWord::new();
        word.begin(TaskState::Suspended);
        assert!(word.advance(TaskState::Suspended, TaskState::Running));
        assert_eq!(word.release(), Dropped { left: 1, cancelled: false });
        assert_eq!(word.state(), TaskState::Running);
        word.finish(TaskState::Ended);
        assert_eq!((word.state(), word.retain()), (TaskState::Ended, 2));
    }

    #[test]
    fn release_of_a_free_record_changes_nothing() {
        let word = LifeWord::new();
        assert_eq!(word.release(), Dropped { left: 1, cancelled: false });
        assert!(!word.try_retain());
    }
}
