//! What became of each mutant, kept between runs.

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::check::Check;
use crate::ground::Ground;

/// The fate of one mutant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// A check failed: its name.
    Killed(String),
    /// A check killed it once, which has changed since, or the file has.
    Former(String),
    /// All checks that reach it passed, or gave no answer: how many of each kind those were.
    Survived(String),
    /// So many passed, and others have not been run yet.
    Open(String),
}

/// What it says of a check that kills, and does so by waiting for ever.
const HANGS: &str = " (hangs)";

/// Who was killed by what, and who has passed what, on the ground as it is now.
pub struct Results<'a> {
    folder: PathBuf,
    ground: &'a Ground,
    killed: BTreeMap<String, String>,
    /// Who was killed on another ground.
    former: BTreeMap<String, String>,
    /// Key of a check, name of a mutant.
    passed: HashSet<(String, String)>,
}

impl<'a> Results<'a> {
    /// Those of earlier runs.
    pub fn load(folder: &Path, ground: &'a Ground) -> Results<'a> {
        let (mut killed, mut former) = (BTreeMap::new(), BTreeMap::new());
        for line in read(folder, KILLED).lines() {
            let [name, file, by, made_of] = line.split('\t').collect::<Vec<_>>()[..] else { continue };
            let holds = number(file) == Some(ground.file(name))
                && number(made_of).is_some_and(|of| Some(of) == ground.check(killer(by)));
            // The last line about a mutant counts.
            let (to, other) = if holds { (&mut killed, &mut former) } else { (&mut former, &mut killed) };
            other.remove(name);
            to.insert(name.to_owned(), by.to_owned());
        }
        let passed = read(folder, PASSED);
        let passed = passed.lines().filter_map(|line| {
            let [check, name, file] = line.split('\t').collect::<Vec<_>>()[..] else { return None };
            (number(file) == Some(ground.file(name))).then(|| (check.to_owned(), name.to_owned()))
        });
        Results { folder: folder.to_owned(), ground, killed, former, passed: passed.collect() }
    }

    /// The check that kills it.
    pub fn killer(&self, name: &str) -> Option<&str> {
        self.killed.get(name).map(String::as_str)
    }

    /// The check that killed it in any earlier run, likely to do so again.
    pub fn former_killer(&self, name: &str) -> Option<&str> {
        self.former.get(name).map(String::as_str)
    }

    /// What earlier runs found of it is not taken for granted any more.
    pub fn forget(&mut self, name: &str) {
        if let Some(by) = self.killed.remove(name) {
            self.former.insert(name.to_owned(), by);
        }
        self.passed.retain(|(_, of)| of != name);
    }

    /// True if the check has passed with the mutant alive.
    pub fn has_passed(&self, check: &Check, name: &str) -> bool {
        self.passed.contains(&(check.key(), name.to_owned()))
    }

    /// True if the check gives no answer about the mutant.
    pub fn is_silent(&self, check: &Check, name: &str) -> bool {
        self.passed.contains(&(silent(check), name.to_owned()))
    }

    /// Notes who killed it, and writes that down at once; answers what killed it in words.
    pub fn note_killed(&mut self, name: &str, check: &Check, hangs: bool) -> Result<String, String> {
        let by = format!("{}{}", check.name(), if hangs { HANGS } else { "" });
        self.killed.insert(name.to_owned(), by.clone());
        self.append(
            KILLED,
            &format!("{name}\t{:016x}\t{by}\t{:016x}\n", self.ground.file(name), check.made_of),
        )?;
        Ok(by)
    }

    /// Notes that the check passes with any of them alive, and writes that down at once.
    pub fn note_passed(&mut self, check: &Check, names: &[String]) -> Result<(), String> {
        self.note(&check.key(), names)
    }

    /// Notes that the check gives no answer, so that it is not asked again.
    pub fn note_silent(&mut self, check: &Check, name: &str) -> Result<(), String> {
        self.note(&silent(check), &[name.to_owned()])
    }

    fn note(&mut self, key: &str, names: &[String]) -> Result<(), String> {
        let line = |name: &String| format!("{key}\t{name}\t{:016x}\n", self.ground.file(name));
        let lines: String = names.iter().map(line).collect();
        self.passed.extend(names.iter().map(|name| (key.to_owned(), name.clone())));
        self.append(PASSED, &lines)
    }

    fn append(&self, file: &str, lines: &str) -> Result<(), String> {
        let path = self.folder.join(file);
        let mut file = OpenOptions::new()
            .create(true)
            .append(true)
            .open(&path)
            .map_err(|e| format!("cannot open {}: {e}", path.display()))?;
        file.write_all(lines.as_bytes()).map_err(|e| format!("cannot write {}: {e}", path.display()))
    }
}

/// The name of the check in what is said of a mutant that it kills, with or without more words.
pub fn killer(said: &str) -> &str {
    let said = said.split(',').next().unwrap_or_default();
    said.strip_suffix(HANGS).unwrap_or(said)
}

fn silent(check: &Check) -> String {
    format!("{} gives no answer", check.key())
}

fn read(folder: &Path, file: &str) -> String {
    fs::read_to_string(folder.join(file)).unwrap_or_default()
}

fn number(hash: &str) -> Option<u64> {
    u64::from_str_radix(hash, 16).ok()
}

/// `mutant \t hash of its file \t check \t hash of what that is made of`.
const KILLED: &str = "killed.txt";
/// `check with the hash of what it is made of \t mutant \t hash of its file`.
const PASSED: &str = "passed.txt";
