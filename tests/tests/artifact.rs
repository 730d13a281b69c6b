//! The two libraries: what they export, what they need, and what must not be in them.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use tollgate_tests::artifact::artifact;
use tollgate_tests::command::succeed;
use tollgate_tests::compiler::Language;
use tollgate_tests::{target_dir, workspace};

/// The global symbols that `nm` lists with the given options, without their addresses.
fn symbols(options: &[&str], file: &std::path::Path) -> BTreeSet<String> {
    succeed(Command::new("nm").args(options).arg(file))
        .lines()
        .filter_map(|line| line.split_whitespace().last())
        .map(str::to_owned)
        .collect()
}

/// Every name that `tollgate.h` declares as a function or as data.
fn declared() -> BTreeSet<String> {
    let header =
        fs::read_to_string(workspace().join("include/tollgate.h")).expect("include/tollgate.h is there");
    let code: String =
        header.lines().filter(|line| !line.trim_start().starts_with('#')).collect::<Vec<_>>().join("\n");
    let exports = code.split_once("extern \"C\" {").map_or(code.as_str(), |(_, exports)| exports);
    let mut names = BTreeSet::new();
    let mut in_comment = false;
    for line in exports.lines() {
        in_comment |= line.trim_start().starts_with("/*");
        if !in_comment {
            names.extend(
                line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                    .filter(|word| word.starts_with("tollgate_"))
                    .filter(|word| line.contains(&format!("{word}(")) || line.contains(&format!("{word};")))
                    .map(str::to_owned),
            );
        }
        in_comment &= !line.contains("*/");
    }
    names
}

#[test]
fn shared_library_exports_what_the_header_declares() {
    let exported = symbols(&["--dynamic", "--defined-only"], &artifact().shared);
    assert!(exported.iter().all(|name| name.starts_with("tollgate_")), "foreign exports: {exported:?}");
    let declared = declared();
    assert_eq!(exported, declared, "exports of the library (left) and declarations of the header (right)");
    println!("{} symbols, the same in library and header", exported.len());
}

#[test]
fn shared_library_needs_only_libc() {
    let dynamic = succeed(Command::new("readelf").args(["--dynamic", "--wide"]).arg(&artifact().shared));
    let bracketed = |tag: &str| -> Vec<&str> {
        dynamic
            .lines()
            .filter(|line| line.contains(tag))
            .filter_map(|line| line.split_once('[')?.1.split_once(']'))
            .map(|(name, _)| name)
            .collect()
    };
    let needed = bracketed("(NEEDED)");
    let system = |name: &&str| name.starts_with("libc.") || name.starts_with("ld-linux");
    assert!(needed.iter().all(system), "the shared library needs {needed:?}");
    assert_eq!(bracketed("(SONAME)"), [format!("libtollgate.so.{}", artifact().abi)]);
    let flags: Vec<&str> = dynamic.lines().filter(|line| line.contains("(FLAGS_1)")).collect();
    assert!(
        flags.iter().any(|line| line.contains("NODELETE")),
        "dlclose could unload the library: {flags:?}"
    );
}

#[test]
fn archive_needs_only_libc() {
    // Crate libc names all four parts of the system's C library, whether used or not.
    let libraries = &artifact().native_libraries;
    let of_libc = |name: &str| ["-lc", "-lm", "-lrt", "-lpthread"].contains(&name);
    assert!(libraries.split_whitespace().all(of_libc), "the archive asks for {libraries:?}");

    // Used is only one: the whole archive links with nothing else, not even the compiler's own library.
    let folder = target_dir().join("c-artifact/programs");
    fs::create_dir_all(&folder).expect("the target directory is writable");
    let source = folder.join("only_libc.c");
    let text = "#include \"tollgate.h\"\nint main(void) { return tollgate_abi_version() != TOLLGATE_ABI_VERSION; }\n";
    fs::write(&source, text).expect("the target directory is writable");
    let program = folder.join("only_libc");
    let mut link = Command::new(Language::C.compiler());
    link.arg("-I").arg(workspace().join("include")).arg(&source).arg("-o").arg(&program);
    link.args(["-nodefaultlibs", "-Wl,--whole-archive"]).arg(&artifact().archive);
    succeed(link.args(["-Wl,--no-whole-archive", "-lc"]));
    succeed(&mut Command::new(&program));
}

#[test]
fn archive_has_no_rust_runtime() {
    let defined =
        succeed(Command::new("nm").args(["--defined-only", "--extern-only"]).arg(&artifact().archive));
    let global: Vec<&str> = defined.lines().filter_map(|line| line.split_whitespace().nth(2)).collect();
    assert!(global.contains(&"tollgate_version"), "nm sees no export at all");
    // Names that a second Rust library in the same program would define as well.
    for name in &global {
        let clashes = ["rust_begin_unwind", "rust_panic", "__rust_alloc", "__rdl_", "__rg_"];
        assert!(
            !clashes.iter().any(|clash| name.contains(clash)),
            "{name} would clash with another Rust library"
        );
        assert!(!name.contains("3std"), "{name} comes from the Rust standard library");
    }
    let undefined = symbols(&["--undefined-only"], &artifact().archive);
    assert!(!undefined.iter().any(|name| name.contains("3std") || name.contains("panic")), "{undefined:?}");
}

#[test]
fn archive_holds_object_files_only() {
    let archive = &artifact().archive;
    let members = succeed(Command::new("ar").arg("t").arg(archive));
    assert!(members.lines().count() > 0);
    for member in members.lines() {
        assert!(member.ends_with(".o"), "{member} in {} is no object file", archive.display());
    }
}
