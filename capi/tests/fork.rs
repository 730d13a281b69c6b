//! Forks in the middle of traffic, of a pause and after the end: the child has one task and an open gate, the parent
//! notices nothing.

#![cfg(unix)]

mod common;

use std::ffi::c_void;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use common::child;
use common::over::Over;
use common::own_process::in_own_process;
use common::{Actor, FOREVER, Host, in_every_world, os_thread_id, wait_until};
use tollgate_capi::exports::{tollgate_after_fork_child, tollgate_config};
use tollgate_capi::{HOST_E_CLRNOTAVAILABLE, HOST_E_NOT_OWNER, S_OK};

/// Forks, and returns once the child has run `check` and ended as it should.
#[track_caller]
fn fork(check: impl FnOnce()) {
    child::fork(check).passes();
}

unsafe extern "system" fn cross(host: *mut c_void) -> u32 {
    // SAFETY: the host outlives the task, which is joined.
    let host = unsafe { *host.cast::<Host>() };
    u32::from([host.leave(1), host.enter()] != [S_OK; 2])
}

/// Goes in on a thread that ends at once, made without the standard library, whose locks a fork may meet.
fn on_short_thread(mut host: Host) {
    extern "C" fn enter(host: *mut c_void) -> *mut c_void {
        // SAFETY: the host outlives the thread, which is joined.
        let host = unsafe { *host.cast::<Host>() };
        assert_eq!(host.reverse_enter(), S_OK);
        std::ptr::null_mut()
    }
    let (mut thread, argument) = (std::mem::MaybeUninit::uninit(), (&raw mut host).cast());
    // SAFETY: a place for the thread, default attributes, and an argument that lives until it ends.
    let made = unsafe { libc::pthread_create(thread.as_mut_ptr(), std::ptr::null(), enter, argument) };
    assert_eq!(made, 0);
    // SAFETY: written by the call, which succeeded.
    let thread = unsafe { thread.assume_init() };
    // SAFETY: joined once.
    assert_eq!(unsafe { libc::pthread_join(thread, std::ptr::null_mut()) }, 0);
}

/// What must hold in any child of a thread whose task has `depth` open leaves or less.
fn check_child(host: Host, depth: u32) {
    tollgate_after_fork_child();
    let [own] = host.snapshot()[..] else { panic!("one task: {:?}", host.snapshot()) };
    assert_eq!((own.os_thread, own.depth), (os_thread_id(), depth));
    let totals = host.totals();
    assert_eq!(totals.tasks_live, 1);
    host.assert_quiet();
    assert_eq!(host.resume(), HOST_E_NOT_OWNER, "the gate is open");

    for _ in 0..3 {
        assert_eq!([host.reverse_enter(), host.leave(1), host.enter(), host.reverse_leave()], [S_OK; 4]);
    }
    assert_eq!(host.pause(FOREVER).0, S_OK);
    let [attaches, other] = [Actor::new(), Actor::new()];
    let held = [attaches.start(move || host.reverse_enter()), other.start(move || host.reverse_enter())];
    host.wait_for_held(2);
    assert_eq!(host.resume(), S_OK);
    assert_eq!(held.map(|call| call.get()), [S_OK; 2]);
    assert_eq!(host.snapshot().len(), 3);
    attaches.end();
    other.end();
    let (result, task) = host.create_task(Some(cross), (&raw const host).cast_mut().cast());
    assert_eq!([result, task.start(), task.join(FOREVER)], [S_OK; 3]);
    let after = host.totals();
    assert_eq!((after.tasks_live, after.tasks_attached), (1, totals.tasks_attached + 3));
    assert_eq!(after.leaves, totals.leaves + 3 + 1);
    host.assert_quiet();
}

