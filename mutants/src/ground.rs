//! What results rest on: the file of the mutant's site, and what the check is made of.

use std::collections::BTreeMap;
use std::path::Path;

use crate::hash::{Hash, of_file};
use crate::instrument::Numbered;
use crate::made_of::Makings;
use crate::source::{collect, sources};

/// Hashes of the tree as it is.
pub struct Ground {
    files: BTreeMap<String, u64>,
    makings: Makings,
    /// Of the whole core with its tests, and the sites in it.
    pub core: u64,
}

impl Ground {
    /// Reads them.
    pub fn read(workspace: &Path, all: &[Numbered]) -> Ground {
        let mut files = Vec::new();
        collect(&workspace.join("core/src"), &mut files);
        let text = |file: &Path| std::fs::read_to_string(file).unwrap_or_default();
        let core = files.iter().fold(Hash::new(), |hash, file| hash.with_tokens(&text(file)));
        let core = all.iter().fold(core, |hash, one| hash.with(&one.name()));
        Ground {
            files: sources(workspace).iter().map(|source| (source.name.clone(), of_file(source))).collect(),
            makings: Makings::read(workspace),
            core: core.value(),
        }
    }

    /// Of the file that a mutant's name begins with.
    pub fn file(&self, mutant: &str) -> u64 {
        let file = mutant.split(' ').next().unwrap_or_default();
        self.files.get(file).copied().unwrap_or_default()
    }

    /// Of what the check of this name is made of, or nothing if there is none.
    pub fn check(&self, name: &str) -> Option<u64> {
        self.makings.of(name)
    }
}
