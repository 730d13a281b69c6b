//! Transitions against a pause.

use loom_tests::{Bound::*, DEADLOCK, RACE, World, broken, holds, spawn};
use tollgate_core::model::Fault;
use tollgate_core::{Config, Error, Side};

/// One task goes in and out while the host pauses once.
fn inward() {
    let world = World::new();
    let mut task = world.task(0, Side::Outside);
    let runs = spawn(move || task.visit().unwrap());
    world.stop_and_go();
    runs.join().unwrap();
}

#[test]
fn an_inward_call_and_a_pause_exclude_each_other() {
    holds(Preemptions(4), inward);
}

#[test]
fn broken_inward_without_the_light_fence() {
    broken(Preemptions(3), Fault::NoLightFence, RACE, inward);
}

#[test]
fn broken_inward_without_the_heavy_fence() {
    broken(Preemptions(3), Fault::NoHeavyFence, RACE, inward);
}

#[test]
fn broken_inward_without_arming() {
    broken(Preemptions(3), Fault::NoArming, RACE, inward);
}

#[test]
fn broken_inward_with_levels_that_do_not_release() {
    broken(Preemptions(3), Fault::RelaxedLevels, RACE, inward);
}

#[test]
fn broken_inward_with_a_gate_that_is_not_acquired() {
    broken(Preemptions(3), Fault::RelaxedGate, RACE, inward);
}

#[test]
fn broken_inward_that_steps_back_silently() {
    broken(Preemptions(3), Fault::NoAnnouncement, DEADLOCK, inward);
}

/// A task that is inside from the start goes out while the host waits for that.
fn outward() {
    let world = World::new();
    let mut task = world.task(0, Side::Inside);
    let runs = spawn(move || {
        task.touch();
        task.leave(0).unwrap();
    });
    world.stop_and_go();
    runs.join().unwrap();
}

#[test]
fn an_outward_call_lets_a_waiting_pause_go_on() {
    holds(Exhaustive, outward);
}

#[test]
fn broken_outward_that_wakes_nobody() {
    broken(Preemptions(3), Fault::NoAnnouncement, DEADLOCK, outward);
}

#[test]
fn broken_outward_without_the_light_fence() {
    broken(Preemptions(3), Fault::NoLightFence, DEADLOCK, outward);
}

#[test]
fn broken_outward_with_a_look_before_the_sequence() {
    broken(Preemptions(3), Fault::LookBeforeSequence, DEADLOCK, outward);
}

/// An enter with no leave open: the word shows bit 63 for a moment, which the pause may have taken for inside.
fn refused_pop() {
    let world = World::new();
    let mut task = world.task(0, Side::Outside);
    let runs = spawn(move || assert_eq!(task.enter(), Err(Error::NotOwner)));
    world.stop_and_go();
    runs.join().unwrap();
}

#[test]
fn a_refused_pop_does_not_keep_a_pause_waiting() {
    holds(Preemptions(5), refused_pop);
}

#[test]
fn broken_refused_pop_that_decides_before_it_settles() {
    broken(Preemptions(3), Fault::StaleAnnouncement, DEADLOCK, refused_pop);
}

#[test]
fn broken_refused_pop_that_does_not_fence_before_it_announces() {
    broken(Preemptions(3), Fault::NoFenceToAnnounce, DEADLOCK, refused_pop);
}

/// The same with a task that is inside: bit 63 must not look like outside either.
fn refused_pop_inside() {
    let world = World::new();
    let mut task = world.task(0, Side::Inside);
    let runs = spawn(move || {
        assert_eq!(task.enter(), Err(Error::NotOwner));
        task.touch();
        task.reverse_leave().unwrap();
    });
    world.stop_and_go();
    runs.join().unwrap();
}

#[test]
fn a_refused_pop_of_a_task_inside_keeps_it_inside() {
    holds(Preemptions(3), refused_pop_inside);
}

#[test]
fn broken_refused_pop_inside_that_wakes_nobody_afterwards() {
    broken(Preemptions(3), Fault::NoAnnouncement, DEADLOCK, refused_pop_inside);
}

/// A reverse_enter by a task that is inside already opens a level and is never held.
fn nested_inside() {
    let world = World::new();
    let mut task = world.task(0, Side::Inside);
    let runs = spawn(move || {
        task.reverse_enter().unwrap();
        task.touch();
        task.reverse_leave().unwrap();
        task.touch();
        task.reverse_leave().unwrap();
    });
    world.stop_and_go();
    runs.join().unwrap();
}

#[test]
fn a_task_inside_is_not_held_when_it_goes_deeper() {
    holds(Preemptions(3), nested_inside);
}

#[test]
fn broken_nested_inside_that_is_held() {
    broken(Preemptions(3), Fault::HeldInside, DEADLOCK, nested_inside);
}

/// Without a process-wide barrier: every transition takes the slow path, and the fence is there.
fn full_fences() {
    let world = World::with(Config { full_fences: true, ..Config::DEFAULT });
    let mut task = world.task(0, Side::Outside);
    let runs = spawn(move || task.visit().unwrap());
    world.stop_and_go();
    runs.join().unwrap();
}

#[test]
fn full_fences_do_what_the_asymmetric_pair_does() {
    holds(Preemptions(3), full_fences);
}

#[test]
fn broken_full_fences_with_a_gate_that_is_not_acquired() {
    broken(Preemptions(3), Fault::RelaxedGate, RACE, full_fences);
}

/// Two tasks, one of them inside at first.
fn two_tasks() {
    let world = World::new();
    let mut one = world.task(0, Side::Inside);
    let mut other = world.task(1, Side::Outside);
    let leaves = spawn(move || {
        one.touch();
        one.leave(0).unwrap();
    });
    let visits = spawn(move || other.visit().unwrap());
    world.stop_and_go();
    leaves.join().unwrap();
    visits.join().unwrap();
}

#[test]
fn two_tasks_are_both_waited_for() {
    holds(Preemptions(2), two_tasks);
}

#[test]
fn broken_two_tasks_without_the_heavy_fence() {
    broken(Preemptions(1), Fault::NoHeavyFence, RACE, two_tasks);
}
