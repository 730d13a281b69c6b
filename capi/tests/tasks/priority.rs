//! The level of a task, before its start and without one.

use std::ffi::c_void;
use std::sync::atomic::Ordering::SeqCst;

use tollgate_capi::*;

use super::FOREVER;
use super::scene::Scene;
use crate::com;
use crate::com::os::{LOWEST, can_be_lowered, urgency};
use crate::com::{create, new_manager, os_thread, wait_until};

unsafe extern "system" fn read_own_urgency(parameter: *mut c_void) -> u32 {
    // SAFETY: each test hands over a scene that outlives the task.
    let scene = unsafe { Scene::of(parameter) };
    scene.waited.store(urgency(os_thread()) as u32, SeqCst);
    scene.runs.fetch_add(1, SeqCst);
    wait_until("the test lets the task go on", || scene.go_on.load(SeqCst));
    0
}

#[test]
fn priority_set_before_the_start_is_the_threads_from_the_start_on() {
    let (_, manager) = new_manager();
    let scene = Scene::new(manager);
    let own_urgency = urgency(os_thread());
    if !can_be_lowered() {
        println!("skipped: this process runs at nice {own_urgency} already, and nobody may lower that");
        return;
    }
    let task = create(manager, read_own_urgency, &scene);
    assert_eq!(com!(task.SetPriority(-2)), S_OK);
    com!(task.Start());
    wait_until("the routine runs", || scene.runs() == 1);
    assert_eq!(scene.waited.load(SeqCst) as i32, LOWEST);
    for wrong in [3, -3, 14, 16, i32::MIN, i32::MAX] {
        assert_eq!(com!(task.SetPriority(wrong)), E_INVALIDARG);
    }
    let mut level = 0;
    com!(task.GetPriority(&mut level));
    assert_eq!(level, -2, "a refused level changes nothing");
    scene.go_on.store(true, SeqCst);
    assert_eq!(com!(task.Join(FOREVER, 0)), S_OK);
    com!(task.Release());

    // A task whose level nobody sets runs as its creator does.
    let unset = Scene::new(manager);
    let task = create(manager, read_own_urgency, &unset);
    com!(task.Start());
    wait_until("the routine runs", || unset.runs() == 1);
    assert_eq!(unset.waited.load(SeqCst) as i32, own_urgency);
    unset.go_on.store(true, SeqCst);
    com!(task.Join(FOREVER, 0));
    com!(task.Release());
}
