//! Every result that a transition can have, each for its documented cause.

use tollgate_capi::exports::{
    TOLLGATE_POLICY_OBSERVE, TOLLGATE_START_UNAVAILABLE, TOLLGATE_STRICT, tollgate_config,
};
use tollgate_capi::{
    E_FAIL, E_OUTOFMEMORY, HOST_E_ABANDONED, HOST_E_CLRNOTAVAILABLE, HOST_E_NOT_OWNER, HOST_E_TIMEOUT, S_OK,
};

use crate::common::{Actor, FOREVER, Host, HostTask, in_every_world};

/// The documented example: managed program, C function, managed method, C function, and back.
#[test]
fn the_nested_sequence_succeeds_with_its_depths() {
    in_every_world(|world| {
        let host = world.host();
        let mut depths = Vec::new();
        let mut step = |result| {
            assert_eq!(result, S_OK);
            depths.push(host.own_entry().depth);
        };
        step(host.leave(0xa));
        step(host.reverse_enter());
        step(host.leave(0xc));
        step(host.enter());
        step(host.reverse_leave());
        step(host.enter());
        assert_eq!(depths, [1, 2, 3, 2, 1, 0]);
        host.assert_quiet();
    });
}

#[test]
fn inward_calls_fail_until_the_manager_is_made_available() {
    in_every_world(|world| {
        let unavailable = tollgate_config { flags: TOLLGATE_START_UNAVAILABLE, ..Default::default() };
        let host = world.host_with(unavailable);
        assert_eq!(host.reverse_enter(), HOST_E_CLRNOTAVAILABLE);
        assert_eq!(host.leave(1), S_OK);
        assert_eq!(host.enter(), HOST_E_CLRNOTAVAILABLE);
        assert_eq!(host.own_entry().depth, 1, "a refused call changes nothing");

        assert_eq!(host.set_available(true), S_OK);
        assert_eq!([host.enter(), host.reverse_enter(), host.reverse_leave()], [S_OK; 3]);

        assert_eq!(host.set_available(false), S_OK);
        assert_eq!([host.leave(1), host.leave(2)], [S_OK; 2], "outward calls go on");
        assert_eq!(host.enter(), HOST_E_CLRNOTAVAILABLE);
        assert_eq!(host.reverse_enter(), HOST_E_CLRNOTAVAILABLE);
        assert_eq!(host.set_available(true), S_OK);
        assert_eq!([host.enter(), host.enter()], [S_OK; 2]);
        host.assert_quiet();
    });
}

#[test]
fn after_shutdown_inward_calls_fail_and_outward_ones_succeed() {
    in_every_world(|world| {
        let host = world.host();
        let inside = Actor::new();
        assert_eq!(
            inside.run(move || [host.reverse_enter(), host.leave(1), host.reverse_enter()]),
            [S_OK; 3]
        );
        assert_eq!(host.shutdown(0).0, HOST_E_TIMEOUT, "a task is inside");
        let drain = move || [host.reverse_leave(), host.enter(), host.leave(2), host.reverse_enter()];
        assert_eq!(inside.run(drain), [S_OK, HOST_E_CLRNOTAVAILABLE, S_OK, HOST_E_CLRNOTAVAILABLE]);
        assert_eq!(Actor::new().run(move || host.reverse_enter()), HOST_E_CLRNOTAVAILABLE, "a new thread");
        host.assert_quiet();
    });
}

#[test]
fn after_a_failure_every_call_fails_and_outward_ones_are_recorded() {
    in_every_world(|world| {
        let host = world.host();
        assert_eq!([host.leave(1), host.reverse_enter()], [S_OK; 2]);
        assert_eq!(host.fail(), S_OK);
        assert_eq!(host.leave(2), HOST_E_CLRNOTAVAILABLE);
        assert_eq!(host.own_entry().depth, 3, "the leave took place");
        assert_eq!([host.enter(), host.reverse_enter()], [HOST_E_CLRNOTAVAILABLE; 2]);
        assert_eq!(
            host.reverse_leave(),
            HOST_E_CLRNOTAVAILABLE,
            "does not fit either; the failure goes first"
        );
        assert_eq!(host.own_entry().depth, 3);
        assert_eq!(Actor::new().run(move || host.leave(1)), HOST_E_CLRNOTAVAILABLE, "a new thread");
        host.assert_quiet();
    });
}

