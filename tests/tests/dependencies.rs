//! Every dependency has its reason in `docs/DEPENDENCIES.md`.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use tollgate_tests::workspace;

/// The names that the dependency sections of a manifest declare, the project's own packages aside.
fn declared(manifest: &str) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut in_section = false;
    for line in manifest.lines() {
        if let Some(section) = line.strip_prefix('[') {
            in_section = section.trim_end_matches(']').ends_with("dependencies");
        } else if let Some((name, _)) = line.split_once('=').filter(|_| in_section && !line.starts_with('#'))
        {
            let name = name.split('.').next().expect("split has a first part").trim();
            if !name.starts_with("tollgate") {
                names.insert(name.to_owned());
            }
        }
    }
    names
}

/// The manifests of the workspace: of the root, of every member that it lists, and of the fuzz targets, which stand outside.
fn manifests() -> Vec<String> {
    let root = fs::read_to_string(workspace().join("Cargo.toml")).expect("Cargo.toml is there");
    let members = root.split_once("members = [").expect("the workspace has members").1;
    let members = members.split_once(']').expect("the list ends").0;
    let read = |member: &str| {
        let manifest = workspace().join(Path::new(member)).join("Cargo.toml");
        fs::read_to_string(&manifest).unwrap_or_else(|e| panic!("cannot read {}: {e}", manifest.display()))
    };
    let mut all: Vec<String> = members.split('"').skip(1).step_by(2).chain(["fuzz"]).map(read).collect();
    all.push(root);
    all
}

#[test]
fn every_dependency_has_a_reason() {
    let reasons =
        fs::read_to_string(workspace().join("docs/DEPENDENCIES.md")).expect("docs/DEPENDENCIES.md is there");
    let declared: BTreeSet<String> = manifests().iter().flat_map(|manifest| declared(manifest)).collect();
    assert!(declared.len() > 3, "the manifests were not understood: {declared:?}");
    for name in &declared {
        assert!(
            reasons.contains(&format!("| `{name}`")),
            "docs/DEPENDENCIES.md does not say why `{name}` is needed"
        );
    }
    // Tools of other platforms come from a distribution, and no manifest knows them.
    let (crates, _) = reasons.split_once("## Tools for other platforms").unwrap_or((&reasons, ""));
    let listed = crates.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    for (name, _) in listed {
        assert!(declared.contains(name), "docs/DEPENDENCIES.md speaks of `{name}`, which nothing depends on");
    }
    println!("{} dependencies, each with a reason", declared.len());
}
