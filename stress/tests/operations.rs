//! Operations at random on one manager and on several, against the books.
//!
//! Prints its seed; TOLLGATE_TEST_SEED=n takes it back, TOLLGATE_TEST_SEQUENCES=n tries more. Inputs that the fuzzer found are run first.

use std::path::Path;

use tollgate_stress::operation::operations;
use tollgate_stress::random::Random;
use tollgate_stress::trial::{Done, run};

fn sequences() -> u64 {
    let told = std::env::var("TOLLGATE_TEST_SEQUENCES").ok().and_then(|n| n.parse().ok());
    told.unwrap_or(if cfg!(tsan) { 100 } else { 500 })
}

fn at_random(managers: usize) {
    let seed = Random::seed();
    println!("TOLLGATE_TEST_SEED={seed}");
    let mut done = Done::default();
    for number in 0..sequences() {
        let mut random = Random::new(seed.wrapping_add(number));
        let count = 16 + random.below(400) as usize;
        let operations = operations(&random.bytes(count));
        let outcome = std::panic::catch_unwind(|| run(&operations, managers));
        match outcome {
            Ok(more) => done = done.and(more),
            Err(_) => panic!(
                "TOLLGATE_TEST_SEED={} TOLLGATE_TEST_SEQUENCES=1 fails: {operations:?}",
                seed.wrapping_add(number)
            ),
        }
    }
    println!("{} sequences on {managers} managers: {done:?}", sequences());
    assert!(
        done.refusals > 0 && done.transitions > done.operations / 8,
        "the sequences reach what they are meant to"
    );
}

/// A process of one manager takes other paths, so this test program has no test with several.
#[test]
fn operations_on_one_manager_match_the_books() {
    at_random(1);
}

#[test]
fn inputs_of_the_fuzzer_match_the_books() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/inputs/operations");
    let mut ran = 0;
    for entry in std::fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("the folder can be listed").path();
        run(&operations(&std::fs::read(path).expect("the input can be read")), 1);
        ran += 1;
    }
    assert!(ran > 0, "no input");
}
