//! Starts that meet a gate that is closed, not available, or gone.

use tollgate_capi::*;
use tollgate_core::PauseReport;

use super::FOREVER;
use super::scene::{Scene, note_itself};
use crate::com;
use crate::com::{create, new_manager, wait_until};

#[test]
fn a_start_during_a_pause_is_held() {
    let (host, manager) = new_manager();
    let core = host.core();
    let scene = Scene::new(manager);
    let task = create(manager, note_itself, &scene);
    let pause = core.pause(FOREVER).unwrap();
    assert_eq!(com!(task.Start()), S_OK);
    wait_until("the task is held", || core.tasks_held() == 1);
    assert_eq!(scene.runs(), 0);
    assert_eq!(com!(task.Join(0, 0)), HOST_E_TIMEOUT);
    drop(pause);
    assert_eq!(com!(task.Join(FOREVER, 0)), S_OK);
    assert_eq!(scene.runs(), 1);
    com!(task.Release());
}

#[test]
fn a_task_started_while_unavailable_waits_and_after_the_end_is_abandoned() {
    let (host, manager) = new_manager();
    let core = host.core();
    let scene = Scene::new(manager);
    let [first, second] = [(); 2].map(|()| create(manager, note_itself, &scene));
    core.set_available(false).unwrap();
    com!(first.Start());
    assert_eq!(com!(first.Join(10, 0)), HOST_E_TIMEOUT);
    assert_eq!(scene.runs(), 0);
    core.set_available(true).unwrap();
    assert_eq!(com!(first.Join(FOREVER, 0)), S_OK);
    core.shutdown(FOREVER, &mut PauseReport::default()).unwrap();
    com!(second.Start());
    assert_eq!(com!(second.Join(FOREVER, 0)), HOST_E_ABANDONED);
    assert_eq!(scene.runs(), 1);
    com!(first.Release());
    com!(second.Release());
}
