//! Hashes of sources, to know results of an earlier run again.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::source::Source;

/// Of bytes.
pub fn of(bytes: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    bytes.hash(&mut hasher);
    hasher.finish()
}

/// Of one file of the core without its tests, which stand at its end: FNV-1a.
pub fn of_file(source: &Source) -> u64 {
    let code = source.text.split("\nmod tests {").next().unwrap_or_default();
    code.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}
