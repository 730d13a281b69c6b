//! Many tasks crossing while several threads pause at random: plain data that only the gate protects stays whole.
//!
//! Pausers write it, tasks read it while inside. A task that was inside during a pause, or that did not see what the
//! pauser did before it let the task in, finds it torn or old; under ThreadSanitizer it is a data race as well. The number
//! of crossings is bounded; the seed of the random choices is printed and can be given back in TOLLGATE_TEST_SEED.

#[path = "common/own_process.rs"]
mod own_process;

use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use own_process::{end_with_any_panic, in_own_process};
use tollgate_core::{Config, Door, Error, Manager, PauseReport, Side, Unlisted, immortal};

/// Each long-lived task makes at least so many crossings, ...
const CROSSINGS: u32 = if cfg!(tsan) { 10_000 } else { 300_000 };
/// ... and goes on until there were so many pauses.
const PAUSES: u64 = if cfg!(tsan) { 20 } else { 400 };

fn random(seed: &mut u64) -> u64 {
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    *seed
}

/// A seed for each thread, all from one that is printed.
fn seeds() -> impl FnMut() -> u64 {
    let given = std::env::var("TOLLGATE_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let now = || std::time::UNIX_EPOCH.elapsed().map_or(1, |d| d.as_nanos() as u64 | 1);
    let mut seed: u64 = given.unwrap_or_else(now);
    println!("TOLLGATE_TEST_SEED={seed}");
    move || random(&mut seed)
}

/// A manager with data that its gate alone protects.
struct Gated {
    manager: &'static Manager,
    /// Eight times the same number, unless somebody writes. No atomics, on purpose.
    data: UnsafeCell<[u64; 8]>,
    /// Pausers take turns; tasks never touch this.
    writing: Mutex<()>,
    /// How often the data was written.
    written: AtomicU64,
    /// Tasks that were attached beside those of the long-lived threads.
    short_lived: AtomicU64,
    done: AtomicBool,
}

// SAFETY: written only while paused and under the mutex, read only inside. Whether that suffices is what is tested.
unsafe impl Sync for Gated {}

impl Gated {
    fn new(config: Config) -> Gated {
        Gated {
            manager: immortal(Unlisted::new(config, Door::NONE)).expect("memory").enlist(),
            data: UnsafeCell::new([0; 8]),
            writing: Mutex::new(()),
            written: AtomicU64::new(0),
            short_lived: AtomicU64::new(0),
            done: AtomicBool::new(false),
        }
    }

    /// What a task does inside. `last` is what it saw before: the data never goes back.
    fn read_inside(&self, last: &mut u64) {
        // SAFETY: inside, so no pauser writes.
        let seen = unsafe { *self.data.get() };
        assert!(seen.iter().all(|n| *n == seen[0]), "torn: {seen:?}");
        assert!(seen[0] >= *last, "{} after {last}", seen[0]);
        *last = seen[0];
    }

    /// What a pauser does while paused.
    fn write_paused(&self) {
        let turn = self.writing.lock().expect("no writer panics");
        for i in 0..8 {
            // SAFETY: paused, so no task reads; the mutex keeps other pausers away.
            let data = unsafe { &mut *self.data.get() };
            data[i] += 1;
            std::hint::black_box(data);
        }
        drop(turn);
        self.written.fetch_add(1, Ordering::Relaxed);
    }

    /// Pauses at random, nested at times, with and without patience, until the tasks are done.
    fn pause_at_random(&self, mut seed: u64) {
        while !self.done.load(Ordering::Acquire) {
            let dice = random(&mut seed);
            let patience = if dice % 4 == 0 { dice as u32 >> 8 & 1 } else { u32::MAX };
            match self.manager.pause(patience) {
                Ok(_pause) => {
                    self.write_paused();
                    if dice & 0x700 == 0 {
                        let mut report = PauseReport::default();
                        self.manager.pause_into(u32::MAX, &mut report).expect("nobody is inside");
                        self.write_paused();
                        assert_eq!(self.manager.resume(), Ok(0), "the outer pause still holds");
                    }
                }
                Err(late) => assert_eq!(late.error, Error::Timeout),
            }
            std::thread::sleep(Duration::from_micros(dice >> 12 & 0xff));
        }
    }

    /// Goes in, however often the gate lets the time pass.
    fn persist(&self, go_in: impl Fn(&'static Manager) -> Result<(), Error>) {
        loop {
            match go_in(self.manager) {
                Ok(()) => return,
                Err(late) => assert_eq!(late, Error::Timeout),
            }
        }
    }

    /// A stretch of crossings on the calling thread, which is outside before and after; answers how many it made.
    fn cross(&self, seed: &mut u64, last: &mut u64) -> u32 {
        let nested = random(seed) as u32 % 4 + 1;
        for level in 0..nested {
            self.persist(Manager::reverse_enter);
            self.read_inside(last);
            self.manager.leave(level as usize).expect("outward");
        }
        for _ in 0..nested {
            self.persist(Manager::enter);
            self.read_inside(last);
            self.manager.reverse_leave().expect("outward");
        }
        4 * nested
    }

    /// A thread that attaches, crosses a little and ends on either side.
    fn live_shortly(&'static self, mut seed: u64) {
        std::thread::spawn(move || {
            let mut last = 0;
            match random(&mut seed) % 4 {
                0 => {
                    self.manager.leave(1).expect("outward");
                    self.persist(Manager::enter);
                    self.read_inside(&mut last);
                }
                1 => {
                    let task = self.manager.with_task(|task| task.depth()).expect("memory");
                    assert_eq!(task, 0);
                }
                2 => {
                    let mut task = loop {
                        match self.manager.attach_task(Some(Side::Inside)) {
                            Ok(task) => break task,
                            Err(late) => assert_eq!(late, Error::Timeout),
                        }
                        // It was attached, and detached when the gate did not let it in.
                        self.short_lived.fetch_add(1, Ordering::Relaxed);
                    };
                    self.read_inside(&mut last);
                    task.leave(1).expect("outward");
                }
                _ => {
                    self.cross(&mut seed, &mut last);
                    self.persist(Manager::reverse_enter);
                    self.read_inside(&mut last);
                }
            }
        })
        .join()
        .expect("the invariant holds");
        self.short_lived.fetch_add(1, Ordering::Relaxed);
    }

    fn check_at_the_end(&self, long_lived: u64) {
        let totals = self.manager.totals();
        let attached = long_lived + self.short_lived.load(Ordering::Relaxed);
        assert!(totals.is_balanced(), "{totals:?}");
        assert_eq!((totals.tasks_live, totals.tasks_attached, totals.irregularities), (0, attached, 0));
        assert_eq!((totals.unattributed, self.manager.tasks_held()), (0, 0));
        // SAFETY: every task and every pauser has ended.
        let data = unsafe { *self.data.get() };
        assert_eq!(data, [self.written.load(Ordering::Relaxed); 8]);
        println!("{} pauses, {} transitions", data[0], totals.leaves * 2 + totals.reverse_enters * 2);
    }
}

fn config(case: &str) -> Config {
    Config {
        full_fences: case.contains("full fences"),
        gate_timeout_ms: u32::from(case.contains("impatient")),
        ..Config::DEFAULT
    }
}

#[test]
fn data_behind_one_gate_stays_whole() {
    in_own_process(&["barrier", "full fences", "barrier, impatient", "full fences, impatient"], |case| {
        end_with_any_panic();
        static GATED: OnceLock<Gated> = OnceLock::new();
        let mut seeds = seeds();
        let gated = GATED.get_or_init(|| Gated::new(config(case)));
        std::thread::scope(|scope| {
            let tasks: Vec<_> = (0..6)
                .map(|_| {
                    let mut seed = seeds();
                    scope.spawn(move || {
                        let (mut made, mut last) = (0, 0);
                        while made < CROSSINGS || gated.written.load(Ordering::Relaxed) < PAUSES {
                            made += gated.cross(&mut seed, &mut last);
                        }
                    })
                })
                .collect();
            for _ in 0..3 {
                let seed = seeds();
                scope.spawn(move || gated.pause_at_random(seed));
            }
            let mut seed = seeds();
            scope.spawn(move || {
                while !gated.done.load(Ordering::Acquire) {
                    gated.live_shortly(random(&mut seed));
                }
            });
            let ended: Vec<_> = tasks.into_iter().map(|task| task.join()).collect();
            gated.done.store(true, Ordering::Release);
            assert!(ended.iter().all(Result::is_ok), "the invariant holds");
        });
        gated.check_at_the_end(6);
    });
}

/// A thread that goes in and out of every manager there is, so that it is inside of some while it calls others.
fn cross_all(managers: &'static [OnceLock<Gated>; 3]) {
    let mut last = [0; 3];
    let paused = |gated: &Gated| gated.written.load(Ordering::Relaxed) >= PAUSES;
    let (mut made, mut crossed) = (0, 0);
    // The last manager may have come and had all its pauses since this thread last looked.
    while made < CROSSINGS
        || crossed < managers.len()
        || !managers.iter().all(|manager| manager.get().is_some_and(paused))
    {
        // Managers appear while this runs. The order is the same on all threads: two tasks, each inside of one manager and
        // held at the gate of the other, would keep both pauses waiting for ever.
        let there: Vec<_> =
            managers.iter().enumerate().filter_map(|(i, manager)| Some((i, manager.get()?))).collect();
        made += 4 * there.len() as u32;
        crossed = there.len();
        for (i, gated) in &there {
            gated.persist(Manager::reverse_enter);
            gated.read_inside(&mut last[*i]);
        }
        for (i, gated) in &there {
            // Still inside of this one, although others were called meanwhile.
            gated.read_inside(&mut last[*i]);
            gated.manager.leave(*i).expect("outward");
        }
        for (i, gated) in &there {
            gated.persist(Manager::enter);
            gated.read_inside(&mut last[*i]);
            gated.manager.reverse_leave().expect("outward");
        }
    }
}

#[test]
fn data_behind_several_gates_stays_whole_while_managers_appear() {
    in_own_process(&["first", "second", "third", "impatient", "full fences"], |case| {
        end_with_any_panic();
        static MANAGERS: [OnceLock<Gated>; 3] = [const { OnceLock::new() }; 3];
        let mut seeds = seeds();
        MANAGERS[0].get_or_init(|| Gated::new(config(case)));
        std::thread::scope(|scope| {
            let tasks: Vec<_> = (0..5).map(|_| scope.spawn(|| cross_all(&MANAGERS))).collect();
            for manager in &MANAGERS {
                let seed = seeds();
                scope.spawn(move || {
                    // The tasks are in full swing when the later managers come.
                    std::thread::sleep(Duration::from_micros(seed >> 8 & 0x3fff));
                    manager.get_or_init(|| Gated::new(config(case))).pause_at_random(seed);
                });
            }
            let ended: Vec<_> = tasks.into_iter().map(|task| task.join()).collect();
            for manager in &MANAGERS {
                manager.get_or_init(|| Gated::new(config(case))).done.store(true, Ordering::Release);
            }
            assert!(ended.iter().all(Result::is_ok), "the invariant holds");
        });
        for manager in &MANAGERS {
            let gated = manager.get().expect("created above");
            gated.check_at_the_end(5);
        }
    });
}
