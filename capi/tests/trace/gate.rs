//! The events of the gate, and of those whom it holds.

use tollgate_capi::exports::*;
use tollgate_capi::{HOST_E_CLRNOTAVAILABLE, HOST_E_NOT_OWNER, HOST_E_TIMEOUT, S_OK};
use tollgate_core::trace::*;

use crate::common::{Actor, FOREVER, hold, in_every_world};
use crate::drained::{drain, of_manager, of_task, start};

#[test]
fn the_gate_tells_who_was_held_and_what_became_of_it() {
    in_every_world(|world| {
        let host = world.host_with(tollgate_config { gate_timeout_ms: 600_000, ..Default::default() });
        let task = Actor::new();
        assert_eq!(task.run(move || host.leave(1)), S_OK);
        start(host);
        drain(host);
        assert_eq!(host.pause(FOREVER).0, S_OK);
        let enter = task.start(move || host.enter());
        host.wait_for_held(1);
        assert_eq!(host.resume(), S_OK);
        assert_eq!(enter.get(), S_OK);
        assert_eq!(task.run(move || host.enter()), HOST_E_NOT_OWNER);
        let records = drain(host).0;
        assert_eq!(
            of_task(&records, 1),
            [(TRACE_HELD, 0, 1), (TRACE_ADMITTED, 0, 0), (TRACE_ENTER, 0, 0), (TRACE_REFUSED, 1 << 8 | 1, 0)]
        );
        let manager: Vec<_> = of_task(&records, 0).iter().map(|(kind, _, depth)| (*kind, *depth)).collect();
        assert_eq!(manager, [(TRACE_PAUSE_BEGINS, 0), (TRACE_PAUSE_HOLDS, 1), (TRACE_RESUMED, 0)]);
        let admitted = records.iter().find(|record| record.kind == TRACE_RESUMED);
        assert_eq!(admitted.map(|record| record.value), Some(1));
        // Inside: a pause with a limit gives up.
        assert_eq!(host.pause(1).0, HOST_E_TIMEOUT);
        let records = drain(host).0;
        assert_eq!(of_manager(&records), [TRACE_PAUSE_BEGINS, TRACE_PAUSE_FAILS, TRACE_RESUMED]);
        assert_eq!(task.run(move || host.leave(2)), S_OK);
        assert_eq!(host.shutdown(FOREVER).0, S_OK);
        assert_eq!(task.run(move || host.enter()), HOST_E_CLRNOTAVAILABLE);
        let records = drain(host).0;
        assert_eq!(of_task(&records, 1), [(TRACE_LEAVE, 2, 1), (TRACE_REFUSED, 2 << 8 | 1, 1)]);
        assert_eq!(of_manager(&records), [TRACE_SHUT_DOWN]);
        assert_eq!(host.fail(), S_OK);
        assert_eq!(of_manager(&drain(host).0), [TRACE_FAILED]);
    });
}

#[test]
fn a_gate_that_closes_again_and_again_is_traced_whole() {
    in_every_world(|world| {
        let host = world.host();
        start(host);
        drain(host);
        let witness = Actor::new();
        for _ in 0..20 {
            assert_eq!(host.pause(FOREVER).0, S_OK);
            let held = hold(host, &witness);
            assert_eq!(host.resume(), S_OK);
            assert_eq!(held.get(), S_OK);
            assert_eq!(witness.run(move || host.reverse_leave()), S_OK);
            let (records, lost) = drain(host);
            assert_eq!(lost, 0);
            assert_eq!(of_manager(&records), [TRACE_PAUSE_BEGINS, TRACE_PAUSE_HOLDS, TRACE_RESUMED]);
            let held: Vec<_> = records.iter().filter(|r| r.kind == TRACE_HELD).collect();
            let admitted: Vec<_> = records.iter().filter(|r| r.kind == TRACE_ADMITTED).collect();
            assert_eq!((held.len(), admitted.len()), (1, 1));
            let resumed = records.iter().find(|r| r.kind == TRACE_RESUMED).expect("a resume");
            assert!(held[0].time_ns <= admitted[0].time_ns && resumed.value == 1);
        }
    });
}
