//! The archive for C and C++ users, unpacked in a clean folder far from the sources: whole, relocatable, and used by its
//! README's commands, word for word.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use tollgate_tests::artifact::{artifact, exports};
use tollgate_tests::command::succeed;
use tollgate_tests::compiler::is_there;
use tollgate_tests::package::{name, package};
use tollgate_tests::{skipped, target_dir};

/// The package as a user has it: made, moved to another folder, unpacked there.
fn unpacked() -> &'static Path {
    static FOLDER: OnceLock<PathBuf> = OnceLock::new();
    FOLDER.get_or_init(|| {
        let archive = package(&clean("package-made"));
        let elsewhere = clean("package-elsewhere");
        succeed(Command::new("tar").arg("-xzf").arg(&archive).current_dir(&elsewhere));
        // Whatever still pointed to where it was made would now point to nothing.
        fs::remove_dir_all(archive.parent().expect("a file is in a folder")).expect("it was just made");
        elsewhere.join(name())
    })
}

/// An empty folder of that name.
fn clean(folder: &str) -> PathBuf {
    let folder = target_dir().join(folder);
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("an earlier run's folder can be removed");
    }
    fs::create_dir_all(&folder).expect("the target directory is writable");
    folder.canonicalize().expect("it was just made")
}

fn read(file: &str) -> String {
    fs::read_to_string(unpacked().join(file)).unwrap_or_else(|e| panic!("cannot read {file}: {e}"))
}

/// The commands below a heading of the package's README.
fn commands(heading: &str) -> String {
    let readme = read("README.md");
    let (_, section) = readme.split_once(heading).unwrap_or_else(|| panic!("the README has no {heading:?}"));
    let block = section.split_once("```sh\n").expect("commands follow").1;
    block.split_once("```").expect("the commands end").0.to_owned()
}

/// Follows the README in a clean folder: the copying of the program first, then what stands under `heading`.
fn follow(heading: &str) -> String {
    let folder = clean(&format!("package-{}", heading.replace(['#', ' '], "")));
    let script = commands("the program is `hello.c`") + &commands(heading);
    let mut shell = Command::new("sh");
    shell.args(["-eu", "-c", &script]).current_dir(folder).env("TOLLGATE", unpacked());
    succeed(shell.env_remove("PKG_CONFIG_PATH").env_remove("LD_LIBRARY_PATH"))
}

const HELLO: &str = concat!("Tollgate ", env!("CARGO_PKG_VERSION"), ": 1 task, outside, depth 1\n");

#[test]
fn compiler_alone() {
    assert_eq!(follow("## With the compiler alone"), HELLO);
}

#[test]
fn pkg_config() {
    if !is_there("pkg-config") {
        skipped("no pkg-config on this machine: the package through it");
        return;
    }
    assert_eq!(follow("## With pkg-config"), HELLO.repeat(2));
}

#[test]
fn cmake() {
    if !is_there("cmake") {
        skipped("no cmake on this machine: the package through it");
        return;
    }
    let output = follow("## With CMake");
    assert!(output.contains("100% tests passed, 0 tests failed out of 15"), "{output}");
}

#[test]
fn cmake_refuses_another_version() {
    if !is_there("cmake") {
        skipped("no cmake on this machine: the package through it");
        return;
    }
    for (wanted, fits) in
        [("0.1", true), ("0.1.0 EXACT", true), ("0.2", false), ("0.0.9", false), ("1.0", false)]
    {
        let folder = clean(&format!("package-version-{}", wanted.replace(' ', "-")));
        let project = format!(
            "cmake_minimum_required(VERSION 3.16)\nproject(p C)\nfind_package(tollgate {wanted} CONFIG QUIET)\n\
             if(NOT \"${{tollgate_FOUND}}\" STREQUAL \"{}\")\nmessage(FATAL_ERROR \"${{tollgate_FOUND}}\")\nendif()\n",
            u8::from(fits)
        );
        fs::write(folder.join("CMakeLists.txt"), project).expect("the target directory is writable");
        let mut cmake = Command::new("cmake");
        cmake.arg("-S").arg(&folder).arg("-B").arg(folder.join("build"));
        succeed(cmake.arg(format!("-DCMAKE_PREFIX_PATH={}", unpacked().display())));
    }
}

