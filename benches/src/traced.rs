//! What a trace costs while it is on.

use std::time::Instant;

use crate::doors::Loop;
use crate::rust_doors::{LOOPS, manager};
use crate::timing::shortest;

/// Pairs of each round: more than a ring has places for, so that overwriting is part of the price.
const PAIRS: u64 = 5_000;
/// Rounds that the shortest is taken of.
const ROUNDS: u32 = 100;

/// Nanoseconds, each the shortest of many rounds.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    /// A leave and an enter through the thread-local pointer.
    pub untraced: f64,
    /// The same while they are recorded.
    pub traced: f64,
    /// The same once the trace is off again, which must be what it was before.
    pub stopped: f64,
    /// Two looks at the clock, which a traced pair cannot do without.
    pub clock: f64,
    /// A record taken out by a drain.
    pub drained: f64,
}

/// The cost of a trace in this process, in which no manager but the default one may exist.
pub fn cost() -> Cost {
    let (_, _, run) = LOOPS[0];
    let pairs: Loop = Box::new(move |count| run(count).expect("no transition fails"));
    let clock: Loop = Box::new(|count| {
        for _ in 0..2 * count {
            std::hint::black_box(monotonic_ns());
        }
    });
    let shortest = |run| shortest(run, PAIRS, ROUNDS);
    let untraced = shortest(&pairs);
    manager().trace_start().expect("there is memory");
    let traced = shortest(&pairs);
    let drained = drained();
    manager().trace_stop();
    Cost { untraced, traced, stopped: shortest(&pairs), clock: shortest(&clock), drained }
}

/// Nanoseconds for each record of a full ring, shortest of many drains.
fn drained() -> f64 {
    let (_, _, run) = LOOPS[0];
    (0..ROUNDS)
        .map(|_| {
            run(PAIRS).expect("no transition fails");
            let start = Instant::now();
            let drained = manager().trace_drain(|record| {
                std::hint::black_box(record);
                true
            });
            let ns = start.elapsed().as_nanos() as f64;
            let records = drained.expect("nobody else drains").records;
            assert!(records > 1_000, "{records} records of {PAIRS} pairs");
            ns / records as f64
        })
        .fold(f64::MAX, f64::min)
}

fn monotonic_ns() -> i64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes the struct it is given.
    unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut now) };
    now.tv_sec * 1_000_000_000 + now.tv_nsec
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No figure is judged, only that each was taken.
    #[test]
    fn every_cost_is_taken() {
        let cost = cost();
        println!("{cost:?}");
        for ns in [cost.untraced, cost.traced, cost.stopped, cost.clock, cost.drained] {
            assert!(ns.is_finite() && ns > 0.0, "{cost:?}");
        }
    }
}
