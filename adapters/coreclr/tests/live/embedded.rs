//! C++ hosts that embed the runtime and give the library their own manager.

use std::path::{Path, PathBuf};
use std::process::Command;

use tollgate_tests::artifact::artifact;
use tollgate_tests::command::{capture, succeed};
use tollgate_tests::compiler::{Language, WARNINGS};
use tollgate_tests::workspace;

use crate::json::{self, Json};
use crate::runtimes::{Kit, kit};
use crate::watched::last_report;

/// Compiles a host and links it with both libraries.
fn build(kit: &Kit, source: &Path) -> PathBuf {
    let program = kit.folder.join(source.file_stem().expect("a source file has a name"));
    let libraries = kit.library.parent().expect("the library lies in a folder");
    let mut command = Command::new(Language::Cpp.compiler());
    command.args(["-std=gnu++17", "-O1"]).args(WARNINGS).arg(source);
    for folder in ["include", "adapters/coreclr/include"] {
        command.arg("-I").arg(workspace().join(folder));
    }
    command.arg(&artifact().archive).arg(&kit.library);
    command.arg(format!("-Wl,-rpath,{}", libraries.display()));
    succeed(command.args(["-ldl", "-pthread", "-o"]).arg(&program));
    program
}

fn host(program: &Path, runtime: &Path, kit: &Kit) -> Command {
    let mut command = Command::new(program);
    command.arg(runtime).arg(&kit.assembly).env("DOTNET_SYSTEM_GLOBALIZATION_INVARIANT", "1");
    // cargo's own search path leads to whatever was built last in the ordinary target directory.
    command.env_remove("LD_LIBRARY_PATH");
    command
}

/// Every line of the nested sequence without its indentation, as the example prints it.
const NESTED: [&str; 6] = [
    "LeaveRuntime S_OK clrtest!native_a (Native.native_a)",
    "ReverseEnterRuntime S_OK",
    "LeaveRuntime S_OK clrtest!native_c (Native.native_c)",
    "EnterRuntime S_OK",
    "ReverseLeaveRuntime S_OK",
    "EnterRuntime S_OK",
];
/// The depths of these calls, one more where the runtime also announces the call that started it all.
const DEPTHS: [usize; 6] = [1, 2, 3, 2, 1, 0];

#[test]
fn the_example_prints_the_nested_sequence_and_its_waiting_tasks() {
    let Some(kit) = kit() else { return };
    let program = build(kit, &workspace().join("examples/cpp/clr_host.cpp"));
    for runtime in &kit.runtimes {
        let output = succeed(&mut host(&program, runtime, kit));
        let mut calls: Vec<(String, usize)> = output
            .lines()
            .filter_map(|line| line.split_once("  depth "))
            .map(|(call, rest)| {
                let (depth, name) = rest.split_once("  ").unwrap_or((rest, ""));
                let call = format!("{call} {name}").split_whitespace().collect::<Vec<_>>().join(" ");
                (call, depth.parse().expect("a depth is a number"))
            })
            .collect();
        let outer = usize::from(calls.len() == 8);
        if outer == 1 {
            assert_eq!(calls.remove(0), ("ReverseEnterRuntime S_OK".to_owned(), 1), "{output}");
            assert_eq!(calls.pop(), Some(("ReverseLeaveRuntime S_OK".to_owned(), 0)), "{output}");
        }
        let expected: Vec<(String, usize)> =
            NESTED.iter().zip(DEPTHS).map(|(call, depth)| ((*call).to_owned(), depth + outer)).collect();
        assert_eq!(calls, expected, "{output}");
        let waiting = "in clrtest!wait_here (Native.wait_here), below clrtest!native_a (Native.native_a)";
        assert_eq!(output.lines().filter(|line| line.ends_with(waiting)).count(), 4, "{output}");
        assert!(output.ends_with("the books balance\n"), "{output}");
    }
}

fn scenario(name: &str) -> Vec<String> {
    let Some(kit) = kit() else { return Vec::new() };
    let program = build_once(kit);
    kit.runtimes.iter().map(|runtime| succeed(host(program, runtime, kit).arg(name))).collect()
}

fn build_once(kit: &Kit) -> &'static Path {
    static PROGRAM: std::sync::OnceLock<PathBuf> = std::sync::OnceLock::new();
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clr/embedding_host.cpp");
    PROGRAM.get_or_init(|| build(kit, &source))
}

#[test]
fn native_threads_call_in_through_pointers() {
    scenario("foreign");
}

#[test]
fn work_after_shutdown_is_watched() {
    scenario("after-shutdown");
}

#[test]
fn a_governing_manager_stops_managed_code_at_the_gate() {
    scenario("pause");
}

#[test]
fn a_manager_that_refuses_does_not_stop_the_runtime() {
    scenario("refused");
}

#[test]
fn the_library_answers_queries() {
    for output in scenario("queries") {
        let report = json::parse(&output);
        assert_eq!(report.get("books"), &Json::Null, "the books are the host's: {output}");
        assert!(!report.list("functions").is_empty(), "{output}");
    }
}

#[test]
fn a_manager_that_does_without_a_function_is_asked_once() {
    for output in scenario("exempt") {
        let report = json::parse(&output);
        let function = |entry: &str| {
            let mut functions = report.list("functions").iter();
            let found = functions.find(|function| function.get("entry") == &Json::Text(entry.to_owned()));
            found.unwrap_or_else(|| panic!("no {entry} in {output}"))
        };
        let exempt = ["native_a", "native_c"].map(|entry| function(entry).get("exempt"));
        assert_eq!(exempt, [&Json::Bool(false), &Json::Bool(true)], "{output}");
        let calls = ["native_a", "native_c"].map(|entry| function(entry).number("calls"));
        assert_eq!(calls, [4001, 4001], "calls are counted, told or not: {output}");
    }
}

