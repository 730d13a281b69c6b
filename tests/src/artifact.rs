//! The release build of the C artifact, made once per test run.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::{env, fs, io};

use crate::command::succeed;
use crate::{target_dir, workspace};

/// What `cargo build --release` makes of the root package.
pub struct Artifact {
    /// `libtollgate.a`.
    pub archive: PathBuf,
    /// `libtollgate.so`.
    pub shared: PathBuf,
    /// A folder in which the loader finds the shared library by its soname.
    pub runtime_dir: PathBuf,
    /// `tollgate.h` as just generated, in contrast to the committed one.
    pub generated_header: PathBuf,
    /// The native libraries that the archive asks for, as the compiler lists them.
    pub native_libraries: String,
    /// The ABI number that the header states.
    pub abi: u32,
}

/// The artifact, built at the first call.
///
/// Several test programs may ask at once: cargo's own lock makes all but one wait, and they find nothing left to do.
pub fn artifact() -> &'static Artifact {
    static ARTIFACT: OnceLock<Artifact> = OnceLock::new();
    ARTIFACT.get_or_init(|| build(Tls::OfTarget))
}

/// The artifact with its thread-local pointers found by descriptor, as on musl; built at the first call.
pub fn descriptor_artifact() -> &'static Artifact {
    static ARTIFACT: OnceLock<Artifact> = OnceLock::new();
    ARTIFACT.get_or_init(|| build(Tls::Descriptor))
}

/// How the artifact finds its thread-local pointers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Tls {
    /// As is best for the system.
    OfTarget,
    /// By descriptor, whatever the system.
    Descriptor,
}

/// The symbols that a shared library or a program offers to the loader.
pub fn exports(file: &Path) -> BTreeSet<String> {
    succeed(Command::new("nm").args(["--dynamic", "--defined-only"]).arg(file))
        .lines()
        .filter_map(|line| line.split_whitespace().last())
        .map(str::to_owned)
        .collect()
}

/// The `cargo` that runs the tests.
pub fn cargo() -> Command {
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(workspace());
    cargo
}

/// What the artifact with descriptors is built for.
const DESCRIPTOR_TARGET: &str = "x86_64-unknown-linux-gnu";

/// A target directory of its own, because the profile and the features differ from those of the test run.
fn build(tls: Tls) -> Artifact {
    let target = target_dir().join("c-artifact");
    let mut command = cargo();
    command.args([
        "rustc",
        "--release",
        "--package",
        "tollgate",
        "--lib",
        "--message-format",
        "json",
        "--target-dir",
    ]);
    command.arg(&target);
    if tls == Tls::Descriptor {
        // With a target named, the flags are not for build scripts, which need not be compiled again.
        let flags = env::var("RUSTFLAGS").unwrap_or_default();
        command
            .env("RUSTFLAGS", format!("{flags} --cfg tollgate_tlsdesc"))
            .env_remove("CARGO_ENCODED_RUSTFLAGS");
        command.args(["--target", DESCRIPTOR_TARGET]);
    }
    command.args(["--", "--print", "native-static-libs"]);
    let messages = succeed(&mut command);
    let generated_header = generated_header(&messages);
    let header = fs::read_to_string(&generated_header).expect("the generated header can be read");
    let abi = header
        .lines()
        .find_map(|line| line.strip_prefix("#define TOLLGATE_ABI_VERSION "))
        .expect("tollgate.h states the ABI number")
        .parse()
        .expect("the ABI number is a number");
    let release = match tls {
        Tls::OfTarget => target.join("release"),
        Tls::Descriptor => target.join(DESCRIPTOR_TARGET).join("release"),
    };
    let shared = release.join("libtollgate.so");
    let runtime_dir = release.join("runtime");
    link_soname(&runtime_dir, &shared, abi);
    let archive = release.join("libtollgate.a");
    Artifact {
        archive,
        shared,
        runtime_dir,
        generated_header,
        native_libraries: native_libraries(&messages),
        abi,
    }
}

/// The one `out_dir` among cargo's messages that has a `tollgate.h` in it.
fn generated_header(messages: &str) -> PathBuf {
    let mut found: Vec<PathBuf> = messages
        .lines()
        .filter(|line| line.contains("\"reason\":\"build-script-executed\""))
        .filter_map(|line| line.split_once("\"out_dir\":\"")?.1.split_once('"'))
        .map(|(dir, _)| Path::new(&dir.replace("\\\\", "\\")).join("tollgate.h"))
        .filter(|header| header.is_file())
        .collect();
    assert_eq!(found.len(), 1, "build scripts that made a tollgate.h: {found:?}");
    found.remove(0)
}

/// What follows `native-static-libs:` in the compiler's note.
fn native_libraries(messages: &str) -> String {
    let (_, rest) =
        messages.split_once("\"native-static-libs:").expect("the compiler lists the native libraries");
    rest.split_once('"').expect("cargo's messages are JSON").0.trim().to_owned()
}

/// Programs ask the loader for the soname, so the library must be found under it.
fn link_soname(dir: &Path, shared: &Path, abi: u32) {
    fs::create_dir_all(dir).expect("the target directory is writable");
    let link = dir.join(format!("libtollgate.so.{abi}"));
    match std::os::unix::fs::symlink(shared, &link) {
        Err(e) if e.kind() != io::ErrorKind::AlreadyExists => panic!("cannot create {}: {e}", link.display()),
        _ => {}
    }
}
