//! Tasks that come and go while the gate is closed.

use std::ffi::c_void;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use tollgate_capi::{HOST_E_ABANDONED, HOST_E_CLRNOTAVAILABLE, HOST_E_NOT_OWNER, S_OK};

use crate::common::{Actor, FOREVER, hold, in_every_world};

#[test]
fn a_thread_that_attaches_during_a_pause_is_held_on_its_way_in() {
    in_every_world(|world| {
        let host = world.host();
        assert_eq!(host.pause(FOREVER).0, S_OK);
        let [leaves, calls_in, asks, returns] = [(); 4].map(|_| Actor::new());
        assert_eq!(leaves.run(move || host.leave(1)), S_OK, "from inside to outside");
        assert_eq!(asks.run(move || (host.current_task(), host.begin_affinity())), (S_OK, S_OK));
        assert_eq!(asks.run(move || (host.enter(), host.own_entry().side)), (HOST_E_NOT_OWNER, 0));
        let held = [
            leaves.start(move || host.enter()),
            calls_in.start(move || host.reverse_enter()),
            asks.start(move || host.reverse_enter()),
            // Its first call says that it was inside; it becomes so when the gate lets it.
            returns.start(move || host.reverse_leave()),
        ];
        host.wait_for_held(4);
        assert!(host.snapshot().iter().all(|task| task.side == 0));
        assert_eq!(host.resume(), S_OK);
        assert_eq!(held.map(|call| call.get()), [S_OK, S_OK, S_OK, HOST_E_NOT_OWNER]);
        assert!(host.snapshot().iter().all(|task| task.side == 1));
        host.assert_quiet();
    });
}

#[test]
fn threads_end_during_a_pause() {
    in_every_world(|world| {
        let host = world.host();
        let [outside, undetermined] = [Actor::new(), Actor::new()];
        assert_eq!(outside.run(move || host.leave(1)), S_OK);
        assert_eq!(undetermined.run(move || host.current_task()), S_OK);
        assert_eq!(host.pause(FOREVER).0, S_OK);
        outside.end();
        undetermined.end();
        let totals = host.totals();
        assert_eq!((totals.tasks_live, totals.closed_outside), (0, 1));
        assert_eq!(host.resume(), S_OK);
        host.assert_quiet();
    });
}

#[test]
fn a_task_that_ends_inside_lets_the_waiting_pauser_go_on() {
    in_every_world(|world| {
        let host = world.host();
        let [inside, witness, pauser] = [(); 3].map(|_| Actor::new());
        assert_eq!(inside.run(move || host.reverse_enter()), S_OK);
        let mut pause = pauser.start(move || host.pause(FOREVER));
        let held = hold(host, &witness);
        assert!(pause.is_waiting());
        inside.end();
        let (result, report) = pause.get();
        assert_eq!((result, report.laggard_count), (S_OK, 0));
        assert_eq!([host.resume(), held.get()], [S_OK; 2]);
        assert_eq!(host.totals().closed_inside, 1);
        host.assert_quiet();
    });
}

static RUNS: AtomicU32 = AtomicU32::new(0);

/// A start routine that says it ran.
unsafe extern "system" fn run(_: *mut c_void) -> u32 {
    RUNS.fetch_add(1, Ordering::AcqRel);
    0
}

#[test]
fn a_task_started_during_a_pause_is_held_before_its_start_routine() {
    in_every_world(|world| {
        let host = world.host();
        let (result, early) = host.create_task(Some(run), std::ptr::null_mut());
        assert_eq!(result, S_OK);
        assert_eq!(host.pause(FOREVER).0, S_OK, "a task that was not started is outside");
        let (result, late) = host.create_task(Some(run), std::ptr::null_mut());
        assert_eq!(result, S_OK);
        assert_eq!([early.start(), late.start()], [S_OK; 2]);
        host.wait_for_held(2);
        assert_eq!(RUNS.load(Ordering::Acquire), 0);
        assert_eq!(host.resume(), S_OK);
        assert_eq!([early.join(FOREVER), late.join(FOREVER)], [S_OK; 2]);
        assert_eq!(RUNS.load(Ordering::Acquire), 2);
        [early, late].into_iter().for_each(|task| assert!(task.release() <= 1));
        host.assert_quiet();
    });
}

#[test]
fn started_tasks_wait_until_the_manager_is_available() {
    in_every_world(|world| {
        let host = world.host();
        assert_eq!(host.set_available(false), S_OK);
        let tasks: Vec<_> = (0..8).map(|_| host.create_task(Some(run), std::ptr::null_mut()).1).collect();
        tasks.iter().for_each(|task| assert_eq!(task.start(), S_OK));
        // Time for some of them to be asleep when what they wait for comes; they may come later as well.
        std::thread::sleep(Duration::from_millis(20));
        assert_eq!(host.pause(FOREVER).0, S_OK);
        assert_eq!(RUNS.load(Ordering::Acquire), 0);
        assert_eq!(host.set_available(true), S_OK);
        host.wait_for_held(8);
        assert_eq!(RUNS.load(Ordering::Acquire), 0, "available, but paused");
        assert_eq!(host.resume(), S_OK);
        for task in tasks {
            assert_eq!(task.join(FOREVER), S_OK);
            assert!(task.release() <= 1);
        }
        assert_eq!(RUNS.load(Ordering::Acquire), 8);
    });
}

#[test]
fn a_task_held_before_its_start_routine_never_runs_it_after_a_shutdown() {
    in_every_world(|world| {
        let host = world.host();
        let (_, held) = host.create_task(Some(run), std::ptr::null_mut());
        assert_eq!(host.pause(FOREVER).0, S_OK);
        assert_eq!(held.start(), S_OK);
        host.wait_for_held(1);
        assert_eq!(host.shutdown(FOREVER).0, S_OK);
        assert_eq!(held.join(FOREVER), HOST_E_ABANDONED);
        let (result, late) = host.create_task(Some(run), std::ptr::null_mut());
        assert_eq!((result, late.start()), (S_OK, S_OK), "a start cannot fail");
        assert_eq!(late.join(FOREVER), HOST_E_ABANDONED);
        assert_eq!(RUNS.load(Ordering::Acquire), 0);
        [held, late].into_iter().for_each(|task| assert!(task.release() <= 1));
        assert_eq!(host.reverse_enter(), HOST_E_CLRNOTAVAILABLE);
        host.assert_quiet();
    });
}
