//! Running a program that knows nothing of Tollgate, watched through the three environment variables.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

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

/// A program that runs until it is told to go on, with three threads in native code.
pub(crate) struct Waiting(Child);

impl Waiting {
    /// Starts a program that [`watched`] has made of `wait 3`, and waits until its threads are where they wait.
    pub(crate) fn start(command: &mut Command) -> Waiting {
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut child = command.spawn().expect("the host can be run");
        let mut line = String::new();
        let said = BufReader::new(child.stdout.take().expect("stdout is piped")).read_line(&mut line);
        said.expect("it speaks");
        assert_eq!(line.trim(), "waiting");
        Waiting(child)
    }

    /// The number of its process.
    pub(crate) fn id(&self) -> u32 {
        self.0.id()
    }

    /// Lets it go on, and sees it end well.
    pub(crate) fn go_on(mut self) {
        self.0.stdin.take().expect("stdin is piped").write_all(b"go on\n").expect("it listens");
        assert!(self.0.wait().expect("a child can be waited for").success());
    }
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
