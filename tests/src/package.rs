//! The archive that C and C++ users get: headers, both libraries, files for pkg-config and CMake, examples, documents.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::artifact::{Artifact, artifact};
use crate::command::{capture, succeed};
use crate::compiler::Language;
use crate::workspace;

const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Those of the documents that are for users of the library.
pub const DOCUMENTS: [&str; 10] = [
    "START.md",
    "CONCEPTS.md",
    "CONTRACT.md",
    "TASKS.md",
    "RULES.md",
    "TRACE.md",
    "PAGE.md",
    "TROUBLESHOOTING.md",
    "ABI.md",
    "abi.txt",
];

/// The name of the archive and of the folder in it.
pub fn name() -> String {
    format!("tollgate-{VERSION}-{}-{}", std::env::consts::ARCH, std::env::consts::OS)
}

/// Makes the archive in `dist` and returns its path; its checksum lies beside it.
///
/// Two archives made of the same source are the same, byte for byte: order, owner and time are fixed.
pub fn package(dist: &Path) -> PathBuf {
    let root = dist.join(name());
    if root.exists() {
        fs::remove_dir_all(&root).expect("an earlier package can be removed");
    }
    let artifact = artifact();
    for header in ["tollgate.h", "tollgate_com.h", "tollgate_inline.h", "tollgate.hpp"] {
        copy(&workspace().join("include").join(header), &root.join("include").join(header));
    }
    examples(&root.join("share/tollgate/examples"));
    for document in DOCUMENTS {
        copy(&workspace().join("docs").join(document), &root.join("share/doc/tollgate").join(document));
    }
    for licence in ["LICENSE-MIT", "LICENSE-APACHE"] {
        copy(&workspace().join(licence), &root.join(licence));
    }
    libraries(artifact, &root.join("lib"));
    for (template, place) in [
        ("README.md", "README.md"),
        ("tollgate.pc.in", "lib/pkgconfig/tollgate.pc"),
        ("tollgate-static.pc.in", "lib/pkgconfig/tollgate-static.pc"),
        ("cmake/tollgate-config.cmake.in", "lib/cmake/tollgate/tollgate-config.cmake"),
        ("cmake/tollgate-config-version.cmake.in", "lib/cmake/tollgate/tollgate-config-version.cmake"),
    ] {
        fill_in(artifact, &workspace().join("package").join(template), &root.join(place));
    }
    // The same access for everybody, whatever the umask was here.
    succeed(Command::new("chmod").args(["-R", "u=rwX,go=rX"]).arg(&root));
    shell(
        &root,
        "find . -type f ! -name SHA256SUMS -print0 | LC_ALL=C sort -z | xargs -0 sha256sum > SHA256SUMS",
    );
    let name = name();
    shell(
        dist,
        &format!(
            "tar --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf - {name} | gzip -n -9 > {name}.tar.gz \
             && sha256sum {name}.tar.gz > {name}.tar.gz.sha256"
        ),
    );
    dist.join(name + ".tar.gz")
}

/// Copies the examples that their project builds; others need more than the library.
fn examples(to: &Path) {
    let from = workspace().join("examples");
    let project = read(&from.join("CMakeLists.txt"));
    copy(&from.join("CMakeLists.txt"), &to.join("CMakeLists.txt"));
    let code = project.lines().filter(|line| !line.trim_start().starts_with('#'));
    for word in code.flat_map(|line| line.split([' ', '(', ')'])) {
        if word.ends_with(".c") || word.ends_with(".cpp") {
            copy(&from.join(word), &to.join(word));
        }
    }
}

fn soname(artifact: &Artifact) -> String {
    format!("libtollgate.so.{}", artifact.abi)
}

/// The shared library's own name: that of the interface, then that of the release.
fn full_name(artifact: &Artifact) -> String {
    format!("{}.{VERSION}", soname(artifact))
}

fn libraries(artifact: &Artifact, lib: &Path) {
    let full = full_name(artifact);
    copy(&artifact.shared, &lib.join(&full));
    for link in [soname(artifact), "libtollgate.so".to_owned()] {
        symlink(&full, lib.join(link)).expect("the package's folder is writable");
    }
    static_library(&artifact.archive, &lib.join("libtollgate.a"));
}

/// Copies the archive without the compiler's helper routines, 4 MB of them, if the library needs none.
///
/// Fat LTO leaves one member of the library's own; the rest are the helpers, which processors other than x86-64 may need.
fn static_library(from: &Path, to: &Path) {
    let members = succeed(Command::new("ar").arg("t").arg(from));
    let own: Vec<&str> = members.lines().filter(|member| member.starts_with("tollgate.")).collect();
    assert_eq!(own.len(), 1, "members of the library's own: {own:?}");
    let lib = to.parent().expect("a file is in a folder");
    succeed(Command::new("ar").current_dir(lib).arg("x").arg(from).arg(own[0]));
    let object = lib.join("tollgate.o");
    fs::rename(lib.join(own[0]), &object).expect("the package's folder is writable");
    let alone = lib.join("alone.so");
    let mut link = Command::new(Language::C.compiler());
    link.args(["-shared", "-nodefaultlibs", "-Wl,-z,defs"]).arg(&object).args(["-lc", "-o"]).arg(&alone);
    if capture(&mut link).status.success() {
        fs::remove_file(&alone).expect("the package's folder is writable");
        succeed(Command::new("ar").arg("crsD").arg(to).arg(&object));
    } else {
        copy(from, to);
    }
    fs::remove_file(object).expect("the package's folder is writable");
}

fn fill_in(artifact: &Artifact, template: &Path, to: &Path) {
    let [major, minor, _] = VERSION.split('.').collect::<Vec<_>>()[..] else {
        panic!("{VERSION} is no version of three numbers")
    };
    let mut text = read(template);
    for (word, value) in [
        ("@version@", VERSION),
        ("@major@", major),
        ("@minor@", minor),
        ("@soname@", &soname(artifact)),
        ("@shared@", &full_name(artifact)),
        ("@platform@", &format!("{} {}", std::env::consts::OS, std::env::consts::ARCH)),
    ] {
        text = text.replace(word, value);
    }
    assert!(!text.contains('@'), "{} has a word that is not filled in:\n{text}", template.display());
    fs::create_dir_all(to.parent().expect("a file is in a folder"))
        .expect("the package's folder is writable");
    fs::write(to, text).expect("the package's folder is writable");
}

fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|e| panic!("cannot read {}: {e}", file.display()))
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to.parent().expect("a file is in a folder"))
        .expect("the package's folder is writable");
    fs::copy(from, to).unwrap_or_else(|e| panic!("cannot copy {}: {e}", from.display()));
}

/// Runs `script` in `folder`, stopping at the first failure, in a pipe too.
fn shell(folder: &Path, script: &str) {
    succeed(Command::new("bash").current_dir(folder).args(["-euo", "pipefail", "-c", script]));
}
