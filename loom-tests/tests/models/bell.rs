//! The bell by itself: no announcement is lost.

use std::sync::Arc;

use loom::sync::atomic::{AtomicU32, Ordering};
use loom_tests::{Bound::*, DEADLOCK, broken, holds, spawn};
use tollgate_core::model::{Fault, ModelBell};

/// A bell and what it announces.
struct Announced {
    bell: ModelBell,
    value: AtomicU32,
}

impl Announced {
    fn new() -> Arc<Announced> {
        Arc::new(Announced { bell: ModelBell::new(), value: AtomicU32::new(0) })
    }

    fn add(&self) {
        self.value.fetch_add(1, Ordering::Release);
        self.bell.ring();
    }

    fn wait_for(&self, value: u32) {
        self.bell.wait_until(|| (self.value.load(Ordering::Acquire) >= value).then_some(()));
    }
}

/// One change, one waiter.
fn one_ring() {
    let announced = Announced::new();
    let ringer = announced.clone();
    let rings = spawn(move || ringer.add());
    announced.wait_for(1);
    rings.join().unwrap();
}

#[test]
fn a_waiter_does_not_sleep_through_a_ring() {
    holds(Exhaustive, one_ring);
}

#[test]
fn broken_bell_that_is_looked_past() {
    broken(Exhaustive, Fault::LookBeforeSequence, DEADLOCK, one_ring);
}

#[test]
fn broken_bell_without_fences() {
    broken(Exhaustive, Fault::NoBellFences, DEADLOCK, one_ring);
}

/// Two changes by two threads, and a waiter for both.
fn two_rings() {
    let announced = Announced::new();
    let (one, other) = (announced.clone(), announced.clone());
    let rings = [spawn(move || one.add()), spawn(move || other.add())];
    announced.wait_for(2);
    rings.into_iter().for_each(|ringer| ringer.join().unwrap());
}

#[test]
fn a_waiter_for_two_changes_sees_both() {
    holds(Preemptions(3), two_rings);
}

#[test]
fn broken_bell_that_is_looked_past_between_two_rings() {
    broken(Preemptions(3), Fault::LookBeforeSequence, DEADLOCK, two_rings);
}

/// One change, two waiters: a ring wakes everybody.
fn two_waiters() {
    let announced = Announced::new();
    let (ringer, waiter) = (announced.clone(), announced.clone());
    let rings = spawn(move || ringer.add());
    let waits = spawn(move || waiter.wait_for(1));
    announced.wait_for(1);
    rings.join().unwrap();
    waits.join().unwrap();
}

#[test]
fn a_ring_wakes_every_waiter() {
    holds(Preemptions(3), two_waiters);
}

#[test]
fn broken_bell_without_fences_for_two() {
    broken(Preemptions(3), Fault::NoBellFences, DEADLOCK, two_waiters);
}
