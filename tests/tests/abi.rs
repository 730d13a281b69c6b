//! The binary interface is the committed one, so that no break lands unnoticed.

use std::fs;

use tollgate_tests::abi::{broken, committed, description};

fn listed(lines: &[&str]) -> String {
    lines.iter().map(|line| format!("  {line}\n")).collect()
}

/// What the comparison calls a break, and what it does not.
#[test]
fn growth_is_no_break_and_loss_is() {
    let old = "soname libtollgate.so.0\nrecord tollgate_config 20 bytes\nslot IHostTask 3: Start\nsymbol tollgate_enter\n";
    let grown = old.replace("20 bytes", "24 bytes") + "symbol tollgate_new\n";
    assert_eq!(broken(old, &grown), Vec::<&str>::new());
    assert_eq!(broken(old, &old.replace("20 bytes", "16 bytes")), ["record tollgate_config 20 bytes"]);
    assert_eq!(broken(old, &old.replace("IHostTask 3", "IHostTask 4")), ["slot IHostTask 3: Start"]);
    assert_eq!(broken(old, &old.replace("symbol tollgate_enter\n", "")), ["symbol tollgate_enter"]);
}

#[test]
fn built_interface_is_the_committed_one() {
    let old = fs::read_to_string(committed()).expect("docs/abi.txt is there");
    let new = description();
    assert!(
        old == new,
        "the binary interface is not what docs/abi.txt says.\ngone:\n{}new:\n{}If nothing is gone, run `cargo xtask abi` \
         and commit the file. If something is, programs linked against the last release would break: see docs/ABI.md.",
        listed(&broken(&old, &new)),
        listed(&broken(&new, &old))
    );
    println!(
        "{} lines: constants, ids, records, slots, functions and symbols as committed",
        new.lines().count()
    );
}
