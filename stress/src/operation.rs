//! What can be done to tasks and managers.

use arbitrary::{Arbitrary, Result, Unstructured};
use tollgate_core::{Call, Side};

/// One operation. Numbers of tasks and managers are taken modulo what there is; what makes no sense does nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// A task without a thread.
    Attach {
        /// Of this manager.
        manager: u8,
        /// On this side, or on none yet.
        base: Option<Side>,
    },
    /// That task ends, levels or not.
    Detach {
        /// Which.
        task: u8,
    },
    /// A transition of such a task, so many times.
    Transition {
        /// Which.
        task: u8,
        /// The transition.
        call: Call,
        /// How often.
        times: u16,
    },
    /// A transition of the thread that runs the operations.
    OwnTransition {
        /// For this manager.
        manager: u8,
        /// The transition.
        call: Call,
    },
    /// Begin or end of thread affinity: the thread meets the manager without a transition.
    Affinity {
        /// Which manager.
        manager: u8,
        /// Begin, or end.
        begin: bool,
    },
    /// A pause without patience.
    Pause {
        /// Of this manager.
        manager: u8,
    },
    /// One resume.
    Resume {
        /// Of this manager.
        manager: u8,
    },
    /// Availability.
    SetAvailable {
        /// Of this manager.
        manager: u8,
        /// Or not.
        available: bool,
    },
    /// Failure; the manager is replaced at the end.
    Fail {
        /// Of this manager.
        manager: u8,
    },
    /// Shutdown without patience; likewise.
    Shutdown {
        /// Of this manager.
        manager: u8,
    },
    /// A look at all tasks.
    Snapshot {
        /// Of this manager.
        manager: u8,
    },
    /// A task with a thread of its own, suspended.
    Create {
        /// Of this manager.
        manager: u8,
    },
    /// An alert, before the start or without one.
    Alert {
        /// Which created task.
        created: u8,
    },
    /// Start and join; does nothing while the gate would hold the task.
    StartAndJoin {
        /// Which created task.
        created: u8,
    },
    /// The last reference goes, with or without a start.
    Release {
        /// Which created task.
        created: u8,
    },
}

const CALLS: [Call; 4] = [Call::Leave, Call::Enter, Call::ReverseEnter, Call::ReverseLeave];

impl<'a> Arbitrary<'a> for Operation {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> Result<Operation> {
        let call = |bytes: &mut Unstructured<'a>| bytes.choose(&CALLS).copied();
        // Transitions are what runtimes do most.
        Ok(match bytes.int_in_range(0..=31_u8)? {
            0..=11 => {
                let times = match bytes.int_in_range(0..=15_u8)? {
                    0 => bytes.int_in_range(1..=5000)?,
                    1 | 2 => bytes.int_in_range(1..=100)?,
                    _ => 1,
                };
                Operation::Transition { task: bytes.arbitrary()?, call: call(bytes)?, times }
            }
            12..=16 => Operation::OwnTransition { manager: bytes.arbitrary()?, call: call(bytes)? },
            17 => Operation::Affinity { manager: bytes.arbitrary()?, begin: bytes.arbitrary()? },
            18 | 19 => {
                let base = *bytes.choose(&[None, Some(Side::Outside), Some(Side::Inside)])?;
                Operation::Attach { manager: bytes.arbitrary()?, base }
            }
            20 => Operation::Detach { task: bytes.arbitrary()? },
            21 | 22 => Operation::Pause { manager: bytes.arbitrary()? },
            23 | 24 => Operation::Resume { manager: bytes.arbitrary()? },
            25 => Operation::SetAvailable { manager: bytes.arbitrary()?, available: bytes.ratio(3, 4)? },
            26 => match bytes.int_in_range(0..=15_u8)? {
                0 => Operation::Fail { manager: bytes.arbitrary()? },
                1 => Operation::Shutdown { manager: bytes.arbitrary()? },
                _ => Operation::Snapshot { manager: bytes.arbitrary()? },
            },
            27 => Operation::Snapshot { manager: bytes.arbitrary()? },
            28 => Operation::Create { manager: bytes.arbitrary()? },
            29 => Operation::Alert { created: bytes.arbitrary()? },
            30 => Operation::StartAndJoin { created: bytes.arbitrary()? },
            _ => Operation::Release { created: bytes.arbitrary()? },
        })
    }
}

/// The operations that the bytes stand for, until they run out.
pub fn operations(bytes: &[u8]) -> Vec<Operation> {
    let mut bytes = Unstructured::new(bytes);
    std::iter::from_fn(|| (!bytes.is_empty()).then(|| Operation::arbitrary(&mut bytes).ok()).flatten())
        .collect()
}
