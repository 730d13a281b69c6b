//! The same with three managers, in a process of its own: from the second manager on every call looks its cell up.

use std::path::Path;

use tollgate_stress::operation::operations;
use tollgate_stress::random::Random;
use tollgate_stress::trial::{Done, run};

#[test]
fn operations_on_three_managers_match_the_books() {
    let told = std::env::var("TOLLGATE_TEST_SEQUENCES").ok().and_then(|n| n.parse().ok());
    let sequences = told.unwrap_or(if cfg!(tsan) { 100 } else { 500 });
    let seed = Random::seed();
    println!("TOLLGATE_TEST_SEED={seed}");
    let mut done = Done::default();
    for number in 0..sequences {
        let mut random = Random::new(seed.wrapping_add(number));
        let count = 16 + random.below(400) as usize;
        let operations = operations(&random.bytes(count));
        match std::panic::catch_unwind(|| run(&operations, 3)) {
            Ok(more) => done = done.and(more),
            Err(_) => panic!("TOLLGATE_TEST_SEED={} fails: {operations:?}", seed.wrapping_add(number)),
        }
    }
    println!("{sequences} sequences on 3 managers: {done:?}");
}

#[test]
fn inputs_of_the_fuzzer_match_the_books() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/inputs/several");
    let inputs: Vec<_> = std::fs::read_dir(folder).expect("the folder is there").collect();
    assert!(!inputs.is_empty(), "no input");
    for entry in inputs {
        let path = entry.expect("the folder can be listed").path();
        run(&operations(&std::fs::read(path).expect("the input can be read")), 3);
    }
}
