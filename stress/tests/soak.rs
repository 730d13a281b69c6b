//! A short run of the stress command, and what it does when asked for help.

use std::process::Command;

fn command() -> Command {
    Command::new(env!("CARGO_BIN_EXE_tollgate-stress"))
}

#[test]
fn two_rounds_hold() {
    let seed = tollgate_stress::random::Random::seed();
    let output = command().args(["--seconds", "3", "--seed", &seed.to_string()]).output().expect("it starts");
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    println!("{out}");
    assert!(output.status.success(), "{out}{err}");
    assert!(out.contains("every invariant held"));
}

#[test]
fn a_wrong_option_is_refused_with_the_help() {
    let output = command().arg("--second").output().expect("it starts");
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--seconds N"));
}
