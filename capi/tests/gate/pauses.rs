//! Pausing and resuming: who is held, who is not, how pauses nest.

use tollgate_capi::exports::{TOLLGATE_POLICY_OBSERVE, tollgate_config};
use tollgate_capi::{HOST_E_DEADLOCK, HOST_E_INVALIDOPERATION, HOST_E_NOT_OWNER, HOST_E_TIMEOUT, S_OK};

use crate::common::{Actor, FOREVER, Host, hold, in_every_world};

#[test]
fn inward_calls_are_held_and_outward_ones_are_not() {
    in_every_world(|world| {
        let host = world.host();
        let [a, b, c] = [Actor::new(), Actor::new(), Actor::new()];
        assert_eq!(a.run(move || host.leave(1)), S_OK);
        assert_eq!(b.run(move || [host.reverse_enter(), host.reverse_leave()]), [S_OK; 2]);
        assert_eq!(c.run(move || host.leave(1)), S_OK);
        assert_eq!(host.pause(FOREVER).0, S_OK);
        assert_eq!(c.run(move || [host.leave(2), host.enter()]), [S_OK; 2], "stays outside");
        let held = [
            a.start(move || host.enter()),
            b.start(move || host.reverse_enter()),
            c.start(move || host.enter()),
        ];
        host.wait_for_held(3);
        assert!(host.snapshot().iter().all(|task| task.side == 0), "nobody is inside");
        let before = host.totals();
        assert_eq!(host.totals(), before, "nothing moves");
        assert_eq!(host.resume(), S_OK);
        assert_eq!(held.map(|call| call.get()), [S_OK; 3]);
        host.assert_quiet();
    });
}

#[test]
fn a_task_that_is_inside_moves_on_during_a_pause() {
    in_every_world(|world| {
        let host = world.host();
        let [inside, pauser, witness] = [Actor::new(), Actor::new(), Actor::new()];
        assert_eq!(inside.run(move || host.reverse_enter()), S_OK);
        let mut pause = pauser.start(move || host.pause(FOREVER));
        let held = hold(host, &witness);
        let passes = move || [host.reverse_enter(), host.reverse_leave()];
        assert_eq!(inside.run(passes), [S_OK; 2], "from inside to inside");
        assert!(pause.is_waiting());
        assert_eq!(inside.run(move || [host.leave(1), host.leave(2), host.enter()]), [S_OK; 3], "outside");
        let (result, report) = pause.get();
        assert_eq!((result, report.tasks_held, report.laggard_count), (S_OK, 1, 0));
        assert!(report.waited_ns <= report.duration_ns);
        assert_eq!(host.resume(), S_OK);
        assert_eq!([held.get(), inside.run(move || host.enter())], [S_OK; 2]);
        host.assert_quiet();
    });
}

#[test]
fn nested_pauses_open_with_the_last_resume() {
    in_every_world(|world| {
        let host = world.host();
        let task = Actor::new();
        assert_eq!(task.run(move || host.leave(1)), S_OK);
        assert_eq!([host.pause(FOREVER).0, host.pause(FOREVER).0], [S_OK; 2]);
        let mut held = task.start(move || host.enter());
        host.wait_for_held(1);
        let (result, report) = host.pause(FOREVER);
        assert_eq!((result, report.tasks_held), (S_OK, 1));
        for _ in 0..2 {
            assert_eq!(host.resume(), S_OK);
            assert_eq!(host.core().tasks_held(), 1);
            assert!(held.is_waiting());
        }
        assert_eq!(host.resume(), S_OK);
        assert_eq!(held.get(), S_OK);
        assert_eq!(host.resume(), HOST_E_NOT_OWNER);
        host.assert_quiet();
    });
}

#[test]
fn pauses_of_several_threads_add_up() {
    in_every_world(|world| {
        let host = world.host();
        let pausers = [Actor::new(), Actor::new(), Actor::new()];
        let task = Actor::new();
        assert_eq!(task.run(move || host.leave(1)), S_OK);
        let pauses: Vec<_> = pausers.iter().map(|p| p.start(move || host.pause(FOREVER).0)).collect();
        pauses.into_iter().for_each(|pause| assert_eq!(pause.get(), S_OK));
        let mut held = task.start(move || host.enter());
        host.wait_for_held(1);
        for (still_held, pauser) in [1, 1, 0].into_iter().zip(&pausers) {
            assert!(held.is_waiting());
            assert_eq!(pauser.run(move || host.resume()), S_OK);
            assert_eq!(host.core().tasks_held(), still_held);
        }
        assert_eq!(held.get(), S_OK);
        host.assert_quiet();
    });
}

