//! Many threads, deep recursion, several stores on one thread.

use std::sync::Arc;
use std::sync::Mutex;

use tollgate_core::Config;
use tollgate_wasmtime::{Announce, Host, call};

use crate::common::*;

#[test]
fn counts_are_exact_over_several_threads() {
    const THREADS: u64 = 8;
    const ROUNDS: u64 = 2_000;
    let manager = manager(Config::DEFAULT);
    let host = Host::new(manager);
    let body = move || {
        let mut guest = Guest::new(Some(host), vec![then_run(1), then_run(2), act(|_| Ok(()))]);
        let run = guest.function::<i32, ()>("run");
        for _ in 0..ROUNDS {
            call(&mut guest.store, &run, 0).expect("the call");
        }
    };
    let threads: Vec<_> = (0..THREADS).map(|_| std::thread::spawn(body)).collect();
    for thread in threads {
        thread.join().expect("no panic");
    }
    let totals = manager.core().totals();
    let each = THREADS * ROUNDS * 3;
    assert_eq!(
        (totals.leaves, totals.enters, totals.reverse_enters, totals.reverse_leaves),
        (each, each, each, each)
    );
    // This thread has a task too: it gave the manager its runtime half.
    assert_eq!((totals.tasks_attached, totals.tasks_live), (THREADS + 1, 1));
    assert_closed(manager);
}

/// A guest and a host function that call each other `rounds` times.
fn recurse(manager: &'static tollgate_capi::HostManager, rounds: u32) -> wasmtime::Result<()> {
    let host = Host::new(manager);
    let left = Arc::new(Mutex::new(rounds));
    let down = act(move |caller| {
        let mut now = left.lock().expect("the count");
        *now -= 1;
        let done = *now == 0;
        drop(now);
        if done {
            let depth = manager.core().with_task(|task| task.depth()).expect("a task");
            assert_eq!(depth, 2 * rounds);
            return Ok(());
        }
        let run = export::<i32>(caller, "run");
        call(caller, &run, 0)
    });
    let body = move || Guest::new(Some(host), vec![down]).run(0);
    std::thread::Builder::new().stack_size(256 << 20).spawn(body).expect("a thread").join().expect("no panic")
}

#[test]
fn a_thousand_nested_calls_come_out_exact() {
    let manager = manager(Config::DEFAULT);
    recurse(manager, 1_000).expect("room for all");
    let totals = manager.core().totals();
    assert_eq!((totals.leaves, totals.reverse_enters), (1_000, 1_000));
    assert_closed(manager);
}

#[test]
fn more_levels_than_a_task_has_is_out_of_memory() {
    let manager = manager(Config::DEFAULT);
    let error = recurse(manager, 2_100).expect_err("4,096 levels and no more");
    let text = format!("{error:#}");
    assert!(text.contains("E_OUTOFMEMORY (0x8007000E)"), "{text}");
    let totals = manager.core().totals();
    assert_eq!((totals.leaves, totals.reverse_enters), (2_048, 2_048));
    assert_eq!((totals.enters, totals.reverse_leaves), (2_048, 2_048));
    assert_eq!((totals.open_outside, totals.open_inside), (0, 0));
}

#[test]
fn two_stores_interleave_on_one_thread() {
    let manager = manager(Config::DEFAULT);
    let (host, steps) = recording(manager, Announce::Defined);
    let inner = Arc::new(Mutex::new(Guest::new(Some(host), vec![act(|_| Ok(()))])));
    let into_other = act(move |_| inner.lock().expect("the other store").run(0));
    let mut outer = Guest::new(Some(host), vec![into_other]);
    outer.run(0).expect("the call");
    assert_eq!(
        steps.taken(),
        [ReverseEnter, Leave, ReverseEnter, Leave, Enter, ReverseLeave, Enter, ReverseLeave]
    );
    assert_eq!(only_task(manager).depth, 0);
    assert_closed(manager);
}

#[test]
fn two_managers_keep_separate_books_on_one_thread() {
    let (first, second) = (manager(Config::DEFAULT), manager(Config::DEFAULT));
    let inner = Arc::new(Mutex::new(Guest::new(Some(Host::new(second)), vec![act(|_| Ok(()))])));
    let into_other = act(move |_| {
        inner.lock().expect("the other store").run(0)?;
        inner.lock().expect("the other store").run(0)
    });
    let mut outer = Guest::new(Some(Host::new(first)), vec![into_other]);
    outer.run(0).expect("the call");
    for (manager, calls) in [(first, 1), (second, 2)] {
        let totals = manager.core().totals();
        assert_eq!((totals.leaves, totals.reverse_enters), (calls, calls));
        assert_closed(manager);
    }
}

#[test]
fn panic_through_stores_of_two_managers_is_repaired_in_both() {
    let (first, second) = (manager(Config::DEFAULT), manager(Config::DEFAULT));
    let inner = Mutex::new(Guest::new(Some(Host::new(second)), vec![act(|_| panic!("on purpose"))]));
    let into_other = act(move |_| inner.lock().expect("the other store").run(0));
    let mut outer = Guest::new(Some(Host::new(first)), vec![into_other]);
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(outer.run(0)))).expect_err("a panic");
    for manager in [first, second] {
        assert_eq!(only_task(manager).depth, 0);
        assert_closed(manager);
    }
}

#[test]
fn a_store_may_move_to_another_thread_between_calls() {
    let manager = manager(Config::DEFAULT);
    let mut guest = Guest::new(Some(Host::new(manager)), vec![act(|_| Ok(()))]);
    guest.run(0).expect("here");
    let body = move || guest.run(0).expect("there");
    std::thread::spawn(body).join().expect("no panic");
    assert_eq!(manager.core().totals().tasks_attached, 2);
    assert_closed(manager);
}
