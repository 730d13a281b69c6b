//! What the tests of the C artifact share: building it, compiling programs against it, running them.

pub mod abi;
pub mod archive;
pub mod artifact;
pub mod command;
pub mod compiler;
pub mod loom;
pub mod package;

use std::path::{Path, PathBuf};

/// The root of the workspace.
pub fn workspace() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the tests stand in a folder of the workspace")
}

/// The target directory of this workspace.
pub fn target_dir() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR")
        .map_or_else(|| workspace().join("target"), |dir| workspace().join(dir))
}

/// Says that a test is skipped, and why: past the test harness, which keeps to itself what a test that passes prints.
pub fn skipped(why: &str) {
    use std::io::Write;
    // Standard error may be closed; the test is skipped all the same.
    let _ = std::io::stderr().write_all(format!("SKIPPED: {why}\n").as_bytes());
}

// The documents' Rust code, compiled and run as documentation tests are.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

#[cfg(doctest)]
#[doc = include_str!("../../docs/START.md")]
struct Start;
