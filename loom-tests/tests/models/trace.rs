//! Rings of events: one writer, readers that never stop it; and tracing switched on and off beside transitions.

use std::sync::Arc;

use loom::sync::atomic::{AtomicU32, Ordering};
use loom_tests::{Bound::*, RACE, World, broken, holds, spawn};
use tollgate_core::Side;
use tollgate_core::model::{Fault, ModelRing};
use tollgate_core::trace::{TRACE_ENTER, TRACE_LEAVE};

/// A record is the writer's if its three words belong together.
fn check(record: (u64, u64, u64)) -> u64 {
    let (time, value, task) = record;
    assert!(time == value && value == task, "halves of two records");
    time
}

/// Two places; the writer overwrites the first record while it is read.
fn overwritten() {
    let ring = Arc::new(ModelRing::new());
    let writer = ring.clone();
    ring.push(1);
    ring.push(2);
    let writes = spawn(move || writer.push(3));
    let (mut next, mut seen) = (0, Vec::new());
    let lost = ring.read(&mut next, |record| seen.push(check(record)));
    assert_eq!(next, seen.len() as u64 + lost, "a record was neither read nor counted");
    writes.join().unwrap();
    let more = ring.read(&mut next, |record| seen.push(check(record)));
    assert_eq!((next, seen.len() as u64 + lost + more), (3, 3), "a record was neither read nor counted");
    // What was read came in order, once, and the newest record was.
    assert!(seen.is_sorted_by(|a, b| a < b) && seen.last() == Some(&3));
}

#[test]
fn a_record_is_read_whole_or_counted_as_lost() {
    holds(Exhaustive, overwritten);
}

#[test]
fn broken_ring_without_a_mark() {
    broken(Exhaustive, Fault::RingNotMarked, "halves of two records", overwritten);
}

#[test]
fn broken_ring_that_does_not_release() {
    broken(Exhaustive, Fault::RingRelaxed, "halves of two records", overwritten);
}

#[test]
fn broken_ring_that_is_looked_at_once() {
    broken(Exhaustive, Fault::RingLooksOnce, "halves of two records", overwritten);
}

/// The writer is ahead by more than the ring holds before the reader looks.
fn outrun() {
    let ring = Arc::new(ModelRing::new());
    let writer = ring.clone();
    let writes = spawn(move || (1..=4).for_each(|number| writer.push(number)));
    let (mut next, mut read, mut lost) = (0, 0, 0);
    for _ in 0..2 {
        lost += ring.read(&mut next, |record| {
            check(record);
            read += 1;
        });
        assert_eq!(next, read + lost, "a record was neither read nor counted");
    }
    writes.join().unwrap();
    lost += ring.read(&mut next, |_| read += 1);
    assert_eq!((next, read + lost), (4, 4), "a record was neither read nor counted");
}

#[test]
fn a_reader_that_is_outrun_knows_by_how_much() {
    holds(Preemptions(2), outrun);
}

#[test]
fn broken_reader_that_skips_in_silence() {
    broken(Preemptions(2), Fault::RingSkipsSilently, "neither read nor counted", outrun);
}

/// Two readers, each with a cursor of its own: neither takes anything from the other.
fn two_readers() {
    let ring = Arc::new(ModelRing::new());
    let (writer, other) = (ring.clone(), ring.clone());
    ring.push(1);
    let writes = spawn(move || writer.push(2));
    let reads = spawn(move || {
        let (mut next, mut read) = (0, 0);
        let lost = other.read(&mut next, |record| {
            check(record);
            read += 1;
        });
        (read, lost)
    });
    let (mut next, mut read) = (0, 0);
    let lost = ring.read(&mut next, |record| {
        check(record);
        read += 1;
    });
    writes.join().unwrap();
    let (others, others_lost) = reads.join().unwrap();
    let is_right = |read: u64| (1..=2).contains(&read);
    assert!(is_right(read) && is_right(others) && lost + others_lost == 0, "a reader missed a record");
}

#[test]
fn readers_take_nothing_from_each_other() {
    holds(Preemptions(3), two_readers);
}

#[test]
fn broken_reader_that_takes_away_what_it_read() {
    broken(Preemptions(3), Fault::ReaderTakesAway, "a reader missed a record", two_readers);
}

/// The kinds of what is in the rings of `world`, the manager's own left out.
fn drained(world: &World) -> Vec<u32> {
    let mut kinds = Vec::new();
    world
        .trace_drain(|record| {
            if record.task != 0 {
                kinds.push(record.kind);
            }
            true
        })
        .unwrap();
    kinds
}

/// What can be recorded of a leave and an enter.
const POSSIBLE: [&[u32]; 4] = [&[], &[TRACE_LEAVE], &[TRACE_ENTER], &[TRACE_LEAVE, TRACE_ENTER]];

