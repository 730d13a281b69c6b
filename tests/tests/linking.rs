//! Ways to link the static library, each built and run: kinds of executables, linkers, another Rust library beside it,
//! a shared library of the host's own. And what stays true in all of them: exceptions and backtraces work.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tollgate_tests::artifact::{artifact, exports};
use tollgate_tests::command::succeed;
use tollgate_tests::compiler::{Linkage, build_with, is_there};
use tollgate_tests::{skipped, target_dir, workspace};

/// Kinds of programs, and the options that make them.
const KINDS: [(&str, &[&str]); 7] = [
    ("pie", &["-fPIE", "-pie"]),
    ("no-pie", &["-fno-pie", "-no-pie"]),
    ("static", &["-static"]),
    ("static-pie", &["-fPIE", "-static-pie"]),
    ("rdynamic", &["-rdynamic"]),
    ("gc-sections", &["-ffunction-sections", "-Wl,--gc-sections"]),
    ("bound-at-start", &["-Wl,-z,now,-z,relro"]),
];

/// A linker that warns has found something: text relocations, an executable stack, a symbol twice.
const STRICT: &str = "-Wl,--fatal-warnings";

/// The linkers on this machine, as the compiler calls them; the first is its own.
fn linkers() -> Vec<Option<&'static str>> {
    if is_there("ld.lld") {
        return vec![None, Some("-fuse-ld=lld")];
    }
    skipped("no ld.lld on this machine: linking with it");
    vec![None]
}

/// Builds `source` in every kind with every linker and runs each.
fn in_every_kind(source: &str, linkage: Linkage) {
    let mut ran = 0;
    for linker in linkers() {
        for (kind, options) in KINDS {
            let variant = format!("{kind}{}", linker.unwrap_or_default());
            let options = [options, &[STRICT], linker.as_slice()].concat();
            succeed(&mut Command::new(build_with(source, linkage, &variant, &options)));
            ran += 1;
        }
    }
    println!("{source}, {linkage:?}: {ran} programs linked and run");
}

#[test]
fn static_library_in_every_kind_of_program() {
    in_every_kind("tests/c/nested_sequence.c", Linkage::Static);
}

#[test]
fn whole_archive_in_every_kind_of_program() {
    in_every_kind("tests/c/nested_sequence.c", Linkage::WholeArchive);
}

#[test]
fn exceptions_and_backtraces_with_the_static_library() {
    in_every_kind("tests/link/unwinding.cpp", Linkage::Static);
}

#[test]
fn exceptions_and_backtraces_with_the_shared_library() {
    succeed(&mut Command::new(build_with("tests/link/unwinding.cpp", Linkage::Shared, "", &[STRICT])));
}

/// `tollgate.hpp` asks nothing of the C++ library, nor of the compiler's support for exceptions and run-time types.
#[test]
fn raii_without_the_cpp_library() {
    let bare = ["-fno-exceptions", "-fno-rtti", "-Wshadow", "-nodefaultlibs", "-lc"];
    for linkage in Linkage::ALL {
        succeed(&mut Command::new(build_with("tests/cpp/raii.cpp", linkage, "bare", &bare)));
    }
}

/// `-rdynamic` and `--whole-archive` together export whatever is visible: the documented symbols, nothing of Rust's.
#[test]
fn a_program_that_exports_everything_exports_only_what_is_documented() {
    let [program, without] = [Linkage::WholeArchive, Linkage::None]
        .map(|linkage| build_with("tests/link/empty.c", linkage, "export-all", &["-rdynamic"]));
    let ours: BTreeSet<String> = exports(&program).difference(&exports(&without)).cloned().collect();
    assert_eq!(ours, exports(&artifact().shared));
}

/// Another Rust library with std in it, compiled by itself as its own project would.
fn neighbour(lto: &str) -> PathBuf {
    let folder = target_dir().join("c-artifact/programs");
    fs::create_dir_all(&folder).expect("the target directory is writable");
    let library = folder.join(format!("libneighbour-{lto}.a"));
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let mut command = Command::new(rustc);
    command.args(["--edition", "2024", "--crate-type", "staticlib", "-O", "-C", "panic=unwind"]);
    command.arg("-C").arg(format!("lto={lto}")).arg(workspace().join("tests/link/neighbour.rs"));
    succeed(command.arg("-o").arg(&library));
    library
}

/// Both archives in one program, in both orders: the neighbour's panics must find their own unwinding routine, not the
/// one that Tollgate brings for tables that name it.
fn beside_neighbour(lto: &str) {
    let neighbour = neighbour(lto);
    let [ours, theirs] = [artifact().archive.as_path(), &neighbour].map(|path| path.display().to_string());
    for linker in linkers() {
        for (order, archives) in [("first", [&ours, &theirs]), ("second", [&theirs, &ours])] {
            let mut options = archives.map(String::as_str).to_vec();
            options.extend(["-ldl", "-lm"]);
            options.extend(linker);
            let variant = format!("{lto}-{order}{}", linker.unwrap_or_default());
            succeed(&mut Command::new(build_with(
                "tests/link/neighbour.c",
                Linkage::None,
                &variant,
                &options,
            )));
        }
    }
}

