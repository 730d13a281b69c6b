//! Crossings that the manager refuses: a clear error, nothing run that must not run, and books that balance.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tollgate_capi::HostManager;
use tollgate_capi::{
    E_FAIL, E_OUTOFMEMORY, HOST_E_ABANDONED, HOST_E_CLRNOTAVAILABLE, HOST_E_TIMEOUT, HRESULT,
};
use tollgate_core::{Config, PauseReport, Policy};
use tollgate_wasmtime::{Announce, Refused, Transition, call};
use wasmtime::Error;

use crate::common::*;

#[track_caller]
fn assert_refused(error: &Error, transition: Transition, hresult: HRESULT) {
    assert_eq!(error.downcast_ref::<Refused>(), Some(&Refused { transition, hresult }), "{error:#}");
}

/// Wasmtime shows what it reports through; the refusal is somewhere in the chain of causes.
fn message(error: &Error) -> String {
    format!("{error:#}")
}

fn counting() -> (Action, Arc<AtomicU32>) {
    let count = Arc::new(AtomicU32::new(0));
    let counted = count.clone();
    let action = act(move |_| {
        counted.fetch_add(1, Ordering::Relaxed);
        Ok(())
    });
    (action, count)
}

#[test]
fn unavailable_manager_lets_no_guest_run() {
    let manager = manager(Config { start_unavailable: true, ..Config::DEFAULT });
    let (host, _) = recording(manager, Announce::Defined);
    let (action, count) = counting();
    let mut guest = Guest::new(Some(host), vec![action]);

    let error = guest.run(0).expect_err("refused");
    assert_refused(&error, ReverseEnter, HOST_E_CLRNOTAVAILABLE);
    let text = message(&error);
    assert!(
        text.contains("ReverseEnterRuntime") && text.contains("HOST_E_CLRNOTAVAILABLE (0x80131023)"),
        "{text}"
    );
    assert_eq!(count.load(Ordering::Relaxed), 0);
    assert_closed(manager);

    manager.core().set_available(true).expect("governed");
    guest.run(0).expect("let in");
    assert_eq!(count.load(Ordering::Relaxed), 1);
    assert_closed(manager);
}

#[test]
fn refused_return_traps_and_its_levels_are_closed_later() {
    let manager = manager(Config::DEFAULT);
    let (host, steps) = recording(manager, Announce::Defined);
    let close = act(move |_| {
        manager.core().set_available(false).expect("governed");
        Ok(())
    });
    let (action, count) = counting();
    let mut guest = Guest::new(Some(host), vec![close, action]);

    let error = guest.run(0).expect_err("refused");
    assert_refused(&error, Enter, HOST_E_CLRNOTAVAILABLE);
    // The manager keeps both levels open, outside: it said so, and the books show it.
    let task = only_task(manager);
    assert_eq!((task.depth, task.side), (2, 0));
    let totals = manager.core().totals();
    assert!(totals.is_balanced(), "{totals:?}");
    assert_eq!((totals.open_outside, totals.open_inside), (1, 1));

    // Still refused: the old levels come first.
    let error = guest.run(1).expect_err("refused");
    assert_refused(&error, Enter, HOST_E_CLRNOTAVAILABLE);
    assert_eq!(count.load(Ordering::Relaxed), 0);

    manager.core().set_available(true).expect("governed");
    steps.take();
    guest.run(1).expect("let in");
    assert_eq!(steps.taken(), [Enter, ReverseLeave, ReverseEnter, Leave, Enter, ReverseLeave]);
    assert_eq!(count.load(Ordering::Relaxed), 1);
    assert_eq!(only_task(manager).depth, 0);
    assert_closed(manager);
}

#[test]
fn host_function_may_catch_a_refusal_and_return() {
    let manager = manager(Config::DEFAULT);
    let (host, _) = recording(manager, Announce::Defined);
    let close = act(move |_| {
        manager.core().set_available(false).expect("governed");
        Ok(())
    });
    let catch = act(move |caller| {
        let run = export::<i32>(caller, "run");
        let error = call(caller, &run, 1).expect_err("refused");
        assert_refused(&error, Enter, HOST_E_CLRNOTAVAILABLE);
        manager.core().set_available(true).expect("governed");
        Ok(())
    });
    let mut guest = Guest::new(Some(host), vec![catch, close]);
    guest.run(0).expect("the call");
    assert_eq!(only_task(manager).depth, 0);
    assert_closed(manager);
}

