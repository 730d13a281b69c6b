//! Records of tasks: alert, join, references, the runtime's half.

use std::ptr;
use std::sync::Arc;

use loom::cell::UnsafeCell;
use loom_tests::{Bound::*, DEADLOCK, RACE, World, broken, holds, spawn};
use tollgate_core::model::{Fault, priority_of_the_system};
use tollgate_core::{Door, Error, RuntimeHalf, Side, Task as TaskRecord, WaitOptions};

/// A task waits alertably while another thread alerts it.
fn alert() {
    let world = World::new();
    let task = world.task(0, Side::Outside);
    let id = task.id();
    let _record = task.record().unwrap();
    let sleeps = spawn(move || assert_eq!(task.record().unwrap().wait_for_alert(), Err(Error::Interrupted)));
    world.find_task(id).expect("it has a record").alert();
    sleeps.join().unwrap();
}

#[test]
fn an_alert_ends_an_alertable_wait() {
    holds(Exhaustive, alert);
}

#[test]
fn broken_alert_without_fences() {
    broken(Exhaustive, Fault::NoAlertFences, DEADLOCK, alert);
}

/// A task ends while another thread joins it, and reads what it wrote.
fn join() {
    let world = World::new();
    let task = world.task(0, Side::Outside);
    let id = task.id();
    let _record = task.record().unwrap();
    let runs = spawn(move || {
        task.touch();
        task.end();
    });
    if let Some(record) = world.find_task(id) {
        record.join(None, u32::MAX, WaitOptions::default()).unwrap();
        world.touch();
        record.release();
    }
    runs.join().unwrap();
}

#[test]
fn a_join_returns_after_the_task_has_ended() {
    holds(Preemptions(4), join);
}

#[test]
fn broken_join_at_a_bell_without_fences() {
    broken(Preemptions(4), Fault::NoBellFences, DEADLOCK, join);
}

/// A level is set while the task's thread starts: the system hears of it from one of the two.
fn level() {
    let world = World::new();
    let task = world.task(0, Side::Outside);
    let record = task.record().unwrap();
    // SAFETY: a reference keeps it, and the world outlives both threads.
    let starting: &'static TaskRecord = unsafe { &*ptr::from_ref(record) };
    assert_eq!(priority_of_the_system(), 0);
    let starts = spawn(move || starting.start_thread(7));
    record.set_priority(2).unwrap();
    starts.join().unwrap();
    assert_eq!(priority_of_the_system(), 2, "the level is lost");
}

#[test]
fn a_level_set_while_the_task_starts_is_not_lost() {
    holds(Exhaustive, level);
}

#[test]
fn broken_level_without_fences() {
    broken(Exhaustive, Fault::NoPriorityFences, "the level is lost", level);
}

/// Two levels are set while the task's thread starts: the one that was stored last is what the system is told last.
fn two_levels() {
    let world = World::new();
    let task = world.task(0, Side::Outside);
    let record = task.record().unwrap();
    // SAFETY: a reference keeps it, and the world outlives all threads.
    let others: &'static TaskRecord = unsafe { &*ptr::from_ref(record) };
    let starts = spawn(move || others.start_thread(7));
    let sets = spawn(move || others.set_priority(-2).unwrap());
    record.set_priority(2).unwrap();
    starts.join().unwrap();
    sets.join().unwrap();
    assert_eq!(priority_of_the_system(), record.priority(), "an older level stays");
}

#[test]
fn of_two_levels_the_system_hears_the_last_one_last() {
    holds(Preemptions(2), two_levels);
}

#[test]
fn broken_level_that_is_not_looked_at_again() {
    broken(Preemptions(2), Fault::OlderLevelStays, "an older level stays", two_levels);
}

/// A task's half is set by another thread just when the task ends: one of the two must see the other.
fn half_at_the_end() {
    fn take_half(task: &TaskRecord) {
        task.runtime_half().replace(ptr::null_mut());
    }
    let world = World::with_door(Door { task_face: ptr::null(), task_ends: Some(|task| take_half(task)) });
    let task = world.task(0, Side::Outside);
    task.record().unwrap();
    let record = world.find_task(task.id()).unwrap();
    let ends = spawn(move || task.end());
    let set = record.set_runtime_half(ptr::dangling_mut());
    ends.join().unwrap();
    assert!(!record.runtime_half().is_set(), "a half that nobody will end: {set:?}");
}

