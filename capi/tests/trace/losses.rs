//! Every event is drained, or counted as lost.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use tollgate_capi::S_OK;
use tollgate_capi::exports::*;
use tollgate_core::trace::*;

use crate::common::over::Over;
use crate::common::{Actor, in_every_world};
use crate::drained::{drain, of_task, start, stop};

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
fn every_event_is_drained_or_counted_while_threads_run() {
    in_every_world(|world| {
        const THREADS: u64 = 3;
        const PAIRS: u64 = 20_000;
        let host = world.host_with(tollgate_config { trace_records: 256, ..Default::default() });
        start(host);
        let is_over = AtomicBool::new(false);
        let (mut all, mut all_lost) = (Vec::new(), 0);
        thread::scope(|scope| {
            let over = Over(&is_over);
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
            drop(over);
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
            let over = Over(&is_over);
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
            drop(over);
            threads.into_iter().for_each(|thread| thread.join().expect("no transition fails"));
        });
        host.assert_quiet();
    });
}
