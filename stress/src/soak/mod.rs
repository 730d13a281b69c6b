//! One round: managers, threads of every kind at work on them for a while, and the books afterwards.
//!
//! What is checked all the time: no task is inside while its manager is paused; a settled entry balances; totals never
//! go back; no more tasks than allowed. And at the end: nothing is live, and every transition that succeeded was counted,
//! also those of threads that are long gone.

mod faults;
mod looks;
mod processes;
mod tasks;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tollgate_core::{Call, Config, Error, Manager, Policy, Side};
use tollgate_stress::random::Random;

/// How long the threads of a round work.
const WORK: Duration = Duration::from_secs(2);
/// Deepest nesting of a stream: beyond two blocks of spilled levels.
const DEEP: u64 = 150;

/// A manager, and what is known of it beside its own books.
pub(crate) struct Site {
    manager: &'static Manager,
    config: Config,
    /// Set while a pauser holds the gate closed. Neither ordered nor locked: the gate is what orders it.
    paused: AtomicBool,
    /// Transitions that succeeded.
    counts: [AtomicU64; 4],
}

/// What all threads of the round share.
pub(crate) struct Round {
    sites: Vec<Site>,
    over: AtomicBool,
    pauses: AtomicU64,
    threads: AtomicU64,
    looks: AtomicU64,
    forks: AtomicU64,
    signals: AtomicU64,
    created: AtomicU64,
}

impl Round {
    fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    fn site(&self, random: &mut Random) -> &Site {
        &self.sites[random.below(self.sites.len() as u64) as usize]
    }
}

/// What a thread did on one site; added to the site's counts when the thread is done.
pub(crate) struct Crosser<'s> {
    site: &'s Site,
    counts: [u64; 4],
}

impl<'s> Crosser<'s> {
    pub(crate) fn new(site: &'s Site) -> Crosser<'s> {
        Crosser { site, counts: [0; 4] }
    }

    /// Makes the call; checks that it did not go in during a pause.
    pub(crate) fn call(&mut self, call: Call, target: usize) -> Result<(), Error> {
        let manager = self.site.manager;
        let result = match call {
            Call::Leave => manager.leave(target),
            Call::Enter => manager.enter(),
            Call::ReverseEnter => manager.reverse_enter(),
            Call::ReverseLeave => manager.reverse_leave(),
        };
        self.counts[call as usize] += u64::from(result.is_ok());
        // Both calls can end outside: an enter above another leave.
        let is_inside = || manager.with_task(|task| task.side()) == Ok(Side::Inside);
        if result.is_ok() && self.governs() && is_inside() {
            assert!(!self.site.paused.load(Ordering::Relaxed), "inside during a pause");
        }
        result
    }

    fn governs(&self) -> bool {
        self.site.config.policy == Policy::Govern
    }

    /// Any call, fitting or not.
    fn any(&mut self, random: &mut Random) {
        let call =
            [Call::Leave, Call::Enter, Call::ReverseEnter, Call::ReverseLeave][random.below(4) as usize];
        let _ = self.call(call, random.number() as usize);
    }

    /// So many levels, then back as far as the gate lets it.
    fn deep(&mut self, levels: u64) {
        let mut open = 0;
        for level in 0..levels {
            let call = if level % 2 == 0 { Call::Leave } else { Call::ReverseEnter };
            if self.call(call, level as usize).is_err() {
                break;
            }
            open += 1;
        }
        while open > 0 {
            open -= 1;
            let call = if open % 2 == 0 { Call::Enter } else { Call::ReverseLeave };
            // Time is over at a closed gate, or no memory for the way back: the level stays, until the thread ends.
            let _ = self.call(call, 0);
        }
    }
}

impl Drop for Crosser<'_> {
    fn drop(&mut self) {
        for (sum, count) in self.site.counts.iter().zip(self.counts) {
            sum.fetch_add(count, Ordering::Relaxed);
        }
    }
}

/// Threads that live through the round and do everything a runtime does.
fn cross(round: &Round, mut random: Random) {
    let mut crossers: Vec<Crosser> = round.sites.iter().map(Crosser::new).collect();
    while !round.is_over() {
        let which = random.below(crossers.len() as u64) as usize;
        let crosser = &mut crossers[which];
        match random.below(16) {
            0 => crosser.deep(random.below(DEEP)),
            1..=3 => crosser.any(&mut random),
            _ => {
                for target in 0..20 {
                    if crosser.call(Call::ReverseEnter, 0).is_ok() {
                        let _ = crosser.call(Call::Leave, target);
                        let _ = crosser.call(Call::Enter, 0);
                        let _ = crosser.call(Call::ReverseLeave, 0);
                    }
                }
            }
        }
        // Outside of all, or the pausers would never come about.
        for crosser in &mut crossers {
            while crosser.governs() && crosser.call(Call::ReverseLeave, 0).is_ok() {}
            let _ = crosser.call(Call::Leave, 0);
        }
    }
}

/// Threads that make a few calls and end wherever they are.
fn come_and_go(round: &Round, mut random: Random) {
    while !round.is_over() {
        thread::scope(|scope| {
            for _ in 0..16 {
                let mut random = Random::new(random.number());
                let spawned = thread::Builder::new().stack_size(64 << 10).spawn_scoped(scope, move || {
                    for _ in 0..1 + random.below(2) {
                        let mut crosser = Crosser::new(round.site(&mut random));
                        let calls = random.below(12);
                        if random.one_in(8) {
                            faults::with_faults(&mut Random::new(calls), || crosser.deep(80));
                        }
                        (0..calls).for_each(|_| crosser.any(&mut random));
                    }
                });
                round.threads.fetch_add(u64::from(spawned.is_ok()), Ordering::Relaxed);
            }
        });
    }
}

