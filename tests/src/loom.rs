//! How the loom models are started.

use std::process::Command;

use crate::artifact::cargo;
use crate::target_dir;

/// The command that runs all loom models, in a target directory of its own: every crate is compiled with another cfg.
pub fn models() -> Command {
    let mut command = cargo();
    command
        .args(["test", "--release", "--manifest-path", "loom-tests/Cargo.toml", "--target-dir"])
        .arg(target_dir().join("loom"))
        .env("RUSTFLAGS", "--cfg loom")
        .env_remove("CARGO_ENCODED_RUSTFLAGS");
    command
}
