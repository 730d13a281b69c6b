//! The end of a manager, and its failure, against tasks in every state.

use loom_tests::{Bound::*, DEADLOCK, RACE, World, broken, holds, spawn};
use tollgate_core::model::Fault;
use tollgate_core::{Error, Side};

fn shut_down(world: &World) {
    world.shutdown(u32::MAX, &mut Default::default()).unwrap();
}

/// A task goes in while the manager is shut down.
fn entering() {
    let world = World::new();
    let mut task = world.task(0, Side::Outside);
    let runs = spawn(move || assert!(matches!(task.visit(), Ok(()) | Err(Error::Unavailable))));
    shut_down(&world);
    world.touch();
    runs.join().unwrap();
}

#[test]
fn an_entering_task_is_in_before_a_shutdown_or_not_at_all() {
    holds(Preemptions(4), entering);
}

#[test]
fn broken_shutdown_without_arming() {
    broken(Preemptions(4), Fault::NoArming, RACE, entering);
}

#[test]
fn broken_shutdown_that_is_not_told_of_a_step_back() {
    broken(Preemptions(4), Fault::NoAnnouncement, DEADLOCK, entering);
}

/// A task is inside, or held, when the manager is shut down during a pause.
fn held() {
    let world = World::new();
    let mut task = world.task(0, Side::Outside);
    let runs = spawn(move || {
        let visit = task.visit();
        assert!(matches!(visit, Ok(()) | Err(Error::Abandoned | Error::Unavailable)), "{visit:?}");
    });
    let pause = world.closed();
    world.touch();
    shut_down(&world);
    world.touch();
    drop(pause);
    assert_eq!(world.tasks_held(), 0, "nobody is held");
    runs.join().unwrap();
}

#[test]
fn a_held_task_is_abandoned_by_a_shutdown() {
    holds(Preemptions(3), held);
}

#[test]
fn broken_shutdown_of_a_held_task_without_the_heavy_fence() {
    broken(Preemptions(3), Fault::NoHeavyFence, RACE, held);
}

#[test]
fn broken_shutdown_that_leaves_held_tasks_asleep() {
    broken(Preemptions(3), Fault::HeldNotWoken, DEADLOCK, held_for_ever);
}

/// As `held`, but nobody resumes.
fn held_for_ever() {
    let world = World::new();
    let mut task = world.task(0, Side::Outside);
    let runs = spawn(move || {
        assert!(matches!(task.visit(), Ok(()) | Err(Error::Abandoned | Error::Unavailable)));
    });
    world.pause_into(u32::MAX, &mut Default::default()).unwrap();
    shut_down(&world);
    world.touch();
    runs.join().unwrap();
    assert_eq!(world.tasks_held(), 0, "nobody is held");
}

#[test]
fn a_shutdown_wakes_held_tasks_by_itself() {
    holds(Preemptions(3), held_for_ever);
}

/// A resume admits the held task while another host shuts the manager down.
fn admitted() {
    let world = World::new();
    let other = world.clone();
    let mut task = world.task(0, Side::Outside);
    world.pause_into(u32::MAX, &mut Default::default()).unwrap();
    let runs = spawn(move || {
        assert!(matches!(task.visit(), Ok(()) | Err(Error::Abandoned | Error::Unavailable)));
    });
    let resumes = spawn(move || other.resume().map(drop).unwrap());
    shut_down(&world);
    world.touch();
    runs.join().unwrap();
    resumes.join().unwrap();
    assert_eq!((world.tasks_held(), world.tasks_admitted()), (0, 0), "nobody is held or on the way in");
}

#[test]
fn an_admitted_task_looks_for_a_shutdown_once_it_shows_inside() {
    holds(Preemptions(2), admitted);
}

#[test]
fn broken_admitted_task_that_looks_too_early() {
    broken(Preemptions(2), Fault::AdmittedLooksEarly, RACE, admitted);
}

#[test]
fn broken_resume_that_undoes_a_shutdown() {
    broken(Preemptions(2), Fault::ResumeLiftsRefusals, RACE, admitted);
}

/// The host declares failure during a pause: held tasks learn of it, later calls find the manager unavailable.
fn failed() {
    let world = World::new();
    let mut task = world.task(0, Side::Outside);
    let pause = world.closed();
    let runs = spawn(move || {
        assert!(matches!(task.visit(), Err(Error::Failed | Error::Unavailable)));
        assert_eq!(task.leave(0), Err(Error::Unavailable));
    });
    world.touch();
    world.fail().unwrap();
    world.touch();
    runs.join().unwrap();
    drop(pause);
}

#[test]
fn a_held_task_learns_of_a_failure() {
    holds(Preemptions(3), failed);
}

#[test]
fn broken_failure_that_leaves_held_tasks_asleep() {
    broken(Preemptions(3), Fault::HeldNotWoken, DEADLOCK, failed);
}

/// A pause waits for a task that an earlier resume admitted, and the manager is shut down meanwhile.
fn pause_behind_admitted() {
    let world = World::new();
    let other = world.clone();
    let mut task = world.task(0, Side::Outside);
    let first = world.closed();
    let runs = spawn(move || {
        assert!(matches!(task.visit(), Ok(()) | Err(Error::Abandoned | Error::Unavailable)));
    });
    let ends = spawn(move || shut_down(&other));
    drop(first);
    match world.pause(u32::MAX) {
        Ok(_pause) => world.touch(),
        Err(refused) => assert_eq!(refused.error, Error::Unavailable),
    }
    runs.join().unwrap();
    ends.join().unwrap();
}

#[test]
fn a_pause_that_meets_a_shutdown_comes_about_or_is_refused() {
    holds(Preemptions(2), pause_behind_admitted);
}

#[test]
fn broken_pause_behind_admitted_tasks_that_begins_at_once() {
    broken(Preemptions(2), Fault::CloseOverAdmitted, RACE, pause_behind_admitted);
}