#[test]
fn a_call_held_too_long_times_out_and_may_try_again() {
    in_every_world(|world| {
        let host = world.host_with(tollgate_config { gate_timeout_ms: 1, ..Default::default() });
        let task = Actor::new();
        assert_eq!(task.run(move || host.leave(1)), S_OK);
        assert_eq!(host.pause(FOREVER).0, S_OK);
        for inward in [Host::enter, Host::reverse_enter] {
            assert_eq!(task.run(move || inward(host)), HOST_E_TIMEOUT);
            assert_eq!(host.core().tasks_held(), 0);
        }
        let [entry] = host.snapshot()[..] else { panic!("one task") };
        assert_eq!((entry.depth, entry.enters, entry.reverse_enters), (1, 0, 0), "nothing has changed");
        assert_eq!(host.resume(), S_OK);
        assert_eq!(task.run(move || host.enter()), S_OK);
        host.assert_quiet();
    });
}

#[test]
fn calls_held_at_shutdown_are_abandoned() {
    in_every_world(|world| {
        let host = world.host();
        let [a, b] = [Actor::new(), Actor::new()];
        assert_eq!(a.run(move || host.leave(1)), S_OK);
        assert_eq!(host.pause(FOREVER).0, S_OK);
        let held = [a.start(move || host.enter()), b.start(move || host.reverse_enter())];
        host.wait_for_held(2);
        assert_eq!(host.shutdown(FOREVER).0, S_OK);
        assert_eq!(held.map(|call| call.get()), [HOST_E_ABANDONED; 2]);
        assert_eq!(a.run(move || host.enter()), HOST_E_CLRNOTAVAILABLE);
        host.assert_quiet();
    });
}

#[test]
fn calls_held_at_a_failure_fail() {
    in_every_world(|world| {
        let host = world.host();
        let task = Actor::new();
        assert_eq!(task.run(move || host.leave(1)), S_OK);
        assert_eq!(host.pause(FOREVER).0, S_OK);
        let held = task.start(move || host.enter());
        host.wait_for_held(1);
        assert_eq!(host.fail(), S_OK);
        assert_eq!(held.get(), E_FAIL);
        assert_eq!(task.run(move || host.enter()), HOST_E_CLRNOTAVAILABLE);
        host.assert_quiet();
    });
}

#[test]
fn closing_a_level_that_is_not_innermost_is_refused() {
    in_every_world(|world| {
        let host = world.host();
        assert_eq!(host.reverse_enter(), S_OK);
        assert_eq!(host.enter(), HOST_E_NOT_OWNER, "the innermost level is a reverse_enter");
        assert_eq!(host.leave(1), S_OK);
        assert_eq!(host.reverse_leave(), HOST_E_NOT_OWNER, "the innermost level is a leave");
        assert_eq!([host.enter(), host.reverse_leave()], [S_OK; 2]);
        assert_eq!(host.reverse_leave(), HOST_E_NOT_OWNER, "nothing is open");
        assert_eq!(host.enter(), HOST_E_NOT_OWNER, "nothing is open");
        let entry = host.own_entry();
        assert_eq!((entry.depth, entry.irregularities), (0, 4));
        host.assert_quiet();
    });
}

#[test]
fn a_first_call_that_closes_is_refused_and_tells_the_base() {
    in_every_world(|world| {
        let host = world.host();
        let enters = Actor::new();
        assert_eq!(enters.run(move || (host.enter(), host.own_entry().side)), (HOST_E_NOT_OWNER, 0));
        let leaves = Actor::new();
        let side = leaves.run(move || (host.reverse_leave(), host.own_entry().side));
        assert_eq!(side, (HOST_E_NOT_OWNER, 1));
        assert_eq!(host.pause(0).0, HOST_E_TIMEOUT, "the second one is inside");
        assert_eq!(leaves.run(move || host.leave(1)), S_OK);
        assert_eq!([host.pause(0).0, host.resume()], [S_OK; 2]);
        host.assert_quiet();
    });
}

