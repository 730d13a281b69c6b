//! What is counted, and what is named, of a program that knows nothing of Tollgate.

use tollgate_tests::command::capture;

use crate::json::Json;
use crate::runtimes::kit;
use crate::watched::{Run, last_report, run, watched};

#[test]
fn nested_calls_are_named_and_counted() {
    run(&["nested"], |run| {
        run.ended(0, 0);
        run.nothing_odd();
        assert_eq!((run.calls("native_a"), run.calls("native_c"), run.calls_in()), (1, 1, 1), "{}", run.of);
        let native_a = run.native("native_a");
        assert_eq!(native_a.text("library"), "clrtest");
        assert_eq!(native_a.text("managed"), "Native.native_a");
        assert!(native_a.number("address") != 0, "{}", run.of);
    });
}

#[test]
fn a_thousand_levels_come_out_exact() {
    run(&["deep", "1000"], |run| {
        run.ended(0, 0);
        run.nothing_odd();
        assert_eq!((run.calls("native_a"), run.calls_in()), (1000, 1000), "{}", run.of);
    });
}

#[test]
fn eight_threads_are_counted_exactly_while_the_collector_runs() {
    run(&["roundtrips", "100000"], |run| {
        run.ended(0, 0);
        run.nothing_odd();
        let all = (run.calls("native_a"), run.calls("native_c"), run.calls_in());
        assert_eq!(all, (800_000, 800_000, 800_000), "{}", run.of);
        let threads = run.report.list("threads").iter();
        let exact = threads.filter(|thread| {
            let crossings = thread.get("crossings");
            let [leave, enter] = ["leave", "enter"].map(|name| crossings.number(name));
            let [inward, back] = ["reverse_enter", "reverse_leave"].map(|name| crossings.number(name));
            (leave, enter, inward, back) == (200_000, 200_000, 100_000, 100_000)
        });
        assert_eq!(exact.count(), 8, "{}", run.of);
    });
}

#[test]
fn optimised_code_loses_no_call() {
    run(&["inlined", "3000"], |run| {
        run.ended(0, 0);
        run.nothing_odd();
        assert_eq!(run.calls("native_c"), 900_000, "{}", run.of);
        assert_eq!(run.calls("native_d"), 300_000, "{}", run.of);
        assert_eq!(run.calls("native_e"), 300_000, "from Microsoft.Elsewhere: {}", run.of);
    });
}

#[test]
fn levels_left_by_longjmp_are_closed_and_named() {
    run(&["longjmp", "10"], |run| {
        run.ended(0, 0);
        assert_eq!(run.oddity("skipped"), 20, "{}", run.of);
        assert_eq!(run.native("jump_out").number("skipped"), 10, "{}", run.of);
        assert_eq!(run.native("jump_over").number("skipped"), 0, "{}", run.of);
    });
}

#[test]
fn longjmp_across_a_recursion_leaves_the_outer_levels_alone() {
    // Twenty deep, the innermost jumps to the landing of the fifth: fifteen pairs and the jump itself are left.
    run(&["recursive-longjmp", "20", "5"], |run| {
        run.ended(1, 0);
        assert_eq!(run.calls("jump_over"), 20, "{}", run.of);
        assert_eq!(run.oddity("skipped"), 15 + 16 + 1, "{}", run.of);
    });
}

#[test]
fn managed_exceptions_leave_nothing_open() {
    run(&["managed-exception", "50"], |run| {
        run.ended(0, 0);
        run.nothing_odd();
        assert_eq!((run.calls("call_back"), run.calls_in()), (50, 50), "{}", run.of);
    });
}

#[test]
fn threads_come_and_go() {
    run(&["threads", "300"], |run| {
        run.ended(0, 0);
        run.nothing_odd();
        assert_eq!(run.calls("native_a"), 300, "{}", run.of);
        let threads: u64 = run.report.list("threads").iter().map(|thread| thread.number("threads")).sum();
        let threads = threads + run.report.get("threads_beyond").number("threads");
        assert!(threads >= 300, "{threads} threads: {}", run.of);
        assert_eq!(run.report.get("books").number("tasks"), threads, "{}", run.of);
    });
}

#[test]
fn foreign_threads_call_in() {
    run(&["foreign", "1000"], |run| {
        run.ended(0, 0);
        run.nothing_odd();
        assert_eq!((run.calls("native_c"), run.calls_in()), (4000, 4000), "{}", run.of);
    });
}

#[test]
fn a_thread_that_ends_in_native_code_is_named() {
    run(&["pthread-exit"], |run| {
        run.ended(0, 0);
        assert_eq!(run.oddity("left_open"), 1, "{}", run.of);
        assert_eq!(run.native("end_thread").number("ended_in"), 1, "{}", run.of);
        assert_eq!(run.report.get("books").number("closed_outside"), 1, "{}", run.of);
        assert_eq!(run.calls("native_c"), 200, "{}", run.of);
    });
}

