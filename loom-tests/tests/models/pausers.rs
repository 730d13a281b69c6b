//! Pauses that overlap or follow each other.

use loom_tests::{Bound::*, DEADLOCK, RACE, World, broken, holds, spawn};
use tollgate_core::model::Fault;
use tollgate_core::{Config, Error, Side};

/// Two hosts pause in every overlap, one task goes in and out.
fn two_pausers() {
    let world = World::new();
    let (one, other) = (world.clone(), world.clone());
    let mut task = world.task(0, Side::Outside);
    let runs = spawn(move || task.visit().unwrap());
    let pauses = spawn(move || drop(other.closed()));
    one.stop_and_go();
    runs.join().unwrap();
    pauses.join().unwrap();
}

#[test]
fn two_pausers_keep_a_task_out_until_the_last_resume() {
    holds(Preemptions(2), two_pausers);
}

#[test]
fn broken_two_pausers_without_the_heavy_fence() {
    broken(Preemptions(2), Fault::NoHeavyFence, RACE, two_pausers);
}

/// Two hosts wait for the same task, which is inside, and both write what it wrote.
fn two_pausers_wait() {
    let world = World::new();
    let other = world.clone();
    let mut task = world.task(0, Side::Inside);
    let leaves = spawn(move || {
        task.touch();
        task.leave(0).unwrap();
    });
    let pauses = spawn(move || drop(other.closed()));
    world.stop_and_go();
    leaves.join().unwrap();
    pauses.join().unwrap();
}

#[test]
fn two_waiting_pausers_are_both_woken() {
    holds(Preemptions(2), two_pausers_wait);
}

#[test]
fn broken_two_waiting_pausers_that_nobody_wakes() {
    broken(Preemptions(2), Fault::NoAnnouncement, DEADLOCK, two_pausers_wait);
}

/// One host still arms while another, second in the count, finds the gate closed already.
fn nested() {
    let world = World::new();
    let other = world.clone();
    let mut task = world.task(0, Side::Outside);
    let runs = spawn(move || task.visit().unwrap());
    let pauses = spawn(move || other.pause_at_once(|| other.touch()).unwrap());
    world.pause_at_once(|| ()).unwrap();
    pauses.join().unwrap();
    runs.join().unwrap();
}

#[test]
fn a_pauser_that_finds_the_gate_closed_arms_all_the_same() {
    holds(Preemptions(2), nested);
}

#[test]
fn broken_nested_pause_that_does_not_arm() {
    broken(Preemptions(2), Fault::NestedPauseDoesNotArm, RACE, nested);
}

/// One host resumes while the next closes: the count goes 1, 0, 1, or 1, 2, 1.
fn resume_against_close() {
    let world = World::new();
    let other = world.clone();
    let mut task = world.task(0, Side::Outside);
    world.pause_into(u32::MAX, &mut Default::default()).unwrap();
    let runs = spawn(move || task.visit().unwrap());
    let resumes = spawn(move || other.resume().map(drop).unwrap());
    world.stop_and_go();
    runs.join().unwrap();
    resumes.join().unwrap();
}

#[test]
fn a_resume_does_not_open_what_another_pause_has_closed() {
    holds(Preemptions(2), resume_against_close);
}

#[test]
fn broken_resume_that_disarms() {
    broken(Preemptions(2), Fault::ResumeDisarms, RACE, resume_against_close);
}

/// One host, two pauses in a row, a task that goes in twice: it disarms its cell in between.
fn back_to_back() {
    let world = World::new();
    let mut task = world.task(0, Side::Outside);
    let runs = spawn(move || {
        task.visit().unwrap();
        task.visit().unwrap();
    });
    world.stop_and_go();
    world.stop_and_go();
    runs.join().unwrap();
}

#[test]
fn back_to_back_pauses_are_each_respected() {
    holds(Preemptions(2), back_to_back);
}

#[test]
fn broken_back_to_back_with_the_gate_read_before_clearing() {
    broken(Preemptions(2), Fault::GateReadBeforeClearing, DEADLOCK, back_to_back);
}

/// Three hosts: one holds the gate and resumes, two come and go meanwhile.
fn three_pausers() {
    let world = World::new();
    let (second, third) = (world.clone(), world.clone());
    let mut task = world.task(0, Side::Outside);
    let runs = spawn(move || task.visit().unwrap());
    let one = spawn(move || drop(second.closed()));
    let two = spawn(move || drop(third.closed()));
    world.stop_and_go();
    runs.join().unwrap();
    one.join().unwrap();
    two.join().unwrap();
}

#[test]
fn three_pausers_keep_a_task_out_until_the_last_resume() {
    holds(Preemptions(1), three_pausers);
}

#[test]
fn broken_three_pausers_without_arming() {
    broken(Preemptions(1), Fault::NoArming, RACE, three_pausers);
}

/// The pause may end by its deadline while the task is inside, or come about.
fn pause_times_out() {
    let world = World::new();
    let mut task = world.task(0, Side::Inside);
    let runs = spawn(move || {
        task.touch();
        task.reverse_leave().unwrap();
        task.visit().unwrap();
    });
    if let Ok(_pause) = world.pause(1) {
        world.touch();
    }
    runs.join().unwrap();
    assert_eq!(world.resume(), Err(Error::NotOwner), "a pause that timed out has opened the gate again");
}

#[test]
fn a_pause_that_times_out_opens_the_gate_again() {
    holds(Preemptions(2), pause_times_out);
}

#[test]
fn broken_pause_with_a_deadline_without_the_heavy_fence() {
    broken(Preemptions(2), Fault::NoHeavyFence, RACE, pause_times_out);
}

/// A held task gives up at the moment in which it is admitted.
fn gate_times_out() {
    let world = World::with(Config { gate_timeout_ms: 1, ..Config::DEFAULT });
    let mut task = world.task(0, Side::Outside);
    let runs = spawn(move || assert!(matches!(task.visit(), Ok(()) | Err(Error::Timeout))));
    world.stop_and_go();
    runs.join().unwrap();
    assert_eq!(world.tasks_held(), 0, "nobody is held");
    assert_eq!(world.tasks_admitted(), 0, "nobody is on the way in");
}

#[test]
fn a_held_task_that_times_out_is_held_or_admitted_but_never_both() {
    holds(Preemptions(3), gate_times_out);
}

#[test]
fn broken_gate_timeout_that_gives_up_blindly() {
    broken(Preemptions(3), Fault::GivesUpBlindly, "nobody is", gate_times_out);
}

#[test]
fn broken_gate_timeout_that_keeps_its_admission() {
    broken(Preemptions(3), Fault::KeepsAdmission, "nobody is on the way in", gate_times_out);
}
