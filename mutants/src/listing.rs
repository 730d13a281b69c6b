//! `docs/sites.txt`: every site of the core, and what vouches for it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::checks::Check;
use crate::instrument::Numbered;
use crate::results::Fate;

/// Where the list stands.
pub fn path(workspace: &Path) -> PathBuf {
    workspace.join("docs/sites.txt")
}

const HEAD: &str = "\
# Every ordering, every call that stores, fences, arms or wakes, and every unsafe block of core/src, with what vouches for it.
# Written by `cargo run --release -p mutants -- --write`; a test holds the names against the source.
#
# A mutant: the check that fails with it, or `survives`: the reason stands in docs/mutants.txt.
# An unsafe block: how many checks of each kind run it, or `argument`: none does, and its SAFETY comment stands alone.
";

/// Writes the list anew.
pub fn write(
    workspace: &Path,
    all: &[Numbered],
    fates: &BTreeMap<String, Fate>,
    checks: &[Check],
) -> Result<(), String> {
    let mut text = HEAD.to_owned();
    let mut file = "";
    for one in all {
        if one.site.file != file {
            file = &one.site.file;
            text += "\n";
        }
        let name = one.name();
        let vouches = match (&one.mutation, fates.get(&name)) {
            (Some(_), Some(Fate::Killed(by))) => by.clone(),
            (Some(_), Some(Fate::Survived(_))) => "survives".to_owned(),
            (Some(_), None) => "not run".to_owned(),
            (None, _) => reached(one.number, checks),
        };
        text += &format!("{name} | {vouches}\n");
    }
    let path = path(workspace);
    fs::write(&path, text).map_err(|e| format!("cannot write {}: {e}", path.display()))
}

fn reached(number: u32, checks: &[Check]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for check in checks.iter().filter(|check| check.reaches.contains(&number)) {
        *counts.entry(check.group.name()).or_default() += 1;
    }
    if counts.is_empty() {
        return "argument".to_owned();
    }
    let parts: Vec<String> = counts.iter().map(|(group, count)| format!("{count} {group}")).collect();
    format!("run by {}", parts.join(", "))
}

/// The names in the list, as it is committed.
pub fn names(workspace: &Path) -> Result<Vec<String>, String> {
    let path = path(workspace);
    let text = fs::read_to_string(&path).map_err(|e| format!("cannot read {}: {e}", path.display()))?;
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    Ok(lines.map(|line| line.rsplit_once(" | ").map_or(line, |(name, _)| name).to_owned()).collect())
}
