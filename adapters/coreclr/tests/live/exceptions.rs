//! Exceptions that meet frames of the other kind: what each runtime does with them, with the library and without, and what
//! the library says of it.
//!
//! Where a runtime ends the process, it does so by SIGABRT, with the library and without. The report of the abort comes
//! unless the runtime takes SIGABRT back first, as .NET 9 does for exceptions that it finds unhandled itself.

use std::os::unix::process::ExitStatusExt;
use std::path::Path;

use tollgate_tests::command::{Output, capture};

use crate::runtimes::{Kit, kit};
use crate::watched::{Run, last_report, run, watched};

/// .NET Core 3.1 is the first runtime of the kit, .NET 9 the last.
fn is_new(kit: &Kit, runtime: &Path) -> bool {
    kit.runtimes.last().is_some_and(|newest| newest == runtime)
}

/// The process was ended by SIGABRT after the words `last_words`, and the library had no part in it.
fn aborted(output: &Output, of: &str, last_words: &str) {
    assert_eq!(output.status.signal(), Some(libc::SIGABRT), "{}: {of}", output.status);
    assert!(output.stderr.contains(last_words), "no `{last_words}`: {of}");
    assert!(!output.stderr.contains("panicked"), "{of}");
}

/// Runs a scenario that ends the process, on every runtime, with the library and without.
///
/// `expect` tells for a runtime that is new, or not, the last words and how many levels the report shows open; None where no
/// report can come.
fn aborts(scenario: &str, expect: impl Fn(bool) -> (&'static str, Option<u64>)) {
    let Some(kit) = kit() else { return };
    for runtime in &kit.runtimes {
        let (last_words, open) = expect(is_new(kit, runtime));
        let mut command = watched(kit, runtime, &[scenario], &kit.library);
        let output = capture(&mut command);
        let of = format!("{scenario} on {}\n{}", runtime.display(), output.stderr);
        aborted(&output, &of, last_words);
        match (last_report(&output), open) {
            (None, None) => {}
            (Some(report), Some(open)) => {
                assert_eq!(report.text("occasion"), "abort", "{of}");
                Run { code: output.status.code(), report, of }.balanced(open);
            }
            (report, _) => panic!("report {}: {of}", if report.is_some() { "unexpected" } else { "missing" }),
        }
        let alone = capture(command.env("CORECLR_ENABLE_PROFILING", "0"));
        let of = format!("{scenario} on {}, not watched\n{}", runtime.display(), alone.stderr);
        aborted(&alone, &of, last_words);
    }
}

/// What C++ says of its own exceptions, and .NET Core 3.1 and .NET 9 of managed ones.
const NATIVE: &str = "terminate called after throwing an instance of 'std::runtime_error'";
const UNHANDLED: &str = "Unhandled exception. System.InvalidOperationException: managed";
const LET_OUT: &str = "terminate called after throwing an instance of 'PAL_SEHException'";

#[test]
fn a_managed_exception_that_native_code_catches_leaves_one_level_each() {
    let Some(kit) = kit() else { return };
    // .NET 9 lets it out as a C++ exception; .NET Core 3.1 ends the process before native code sees it.
    let newest = kit.runtimes.last().expect("there are runtimes");
    let output = capture(&mut watched(kit, newest, &["exception-caught-by-native", "50"], &kit.library));
    let of = format!("on {}\n{}", newest.display(), output.stderr);
    let report = last_report(&output).unwrap_or_else(|| panic!("no report: {of}"));
    let run = Run { code: output.status.code(), report, of };
    run.ended(0, 0);
    assert_eq!(run.oddity("skipped"), 50, "{}", run.of);
    assert_eq!((run.calls("catch_over"), run.calls_in(), run.calls("native_c")), (50, 50, 1), "{}", run.of);
    let functions = run.report.list("functions").iter();
    let skipped = functions.filter(|function| function.number("skipped") != 0);
    let named: Vec<(&str, u64)> = skipped.map(|f| (f.text("managed"), f.number("skipped"))).collect();
    assert_eq!(named, [("Callback.Invoke", 50)], "{}", run.of);
}

#[test]
fn a_managed_exception_that_native_code_would_catch_ends_an_old_runtime() {
    let Some(kit) = kit() else { return };
    let oldest = kit.runtimes.first().expect("there are runtimes");
    let output = capture(&mut watched(kit, oldest, &["exception-caught-by-native", "1"], &kit.library));
    let of = format!("on {}\n{}", oldest.display(), output.stderr);
    aborted(&output, &of, UNHANDLED);
    let report = last_report(&output).unwrap_or_else(|| panic!("no report: {of}"));
    Run { code: None, report, of }.balanced(2);
}

#[test]
fn a_managed_exception_through_native_frames_ends_the_process() {
    aborts("exception-through-native", |new| (if new { LET_OUT } else { UNHANDLED }, Some(2)));
}

#[test]
fn a_managed_exception_on_a_foreign_thread_ends_the_process() {
    // The call of foreign_threads on one thread, the call in on the other.
    aborts("exception-on-foreign-thread", |new| (UNHANDLED, (!new).then_some(2)));
}

#[test]
fn an_unhandled_managed_exception_ends_the_process() {
    aborts("unhandled-exception", |new| (UNHANDLED, (!new).then_some(0)));
}

#[test]
fn a_cpp_exception_over_managed_frames_ends_the_process() {
    aborts("native-exception-over-managed", |_| (NATIVE, Some(3)));
}

#[test]
fn a_cpp_exception_into_managed_code_ends_the_process() {
    aborts("native-exception-into-managed", |_| (NATIVE, Some(1)));
}

#[test]
fn a_cpp_exception_that_stays_in_native_code_is_nobodys_business() {
    run(&["native-exception-in-native", "50"], |run| {
        run.ended(0, 0);
        run.nothing_odd();
        assert_eq!((run.calls("catch_over"), run.calls("catch_own")), (50, 50), "{}", run.of);
    });
}
