//! Shutdown and failure.

use tollgate_capi::{
    E_FAIL, HOST_E_ABANDONED, HOST_E_CLRNOTAVAILABLE, HOST_E_NOT_OWNER, HOST_E_TIMEOUT, S_OK,
};

use crate::common::{Actor, FOREVER, hold, in_every_world, os_thread_id, wait_until};

#[test]
fn shutdown_waits_for_tasks_to_drain() {
    in_every_world(|world| {
        let host = world.host();
        let [inside, ender] = [Actor::new(), Actor::new()];
        let thread = inside.run(move || (host.reverse_enter() == S_OK).then(os_thread_id));
        let (result, report) = host.shutdown(0);
        assert_eq!((result, report.laggard_count), (HOST_E_TIMEOUT, 1));
        assert_eq!(Some(report.laggards[0].os_thread), thread);
        let shutdown = ender.start(move || host.shutdown(FOREVER).0);
        assert_eq!(inside.run(move || host.reverse_leave()), S_OK);
        assert_eq!(shutdown.get(), S_OK);
        assert_eq!(host.shutdown(0).0, S_OK, "again, and nobody is inside");
        host.assert_quiet();
    });
}

#[test]
fn nothing_opens_the_gate_after_a_shutdown() {
    in_every_world(|world| {
        let host = world.host();
        assert_eq!(host.pause(FOREVER).0, S_OK);
        assert_eq!(host.shutdown(FOREVER).0, S_OK);
        assert_eq!(host.pause(FOREVER).0, HOST_E_CLRNOTAVAILABLE);
        assert_eq!(host.core().pause(0).err().map(|e| e.error), Some(tollgate_core::Error::Unavailable));
        assert_eq!(host.resume(), S_OK, "the pause from before");
        assert_eq!(host.resume(), HOST_E_NOT_OWNER);
        assert_eq!(host.set_available(true), S_OK);
        assert_eq!(host.reverse_enter(), HOST_E_CLRNOTAVAILABLE);
        assert_eq!(host.leave(1), S_OK);
        assert_eq!(host.enter(), HOST_E_CLRNOTAVAILABLE);
        assert_eq!(host.current_task(), S_OK, "methods that do not go in still answer");
        host.assert_quiet();
    });
}

#[test]
fn a_failure_after_a_shutdown_refuses_outward_calls_too() {
    in_every_world(|world| {
        let host = world.host();
        assert_eq!(host.reverse_enter(), S_OK);
        let ender = Actor::new();
        assert_eq!(ender.run(move || host.shutdown(0).0), HOST_E_TIMEOUT);
        assert_eq!([host.leave(1), host.enter()], [S_OK, HOST_E_CLRNOTAVAILABLE]);
        assert_eq!(host.fail(), S_OK);
        assert_eq!([host.leave(1), host.enter()], [HOST_E_CLRNOTAVAILABLE; 2]);
        assert_eq!(host.own_entry().depth, 3);
        assert_eq!(ender.run(move || host.pause(0).0), HOST_E_CLRNOTAVAILABLE);
        host.assert_quiet();
    });
}

#[test]
fn a_pause_that_waits_ends_when_its_laggard_leaves_after_a_failure() {
    in_every_world(|world| {
        let host = world.host();
        let [inside, pauser, witness] = [(); 3].map(|_| Actor::new());
        assert_eq!(inside.run(move || host.reverse_enter()), S_OK);
        let pause = pauser.start(move || host.pause(FOREVER).0);
        let held = hold(host, &witness);
        assert_eq!(host.fail(), S_OK);
        assert_eq!(held.get(), E_FAIL);
        assert_eq!(inside.run(move || host.reverse_leave()), HOST_E_CLRNOTAVAILABLE);
        assert_eq!(pause.get(), S_OK, "it was quiescence that was waited for");
        assert_eq!(host.resume(), S_OK);
        host.assert_quiet();
    });
}

#[test]
fn shutdown_reaches_every_held_task_at_once() {
    in_every_world(|world| {
        let host = world.host();
        let actors: Vec<_> = (0..12).map(|_| Actor::new()).collect();
        assert_eq!(host.pause(FOREVER).0, S_OK);
        let held: Vec<_> = actors.iter().map(|a| a.start(move || host.reverse_enter())).collect();
        host.wait_for_held(12);
        let (result, report) = host.shutdown(FOREVER);
        assert_eq!((result, report.laggard_count), (S_OK, 0));
        held.into_iter().for_each(|call| assert_eq!(call.get(), HOST_E_ABANDONED));
        wait_until("no task is held", || host.core().tasks_held() == 0);
        assert_eq!(host.resume(), S_OK);
        host.assert_quiet();
    });
}