/// Pauses with little and with much patience, nested at times.
fn pause(round: &Round, mut random: Random, turn: &std::sync::Mutex<()>) {
    while !round.is_over() {
        let site = round.site(&mut random);
        let patience = [0, 1, 20][random.below(3) as usize];
        // One at a time: the mark is one for all.
        let alone = turn.lock().expect("no pauser panics");
        match site.manager.pause(patience) {
            Ok(outer) => {
                site.paused.store(true, Ordering::Relaxed);
                if random.one_in(4) {
                    drop(site.manager.pause(u32::MAX).expect("nobody can be inside"));
                }
                (0..random.below(50)).for_each(|_| std::hint::spin_loop());
                site.paused.store(false, Ordering::Relaxed);
                drop(outer);
                round.pauses.fetch_add(1, Ordering::Relaxed);
            }
            Err(failed) => {
                let expected = if site.config.policy == Policy::Observe {
                    failed.error == Error::InvalidOperation
                } else {
                    failed.error == Error::Timeout
                };
                assert!(expected, "{failed}");
            }
        }
        drop(alone);
        if random.one_in(8) && site.config.policy == Policy::Govern {
            site.manager.set_available(false).expect("govern");
            thread::yield_now();
            site.manager.set_available(true).expect("govern");
        }
        thread::sleep(Duration::from_micros(random.below(500)));
    }
}

/// The managers of a round, by its seed.
fn sites(random: &mut Random) -> Vec<Site> {
    let patient = Config { gate_timeout_ms: 2, ..Config::DEFAULT };
    let kinds = [
        patient,
        Config { full_fences: true, ..patient },
        Config { policy: Policy::Observe, ..Config::DEFAULT },
        Config { max_tasks: 8, ..patient },
        Config { strict: true, ..patient },
    ];
    let count = 1 + random.below(4) as usize;
    (0..count)
        .map(|_| {
            let config = kinds[random.below(kinds.len() as u64) as usize];
            Site {
                manager: Manager::create(&config).expect("memory for a manager"),
                config,
                paused: AtomicBool::new(false),
                counts: [const { AtomicU64::new(0) }; 4],
            }
        })
        .collect()
}

/// Runs the round with this seed; says what it did. Panics, or worse, where an invariant does not hold.
pub(crate) fn round(seed: u64) -> String {
    // A panic on any thread ends the process, and the round with it.
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        usual(panic);
        std::process::abort();
    }));
    let mut random = Random::new(seed);
    let round = Round {
        sites: sites(&mut random),
        over: AtomicBool::new(false),
        pauses: AtomicU64::new(0),
        threads: AtomicU64::new(0),
        looks: AtomicU64::new(0),
        forks: AtomicU64::new(0),
        signals: AtomicU64::new(0),
        created: AtomicU64::new(0),
    };
    let turn = std::sync::Mutex::new(());
    let mut next = || Random::new(random.number());
    thread::scope(|scope| {
        for _ in 0..3 {
            let random = next();
            scope.spawn(|| cross(&round, random));
        }
        for _ in 0..2 {
            let random = next();
            scope.spawn(|| come_and_go(&round, random));
            let random = next();
            scope.spawn(|| pause(&round, random, &turn));
        }
        let random = next();
        scope.spawn(|| tasks::create(&round, random));
        scope.spawn(|| looks::look(&round));
        scope.spawn(|| processes::fork(&round));
        scope.spawn(|| processes::interrupt(&round));
        let start = Instant::now();
        while start.elapsed() < WORK {
            thread::sleep(Duration::from_millis(10));
        }
        round.over.store(true, Ordering::Relaxed);
    });
    settle(&round);
    let figure = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    format!(
        "round {seed}: {} managers, {} transitions, {} pauses, {} short threads, {} tasks created, {} looks, {} forks, {} \
         signals, {} refusals by the system",
        round.sites.len(),
        round.sites.iter().flat_map(|site| &site.counts).map(figure).sum::<u64>(),
        figure(&round.pauses),
        figure(&round.threads),
        figure(&round.created),
        figure(&round.looks),
        figure(&round.forks),
        figure(&round.signals),
        faults::refused(),
    )
}

/// Books that do not come right in that time never do.
const SETTLES: Duration = Duration::from_secs(600);

/// The books of every manager, once all threads have ended.
fn settle(round: &Round) {
    for site in &round.sites {
        // Threads of created tasks, and scoped ones, end on their own time after they are done, and an ending task is gone
        // before its levels are counted as closed.
        let start = Instant::now();
        let totals = loop {
            let totals = site.manager.totals();
            if totals.tasks_live == 0 && totals.is_balanced() {
                break totals;
            }
            assert!(start.elapsed() < SETTLES, "{totals:?}");
            thread::sleep(Duration::from_millis(1));
        };
        assert_eq!((totals.open_outside, totals.open_inside, site.manager.tasks_held()), (0, 0, 0));
        if site.config.policy == Policy::Govern {
            // Under observe success does not tell whether a call was counted.
            let found = [totals.leaves, totals.enters, totals.reverse_enters, totals.reverse_leaves];
            let made = [0, 1, 2, 3].map(|call: usize| site.counts[call].load(Ordering::Relaxed));
            assert_eq!(found, made, "transitions that succeeded, and those that were counted: {totals:?}");
        }
    }
}
