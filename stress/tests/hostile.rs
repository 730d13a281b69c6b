//! Hostile arguments to the C functions, at random and those that the fuzzer found worth keeping.

use std::path::Path;

use tollgate_stress::hostile::run;
use tollgate_stress::random::Random;

#[test]
fn hostile_arguments_are_answered() {
    let seed = Random::seed();
    println!("TOLLGATE_TEST_SEED={seed}");
    let mut calls = 0;
    for number in 0..2000 {
        let mut random = Random::new(seed.wrapping_add(number));
        let count = 16 + random.below(500) as usize;
        calls += run(&random.bytes(count));
    }
    println!("{calls} calls");
    assert!(calls > 2000, "{calls}");
}

#[test]
fn inputs_of_the_fuzzer_are_answered() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/inputs/hostile");
    let inputs: Vec<_> = std::fs::read_dir(folder).expect("the folder is there").collect();
    assert!(!inputs.is_empty(), "no input");
    for entry in inputs {
        run(&std::fs::read(entry.expect("the folder can be listed").path()).expect("the input can be read"));
    }
}
