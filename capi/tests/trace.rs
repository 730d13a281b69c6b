//! Tracing through the C functions: which events are recorded, in which order, and that none is lost unseen.

mod common;

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use common::{Actor, FOREVER, Host, hold, in_every_world, os_thread_id};
use tollgate_capi::exports::*;
use tollgate_capi::{
    E_INVALIDARG, E_POINTER, HOST_E_CLRNOTAVAILABLE, HOST_E_NOT_OWNER, HOST_E_TIMEOUT, S_FALSE, S_OK,
};
use tollgate_core::TraceRecord;
use tollgate_core::trace::*;

/// All records that no drain has had, and how many were lost.
fn drain(host: Host) -> (Vec<TraceRecord>, u64) {
    let (mut all, mut all_lost) = (Vec::new(), 0);
    loop {
        let mut records = vec![TraceRecord::default(); 100];
        let (mut count, mut lost) = (0, 0);
        let size = size_of::<TraceRecord>() as u32;
        // SAFETY: 100 records of that size.
        let result = unsafe {
            tollgate_trace_drain(host.raw(), records.as_mut_ptr(), size, 100, &mut count, &mut lost)
        };
        assert_eq!(result, S_OK);
        all.extend_from_slice(&records[..count as usize]);
        all_lost += lost;
        if count < 100 {
            return (all, all_lost);
        }
    }
}

fn start(host: Host) -> i32 {
    // SAFETY: a manager of this library.
    unsafe { tollgate_trace_start(host.raw()) }
}

fn stop(host: Host) -> i32 {
    // SAFETY: a manager of this library.
    unsafe { tollgate_trace_stop(host.raw()) }
}

/// Kind, value and depth of the events of one task, in their order.
fn of_task(records: &[TraceRecord], task: u64) -> Vec<(u32, u64, u32)> {
    let own = records.iter().filter(|record| record.task == task);
    let all: Vec<_> = own.collect();
    assert!(all.is_sorted_by_key(|record| record.time_ns), "events of a task come in their order");
    all.into_iter().map(|record| (record.kind, record.value, record.depth)).collect()
}

/// The kinds of the manager's own events.
fn of_manager(records: &[TraceRecord]) -> Vec<u32> {
    of_task(records, 0).into_iter().map(|(kind, ..)| kind).collect()
}

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
fn starting_and_stopping_twice_says_so() {
    in_every_world(|world| {
        let host = world.host();
        stop(host);
        assert_eq!([stop(host), start(host), start(host), stop(host)], [S_FALSE, S_OK, S_FALSE, S_OK]);
        assert_eq!([start(host), stop(host), stop(host)], [S_OK, S_OK, S_FALSE]);
    });
}

#[test]
fn what_is_overwritten_is_counted() {
    in_every_world(|world| {
        let host = world.host_with(tollgate_config { trace_records: 5, ..Default::default() });
        start(host);
        let (before, _) = drain(host);
        let mut all = before.len() as u64;
        for pair in 0..100 {
            assert_eq!([host.leave(pair), host.enter()], [S_OK; 2]);
        }
        stop(host);
        let (records, lost) = drain(host);
        let task = host.own_entry().id;
        // Five are rounded up to eight, and those are the newest.
        let newest: Vec<_> =
            (96..100).flat_map(|pair| [(TRACE_LEAVE, pair, 1), (TRACE_ENTER, 0, 0)]).collect();
        assert_eq!(of_task(&records, task), newest);
        all += records.len() as u64 + lost;
        // A start, a stop, the begin of a task and 200 transitions.
        assert_eq!(all, 1 + 1 + 1 + 200, "{lost} lost");
        assert_eq!(lost, 1 + 200 - 8);
    });
}

