//! Which failures of a check are believed: programs that fail in known ways stand for tests.
#![cfg(unix)]

use std::collections::HashSet;
use std::fs;
use std::process::Command;
use std::time::Duration;

use mutants::check::{Check, Outcome};
use mutants::group::Group;
use tollgate_tests::target_dir;

/// A check that does this, with the number of the run in `$run` and the mutants in `$TOLLGATE_MUTANTS`.
fn check(name: &str, does: &str) -> Check {
    let folder = target_dir().join("mutants-belief").join(format!("{name}-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    let (program, runs) = (folder.join("program"), folder.join("runs"));
    fs::write(&runs, "").expect("a file");
    let runs = runs.display();
    let text = format!("#!/bin/sh\necho >> '{runs}'; run=$(wc -l < '{runs}')\n{does}\n");
    // Another process writes it: what this one has open for writing, a child of a test beside this one has open too until it
    // runs something else, and the system runs no such file.
    let written = Command::new("sh")
        .args(["-c", "printf %s \"$1\" > \"$0\" && chmod 755 \"$0\""])
        .args([program.as_os_str(), text.as_ref()])
        .status();
    assert!(written.expect("a shell").success());
    Check {
        group: Group::Native,
        program,
        target: name.to_owned(),
        test: name.to_owned(),
        made_of: 0,
        // Far more than any takes, however busy the machine: none here hangs.
        usual: Duration::from_secs(60),
        reaches: HashSet::new(),
    }
}

#[test]
fn who_fails_each_time_and_never_without_the_mutant_is_believed() {
    let check = check("always", r#"[ "$TOLLGATE_MUTANTS" != 7 ]"#);
    assert_eq!(check.with_mutants(&[7]), Outcome::Failed);
    assert_eq!(check.with_mutants(&[8]), Outcome::Passed);
}

#[test]
fn who_fails_by_chance_is_not() {
    assert_eq!(check("once", r#"[ "$run" != 1 ]"#).with_mutants(&[7]), Outcome::Unknown);
    // Both times with the mutant, and the third time not: runs one, three and five are with it.
    assert_eq!(
        check("twice", r#"[ "$run" -gt 3 ] || [ -z "$TOLLGATE_MUTANTS" ]"#).with_mutants(&[7]),
        Outcome::Unknown
    );
}

#[test]
fn who_fails_without_the_mutant_too_is_not() {
    assert_eq!(check("broken", "exit 1").with_mutants(&[7]), Outcome::Disturbed);
    // Passes without it the first time, and not the second.
    let check = check("later", r#"[ -z "$TOLLGATE_MUTANTS" ] && [ "$run" -lt 3 ]"#);
    assert_eq!(check.with_mutants(&[7]), Outcome::Disturbed);
}

#[test]
fn many_are_asked_again_one_by_one_and_not_here() {
    let check = check("many", r#"[ "$run" != 1 ]"#);
    assert_eq!(
        (check.with_mutants(&[7, 8]), check.with_mutants(&[7, 8])),
        (Outcome::Failed, Outcome::Passed)
    );
}
