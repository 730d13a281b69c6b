//! `docs/sites.txt`: every site of the core, and what vouches for it.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::check::Check;
use crate::ground::Ground;
use crate::group::Group;
use crate::instrument::Numbered;
use crate::judge::by_group;
use crate::results::{Fate, killer};

/// What the list says of a site that is new in it.
pub const NOT_RUN: &str = "not run";

/// What it says of a mutant that no check kills, before the number of checks that passed.
pub const SURVIVES: &str = "survives";
/// What it says after the check that killed a mutant before that check, or the mutant's file, became another.
pub const BEFORE: &str = ", before a change";
/// What it says of what is not compiled where the checks run.
pub const ELSEWHERE: &str = "on Windows alone";

/// Where the list stands.
pub fn path(workspace: &Path) -> PathBuf {
    workspace.join("docs/sites.txt")
}

const HEAD: &str = "\
# Every ordering, every call that stores, fences, arms or wakes, and every unsafe block of core/src, with what vouches for it.
# Written by `cargo run --release -p mutants -- --write`, or `--sites`, which runs nothing and keeps what is known; a test holds
# the names against the source.
#
# A mutant: the check that fails with it, or `survives` and how many checks of each kind passed with it: the reason stands in
# docs/mutants.txt. `so far`: there are more, to which it has not been put yet.
# An unsafe block: how many checks of each kind run it, or `argument`: none does, and its SAFETY comment stands alone.
# `on Windows alone`: not compiled where the checks run.
";

/// Writes the list anew. Where nothing was found out this time, what the list said before stays.
pub fn write(
    workspace: &Path,
    all: &[Numbered],
    fates: &BTreeMap<String, Fate>,
    checks: &[Check],
    ground: &Ground,
) -> Result<(), String> {
    let before = lines(workspace).unwrap_or_default();
    let mut text = HEAD.to_owned();
    let mut file = "";
    for one in all {
        if one.site.file != file {
            file = &one.site.file;
            text += "\n";
        }
        let name = one.name();
        let vouches = match (&one.mutation, fates.get(&name)) {
            _ if !one.site.is_of_this_system() => ELSEWHERE.to_owned(),
            (Some(_), Some(Fate::Killed(by))) => by.clone(),
            (Some(_), Some(Fate::Former(by))) => format!("{by}{BEFORE}"),
            (Some(_), Some(Fate::Survived(passed))) => survives(passed),
            (Some(_), Some(Fate::Open(passed))) if !passed.is_empty() => {
                format!("{SURVIVES} {passed} so far")
            }
            (None, _) if !checks.is_empty() => reached(one.number, checks),
            _ => match before.get(&name) {
                Some(said) if names_a_check_that_is_gone(said, ground) => format!("{said}{BEFORE}"),
                Some(said) => said.clone(),
                None => NOT_RUN.to_owned(),
            },
        };
        text += &format!("{name} | {vouches}\n");
    }
    let path = path(workspace);
    fs::write(&path, text).map_err(|e| format!("cannot write {}: {e}", path.display()))
}

/// True if what the list says of a mutant is a check that kills it, and that is not there under this name.
pub fn names_a_check_that_is_gone(said: &str, ground: &Ground) -> bool {
    let is_check = Group::ALL.iter().any(|group| said.split(' ').next() == Some(group.name()));
    is_check && !said.ends_with(BEFORE) && ground.check(killer(said)).is_none()
}

fn survives(passed: &str) -> String {
    if passed.is_empty() {
        format!("{SURVIVES}: no check reaches it")
    } else {
        format!("{SURVIVES} {passed}")
    }
}

fn reached(number: u32, checks: &[Check]) -> String {
    let reaching: Vec<&Check> = checks.iter().filter(|check| check.reaches.contains(&number)).collect();
    if reaching.is_empty() { "argument".to_owned() } else { format!("run by {}", by_group(&reaching)) }
}

/// The list as it is committed: what vouches for each name.
pub fn lines(workspace: &Path) -> Result<BTreeMap<String, String>, String> {
    let path = path(workspace);
    let text = fs::read_to_string(&path).map_err(|e| format!("cannot read {}: {e}", path.display()))?;
    let lines = text.lines().filter_map(|line| line.split_once(" | "));
    Ok(lines.map(|(name, vouches)| (name.to_owned(), vouches.to_owned())).collect())
}
