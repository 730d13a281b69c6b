//! The examples for C and C++ hosts do what they show, with both libraries.

use std::fs;
use std::process::Command;

use tollgate_tests::command::succeed;
use tollgate_tests::compiler::{Language, Linkage, WARNINGS, build_and_run, build_with, is_there};
use tollgate_tests::{skipped, workspace};

/// Every line of the nested sequence, as the examples print it.
const NESTED: [&str; 6] = [
    "LeaveRuntime         S_OK  depth 1",
    "ReverseEnterRuntime  S_OK  depth 2",
    "LeaveRuntime         S_OK  depth 3",
    "EnterRuntime         S_OK  depth 2",
    "ReverseLeaveRuntime  S_OK  depth 1",
    "EnterRuntime         S_OK  depth 0",
];

fn expect_nested_and_balanced(source: &str) {
    for output in build_and_run(source) {
        let calls: Vec<&str> =
            output.lines().map(str::trim).filter(|line| line.contains("depth ")).take(6).collect();
        assert_eq!(calls, NESTED, "{source} printed:\n{output}");
        assert!(output.contains("4 tasks"), "{source} shows no snapshot of its 4 threads:\n{output}");
        assert!(output.trim_end().ends_with("the books balance"), "{source} printed:\n{output}");
    }
}

#[test]
fn c_host() {
    expect_nested_and_balanced("examples/c/host.c");
}

#[test]
fn cpp_host() {
    expect_nested_and_balanced("examples/cpp/host.cpp");
}

#[test]
fn hello() {
    for output in build_and_run("examples/c/hello.c") {
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(output, format!("Tollgate {version}: 1 task, outside, depth 1\n"));
    }
}

#[test]
fn pause_with_a_deadline() {
    for output in build_and_run("examples/c/pause_deadline.c") {
        let (laggard, rest) = output.split_once('\n').expect("two lines");
        assert!(laggard.starts_with("laggard: task 1, thread "), "{output}");
        assert!(laggard.ends_with("depth 2, called by native_sort"), "{output}");
        assert_eq!(rest, "quiescent: no task is inside\n");
    }
}

#[test]
fn trace() {
    for output in build_and_run("examples/c/trace.c") {
        let lines: Vec<_> =
            output.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
        let expected = [
            "task 1 depth 1 leave native_a",
            "task 1 depth 2 reverse_enter",
            "task 1 depth 3 leave native_c",
            "task 1 depth 2 enter",
            "task 1 depth 1 reverse_leave",
            "task 1 depth 0 enter",
            "0 events lost",
        ];
        assert_eq!(lines, expected, "{output}");
    }
}

#[test]
fn objects() {
    for output in build_and_run("examples/cpp/raii.cpp") {
        let depths: Vec<_> = output.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()).collect();
        let expected = [("native_a", "1"), ("managed_b", "2"), ("native_c", "3"), ("back", "0")];
        assert_eq!(depths, expected.map(|(place, depth)| [place, "depth", depth]), "{output}");
    }
}

#[test]
fn thread_pool() {
    for output in build_and_run("examples/cpp/thread_pool.cpp") {
        assert_eq!(
            output,
            "10000 jobs, 0 refused, 0 seen inside during 20 pauses\n\
             10000 reverse_enters, 10000 leaves, 0 irregularities\n"
        );
    }
}

/// Built with the options that the comment in `plugin.c` names.
#[test]
fn plugin() {
    let hidden = ["-shared", "-fPIC", "-Wl,--exclude-libs,libtollgate.a", "-Wl,-z,nodelete"];
    let source = fs::read_to_string(workspace().join("examples/c/plugin.c")).expect("plugin.c is there");
    assert!(hidden.iter().all(|option| source.contains(option)), "plugin.c names other options");
    let plugin = build_with("examples/c/plugin.c", Linkage::Static, "example", &hidden);
    let host = build_with("examples/c/plugin_host.c", Linkage::None, "example", &["-ldl"]);
    let output = succeed(Command::new(host).arg(plugin));
    assert_eq!(output, "4000 crossings\nclosed, and its threads ended after it\n");
}

/// Needs a CoreCLR to run; here it must compile.
#[test]
fn clr_host_compiles() {
    let mut compile = Command::new(Language::Cpp.compiler());
    compile.current_dir(workspace()).args(["-std=c++17", "-fsyntax-only"]).args(WARNINGS);
    succeed(compile.args(["-Iinclude", "-Iadapters/coreclr/include", "examples/cpp/clr_host.cpp"]));
}

/// Needs Windows to run, which scripts/platforms/windows.sh provides; here it must compile, beside Microsoft's declarations.
#[test]
fn desktop_clr_host_compiles() {
    for width in ["x86_64", "i686"] {
        let compiler = format!("{width}-w64-mingw32-g++");
        if !is_there(&compiler) {
            skipped(&format!("no {compiler} on this machine: a host of the desktop CLR is not compiled"));
            continue;
        }
        let mut compile = Command::new(compiler);
        compile.current_dir(workspace()).args(["-std=c++17", "-fsyntax-only"]).args(WARNINGS);
        succeed(compile.args(["-Iinclude", "examples/cpp/desktop_clr_host.cpp"]));
    }
}

#[test]
fn every_example_is_run() {
    let this = include_str!("examples.rs");
    for folder in ["examples/c", "examples/cpp"] {
        for entry in fs::read_dir(workspace().join(folder)).expect("the folder is there") {
            let name = entry.expect("the folder can be listed").file_name();
            let source = format!("{folder}/{}", name.to_string_lossy());
            assert!(this.contains(&format!("\"{source}\"")), "{source} is never run");
        }
    }
}