#[test]
fn a_task_without_a_ring_is_counted_as_lost() {
    in_every_world(|world| {
        let host = world.host_with(tollgate_config { trace_tasks: 1, ..Default::default() });
        start(host);
        assert_eq!([host.leave(1), host.enter()], [S_OK; 2]);
        let other = Actor::new();
        assert_eq!(other.run(move || [host.leave(2), host.enter()]), [S_OK; 2]);
        other.end();
        stop(host);
        let (records, lost) = drain(host);
        let own = of_task(&records, host.own_entry().id);
        assert_eq!(
            own.iter().map(|(kind, ..)| *kind).collect::<Vec<_>>(),
            [TRACE_TASK_BEGINS, TRACE_LEAVE, TRACE_ENTER]
        );
        assert_eq!(lost, 4, "begin, leave, enter and end of the other");
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
fn the_gate_tells_who_was_held_and_what_became_of_it() {
    in_every_world(|world| {
        let host = world.host_with(tollgate_config { gate_timeout_ms: 60_000, ..Default::default() });
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
fn every_event_is_drained_or_counted_while_threads_run() {
    in_every_world(|world| {
        const THREADS: u64 = 3;
        const PAIRS: u64 = 20_000;
        let host = world.host_with(tollgate_config { trace_records: 256, ..Default::default() });
        start(host);
        let is_over = AtomicBool::new(false);
        let (mut all, mut all_lost) = (Vec::new(), 0);
        thread::scope(|scope| {
            let threads: Vec<_> = (0..THREADS)
                .map(|_| {
                    scope.spawn(|| {
                        (0..PAIRS)
                            .for_each(|n| assert_eq!([host.leave(n as usize), host.enter()], [S_OK; 2]));
                    })
                })
                .collect();
            let drains = scope.spawn(|| {
                let (mut all, mut all_lost) = (Vec::new(), 0);
                loop {
                    let last = is_over.load(Ordering::Acquire);
                    let (records, lost) = drain(host);
                    all.extend(records);
                    all_lost += lost;
                    if last {
                        return (all, all_lost);
                    }
                }
            });
            threads.into_iter().for_each(|thread| thread.join().expect("no transition fails"));
            is_over.store(true, Ordering::Release);
            (all, all_lost) = drains.join().expect("no drain fails");
        });
        // Threads of a scope may still be ending.
        let ends = all.iter().filter(|record| record.kind == TRACE_TASK_ENDS).count() as u64;
        let events = THREADS * (PAIRS * 2 + 1) + 1;
        let known = all.len() as u64 - ends + all_lost;
        assert!(known >= events && known <= events + THREADS - ends, "{known} of {events}, {all_lost} lost");
        for task in 1..=THREADS {
            // Where nothing was lost in between, targets and depths follow each other.
            let records = of_task(&all, task);
            let transitions = records.iter().filter(|(kind, ..)| *kind <= TRACE_ENTER);
            assert!(transitions.clone().all(|(kind, _, depth)| *depth == u32::from(*kind == TRACE_LEAVE)));
            let targets = transitions.filter(|(kind, ..)| *kind == TRACE_LEAVE).map(|(_, target, _)| *target);
            assert!(targets.is_sorted_by(|a, b| a < b), "targets of a task come once, in their order");
        }
    });
}

#[test]
fn starts_and_stops_under_load_leave_nothing_half() {
    in_every_world(|world| {
        let host = world.host_with(tollgate_config { trace_records: 64, ..Default::default() });
        let is_over = AtomicBool::new(false);
        thread::scope(|scope| {
            let threads: Vec<_> = (0..2)
                .map(|_| {
                    scope.spawn(|| {
                        while !is_over.load(Ordering::Acquire) {
                            assert_eq!([host.leave(5), host.reverse_enter()], [S_OK; 2]);
                            assert_eq!([host.reverse_leave(), host.enter()], [S_OK; 2]);
                        }
                    })
                })
                .collect();
            for _ in 0..300 {
                start(host);
                // A start that has returned is obeyed by every later transition, that of this thread for one.
                assert_eq!([host.leave(77), host.enter()], [S_OK; 2]);
                stop(host);
                let (records, _) = drain(host);
                assert_eq!(records.iter().filter(|record| record.value == 77).count(), 1);
                for record in records {
                    let depth = match (record.kind, record.value) {
                        (TRACE_LEAVE, 5 | 77) | (TRACE_REVERSE_LEAVE, 0) => 1,
                        (TRACE_REVERSE_ENTER, 0) => 2,
                        (TRACE_ENTER, 0) | (TRACE_STARTED | TRACE_STOPPED, 0) => 0,
                        (TRACE_TASK_BEGINS, _) => 0,
                        other => panic!("a record of {other:?}"),
                    };
                    assert_eq!(record.depth, depth);
                }
            }
            is_over.store(true, Ordering::Release);
            threads.into_iter().for_each(|thread| thread.join().expect("no transition fails"));
        });
        host.assert_quiet();
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

#[cfg(unix)]
#[test]
fn a_child_of_a_fork_has_no_trace() {
    in_every_world(|world| {
        let host = world.host();
        start(host);
        assert_eq!(host.leave(1), S_OK);
        let child = common::child::fork(|| {
            tollgate_after_fork_child();
            assert_eq!(drain(host), (vec![], 0));
            assert_eq!([host.enter(), stop(host), start(host), host.leave(9)], [S_OK, S_FALSE, S_OK, S_OK]);
            let (records, lost) = drain(host);
            assert_eq!((of_task(&records, host.own_entry().id), lost), (vec![(TRACE_LEAVE, 9, 1)], 0));
        });
        child.passes();
        assert_eq!(host.enter(), S_OK);
        let (records, lost) = drain(host);
        let own = of_task(&records, host.own_entry().id);
        assert_eq!((own.last(), lost), (Some(&(TRACE_ENTER, 0, 0)), 0), "the parent's goes on");
    });
}

#[test]
fn bad_arguments_are_refused() {
    let host = Host::new(tollgate_config { struct_size: 28, ..Default::default() });
    let (mut records, mut count, mut lost) = ([TraceRecord::default(); 2], 7, 7);
    let null = std::ptr::null_mut();
    // SAFETY: pointers are null or good, here and below.
    assert_eq!(unsafe { tollgate_trace_start(null) }, E_POINTER);
    // SAFETY: as above.
    assert_eq!(unsafe { tollgate_trace_stop(null) }, E_POINTER);
    let mut call = |host, records, size, capacity| {
        (count, lost) = (7, 7);
        // SAFETY: as above.
        let result = unsafe { tollgate_trace_drain(host, records, size, capacity, &mut count, &mut lost) };
        assert_eq!((count, lost), (0, 0));
        result
    };
    let [good, none] = [records.as_mut_ptr(), std::ptr::null_mut()];
    assert_eq!(call(null, good, 32, 2), E_POINTER);
    assert_eq!(call(host.raw(), none, 32, 2), E_POINTER);
    assert_eq!(call(host.raw(), good, 23, 2), E_INVALIDARG);
    assert_eq!(call(host.raw(), good, 24, 2), S_OK);
    assert_eq!(call(host.raw(), none, 0, 0), S_OK);
    // SAFETY: as above.
    let result = unsafe { tollgate_trace_drain(host.raw(), good, 32, 2, std::ptr::null_mut(), &mut lost) };
    assert_eq!(result, E_POINTER);
    // SAFETY: as above.
    let result = unsafe { tollgate_trace_drain(host.raw(), good, 32, 2, &mut count, std::ptr::null_mut()) };
    assert_eq!(result, S_OK);
    let too_many = tollgate_config { struct_size: 28, trace_records: (1 << 20) + 1, ..Default::default() };
    let mut out = std::ptr::dangling_mut();
    // SAFETY: as above.
    assert_eq!(unsafe { tollgate_manager_create(&too_many, &mut out) }, E_INVALIDARG);
    assert!(out.is_null());
}
