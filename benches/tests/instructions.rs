//! The gate: how many instructions each door takes, counted in the release artifact. Not a measurement: exact, the same
//! on every machine with the same compiler.

#![cfg(target_os = "linux")]

use benches::counts::{DOORS, Door, EMPTY, Shape, instructions};
use benches::programs::tools;
use benches::stepper::Refused;
use tollgate_tests::skipped;

/// The count, or `None` where it cannot be taken, which is said.
fn counted(door: &Door, shape: Shape) -> Option<u64> {
    if !cfg!(target_arch = "x86_64") {
        skipped("instruction budgets are stated for x86-64");
        return None;
    }
    match instructions(door, shape) {
        Ok(count) => Some(count),
        Err(Refused::Trace(error)) => {
            skipped(&format!("this system does not let a process be single-stepped: {error}"));
            None
        }
        Err(Refused::Program(what)) => panic!("{what}"),
    }
}

#[test]
fn every_door_keeps_its_budget() {
    // Shown with a failure: another compiler may make other instructions of the same source.
    print!("{}", tools());
    let mut beyond = Vec::new();
    println!("{:28} {:>7} {:>12} {:>7}", "instructions", "counted", "as budgeted", "budget");
    for door in EMPTY.iter().chain(DOORS) {
        for shape in [Shape::Pairs, Shape::Nested] {
            let Some(count) = counted(door, shape) else { return };
            let budgeted = door.as_budgeted(count, shape).expect("counted a moment ago");
            println!("{:28} {count:7} {budgeted:12} {:7}  {shape:?}", door.title, door.budget(shape));
            if budgeted > door.budget(shape) {
                beyond.push((door.title, shape));
            }
        }
    }
    assert!(beyond.is_empty(), "beyond their budget: {beyond:?}");
}

#[test]
fn static_and_shared_thunks_are_equally_short() {
    let [empty_static, empty_shared] = EMPTY;
    for shape in [Shape::Pairs, Shape::Nested] {
        let of = |door: &Door| counted(door, shape);
        let (Some(a), Some(b)) = (of(&DOORS[0]), of(&DOORS[1])) else { return };
        let (Some(c), Some(d)) = (of(&empty_static), of(&empty_shared)) else { return };
        assert_eq!(a - c, b - d, "instructions beyond an empty vtable, static and shared ({shape:?})");
    }
}
