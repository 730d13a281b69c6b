//! References on a half, and its one end, on the right thread.

use std::ffi::c_void;
use std::sync::atomic::Ordering::SeqCst;
use std::thread;

use tollgate_capi::interfaces::*;
use tollgate_capi::*;

use super::FOREVER;
use super::guest::{Guest, live};
use crate::com;
use crate::com::{CountingTask, create, current, new_manager, os_thread, wait_until};

#[test]
fn half_of_a_created_task_ends_on_its_thread_before_its_join() {
    let (_, manager) = new_manager();
    let guest = Guest::new(manager);
    let task = guest.enter();
    assert_eq!((guest.half.references(), guest.half.exits()), (2, 0));
    guest.go_on.store(true, SeqCst);
    assert_eq!(com!(task.Join(FOREVER, 0)), S_OK);
    assert_eq!((guest.half.references(), guest.half.exits()), (1, 1), "no reference is left, one end");
    assert_eq!(guest.half.exit_thread.load(SeqCst), guest.thread.load(SeqCst));
    assert_eq!(com!(task.SetCLRTask(guest.half.as_raw())), HOST_E_INVALIDOPERATION);
    assert_eq!(guest.half.references(), 1, "what is refused is not kept");
    com!(task.Release());
    assert_eq!(guest.half.exits(), 1);
}

#[test]
fn half_of_an_adopted_task_ends_with_its_thread() {
    let (host, _) = new_manager();
    static HALF: CountingTask = CountingTask::new();
    let half = &HALF;
    let (task, own_thread) = thread::spawn(|| {
        let own = current(host.as_raw());
        assert_eq!(com!(own.SetCLRTask(half.as_raw())), S_OK);
        assert_eq!(half.references(), 2);
        (own as usize, os_thread())
    })
    .join()
    .unwrap();
    assert_eq!((half.references(), half.exits()), (1, 1));
    assert_eq!(half.exit_thread.load(SeqCst), own_thread);
    let task = task as *mut IHostTask;
    assert_eq!(com!(task.Join(FOREVER, 0)), S_OK);
    assert_eq!(com!(task.Release()), 0);
}

#[test]
fn a_second_half_takes_the_place_of_the_first() {
    let (host, _) = new_manager();
    static HALVES: [CountingTask; 2] = [const { CountingTask::new() }; 2];
    let halves = &HALVES;
    thread::spawn(|| {
        let own = current(host.as_raw());
        assert_eq!(com!(own.SetCLRTask(halves[0].as_raw())), S_OK);
        assert_eq!(com!(own.SetCLRTask(halves[1].as_raw())), S_OK);
        assert_eq!([halves[0].references(), halves[1].references()], [1, 2]);
        assert_eq!(com!(own.SetCLRTask(halves[1].as_raw())), S_OK);
        assert_eq!(halves[1].references(), 2, "the same once more");
        com!(own.Release());
    })
    .join()
    .unwrap();
    assert_eq!([halves[0].exits(), halves[1].exits()], [0, 1]);
    assert_eq!([halves[0].references(), halves[1].references()], [1, 1]);
}

#[test]
fn half_of_a_task_that_never_starts_is_dropped() {
    let (host, manager) = new_manager();
    let guest = Guest::new(manager);
    let task = create(manager, live, &guest);
    assert_eq!(com!(task.SetCLRTask(guest.half.as_raw())), S_OK, "before the start, from the creator");
    com!(task.Release());
    wait_until("the task's thread is gone", || host.core().totals().tasks_live == 1);
    assert_eq!((guest.half.references(), guest.half.exits()), (1, 1));
}

unsafe extern "system" fn return_at_once(_: *mut c_void) -> u32 {
    0
}

/// A half that comes from another thread while the task ends is either refused, or ended: never kept.
#[test]
fn a_half_that_comes_with_the_end_is_refused_or_ended() {
    let (_, m) = new_manager();
    let mut ended = 0;
    for turn in 0..300 {
        let half = CountingTask::new();
        let task = create(m, return_at_once, &half);
        com!(task.Start());
        for _ in 0..turn % 50 {
            std::hint::spin_loop();
        }
        let result = com!(task.SetCLRTask(half.as_raw()));
        assert_eq!(com!(task.Join(FOREVER, 0)), S_OK);
        assert_eq!(half.references(), 1);
        match result {
            S_OK => assert_eq!(half.exits(), 1),
            _ => assert_eq!((result, half.exits()), (HOST_E_INVALIDOPERATION, 0)),
        }
        ended += half.exits();
        com!(task.Release());
    }
    println!("{ended} of 300 halves came in time");
}
