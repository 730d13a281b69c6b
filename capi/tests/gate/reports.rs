//! The pause report and the histograms.

use std::mem::offset_of;

use tollgate_capi::exports::{tollgate_bucket_start_ns, tollgate_pause, tollgate_pause_histogram};
use tollgate_capi::{E_INVALIDARG, E_POINTER, HOST_E_DEADLOCK, HOST_E_NOT_OWNER, HOST_E_TIMEOUT, S_OK};
use tollgate_core::{Laggard, PauseReport};

use crate::common::{Actor, FOREVER, in_every_world, os_thread_id, wait_until};

#[test]
fn laggards_are_named() {
    in_every_world(|world| {
        let host = world.host();
        let [deep, shallow, outside] = [(); 3].map(|_| Actor::new());
        let deep_thread = deep.run(move || {
            let calls = [host.leave(0xa), host.reverse_enter(), host.leave(0xb), host.reverse_enter()];
            (calls == [S_OK; 4]).then(os_thread_id).unwrap_or(0)
        });
        let shallow_thread =
            shallow.run(move || (host.reverse_enter() == S_OK).then(os_thread_id).unwrap_or(0));
        assert_eq!(outside.run(move || host.leave(0xc)), S_OK);

        let (result, report) = host.pause(2);
        assert_eq!((result, report.laggard_count), (HOST_E_TIMEOUT, 2));
        assert!(
            report.duration_ns >= 2_000_000 && report.waited_ns <= report.duration_ns && report.waited_ns > 0
        );
        let [first, second, ..] = report.laggards;
        assert_eq!((first.id, first.os_thread, first.depth, first.target), (1, deep_thread, 4, 0xb));
        assert_eq!((second.id, second.os_thread, second.depth, second.target), (2, shallow_thread, 1, 0));
        for laggard in [first, second] {
            assert!(laggard.inside_ns > 0 && laggard.inside_ns <= report.duration_ns, "seen all the time");
        }
        assert!(report.laggards[2..].iter().all(|unused| *unused == Laggard::default()));
        assert_eq!(host.resume(), HOST_E_NOT_OWNER, "the gate is open again");
        host.assert_quiet();
    });
}

#[test]
fn a_task_adopted_inside_is_a_laggard_once_its_transitions_say_so() {
    in_every_world(|world| {
        let host = world.host();
        let adopted = Actor::new();
        let thread = adopted.run(move || (host.current_task() == S_OK).then(os_thread_id));
        assert_eq!([host.pause(0).0, host.resume()], [S_OK; 2], "not known to be inside yet");
        assert_eq!(adopted.run(move || [host.leave(1), host.enter()]), [S_OK; 2]);
        let (result, report) = host.pause(0);
        assert_eq!((result, report.laggard_count), (HOST_E_TIMEOUT, 1));
        assert_eq!((Some(report.laggards[0].os_thread), report.laggards[0].depth), (thread, 0));
        host.assert_quiet();
    });
}

#[test]
fn more_laggards_than_fit_are_counted() {
    in_every_world(|world| {
        let host = world.host();
        let actors: Vec<_> = (0..11).map(|_| Actor::new()).collect();
        actors.iter().for_each(|a| assert_eq!(a.run(move || host.reverse_enter()), S_OK));
        let (result, report) = host.pause(0);
        assert_eq!((result, report.laggard_count), (HOST_E_TIMEOUT, 11));
        assert!(report.laggards.iter().map(|laggard| laggard.id).eq(1..=8));
        assert_eq!(report.named_laggards().len(), 8);
    });
}

#[test]
fn after_a_timeout_the_gate_is_open_and_nobody_stays_parked() {
    in_every_world(|world| {
        let host = world.host();
        let [inside, held, pauser] = [(); 3].map(|_| Actor::new());
        assert_eq!(inside.run(move || host.reverse_enter()), S_OK);
        // Until a pause happened to last long enough for the second task to be parked when it gave up.
        wait_until("a pause that timed out with a task held", || {
            assert_eq!(held.run(move || host.leave(1)), S_OK);
            let pause = pauser.start(move || host.pause(5));
            let entry = held.start(move || host.enter());
            let (result, report) = pause.get();
            assert_eq!((result, report.laggards[0].id), (HOST_E_TIMEOUT, 1));
            assert_eq!(entry.get(), S_OK, "it went in");
            report.tasks_held == 1
        });
        assert_eq!(host.core().tasks_held(), 0);
        assert_eq!(inside.run(move || [host.reverse_enter(), host.reverse_leave()]), [S_OK; 2]);
        host.assert_quiet();
    });
}

