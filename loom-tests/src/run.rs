//! Runs a model, or its broken twin in a process of its own.

use std::io::Write as _;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::{env, fmt, panic, process, thread};

use tollgate_core::model::{Fault, inject};

/// Which interleavings a model is run in.
#[derive(Clone, Copy)]
pub enum Bound {
    /// All.
    Exhaustive,
    /// Those in which threads are preempted at most so many times in all.
    Preemptions(usize),
}

impl fmt::Display for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Bound::Exhaustive => f.write_str("exhaustive"),
            Bound::Preemptions(most) => write!(f, "up to {most} preemptions"),
        }
    }
}

/// What loom says of two threads that touch the same data: one was where it must not be, or an ordering is missing.
pub const RACE: &str = "Causality violation";
/// What loom says when nobody can go on: a wake-up was lost.
pub const DEADLOCK: &str = "deadlock";

/// Set in the process of a twin.
const TWIN: &str = "TOLLGATE_BROKEN_TWIN";
/// Exit status of a twin that failed, as it must.
const FAILED: i32 = 3;
/// Exit status of a twin that held, and so proves its model worthless.
const HELD: i32 = 4;

impl Bound {
    /// LOOM_MAX_PREEMPTIONS, if set, lets a patient person go deeper than the models usually do.
    fn or_as_told(self) -> Bound {
        match (self, loom::model::Builder::new().preemption_bound) {
            (Bound::Preemptions(_), Some(told)) => Bound::Preemptions(told),
            _ => self,
        }
    }
}

/// Runs `model` in the interleavings of `bound`; one failure fails the test.
pub fn holds(bound: Bound, model: fn()) {
    let bound = bound.or_as_told();
    let executions = explore(bound, model);
    // Straight to the stream: the harness keeps what passing tests print.
    let line = format!("model {}: {bound}, {executions} executions\n", test_name());
    std::io::stdout().write_all(line.as_bytes()).expect("standard output takes a line");
}

/// Runs `model` with `fault` in the core; passes if that fails, and says `because`.
pub fn broken(bound: Bound, fault: Fault, because: &str, model: fn()) {
    fails(bound, because, || inject(fault), model);
}

/// Passes if `model`, which is broken itself, fails, and says `because`.
pub fn caught(bound: Bound, because: &str, model: fn()) {
    fails(bound, because, || {}, model);
}

/// In a process of its own: loom cannot always unwind from a deadlock, and a fault belongs to the whole process.
fn fails(bound: Bound, because: &str, prepare: impl FnOnce(), model: fn()) {
    if env::var_os(TWIN).is_some() {
        prepare();
        panic::set_hook(Box::new(|failure| {
            eprintln!("{failure}");
            process::exit(FAILED);
        }));
        explore(bound, model);
        process::exit(HELD);
    }
    let output = Command::new(env::current_exe().expect("a test program knows where it is"))
        .args(["--exact", &test_name(), "--nocapture"])
        .env(TWIN, "1")
        .output()
        .expect("the test program starts once more");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_ne!(output.status.code(), Some(HELD), "the broken twin holds: the model does not see the fault");
    assert_eq!(output.status.code(), Some(FAILED), "the broken twin did not run: {}\n{said}", output.status);
    assert!(said.contains(because), "the twin failed, but not because of {because:?}:\n{said}");
}

/// How many executions it took.
fn explore(bound: Bound, model: fn()) -> usize {
    let executions = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&executions);
    let mut builder = loom::model::Builder::new();
    builder.max_branches = 20_000;
    builder.preemption_bound = match bound {
        Bound::Exhaustive => None,
        Bound::Preemptions(most) => Some(most),
    };
    builder.check(move || {
        counted.fetch_add(1, Ordering::Relaxed);
        model();
    });
    executions.load(Ordering::Relaxed)
}

/// The harness names each test's thread after the test.
fn test_name() -> String {
    thread::current().name().expect("a test runs on a thread of its own").to_owned()
}
