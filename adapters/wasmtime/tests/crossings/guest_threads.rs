//! Guest threads made by the host: CreateTask, Start, Join.

use std::sync::Arc;

use tollgate_capi::{E_OUTOFMEMORY, HOST_E_ABANDONED};
use tollgate_core::{Config, PauseReport, Side};
use tollgate_wasmtime::{Aborted, Announce, Host, ThreadError};

use crate::common::*;
use crate::half::Half;

#[test]
fn result_comes_back_through_join() {
    let manager = manager(Config::DEFAULT);
    let host = Host::new(manager);
    let threads: Vec<_> = (0..4)
        .map(|number| {
            let body = move || {
                let mut guest = Guest::new(Some(host), vec![then_run(1), act(|_| Ok(()))]);
                guest.run(0).expect("the call");
                number
            };
            host.start_thread(0, body).expect("a thread")
        })
        .collect();
    let results: Vec<i32> = threads.into_iter().map(|thread| thread.join().expect("its result")).collect();
    assert_eq!(results, [0, 1, 2, 3]);
    let totals = manager.core().totals();
    assert_eq!((totals.leaves, totals.reverse_enters, totals.tasks_attached), (12, 8, 5));
    assert_closed(manager);
}

#[test]
fn body_of_a_guest_thread_is_native_code() {
    // Strict, so that a call into a guest from inside would be refused.
    let manager = manager(Config { strict: true, ..Config::DEFAULT });
    let (host, steps) = recording(manager, Announce::Defined);
    let body = move || {
        Guest::new(Some(host), vec![act(|_| Ok(()))]).run(0).expect("the call");
        manager.core().with_task(|task| (task.depth(), task.side())).expect("a task")
    };
    let thread = host.start_thread(0, body).expect("a thread");
    assert_eq!(thread.join(), Ok((1, Side::Outside)));
    let steps = steps.take();
    let transitions: Vec<_> = steps.iter().map(|step| step.transition).collect();
    assert_eq!(transitions, [Leave, ReverseEnter, Leave, Enter, ReverseLeave, Enter]);
    assert_eq!(name_of(&steps[0]), "(guest thread)");
    assert_closed(manager);
}

#[test]
fn rude_abort_ends_every_guest_of_a_guest_thread_and_no_more() {
    let manager = manager(Config::DEFAULT);
    let host = Host::new(manager);
    let body = move || {
        let abort = act(move |_| {
            assert_eq!(Half::of_this_thread(manager).rude_abort(), 0);
            Ok(())
        });
        let mut guest = Guest::new(Some(host), vec![then_run(1), abort, act(|_| Ok(()))]);
        let first = guest.run(0).expect_err("an abort").downcast_ref::<Aborted>().copied();
        (first.map(|aborted| aborted.rude), guest.run(2).is_ok())
    };
    assert_eq!(host.start_thread(0, body).expect("a thread").join(), Ok((Some(true), true)));
    assert_closed(manager);
}

#[test]
fn panic_in_a_guest_thread_is_its_result() {
    let host = Host::new(manager(Config::DEFAULT));
    let thread = host.start_thread(0, || std::panic::panic_any("on purpose")).expect("a thread");
    assert_eq!(thread.join(), Err::<(), _>(ThreadError::Panicked("on purpose".to_owned())));
}

#[test]
fn thread_beyond_the_limit_is_refused() {
    // The one task is this thread's.
    let host = Host::new(manager(Config { max_tasks: 1, ..Config::DEFAULT }));
    let refused = host.start_thread(0, || ()).err();
    assert_eq!(refused, Some(ThreadError::Host("CreateTask", E_OUTOFMEMORY)));
}

#[test]
fn thread_that_never_got_in_is_abandoned_and_leaves_nothing() {
    let manager = manager(Config::DEFAULT);
    let host = Host::new(manager);
    let owned = Arc::new(());
    let kept = Arc::clone(&owned);
    let pause = manager.core().pause(u32::MAX).expect("nobody is inside");
    let thread = host.start_thread(0, move || drop(kept)).expect("a thread");
    wait_for_a_held_task(manager);
    manager.core().shutdown(u32::MAX, &mut PauseReport::default()).expect("nobody is inside");
    assert_eq!(thread.join(), Err(ThreadError::Host("IHostTask::Join", HOST_E_ABANDONED)));
    assert_eq!(Arc::strong_count(&owned), 1);
    drop(pause);
}
