//! The two libraries: what they export, what they need, and what must not be in them.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use tollgate_tests::artifact::{artifact, exports};
use tollgate_tests::command::succeed;
use tollgate_tests::compiler::Language;
use tollgate_tests::{target_dir, workspace};

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
    let exported = exports(&artifact().shared);
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

/// A global symbol of an object file, with what of it another object sees.
struct Symbol {
    name: String,
    defined: bool,
    visible: bool,
}

/// The global symbols of every member of the archive, as the linker reads them.
fn global_symbols() -> Vec<Symbol> {
    let table = succeed(Command::new("readelf").args(["--syms", "--wide"]).arg(&artifact().archive));
    // Number, value, size, type, binding, visibility, section, name.
    table
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>())
        .filter(|words| words.len() >= 8 && ["GLOBAL", "WEAK"].contains(&words[4]))
        .map(|words| Symbol {
            name: words[7].to_owned(),
            defined: words[6] != "UND",
            visible: words[5] == "DEFAULT",
        })
        .collect()
}

/// What a host's program sees of the archive is what the header declares; the compiler's own helpers are hidden in it.
#[test]
fn archive_shows_what_the_header_declares() {
    let shown: BTreeSet<String> = global_symbols()
        .into_iter()
        .filter(|symbol| symbol.defined && symbol.visible)
        .map(|symbol| symbol.name)
        .collect();
    assert_eq!(shown, declared(), "symbols of the archive (left) and declarations of the header (right)");
}

/// Nothing of a Rust runtime is defined or asked for, in global and in local symbols: no panic machinery, no formatting,
/// no allocator, no std.
#[test]
fn archive_has_no_rust_runtime() {
    const FOREIGN: [&str; 11] = [
        "rust_begin_unwind",
        "rust_panic",
        "panicking",
        "panic_",
        "_Unwind_",
        "__rust_alloc",
        "__rdl_",
        "__rg_",
        "3std",
        "5alloc",
        "4core3fmt",
    ];
    let symbols = succeed(Command::new("nm").arg(&artifact().archive));
    let names: Vec<&str> = symbols.lines().filter_map(|line| line.split_whitespace().last()).collect();
    assert!(names.contains(&"tollgate_version"), "nm sees no export at all");
    let found: Vec<&&str> = names
        .iter()
        .filter(|name| !name.ends_with(".o:") && FOREIGN.iter().any(|foreign| name.contains(foreign)))
        .collect();
    assert!(found.is_empty(), "of Rust's runtime: {found:?}");
    println!("{} symbols, none of Rust's runtime", names.len());
}

/// The linker reads every member as an object file for this machine; a metadata or bitcode member would stop some of them.
#[test]
fn archive_holds_object_files_only() {
    let archive = fs::read(&artifact().archive).expect("the archive can be read");
    let members = tollgate_tests::archive::members(&archive);
    let mut objects = 0;
    for member in &members {
        // The symbol table and the table of long names belong to the format.
        if ["/", "//", "/SYM64/"].contains(&member.name.as_str()) {
            continue;
        }
        let relocatable = member.data.len() > 18 && member.data[16..18] == 1u16.to_ne_bytes();
        assert!(member.data.starts_with(b"\x7fELF") && relocatable, "{} is no object file", member.name);
        objects += 1;
    }
    assert!(objects > 0, "the archive is empty");
    println!("{objects} members, all of them object files");
}
