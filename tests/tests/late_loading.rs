//! The shared library loaded late, by a program full of other libraries with thread-local variables: with its pointers in
//! the initial-exec model, as on glibc, and found by descriptor, as on musl.

#![cfg(target_os = "linux")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tollgate_tests::artifact::{Artifact, artifact, descriptor_artifact};
use tollgate_tests::command::{capture, succeed};
use tollgate_tests::compiler::{Language, Linkage, WARNINGS, build_with, is_there};
use tollgate_tests::{skipped, target_dir, workspace};

/// Small libraries to load first.
const CROWD: usize = 100;

/// As many libraries as wanted, each a file of its own, compiled with `options`.
fn crowd(kind: &str, options: &[&str]) -> Vec<PathBuf> {
    let folder = target_dir().join("c-artifact/late").join(kind);
    fs::create_dir_all(&folder).expect("the target directory is writable");
    let original = folder.join("small.so");
    let mut compile = Command::new(Language::C.compiler());
    compile.args(WARNINGS).args(["-std=gnu11", "-O1", "-fPIC", "-shared"]).args(options);
    succeed(compile.arg(workspace().join("tests/late/small.c")).arg("-o").arg(&original));
    // The loader tells libraries apart by their files, so that copies are as good as a hundred sources.
    (0..CROWD)
        .map(|number| {
            let copy = folder.join(format!("small-{number}.so"));
            fs::copy(&original, &copy).expect("the target directory is writable");
            copy
        })
        .collect()
}

fn load_late(artifact: &Artifact, kind: &str, options: &[&str]) {
    let program = build_with("tests/late/late.c", Linkage::None, kind, &[]);
    print!("{}", succeed(Command::new(program).arg(&artifact.shared).args(crowd(kind, options))));
}

#[test]
fn initial_exec_after_a_crowd_of_ordinary_libraries() {
    load_late(artifact(), "ordinary", &[]);
}

/// The crowd takes its part of the room that the C library keeps for such libraries; enough is left for this one.
#[test]
fn initial_exec_after_a_crowd_that_is_initial_exec_too() {
    load_late(artifact(), "initial-exec", &["-ftls-model=initial-exec"]);
}

#[test]
fn descriptor_after_a_crowd_of_ordinary_libraries() {
    if !cfg!(target_arch = "x86_64") {
        skipped("the build with descriptors is made for x86-64 only");
        return;
    }
    load_late(descriptor_artifact(), "descriptor", &[]);
}

/// Two copies from files of their own, closed and opened under threads in the middle of calls, and called at the end.
#[test]
fn two_copies_stay_however_often_they_are_closed() {
    let folder = target_dir().join("c-artifact/late");
    fs::create_dir_all(&folder).expect("the target directory is writable");
    let copy = folder.join("libtollgate-copy.so");
    fs::copy(&artifact().shared, &copy).expect("the target directory is writable");
    let program = build_with("tests/late/twice.c", Linkage::None, "twice", &[]);
    print!("{}", succeed(Command::new(program).arg(&artifact().shared).arg(copy)));
}

/// On musl itself, whose loader refuses a late library in the initial-exec model: so the test can fail.
///
/// The archive needs nothing but functions of the C library, so the one made for glibc can be linked with musl.
#[test]
fn late_loading_on_musl_needs_the_descriptor() {
    if !cfg!(target_arch = "x86_64") || !is_there("musl-gcc") {
        skipped("no musl-gcc on this machine (musl-tools): late loading on musl");
        return;
    }
    let folder = target_dir().join("c-artifact/late/musl");
    fs::create_dir_all(&folder).expect("the target directory is writable");
    let compile = |sources: &[&Path], options: &[&str], name: &str| {
        let output = folder.join(name);
        let mut command = Command::new("musl-gcc");
        command.args(["-std=gnu11", "-O1", "-pthread"]).args(options).args(sources);
        command.arg("-I").arg(workspace().join("include")).arg("-I").arg(workspace().join("tests/c"));
        succeed(command.arg("-o").arg(&output));
        output
    };
    let shared = |artifact: &Artifact, name: &str| {
        let archive = artifact.archive.to_str().expect("a path of this workspace is UTF-8");
        compile(&[], &["-shared", "-Wl,--whole-archive", archive, "-Wl,--no-whole-archive"], name)
    };
    let program = compile(&[&workspace().join("tests/late/late.c")], &[], "late");
    let small = compile(&[&workspace().join("tests/late/small.c")], &["-fPIC", "-shared"], "small.so");

    let with_descriptor = shared(descriptor_artifact(), "libdescriptor.so");
    print!("{}", succeed(Command::new(&program).arg(with_descriptor).arg(&small)));

    let without = capture(Command::new(&program).arg(shared(artifact(), "libinitial-exec.so")).arg(&small));
    assert!(!without.status.success() && without.stderr.contains("initial-exec"), "{}", without.stderr);
}
