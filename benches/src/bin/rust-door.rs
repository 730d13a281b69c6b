//! One door of Rust in a program of its own: `rust-door DOOR SHAPE TIMES`, the same as `benches/c/main.c`.

use std::process::ExitCode;

use benches::rust_doors::LOOPS;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [door, shape, times] = arguments.as_slice() else { return usage() };
    let Some((_, _, run)) = LOOPS.iter().find(|(d, s, _)| d == door && s == shape) else { return usage() };
    let Ok(times) = times.parse::<u64>() else { return usage() };

    let mut result = run(1);
    stop();
    result = result.and(run(times));
    stop();
    result = result.and(run(2 * times));
    stop();
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("a transition failed: {error}");
            ExitCode::FAILURE
        }
    }
}

fn usage() -> ExitCode {
    eprintln!("usage: rust-door tls|task|guard pairs|nested TIMES");
    ExitCode::from(2)
}

/// Stops the process until its tracer lets it go on.
fn stop() {
    // SAFETY: takes a signal's number.
    unsafe { libc::raise(libc::SIGSTOP) };
}
