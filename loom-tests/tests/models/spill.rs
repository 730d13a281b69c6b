//! Levels that move between the word and the spill record, against looks from outside.

use loom_tests::{Bound::*, DEADLOCK, RACE, Task, World, broken, holds, spawn};
use tollgate_core::Side;
use tollgate_core::levels::{SPILL_LEVELS, WORD_LEVELS};
use tollgate_core::model::Fault;

/// Opens levels on `side` until a block of them is spilled, then closes those in the word again: the word is empty.
fn spill_a_block(task: &mut Task, side: Side) {
    task.open_levels(side, WORD_LEVELS);
    let calls = WORD_LEVELS + 1 - SPILL_LEVELS;
    match side {
        Side::Inside => {
            task.reverse_enter().unwrap();
            (0..calls).for_each(|_| task.reverse_leave().unwrap());
        }
        Side::Outside => {
            task.leave(0).unwrap();
            (0..calls).for_each(|_| task.enter().unwrap());
        }
    }
}

/// A word that is empty over a spilled inside level: the task is inside until it says otherwise.
fn empty_word_inside() {
    let world = World::new();
    let mut task = world.task(0, Side::Outside);
    spill_a_block(&mut task, Side::Inside);
    let runs = spawn(move || {
        task.touch();
        task.reverse_leave().unwrap();
        task.touch();
        task.leave(0).unwrap();
    });
    world.stop_and_go();
    runs.join().unwrap();
}

#[test]
fn an_empty_word_over_spilled_inside_levels_is_inside() {
    holds(Preemptions(2), empty_word_inside);
}

#[test]
fn broken_empty_word_that_is_read_as_the_base() {
    broken(Preemptions(2), Fault::EmptyMeansBase, RACE, empty_word_inside);
}

#[test]
fn broken_unspill_under_a_settled_word() {
    broken(Preemptions(2), Fault::QuietUnspill, RACE, empty_word_inside);
}

/// A full word that spills shows bit 63; the task, outside all along, lets a pause go on that met it so.
fn full_word_outside() {
    let world = World::new();
    let mut task = world.task(0, Side::Outside);
    task.open_levels(Side::Outside, WORD_LEVELS);
    let runs = spawn(move || task.leave(0).unwrap());
    world.stop_and_go();
    runs.join().unwrap();
}

#[test]
fn a_spill_outside_does_not_keep_a_pause_waiting() {
    holds(Preemptions(4), full_word_outside);
}

#[test]
fn broken_spill_that_wakes_nobody() {
    broken(Preemptions(4), Fault::NoAnnouncement, DEADLOCK, full_word_outside);
}

/// The way back: an enter that only uncovers another outside level brings a block back under bit 63.
fn empty_word_outside() {
    let world = World::new();
    let mut task = world.task(0, Side::Outside);
    spill_a_block(&mut task, Side::Outside);
    let runs = spawn(move || task.enter().unwrap());
    world.stop_and_go();
    runs.join().unwrap();
}

#[test]
fn an_unspill_outside_does_not_keep_a_pause_waiting() {
    holds(Preemptions(3), empty_word_outside);
}

#[test]
fn broken_unspill_that_wakes_nobody() {
    broken(Preemptions(3), Fault::NoAnnouncement, DEADLOCK, empty_word_outside);
}

/// The word fills up and empties again between two looks, over a block that came back and went: inside all along.
fn empty_twice() {
    let world = World::new();
    let mut task = world.task(0, Side::Outside);
    spill_a_block(&mut task, Side::Inside);
    let runs = spawn(move || {
        task.reverse_leave().unwrap();
        // What matters is where the look is interrupted, not when the task is in these.
        loom::stop_exploring();
        (0..SPILL_LEVELS).for_each(|_| task.reverse_enter().unwrap());
        (1..SPILL_LEVELS).for_each(|_| task.reverse_leave().unwrap());
        loom::explore();
    });
    assert!(!world.is_quiescent(), "the task was never outside");
    runs.join().unwrap();
}

#[test]
fn a_word_that_fills_and_empties_between_two_looks_is_looked_at_again() {
    holds(Preemptions(3), empty_twice);
}

#[test]
fn broken_look_for_which_the_same_empty_word_is_enough() {
    broken(Preemptions(3), Fault::EmptyTwiceIsEnough, "the task was never outside", empty_twice);
}
