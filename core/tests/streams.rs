//! Streams of calls, regular or not, against a plain model: a vector of levels and a handful of counts.

use std::sync::atomic::{AtomicU64, Ordering};

use tollgate_core::{Config, Error, Manager, Policy, Side, TaskInfo, Totals};

fn manager(policy: Policy) -> &'static Manager {
    let config = Config { policy, ..Config::DEFAULT };
    Manager::create(&config).unwrap()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Call {
    Leave(usize),
    Enter,
    ReverseEnter,
    ReverseLeave,
}

impl Call {
    fn number(self) -> usize {
        match self {
            Call::Leave(_) => 0,
            Call::Enter => 1,
            Call::ReverseEnter => 2,
            Call::ReverseLeave => 3,
        }
    }

    fn on(self, manager: &'static Manager) -> Result<(), Error> {
        match self {
            Call::Leave(target) => manager.leave(target),
            Call::Enter => manager.enter(),
            Call::ReverseEnter => manager.reverse_enter(),
            Call::ReverseLeave => manager.reverse_leave(),
        }
    }
}

/// What the documented rules say, in the plainest form.
#[derive(Default)]
struct Model {
    base: Option<Side>,
    levels: Vec<(Side, usize)>,
    counts: [u64; 4],
    closed: [u64; 2],
    irregularities: u64,
}

impl Model {
    fn call(&mut self, policy: Policy, call: Call) -> Result<(), Error> {
        let result = self.step(policy, call);
        match policy {
            Policy::Govern => result,
            Policy::Observe => Ok(()),
        }
    }

    fn step(&mut self, policy: Policy, call: Call) -> Result<(), Error> {
        let observes = policy == Policy::Observe;
        if self.base.is_none() {
            let (base, closes) = match call {
                Call::Leave(_) => (Side::Inside, false),
                Call::ReverseEnter => (Side::Outside, false),
                Call::Enter => (if observes { Side::Inside } else { Side::Outside }, true),
                Call::ReverseLeave => (if observes { Side::Outside } else { Side::Inside }, true),
            };
            self.base = Some(base);
            if closes {
                self.irregularities += 1;
                return Err(Error::NotOwner);
            }
        }
        match call {
            Call::Leave(_) | Call::ReverseEnter if self.levels.len() == 4096 => {
                self.irregularities += 1;
                return Err(Error::LevelsExhausted);
            }
            Call::Leave(target) => self.levels.push((Side::Outside, target)),
            Call::ReverseEnter => self.levels.push((Side::Inside, 0)),
            Call::Enter => self.close(observes, Side::Outside)?,
            Call::ReverseLeave => self.close(observes, Side::Inside)?,
        }
        self.counts[call.number()] += 1;
        Ok(())
    }

    fn close(&mut self, observes: bool, side: Side) -> Result<(), Error> {
        let above = self.levels.iter().rev().position(|level| level.0 == side);
        if above != Some(0) {
            self.irregularities += 1;
        }
        match above {
            Some(0) => {}
            Some(above) if observes => {
                for _ in 0..above {
                    let (side, _) = self.levels.pop().unwrap();
                    self.closed[side as usize] += 1;
                }
            }
            _ => return Err(Error::NotOwner),
        }
        self.levels.pop();
        Ok(())
    }

    fn side(&self) -> Side {
        self.levels.last().map_or(self.base.unwrap_or(Side::Outside), |level| level.0)
    }

    fn assert_is(&self, task: &TaskInfo) {
        assert_eq!(task.flags, u32::from(self.base.is_none()) * tollgate_core::info::TASK_BASE_UNDETERMINED);
        assert_eq!(task.depth as usize, self.levels.len());
        assert_eq!(task.side, self.side() as u32);
        assert_eq!([task.leaves, task.enters, task.reverse_enters, task.reverse_leaves], self.counts);
        assert_eq!([task.closed_outside, task.closed_inside], self.closed);
        assert_eq!(task.irregularities, self.irregularities);
        let innermost = self.levels.iter().rev().map(|level| level.1 as u64);
        let padded = innermost.chain(std::iter::repeat(0));
        assert!(task.targets.iter().copied().eq(padded.take(task.targets.len())), "targets");
        let shown = self.levels.len().min(62);
        let directions = self.levels[self.levels.len() - shown..]
            .iter()
            .fold(1, |word, level| word << 1 | u64::from(level.0 == Side::Inside));
        assert_eq!(task.directions, directions);
    }
}

/// Runs `calls` on a fresh thread of `manager` beside the model; every step is compared.
fn compare(manager: &'static Manager, calls: Vec<Call>, meet_first: bool, look_every: usize) {
    let check = move || {
        let mut model = Model::default();
        if meet_first {
            manager.begin_affinity().unwrap();
            manager.end_affinity().unwrap();
        }
        let me = std::thread::current().id();
        for (i, call) in calls.iter().enumerate() {
            let expected = model.call(manager.policy(), *call);
            assert_eq!(call.on(manager), expected, "{me:?} call {i} of {calls:?}");
            if i % look_every == 0 || i + 1 == calls.len() {
                let mut entries = [TaskInfo::EMPTY; 2];
                assert_eq!(manager.snapshot(&mut entries), 1, "this thread's task alone is live");
                model.assert_is(&entries[0]);
            }
        }
    };
    std::thread::spawn(check).join().unwrap();
    let totals = manager.totals();
    assert!(totals.is_balanced(), "{totals:?}");
    assert_eq!(totals.tasks_live, 0);
}

