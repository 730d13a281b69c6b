//! Operations on the library beside the books, every answer and every look compared.
//!
//! One thread runs them all, on tasks that it attached, on its own, and on tasks with threads that it starts and joins: so
//! there is one right answer to everything. Calls that a closed gate would hold give up after a millisecond, which is an
//! answer too.
//!
//! | module | idea |
//! |---|---|
//! | `perform` | an operation, and whom it is for; the end of a trial |
//! | `site` | one manager with its tasks, and what a look at them must show |
//! | `tasks` | attaching, transitions, affinity |
//! | `gate` | pausing, availability, ends |
//! | `created` | tasks with threads of their own |

mod created;
mod gate;
mod perform;
mod site;
mod tasks;

use std::sync::{Mutex, PoisonError};

use tollgate_core::{Config, Manager, Policy, Totals};

use self::perform::Trial;
use crate::operation::Operation;

/// Most tasks of a manager at a time, of any kind; attaching more is not tried.
const MOST_TASKS: usize = 12;
/// Managers are immortal: so many are ended, in one process, by operations that end them.
const MOST_ENDED: u32 = 200;

const PATIENT: Config = Config { gate_timeout_ms: 1, ..Config::DEFAULT };
/// One manager of each.
const CONFIGS: [Config; 3] = [
    PATIENT,
    Config { policy: Policy::Observe, ..Config::DEFAULT },
    Config { strict: true, full_fences: true, max_tasks: 3, ..PATIENT },
];

/// What a trial did, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Done {
    /// Operations.
    pub operations: u64,
    /// Transitions among them.
    pub transitions: u64,
    /// Answers other than success that were the right ones.
    pub refusals: u64,
}

impl Done {
    /// Both together.
    pub fn and(self, other: Done) -> Done {
        Done {
            operations: self.operations + other.operations,
            transitions: self.transitions + other.transitions,
            refusals: self.refusals + other.refusals,
        }
    }
}

/// The managers of this process, kept for the next trial unless a trial ended them. Also keeps trials apart.
struct Managers {
    kept: Vec<&'static Manager>,
    ended: u32,
}

static MANAGERS: Mutex<Managers> = Mutex::new(Managers { kept: Vec::new(), ended: 0 });

/// Runs the operations on `managers` managers (one to three); panics where the library does not do what the books say.
pub fn run(operations: &[Operation], managers: usize) -> Done {
    let mut kept = MANAGERS.lock().unwrap_or_else(PoisonError::into_inner);
    while kept.kept.len() < managers.clamp(1, CONFIGS.len()) {
        let config = &CONFIGS[kept.kept.len()];
        kept.kept.push(Manager::create(config).expect("memory for a manager"));
    }
    let chosen: Vec<&'static Manager> = kept.kept[..managers.clamp(1, CONFIGS.len())].to_vec();
    let may_end = kept.ended < MOST_ENDED;
    let before: Vec<Totals> = chosen.iter().map(|manager| manager.totals()).collect();
    // A thread of its own: its first calls are first calls.
    let (done, ends) = std::thread::scope(|scope| {
        scope
            .spawn(|| {
                let mut trial = Trial::new(&chosen, may_end);
                for (number, operation) in operations.iter().enumerate() {
                    trial.number = number;
                    trial.perform(*operation);
                }
                trial.end()
            })
            .join()
            .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    });
    for (i, (end, before)) in ends.iter().zip(&before).enumerate() {
        let after = chosen[i].totals();
        assert!(after.is_balanced(), "{after:?}");
        assert_eq!(after.tasks_live, before.tasks_live, "every task has ended");
        let counted = [
            after.leaves - before.leaves,
            after.enters - before.enters,
            after.reverse_enters - before.reverse_enters,
            after.reverse_leaves - before.reverse_leaves,
        ];
        assert_eq!(counted, end.counts, "transitions of all tasks that there were");
        if end.has_ended {
            kept.kept[i] = Manager::create(&CONFIGS[i]).expect("memory for a manager");
            kept.ended += 1;
        }
    }
    done
}
