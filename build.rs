//! Writes `tollgate.h` into OUT_DIR, and gives the shared library its name and its permanence.

use std::path::Path;
use std::{env, fs};

#[path = "build/header.rs"]
mod header;

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=build");
    println!("cargo:rerun-if-changed=include/tollgate.h");

    // The packaged crate has no capi beside it; its header is the committed one.
    let text = if Path::new("capi/src").is_dir() {
        for source in ["capi/src", "capi/cbindgen.toml"].into_iter().chain(header::RECORDS) {
            println!("cargo:rerun-if-changed={source}");
        }
        let text = header::generate(Path::new("."));
        let out = env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
        fs::write(Path::new(&out).join("tollgate.h"), &text).expect("OUT_DIR is writable");
        text
    } else {
        header::read(Path::new("include/tollgate.h"))
    };

    if env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux") {
        let abi = abi_number(&text);
        println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libtollgate.so.{abi}");
        // Runtimes call the manager until the process ends, and thread-exit hooks point into the library: unloading it
        // would leave both with dangling code.
        println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    }
}

/// The number of the binary interface, which programs linked against the library insist on.
fn abi_number(header: &str) -> u32 {
    header
        .lines()
        .find_map(|line| line.strip_prefix("#define TOLLGATE_ABI_VERSION "))
        .and_then(|number| number.parse().ok())
        .expect("tollgate.h must define TOLLGATE_ABI_VERSION as a plain number")
}
