//! The ways in which hosts link: position-independent or not, static, whole-archive, with other linkers, from a plugin.
//!
//! Each gives the thread-local access another shape, and each must still come out with the nested sequence exact.

use std::path::PathBuf;
use std::process::{Command, Stdio};

use tollgate_tests::artifact::artifact;
use tollgate_tests::command::succeed;
use tollgate_tests::compiler::{Linkage, build, compile};

const PROGRAM: &str = "tests/c/nested_sequence.c";

/// Links the archive with `options` and runs the nested sequence.
fn archive_with(variant: &str, options: &[&str]) {
    let program = compile(PROGRAM, variant, |command| {
        command.arg(&artifact().archive).args(options);
    });
    succeed(&mut Command::new(program));
}

#[test]
fn position_independent_and_not() {
    archive_with("pie", &["-fPIE", "-pie"]);
    archive_with("no-pie", &["-no-pie"]);
}

#[test]
fn fully_static() {
    archive_with("static", &["-static"]);
    archive_with("static-pie", &["-fPIE", "-static-pie"]);
}

#[test]
fn whole_archive() {
    let program = compile(PROGRAM, "whole-archive", |command| {
        command.arg("-Wl,--whole-archive").arg(&artifact().archive).arg("-Wl,--no-whole-archive");
    });
    succeed(&mut Command::new(program));
}

#[test]
fn exported_to_plugins() {
    archive_with("rdynamic", &["-rdynamic"]);
}

#[test]
fn unused_sections_removed() {
    archive_with("gc-sections", &["-Wl,--gc-sections"]);
}

#[test]
fn bound_at_start() {
    archive_with("now", &["-Wl,-z,now,-z,relro"]);
}

/// lld and gold where the machine has them; the test says which it had.
#[test]
fn other_linkers() {
    for linker in ["lld", "gold"] {
        let found =
            Command::new(format!("ld.{linker}")).arg("--version").stdout(Stdio::null()).status().is_ok();
        if found {
            archive_with(linker, &[&format!("-fuse-ld={linker}")]);
            println!("linked by {linker}");
        } else {
            println!("SKIPPED: no ld.{linker} on this machine");
        }
    }
}

#[test]
fn archive_beside_a_preloaded_shared_library() {
    // Two copies in one process: the program's own archive, and the shared library loaded before it.
    let program = build(PROGRAM, Linkage::Static);
    succeed(Command::new(program).env("LD_PRELOAD", &artifact().shared));
}

/// A plugin with the archive inside.
///
/// It keeps Tollgate's symbols to itself, or several plugins would share the first one's, and it stays loaded like the
/// shared library: exit hooks of threads point into it.
fn plugin(variant: &str) -> PathBuf {
    compile("tests/c/plugin/plugin.c", variant, |command| {
        command.args(["-shared", "-fPIC"]).arg(&artifact().archive);
        command.args(["-Wl,--exclude-libs,libtollgate.a", "-Wl,-z,nodelete"]);
    })
}

#[test]
fn plugins_with_a_copy_each() {
    let loader = compile("tests/c/plugin/loader.c", "loader", |_| {});
    let output = succeed(Command::new(loader).arg(plugin("first.so")).arg(plugin("second.so")));
    assert!(output.starts_with("2 libraries"), "{output}");
}

#[test]
fn plugin_that_needs_the_shared_library() {
    let artifact = artifact();
    let plugin = compile("tests/c/plugin/plugin.c", "shared.so", |command| {
        command.args(["-shared", "-fPIC"]).arg(&artifact.shared);
        command.arg(format!("-Wl,-rpath,{}", artifact.runtime_dir.display()));
    });
    let loader = compile("tests/c/plugin/loader.c", "loader-shared", |_| {});
    succeed(Command::new(loader).arg(plugin));
}