#[test]
fn a_thread_that_ends_below_managed_frames_closes_them_all() {
    run(&["pthread-exit-below"], |run| {
        run.ended(0, 0);
        assert_eq!(run.oddity("left_open"), 3, "{}", run.of);
        assert_eq!(run.native("end_thread").number("ended_in"), 1, "{}", run.of);
        let books = run.report.get("books");
        assert_eq!((books.number("closed_outside"), books.number("closed_inside")), (2, 1), "{}", run.of);
    });
}

#[test]
fn blocking_waits_inside_the_runtime_are_not_seen() {
    // Not a wish, but what the documentation says: Sleep, Monitor, Join and WaitHandle look inside.
    run(&["blocking-waits"], |run| {
        run.ended(0, 0);
        run.nothing_odd();
        let functions = run.report.list("functions").iter();
        let mut entries: Vec<&Json> = functions.map(|function| function.get("entry")).collect();
        let expected = ["native_c", "SystemNative_GetErrNo", "SystemNative_SetErrNo"];
        entries.retain(|entry| !expected.iter().any(|known| **entry == Json::Text((*known).to_owned())));
        assert!(entries.is_empty(), "{entries:?}: {}", run.of);
    });
}

#[test]
fn notices_past_the_end_of_a_thread_are_dropped_and_counted() {
    run(&["thread-exit-hook", "50"], |run| {
        run.ended(0, 0);
        // Each thread calls in once while it lives, and once after the library's thread-exit hook: in, out, and back twice.
        assert_eq!(run.oddity("late"), 4 * 50, "{}", run.of);
        assert_eq!(run.oddity("skipped") + run.oddity("left_open"), 0, "{}", run.of);
        assert_eq!((run.calls_in(), run.calls("native_c")), (50, 51), "{}", run.of);
    });
}

#[test]
fn returns_without_a_call_are_dropped_and_named() {
    // Managed code on a coroutine is left in the middle, which looks like longjmp, and returns later after all.
    run(&["coroutine", "50"], |run| {
        run.ended_irregularly(0, 0);
        assert_eq!((run.oddity("skipped"), run.oddity("unmatched")), (100, 100), "{}", run.of);
        let of_yield = run.native("yield");
        assert_eq!((of_yield.number("skipped"), of_yield.number("unmatched")), (50, 50), "{}", run.of);
        assert_eq!((run.calls_in(), run.calls("native_c")), (50, 100), "{}", run.of);
    });
}

#[test]
fn managed_code_on_another_stack_is_followed() {
    // The other stack lies above the thread's own: a call on it does not show that what is below is gone.
    run(&["second-stack", "50"], |run| {
        run.ended(0, 0);
        run.nothing_odd();
        assert_eq!((run.calls("on_higher_stack"), run.calls_in()), (50, 100), "{}", run.of);
    });
}

#[test]
fn a_process_that_ends_in_native_code_is_reported() {
    run(&["exit", "3"], |run| {
        // The first call of the thread came from managed code, at the base.
        run.ended(3, 1);
        assert_eq!(run.calls("end_process"), 1, "{}", run.of);
    });
    run(&["exit-inside", "4"], |run| run.ended(4, 3));
    run(&["environment-exit", "5"], |run| run.ended(5, 2));
}

#[test]
fn errno_reaches_the_managed_caller() {
    run(&["errno", "1000"], |run| {
        run.ended(0, 0);
        assert_eq!(run.calls("get_errno"), 1000, "{}", run.of);
    });
}

#[test]
fn modules_that_are_unloaded_are_forgotten() {
    run(&["collectible", "20"], |run| {
        run.ended(0, 0);
        run.nothing_odd();
        assert_eq!(run.calls("native_c"), 20, "{}", run.of);
        // The program has waited for all; the runtime itself may hold the last ones for a moment longer.
        assert!((10..=20).contains(&run.report.number("forgotten")), "{}", run.of);
        let libraries = run
            .report
            .list("functions")
            .iter()
            .filter(|f| f.get("entry") == run.native("native_c").get("entry"));
        assert_eq!(
            libraries.count(),
            1,
            "one record for the function, however often it is loaded: {}",
            run.of
        );
    });
}

#[test]
fn with_nothing_inlined_no_call_is_lost_either() {
    let Some(kit) = kit() else { return };
    for runtime in &kit.runtimes {
        let mut command = watched(kit, runtime, &["inlined", "300"], &kit.library);
        let output = capture(command.env("TOLLGATE_CORECLR_INLINING", "none"));
        let of = format!("on {}\n{}", runtime.display(), output.stderr);
        let report = last_report(&output).unwrap_or_else(|| panic!("no report: {of}"));
        let run = Run { code: output.status.code(), report, of };
        run.ended(0, 0);
        let calls = ["native_c", "native_d", "native_e"].map(|entry| run.calls(entry));
        assert_eq!(calls, [90_000, 30_000, 30_000], "{}", run.of);
    }
}
