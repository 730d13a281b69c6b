//! A program that knows nothing of Tollgate, watched through the three environment variables.

use std::collections::HashMap;
use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use tollgate_observe::look::native_function;
use tollgate_observe::page::{Page, Process};
use tollgate_tests::command::{Output, capture};

use crate::json::{self, Json};
use crate::runtimes::{Kit, kit};

/// The library's class, as the documentation states it.
const CLSID: &str = "{27502D1E-5275-4E19-AABE-CEC593C58458}";

/// A command that runs a scenario of `Program.Main` under the library.
pub(crate) fn watched(kit: &Kit, runtime: &Path, scenario: &[&str], library: &Path) -> Command {
    let mut command = Command::new(&kit.plain_host);
    command.arg(runtime).arg(&kit.assembly).args(scenario);
    command.env("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1");
    command.env("CORECLR_ENABLE_PROFILING", "1").env("CORECLR_PROFILER", CLSID);
    command.env("CORECLR_PROFILER_PATH", library).env("TOLLGATE_CORECLR_FORMAT", "json");
    for inherited in ["LD_LIBRARY_PATH", "TOLLGATE_CORECLR_REPORT", "TOLLGATE_CORECLR_SIGNAL"] {
        command.env_remove(inherited);
    }
    command
}

/// How a watched run went.
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) report: Json,
    /// The runtime, for messages.
    pub(crate) of: String,
}

/// The last report in what a process has written, if there is one.
pub(crate) fn last_report(output: &Output) -> Option<Json> {
    output.stderr.lines().rev().find(|line| line.starts_with('{')).map(json::parse)
}

/// Runs a scenario on every runtime.
pub(crate) fn run(scenario: &[&str], check: impl Fn(&Run)) {
    let Some(kit) = kit() else { return };
    for runtime in &kit.runtimes {
        let output = capture(&mut watched(kit, runtime, scenario, &kit.library));
        let of = format!("{scenario:?} on {}\n{}", runtime.display(), output.stderr);
        let report = last_report(&output).unwrap_or_else(|| panic!("no report, {}: {of}", output.status));
        check(&Run { code: output.status.code(), report, of });
    }
}

impl Run {
    /// The figures of the function `entry` of the tests' native library.
    pub(crate) fn native(&self, entry: &str) -> &Json {
        let functions = self.report.list("functions");
        let found = functions.iter().find(|function| function.get("entry") == &Json::Text(entry.to_owned()));
        found.unwrap_or_else(|| panic!("{entry} is not in the report of {}", self.of))
    }

    pub(crate) fn calls(&self, entry: &str) -> u64 {
        self.native(entry).number("calls")
    }

    /// Calls of managed functions by native code.
    pub(crate) fn calls_in(&self) -> u64 {
        let functions = self.report.list("functions").iter();
        functions.filter(|f| f.get("native") == &Json::Bool(false)).map(|f| f.number("calls")).sum()
    }

    pub(crate) fn oddity(&self, name: &str) -> u64 {
        self.report.get("oddities").number(name)
    }

    /// The run ended with `code`, the books balance with `open` levels still open, and every return had its call.
    pub(crate) fn ended(&self, code: i32, open: u64) {
        self.ended_irregularly(code, open);
        assert_eq!(self.oddity("unmatched"), 0, "{}", self.of);
    }

    /// The run ended with `code` and the books balance; `open` levels are still open.
    pub(crate) fn ended_irregularly(&self, code: i32, open: u64) {
        assert_eq!(self.code, Some(code), "{}", self.of);
        assert_eq!(self.report.text("occasion"), "exit", "{}", self.of);
        self.balanced(open);
    }

    /// The books balance; `open` levels are still open.
    pub(crate) fn balanced(&self, open: u64) {
        let books = self.report.get("books");
        assert_eq!(books.get("balanced"), &Json::Bool(true), "{}", self.of);
        assert_eq!(books.number("open"), open, "{}", self.of);
        assert_eq!(books.number("irregularities"), 0, "{}", self.of);
        assert_eq!(self.oddity("refused"), 0, "{}", self.of);
        let crossings = self.report.get("crossings");
        let [leave, enter, reverse_enter, reverse_leave] =
            ["leave", "enter", "reverse_enter", "reverse_leave"].map(|name| crossings.number(name));
        let closed = books.number("closed_outside") + books.number("closed_inside");
        assert_eq!(leave + reverse_enter, enter + reverse_leave + open + closed, "{}", self.of);
    }

