//! Aborting and yielding: requests of the host to a guest that runs.

use tollgate_capi::exports::tollgate_task_abort;
use tollgate_capi::{HOST_E_INVALIDOPERATION, HostManager, S_OK};
use tollgate_core::{Config, Error};
use tollgate_wasmtime::{Aborted, Host, call};

use crate::common::*;
use crate::half::Half;

#[track_caller]
fn assert_aborted(error: &wasmtime::Error, rude: bool) {
    assert_eq!(error.downcast_ref::<Aborted>().map(|aborted| aborted.rude), Some(rude), "{error:#}");
}

/// A request of the task to itself, from a host function.
fn request(manager: &'static HostManager, what: fn(&Half) -> i32) -> Action {
    act(move |_| {
        assert_eq!(what(&Half::of_this_thread(manager)), S_OK);
        Ok(())
    })
}

/// Waits until a task other than the caller's is inside, and gives its number.
fn wait_for_a_guest(manager: &'static HostManager) -> u64 {
    wait_for("a guest inside", || {
        let mut inside = None;
        manager.core().for_each_task(|task| {
            if task.side == 1 && task.reverse_enters > task.reverse_leaves {
                inside = Some(task.id);
            }
        });
        inside
    })
}

#[test]
fn endless_loop_is_aborted() {
    for rude in [false, true] {
        let manager = manager(Config::DEFAULT);
        let host = Host::new(manager);
        let body = move || {
            let mut guest = Guest::new(Some(host), vec![act(|_| Ok(()))]);
            let error = guest.call("spin").expect_err("an abort");
            guest.run(0).expect("the next call is a new one");
            error
        };
        let thread = std::thread::spawn(body);
        let half = Half::of_task(manager, wait_for_a_guest(manager)).expect("introduced");
        half.set_task_identifier(4711);
        assert_eq!(if rude { half.rude_abort() } else { half.abort() }, S_OK);
        let error = thread.join().expect("no panic");
        assert_aborted(&error, rude);
        assert!(format!("{error:#}").contains("the host aborted task 4711 (ICLRTask::"), "{error:#}");
        assert_closed(manager);
    }
}

#[test]
fn abort_in_a_host_function_ends_the_guest_on_return() {
    let manager = manager(Config::DEFAULT);
    let mut guest =
        Guest::new(Some(Host::new(manager)), vec![request(manager, Half::abort), act(|_| Ok(()))]);
    assert_aborted(&guest.run(0).expect_err("an abort"), false);
    guest.run(1).expect("an abort happens once");
    assert_closed(manager);
}

#[test]
fn host_function_may_handle_an_abort() {
    let manager = manager(Config::DEFAULT);
    let handle = act(move |caller| {
        let run = export::<i32>(caller, "run");
        assert_aborted(&call(&mut *caller, &run, 1).expect_err("an abort"), false);
        call(caller, &run, 2)
    });
    let actions = vec![handle, request(manager, Half::abort), act(|_| Ok(()))];
    Guest::new(Some(Host::new(manager)), actions).run(0).expect("handled");
    assert_closed(manager);
}

#[test]
fn host_function_cannot_handle_a_rude_abort() {
    let manager = manager(Config::DEFAULT);
    let handle = act(move |caller| {
        let run = export::<i32>(caller, "run");
        assert_aborted(&call(&mut *caller, &run, 1).expect_err("an abort"), true);
        assert_aborted(&call(caller, &run, 2).expect_err("still"), true);
        Ok(())
    });
    let actions = vec![handle, request(manager, Half::rude_abort), act(|_| Ok(()))];
    let mut guest = Guest::new(Some(Host::new(manager)), actions);
    assert_aborted(&guest.run(0).expect_err("an abort"), true);
    guest.run(2).expect("nothing of it is left");
    assert_closed(manager);
}

#[test]
fn abort_outside_every_guest_refuses_the_next_call() {
    for rude in [false, true] {
        let manager = manager(Config::DEFAULT);
        let mut guest = Guest::new(Some(Host::new(manager)), vec![act(|_| Ok(()))]);
        guest.run(0).expect("the call");
        let half = Half::of_this_thread(manager);
        assert_eq!(if rude { half.rude_abort() } else { half.abort() }, S_OK);
        assert_aborted(&guest.run(0).expect_err("an abort"), rude);
        guest.run(0).expect("once");
        assert_closed(manager);
    }
}

#[test]
fn delayed_abort_waits_for_the_end_of_the_delay() {
    let manager = manager(Config::DEFAULT);
    let delayed = act(move |caller| {
        let half = Half::of_this_thread(manager);
        assert_eq!((half.begin_prevent_async_abort(), half.abort()), (S_OK, S_OK));
        let run = export::<i32>(caller, "run");
        call(&mut *caller, &run, 1).expect("not yet");
        assert_eq!(half.end_prevent_async_abort(), S_OK);
        assert_aborted(&call(caller, &run, 1).expect_err("now"), false);
        Ok(())
    });
    Guest::new(Some(Host::new(manager)), vec![delayed, act(|_| Ok(()))]).run(0).expect("handled");
    assert_closed(manager);
}

#[test]
fn endless_loop_is_a_laggard_until_it_is_asked_to_yield() {
    let manager = manager(Config::DEFAULT);
    let host = Host::new(manager);
    let body = move || Guest::new(Some(host), Vec::new()).call("spin").expect_err("an abort");
    let thread = std::thread::spawn(body);
    let id = wait_for_a_guest(manager);
    let half = Half::of_task(manager, id).expect("introduced");

    let late = manager.core().pause(1).map(drop).expect_err("the guest never comes out");
    assert_eq!(late.error, Error::Timeout);
    assert_eq!(late.report.named_laggards().iter().map(|laggard| laggard.id).collect::<Vec<_>>(), [id]);

    std::thread::scope(|scope| {
        let pauser = scope.spawn(|| manager.core().pause(u32::MAX).map(std::mem::forget).is_ok());
        // A request that came before the gate closed is spent without effect: ask until the pause has come about.
        while !pauser.is_finished() {
            assert!(half.yield_task() >= 0);
            std::thread::yield_now();
        }
        assert!(pauser.join().expect("no panic"), "everybody is outside");
    });
    // The guest is outside before it is held, and may still be on its way to the gate.
    wait_for_a_held_task(manager);
    let before = manager.core().totals();
    for _ in 0..1_000 {
        std::thread::yield_now();
    }
    assert_eq!(manager.core().totals(), before);

    manager.core().resume().expect("paused");
    assert_eq!(half.abort(), S_OK);
    assert_aborted(&thread.join().expect("no panic"), false);
    assert_closed(manager);
}

#[test]
fn host_that_delays_aborts_aborts_nothing() {
    let manager = manager(Config::DEFAULT);
    let protected = act(move |_| {
        manager.core().begin_delay_abort().expect("not open");
        let id = only_task(manager).id;
        // SAFETY: a manager of this library.
        assert_eq!(unsafe { tollgate_task_abort(manager.as_raw(), id) }, HOST_E_INVALIDOPERATION);
        manager.core().end_delay_abort().expect("open");
        // SAFETY: as above.
        assert_eq!(unsafe { tollgate_task_abort(manager.as_raw(), id) }, S_OK);
        Ok(())
    });
    let mut guest = Guest::new(Some(Host::new(manager)), vec![protected]);
    assert_aborted(&guest.run(0).expect_err("an abort"), false);
    assert_closed(manager);
}