#[test]
fn reports_of_any_size_are_filled_as_far_as_both_sides_know() {
    #[repr(C)]
    struct Larger {
        known: PauseReport,
        unknown: [u64; 5],
    }
    in_every_world(|world| {
        let host = world.host();
        let inside = Actor::new();
        assert_eq!(inside.run(move || host.reverse_enter()), S_OK);
        let least = offset_of!(PauseReport, laggards);
        let sizes = [least, least + 2 * size_of::<Laggard>(), size_of::<PauseReport>(), size_of::<Larger>()];
        for size in sizes {
            let filled = [Laggard { id: u64::MAX, ..Laggard::default() }; 8];
            let known = PauseReport { laggards: filled, tasks_held: u64::MAX, ..Default::default() };
            let mut report = Larger { known, unknown: [u64::MAX; 5] };
            // SAFETY: the record has at least `size` bytes.
            let result = unsafe { tollgate_pause(host.raw(), 0, &mut report.known, size as u32) };
            assert_eq!((result, report.known.laggard_count), (HOST_E_TIMEOUT, 1));
            assert_eq!(report.known.tasks_held, 0);
            let named = report.known.laggards.map(|laggard| laggard.id);
            let written = (size - least).min(8 * size_of::<Laggard>()) / size_of::<Laggard>();
            for (i, id) in named.into_iter().enumerate() {
                let expected = if i < written { u64::from(i == 0) } else { u64::MAX };
                assert_eq!(id, expected, "laggard {i} in {size} bytes");
            }
            let tail = if size == size_of::<Larger>() { 0 } else { u64::MAX };
            assert_eq!(report.unknown, [tail; 5], "{size} bytes");
        }
        // Without a report, and with one that is too small for any version.
        // SAFETY: NULL is allowed.
        assert_eq!(unsafe { tollgate_pause(host.raw(), 0, std::ptr::null_mut(), 0) }, HOST_E_TIMEOUT);
        for size in [0, 1, least - 1] {
            let mut report = PauseReport { tasks_held: 77, ..PauseReport::default() };
            // SAFETY: the record has more than `size` bytes.
            let result = unsafe { tollgate_pause(host.raw(), FOREVER, &mut report, size as u32) };
            assert_eq!((result, report.tasks_held), (E_INVALIDARG, 77));
        }
        // SAFETY: NULL is checked.
        assert_eq!(unsafe { tollgate_pause(std::ptr::null_mut(), 0, std::ptr::null_mut(), 0) }, E_POINTER);
        assert_eq!(host.resume(), HOST_E_NOT_OWNER, "no refused call closed the gate");
    });
}

#[test]
fn a_report_is_written_on_every_failure() {
    in_every_world(|world| {
        let host = world.host();
        assert_eq!(host.reverse_enter(), S_OK);
        let mut report = PauseReport { duration_ns: 5, laggard_count: 5, ..PauseReport::default() };
        // SAFETY: the record has that size.
        let result = unsafe { tollgate_pause(host.raw(), 0, &mut report, size_of::<PauseReport>() as u32) };
        assert_eq!((result, report), (HOST_E_DEADLOCK, PauseReport::default()));
    });
}

#[test]
fn the_histograms_count_every_pause() {
    in_every_world(|world| {
        let host = world.host();
        let inside = Actor::new();
        for _ in 0..3 {
            assert_eq!([host.pause(FOREVER).0, host.resume()], [S_OK; 2]);
        }
        assert_eq!(inside.run(move || host.reverse_enter()), S_OK);
        assert_eq!(host.pause(20).0, HOST_E_TIMEOUT);

        let (null, mut known) = (std::ptr::null_mut(), 0);
        // SAFETY: NULL arrays are allowed.
        assert_eq!(unsafe { tollgate_pause_histogram(host.raw(), null, null, 0, &mut known) }, S_OK);
        let mut counts = [vec![u64::MAX; known as usize + 1], vec![u64::MAX; known as usize + 1]];
        let [durations, waits] = counts.each_mut().map(|c| c.as_mut_ptr());
        // SAFETY: the arrays have one count more than is asked for.
        let result = unsafe { tollgate_pause_histogram(host.raw(), durations, waits, known, &mut known) };
        assert_eq!(result, S_OK);
        let starts: Vec<u64> = (0..known).map(|i| tollgate_bucket_start_ns(i)).collect();
        assert!(starts.windows(2).all(|pair| pair[0] < pair[1]));
        assert_eq!(tollgate_bucket_start_ns(u32::MAX), starts[starts.len() - 1]);
        for counts in &counts {
            let (beyond, counts) = counts.split_last().expect("not empty");
            assert_eq!(*beyond, u64::MAX, "nothing is written past the end");
            assert_eq!(counts.iter().sum::<u64>(), 4);
        }
        let [durations, waits] = &counts;
        // Of the wait nothing can be said but that there was one: what comes before it takes its share of the time.
        let long = starts.iter().zip(durations).filter(|(start, _)| **start * 5 / 4 >= 20_000_000);
        assert!(long.map(|(_, count)| count).sum::<u64>() >= 1, "the pause that timed out after 20 ms");
        assert_eq!(waits[0], 3, "pauses that waited for nobody");

        let mut one = [u64::MAX; 2];
        // SAFETY: one count is asked for.
        let result = unsafe { tollgate_pause_histogram(host.raw(), null, one.as_mut_ptr(), 1, &mut known) };
        assert_eq!((result, one), (S_OK, [3, u64::MAX]));
        // SAFETY: NULL is checked.
        let result = unsafe { tollgate_pause_histogram(host.raw(), null, null, 0, std::ptr::null_mut()) };
        assert_eq!(result, E_POINTER);
        // SAFETY: NULL is checked.
        let result = unsafe { tollgate_pause_histogram(std::ptr::null_mut(), null, null, 0, &mut known) };
        assert_eq!(result, E_POINTER);
    });
}