#[test]
fn a_fork_in_the_middle_of_traffic() {
    in_every_world(|world| {
        let host = world.host();
        let stop = Arc::new(AtomicBool::new(false));
        let started = Arc::new(AtomicUsize::new(0));
        let repeat = |step: fn(Host)| {
            let (stop, started) = (Arc::clone(&stop), Arc::clone(&started));
            std::thread::spawn(move || {
                started.fetch_add(1, Ordering::Release);
                while !stop.load(Ordering::Relaxed) {
                    step(host);
                    std::thread::yield_now();
                }
            })
        };
        let crossing = |host: Host| {
            assert_eq!([host.reverse_enter(), host.leave(1), host.enter(), host.reverse_leave()], [S_OK; 4]);
        };
        let deep = |host: Host| {
            (0..70).for_each(|_| assert_eq!([host.reverse_enter(), host.leave(1)], [S_OK; 2]));
            (0..70).for_each(|_| assert_eq!([host.enter(), host.reverse_leave()], [S_OK; 2]));
        };
        let pausing = |host: Host| assert_eq!([host.pause(FOREVER).0, host.resume()], [S_OK; 2]);
        let short_lived = |host: Host| on_short_thread(host);
        let threads = [crossing, deep, pausing, short_lived].map(repeat);
        // The standard library's threads begin under a lock, which in the child nobody would release.
        wait_until("all threads run", || started.load(Ordering::Acquire) == threads.len());
        assert_eq!([host.leave(1), host.leave(2)], [S_OK; 2]);
        for _ in 0..40 {
            fork(|| check_child(host, 2));
        }
        stop.store(true, Ordering::Relaxed);
        threads.into_iter().for_each(|thread| thread.join().expect("the parent goes on"));
        assert_eq!([host.enter(), host.enter()], [S_OK; 2]);
        host.assert_quiet();
    });
}

#[test]
fn a_fork_in_the_middle_of_a_pause() {
    in_every_world(|world| {
        let host = world.host();
        let [a, b] = [Actor::new(), Actor::new()];
        assert_eq!(a.run(move || host.leave(1)), S_OK);
        assert_eq!([host.leave(1), host.pause(FOREVER).0, host.pause(FOREVER).0], [S_OK; 3]);
        let held = [a.start(move || host.enter()), b.start(move || host.reverse_enter())];
        host.wait_for_held(2);
        fork(|| check_child(host, 1));
        assert_eq!(host.core().tasks_held(), 2, "the parent is still paused");
        assert_eq!([host.resume(), host.resume()], [S_OK; 2]);
        assert_eq!(held.map(|call| call.get()), [S_OK; 2]);
        host.assert_quiet();
    });
}

#[test]
fn a_fork_by_a_thread_that_is_inside() {
    in_every_world(|world| {
        let host = world.host();
        assert_eq!(host.reverse_enter(), S_OK);
        fork(|| {
            tollgate_after_fork_child();
            assert_eq!(host.own_entry().side, 1, "still inside");
            let pauser = Actor::new();
            let pause = pauser.start(move || host.pause(FOREVER).0);
            assert_eq!(host.reverse_leave(), S_OK);
            assert_eq!(pause.get(), S_OK, "the one task has left");
            let (sender, gate_opens) = std::sync::mpsc::channel();
            let resumed = pauser.start(move || {
                host.wait_for_held(1);
                sender.send(host.resume())
            });
            assert_eq!(host.reverse_enter(), S_OK);
            assert_eq!((gate_opens.recv(), resumed.get()), (Ok(S_OK), Ok(())));
        });
        assert_eq!(host.reverse_leave(), S_OK);
        host.assert_quiet();
    });
}

#[test]
fn a_fork_by_a_thread_without_a_task() {
    in_every_world(|world| {
        let host = world.host();
        let inside = Actor::new();
        assert_eq!(inside.run(move || host.reverse_enter()), S_OK);
        fork(|| {
            tollgate_after_fork_child();
            assert!(host.snapshot().is_empty());
            let totals = host.totals();
            assert_eq!((totals.tasks_live, totals.closed_inside), (0, 1));
            assert_eq!([host.pause(FOREVER).0, host.resume(), host.reverse_enter()], [S_OK; 3]);
        });
        assert_eq!(inside.run(move || host.reverse_leave()), S_OK);
        host.assert_quiet();
    });
}

