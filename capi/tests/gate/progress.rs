//! A task that is parked goes in before the next pause begins, however soon that follows.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use tollgate_capi::S_OK;

use crate::common::over::Over;
use crate::common::{Actor, FOREVER, Host, in_every_world};

const TASKS: u32 = 5;
const ROUNDS: u32 = 100;

/// Enters of each task, by its id, from a snapshot taken while all are held.
fn enters(host: Host) -> Vec<(u64, u64)> {
    let mut enters: Vec<_> = host.snapshot().iter().map(|task| (task.id, task.enters)).collect();
    enters.sort_unstable();
    enters
}

/// Opens the gate where a panic has left it closed, for tasks that are held and that somebody waits for.
struct Opens(Host);

impl Drop for Opens {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.resume();
        }
    }
}

/// Each pauser in turn: with the gate closed and every task parked at it, opens and closes again at once.
fn every_task_moves_in_every_gap(host: Host, pausers: &[Actor]) {
    let stop = Arc::new(AtomicBool::new(false));
    let tasks: Vec<_> = (0..TASKS).map(|_| Actor::new()).collect();
    let crossings: Vec<_> = tasks
        .iter()
        .map(|task| {
            let stop = Arc::clone(&stop);
            task.start(move || {
                while !stop.load(Ordering::Relaxed) {
                    assert_eq!([host.leave(1), host.enter()], [S_OK; 2]);
                    // Others have something to do as well; more tasks than processors would only slow the test down.
                    std::thread::yield_now();
                }
                host.leave(1)
            })
        })
        .collect();
    // Left before the tasks' threads are.
    let (_opens, over) = (Opens(host), Over(&stop));
    assert_eq!(host.pause(FOREVER).0, S_OK);
    for round in 0..ROUNDS {
        host.wait_for_held(TASKS);
        let before = enters(host);
        let pauser = &pausers[round as usize % pausers.len()];
        let (resumed, paused) = pauser.run(move || (host.resume(), host.pause(FOREVER).0));
        assert_eq!((resumed, paused), (S_OK, S_OK));
        for (then, now) in before.iter().zip(enters(host)) {
            assert_eq!(then.0, now.0);
            assert!(now.1 > then.1, "task {} did not go in between two pauses of round {round}", now.0);
        }
    }
    drop(over);
    assert_eq!(host.resume(), S_OK);
    crossings.into_iter().for_each(|last| assert_eq!(last.get(), S_OK));
    host.assert_quiet();
}

#[test]
fn back_to_back_pauses_let_every_task_in_between() {
    in_every_world(|world| every_task_moves_in_every_gap(world.host(), &[Actor::new()]));
}

#[test]
fn back_to_back_pauses_of_several_threads_let_every_task_in_between() {
    in_every_world(|world| every_task_moves_in_every_gap(world.host(), &[(); 3].map(|_| Actor::new())));
}
