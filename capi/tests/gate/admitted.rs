//! A task that a resume has let through, and that is slow to go in: stopped while it was parked.

use tollgate_capi::{HOST_E_ABANDONED, HOST_E_CLRNOTAVAILABLE, HOST_E_TIMEOUT, HRESULT, S_OK};

use crate::common::os::Stopped;
use crate::common::{Actor, FOREVER, Host, Pending, in_every_world, os_thread_id};

/// A task that was parked at the gate, then stopped, then admitted.
fn admitted_and_stopped(host: Host, task: &Actor) -> (Pending<HRESULT>, Stopped) {
    let thread = task.run(move || (host.leave(1) == S_OK).then(os_thread_id)).expect("outward");
    assert_eq!(host.pause(FOREVER).0, S_OK);
    let held = task.start(move || host.enter());
    host.wait_for_held(1);
    let stopped = Stopped::new(thread);
    assert_eq!(host.resume(), S_OK);
    assert_eq!(host.core().tasks_held(), 0, "admitted");
    (held, stopped)
}

#[test]
fn the_next_pause_waits_until_an_admitted_task_has_gone_in_and_out() {
    in_every_world(|world| {
        let host = world.host();
        let [task, pauser] = [Actor::new(), Actor::new()];
        let (held, stopped) = admitted_and_stopped(host, &task);
        let (result, report) = host.pause(0);
        assert_eq!((result, report.laggard_count), (HOST_E_TIMEOUT, 0), "nobody is inside yet");
        let mut pause = pauser.start(move || host.pause(FOREVER));
        assert!(pause.is_waiting());
        stopped.release();
        assert_eq!(held.get(), S_OK, "it went in before the pause began");
        assert!(pause.is_waiting());
        assert_eq!(task.run(move || host.leave(1)), S_OK);
        assert_eq!((pause.get().0, host.resume()), (S_OK, S_OK));
        assert_eq!(task.run(move || host.enter()), S_OK);
        host.assert_quiet();
    });
}

#[test]
fn shutdown_does_not_wait_for_an_admitted_task_and_turns_it_away() {
    in_every_world(|world| {
        let host = world.host();
        let task = Actor::new();
        let (held, stopped) = admitted_and_stopped(host, &task);
        let (result, report) = host.shutdown(FOREVER);
        assert_eq!((result, report.laggard_count), (S_OK, 0));
        stopped.release();
        assert_eq!(held.get(), HOST_E_ABANDONED);
        let [entry] = host.snapshot()[..] else { panic!("one task") };
        assert_eq!((entry.side, entry.depth), (0, 1), "it is where it was");
        assert_eq!(task.run(move || host.enter()), HOST_E_CLRNOTAVAILABLE);
        host.assert_quiet();
    });
}
