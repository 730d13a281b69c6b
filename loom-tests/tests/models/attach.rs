//! Tasks that come and go during a pause.

use loom_tests::{Bound::*, DEADLOCK, RACE, World, broken, holds, spawn};
use tollgate_core::model::Fault;
use tollgate_core::{Config, Error, Side};

/// A task attaches and goes in while the host pauses.
fn attach_and_enter() {
    let world = World::new();
    let host = world.clone();
    let runs = spawn(move || {
        let mut task = world.attach(0, Some(Side::Outside)).unwrap();
        task.visit().unwrap();
        task.visit().unwrap();
    });
    host.pause_at_once(|| host.touch()).unwrap();
    runs.join().unwrap();
}

#[test]
fn a_task_that_attaches_meanwhile_waits_like_any_other() {
    holds(Preemptions(3), attach_and_enter);
}

#[test]
fn broken_attach_that_the_arming_misses() {
    broken(Preemptions(3), Fault::NoFenceBeforeArming, RACE, attach_and_enter);
}

/// A task whose base is inside attaches: it has no call that could be held.
fn attach_inside() {
    let world = World::new();
    let host = world.clone();
    let runs = spawn(move || {
        let mut task = world.attach(0, Some(Side::Inside)).unwrap();
        task.touch();
        task.leave(0).unwrap();
    });
    host.stop_and_go();
    runs.join().unwrap();
}

#[test]
fn a_task_that_attaches_inside_goes_through_the_gate() {
    holds(Preemptions(4), attach_inside);
}

#[test]
fn broken_attach_inside_past_the_gate() {
    broken(Preemptions(4), Fault::BaseSkipsGate, RACE, attach_inside);
}

#[test]
fn broken_attach_inside_without_a_fence() {
    broken(Preemptions(4), Fault::NoSlowFence, RACE, attach_inside);
}

/// A task met in the middle of its life: the leave tells that it was inside, the enter brings it back there.
fn base_by_first_leave() {
    let world = World::new();
    let mut task = world.attach(0, None).unwrap();
    let runs = spawn(move || {
        task.leave(0).unwrap();
        task.enter().unwrap();
        task.touch();
        task.leave(0).unwrap();
    });
    world.stop_and_go();
    runs.join().unwrap();
}

#[test]
fn a_base_told_by_the_first_leave_counts_as_inside() {
    holds(Preemptions(3), base_by_first_leave);
}

#[test]
fn broken_base_without_the_light_fence() {
    broken(Preemptions(3), Fault::NoLightFence, RACE, base_by_first_leave);
}

/// A task ends inside while the host waits for it.
fn detach_inside() {
    let world = World::new();
    let task = world.task(0, Side::Inside);
    let ends = spawn(move || {
        task.touch();
        task.end();
    });
    world.stop_and_go();
    ends.join().unwrap();
}

#[test]
fn a_task_that_ends_inside_lets_a_waiting_pause_go_on() {
    holds(Preemptions(4), detach_inside);
}

#[test]
fn broken_detach_that_wakes_nobody() {
    broken(Preemptions(4), Fault::NoAnnouncement, DEADLOCK, detach_inside);
}

/// A task ends inside, and another takes its cell and goes in, under the eyes of a pause.
fn reuse() {
    let world = World::new();
    let (host, other) = (world.clone(), world.clone());
    let one = world.task(0, Side::Inside);
    let ends = spawn(move || {
        one.touch();
        one.end();
    });
    let comes = spawn(move || other.attach(1, Some(Side::Outside)).unwrap().visit().unwrap());
    host.stop_and_go();
    ends.join().unwrap();
    comes.join().unwrap();
}

#[test]
fn a_cell_that_changes_hands_is_waited_for_as_both_tasks() {
    holds(Preemptions(1), reuse);
}

#[test]
fn broken_reuse_of_a_cell_that_is_not_cleared_yet() {
    broken(Preemptions(1), Fault::GivenBeforeCleared, RACE, reuse);
}

/// A task that is inside calls another manager: the fast path takes that for a leave of this one, and shows it outside.
fn meant_for_another() {
    let world = World::new();
    let host = world.clone();
    let mut task = world.task(0, Side::Inside);
    // The other manager can be called only once this is done.
    host.arm_for_several();
    let runs = spawn(move || {
        task.touch();
        task.leave_meant_for_another();
        task.touch();
        task.reverse_leave().unwrap();
    });
    host.stop_and_go();
    runs.join().unwrap();
    // An admission that was not given back would keep this one waiting.
    host.stop_and_go();
}

#[test]
fn a_leave_meant_for_another_manager_is_taken_back_through_the_gate() {
    holds(Preemptions(2), meant_for_another);
}

#[test]
fn broken_take_back_past_the_gate() {
    broken(Preemptions(2), Fault::TakenBackAtOnce, RACE, meant_for_another);
}

/// The host makes the manager unavailable: whoever it then sees outside stays there.
fn unavailable() {
    let world = World::new();
    let mut task = world.task(0, Side::Outside);
    // The cell is still armed from this, which the task's next call undoes.
    drop(world.closed());
    let runs = spawn(move || {
        for _ in 0..2 {
            assert!(matches!(task.visit(), Ok(()) | Err(Error::Unavailable)));
        }
    });
    world.set_available(false).unwrap();
    if world.is_quiescent() {
        world.touch();
    }
    runs.join().unwrap();
}

#[test]
fn a_task_seen_outside_an_unavailable_manager_stays_there() {
    holds(Preemptions(4), unavailable);
}

#[test]
fn broken_unavailable_without_arming() {
    broken(Preemptions(4), Fault::NoArming, RACE, unavailable);
}

#[test]
fn broken_unavailable_without_the_heavy_fence() {
    broken(Preemptions(4), Fault::NoHeavyFence, RACE, unavailable);
}

#[test]
fn broken_unavailable_with_the_gate_read_before_clearing() {
    broken(Preemptions(4), Fault::GateReadBeforeClearing, RACE, unavailable);
}

/// What the host does before it makes the manager available is seen by whoever goes in afterwards.
fn available() {
    let world = World::with(Config { start_unavailable: true, ..Config::DEFAULT });
    let mut task = world.attach(0, Some(Side::Outside)).expect("there is a cell");
    let runs = spawn(move || {
        assert!(matches!(task.visit(), Ok(()) | Err(Error::Unavailable)));
    });
    world.touch();
    world.set_available(true).unwrap();
    runs.join().unwrap();
}

#[test]
fn a_task_that_goes_in_sees_what_came_before_the_manager_was_available() {
    holds(Exhaustive, available);
}

#[test]
fn broken_available_with_a_gate_that_is_not_acquired() {
    broken(Exhaustive, Fault::RelaxedGate, RACE, available);
}
