//! The gate: how many instructions each door takes, counted in the release artifact. Not a measurement: exact, the same
//! on every machine with the same compiler.

#![cfg(target_os = "linux")]

use benches::counts::{DOORS, Door, EMPTY, Shape, instructions, rounds};
use benches::programs::tools;
use benches::stepper::{Refused, count, count_beside};
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

/// Sends the stopped process the signal of this step: whatever a terminal, a timer or a supervisor sends, again and again,
/// while a round is under way.
fn disturb(process: libc::pid_t, step: u64) {
    let others = [libc::SIGSTOP, libc::SIGCONT, libc::SIGWINCH, libc::SIGALRM, libc::SIGTSTP, libc::SIGTERM];
    // Not to the end of a round: a SIGCONT takes away the SIGSTOP that a process has sent itself a moment ago.
    if step < 60 {
        // SAFETY: takes two integers; the process is stopped and nobody has waited for its end.
        assert_eq!(unsafe { libc::kill(process, others[step as usize % others.len()]) }, 0);
    }
}

#[test]
fn signals_of_others_change_no_count() {
    let door = &DOORS[0];
    if counted(door, Shape::Pairs).is_none() {
        return;
    }
    let undisturbed = count(rounds(door, Shape::Pairs)).expect("it was counted a moment ago");
    let disturbed = count_beside(rounds(door, Shape::Pairs), disturb).expect("it is counted all the same");
    assert_eq!(disturbed, undisturbed);
}

#[test]
fn a_program_that_fails_is_not_counted() {
    let door = &DOORS[0];
    if counted(door, Shape::Pairs).is_none() {
        return;
    }
    for fault in [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE, libc::SIGABRT] {
        let fail = |process, step| {
            if step == 10 {
                // SAFETY: as above.
                assert_eq!(unsafe { libc::kill(process, fault) }, 0);
            }
        };
        let refused = count_beside(rounds(door, Shape::Pairs), fail).expect_err("it failed");
        let Refused::Program(what) = refused else { panic!("{refused:?}") };
        assert!(what.contains(&format!("Stopped({fault})")), "{what}");
    }
}