#[test]
fn every_manager_has_a_gate_of_its_own() {
    in_every_world(|world| {
        let [first, second] = [world.host(), world.host()];
        let [task, both] = [Actor::new(), Actor::new()];
        assert_eq!(task.run(move || second.reverse_enter()), S_OK);
        assert_eq!(both.run(move || [first.leave(1), second.leave(1)]), [S_OK; 2]);
        assert_eq!(first.pause(FOREVER).0, S_OK);
        assert_eq!(second.pause(0).0, HOST_E_TIMEOUT, "its own task is inside");
        assert_eq!(second.resume(), HOST_E_NOT_OWNER);
        assert_eq!(both.run(move || second.enter()), S_OK, "open");
        let mut held = both.start(move || first.enter());
        first.wait_for_held(1);
        assert_eq!(second.core().tasks_held(), 0);
        assert!(held.is_waiting());
        assert_eq!(first.resume(), S_OK);
        assert_eq!(held.get(), S_OK);
        first.assert_quiet();
        second.assert_quiet();
    });
}

#[test]
fn the_256th_nested_pause_is_refused() {
    in_every_world(|world| {
        let host = world.host();
        for _ in 0..255 {
            assert_eq!(host.pause(FOREVER).0, S_OK);
        }
        assert_eq!(host.pause(FOREVER).0, HOST_E_INVALIDOPERATION);
        for _ in 0..255 {
            assert_eq!(host.resume(), S_OK);
        }
        assert_eq!(host.resume(), HOST_E_NOT_OWNER);
        assert_eq!([host.reverse_enter(), host.reverse_leave()], [S_OK; 2]);
    });
}

#[test]
fn a_thread_that_is_inside_cannot_pause() {
    in_every_world(|world| {
        let host = world.host();
        assert_eq!(host.reverse_enter(), S_OK);
        assert_eq!(host.pause(FOREVER).0, HOST_E_DEADLOCK);
        assert_eq!(host.shutdown(FOREVER).0, HOST_E_DEADLOCK);
        assert_eq!([host.leave(1), host.enter()], [S_OK; 2], "the gate is open, and nothing was shut down");
        assert_eq!(host.leave(1), S_OK);
        assert_eq!([host.pause(FOREVER).0, host.resume()], [S_OK; 2], "outside it can");
        assert_eq!([host.enter(), host.reverse_leave()], [S_OK; 2]);
        host.assert_quiet();
    });
}

#[test]
fn resuming_without_a_pause_is_refused() {
    in_every_world(|world| {
        let host = world.host();
        assert_eq!(host.resume(), HOST_E_NOT_OWNER);
        assert_eq!(host.pause(FOREVER).0, S_OK);
        assert_eq!([host.resume(), host.resume()], [S_OK, HOST_E_NOT_OWNER]);
    });
}

#[test]
fn observing_managers_cannot_be_paused() {
    in_every_world(|world| {
        let observe = tollgate_config { policy: TOLLGATE_POLICY_OBSERVE, ..Default::default() };
        let host = world.host_with(observe);
        let controls: [fn(Host) -> i32; 5] = [
            |h| h.pause(FOREVER).0,
            |h| h.shutdown(FOREVER).0,
            Host::fail,
            |h| h.set_available(false),
            |h| h.set_available(true),
        ];
        for control in controls {
            assert_eq!(control(host), HOST_E_INVALIDOPERATION);
        }
        assert_eq!(host.resume(), HOST_E_NOT_OWNER, "there was no pause");
        assert_eq!([host.reverse_enter(), host.reverse_leave()], [S_OK; 2]);
    });
}

#[test]
fn a_gate_that_is_made_unavailable_while_paused_refuses_after_the_pause() {
    in_every_world(|world| {
        let host = world.host();
        let task = Actor::new();
        assert_eq!(task.run(move || host.leave(1)), S_OK);
        assert_eq!(host.pause(FOREVER).0, S_OK);
        let held = task.start(move || host.enter());
        host.wait_for_held(1);
        assert_eq!(host.set_available(false), S_OK);
        assert_eq!(host.resume(), S_OK);
        assert_eq!(held.get(), tollgate_capi::HOST_E_CLRNOTAVAILABLE);
        assert_eq!([host.pause(FOREVER).0, host.resume()], [S_OK; 2], "no admission was lost");
        assert_eq!(host.set_available(true), S_OK);
        assert_eq!(task.run(move || host.enter()), S_OK);
        host.assert_quiet();
    });
}

#[test]
fn the_guard_resumes_when_dropped() {
    in_every_world(|world| {
        let host = world.host();
        let task = Actor::new();
        assert_eq!(task.run(move || host.leave(1)), S_OK);
        let pause = host.core().pause(FOREVER).expect("nobody is inside");
        assert_eq!(pause.report().laggard_count, 0);
        let held = task.start(move || host.enter());
        host.wait_for_held(1);
        drop(pause);
        assert_eq!(held.get(), S_OK);
        assert_eq!(host.resume(), HOST_E_NOT_OWNER, "the guard has resumed");

        let error = host.core().pause(0).err().expect("the task is inside");
        assert_eq!(error.error, tollgate_core::Error::Timeout);
        let text = error.to_string();
        assert!(text.contains("task 1 ") && text.contains("inside"), "{text}");
        assert_eq!(host.resume(), HOST_E_NOT_OWNER);
    });
}
