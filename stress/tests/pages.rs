//! Damaged pages, at random and those that the fuzzer found worth keeping.

use std::path::Path;

use tollgate_stress::pages::run;
use tollgate_stress::random::Random;

#[test]
fn damaged_pages_are_survived() {
    let seed = Random::seed();
    println!("TOLLGATE_TEST_SEED={seed}");
    assert!(run(&[0xff]), "a page without damage is one");
    let mut taken = 0;
    for number in 0..4000 {
        let mut random = Random::new(seed.wrapping_add(number));
        let count = 8 + random.below(60) as usize;
        taken += usize::from(run(&random.bytes(count)));
    }
    println!("{taken} of 4000 were taken for pages");
    assert!(taken > 0, "no damage was small enough");
}

#[test]
fn inputs_of_the_fuzzer_are_survived() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/inputs/pages");
    let inputs: Vec<_> = std::fs::read_dir(folder).expect("the folder is there").collect();
    assert!(!inputs.is_empty(), "no input");
    for entry in inputs {
        run(&std::fs::read(entry.expect("the folder can be listed").path()).expect("the input can be read"));
    }
}
