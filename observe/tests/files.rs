//! Recordings that others wrote, at random and those that the fuzzer found worth keeping.

mod common;
mod hostile;

use std::path::Path;

use common::{Random, seed};

#[test]
fn hostile_recordings_are_answered() {
    let mut random = Random::new(seed());
    let mut pages = 0;
    for _ in 0..500 {
        let bytes: Vec<u8> = (0..8 + random.below(400)).map(|_| random.below(256) as u8).collect();
        pages += usize::from(hostile::run(&bytes));
    }
    println!("{pages} of 500 recordings were reported");
    assert!((100..500).contains(&pages), "{pages}");
}

#[test]
fn inputs_of_the_fuzzer_are_answered() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/inputs/report");
    let inputs: Vec<_> = std::fs::read_dir(folder).expect("the folder is there").collect();
    assert!(!inputs.is_empty(), "no input");
    for entry in inputs {
        hostile::run(
            &std::fs::read(entry.expect("the folder can be listed").path()).expect("the input can be read"),
        );
    }
}