    /// Nothing had to be repaired or dropped.
    pub(crate) fn nothing_odd(&self) {
        for name in ["skipped", "unmatched", "refused", "late", "left_open"] {
            assert_eq!(self.oddity(name), 0, "{name}: {}", self.of);
        }
    }
}

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
        // The collector decides when the last ones go.
        assert!(run.report.number("forgotten") >= 15, "{}", run.of);
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
fn a_signal_asks_for_a_report() {
    let Some(kit) = kit() else { return };
    for runtime in &kit.runtimes {
        let file = kit.folder.join(format!("signal-{}.json", std::process::id()));
        let _ = fs::remove_file(&file);
        let mut child = watched(kit, runtime, &["wait", "3"], &kit.library)
            .env("TOLLGATE_CORECLR_REPORT", &file)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the host can be run");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("stdout is piped"))
            .read_line(&mut line)
            .expect("it speaks");
        assert_eq!(line.trim(), "waiting");
        let pid = child.id().to_string();
        assert!(Command::new("kill").args(["-USR2", &pid]).status().expect("kill can be run").success());
        let text = loop {
            match fs::read_to_string(&file) {
                Ok(text) if text.ends_with('\n') => break text,
                _ => thread::sleep(Duration::from_millis(10)),
            }
        };
        let report = json::parse(&text);
        assert_eq!(report.text("occasion"), "signal");
        let waiting = report.list("threads").iter().filter(|thread| {
            thread.get("live") == &Json::Bool(true)
                && thread.get("innermost") == &Json::Text("clrtest!wait_here (Native.wait_here)".to_owned())
                && thread.number("depth") == 3
        });
        assert_eq!(waiting.count(), 3, "{}: {text}", runtime.display());
        child.stdin.take().expect("stdin is piped").write_all(b"go on\n").expect("it listens");
        assert!(child.wait().expect("a child can be waited for").success());
        let reports = fs::read_to_string(&file).expect("the report was there a moment ago");
        assert_eq!(reports.lines().count(), 2, "one for the signal, one at the end: {reports}");
        let _ = fs::remove_file(&file);
    }
}

