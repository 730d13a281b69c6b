//! What a page shows of a manager that stands still.

use std::ffi::CString;
use std::process;

use tollgate_capi::exports::*;
use tollgate_capi::{E_INVALIDARG, E_OUTOFMEMORY, HOST_E_CLRNOTAVAILABLE, S_FALSE, S_OK};
use tollgate_core::Policy;

use crate::common::own_process::in_own_process;
use crate::common::{Actor, FOREVER, Host, os_thread_id};
use crate::mapped::{Mapped, name_target, name_task, with_page};

/// One character takes two bytes; 56 bytes end between two characters.
const LONG: &str = "a t\u{e4}sk with a name that is longer than the room there is for one";

#[test]
fn figures_and_names_are_those_of_the_manager() {
    in_own_process(&["one manager"], |_| {
        let host = with_page(Default::default());
        assert_eq!([host.leave(0x1000), host.pause(FOREVER).0], [S_OK; 2]);
        let page = Mapped::open(process::id(), 1).expect("a page");
        let view = page.view();
        assert_eq!((view.pid(), view.number()), (u64::from(process::id()), 1));
        assert_eq!(view.library(), tollgate_version());
        assert_eq!((view.gate().pauses, view.gate().held), (1, 0));
        let entering = Actor::new();
        let held = entering.start(move || host.reverse_enter());
        host.wait_for_held(1);
        assert_eq!((view.gate().pauses, view.gate().held), (1, 1));
        assert_eq!((host.resume(), held.get()), (S_OK, S_OK));
        assert_eq!((view.gate().pauses, view.gate().held, view.gate().admitted), (0, 0, 0));
        assert_eq!(view.pause_durations(), host.core().pause_durations());
        assert_eq!(view.pause_durations().iter().sum::<u64>(), 1);
        assert_eq!(view.totals(), host.totals());

        assert_eq!(name_task(host, &CString::new(LONG).expect("no zero")), S_OK);
        let tasks = page.tasks();
        assert_eq!(tasks.iter().map(|(task, _)| *task).collect::<Vec<_>>(), host.snapshot());
        assert_eq!(tasks[0].1, &LONG[..56]);
        assert_eq!((tasks[0].0.os_thread, tasks[0].1.len(), tasks[1].1.as_str()), (os_thread_id(), 56, ""));
        entering.end();
        assert_eq!(page.tasks().len(), 1);
        // The next task in that cell has no name yet.
        let unnamed = Actor::new();
        assert_eq!(unnamed.run(move || [name_task(host, c"former"), host.leave(1)]), [S_OK; 2]);
        unnamed.end();
        let unnamed = Actor::new();
        assert_eq!(unnamed.run(move || host.leave(1)), S_OK);
        assert_eq!(page.tasks()[1].1, "");

        assert_eq!([name_target(host, 0x1000, c"env.log"), name_target(host, 0x1000, c"env.log")], [S_OK; 2]);
        assert_eq!([name_target(host, 7, c"seven"), name_target(host, 0x1000, c"env.print")], [S_OK; 2]);
        let names = || {
            let mut names = Vec::new();
            view.for_each_name(|target, name| names.push((target, name.as_str().to_owned())));
            names
        };
        let expected = [(0x1000, "env.log"), (7, "seven"), (0x1000, "env.print")];
        assert_eq!(names(), expected.map(|(target, name)| (target, name.to_owned())));
        assert_eq!(name_target(host, 1, c"\xff\xfe"), E_INVALIDARG);
        for target in 3..4096 {
            assert_eq!(name_target(host, 10_000 + target, c"one of many"), S_OK);
        }
        assert_eq!(
            [name_target(host, 1, c"too many"), name_target(host, 7, c"seven")],
            [E_OUTOFMEMORY, S_OK]
        );
        assert_eq!(names().len(), 4096);

        assert_eq!(host.fail(), S_OK);
        assert!(view.gate().failed && !view.gate().shut_down);
        assert_eq!(host.shutdown(FOREVER).0, S_OK);
        assert!(view.gate().shut_down);
    });
}

/// The gate lies in the page, whose memory begins as zeroes: that of an open gate.
#[test]
fn a_page_begins_as_its_manager_is_told_to() {
    in_own_process(&["unavailable", "observe"], |case| {
        let before = monotonic_ns();
        let host = with_page(match case {
            "observe" => tollgate_config { policy: TOLLGATE_POLICY_OBSERVE, ..Default::default() },
            _ => tollgate_config { flags: TOLLGATE_START_UNAVAILABLE, ..Default::default() },
        });
        let after = monotonic_ns();
        let page = Mapped::open(process::id(), 1).expect("a page");
        assert!((before..=after).contains(&page.view().created_ns()));
        let (policy, unavailable, answer) = match case {
            "observe" => (Policy::Observe, false, S_OK),
            _ => (Policy::Govern, true, HOST_E_CLRNOTAVAILABLE),
        };
        assert_eq!((page.view().policy(), page.view().gate().unavailable), (policy, unavailable));
        assert_eq!(host.reverse_enter(), answer);
    });
}

fn monotonic_ns() -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes the time.
    assert_eq!(unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut now) }, 0);
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

#[test]
fn deep_levels_are_counted_but_not_followed() {
    in_own_process(&["one manager"], |_| {
        let host = with_page(Default::default());
        for target in 1..=100 {
            assert_eq!(host.leave(target), S_OK);
        }
        let page = Mapped::open(process::id(), 1).expect("a page");
        let [(task, _)] = &page.tasks()[..] else { panic!("one task") };
        assert_eq!((task.depth, task.side, task.flags), (100, 0, 0));
        assert_eq!((task.targets[0], task.targets[61]), (100, 0), "the oldest lie beside the cell");
        assert_eq!(host.own_entry().targets[61], 39);
    });
}

#[test]
fn managers_without_a_page_take_no_names() {
    let host = Host::new(tollgate_config { struct_size: 28, ..Default::default() });
    assert_eq!([name_target(host, 1, c"one"), name_task(host, c"me")], [S_FALSE; 2]);
}
