//! The lists in docs are about the core as it is.

use std::collections::BTreeSet;

use mutants::ground::Ground;
use mutants::instrument::numbered;
use mutants::listing::{SURVIVES, lines, names_a_check_that_is_gone};
use mutants::survivors::survivors;
use tollgate_tests::workspace;

#[test]
fn every_site_is_listed_and_nothing_else() {
    let sites: BTreeSet<String> =
        numbered(workspace()).expect("the core is understood").iter().map(|one| one.name()).collect();
    let listed: BTreeSet<String> = lines(workspace()).expect("the list is there").into_keys().collect();
    let new: Vec<_> = sites.difference(&listed).collect();
    let gone: Vec<_> = listed.difference(&sites).collect();
    assert!(
        new.is_empty() && gone.is_empty(),
        "docs/sites.txt is not about this core: run `cargo run --release -p mutants -- --sites`, and better \
         `cargo run --release -p mutants -- --write`.\nnew: {new:#?}\ngone: {gone:#?}"
    );
    assert!(sites.len() > 400, "the core has more than {} sites", sites.len());
}

#[test]
fn every_survivor_is_a_site_and_said_to_survive() {
    let lines = lines(workspace()).expect("the list is there");
    for name in survivors(workspace()).expect("the list of survivors is there").keys() {
        let vouches = lines.get(name);
        assert!(vouches.is_some(), "docs/mutants.txt names `{name}`, which is no mutant any more");
        assert!(vouches.is_some_and(|vouches| vouches.starts_with(SURVIVES)), "{name}: {vouches:?}");
    }
}

#[test]
fn every_check_that_kills_is_there() {
    let ground = Ground::read(workspace(), &numbered(workspace()).expect("the core is understood"));
    let lines = lines(workspace()).expect("the list is there");
    let gone: Vec<_> = lines.iter().filter(|(_, said)| names_a_check_that_is_gone(said, &ground)).collect();
    assert!(gone.is_empty(), "run `cargo run --release -p mutants -- --sites`: {gone:#?}");
    let killer = "test streams::long_random_streams_match_the_model";
    assert!(ground.check(killer).is_some() && ground.check("test streams::nobody").is_none());
}
