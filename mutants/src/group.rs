//! The kinds of checks, and how their programs are built.

use std::path::Path;
use std::process::Command;

use tollgate_tests::artifact::cargo;

use crate::site::Mutation;

/// Kinds of checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// Unit tests of core.
    Unit,
    /// Models; broken twins are left out: they fail for reasons of their own.
    Loom,
    /// The other tests of core and capi, on this machine.
    Native,
    /// The same under ThreadSanitizer, which sees a missing order on a processor that keeps it anyway.
    Thread,
}

impl Group {
    /// All of them.
    pub const ALL: [Group; 4] = [Group::Unit, Group::Loom, Group::Native, Group::Thread];

    /// Its name in lists.
    pub fn name(self) -> &'static str {
        match self {
            Group::Unit => "unit",
            Group::Loom => "loom",
            Group::Native => "test",
            Group::Thread => "tsan",
        }
    }

    /// True if its checks can tell this mutant from the core as it is.
    ///
    /// Another order is no other instruction here, so it takes a tool that follows orders to notice.
    pub fn can_judge(self, mutation: &Mutation) -> bool {
        mutation.is_call() || matches!(self, Group::Loom | Group::Thread)
    }

    /// True for tests that prove nothing about mutants, or take their time to prove something else.
    pub fn leaves_out(self, target: &str, test: &str) -> bool {
        // The fuzzer's inputs are not in the copy.
        if test.starts_with("inputs_of_the_fuzzer") {
            return true;
        }
        match self {
            Group::Loom => target != "models" || test.contains("broken_"),
            // The unit tests of core are a group of their own.
            Group::Native => target == "tollgate_core",
            // Count or limit the memory of the process, in which the sanitizer maps pages of its own; in the rounds of the
            // stress its own registry of threads fails a check (sanitizer_thread_registry.cpp).
            Group::Thread => {
                ["refused_threads_leave_nothing_behind", "a_page_that_cannot_be_had", "two_rounds_hold"]
                    .iter()
                    .any(|left_out| test.contains(left_out))
            }
            Group::Unit => false,
        }
    }

    /// The command that builds its programs from the copy, and says which they are.
    pub fn build(self, copy: &Path) -> Command {
        let mut command = if self == Group::Thread { Command::new("cargo") } else { cargo() };
        command
            .current_dir(copy)
            .env("CARGO_TARGET_DIR", copy.join("target").join(self.name()))
            .env_remove("CARGO_ENCODED_RUSTFLAGS");
        let packages = ["-p", "tollgate-core", "-p", "tollgate-capi", "-p", "tollgate-stress", "--tests"];
        match self {
            Group::Unit => command.args(["test", "-p", "tollgate-core", "--lib"]),
            Group::Loom => {
                command.env("RUSTFLAGS", "--cfg loom").args(["test", "--release", "-p", "loom-tests"])
            }
            Group::Native => command.arg("test").args(packages),
            Group::Thread => {
                // What cargo sets for the programs it starts would name the toolchain of this one.
                command.env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO");
                command
                    .arg("+nightly")
                    .env("RUSTFLAGS", "-Zsanitizer=thread -Cdebug-assertions=on --cfg tsan")
                    .env("CARGO_PROFILE_DEV_PANIC", "unwind")
                    .env("CARGO_PROFILE_DEV_OPT_LEVEL", "1")
                    .args([
                        "test",
                        "-Zbuild-std=std,panic_unwind,test",
                        "--target",
                        "x86_64-unknown-linux-gnu",
                    ])
                    .args(packages)
                    .arg("--lib")
            }
        };
        command.args(["--no-run", "--message-format=json-render-diagnostics"]);
        command
    }
}