#[test]
fn a_program_is_watched_from_outside_when_asked() {
    let Some(kit) = kit() else { return };
    for runtime in &kit.runtimes {
        let notice = kit.folder.join(format!("notice-{}", std::process::id()));
        fs::write(&notice, "").expect("the folder is writable");
        let mut child = watched(kit, runtime, &["wait", "3"], &kit.library)
            .env("TOLLGATE_CORECLR_NOTICE", &notice)
            .env("TOLLGATE_CORECLR_PAGE", "1")
            .env("TOLLGATE_CORECLR_QUIET", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the host can be run");
        let mut line = String::new();
        BufReader::new(child.stdout.take().expect("stdout is piped"))
            .read_line(&mut line)
            .expect("it speaks");
        assert_eq!(line.trim(), "waiting");
        let said = fs::read_to_string(&notice).expect("the file is there");
        assert!(said.starts_with("tollgate-coreclr ") && said.contains(": watching "), "{said}");

        let process = Process::open(child.id()).expect("it runs");
        let page = Page::open(&process, None).expect("its manager has a page");
        let mut names = HashMap::new();
        page.view().for_each_name(|target, name| {
            names.insert(target, name.as_str().to_owned());
        });
        let look = page.look(|_, _| {});
        let places = look.tasks.iter().filter_map(|task| names.get(&native_function(task)?));
        let waiting = places.filter(|name| *name == "clrtest!wait_here (Native.wait_here)");
        assert_eq!(waiting.count(), 3, "{}: {names:?}", runtime.display());

        child.stdin.take().expect("stdin is piped").write_all(b"go on\n").expect("it listens");
        assert!(child.wait().expect("a child can be waited for").success());
        let _ = fs::remove_file(&notice);
    }
}

#[test]
fn the_readable_report_names_functions_and_threads() {
    let Some(kit) = kit() else { return };
    for runtime in &kit.runtimes {
        let mut command = watched(kit, runtime, &["longjmp", "2"], &kit.library);
        let output = capture(command.env("TOLLGATE_CORECLR_FORMAT", "text"));
        let says = |text: &str| assert!(output.stderr.contains(text), "no `{text}` in {}", output.stderr);
        says("tollgate-coreclr 0.");
        says("books: balanced");
        says("clrtest!jump_over (Native.jump_over)");
        says("clrtest!jump_out (Native.jump_out)  [2 left without a return]");
        says("4 levels left without a return");
    }
}

#[test]
fn settings_that_make_no_sense_are_named() {
    let Some(kit) = kit() else { return };
    for runtime in &kit.runtimes {
        let said = |name: &str, value: &OsStr, expected: &str| {
            let mut command = watched(kit, runtime, &["nested"], &kit.library);
            let output = capture(command.env(format!("TOLLGATE_CORECLR_{name}"), value));
            assert!(
                output.stderr.contains(expected),
                "{name} {value:?}: no `{expected}` in {}",
                output.stderr
            );
            assert_eq!(output.status.code(), Some(0), "the program runs all the same: {}", output.stderr);
        };
        for value in ["banana", "0", "65", "usr2", "-1"] {
            let expected = format!(
                "TOLLGATE_CORECLR_SIGNAL is `{value}`; it can be a signal's number from 1 to 64, `USR1`"
            );
            said("SIGNAL", value.as_ref(), &expected);
        }
        said("SIGNAL", OsStr::from_bytes(b"\xff"), "TOLLGATE_CORECLR_SIGNAL is `\u{fffd}`");
        said("FORMAT", "xml".as_ref(), "TOLLGATE_CORECLR_FORMAT is `xml`; it can be `text` or `json`");
        said("QUIET", "yes".as_ref(), "TOLLGATE_CORECLR_QUIET is `yes`; it can be `0` or `1`");
        said("INLINING", "some".as_ref(), "TOLLGATE_CORECLR_INLINING is `some`; it can be `safe` or `none`");
        // Signals that exist and cannot be had: kept by the system, by the C library, by the runtime, by this library.
        said("SIGNAL", "KILL9".as_ref(), "TOLLGATE_CORECLR_SIGNAL is `KILL9`");
        said("SIGNAL", "9".as_ref(), "signal 9 cannot be listened to (Invalid argument");
        said("SIGNAL", "32".as_ref(), "signal 32 cannot be listened to (Invalid argument");
        said(
            "SIGNAL",
            "11".as_ref(),
            "signal 11 has a handler already; choose another with TOLLGATE_CORECLR_SIGNAL",
        );
        said(
            "SIGNAL",
            "6".as_ref(),
            "signal 6 has a handler already; choose another with TOLLGATE_CORECLR_SIGNAL",
        );
    }
}

#[test]
fn without_signals_nothing_is_said_at_an_abort() {
    let Some(kit) = kit() else { return };
    for runtime in &kit.runtimes {
        let mut command = watched(kit, runtime, &["native-exception-into-managed"], &kit.library);
        let output = capture(command.env("TOLLGATE_CORECLR_SIGNAL", "none"));
        assert_eq!(output.status.signal(), Some(libc::SIGABRT), "{}", output.stderr);
        assert!(output.stderr.contains("reports at exit to standard error"), "{}", output.stderr);
        assert!(last_report(&output).is_none(), "{}", output.stderr);
    }
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

/// What a stranger may name by mistake, with what it is; files are made in `folder`.
fn no_libraries(kit: &Kit, folder: &Path) -> Vec<(&'static str, PathBuf)> {
    let file = |name: &'static str, bytes: &[u8]| {
        let path = folder.join(name);
        fs::write(&path, bytes).expect("the target directory is writable");
        (name, path)
    };
    let mut foreign = fs::read(&kit.library).expect("the library is there");
    // The machine that an ELF file is for stands at byte 18.
    foreign.splice(18..20, 0x00B7_u16.to_le_bytes());
    vec![
        ("nowhere", folder.join("no-such-library.so")),
        ("a folder", folder.to_owned()),
        ("a relative path", "libtollgate_coreclr.so".into()),
        ("another library", kit.assembly.with_file_name("libclrtest.so")),
        file("empty", b""),
        file("text", b"not a library\n"),
        file("another architecture", &foreign),
    ]
}

#[test]
fn a_library_that_cannot_be_loaded_shows_by_the_missing_line() {
    let Some(kit) = kit() else { return };
    let folder = kit.folder.join(format!("no-libraries-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("the target directory is writable");
    let files = no_libraries(kit, &folder);
    for runtime in &kit.runtimes {
        for (what, path) in &files {
            let output = capture(&mut watched(kit, runtime, &["nested"], path));
            assert!(!output.stderr.contains("tollgate-coreclr"), "{what}: {}", output.stderr);
            assert_eq!(output.status.code(), Some(0), "{what}: the runtime goes on: {}", output.stderr);
        }
    }
    fs::remove_dir_all(&folder).expect("it was made above");
}

#[test]
fn variables_that_do_not_fit_together_show_by_the_missing_line() {
    let Some(kit) = kit() else { return };
    for runtime in &kit.runtimes {
        for (variable, value) in [
            ("CORECLR_ENABLE_PROFILING", "0"),
            ("CORECLR_PROFILER", "no class"),
            ("CORECLR_PROFILER", ""),
            ("CORECLR_PROFILER_PATH", ""),
        ] {
            let mut command = watched(kit, runtime, &["nested"], &kit.library);
            let output = capture(command.env(variable, value));
            assert!(!output.stderr.contains("tollgate-coreclr"), "{variable}: {}", output.stderr);
            assert_eq!(output.status.code(), Some(0), "{variable}: the runtime goes on: {}", output.stderr);
        }
    }
}

#[test]
fn another_class_is_named() {
    let Some(kit) = kit() else { return };
    for runtime in &kit.runtimes {
        let mut command = watched(kit, runtime, &["nested"], &kit.library);
        let output = capture(command.env("CORECLR_PROFILER", "{27502D1E-5275-4E19-AABE-CEC593C58459}"));
        let said = "tollgate-coreclr: not watching: the runtime asks for the class \
                    {27502D1E-5275-4E19-AABE-CEC593C58459}, and this library is \
                    {27502D1E-5275-4E19-AABE-CEC593C58458} (0x80040111)\n";
        assert!(output.stderr.contains(said), "{}: {}", runtime.display(), output.stderr);
        assert_eq!(output.status.code(), Some(0), "the runtime goes on without: {}", output.stderr);
        assert!(last_report(&output).is_none(), "{}", output.stderr);
    }
}
