//! The events of tasks: what is recorded, and in which order.

use tollgate_capi::S_OK;
use tollgate_capi::exports::*;
use tollgate_core::trace::*;

use crate::common::{Actor, in_every_world, os_thread_id};
use crate::drained::{drain, of_manager, of_task, start, stop};

#[test]
fn the_nested_sequence_leaves_its_records() {
    in_every_world(|world| {
        let host = world.host();
        assert_eq!([host.leave(1), host.enter()], [S_OK; 2]);
        let before = if start(host) == S_OK { 1 } else { 0 };
        drain(host);
        assert_eq!(
            [host.leave(0x1000), host.reverse_enter(), host.leave(0x2000)],
            [S_OK; 3],
            "managed code calls A, A calls B, B calls C"
        );
        assert_eq!([host.enter(), host.reverse_leave(), host.enter()], [S_OK; 3]);
        assert_eq!(stop(host), S_OK);
        assert_eq!([host.leave(3), host.enter()], [S_OK; 2]);
        let (records, lost) = drain(host);
        assert_eq!(lost, 0);
        let task = host.own_entry().id;
        assert_eq!(
            of_task(&records, task),
            [
                (TRACE_LEAVE, 0x1000, 1),
                (TRACE_REVERSE_ENTER, 0, 2),
                (TRACE_LEAVE, 0x2000, 3),
                (TRACE_ENTER, 0, 2),
                (TRACE_REVERSE_LEAVE, 0, 1),
                (TRACE_ENTER, 0, 0),
            ]
        );
        assert_eq!(of_manager(&records), [TRACE_STOPPED], "drained before: {before} start");
        assert_eq!(drain(host), (vec![], 0), "each record is drained once");
    });
}

#[test]
fn a_thread_that_has_ended_leaves_its_records() {
    in_every_world(|world| {
        let host = world.host();
        start(host);
        let ended = Actor::new();
        let thread = ended.run(move || {
            assert_eq!([host.reverse_enter(), host.leave(7)], [S_OK; 2]);
            os_thread_id()
        });
        ended.end();
        let (records, lost) = drain(host);
        assert_eq!(lost, 0);
        assert_eq!(
            of_task(&records, 1),
            [
                (TRACE_TASK_BEGINS, thread, 0),
                (TRACE_REVERSE_ENTER, 0, 1),
                (TRACE_LEAVE, 7, 2),
                (TRACE_TASK_ENDS, thread, 2),
            ]
        );
        // The next task has its cell and its ring.
        assert_eq!(host.leave(8), S_OK);
        assert_eq!(of_task(&drain(host).0, 2), [(TRACE_TASK_BEGINS, os_thread_id(), 0), (TRACE_LEAVE, 8, 1)]);
    });
}

#[test]
fn observe_records_what_changed_nothing() {
    in_every_world(|world| {
        let observe = tollgate_config { policy: TOLLGATE_POLICY_OBSERVE, ..Default::default() };
        let host = world.host_with(observe);
        start(host);
        // The other half of the first enter was never seen; the second one fits nothing.
        assert_eq!([host.enter(), host.enter(), host.leave(5), host.reverse_leave()], [S_OK; 4]);
        let (records, _) = drain(host);
        assert_eq!(
            of_task(&records, host.own_entry().id)[1..],
            [
                (TRACE_REFUSED, 1 << 8 | 1, 0),
                (TRACE_REFUSED, 1 << 8 | 1, 0),
                (TRACE_LEAVE, 5, 1),
                (TRACE_REFUSED, 1 << 8 | 3, 1)
            ]
        );
    });
}

#[test]
fn managers_have_traces_of_their_own() {
    in_every_world(|world| {
        let [one, other] = [world.host(), world.host()];
        for host in [one, other] {
            stop(host);
            drain(host);
        }
        assert_eq!(start(one), S_OK);
        assert_eq!([one.leave(1), other.leave(2), other.enter(), one.enter()], [S_OK; 4]);
        let (records, _) = drain(one);
        let targets: Vec<_> = records.iter().filter(|r| r.kind == TRACE_LEAVE).map(|r| r.value).collect();
        assert_eq!(targets, [1]);
        assert_eq!(drain(other), (vec![], 0));
        assert_eq!(start(other), S_OK);
        assert_eq!([one.leave(3), other.leave(4)], [S_OK; 2]);
        for (host, target) in [(one, 3), (other, 4)] {
            assert!(drain(host).0.iter().any(|r| (r.kind, r.value) == (TRACE_LEAVE, target)));
        }
    });
}
