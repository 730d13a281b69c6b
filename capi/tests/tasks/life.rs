//! From creation to the last reference.

use std::ffi::c_void;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::{ptr, thread};

use tollgate_capi::interfaces::*;
use tollgate_capi::*;
use tollgate_core::TaskState;

use super::FOREVER;
use super::scene::{Scene, note_itself};
use crate::com;
use crate::com::os::end_thread;
use crate::com::{create, current, new_manager, wait_until};

#[test]
fn a_created_task_runs_once_after_its_start() {
    let (_, manager) = new_manager();
    let scene = Scene::new(manager);
    let task = create(manager, note_itself, &scene);
    let mut level = 7;
    assert_eq!(com!(task.GetPriority(&mut level)), S_OK);
    assert_eq!(level, 0);
    assert_eq!(com!(task.SetPriority(-1)), S_OK, "before the start");
    assert_eq!(com!(task.Join(0, 0)), HOST_E_TIMEOUT);
    assert_eq!(com!(task.Join(1, WAIT_ALERTABLE)), HOST_E_TIMEOUT);
    assert_eq!(scene.runs(), 0);
    assert_eq!(com!(task.Start()), S_OK);
    assert_eq!(com!(task.Start()), HOST_E_INVALIDOPERATION);
    assert_eq!(com!(task.Join(FOREVER, 0)), S_OK);
    assert_eq!(com!(task.Join(FOREVER, 0)), S_OK, "as often as one likes");
    assert_eq!(scene.runs(), 1);
    assert_eq!(scene.seen.load(SeqCst), task as usize, "one address from creation on");
    assert_eq!(com!(task.Alert()), S_OK, "after the end, to no effect");
    assert_eq!(com!(task.Start()), HOST_E_INVALIDOPERATION);
    assert_eq!(com!(task.SetPriority(1)), S_OK);
    assert_eq!(com!(task.GetPriority(&mut level)), S_OK);
    assert_eq!(level, 1, "remembered always");
    com!(task.Release());
}

#[test]
fn a_task_released_before_its_start_ends() {
    let (host, manager) = new_manager();
    let scene = Scene::new(manager);
    let before = host.core().totals().tasks_live;
    let task = create(manager, note_itself, &scene);
    assert_eq!(com!(task.AddRef()), 3, "the thread's, the creator's and this one");
    com!(task.Release());
    assert_eq!(com!(task.Release()), 1);
    // The thread that created it has been met as well.
    wait_until("the task's thread is gone", || host.core().totals().tasks_live == before + 1);
    assert_eq!(scene.runs(), 0);
}

#[test]
fn an_adopted_task_cannot_be_started() {
    let (_, manager) = new_manager();
    let own = current(manager);
    assert_eq!(com!(own.Start()), HOST_E_INVALIDOPERATION);
    let again = current(manager);
    assert_eq!(own, again);
    com!(again.Release());
    com!(own.Release());
}

/// No other call in here: the system may unwind this frame, which must have nothing to say to that.
unsafe extern "system" fn leave_early(_: *mut c_void) -> u32 {
    // SAFETY: no frame between here and the thread's start has anything to clean up.
    unsafe { end_thread() }
}

#[test]
fn a_thread_that_leaves_its_routine_early_abandons_its_task() {
    let (host, manager) = new_manager();
    let scene = Scene::new(manager);
    let task = create(manager, leave_early, &scene);
    com!(task.Start());
    assert_eq!(com!(task.Join(FOREVER, 0)), HOST_E_ABANDONED);
    com!(task.Release());
    wait_until("only the test's own task is left", || host.core().totals().tasks_live == 1);
}

#[test]
fn last_release_may_come_from_any_thread_long_after_the_end() {
    let (host, _) = new_manager();
    let adopted = thread::spawn(|| current(host.as_raw()) as usize).join().unwrap();
    let task = adopted as *mut IHostTask;
    assert_eq!(com!(task.Join(FOREVER, 0)), S_OK, "an adopted task ends with its thread");
    assert_eq!(com!(task.SetCLRTask(com::CountingTask::new().as_raw())), HOST_E_INVALIDOPERATION);
    thread::spawn(move || {
        let task = adopted as *mut IHostTask;
        assert_eq!(com!(task.AddRef()), 2);
        com!(task.Release());
        assert_eq!(com!(task.Release()), 0);
    })
    .join()
    .unwrap();
}

#[test]
fn a_task_can_be_found_by_its_id_only_while_it_lives() {
    let (host, manager) = new_manager();
    let scene = Scene::new(manager);
    let task = create(manager, note_itself, &scene);
    let id = AtomicU64::new(0);
    host.core().for_each_task(|info| {
        id.fetch_max(info.id, SeqCst);
    });
    let id = id.into_inner();
    let found = host.core().find_task(id).expect("the task just created");
    assert_eq!(ptr::from_ref(found).cast(), task.cast_const());
    assert_eq!(found.state(), TaskState::Suspended);
    found.release();
    com!(task.Start());
    com!(task.Join(FOREVER, 0));
    assert!(host.core().find_task(id).is_none());
    com!(task.Release());
}
