//! A second manager that comes while threads have tasks of the first: a call for the one must never count for the other.
//!
//! The first call of such a thread on the new manager begins on the cell of the old one, and is taken back.

mod common;

use common::own_process::in_own_process;
use common::{Actor, Call, FOREVER, Host, Pending};
use tollgate_capi::exports::tollgate_config;
use tollgate_capi::{HOST_E_NOT_OWNER, HOST_E_TIMEOUT, HRESULT, S_OK};

fn host(case: &str) -> Host {
    let flags = if case == "full fences" { tollgate_capi::exports::TOLLGATE_FULL_FENCES } else { 0 };
    Host::new(tollgate_config {
        struct_size: size_of::<tollgate_config>() as u32,
        flags,
        ..Default::default()
    })
}

const CALLS: [(Call, HRESULT); 4] = [
    (|host| host.leave(7), S_OK),
    (Host::enter, HOST_E_NOT_OWNER),
    (Host::reverse_enter, S_OK),
    (Host::reverse_leave, HOST_E_NOT_OWNER),
];

/// Ways for a thread to have got where it is.
const STATES: [fn(Host); 8] = [
    |host| assert_eq!(host.current_task(), S_OK),
    |host| assert_eq!([host.leave(1), host.enter()], [S_OK; 2]),
    |host| assert_eq!([host.leave(1), host.reverse_enter(), host.leave(2)], [S_OK; 3]),
    |host| assert_eq!([host.reverse_enter(), host.reverse_leave()], [S_OK; 2]),
    |host| assert_eq!([host.reverse_enter(), host.leave(1), host.reverse_enter()], [S_OK; 3]),
    |host| (0..31).for_each(|_| assert_eq!([host.leave(1), host.reverse_enter()], [S_OK; 2])),
    |host| (0..62).for_each(|_| assert_eq!(host.leave(1), S_OK)),
    |host| {
        // 63 levels were spilled by 32 and closed down to those.
        (0..63).for_each(|_| assert_eq!(host.reverse_enter(), S_OK));
        (0..31).for_each(|_| assert_eq!(host.reverse_leave(), S_OK));
    },
];

#[test]
fn a_call_for_the_second_manager_leaves_the_first_alone() {
    in_own_process(&["barrier", "full fences"], |case| {
        let first = host(case);
        let threads: Vec<_> = (0..STATES.len() * CALLS.len())
            .map(|number| {
                let thread = Actor::new();
                thread.run(move || STATES[number / CALLS.len()](first));
                thread
            })
            .collect();
        let before = first.snapshot();
        let second = host(case);
        for (number, thread) in threads.iter().enumerate() {
            let (call, expected) = CALLS[number % CALLS.len()];
            assert_eq!(thread.run(move || call(second)), expected, "thread {number}");
            assert_eq!(first.snapshot()[number], before[number], "thread {number}");
            let entry = thread.run(move || second.own_entry());
            assert_eq!(entry.depth, u32::from(expected == S_OK));
        }
        // In turns from here on, and every pair counts where it belongs.
        for (number, thread) in threads.iter().enumerate() {
            thread.run(move || {
                for _ in 0..100 {
                    assert_eq!([first.leave(1), second.reverse_enter(), first.reverse_enter()], [S_OK; 3]);
                    assert_eq!([second.leave(2), first.reverse_leave(), second.enter()], [S_OK; 3]);
                    assert_eq!([first.enter(), second.reverse_leave()], [S_OK; 2]);
                }
            });
            let (then, now) = (before[number], first.snapshot()[number]);
            assert_eq!(
                (now.depth, now.leaves, now.enters),
                (then.depth, then.leaves + 100, then.enters + 100)
            );
            assert_eq!(now.irregularities, 0);
        }
        drop(threads);
        for host in [first, second] {
            host.assert_quiet();
            assert_eq!(host.totals().tasks_live, 0);
        }
        assert_eq!(second.totals().irregularities, 2 * STATES.len() as u64);
    });
}

#[test]
fn a_task_inside_the_first_stays_there_however_it_ends() {
    in_own_process(&["barrier", "full fences"], |case| {
        let first = host(case);
        let [inside, pauser] = [Actor::new(), Actor::new()];
        assert_eq!(inside.run(move || first.reverse_enter()), S_OK);
        let second = host(case);
        let pause: Pending<HRESULT> = pauser.start(move || first.pause(FOREVER).0);
        // Paused, or about to be, and shut down: nothing that the call below might wait for would come.
        let witness = Actor::new();
        let held = common::hold(first, &witness);
        assert_eq!(first.shutdown(0).0, HOST_E_TIMEOUT);
        assert_ne!(held.get(), S_OK);
        assert_eq!(inside.run(move || second.leave(1)), S_OK);
        assert_eq!(inside.run(move || first.own_entry().side), 1, "it never meant to leave");
        assert_eq!(inside.run(move || first.reverse_leave()), S_OK);
        assert_eq!(pause.get(), S_OK);
        assert_eq!(first.resume(), S_OK);
        first.assert_quiet();
    });
}

#[test]
fn a_task_that_was_shown_outside_goes_in_again_after_the_pause() {
    in_own_process(&["barrier", "full fences"], |case| {
        let first = host(case);
        let tasks: Vec<_> = (0..20).map(|_| Actor::new()).collect();
        for task in &tasks {
            assert_eq!(task.run(move || first.reverse_enter()), S_OK);
        }
        let second = host(case);
        let pauser = Actor::new();
        let pause = pauser.start(move || {
            let paused = first.pause(FOREVER).0;
            // Whoever was shown outside for a moment must not be seen inside now.
            let inside = first.snapshot().iter().filter(|task| task.side == 1).count();
            (paused, inside, first.resume())
        });
        let calls: Vec<_> = tasks.iter().map(|task| task.start(move || second.leave(1))).collect();
        // Some may wait for the pause, which in turn waits for those that it did not see outside.
        for task in &tasks {
            drop(task.start(move || first.leave(1)));
        }
        assert_eq!(pause.get(), (S_OK, 0, S_OK));
        calls.into_iter().for_each(|call| assert_eq!(call.get(), S_OK));
        for task in &tasks {
            assert_eq!(task.run(move || first.own_entry().depth), 2);
        }
        // An admission that nobody gave back would keep the next pause waiting.
        assert_eq!(pauser.run(move || [first.pause(FOREVER).0, first.resume()]), [S_OK; 2]);
    });
}

#[test]
fn a_call_for_the_first_manager_does_not_hide_the_second() {
    in_own_process(&["barrier", "full fences"], |case| {
        let first = host(case);
        assert_eq!(first.leave(1), S_OK);
        let second = host(case);
        // This disarms the cell, and must remember that there are several managers now.
        assert_eq!([first.reverse_enter(), first.reverse_leave()], [S_OK; 2]);
        let before = first.own_entry();
        assert_eq!(second.leave(2), S_OK);
        assert_eq!(first.own_entry(), before, "the call was for the second manager");
        assert_eq!(second.own_entry().depth, 1);
    });
}
