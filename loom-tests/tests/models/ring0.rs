//! Ring 0, the manager's own: written to by one thread after the other, under a lock that none waits for.

use std::sync::Arc;

use loom::sync::atomic::{AtomicU32, Ordering};
use loom_tests::{Bound::*, RACE, World, broken, caught, holds, spawn};
use tollgate_core::model::{Fault, ModelRing};
use tollgate_core::trace::{TRACE_FAILED, TRACE_STARTED};

/// What is in ring 0, by kind, and how many events found no place.
fn drained(world: &World) -> (Vec<u32>, u64) {
    let mut kinds = Vec::new();
    let drained = world.trace_drain(|record| {
        assert_eq!(record.task, 0, "an event of the manager");
        kinds.push(record.kind);
        true
    });
    (kinds, drained.unwrap().lost)
}

/// Two threads have an event each.
fn two_events() {
    let world = World::new();
    world.trace_start().unwrap();
    assert_eq!(drained(&world), (vec![TRACE_STARTED], 0));
    let other = world.clone();
    let fails = spawn(move || other.fail().unwrap());
    world.fail().unwrap();
    fails.join().unwrap();
    let (kinds, lost) = drained(&world);
    assert!(kinds.iter().all(|kind| *kind == TRACE_FAILED) && !kinds.is_empty(), "{kinds:?}");
    assert_eq!(kinds.len() as u64 + lost, 2, "an event was neither recorded nor counted");
}

#[test]
fn two_events_of_the_manager_are_recorded_or_counted() {
    holds(Preemptions(3), two_events);
}

#[test]
fn broken_events_of_the_manager_without_the_lock() {
    broken(Preemptions(3), Fault::ManagerRingShared, RACE, two_events);
}

/// Two writers of one ring, as the manager's are, with a lock of the model's own or without one.
fn two_writers(lock: Option<(Ordering, Ordering)>) {
    let ring = Arc::new((ModelRing::new(), AtomicU32::new(0)));
    let write = move |ring: &(ModelRing, AtomicU32), number| {
        let Some((acquire, release)) = lock else { return ring.0.push(number) };
        if ring.1.compare_exchange(0, 1, acquire, Ordering::Relaxed).is_ok() {
            ring.0.push(number);
            ring.1.store(0, release);
        }
    };
    let other = ring.clone();
    let writes = spawn(move || write(&other, 1));
    write(&ring, 2);
    writes.join().unwrap();
}

/// Nothing else in these models is a fault.
#[test]
fn a_lock_lets_two_threads_write_to_one_ring() {
    holds(Exhaustive, || two_writers(Some((Ordering::Acquire, Ordering::Release))));
}

#[test]
fn broken_ring_of_two_writers_without_a_lock() {
    caught(Exhaustive, RACE, || two_writers(None));
}

#[test]
fn broken_lock_that_does_not_acquire() {
    caught(Exhaustive, RACE, || two_writers(Some((Ordering::Relaxed, Ordering::Release))));
}

#[test]
fn broken_lock_that_does_not_release() {
    caught(Exhaustive, RACE, || two_writers(Some((Ordering::Acquire, Ordering::Relaxed))));
}
