//! Faults for the models: each takes one necessary thing away, so that a model which then still holds proves nothing.
//!
//! Outside a model the test is the constant `false`: the sites vanish, and so does the order they would have weakened.

use crate::sync::Ordering;

/// One thing that a hurried reading would leave out, or do in another order.
#[derive(Clone, Copy)]
#[repr(u32)]
#[cfg_attr(not(loom), expect(unreachable_pub, reason = "models alone get at it"))]
pub enum Fault {
    /// Transitions do not fence between their store of levels and their load of armed.
    NoLightFence = 1,
    /// A pauser does not fence between arming cells and looking at them.
    NoHeavyFence,
    /// A pauser does not fence between closing the gate and arming.
    NoFenceBeforeArming,
    /// Closing the gate arms no cell.
    NoArming,
    /// A pauser that finds the gate closed leaves the arming to whoever closed it.
    NestedPauseDoesNotArm,
    /// The resume that opens the gate disarms the cells.
    ResumeDisarms,
    /// Levels are published without Release.
    RelaxedLevels,
    /// The gate is read without Acquire.
    RelaxedGate,
    /// The owner reads the gate first and clears armed afterwards.
    GateReadBeforeClearing,
    /// Neither an attach nor a slow path fences between what it shows and its look at the gate.
    NoSlowFence,
    /// A task that is inside is held all the same.
    HeldInside,
    /// A task that settles its word does not fence before it looks whether somebody waits for that.
    NoFenceToAnnounce,
    /// A task that goes outside wakes nobody.
    NoAnnouncement,
    /// Whether to wake is decided before the word is settled.
    StaleAnnouncement,
    /// An admitted task looks for a refusal before it shows itself.
    AdmittedLooksEarly,
    /// A resume admits nobody: tasks that were held ask the gate again.
    NoTurnstile,
    /// A pause begins while tasks are admitted.
    CloseOverAdmitted,
    /// A task registers as held after, not while, it finds the gate closed.
    HeldInTwoSteps,
    /// A held task whose time is over gives up without a look at the epoch.
    GivesUpBlindly,
    /// A held task whose time is over keeps the admission it got meanwhile.
    KeepsAdmission,
    /// The resume that opens the gate lifts refusals too.
    ResumeLiftsRefusals,
    /// Shutdown and failure do not wake held tasks.
    HeldNotWoken,
    /// A waiter reads the sequence of its bell after its look.
    LookBeforeSequence,
    /// Neither ringer nor waiter of a bell fences.
    NoBellFences,
    /// A task whose base is inside starts there at once.
    BaseSkipsGate,
    /// A detached cell is on the free list before it is cleared.
    GivenBeforeCleared,
    /// An attach sets the counters to zero.
    CountersReset,
    /// The head of the free list has no tag.
    NoTag,
    /// A second thread that made the same chunk puts its own in the place of the first.
    ChunkOverwritten,
    /// The number of records is published without Release.
    RelaxedNumber,
    /// An empty word is read as the base, whatever is spilled.
    EmptyMeansBase,
    /// An empty word met twice is taken for one that stayed, whatever was called in between.
    EmptyTwiceIsEnough,
    /// Levels come back under a word that does not show bit 63.
    QuietUnspill,
    /// A snapshot reads the directions of spilled levels after its last look.
    DirectionsReadLast,
    /// A snapshot does not compare its two looks.
    NoEquality,
    /// A snapshot does not balance counters against levels.
    NoBalance,
    /// A snapshot looks once.
    NoSecondLook,
    /// A snapshot does not look at generations.
    NoGeneration,
    /// A snapshot reads without Acquire.
    RelaxedReader,
    /// A call for another manager takes its change back without asking the gate.
    TakenBackAtOnce,
    /// Neither an alert nor an alertable wait fences.
    NoAlertFences,
    /// A record that nobody refers to gives a reference all the same.
    FreeRecordRetained,
    /// References are counted without an order.
    RelaxedReferences,
    /// The former half is answered while others may use it.
    HalfNotAwaited,
    /// Neither the end of a task nor who gives it a half fences.
    NoEndFences,
    /// Neither users nor the replacement of a half fence.
    NoHalfFences,
    /// Neither who sets a level nor the thread that starts fences before it looks for the other.
    NoPriorityFences,
    /// Who has handed a level to the system does not look whether it is still the last.
    OlderLevelStays,
    /// The writer of a ring does not mark a place before it writes there.
    RingNotMarked,
    /// The writer of a ring stores the words of a record without Release.
    RingRelaxed,
    /// A reader of a ring does not look at the place's number again.
    RingLooksOnce,
    /// A reader of a ring does not count the records that were overwritten before it came.
    RingSkipsSilently,
    /// A reader of a ring leaves the place of a record that it read as if nothing were there.
    ReaderTakesAway,
    /// Events of the manager are written to its ring while another thread writes there.
    ManagerRingShared,
    /// A drain begins while another one is under way.
    DrainsTogether,
    /// The owner reads whether transitions are traced first and clears armed afterwards.
    TracingReadBeforeClearing,
    /// Who finds tracing on leaves the arming to whoever switched it on.
    SecondStartDoesNotArm,
}

#[cfg(loom)]
mod injected {
    use core::sync::atomic::{AtomicU32, Ordering};

    use super::Fault;

    /// 0 for none. Not loom's: it belongs to the process, not to the execution that is modelled.
    static FAULT: AtomicU32 = AtomicU32::new(0);

    pub(crate) fn fault(fault: Fault) -> bool {
        FAULT.load(Ordering::Relaxed) == fault as u32
    }

    /// Breaks this process' copy of the protocols, for all models that run from now on.
    pub fn inject(fault: Fault) {
        FAULT.store(fault as u32, Ordering::Relaxed);
    }
}
#[cfg(loom)]
pub use injected::inject;

#[cfg(loom)]
pub(crate) use injected::fault;

/// True if a model broke the protocol so.
#[cfg(not(loom))]
#[inline(always)]
pub(crate) const fn fault(_: Fault) -> bool {
    false
}

/// `order`, or Relaxed under the fault.
#[inline(always)]
pub(crate) fn unless(relaxed: Fault, order: Ordering) -> Ordering {
    if fault(relaxed) { Ordering::Relaxed } else { order }
}