#[test]
fn a_half_set_at_the_end_of_its_task_is_ended_or_refused() {
    holds(Preemptions(3), half_at_the_end);
}

#[test]
fn broken_half_at_the_end_without_fences() {
    broken(Preemptions(3), Fault::NoEndFences, "a half that nobody will end", half_at_the_end);
}

/// An object, shared by a half and its users.
struct Halved {
    half: RuntimeHalf,
    object: UnsafeCell<u32>,
}

// SAFETY: the object is loom's, which reports every unsynchronised access.
unsafe impl Sync for Halved {}
// SAFETY: as above.
unsafe impl Send for Halved {}

/// The task takes its half away, and with it the object, while another thread may be using that.
fn half() {
    let halved = Arc::new(Halved { half: RuntimeHalf::new(), object: UnsafeCell::new(0) });
    let user = halved.clone();
    assert!(halved.half.set_first(ptr::dangling_mut()));
    // SAFETY: loom checks that nobody else is at it, here and below.
    let uses = spawn(move || user.half.with(|_| user.object.with(|value| unsafe { *value })));
    assert!(!halved.half.replace(ptr::null_mut()).is_null());
    // SAFETY: as above.
    halved.object.with_mut(|value| unsafe { *value += 1 });
    uses.join().unwrap();
}

#[test]
fn a_half_is_taken_away_once_nobody_uses_it() {
    holds(Exhaustive, half);
}

#[test]
fn broken_half_that_is_not_waited_for() {
    broken(Exhaustive, Fault::HalfNotAwaited, RACE, half);
}

#[test]
fn broken_half_without_fences() {
    broken(Exhaustive, Fault::NoHalfFences, RACE, half);
}

/// A record is found by its task's id while that is being made.
fn find() {
    let world = World::new();
    // Another task had the record before, so that whoever looks meets it at once.
    let former = world.task(0, Side::Outside);
    let record = ptr::from_ref(former.record().unwrap());
    former.end();
    // SAFETY: records live as long as the world.
    assert_eq!(unsafe { &*record }.release(), 0);
    let task = world.task(0, Side::Outside);
    let id = task.id();
    let makes = spawn(move || task.record().map(TaskRecord::release).unwrap());
    if let Some(record) = world.find_task(id) {
        assert_eq!(record.id(), id);
        assert!(record.release() >= 1, "the task's own reference, and maybe its maker's");
    }
    makes.join().unwrap();
}

#[test]
fn a_record_that_is_found_is_whole() {
    holds(Exhaustive, find);
}

#[test]
fn broken_record_that_is_found_before_it_is_made() {
    broken(Exhaustive, Fault::FreeRecordRetained, "the task's own reference", find);
}

/// Two threads give up the last references to an ended task; what both did before is over for whoever was the last.
fn last_reference() {
    let world = World::new();
    let task = world.task(0, Side::Outside);
    let id = task.id();
    let halved = Arc::new(Halved { half: RuntimeHalf::new(), object: UnsafeCell::new(0) });
    task.record().unwrap();
    let record = world.find_task(id).unwrap();
    // SAFETY: a reference keeps it, and the world outlives both threads.
    let others: &'static TaskRecord = unsafe { &*ptr::from_ref(record) };
    task.end();
    let give_up = |record: &TaskRecord, halved: &Halved| {
        // SAFETY: loom checks that nobody else is at it, here and below.
        halved.object.with(|value| unsafe { *value });
        let left = record.release();
        if left == 0 {
            // SAFETY: as above.
            halved.object.with_mut(|value| unsafe { *value += 1 });
        }
        left
    };
    let theirs = halved.clone();
    let gives_up = spawn(move || give_up(others, &theirs));
    let own = give_up(record, &halved);
    assert_eq!(own + gives_up.join().unwrap(), 1, "one of them was the last");
}

#[test]
fn the_last_reference_comes_after_all_others() {
    holds(Exhaustive, last_reference);
}

#[test]
fn broken_references_that_order_nothing() {
    broken(Exhaustive, Fault::RelaxedReferences, RACE, last_reference);
}
