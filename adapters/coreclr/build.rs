//! Link options of the library, and the list of names it must not export.

use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // The runtime calls after its shutdown, and threads end after that: the code must stay where it is.
    println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libtollgate_coreclr.so");
    hide_c_functions();
}

/// Writes assembler that hides every C function and static of tollgate-capi.
///
/// rustc exports those of every crate in a shared library, and a second set of `tollgate_*` in the process would catch the
/// calls that a host means for its own libtollgate. A linker makes a symbol as hidden as its most hidden mention, so one
/// mention in a section that is not loaded is enough, with any linker and with or without link-time optimisation.
fn hide_c_functions() {
    let capi = Path::new(&env::var("CARGO_MANIFEST_DIR").expect("cargo sets it")).join("../../capi/src");
    println!("cargo:rerun-if-changed={}", capi.display());
    let mut names = Vec::new();
    collect(&capi, &mut names);
    assert!(!names.is_empty(), "no exported function in {}", capi.display());
    let mut code =
        String::from("core::arch::global_asm!(\n\".pushsection .tollgate.hidden,\\\"\\\",@progbits\",\n");
    for name in names {
        writeln!(code, "\".hidden {name}\",\n\".quad {name}\",").expect("strings can be written to");
    }
    code += "\".popsection\",\n);\n";
    let out = Path::new(&env::var("OUT_DIR").expect("cargo sets it")).join("hidden.rs");
    fs::write(&out, code).expect("OUT_DIR is writable");
}

/// Adds the name of each item marked `no_mangle` below `folder`.
fn collect(folder: &Path, names: &mut Vec<String>) {
    for entry in fs::read_dir(folder).expect("the source of tollgate-capi stands beside this package") {
        let path = entry.expect("a folder can be read").path();
        if path.is_dir() {
            collect(&path, names);
            continue;
        }
        let source = fs::read_to_string(&path).expect("source is text");
        for item in source.split("#[unsafe(no_mangle)]").skip(1) {
            let mut words =
                item.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty());
            let name = words.find(|word| ["fn", "static"].contains(word)).and_then(|_| words.next());
            names.extend(name.map(str::to_owned));
        }
    }
}