#[test]
fn held_too_long_at_the_gate_is_a_timeout() {
    let manager = manager(Config { gate_timeout_ms: 1, ..Config::DEFAULT });
    let (host, _) = recording(manager, Announce::Defined);
    // The host function closes the gate behind itself: its own return is the crossing that is held.
    let pause = act(move |_| {
        std::mem::forget(manager.core().pause(u32::MAX).expect("nobody is inside"));
        Ok(())
    });
    let mut guest = Guest::new(Some(host), vec![pause, act(|_| Ok(()))]);
    let error = guest.run(0).expect_err("held");
    assert_refused(&error, Enter, HOST_E_TIMEOUT);
    assert!(message(&error).contains("HOST_E_TIMEOUT (0x80131024)"));

    manager.core().resume().expect("paused");
    guest.run(1).expect("let in");
    assert_closed(manager);
}

#[test]
fn shutdown_abandons_a_guest_held_at_the_gate() {
    let manager = manager(Config::DEFAULT);
    let (host, _) = recording(manager, Announce::Defined);
    let pause = act(move |_| {
        std::mem::forget(manager.core().pause(u32::MAX).expect("nobody is inside"));
        Ok(())
    });
    let mut guest = Guest::new(Some(host), vec![pause]);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            wait_for_a_held_task(manager);
            let mut report = PauseReport::default();
            manager.core().shutdown(u32::MAX, &mut report).expect("nobody is inside");
        });
        let error = guest.run(0).expect_err("abandoned");
        assert_refused(&error, Enter, HOST_E_ABANDONED);
        assert!(message(&error).contains("HOST_E_ABANDONED (0x80131026)"));
    });
    let error = guest.run(0).expect_err("shut down");
    assert_refused(&error, Enter, HOST_E_CLRNOTAVAILABLE);
    assert!(manager.core().totals().is_balanced());
}

#[test]
fn failure_reaches_a_guest_held_at_the_gate() {
    let manager = manager(Config::DEFAULT);
    let (host, _) = recording(manager, Announce::Defined);
    let pause = act(move |_| {
        std::mem::forget(manager.core().pause(u32::MAX).expect("nobody is inside"));
        Ok(())
    });
    let mut guest = Guest::new(Some(host), vec![pause]);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            wait_for_a_held_task(manager);
            manager.core().fail().expect("governed");
        });
        let error = guest.run(0).expect_err("failed");
        assert_refused(&error, Enter, E_FAIL);
    });
    assert!(manager.core().totals().is_balanced());
}

#[test]
fn refused_leave_keeps_the_host_function_from_running() {
    let manager = manager(Config::DEFAULT);
    let (host, _) = recording(manager, Announce::Defined);
    let (action, count) = counting();
    // After a failure outward calls are refused too; the failure comes while this task is outside the host's control.
    let fail = act(move |caller| {
        manager.core().fail().expect("governed");
        let run = export::<i32>(caller, "run");
        let error = call(caller, &run, 1).expect_err("refused");
        assert_refused(&error, ReverseEnter, HOST_E_CLRNOTAVAILABLE);
        Ok(())
    });
    let mut guest = Guest::new(Some(host), vec![fail, action]);
    let error = guest.run(0).expect_err("refused");
    assert_refused(&error, Enter, HOST_E_CLRNOTAVAILABLE);
    assert_eq!(count.load(Ordering::Relaxed), 0);
    assert!(manager.core().totals().is_balanced());
}

#[test]
fn more_tasks_than_allowed_is_out_of_memory() {
    let manager = manager(Config { max_tasks: 1, ..Config::DEFAULT });
    let (host, _) = recording(manager, Announce::Defined);
    let second = act(move |_| {
        let other = move || Guest::new(Some(host), vec![act(|_| Ok(()))]).run(0).expect_err("refused");
        let error = std::thread::spawn(other).join().expect("no panic");
        assert_refused(&error, ReverseEnter, E_OUTOFMEMORY);
        Ok(())
    });
    Guest::new(Some(host), vec![second]).run(0).expect("the first task");
    let totals = manager.core().totals();
    assert_eq!((totals.tasks_attached, totals.reverse_enters, totals.reverse_leaves), (1, 1, 1));
    assert!(totals.is_balanced());
}

#[test]
fn observing_manager_refuses_nothing() {
    let manager: &'static HostManager = manager(Config { policy: Policy::Observe, ..Config::DEFAULT });
    let (host, steps) = recording(manager, Announce::Defined);
    let mut guest = Guest::new(Some(host), vec![then_run(1), act(|_| Ok(()))]);
    guest.run(0).expect("the call");
    assert_eq!(steps.taken().len(), 8);
    assert_closed(manager);
}