#[test]
fn a_manager_that_changes_errno_does_not_change_the_callers() {
    scenario("errno");
}

#[test]
fn a_runtime_without_the_library_is_noticed() {
    scenario("absent");
}

/// Names the tests' other profiler as the main one.
fn with_another_profiler(command: &mut Command, kit: &Kit) {
    command.env("CORECLR_ENABLE_PROFILING", "1").env("CORECLR_PROFILER_PATH", &kit.empty_profiler);
    command.env("CORECLR_PROFILER", "{3D1C4C5E-0F0B-4E0B-9B0B-2C6A5B8F7A10}");
}

/// Names the library among the profilers that only listen.
fn as_listener(command: &mut Command, kit: &Kit) {
    command.env("CORECLR_ENABLE_NOTIFICATION_PROFILERS", "1").env(
        "CORECLR_NOTIFICATION_PROFILERS",
        format!("{}={{27502D1E-5275-4E19-AABE-CEC593C58458}};", kit.library.display()),
    );
}

#[test]
fn the_library_runs_beside_another_profiler() {
    let Some(kit) = kit() else { return };
    // Runtimes before .NET 6 know one profiler only.
    let runtime = kit.runtimes.last().expect("there are runtimes");
    for inlining in ["safe", "none"] {
        let mut command = host(&kit.plain_host, runtime, kit);
        command.args(["inlined", "300"]).env("TOLLGATE_CORECLR_FORMAT", "json");
        with_another_profiler(&mut command, kit);
        as_listener(&mut command, kit);
        let output = capture(command.env("TOLLGATE_CORECLR_INLINING", inlining));
        assert!(output.stderr.contains("empty profiler started"), "{}", output.stderr);
        let report = last_report(&output).unwrap_or_else(|| panic!("{inlining}: {}", output.stderr));
        let calls = |entry: &str| {
            let functions = report.list("functions").iter();
            let found = functions.filter(|f| f.get("entry") == &Json::Text(entry.to_owned()));
            found.map(|f| f.number("calls")).sum::<u64>()
        };
        let calls = ["native_c", "native_d", "native_e"].map(calls);
        assert_eq!(calls, [90_000, 30_000, 30_000], "{inlining}: {}", output.stderr);
    }
}

#[test]
fn a_host_enables_the_library_beside_another_profiler() {
    let Some(kit) = kit() else { return };
    for (runtime, expected) in kit.runtimes.iter().zip(["absent\n", "watching\n"]) {
        let mut command = host(build_once(kit), runtime, kit);
        with_another_profiler(command.arg("beside"), kit);
        let output = capture(&mut command);
        let of = format!("{}: {}{}", runtime.display(), output.stdout, output.stderr);
        assert!(output.status.success() && output.stdout == expected, "{of}");
        assert!(output.stderr.contains("empty profiler started"), "{of}");
    }
}

#[test]
fn named_twice_the_library_watches_once() {
    let Some(kit) = kit() else { return };
    for (runtime, turned_away) in kit.runtimes.iter().zip([false, true]) {
        // The host makes it the main profiler, the environment one that listens.
        let mut command = host(build_once(kit), runtime, kit);
        as_listener(command.arg("foreign"), kit);
        let output = capture(&mut command);
        let of = format!("{}: {}{}", runtime.display(), output.stdout, output.stderr);
        assert!(output.status.success(), "{of}");
        let said = "tollgate-coreclr: watching already; a second profiler of this library is turned away (0x80131375)";
        assert_eq!(output.stderr.contains(said), turned_away, "{of}");
    }
}

#[test]
fn a_start_that_fails_is_reported() {
    let Some(kit) = kit() else { return };
    let program = build(kit, &Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clr/fake_runtime.cpp"));
    let output = capture(Command::new(program).env_remove("LD_LIBRARY_PATH"));
    assert!(output.status.success(), "{}", output.stderr);
    for said in [
        "not watching: the runtime offers no information interface (0x80004003)",
        "not watching: the runtime has no ICorProfilerInfo (0x80004002)",
        "not watching: the runtime refuses the event mask (0x80131367)",
        "not watching: it must be there when the runtime starts, not attached later (0x80131369)",
        "watching already; a second profiler of this library is turned away (0x80131375)",
        "watching already; a later attachment is turned away (0x80131369)",
    ] {
        assert!(
            output.stderr.contains(&format!("tollgate-coreclr: {said}\n")),
            "no `{said}` in {}",
            output.stderr
        );
    }
}

#[test]
fn the_library_exports_its_own_functions_only() {
    let Some(kit) = kit() else { return };
    let symbols = succeed(Command::new("nm").args(["-D", "--defined-only"]).arg(&kit.library));
    let mut names: Vec<&str> = symbols.lines().filter_map(|line| line.split_whitespace().nth(2)).collect();
    names.sort_unstable();
    let expected = ["DllGetClassObject", "attach", "enable", "name", "report", "status"];
    let expected: Vec<String> = expected
        .iter()
        .map(
            |name| {
                if name.starts_with('D') { (*name).to_owned() } else { format!("tollgate_coreclr_{name}") }
            },
        )
        .collect();
    assert_eq!(names, expected);
    let dynamic = succeed(Command::new("readelf").arg("-d").arg(&kit.library));
    assert!(dynamic.contains("NODELETE"), "{dynamic}");
}
