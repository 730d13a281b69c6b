//! What must come of the operations: the documented rules in the plainest form.

use tollgate_core::info::{TASK_BASE_UNDETERMINED, TASK_UNSETTLED};
use tollgate_core::{Call, Config, Error, Policy, Side, TaskInfo};

/// What the gate is like, for calls that are not waited for.
#[derive(Clone, Copy, Debug, Default)]
pub struct GateBooks {
    /// Open pauses.
    pub pauses: u32,
    /// Shut down.
    pub shut_down: bool,
    /// Failed.
    pub failed: bool,
    /// Not available.
    pub unavailable: bool,
}

impl GateBooks {
    /// Inward calls are refused.
    pub fn refuses(&self) -> bool {
        self.shut_down || self.failed || self.unavailable
    }

    /// It never opens again.
    pub fn has_ended(&self) -> bool {
        self.shut_down || self.failed
    }

    /// The answer to a task that goes in; its patience has an end.
    pub(crate) fn admits(&self, goes_in: bool) -> Result<(), Error> {
        if self.refuses() {
            Err(Error::Unavailable)
        } else if self.pauses > 0 && goes_in {
            Err(Error::Timeout)
        } else {
            Ok(())
        }
    }

    /// An outward call after a failure is recorded, and answered so.
    fn after(&self, result: Result<(), Error>) -> Result<(), Error> {
        if self.failed { Err(Error::Unavailable) } else { result }
    }
}

/// The figures of one task.
#[derive(Clone, Debug, Default)]
pub struct TaskBooks {
    base: Option<Side>,
    /// Open levels, outermost first, each with the target of its leave.
    levels: Vec<(Side, usize)>,
    counts: [u64; 4],
    closed: [u64; 2],
    irregularities: u64,
    /// Open begins of thread affinity.
    pub affinity: u32,
}

/// The most levels of a task.
const MOST: usize = 4096;

impl TaskBooks {
    /// A task that has got its base by being attached.
    pub fn with_base(base: Option<Side>) -> TaskBooks {
        TaskBooks { base, ..TaskBooks::default() }
    }

    /// Where it is; a task without a base counts as outside.
    pub fn side(&self) -> Side {
        self.levels.last().map_or(self.base.unwrap_or(Side::Outside), |level| level.0)
    }

    /// Its transitions, by kind.
    pub fn counts(&self) -> [u64; 4] {
        self.counts
    }

    /// How many levels are open.
    pub fn depth(&self) -> usize {
        self.levels.len()
    }

    /// A transition; the answer that it must get.
    pub fn call(
        &mut self,
        config: &Config,
        gate: &GateBooks,
        call: Call,
        target: usize,
    ) -> Result<(), Error> {
        let result = self.step(config, gate, call, target);
        match config.policy {
            Policy::Govern => result,
            Policy::Observe => Ok(()),
        }
    }

    fn irregular(&mut self, gate: &GateBooks, error: Error) -> Result<(), Error> {
        self.irregularities += 1;
        gate.after(Err(error))
    }

    fn step(&mut self, config: &Config, gate: &GateBooks, call: Call, target: usize) -> Result<(), Error> {
        let observes = config.policy == Policy::Observe;
        if self.base.is_none() {
            let (base, closes) = match call {
                Call::Leave => (Side::Inside, false),
                Call::ReverseEnter => (Side::Outside, false),
                Call::Enter => (if observes { Side::Inside } else { Side::Outside }, true),
                Call::ReverseLeave => (if observes { Side::Outside } else { Side::Inside }, true),
            };
            if closes && base == Side::Inside {
                gate.admits(true)?;
            }
            self.base = Some(base);
            if closes {
                self.irregularities += 1;
                return Err(Error::NotOwner);
            }
        }
        let opens = matches!(call, Call::Leave | Call::ReverseEnter);
        let to = if matches!(call, Call::Leave | Call::ReverseLeave) { Side::Outside } else { Side::Inside };
        if opens {
            if config.strict && self.side() == to {
                return self.irregular(gate, Error::NotOwner);
            }
            if self.levels.len() == MOST {
                return self.irregular(gate, Error::LevelsExhausted);
            }
        } else {
            self.make_closable(
                observes,
                gate,
                if call == Call::Enter { Side::Outside } else { Side::Inside },
            )?;
        }
        let after = if opens { to } else { self.side_below() };
        if to == Side::Inside {
            gate.admits(self.side() == Side::Outside && after == Side::Inside)?;
        }
        if opens {
            self.levels.push((to, if call == Call::Leave { target } else { 0 }));
        } else {
            self.levels.pop();
        }
        self.counts[call as usize] += 1;
        if to == Side::Outside { gate.after(Ok(())) } else { Ok(()) }
    }

    /// The side once the innermost level is closed.
    fn side_below(&self) -> Side {
        match self.levels.len() {
            0 | 1 => self.base.unwrap_or(Side::Outside),
            n => self.levels[n - 2].0,
        }
    }

    /// The innermost level is on `side`, or levels above the nearest such one are closed for it.
    fn make_closable(&mut self, observes: bool, gate: &GateBooks, side: Side) -> Result<(), Error> {
        match self.levels.iter().rev().position(|level| level.0 == side) {
            Some(0) => Ok(()),
            Some(above) if observes => {
                self.irregularities += 1;
                for (side, _) in self.levels.drain(self.levels.len() - above..) {
                    self.closed[side as usize] += 1;
                }
                Ok(())
            }
            _ => self.irregular(gate, Error::NotOwner),
        }
    }

    /// That a look at the task says what is in the books.
    pub fn check(&self, task: &TaskInfo) {
        let undetermined = u32::from(self.base.is_none()) * TASK_BASE_UNDETERMINED;
        assert_eq!(task.flags & !TASK_UNSETTLED, undetermined, "flags of {task:?}");
        assert_eq!(task.flags & TASK_UNSETTLED, 0, "nobody moves, so it is settled: {task:?}");
        assert_eq!(task.depth as usize, self.levels.len(), "depth of {task:?}");
        assert_eq!(task.side, self.side() as u32, "side of {task:?}");
        assert_eq!([task.leaves, task.enters, task.reverse_enters, task.reverse_leaves], self.counts);
        assert_eq!([task.closed_outside, task.closed_inside], self.closed);
        assert_eq!(task.irregularities, self.irregularities, "irregularities of {task:?}");
        let shown = self.levels.len().min(task.targets.len());
        let shown_levels = &self.levels[self.levels.len() - shown..];
        for (found, level) in task.targets.iter().zip(shown_levels.iter().rev()) {
            assert_eq!(*found, level.1 as u64, "targets of {task:?}");
        }
        assert!(task.targets[shown..].iter().all(|target| *target == 0), "targets beyond the depth");
        let directions = shown_levels.iter().fold(1, |word, level| word << 1 | (level.0 as u64));
        assert_eq!(task.directions, directions, "directions of {task:?}");
    }
}
