//! Hashes of sources, to know results of an earlier run again.

use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

use crate::source::{Source, collect};

/// Of the Rust files at or below these paths, as far as they exist, and of which those are.
pub fn of_files(root: &Path, paths: &[PathBuf]) -> u64 {
    let mut files = Vec::new();
    for path in paths.iter().map(|path| root.join(path)) {
        if path.is_dir() {
            collect(&path, &mut files);
        } else if path.is_file() {
            files.push(path);
        }
    }
    let mut hasher = DefaultHasher::new();
    for file in files {
        file.strip_prefix(root).unwrap_or(&file).hash(&mut hasher);
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
