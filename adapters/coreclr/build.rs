//! Link options of the library.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    // The functions of tollgate-capi stay inside: a second set of `tollgate_*` in the process would catch the host's calls.
    println!("cargo:rustc-cdylib-link-arg=-Wl,--exclude-libs,ALL");
    // The runtime calls after its shutdown, and threads end after that: the code must stay where it is.
    println!("cargo:rustc-cdylib-link-arg=-Wl,-z,nodelete");
    println!("cargo:rustc-cdylib-link-arg=-Wl,-soname,libtollgate_coreclr.so");
}