#[test]
fn every_file_is_there_and_whole() {
    succeed(Command::new("sha256sum").args(["--check", "--strict", "SHA256SUMS"]).current_dir(unpacked()));
    let summed: BTreeSet<String> = read("SHA256SUMS")
        .lines()
        .filter_map(|line| line.split_once("  ./"))
        .map(|(_, file)| file.to_owned())
        .collect();
    let present = succeed(
        Command::new("find").args([".", "-type", "f", "!", "-name", "SHA256SUMS"]).current_dir(unpacked()),
    );
    let present: BTreeSet<String> =
        present.lines().map(|file| file.trim_start_matches("./").to_owned()).collect();
    assert_eq!(summed, present);
    for file in [
        "include/tollgate.h",
        "include/tollgate_com.h",
        "include/tollgate_inline.h",
        "include/tollgate.hpp",
        "lib/libtollgate.a",
        "LICENSE-MIT",
        "LICENSE-APACHE",
        "README.md",
    ] {
        assert!(present.contains(file), "{file} is missing");
    }
    let abi = artifact().abi;
    for (link, wanted) in [
        ("lib/libtollgate.so", format!("libtollgate.so.{abi}.{}", env!("CARGO_PKG_VERSION"))),
        (&format!("lib/libtollgate.so.{abi}"), format!("libtollgate.so.{abi}.{}", env!("CARGO_PKG_VERSION"))),
    ] {
        let target = fs::read_link(unpacked().join(link)).expect("it is a link");
        assert_eq!(target, Path::new(&wanted));
    }
}

/// Nothing in the package names a folder of the machine that made it.
#[test]
fn no_path_of_this_machine() {
    let here = target_dir().canonicalize().expect("the target directory is there");
    let home = std::env::var("HOME").unwrap_or_default();
    let folders = [tollgate_tests::workspace().display().to_string(), here.display().to_string(), home];
    for line in read("SHA256SUMS").lines() {
        let (_, file) = line.split_once("  ").expect("a sum and a name");
        let bytes = fs::read(unpacked().join(file)).expect("it is listed");
        for folder in folders.iter().filter(|folder| folder.len() > 1) {
            assert!(!has_path(&bytes, folder.as_bytes()), "{folder} stands in {file}");
        }
    }
}

/// True if `folder` stands in `text`, also right behind an option or another text; but /src, say, is the end of many others.
fn has_path(text: &[u8], folder: &[u8]) -> bool {
    let is_short = folder.iter().filter(|byte| **byte == b'/').count() == 1;
    let goes_on = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || b"._-".contains(b));
    text.windows(folder.len()).enumerate().any(|(at, part)| {
        let before = at.checked_sub(1).and_then(|before| text.get(before));
        part == folder && !(is_short && goes_on(before)) && !goes_on(text.get(at + folder.len()))
    })
}

/// The libraries in the package are those the other tests test.
#[test]
fn libraries_are_the_tested_ones() {
    let shared = unpacked().join("lib/libtollgate.so");
    assert_eq!(exports(&shared), exports(&artifact().shared));
    assert_eq!(fs::read(&shared).expect("readable"), fs::read(&artifact().shared).expect("readable"));
    // The archive's one object is a member of the tested archive, unchanged.
    let packed = fs::read(unpacked().join("lib/libtollgate.a")).expect("readable");
    let tested = fs::read(&artifact().archive).expect("readable");
    let members = tollgate_tests::archive::members(&tested);
    let objects: Vec<_> = tollgate_tests::archive::members(&packed)
        .into_iter()
        .filter(|member| member.data.starts_with(b"\x7fELF"))
        .collect();
    assert!(!objects.is_empty());
    for object in objects {
        assert!(members.iter().any(|member| member.data == object.data), "{} is no member", object.name);
    }
}

/// Made twice from the same sources, the archive is the same.
#[test]
fn package_is_reproducible() {
    let sums = ["package-first", "package-second"]
        .map(|folder| fs::read(package(&clean(folder))).expect("readable"));
    assert!(sums[0] == sums[1], "two runs made different archives");
}
