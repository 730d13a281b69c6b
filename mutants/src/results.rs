//! What became of each mutant, kept between runs.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The fate of one mutant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// A check failed: its name.
    Killed(String),
    /// All checks that reach it passed: how many those were.
    Survived(usize),
}

/// All fates, by name of the mutant, each with the hash of what it rests on.
pub struct Results {
    path: PathBuf,
    fates: BTreeMap<String, (u64, Fate)>,
}

impl Results {
    /// Those of earlier runs.
    pub fn load(path: &Path) -> Results {
        let text = fs::read_to_string(path).unwrap_or_default();
        let fates = text.lines().filter_map(|line| {
            let mut parts = line.split('\t');
            let (name, hash) = (parts.next()?, u64::from_str_radix(parts.next()?, 16).ok()?);
            let fate = match (parts.next()?, parts.next()?) {
                ("killed", by) => Fate::Killed(by.to_owned()),
                (_, count) => Fate::Survived(count.parse().ok()?),
            };
            Some((name.to_owned(), (hash, fate)))
        });
        Results { path: path.to_owned(), fates: fates.collect() }
    }

    /// The fate that was found for sources of this hash.
    pub fn known(&self, name: &str, killed_hash: u64, survived_hash: u64) -> Option<&Fate> {
        let (hash, fate) = self.fates.get(name)?;
        let wanted = if matches!(fate, Fate::Killed(_)) { killed_hash } else { survived_hash };
        (*hash == wanted).then_some(fate)
    }

    /// The check that killed it in any earlier run, likely to do so again.
    pub fn former_killer(&self, name: &str) -> Option<&str> {
        match self.fates.get(name) {
            Some((_, Fate::Killed(by))) => Some(by),
            _ => None,
        }
    }

    /// Notes a fate, and writes it down at once.
    pub fn note(&mut self, name: &str, hash: u64, fate: Fate) -> Result<(), String> {
        self.fates.insert(name.to_owned(), (hash, fate));
        let lines: String = self
            .fates
            .iter()
            .map(|(name, (hash, fate))| match fate {
                Fate::Killed(by) => format!("{name}\t{hash:x}\tkilled\t{by}\n"),
                Fate::Survived(count) => format!("{name}\t{hash:x}\tsurvived\t{count}\n"),
            })
            .collect();
        fs::write(&self.path, lines).map_err(|e| format!("cannot write {}: {e}", self.path.display()))
    }
}