/// A task whose slow path clears its armed word while tracing is switched on: what it calls after the start is recorded.
fn start() {
    let world = World::new();
    let mut task = world.task(0, Side::Inside);
    let started = Arc::new(AtomicU32::new(0));
    let start_seen = started.clone();
    world.arm_for_several();
    let runs = spawn(move || {
        task.leave(1).unwrap();
        let is_on = start_seen.load(Ordering::Acquire) != 0;
        task.enter().unwrap();
        is_on
    });
    world.trace_start().unwrap();
    started.store(1, Ordering::Release);
    let was_on = runs.join().unwrap();
    let kinds = drained(&world);
    assert!(POSSIBLE.contains(&&kinds[..]), "{kinds:?}");
    assert!(!was_on || kinds.ends_with(&[TRACE_ENTER]), "a call after the start is not recorded");
}

#[test]
fn a_call_after_the_start_is_recorded() {
    holds(Preemptions(3), start);
}

#[test]
fn broken_slow_path_that_looks_before_it_clears() {
    let because = "a call after the start is not recorded";
    broken(Preemptions(3), Fault::TracingReadBeforeClearing, because, start);
}

/// Two threads switch tracing on; whoever comes second may rely on it all the same.
fn two_starts() {
    let world = World::new();
    let other = world.clone();
    let mut task = world.task(0, Side::Inside);
    let starts = spawn(move || {
        other.trace_start().unwrap();
    });
    world.trace_start().unwrap();
    task.leave(1).unwrap();
    assert_eq!(drained(&world), [TRACE_LEAVE], "a call after a start is not recorded");
    starts.join().unwrap();
}

#[test]
fn the_second_of_two_starts_arms_as_well() {
    holds(Preemptions(3), two_starts);
}

#[test]
fn broken_second_start_that_leaves_the_arming_to_the_first() {
    let because = "a call after a start is not recorded";
    broken(Preemptions(3), Fault::SecondStartDoesNotArm, because, two_starts);
}

/// A stop and another start beside a task that calls: what is recorded is what took place, each once and whole, and all that
/// comes afterwards.
fn stop_and_start() {
    let world = World::new();
    let mut task = world.task(0, Side::Inside);
    world.trace_start().unwrap();
    let runs = spawn(move || {
        task.leave(1).unwrap();
        task.enter().unwrap();
        task
    });
    world.trace_stop();
    world.trace_start().unwrap();
    let mut task = runs.join().unwrap();
    let kinds = drained(&world);
    assert!(POSSIBLE.contains(&&kinds[..]), "{kinds:?}");
    task.leave(1).unwrap();
    assert_eq!(drained(&world), [TRACE_LEAVE], "a call after the second start is not recorded");
}

#[test]
fn a_stop_and_another_start_repeat_and_invent_nothing() {
    holds(Preemptions(2), stop_and_start);
}

#[test]
fn broken_slow_path_that_forgets_the_second_start() {
    let because = "a call after the second start is not recorded";
    broken(Preemptions(2), Fault::TracingReadBeforeClearing, because, stop_and_start);
}

/// Two threads drain, one after the other or one of them in vain: every record is handed over once.
fn two_drains() {
    let world = World::new();
    let mut task = world.task(0, Side::Inside);
    world.trace_start().unwrap();
    task.leave(1).unwrap();
    task.enter().unwrap();
    let other = world.clone();
    // Refused while the other drains, and then still the other's turn.
    let count = |world: &World| {
        let mut count = 0;
        for _ in 0..2 {
            let _ = world.trace_drain(|record| {
                count += u32::from(record.task != 0);
                true
            });
        }
        count
    };
    let drains = spawn(move || count(&other));
    let own = count(&world);
    let others = drains.join().unwrap();
    assert_eq!(own + others + count(&world), 2, "a record was handed over twice, or not at all");
}

#[test]
fn drains_take_turns() {
    holds(Preemptions(3), two_drains);
}

#[test]
fn broken_drain_beside_another() {
    let because = "a record was handed over twice, or not at all";
    broken(Preemptions(3), Fault::DrainsTogether, because, two_drains);
}

/// Two threads switch tracing: the ring of the manager's own events has one writer after the other.
fn two_switches() {
    let world = World::new();
    let other = world.clone();
    world.trace_start().unwrap();
    let stops = spawn(move || assert!(other.trace_stop()));
    let started_again = world.trace_start().unwrap();
    stops.join().unwrap();
    let drained = world.trace_drain(|_| true).unwrap();
    // Who finds the ring taken does not wait for it.
    assert_eq!(drained.records as u64 + drained.lost, 2 + u64::from(started_again));
}

#[test]
fn switching_has_one_writer_at_a_time() {
    holds(Preemptions(3), two_switches);
}

#[test]
fn broken_ring_of_the_manager_with_two_writers() {
    broken(Preemptions(3), Fault::ManagerRingShared, RACE, two_switches);
}
