//! Times of many loops, taken in turns: each round runs every loop once, so that whatever else the machine does falls
//! upon all alike.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Barrier, Mutex};
use std::thread;
use std::time::Instant;

use crate::doors::Loop;

/// Repetitions within one measurement: short enough to fit between two interrupts now and then.
pub const TIMES: u64 = 20_000;

/// How much of a measurement all threads must be running in, for it to count. Less than nearly all, because a mutex in
/// dispute lets one thread get far ahead of another.
const OVERLAP: f64 = 0.6;

/// Nanoseconds of one repetition in each of `rounds`, for each loop run by `threads` threads at once.
///
/// Those of several threads are from the first one's start to the last one's end, and are there only for rounds in which
/// they ran at the same time for most of it: one after the other they would not meet, and a mutex would look free.
pub fn times(loops: &[&Loop], repetitions: u64, rounds: u32, threads: u32) -> Vec<Vec<f64>> {
    let counted: Vec<Mutex<Vec<f64>>> = loops.iter().map(|_| Mutex::default()).collect();
    let meeting = Meeting::new(threads);
    // The C library takes cheaper mutexes while a process has one thread, which no host has.
    let bystander = Barrier::new(2);
    thread::scope(|scope| {
        scope.spawn(|| bystander.wait());
        let measuring: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    for run in loops {
                        run(1);
                    }
                    for _ in 0..rounds {
                        for (run, counted) in loops.iter().zip(&counted) {
                            if let Some(ns) = meeting.measure(|| run(repetitions)) {
                                let one = ns as f64 / repetitions as f64;
                                counted.lock().expect("no thread panics with it").push(one);
                            }
                        }
                    }
                })
            })
            .collect();
        for thread in measuring {
            thread.join().expect("a measuring thread does not panic");
        }
        bystander.wait();
    });
    counted.into_iter().map(|values| values.into_inner().expect("no thread panics with it")).collect()
}

/// The shortest time of `run` on one thread: nothing but noise makes it longer.
pub fn shortest(run: &Loop, repetitions: u64, rounds: u32) -> f64 {
    let [rounds] = &times(&[run], repetitions, rounds, 1)[..] else { unreachable!("one loop, one result") };
    least(rounds)
}

/// Where threads start together and compare when they ran.
struct Meeting {
    threads: u32,
    asleep: Barrier,
    arrived: AtomicU32,
    origin: Instant,
    /// The first and the last start, the first and the last end, in nanoseconds since the origin.
    starts: [AtomicU64; 2],
    ends: [AtomicU64; 2],
}

impl Meeting {
    fn new(threads: u32) -> Meeting {
        let span = || [AtomicU64::new(u64::MAX), AtomicU64::new(0)];
        Meeting {
            threads,
            asleep: Barrier::new(threads as usize),
            arrived: AtomicU32::new(0),
            origin: Instant::now(),
            starts: span(),
            ends: span(),
        }
    }

    /// The time of `act` on all threads at once, on one of them; `None` on the others, and if they did not overlap.
    fn measure(&self, act: impl FnOnce()) -> Option<u64> {
        self.asleep.wait();
        // Woken up threads are microseconds apart; this brings them together. Not for ever: one may be preempted.
        self.arrived.fetch_add(1, Ordering::Relaxed);
        for _ in 0..10_000_000 {
            if self.arrived.load(Ordering::Relaxed) == self.threads {
                break;
            }
            std::hint::spin_loop();
        }
        self.note(&self.starts);
        act();
        self.note(&self.ends);
        if !self.asleep.wait().is_leader() {
            return None;
        }
        self.arrived.store(0, Ordering::Relaxed);
        let [first_start, last_start] = Meeting::take(&self.starts);
        let [first_end, last_end] = Meeting::take(&self.ends);
        let (together, whole) = (first_end.saturating_sub(last_start), last_end - first_start);
        (together as f64 >= OVERLAP * whole as f64).then_some(whole)
    }

    fn note(&self, span: &[AtomicU64; 2]) {
        let now = self.origin.elapsed().as_nanos() as u64;
        span[0].fetch_min(now, Ordering::Relaxed);
        span[1].fetch_max(now, Ordering::Relaxed);
    }

    /// The span, which the next measurement finds empty.
    fn take(span: &[AtomicU64; 2]) -> [u64; 2] {
        [span[0].swap(u64::MAX, Ordering::Relaxed), span[1].swap(0, Ordering::Relaxed)]
    }
}

/// The least of some numbers; infinite without any.
pub fn least(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::INFINITY, f64::min)
}

/// The middle of some numbers.
pub fn median(mut values: Vec<f64>) -> f64 {
    assert!(!values.is_empty(), "no numbers");
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
