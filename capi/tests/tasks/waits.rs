//! Sleeping, joining, and the alerts that end both.

use std::sync::atomic::Ordering::SeqCst;
use std::thread;

use tollgate_capi::interfaces::*;
use tollgate_capi::*;

use super::FOREVER;
use super::scene::{Scene, note_itself, sleep_alertably, stay};
use crate::com;
use crate::com::{create, current, new_manager, wait_until};

#[test]
fn an_alert_is_kept_for_the_next_alertable_wait() {
    let (_, manager) = new_manager();
    let scene = Scene::new(manager);
    let (own, other) = (current(manager), create(manager, note_itself, &scene));
    assert_eq!(com!(manager.Sleep(0, WAIT_ALERTABLE)), S_OK);
    com!(own.Alert());
    com!(own.Alert());
    assert_eq!(com!(manager.Sleep(0, 0)), S_OK, "not alertable");
    assert_eq!(com!(manager.Sleep(1, 0)), S_OK, "the end of the time is no timeout");
    assert_eq!(com!(other.Join(1, 0)), HOST_E_TIMEOUT);
    assert_eq!(com!(manager.Sleep(FOREVER, WAIT_ALERTABLE)), HOST_E_INTERRUPTED);
    assert_eq!(com!(manager.Sleep(1, WAIT_ALERTABLE)), S_OK, "taken: two alerts are one");
    com!(own.Alert());
    assert_eq!(com!(manager.Sleep(0, WAIT_ALERTABLE)), HOST_E_INTERRUPTED);
    com!(own.Alert());
    assert_eq!(com!(other.Join(FOREVER, WAIT_ALERTABLE)), HOST_E_INTERRUPTED);

    com!(other.Start());
    assert_eq!(com!(other.Join(FOREVER, 0)), S_OK);
    com!(own.Alert());
    assert_eq!(com!(other.Join(FOREVER, WAIT_ALERTABLE)), S_OK, "what was waited for goes first");
    assert_eq!(com!(manager.Sleep(0, WAIT_ALERTABLE)), HOST_E_INTERRUPTED, "and the alert is kept");
    com!(other.Release());
    com!(own.Release());
}

#[test]
fn an_alert_wakes_a_sleeper() {
    let (_, manager) = new_manager();
    let scene = Scene::new(manager);
    let task = create(manager, sleep_alertably, &scene);
    com!(task.Start());
    wait_until("the routine runs", || scene.runs() == 1);
    // Before, during or after falling asleep: all three end the sleep.
    assert_eq!(com!(task.Alert()), S_OK);
    assert_eq!(com!(task.Join(FOREVER, 0)), S_OK);
    assert_eq!(scene.waited.load(SeqCst) as i32, HOST_E_INTERRUPTED);
    com!(task.Release());
}

#[test]
fn joining_oneself_is_a_deadlock() {
    let (_, manager) = new_manager();
    let own = current(manager);
    assert_eq!(com!(own.Join(FOREVER, 0)), HOST_E_DEADLOCK);
    assert_eq!(com!(own.Join(0, WAIT_ALERTABLE)), HOST_E_DEADLOCK);
    assert_eq!(com!(own.Join(1, WAIT_NOTINDEADLOCK)), HOST_E_TIMEOUT);
    com!(own.Alert());
    assert_eq!(com!(own.Join(FOREVER, WAIT_NOTINDEADLOCK | WAIT_ALERTABLE)), HOST_E_INTERRUPTED);
    com!(own.Release());
}

#[test]
fn one_end_satisfies_every_join() {
    let (_, manager) = new_manager();
    let scene = Scene::new(manager);
    let task = create(manager, stay, &scene);
    com!(task.Start());
    let address = task as usize;
    thread::scope(|scope| {
        let joiners: Vec<_> = (0..8_u32)
            .map(|i| {
                scope.spawn(move || {
                    let task = address as *mut IHostTask;
                    com!(task.Join(FOREVER, if i % 2 == 0 { WAIT_ALERTABLE } else { 0 }))
                })
            })
            .collect();
        scene.go_on.store(true, SeqCst);
        for joiner in joiners {
            assert_eq!(joiner.join().unwrap(), S_OK);
        }
    });
    com!(task.Release());
}
