//! The C and C++ programs of `tests/c` and `tests/cpp`, each built with the system's compiler against the static and the
//! shared library, and run.

use std::fs;

use tollgate_tests::artifact::{artifact, exports};
use tollgate_tests::compiler::build_and_run;
use tollgate_tests::workspace;

/// One test per program, and one that fails when a program is not in the list.
macro_rules! programs {
    ($($name:ident: $source:literal,)*) => {
        $(
            #[test]
            fn $name() {
                for output in build_and_run($source) {
                    print!("{output}");
                }
            }
        )*

        #[test]
        fn every_program_is_listed() {
            let listed = [$($source),*];
            for folder in ["tests/c", "tests/cpp"] {
                for entry in fs::read_dir(workspace().join(folder)).expect("the folder is there") {
                    let name = entry.expect("the folder can be listed").file_name();
                    let source = format!("{folder}/{}", name.to_string_lossy());
                    let is_program = source.ends_with(".c") || source.ends_with(".cpp");
                    assert!(!is_program || listed.contains(&source.as_str()), "{source} is never run");
                }
            }
        }
    };
}

programs! {
    availability: "tests/c/availability.c",
    bad_input: "tests/c/bad_input.c",
    deep_levels: "tests/c/deep_levels.c",
    dying_threads: "tests/c/dying_threads.c",
    errno_preserved: "tests/c/errno_preserved.c",
    fork_child: "tests/c/fork_child.c",
    gate: "tests/c/gate.c",
    first_calls: "tests/c/first_calls.c",
    handles: "tests/c/handles.c",
    host_control: "tests/c/host_control.c",
    identity: "tests/c/identity.c",
    inline: "tests/c/inline.c",
    irregular: "tests/c/irregular.c",
    kernel_free: "tests/c/kernel_free.c",
    many_threads: "tests/c/many_threads.c",
    max_tasks: "tests/c/max_tasks.c",
    nested_sequence: "tests/c/nested_sequence.c",
    process_end: "tests/c/process_end.c",
    records: "tests/c/records.c",
    short_threads: "tests/c/short_threads.c",
    signals: "tests/c/signals.c",
    trace: "tests/c/trace.c",
    two_managers: "tests/c/two_managers.c",
    cpp_com_slots: "tests/cpp/com_slots.cpp",
    cpp_inline: "tests/cpp/inline.cpp",
    cpp_nested_sequence: "tests/cpp/nested_sequence.cpp",
    cpp_raii: "tests/cpp/raii.cpp",
    cpp_runtime_half: "tests/cpp/runtime_half.cpp",
    cpp_task_ends: "tests/cpp/task_ends.cpp",
    cpp_tasks: "tests/cpp/tasks.cpp",
}

/// Nobody promises what no test has seen: a new function belongs into `errno_preserved.c`.
#[test]
fn errno_is_checked_for_every_function() {
    let programs = ["tests/c/errno_preserved.c", "tests/c/fork_child.c"]
        .map(|source| fs::read_to_string(workspace().join(source)).expect("the program is there"))
        .concat();
    for name in exports(&artifact().shared) {
        // Data, and the halves that only tollgate_inline.h calls, which expect a half-done transition.
        if !name.starts_with("tollgate_IID_") && !name.ends_with("_slow") {
            assert!(programs.contains(&format!("{name}(")), "errno_preserved.c does not call {name}");
        }
    }
}
