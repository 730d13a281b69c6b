//! What became of each mutant, kept between runs.

use std::collections::{BTreeMap, HashSet};
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// The fate of one mutant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// A check failed: its name.
    Killed(String),
    /// All checks that reach it passed: how many of each kind those were.
    Survived(String),
    /// So many passed, and others have not been run yet.
    Open(String),
}

/// Who was killed by what, with the hash of the file that this rests on, and who has passed what.
pub struct Results {
    folder: PathBuf,
    killed: BTreeMap<String, (u64, String)>,
    /// Key of a check, name of a mutant.
    passed: HashSet<(String, String)>,
}

impl Results {
    /// Those of earlier runs.
    pub fn load(folder: &Path) -> Results {
        let read = |name: &str| fs::read_to_string(folder.join(name)).unwrap_or_default();
        let killed = read(KILLED);
        let killed = killed.lines().filter_map(|line| {
            let mut parts = line.split('\t');
            let (name, hash) = (parts.next()?, u64::from_str_radix(parts.next()?, 16).ok()?);
            Some((name.to_owned(), (hash, parts.next()?.to_owned())))
        });
        let passed = read(PASSED);
        let passed = passed.lines().filter_map(|line| line.split_once('\t'));
        Results {
            folder: folder.to_owned(),
            killed: killed.collect(),
            passed: passed.map(|(check, name)| (check.to_owned(), name.to_owned())).collect(),
        }
    }

    /// The check that killed it when its file had this hash.
    pub fn killer(&self, name: &str, hash: u64) -> Option<&str> {
        self.killed.get(name).filter(|(of, _)| *of == hash).map(|(_, by)| by.as_str())
    }

    /// The check that killed it in any earlier run, likely to do so again.
    pub fn former_killer(&self, name: &str) -> Option<&str> {
        self.killed.get(name).map(|(_, by)| by.as_str())
    }

    /// What earlier runs found of it is not taken for granted any more.
    pub fn forget(&mut self, name: &str) {
        if let Some((hash, _)) = self.killed.get_mut(name) {
            *hash = 0;
        }
        self.passed.retain(|(_, of)| of != name);
    }

    /// True if the check has passed with the mutant alive.
    pub fn has_passed(&self, check: &str, name: &str) -> bool {
        self.passed.contains(&(check.to_owned(), name.to_owned()))
    }

    /// Notes who killed it, and writes that down at once.
    pub fn note_killed(&mut self, name: &str, hash: u64, by: &str) -> Result<(), String> {
        self.killed.insert(name.to_owned(), (hash, by.to_owned()));
        self.append(KILLED, &format!("{name}\t{hash:x}\t{by}\n"))
    }

    /// Notes that the check passes with any of them alive, and writes that down at once.
    pub fn note_passed(&mut self, check: &str, names: &[String]) -> Result<(), String> {
        let lines: String = names.iter().map(|name| format!("{check}\t{name}\n")).collect();
        self.passed.extend(names.iter().map(|name| (check.to_owned(), name.clone())));
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

/// `mutant \t hash of its file \t check`; the last line about a mutant counts.
const KILLED: &str = "killed.txt";
/// `check with the hash of what it is made of \t mutant`.
const PASSED: &str = "passed.txt";
