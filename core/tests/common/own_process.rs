//! A test in processes of its own: what a process decides once (managers in use, fences) is then the test's to choose.

#![allow(dead_code, reason = "each test program uses a part of it")]

use std::process::Command;

const VARIABLE: &str = "TOLLGATE_TEST_CASE";

/// This program, to be started once more: through `TOLLGATE_TEST_RUNNER` if it is set.
///
/// An emulator of another processor runs one program; one that this starts is the kernel's, which cannot run it.
pub(crate) fn this_program() -> Command {
    let program = std::env::current_exe().expect("this program has a path");
    let runner = std::env::var("TOLLGATE_TEST_RUNNER").unwrap_or_default();
    let mut words = runner.split_whitespace();
    let Some(emulator) = words.next() else { return Command::new(program) };
    let mut command = Command::new(emulator);
    command.args(words).arg(program);
    command
}

/// Runs `test`, a closure written in the calling test function, once for each of `cases`, each in a new process.
#[track_caller]
pub(crate) fn in_own_process<F: FnOnce(&str)>(cases: &[&str], test: F) {
    run_cases(&function_of::<F>(), cases, test);
}

/// Has a panic of any thread end the process, which is the test's own: no other thread waits for ever for that one.
pub(crate) fn end_with_any_panic() {
    let usual = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        usual(panic);
        std::process::abort();
    }));
}

/// The path of the function that a closure was written in, as the test harness knows it.
pub(crate) fn function_of<F>() -> String {
    // The closure's type is called "program::module::function::{{closure}}".
    let path = std::any::type_name::<F>().split("::").skip(1);
    path.take_while(|part| *part != "{{closure}}").collect::<Vec<_>>().join("::")
}

/// [`in_own_process`] for a `test` that was written elsewhere than in the test `function`.
#[track_caller]
pub(crate) fn run_cases(function: &str, cases: &[&str], test: impl FnOnce(&str)) {
    if let Ok(case) = std::env::var(VARIABLE) {
        return test(&case);
    }
    for case in cases {
        let output = this_program()
            .args(["--exact", function, "--nocapture"])
            .env(VARIABLE, case)
            .output()
            .expect("this program starts again");
        let printed = String::from_utf8_lossy(&output.stdout);
        // A name that matches nothing would succeed too, with no test run.
        let passed = output.status.success() && printed.contains("1 passed");
        let (status, errors) = (output.status, String::from_utf8_lossy(&output.stderr));
        assert!(passed, "{function}, case {case}, ended with {status}\n{printed}{errors}");
        print!("{case}: {printed}");
    }
}
