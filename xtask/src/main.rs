//! `cargo xtask CHECK`: one command per check, the same for people and for `.ci/run`.

use std::env;
use std::fs;
use std::process::{Command, ExitCode, Stdio};

use tollgate_tests::abi::{broken, committed, description};
use tollgate_tests::artifact::{artifact, cargo};
use tollgate_tests::loom::models;
use tollgate_tests::workspace;

/// What a check says when it fails.
type Failure = String;

struct Check {
    name: &'static str,
    /// What its success proves.
    proves: &'static str,
    run: fn() -> Result<(), Failure>,
}

const CHECKS: [Check; 10] = [
    Check { name: "fmt", proves: "every Rust file is formatted as rustfmt.toml says", run: fmt },
    Check {
        name: "clippy",
        proves: "no compiler or clippy warning in any package, tests and examples included",
        run: clippy,
    },
    Check { name: "doc", proves: "the documentation builds without a warning", run: doc },
    Check {
        name: "header",
        proves: "include/tollgate.h is what the source of capi says (rewritten if need be)",
        run: header,
    },
    Check {
        name: "abi",
        proves: "docs/abi.txt is what is built (rewritten if something is new; refused if something is gone)",
        run: abi,
    },
    Check {
        name: "test",
        proves: "every test passes, loom models and C and C++ programs included",
        run: test,
    },
    Check { name: "loom", proves: "the loom models hold, and their broken twins are caught", run: loom },
    Check {
        name: "crates",
        proves: "core, capi and the C artifact build from their packages alone",
        run: crates,
    },
    Check {
        name: "package",
        proves: "the archive for C and C++ users is in dist, with its checksum",
        run: package,
    },
    Check { name: "ci", proves: "fmt, clippy, doc, test and crates all hold", run: ci },
];

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [name] = arguments.as_slice() else {
        eprint!("{}", usage());
        return ExitCode::from(2);
    };
    if ["-h", "--help", "help"].contains(&name.as_str()) {
        print!("{}", usage());
        return ExitCode::SUCCESS;
    }
    let Some(check) = CHECKS.iter().find(|check| check.name == name) else {
        eprint!("xtask: there is no check `{name}`.\n\n{}", usage());
        return ExitCode::from(2);
    };
    match perform(check) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask {name}: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn usage() -> String {
    let mut text = String::from("cargo xtask CHECK\n\n");
    for check in &CHECKS {
        text += &format!("  {:<8}{}\n", check.name, check.proves);
    }
    text
}

fn perform(check: &Check) -> Result<(), Failure> {
    (check.run)()?;
    println!("proved by `cargo xtask {}`: {}", check.name, check.proves);
    Ok(())
}

/// Runs a command with its output where the user sees it.
fn run(command: &mut Command) -> Result<(), Failure> {
    println!("+ {}", shown(command));
    let status =
        command.stdin(Stdio::null()).status().map_err(|e| format!("cannot run {}: {e}", shown(command)))?;
    if status.success() { Ok(()) } else { Err(format!("`{}` failed: {status}", shown(command))) }
}

/// A command as one would type it.
fn shown(command: &Command) -> String {
    let mut words: Vec<String> = command
        .get_envs()
        .filter_map(|(name, value)| {
            Some(format!("{}={:?}", name.to_string_lossy(), value?.to_string_lossy()))
        })
        .collect();
    let program = command.get_program().to_string_lossy().into_owned();
    words.push(if program.ends_with("cargo") { "cargo".to_owned() } else { program });
    words.extend(command.get_args().map(|word| word.to_string_lossy().into_owned()));
    words.join(" ")
}

fn fmt() -> Result<(), Failure> {
    run(cargo().args(["fmt", "--all", "--check"]))
}

// The root package is checked by itself: together with packages that use std its panic handler would be a second one.

fn clippy() -> Result<(), Failure> {
    run(cargo().args([
        "clippy",
        "--workspace",
        "--exclude",
        "tollgate",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]))?;
    run(cargo().args(["clippy", "--package", "tollgate", "--", "-D", "warnings"]))
}

fn doc() -> Result<(), Failure> {
    for packages in [&["--workspace", "--exclude", "tollgate"][..], &["--package", "tollgate"]] {
        run(cargo().env("RUSTDOCFLAGS", "-D warnings").args(["doc", "--no-deps"]).args(packages))?;
    }
    Ok(())
}

fn header() -> Result<(), Failure> {
    let committed = workspace().join("include/tollgate.h");
    let unreadable = |e| format!("cannot read {}: {e}", artifact().generated_header.display());
    let generated = fs::read_to_string(&artifact().generated_header).map_err(unreadable)?;
    // A header that is missing differs from every text.
    if fs::read_to_string(&committed).is_ok_and(|text| text == generated) {
        println!("include/tollgate.h is current");
        return Ok(());
    }
    fs::write(&committed, generated).map_err(|e| format!("cannot write {}: {e}", committed.display()))?;
    println!("include/tollgate.h rewritten: commit it");
    Ok(())
}

/// What is gone broke the programs that used it, so the number in the soname must tell them apart from the new library.
fn abi() -> Result<(), Failure> {
    let new = description();
    let old = fs::read_to_string(committed()).unwrap_or_default();
    let gone = broken(&old, &new);
    let renumbered = gone.iter().any(|line| line.starts_with("soname "));
    if !gone.is_empty() && !renumbered {
        return Err(format!(
            "this is gone from the binary interface:\n  {}\nGive it back, or raise TOLLGATE_ABI_VERSION in \
             capi/src/exports/version.rs (docs/ABI.md says when). Before the first release, delete docs/abi.txt instead.",
            gone.join("\n  ")
        ));
    }
    fs::write(committed(), &new).map_err(|e| format!("cannot write {}: {e}", committed().display()))?;
    println!("docs/abi.txt {}", if old == new { "is current" } else { "rewritten: commit it" });
    Ok(())
}

fn test() -> Result<(), Failure> {
    run(cargo().args(["test", "--workspace"]))
}

fn loom() -> Result<(), Failure> {
    run(&mut models())
}

/// The packaged root has no capi beside it, so its build script takes the committed header.
fn package() -> Result<(), Failure> {
    let dist = workspace().join("dist");
    fs::create_dir_all(&dist).map_err(|e| format!("cannot make {}: {e}", dist.display()))?;
    println!("{}", tollgate_tests::package::package(&dist).display());
    Ok(())
}

fn crates() -> Result<(), Failure> {
    let packages = ["--package", "tollgate-core", "--package", "tollgate-capi", "--package", "tollgate"];
    run(cargo().arg("package").args(packages).args(["--allow-dirty", "--quiet"]))
}

fn ci() -> Result<(), Failure> {
    ["fmt", "clippy", "doc", "test", "crates"]
        .iter()
        .filter_map(|name| CHECKS.iter().find(|check| check.name == *name))
        .try_for_each(perform)
}