#[test]
fn every_stream_of_six_calls_matches_the_model() {
    for policy in [Policy::Govern, Policy::Observe] {
        let manager = manager(policy);
        for number in 0..4usize.pow(6) {
            let calls = (0..6).map(|i| match number >> (2 * i) & 3 {
                0 => Call::Leave(0x1000 + i),
                1 => Call::Enter,
                2 => Call::ReverseEnter,
                _ => Call::ReverseLeave,
            });
            compare(manager, calls.collect(), number % 2 == 1, 1);
        }
    }
}

/// A small generator of our own would do as well; this one is the usual xorshift, seeded by a constant.
fn random(seed: &mut u64) -> u64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    *seed
}

#[test]
fn long_random_streams_match_the_model() {
    let mut seed = 0x9e37_79b9_7f4a_7c15;
    for policy in [Policy::Govern, Policy::Observe] {
        let manager = manager(policy);
        for round in 0..40 {
            // Rounds lean towards opening or closing in turn, so that depths reach far beyond one word.
            let mut calls = Vec::new();
            for stretch in 0..6 {
                let opens = if (round + stretch) % 2 == 0 { 70 } else { 30 };
                for _ in 0..random(&mut seed) % 400 {
                    let dice = random(&mut seed);
                    calls.push(match (dice % 100 < opens, dice >> 32 & 1) {
                        (true, 0) => Call::Leave(dice as usize | 1),
                        (true, _) => Call::ReverseEnter,
                        (false, 0) => Call::Enter,
                        (false, _) => Call::ReverseLeave,
                    });
                }
            }
            if !calls.is_empty() {
                compare(manager, calls, round % 3 == 0, 7);
            }
        }
    }
}

#[test]
fn the_last_irregular_call_is_named_with_its_depth() {
    let manager = manager(Policy::Observe);
    compare(manager, vec![Call::Leave(1), Call::ReverseEnter, Call::Enter], false, 1);
    let totals = manager.totals();
    assert_eq!((totals.last_irregular_call, totals.last_irregular_depth), (Call::Enter.number() as u32, 2));
    assert_eq!(totals.last_irregular_task, totals.tasks_attached);
}

#[test]
fn all_4096_levels_open_and_close_and_the_next_is_refused() {
    let manager = manager(Policy::Govern);
    let level = |i: usize| if i % 3 == 0 { Call::ReverseEnter } else { Call::Leave(i) };
    let mut calls: Vec<Call> = (0..4096).map(level).collect();
    calls.extend([Call::Leave(9), Call::ReverseEnter]);
    for i in (0..4096).rev() {
        calls.push(if i % 3 == 0 { Call::ReverseLeave } else { Call::Enter });
        if i % 500 == 0 {
            // Up and down again across the word's end.
            calls.extend([Call::Leave(7), Call::ReverseEnter, Call::ReverseLeave, Call::Enter]);
        }
    }
    calls.extend([Call::Enter, Call::ReverseLeave]);
    compare(manager, calls, false, 97);
}

#[test]
fn eight_threads_of_a_million_pairs_add_up() {
    let manager = manager(Policy::Govern);
    let threads: Vec<_> = (0..8)
        .map(|_| {
            std::thread::spawn(move || {
                for i in 0..1_000_000 {
                    manager.leave(i).unwrap();
                    manager.enter().unwrap();
                }
            })
        })
        .collect();
    // Looks from outside meanwhile never see books that do not balance.
    let mut entries = [TaskInfo::EMPTY; 8];
    while threads.iter().any(|t| !t.is_finished()) {
        let live = manager.snapshot(&mut entries);
        for task in entries.iter().take(live).filter(|t| t.flags & tollgate_core::info::TASK_UNSETTLED == 0) {
            assert_eq!(task.leaves, task.enters + u64::from(task.depth));
            assert!(task.depth == 0 || task.targets[0] == task.leaves - 1, "{task:?}");
        }
    }
    threads.into_iter().for_each(|t| t.join().unwrap());
    let expected = Totals { tasks_attached: 8, leaves: 8_000_000, enters: 8_000_000, ..Totals::default() };
    assert_eq!(manager.totals(), expected);
}

#[test]
fn ten_thousand_short_threads_lose_nothing() {
    let manager = manager(Policy::Govern);
    let finished = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                for i in 0..2_500 {
                    std::thread::spawn(move || {
                        manager.leave(i).unwrap();
                        manager.reverse_enter().unwrap();
                    })
                    .join()
                    .unwrap();
                    finished.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(finished.into_inner(), 10_000);
    let totals = manager.totals();
    assert_eq!((totals.tasks_attached, totals.tasks_live), (10_000, 0));
    assert_eq!((totals.leaves, totals.closed_outside), (10_000, 10_000));
    assert_eq!((totals.reverse_enters, totals.closed_inside), (10_000, 10_000));
}
