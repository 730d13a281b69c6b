//! Cells and records that come into use, or into other hands, while others look.

use std::ptr;
use std::sync::Arc;

use loom::sync::atomic::{AtomicBool, Ordering};
use loom_tests::{Bound::*, World, broken, holds, spawn};
use tollgate_core::info::{TASK_BASE_UNDETERMINED, TASK_UNSETTLED};
use tollgate_core::model::Fault;
use tollgate_core::{Side, TaskInfo};

/// A cell goes from a task that one thread ends to a task that another attaches, while a third looks at it.
fn change_of_hands() {
    let world = World::new();
    let other = world.clone();
    let mut former = world.task(0, Side::Inside);
    former.set_thread(7, 1);
    former.leave(1).unwrap();
    let looks = spawn(move || {
        let mut entry = [TaskInfo::EMPTY];
        let count = other.snapshot(&mut entry);
        let [entry] = entry;
        if count == 1 && entry.flags & TASK_UNSETTLED == 0 {
            let thread = (entry.os_thread, entry.affinity);
            let figures = (entry.id, thread, entry.leaves, entry.reverse_enters, entry.flags);
            let of_former = (1, (7, 1), 1, 1, 0);
            // Thread and affinity are each of a moment before.
            let threads = [(0, 0), (0, 2), (9, 0), (9, 2)];
            let of_next = threads.map(|thread| (2, thread, 0, 0, TASK_BASE_UNDETERMINED));
            assert!(figures == of_former || of_next.contains(&figures), "figures of two tasks: {figures:?}");
        }
    });
    let ends = spawn(move || former.end());
    ends.join().unwrap();
    let next = world.attach(0, None).unwrap();
    // As for a task that was created: its thread is not who attached it.
    spawn(move || next.set_thread(9, 2)).join().unwrap();
    looks.join().unwrap();
}

#[test]
fn a_settled_entry_is_of_one_task_while_its_cell_changes_hands() {
    holds(Preemptions(1), change_of_hands);
}

#[test]
fn broken_look_at_a_changing_cell_that_does_not_acquire() {
    broken(Preemptions(1), Fault::RelaxedReader, "figures of two tasks", change_of_hands);
}

const NOT_TOLD: &str = "calls for the second manager go to the first one's cell";

/// A second manager comes into use while a task attaches: as `enlist` does it, and as `adopt` looks for it.
fn second_manager() {
    let world = World::new();
    let other = world.clone();
    let is_several = Arc::new(AtomicBool::new(false));
    let mark = is_several.clone();
    let attaches = spawn(move || {
        let task = other.attach(0, None).unwrap();
        // Relaxed, here and below: the fences of both sides order it.
        (task, mark.load(Ordering::Relaxed))
    });
    is_several.store(true, Ordering::Relaxed);
    world.arm_for_several();
    let (task, looks_up) = attaches.join().unwrap();
    assert!(looks_up || task.is_armed_for_several(), "{NOT_TOLD}");
}

#[test]
fn a_task_that_attaches_hears_of_a_second_manager() {
    holds(Exhaustive, second_manager);
}

#[test]
fn broken_attach_that_does_not_fence_for_a_second_manager() {
    broken(Exhaustive, Fault::NoSlowFence, NOT_TOLD, second_manager);
}

#[test]
fn broken_second_manager_that_does_not_fence() {
    broken(Exhaustive, Fault::NoFenceBeforeArming, NOT_TOLD, second_manager);
}

/// A record is found in its first life, by a thread of which its maker knows nothing.
fn first_record() {
    let world = World::new();
    let task = world.task(0, Side::Outside);
    let id = task.id();
    let is_made = Arc::new(AtomicBool::new(false));
    let made = is_made.clone();
    let makes = spawn(move || {
        let record = task.record().unwrap();
        // Relaxed: says when to look, and nothing else.
        made.store(true, Ordering::Relaxed);
        record.release();
    });
    let found = is_made.load(Ordering::Relaxed).then(|| world.find_task(id)).flatten();
    if let Some(record) = found {
        assert!(ptr::eq(record.manager(), &raw const **world), "half made");
        record.release();
    }
    makes.join().unwrap();
}

#[test]
fn a_record_that_is_found_in_its_first_life_is_whole() {
    holds(Exhaustive, first_record);
}

#[test]
fn broken_record_that_is_found_half_made() {
    broken(Exhaustive, Fault::RelaxedReferences, "half made", first_record);
}