#[test]
fn beside_a_rust_library_with_fat_lto() {
    beside_neighbour("fat");
}

#[test]
fn beside_a_rust_library_without_lto() {
    beside_neighbour("off");
}

/// Loads `plugin` into a program that is linked with `linkage` and tells it what to expect.
fn load(linkage: Linkage, options: &[&str], plugin: &Path, expect: &str) {
    let variant = options.concat().replace(['-', ','], "");
    let host = build_with("tests/link/plugin_host.c", linkage, &variant, options);
    succeed(Command::new(host).arg(plugin).arg(expect));
}

const PLUGIN: [&str; 3] = ["-shared", "-fPIC", STRICT];

/// A plugin that hides its copy is an instance of its own, whatever the program is linked with.
#[test]
fn plugin_that_hides_its_copy_keeps_its_own_books() {
    for linkage in [Linkage::Static, Linkage::WholeArchive] {
        let options = [&PLUGIN[..], &["-Wl,--exclude-libs,libtollgate.a"]].concat();
        let plugin = build_with("tests/link/plugin.c", linkage, "hidden", &options);
        let exported = exports(&plugin);
        assert!(!exported.iter().any(|name| name.starts_with("tollgate_")), "{exported:?}");
        load(Linkage::Shared, &["-ldl"], &plugin, "own");
        load(Linkage::Static, &["-ldl"], &plugin, "own");
        load(Linkage::Static, &["-ldl", "-rdynamic"], &plugin, "own");
    }
}

/// A plugin that exports its copy uses that of the program when the program exports one, else its own.
#[test]
fn plugin_that_exports_its_copy_shares_the_programs() {
    let plugin = build_with("tests/link/plugin.c", Linkage::WholeArchive, "exported", &PLUGIN);
    assert!(exports(&plugin).is_superset(&exports(&artifact().shared)));
    load(Linkage::Shared, &["-ldl"], &plugin, "shared");
    load(Linkage::Static, &["-ldl", "-rdynamic"], &plugin, "shared");
    load(Linkage::Static, &["-ldl"], &plugin, "own");
}

/// A plugin linked with the shared library has the program's copy if that is the shared library too.
#[test]
fn plugin_on_the_shared_library_shares_it() {
    let plugin = build_with("tests/link/plugin.c", Linkage::Shared, "plugin", &PLUGIN);
    load(Linkage::Shared, &["-ldl"], &plugin, "shared");
    load(Linkage::Static, &["-ldl"], &plugin, "own");
}

/// A shared library of the host's own, linked to a program rather than loaded by it.
#[test]
fn library_of_the_host_that_links_the_archive() {
    for (variant, options) in
        [("plain", &PLUGIN[..]), ("hiding", &[PLUGIN[0], PLUGIN[1], PLUGIN[2], "-Wl,--exclude-libs,ALL"])]
    {
        for linker in linkers() {
            let variant = format!("{variant}{}", linker.unwrap_or_default());
            let options = [options, linker.as_slice()].concat();
            let library = build_with("tests/link/plugin.c", Linkage::Static, &variant, &options);
            let path = library.display().to_string();
            let user = build_with("tests/link/uses_plugin.c", Linkage::None, &variant, &[&path]);
            succeed(&mut Command::new(user));
        }
    }
}

/// Two copies in one process, neither of them a plugin's: the program's own archive, and the shared library before it.
#[test]
fn static_library_beside_a_preloaded_shared_one() {
    let program = build_with("tests/c/nested_sequence.c", Linkage::Static, "preload", &[]);
    succeed(Command::new(program).env("LD_PRELOAD", &artifact().shared));
}

/// Plugins closed while threads that used them still live: the exit hooks of those threads must still be there.
#[test]
fn plugins_closed_under_living_threads() {
    let loader = build_with("tests/link/loader.c", Linkage::None, "", &[]);
    let hiding = [&PLUGIN[..], &["-Wl,--exclude-libs,libtollgate.a", "-Wl,-z,nodelete"]].concat();
    let [first, second] = ["first", "second"]
        .map(|name| build_with("tests/link/closed_plugin.c", Linkage::Static, name, &hiding));
    let output = succeed(Command::new(&loader).arg(first).arg(second));
    assert!(output.starts_with("2 libraries"), "{output}");

    // The shared library stays loaded by itself; the plugin that needs it may go.
    let plugin = build_with("tests/link/closed_plugin.c", Linkage::Shared, "needs-shared", &PLUGIN);
    succeed(Command::new(loader).arg(plugin));
}
