//! Tasks that move while another process looks at them.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::{env, process, thread};

use tollgate_capi::S_OK;
use tollgate_capi::exports::*;
use tollgate_core::info::TASK_UNSETTLED;
use tollgate_core::trace::{
    TRACE_ENTER, TRACE_LEAVE, TRACE_REVERSE_ENTER, TRACE_REVERSE_LEAVE, TRACE_TASK_BEGINS,
};
use tollgate_core::{TaskInfo, TraceRecord};

use crate::common::own_process::{in_own_process, this_program};
use crate::common::{Host, wait_until};
use crate::mapped::{Mapped, name_task, with_page};

/// Set in the process of a watcher: the process that it watches.
const WATCHED: &str = "TOLLGATE_TEST_WATCHED";

/// Watches this process from another one, which runs the test [`watcher`], and panics unless that passes.
fn be_watched() {
    let output = this_program()
        .args(["--exact", "live::watcher", "--nocapture"])
        .env(WATCHED, process::id().to_string())
        .env_remove("TOLLGATE_TEST_CASE")
        .output()
        .expect("this program starts again");
    let [printed, errors] =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    assert!(output.status.success() && printed.contains("1 passed"), "{}\n{printed}{errors}", output.status);
    print!("{printed}");
}

/// The other process of the tests below; by itself it watches nobody.
#[test]
fn watcher() {
    let Ok(pid) = env::var(WATCHED) else { return };
    let pid = pid.parse().expect("a number");
    let page = Mapped::open(pid, 1).expect("the page is made before the watcher is started");
    assert_eq!(page.view().pid(), u64::from(pid));
    let (mut settled, mut inside, mut outside) = (0, 0, 0);
    let mut ring_records = 0;
    let mut next = [0; 64];
    let mut lost = 0;
    while settled < 20_000 || ring_records < 20_000 {
        page.view().for_each_task(|task, name| {
            assert_eq!(name.as_str(), "crosses");
            if task.flags & TASK_UNSETTLED == 0 {
                check(task);
                settled += 1;
                inside += u32::from(task.side == 1);
                outside += u32::from(task.side == 0);
            }
        });
        for (ring, next) in next.iter_mut().enumerate().take(page.view().rings() as usize) {
            let (before, mut last, mut taken) = (*next, None, 0);
            let skipped = page.view().read_ring(ring as u32, next, |record| {
                if ring > 0 {
                    check_record(record, last);
                }
                // What comes after a gap follows nothing.
                last = Some(*record);
                taken += 1;
            });
            assert_eq!(before + taken + skipped, *next, "every record is read or counted, once");
            ring_records += taken;
            lost += skipped;
        }
        let totals = page.view().totals();
        assert!(totals.tasks_live <= totals.tasks_attached);
    }
    println!(
        "{settled} settled entries, {inside} inside, {outside} outside; {ring_records} records, {lost} lost"
    );
    assert!(inside > 0 && outside > 0);
}

/// Reverse_enter, leave, enter, reverse_leave; the target of each leave is its number.
fn cross(host: Host, number: usize) {
    assert_eq!([host.reverse_enter(), host.leave(number)], [S_OK; 2]);
    assert_eq!([host.enter(), host.reverse_leave()], [S_OK; 2]);
}

/// A settled entry is a moment of a task that crosses.
fn check(task: &TaskInfo) {
    let (leaves, open) = match (task.depth, task.directions) {
        (0, 1) => (task.enters, 0),
        (1, 0b11) => (task.enters, 1),
        (2, 0b110) => (task.enters + 1, 1),
        other => panic!("levels {other:?}"),
    };
    assert_eq!(
        (task.leaves, task.reverse_enters),
        (leaves, task.reverse_leaves + open),
        "of different moments"
    );
    assert_eq!(task.side, u32::from(task.depth == 1));
    if task.depth == 2 {
        assert_eq!(task.innermost_target(), Some(task.leaves), "the target of another leave");
    }
}

/// A record of a task that crosses, and what follows what without a gap in time order.
fn check_record(record: &TraceRecord, last: Option<TraceRecord>) {
    let fits = matches!(
        (record.kind, record.depth),
        (TRACE_REVERSE_ENTER, 1) | (TRACE_LEAVE, 2) | (TRACE_ENTER, 1) | (TRACE_REVERSE_LEAVE, 0)
    );
    let begins = record.kind == TRACE_TASK_BEGINS && record.depth == 0;
    assert!(fits || begins, "{record:?}");
    assert_eq!(record.kind == TRACE_LEAVE || begins, record.value != 0);
    if let Some(last) = last {
        assert!(last.time_ns <= record.time_ns && last.task == record.task);
    }
}

/// Two threads go in and out while another process reads their cells and their traces.
#[test]
fn live_tasks_are_consistent_in_another_process() {
    in_own_process(&["untraced first", "traced"], |case| {
        let host = with_page(tollgate_config { trace_records: 256, ..Default::default() });
        if case == "traced" {
            // SAFETY: a manager of this library.
            assert_eq!(unsafe { tollgate_trace_start(host.raw()) }, S_OK);
        }
        let (is_over, ready) = (AtomicBool::new(false), AtomicUsize::new(0));
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    assert_eq!(name_task(host, c"crosses"), S_OK);
                    ready.fetch_add(1, Ordering::Release);
                    for number in 1.. {
                        cross(host, number);
                        if is_over.load(Ordering::Relaxed) {
                            break;
                        }
                    }
                });
            }
            wait_until("both tasks have names", || ready.load(Ordering::Acquire) == 2);
            if case == "untraced first" {
                // Switched on while both sides are at work.
                scope.spawn(|| {
                    wait_until("some crossings", || host.totals().leaves > 1_000);
                    // SAFETY: a manager of this library.
                    assert_eq!(unsafe { tollgate_trace_start(host.raw()) }, S_OK);
                });
            }
            let watched = std::panic::catch_unwind(be_watched);
            is_over.store(true, Ordering::Relaxed);
            watched.expect("the watcher passes");
        });
        host.assert_quiet();
    });
}
