//! What other threads were in the middle of when a fork came does not bind the child.

#![cfg(unix)]

#[path = "common/child.rs"]
mod child;
#[path = "common/os.rs"]
mod os;
#[path = "common/own_process.rs"]
mod own_process;

use std::sync::mpsc;
use std::thread;

use child::fork;
use own_process::in_own_process;
use tollgate_core::trace::TRACE_LEAVE;
use tollgate_core::{Config, Manager, Side, after_fork_child};
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
use tollgate_core::{Error, TaskState, WaitOptions};

/// Forks; the child puts itself in order, runs `check` and ends as it should.
#[track_caller]
fn in_child(check: impl FnOnce()) {
    let child = fork(|| {
        // SAFETY: the only thread of the child, first of all.
        unsafe { after_fork_child() };
        check();
    });
    child.passes();
}

#[test]
fn a_cell_that_was_free_is_one_tasks_in_the_child() {
    let manager = Manager::create(&Config::DEFAULT).expect("memory");
    let tasks = [(); 3].map(|()| manager.attach_task(None).expect("memory"));
    drop(tasks);
    in_child(|| {
        // One more than were free: a list that goes round would give the first again.
        let tasks = [(); 4].map(|()| manager.attach_task(None).expect("memory"));
        let mut live = 0;
        manager.for_each_task(|_| live += 1);
        assert_eq!(live, tasks.len());
    });
}

/// Another thread was draining, all rings were taken, and events were lost of which nobody had been told.
#[test]
fn a_trace_in_the_child_begins_from_nothing() {
    let config = Config { trace: true, trace_tasks: 1, trace_records: 16, ..Config::DEFAULT };
    let manager = Manager::create(&config).expect("memory");
    let mut takes_the_ring = manager.attach_task(Some(Side::Inside)).expect("memory");
    let mut finds_none = manager.attach_task(Some(Side::Inside)).expect("memory");
    assert_eq!([takes_the_ring.leave(1), finds_none.leave(2)], [Ok(()); 2]);
    let (drains, is_draining) = mpsc::channel();
    let (go_on, may_go_on) = mpsc::channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            let drained = manager.trace_drain(|_| {
                drains.send(()).expect("somebody waits");
                may_go_on.recv().is_ok()
            });
            assert!(drained.expect("nobody else drains").records == 0);
        });
        is_draining.recv().expect("there is a record");
        in_child(|| {
            assert_eq!(manager.trace_start(), Ok(true), "nobody traces here");
            manager.leave(7).expect("a level");
            let mut targets = Vec::new();
            let drained = manager.trace_drain(|record| {
                targets.extend((record.kind == TRACE_LEAVE).then_some(record.value));
                true
            });
            assert_eq!((drained.expect("nobody drains here").lost, targets), (0, vec![7]));
        });
        drop(go_on);
    });
}

/// A thread that the child does not have was using the halves of two tasks: of the caller's, and of one that is gone.
#[test]
fn nobody_waits_for_users_of_a_half_that_the_child_does_not_have() {
    // The child starts a thread, which takes a lock of the standard library: nobody else may be starting one.
    in_own_process(&["alone"], |_| {
        let manager = Manager::create(&Config::DEFAULT).expect("memory");
        let object = std::ptr::dangling_mut();
        let own = manager.current_task().expect("a record");
        own.set_runtime_half(object).expect("it lives");
        let (made, gone) = mpsc::channel();
        let (uses, is_used) = mpsc::channel();
        let (go_on, may_go_on) = mpsc::channel::<()>();
        let (end, may_end) = mpsc::channel::<()>();
        thread::scope(|scope| {
            scope.spawn(move || {
                let task = manager.current_task().expect("a record");
                task.set_runtime_half(std::ptr::dangling_mut()).expect("it lives");
                // Nobody else refers to it, so that its record is free once it is gone.
                task.release();
                made.send(task).expect("somebody waits");
                let _ = may_end.recv();
                task.runtime_half().replace(std::ptr::null_mut());
            });
            let gone = gone.recv().expect("it has a record");
            scope.spawn(move || {
                own.runtime_half().with(|_| {
                    gone.runtime_half().with(|_| {
                        uses.send(()).expect("somebody waits");
                        let _ = may_go_on.recv();
                    })
                })
            });
            is_used.recv().expect("both have halves");
            in_child(|| {
                assert_eq!(own.runtime_half().replace(std::ptr::null_mut()), std::ptr::dangling_mut());
                if os::can_be_lowered() {
                    own.set_priority(-2).expect("a level");
                    assert_eq!(
                        os::urgency(os::thread_id()),
                        os::LOWEST,
                        "its thread has another number here"
                    );
                }
                let next = thread::spawn(move || {
                    let task = manager.current_task().expect("a record");
                    assert!(std::ptr::eq(task, gone), "the record that became free");
                    assert!(!task.runtime_half().is_set());
                    assert!(task.runtime_half().set_first(std::ptr::dangling_mut()));
                    assert_eq!(task.runtime_half().replace(std::ptr::null_mut()), std::ptr::dangling_mut());
                });
                next.join().expect("the record is as a fresh one");
            });
            drop(go_on);
            drop(end);
        });
        own.runtime_half().replace(std::ptr::null_mut());
        own.release();
    });
}

/// In the child's copy of a page no cell leads to the record of a task that is gone, which ends all the same.
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
#[test]
fn a_vanished_task_is_abandoned_in_a_child_with_a_page_too() {
    let manager = Manager::create(&Config { page: true, ..Config::DEFAULT }).expect("a page");
    let own = manager.current_task().expect("a record");
    let (made, gone) = mpsc::channel();
    let (end, may_end) = mpsc::channel::<()>();
    thread::scope(|scope| {
        scope.spawn(move || {
            made.send(manager.current_task().expect("a record")).expect("somebody waits");
            let _ = may_end.recv();
        });
        let gone = gone.recv().expect("it has a record");
        in_child(|| {
            assert_eq!(gone.join(None, 0, WaitOptions::default()), Err(Error::Abandoned));
            assert_eq!(gone.release(), 0, "its own reference went with it");
            assert_eq!(own.state(), TaskState::Running, "the one that goes on");
            assert!(std::ptr::eq(manager.current_task().expect("a record"), own));
        });
        assert_eq!(gone.state(), TaskState::Running, "here nothing has ended");
        drop(end);
        gone.release();
    });
    own.release();
}