#[test]
fn what_was_shut_down_stays_so_in_the_child() {
    in_every_world(|world| {
        let host = world.host();
        assert_eq!(host.leave(1), S_OK);
        assert_eq!(host.shutdown(FOREVER).0, S_OK);
        fork(|| {
            tollgate_after_fork_child();
            assert_eq!([host.enter(), host.pause(0).0], [HOST_E_CLRNOTAVAILABLE; 2]);
            assert_eq!(host.leave(2), S_OK);
            host.assert_quiet();
        });
    });
}

fn host_of(most: u32) -> Host {
    Host::new(tollgate_config {
        struct_size: size_of::<tollgate_config>() as u32,
        max_tasks: most,
        ..Default::default()
    })
}

#[test]
fn cells_and_records_of_vanished_tasks_are_free_in_the_child() {
    in_own_process(&["few cells"], |_| {
        let host = host_of(4);
        assert_eq!(host.leave(1), S_OK);
        let threads = [(); 3].map(|()| Actor::new());
        for thread in &threads {
            // With a record each: a later task of the cell must not be taken for this one.
            assert_eq!(thread.run(move || [host.leave(1), host.current_task()]), [S_OK; 2]);
        }
        let ids: Vec<u64> = host.snapshot().iter().map(|task| task.id).collect();
        fork(|| {
            tollgate_after_fork_child();
            let own = host.own_entry().id;
            let threads = [(); 3].map(|()| Actor::new());
            for thread in &threads {
                assert_eq!(thread.run(move || [host.leave(2), host.enter()]), [S_OK; 2], "there is a cell");
                let (id, found) = thread.run(move || {
                    (host.own_entry().id, tollgate_core::current_task_of(host.core()).map(|task| task.id()))
                });
                assert_eq!(found, None, "nobody has asked for this task's record yet");
                assert!(!ids.contains(&id));
                assert_eq!(thread.run(move || host.current_task()), S_OK);
                let found =
                    thread.run(move || tollgate_core::current_task_of(host.core()).map(|task| task.id()));
                assert_eq!(found, Some(id));
            }
            for id in ids.iter().filter(|id| **id != own) {
                assert!(host.core().find_task(*id).is_none(), "task {id} is gone");
            }
        });
        threads.into_iter().for_each(Actor::end);
        host.assert_quiet();
    });
}

#[test]
fn every_manager_is_put_in_order_in_the_child() {
    in_own_process(&["three managers"], |_| {
        let hosts = [host_of(0), host_of(0), host_of(0)];
        let other = Actor::new();
        for host in hosts {
            assert_eq!(other.run(move || host.reverse_enter()), S_OK);
            assert_eq!(host.leave(1), S_OK);
        }
        fork(|| {
            tollgate_after_fork_child();
            for host in hosts {
                assert_eq!(host.snapshot().len(), 1, "the caller's task alone");
                assert_eq!([host.pause(0).0, host.resume()], [S_OK; 2], "nobody is inside");
            }
        });
        other.end();
    });
}

/// Whoever makes a manager has most to do while no other thread may: the cells of all others are armed. Forks meet it there.
#[test]
fn a_manager_can_be_made_in_the_child_whatever_another_thread_was_making() {
    in_own_process(&["many managers"], |_| {
        let host = host_of(0);
        assert_eq!(host.leave(1), S_OK);
        let (made, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
        std::thread::scope(|scope| {
            let _over = Over(&is_over);
            scope.spawn(|| {
                while !is_over.load(Ordering::Acquire) {
                    host_of(8);
                    made.fetch_add(1, Ordering::Release);
                }
            });
            wait_until("there are many", || made.load(Ordering::Acquire) > 100);
            for _ in 0..30 {
                fork(|| {
                    tollgate_after_fork_child();
                    let own = host_of(8);
                    assert_eq!([own.reverse_enter(), own.leave(2)], [S_OK; 2]);
                    assert_eq!([host.leave(3), host.enter(), host.enter()], [S_OK; 3]);
                    assert_eq!([own.enter(), own.reverse_leave()], [S_OK; 2]);
                });
            }
        });
        assert_eq!(host.enter(), S_OK);
    });
}
