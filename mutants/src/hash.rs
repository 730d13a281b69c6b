//! Hashes of sources, to know results of an earlier run again.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use crate::source::{Source, collect};

/// Of bytes.
pub fn of(parts: &[&[u8]]) -> u64 {
    let mut hasher = DefaultHasher::new();
    parts.hash(&mut hasher);
    hasher.finish()
}

/// Of every Rust file below the folders.
pub fn of_folders(workspace: &Path, folders: &[&str]) -> u64 {
    let mut files = Vec::new();
    folders.iter().for_each(|folder| collect(&workspace.join(folder), &mut files));
    let mut hasher = DefaultHasher::new();
    for file in files {
        file.hash(&mut hasher);
        fs::read(&file).unwrap_or_default().hash(&mut hasher);
    }
    hasher.finish()
}

/// Of one file of the core without its tests, which stand at its end: FNV-1a.
pub fn of_file(source: &Source) -> u64 {
    let code = source.text.split("\nmod tests {").next().unwrap_or_default();
    code.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}
