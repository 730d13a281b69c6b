//! Records seen from within: whether they all come back, and whose they are when somebody comes late.

use core::ffi::c_void;
use std::sync::atomic::{AtomicBool, AtomicU64};
use std::thread;
use std::time::{Duration, Instant};
use std::vec::Vec;

use super::*;
use crate::config::Config;
use crate::levels::FREE;

/// Counts its call at the address given.
unsafe extern "system" fn count(parameter: *mut c_void) -> u32 {
    // SAFETY: each test hands over a counter that outlives its tasks.
    unsafe { &*parameter.cast::<AtomicU64>() }.fetch_add(1, Ordering::Relaxed);
    0
}

fn new_manager() -> &'static Manager {
    Manager::create(&Config::DEFAULT).unwrap()
}

fn create(manager: &'static Manager, counter: &'static AtomicU64) -> &'static Task {
    let counter = core::ptr::from_ref(counter).cast_mut().cast();
    manager.create_task(64 * 1024, count, counter).unwrap()
}

/// Waits until no thread has a task of the manager any more, then insists that no record has a reference.
///
/// A join returns before the thread's last steps, hence the wait; its length is no part of what is tested.
fn assert_nothing_is_left(manager: &Manager) {
    let give_up = Instant::now() + Duration::from_secs(60);
    let is_free = |task: &Task| task.life.references() == 0;
    while !(manager.cells.iter().all(|cell| cell.levels.load(Ordering::Acquire) == FREE)
        && manager.tasks.iter().all(is_free))
    {
        let left: Vec<(u64, TaskState, u32)> = manager
            .tasks
            .iter()
            .filter(|task| !is_free(task))
            .map(|task| (task.id(), task.state(), task.life.references()))
            .collect();
        assert!(Instant::now() < give_up, "records with references (id, state, references): {left:?}");
        thread::yield_now();
    }
}

#[test]
fn released_before_its_start_a_task_ends_and_its_record_comes_back() {
    static RUN: AtomicU64 = AtomicU64::new(0);
    let manager = new_manager();
    let task = create(manager, &RUN);
    task.retain();
    assert_eq!(task.release(), 2);
    assert_eq!(task.release(), 1, "the thread's own reference");
    assert_nothing_is_left(manager);
    assert_eq!(RUN.load(Ordering::Relaxed), 0);
}

#[test]
fn ids_tell_ended_tasks_from_those_that_never_were() {
    static RUN: AtomicU64 = AtomicU64::new(0);
    let manager = new_manager();
    let task = create(manager, &RUN);
    let id = task.id();
    assert_eq!(manager.on_task(id, |found| core::ptr::eq(found, task)), Ok(true));
    assert_eq!(manager.on_task(0, |_| ()), Err(Error::InvalidArgument));
    assert_eq!(manager.on_task(id + 1, |_| ()), Err(Error::InvalidArgument));
    let asked_for_by_nobody = manager.attach_task(None).unwrap();
    assert_eq!(manager.on_task(id + 1, |_| ()), Err(Error::Unavailable));
    drop(asked_for_by_nobody);
    assert_eq!(manager.on_task(id + 1, |_| ()), Err(Error::Abandoned));
    task.start().unwrap();
    task.join(None, u32::MAX, WaitOptions::default()).unwrap();
    assert_eq!(manager.on_task(id, |_| ()), Err(Error::Abandoned), "ended, though a reference is held");
    task.release();
    assert_nothing_is_left(manager);
}

#[test]
fn runtime_half_set_after_the_end_stays_with_its_owner() {
    static RUN: AtomicU64 = AtomicU64::new(0);
    let manager = new_manager();
    let task = create(manager, &RUN);
    task.start().unwrap();
    task.join(None, u32::MAX, WaitOptions::default()).unwrap();
    let object = (&raw const RUN).cast_mut().cast();
    assert_eq!(task.set_runtime_half(object), Err(Error::InvalidOperation));
    assert!(!task.runtime_half().is_set());
    task.release();
    assert_nothing_is_left(manager);
}

/// Late finds and late releases meet records that have become another task's: each started task must still run once.
#[test]
fn tasks_come_and_go_while_others_look_for_their_ids() {
    const CREATORS: u64 = 2;
    const TASKS: u64 = 300;
    static RUN: AtomicU64 = AtomicU64::new(0);
    let manager = new_manager();
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for finder in 0..2_u64 {
            let done = &done;
            scope.spawn(move || {
                let mut id = finder;
                while !done.load(Ordering::Relaxed) {
                    // Mostly ids that are just ending, the ones whose records are taken anew.
                    let newest = manager.figures().attached.load(Ordering::Relaxed);
                    id = if id + 8 < newest || id > newest { newest.saturating_sub(4) } else { id + 1 };
                    if let Some(task) = manager.find_task(id) {
                        assert_eq!(task.id(), id);
                        task.alert();
                        task.release();
                    }
                }
            });
        }
        let creators: Vec<_> = (0..CREATORS)
            .map(|_| {
                scope.spawn(move || {
                    for turn in 0..TASKS {
                        let task = create(manager, &RUN);
                        task.start().unwrap();
                        if turn % 2 == 0 {
                            task.join(None, u32::MAX, WaitOptions::default()).unwrap();
                        }
                        task.release();
                    }
                })
            })
            .collect();
        for creator in creators {
            creator.join().unwrap();
        }
        done.store(true, Ordering::Relaxed);
    });
    assert_nothing_is_left(manager);
    assert_eq!(RUN.load(Ordering::Relaxed), CREATORS * TASKS, "every task that was started ran, once");
}
