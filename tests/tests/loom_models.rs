//! The loom models, so that `cargo test --workspace` proves them too.

use std::time::Duration;

use tollgate_tests::command::capture_within;
use tollgate_tests::loom::models;

/// They are built and compute for minutes where nothing else is done, and for the longer the more is.
const LIMIT: Duration = Duration::from_secs(7200);

#[test]
fn every_model_holds_and_every_broken_twin_is_caught() {
    let output = capture_within(LIMIT, &mut models());
    assert!(output.status.success(), "the loom models failed:\n{}{}", output.stdout, output.stderr);

    let passed: usize = output
        .stdout
        .lines()
        .filter_map(|line| line.strip_prefix("test result: ok. ")?.split_once(" passed"))
        .map(|(count, _)| count.parse::<usize>().expect("cargo counts in numbers"))
        .sum();
    let broken =
        output.stdout.lines().filter(|line| line.starts_with("test ") && line.contains("broken_")).count();
    assert!(passed > 0, "no model ran: was cfg(loom) lost?\n{}", output.stdout);
    assert!(broken > 0, "no broken twin ran\n{}", output.stdout);
    println!("{passed} loom models, {broken} of them broken twins that were caught");
}
