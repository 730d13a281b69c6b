//! Held tasks go in before the next pause begins.

use loom_tests::{Bound::*, DEADLOCK, RACE, World, broken, holds, spawn};
use tollgate_core::Side;
use tollgate_core::model::Fault;

/// Two pauses in a row over one task. Held by the first, it must not be held by the second.
fn one_held() {
    let world = World::new();
    let mut task = world.task(0, Side::Outside);
    let runs = spawn(move || task.visit().unwrap());
    let first = world.closed();
    world.touch();
    let held = world.tasks_held();
    drop(first);
    let second = world.closed();
    world.touch();
    assert!(held == 0 || second.report().tasks_held == 0, "held by a second pause");
    drop(second);
    runs.join().unwrap();
}

#[test]
fn a_held_task_goes_in_before_the_next_pause() {
    holds(Preemptions(2), one_held);
}

#[test]
fn broken_turnstile_that_admits_nobody() {
    broken(Preemptions(2), Fault::NoTurnstile, "held by a second pause", one_held);
}

#[test]
fn broken_pause_that_begins_over_admitted_tasks() {
    broken(Preemptions(2), Fault::CloseOverAdmitted, RACE, one_held);
}

#[test]
fn broken_hold_that_registers_too_late() {
    broken(Preemptions(2), Fault::HeldInTwoSteps, DEADLOCK, one_held);
}

/// Two tasks, perhaps both held by the first of two pauses.
fn two_held() {
    let world = World::new();
    let mut one = world.task(0, Side::Outside);
    let mut other = world.task(1, Side::Outside);
    let first = world.closed();
    let runs = [spawn(move || one.visit().unwrap()), spawn(move || other.visit().unwrap())];
    world.touch();
    loom::thread::yield_now();
    let held = world.tasks_held();
    drop(first);
    let second = world.closed();
    world.touch();
    // Whoever can be held by this pause is, before the look.
    loom::thread::yield_now();
    assert!(held + world.tasks_held() <= 2, "held by a second pause");
    drop(second);
    runs.into_iter().for_each(|task| task.join().unwrap());
}

#[test]
fn several_held_tasks_all_go_in_before_the_next_pause() {
    holds(Preemptions(1), two_held);
}

#[test]
fn broken_turnstile_that_admits_none_of_two() {
    broken(Preemptions(1), Fault::NoTurnstile, "held by a second pause", two_held);
}

#[test]
fn broken_pause_that_begins_over_one_of_two_admitted() {
    broken(Preemptions(1), Fault::CloseOverAdmitted, RACE, two_held);
}