#[test]
fn strict_managers_refuse_calls_from_the_wrong_side() {
    in_every_world(|world| {
        let host = world.host_with(tollgate_config { flags: TOLLGATE_STRICT, ..Default::default() });
        for _ in 0..3 {
            assert_eq!(host.leave(1), S_OK);
            assert_eq!(host.leave(2), HOST_E_NOT_OWNER, "outside already");
            assert_eq!(host.reverse_enter(), S_OK);
            assert_eq!(host.reverse_enter(), HOST_E_NOT_OWNER, "inside already");
            assert_eq!([host.reverse_leave(), host.enter()], [S_OK; 2]);
        }
        let entry = host.own_entry();
        assert_eq!((entry.depth, entry.irregularities), (0, 6));
        assert_eq!((entry.leaves, entry.reverse_enters), (3, 3));

        let lax = world.host();
        assert_eq!(
            [lax.leave(1), lax.leave(2), lax.enter(), lax.reverse_enter(), lax.reverse_enter()],
            [S_OK; 5]
        );
    });
}

#[test]
fn no_cell_for_a_new_task_is_out_of_memory() {
    in_every_world(|world| {
        let host = world.host_with(tollgate_config { max_tasks: 1, ..Default::default() });
        let first = Actor::new();
        assert_eq!(first.run(move || host.leave(1)), S_OK);
        let calls = [Host::enter, Host::reverse_enter, Host::reverse_leave, |h: Host| h.leave(1)];
        for call in calls {
            assert_eq!(call(host), E_OUTOFMEMORY);
        }
        assert_eq!(host.current_task(), E_OUTOFMEMORY);
        unsafe extern "system" fn never(_: *mut std::ffi::c_void) -> u32 {
            std::process::abort()
        }
        let (result, task): (_, HostTask) = host.create_task(Some(never), std::ptr::null_mut());
        assert_eq!((result, task.is_null()), (E_OUTOFMEMORY, true));
        first.end();
        assert_eq!(host.leave(1), S_OK, "the place is free again");
    });
}

#[test]
fn without_a_cell_observers_succeed_and_the_calls_are_counted() {
    in_every_world(|world| {
        let observe = tollgate_config { policy: TOLLGATE_POLICY_OBSERVE, max_tasks: 1, ..Default::default() };
        let host = world.host_with(observe);
        let first = Actor::new();
        assert_eq!(first.run(move || host.leave(1)), S_OK);
        assert_eq!([host.leave(1), host.enter(), host.reverse_enter(), host.reverse_leave()], [S_OK; 4]);
        let totals = host.totals();
        assert_eq!((totals.tasks_attached, totals.leaves, totals.unattributed), (1, 1, 4));
    });
}

#[test]
fn one_level_too_many_is_out_of_memory() {
    in_every_world(|world| {
        let host = world.host();
        for _ in 0..2048 {
            assert_eq!([host.leave(1), host.reverse_enter()], [S_OK; 2]);
        }
        assert_eq!([host.leave(1), host.reverse_enter()], [E_OUTOFMEMORY; 2]);
        assert_eq!(host.own_entry().depth, 4096);
        for _ in 0..2048 {
            assert_eq!([host.reverse_leave(), host.enter()], [S_OK; 2]);
        }
        assert_eq!(host.own_entry().depth, 0);
        host.assert_quiet();
    });
}

#[test]
fn observing_managers_answer_every_transition_with_success() {
    in_every_world(|world| {
        let observe = tollgate_config { policy: TOLLGATE_POLICY_OBSERVE, ..Default::default() };
        let host = world.host_with(observe);
        let calls = [Host::enter, Host::reverse_leave, Host::reverse_enter, |h: Host| h.leave(1)];
        for number in 0..4usize.pow(5) {
            for place in 0..5 {
                assert_eq!(calls[number >> (2 * place) & 3](host), S_OK);
            }
        }
        assert!(host.totals().irregularities > 0);
    });
}
