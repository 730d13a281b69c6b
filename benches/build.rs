//! Looks for userspace RCU, a peer that is compared with where it is installed.
//!
//! Programs that compare are linked with it, although only a library that they load later uses it: its thread-local
//! variables then have their place from the start, where inlined code finds them in the shortest way. Loaded late it
//! would not find room for them there.

use std::path::Path;
use std::process::{Command, Stdio};

const LIBRARIES: &str = "-Wl,--push-state,--no-as-needed,-lurcu-memb,-lurcu-qsbr,--pop-state";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rustc-check-cfg=cfg(urcu)");
    let out = std::env::var_os("OUT_DIR").expect("cargo sets OUT_DIR");
    let mut probe = Command::new(std::env::var("CC").unwrap_or_else(|_| "cc".to_owned()));
    probe.args(["-include", "urcu/urcu-memb.h", "-include", "urcu/urcu-qsbr.h", "-x", "c", "/dev/null"]);
    probe.args(["-shared", "-fPIC", LIBRARIES, "-o"]).arg(Path::new(&out).join("probe.so"));
    if probe.stderr(Stdio::null()).status().is_ok_and(|status| status.success()) {
        println!("cargo:rustc-cfg=urcu");
        println!("cargo:rustc-link-arg-bin=report={LIBRARIES}");
        println!("cargo:rustc-link-arg-benches={LIBRARIES}");
    }
}
