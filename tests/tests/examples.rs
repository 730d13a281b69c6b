//! The examples for C and C++ hosts do what they show, with both libraries.

use tollgate_tests::compiler::build_and_run;

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
