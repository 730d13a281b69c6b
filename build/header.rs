//! Makes `tollgate.h` out of the source of capi: cbindgen's output, finished where cbindgen falls short.
//!
//! Every step that finds something other than it expects panics: a header that is wrong in silence is worse than a build
//! that stops.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The files of core with records that go across.
pub(crate) const RECORDS: [&str; 2] = ["core/src/info.rs", "core/src/trace/record.rs"];

/// The text of `tollgate.h` for the workspace at `root`.
pub(crate) fn generate(root: &Path) -> String {
    let capi = root.join("capi");
    let interfaces: String = rust_files(&capi.join("src/interfaces")).iter().map(|file| read(file)).collect();
    let codes = result_codes(&read(&capi.join("src/hresult.rs")));

    let mut config =
        cbindgen::Config::from_file(capi.join("cbindgen.toml")).expect("capi/cbindgen.toml is not valid");
    // cbindgen writes what a function refers to; hosts ask for interfaces that no function names.
    config.export.include.extend(struct_names(&interfaces));
    config.export.exclude.extend(codes.iter().map(|code| code.name.clone()));
    let renamed = config.export.rename.clone();

    // cbindgen follows the modules of a file and writes a function as often as it meets it, so each file goes in once.
    let mut sources = exports(&capi.join("src/exports"));
    sources.push(capi.join("src/interfaces/mod.rs"));
    // The records that go across are core's own.
    sources.extend(RECORDS.map(|file| root.join(file)));
    let builder = cbindgen::Builder::new().with_config(config);
    let builder = sources.into_iter().fold(builder, cbindgen::Builder::with_src);
    let mut bytes = Vec::new();
    builder.generate().expect("cbindgen cannot read the source").write(&mut bytes);
    let mut text = String::from_utf8(bytes).expect("cbindgen writes UTF-8");

    mark_calling_convention(&mut text, interfaces.matches("extern \"system\" fn(").count());
    prefix_constants(&mut text);
    translate_comments(&mut text, &renamed);
    guard_interfaces(&mut text);
    replace_all(&mut text, "\nextern const GUID ", "\nextern TOLLGATE_DATA const GUID ");
    insert_short_names(&mut text);
    insert_result_codes(&mut text, &codes);
    while text.contains("\n\n\n") {
        text = text.replace("\n\n\n", "\n\n");
    }
    text
}

/// The files with exported functions, in the order in which a host needs what is in them.
fn exports(dir: &Path) -> Vec<PathBuf> {
    const ORDER: [&str; 7] =
        ["manager.rs", "control.rs", "task.rs", "look.rs", "gate.rs", "trace.rs", "name.rs"];
    let mut files = rust_files(dir);
    files.retain(|file| !file.ends_with("mod.rs"));
    files.sort_by_key(|file| ORDER.iter().position(|name| file.ends_with(name)).unwrap_or(ORDER.len()));
    files
}

/// Every `.rs` file below `dir`, in an order that does not depend on the file system.
fn rust_files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap_or_else(|e| panic!("cannot list {}: {e}", dir.display())) {
        let path = entry.expect("a directory entry can be read").path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|ext| ext == "rs") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The names of the structs that `source` declares.
fn struct_names(source: &str) -> impl Iterator<Item = String> {
    source.lines().filter_map(|line| line.strip_prefix("pub struct ")?.strip_suffix(" {")).map(str::to_owned)
}

/// Puts `TOLLGATE_CALL` before the `*` of every function pointer.
///
/// cbindgen drops the calling convention of function pointers. Without it the header compiles on 32-bit Windows, and the
/// caller crashes after the first call. So the number of pointers marked must be the number declared `extern "system"`.
fn mark_calling_convention(text: &mut String, declared: usize) {
    let mut marked = 0;
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some(at) = rest.find("(*") {
        let (before, pointer) = rest.split_at(at);
        let name = pointer[2..].bytes().take_while(|b| b.is_ascii_alphanumeric() || *b == b'_').count();
        out.push_str(before);
        if name > 0 && pointer[2 + name..].starts_with(")(") {
            out.push_str("(TOLLGATE_CALL *");
            marked += 1;
        } else {
            out.push_str("(*");
        }
        rest = &pointer[2..];
    }
    out.push_str(rest);
    *text = out;
    assert!(declared > 0, "no function pointer found below capi/src/interfaces");
    assert_eq!(
        marked, declared,
        "function pointers in the header, and `extern \"system\"` ones in capi/src/interfaces"
    );
}

/// Gives every constant the prefix `TOLLGATE_`, in its definition and wherever it is spoken of.
///
/// `mscoree.h` declares WAIT_ALERTABLE and its like as enumerators; a macro of the same name would break it.
fn prefix_constants(text: &mut String) {
    let names: Vec<String> = text
        .lines()
        .filter_map(|line| line.strip_prefix("#define ")?.split_whitespace().next())
        .filter(|name| !name.starts_with("TOLLGATE_") && *name != "GUID_DEFINED")
        .map(str::to_owned)
        .collect();
    for name in names {
        replace_word(text, &name, &format!("TOLLGATE_{name}"));
    }
}

/// Makes comments written for Rust read well in C.
fn translate_comments(text: &mut String, renamed: &HashMap<String, String>) {
    for (rust, c) in renamed {
        *text = text.replace(&format!("`{rust}"), &format!("`{c}"));
    }
    for heading in ["Thread", "Progress", "Ordering", "Ownership", "Errors"] {
        *text = text.replace(&format!("**{heading}"), heading);
    }
    *text = text
        .replace(":**", ":")
        .replace("[`", "`")
        .replace("`]", "`")
        .replace("\n # Safety\n", "\n The caller's duty:\n");
}

/// Leaves an interface out where a system header has declared it, and leaves the object to `tollgate_com.h` in C++.
fn guard_interfaces(text: &mut String) {
    let names: Vec<String> = text
        .lines()
        .filter_map(|line| line.strip_prefix("typedef struct ")?.strip_suffix("Vtbl {"))
        .map(str::to_owned)
        .collect();
    assert!(!names.is_empty(), "no vtable in the header");
    let mut guarded = String::new();
    for name in names {
        assert!(
            text.contains(&format!("\nstruct {name};\n")),
            "cbindgen.toml lacks the forward declaration of {name}"
        );
        let object = cut(text, &name);
        let vtable = cut(text, &format!("{name}Vtbl"));
        guarded += &format!(
            "#ifndef __{name}_INTERFACE_DEFINED__\n{vtable}\n#ifdef TOLLGATE_C_INTERFACES\n\
             #define __{name}_INTERFACE_DEFINED__\n{object}#endif\n#endif\n\n"
        );
    }
    let stats = cut(text, "COR_GC_THREAD_STATS");
    guarded.insert_str(0, &format!("#ifndef __gchost_h__\n{stats}#endif\n\n"));
    const FUNCTIONS: &str = "#ifdef __cplusplus\nextern \"C\" {\n";
    replace_all(text, FUNCTIONS, &(guarded + FUNCTIONS));
}

/// Takes the definition of struct `name`, with its comment, out of `text`.
fn cut(text: &mut String, name: &str) -> String {
    let opening =
        text.find(&format!("\ntypedef struct {name} {{")).unwrap_or_else(|| panic!("{name} is missing")) + 1;
    let closing = format!("\n}} {name};\n");
    let end = text[opening..].find(&closing).unwrap_or_else(|| panic!("{name} has no end"))
        + opening
        + closing.len();
    let start = text[..opening].rfind("\n/*\n").unwrap_or_else(|| panic!("{name} has no comment")) + 1;
    assert_eq!(text[start..opening].matches("*/").count(), 1, "{name} has no comment of its own");
    let item = text[start..end].to_owned();
    text.replace_range(start..end + 1, "");
    item
}

/// Gives the interface ids their usual names where no system library has them.
fn insert_short_names(text: &mut String) {
    const PREFIX: &str = "extern TOLLGATE_DATA const GUID tollgate_";
    let mut names = String::from(
        "/* The usual names of the interface ids; on Windows they belong to the system. */\n#ifndef _WIN32\n",
    );
    for name in text.lines().filter_map(|line| line.strip_prefix(PREFIX)?.strip_suffix(';')) {
        names += &format!("#ifndef {name}\n#define {name} tollgate_{name}\n#endif\n");
    }
    const LAST: &str = "#endif  /* TOLLGATE_H */";
    replace_all(text, LAST, &(names + "#endif\n\n" + LAST));
}

/// One line of the table in `hresult.rs`.
struct ResultCode {
    name: String,
    value: String,
    doc: String,
}

/// The result codes that `table` declares, each as `pub const NAME: HRESULT = code(0x...)` below its comment.
fn result_codes(table: &str) -> Vec<ResultCode> {
    let mut codes = Vec::new();
    let mut doc = "";
    for line in table.lines() {
        if let Some(comment) = line.strip_prefix("/// ") {
            doc = comment;
        } else if let Some((name, value)) =
            line.strip_prefix("pub const ").and_then(|rest| rest.split_once(": HRESULT = "))
        {
            let value = value
                .trim_end_matches(';')
                .trim_start_matches("code(")
                .trim_end_matches(')')
                .replace('_', "");
            let digits = value.trim_start_matches("0x");
            assert!(
                !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit()),
                "{name} is not a number: {value}"
            );
            codes.push(ResultCode { name: name.to_owned(), value, doc: doc.to_owned() });
        }
    }
    assert!(!codes.is_empty(), "capi/src/hresult.rs declares no result code");
    codes
}

/// Writes the result codes, which cbindgen leaves out together with their type.
fn insert_result_codes(text: &mut String, codes: &[ResultCode]) {
    let mut block = String::new();
    for ResultCode { name, value, doc } in codes {
        block += &format!("/* {doc} */\n#ifndef {name}\n#define {name} ((HRESULT){value})\n#endif\n");
    }
    replace_all(text, "@result codes@\n", &block);
}

/// Replaces every `from`, of which there must be one.
fn replace_all(text: &mut String, from: &str, to: &str) {
    assert!(text.contains(from), "the header has no {from:?}");
    *text = text.replace(from, to);
}

/// Replaces `word` where it stands alone.
fn replace_word(text: &mut String, word: &str, with: &str) {
    let part_of_name = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
    let mut at = 0;
    while let Some(found) = text[at..].find(word) {
        let start = at + found;
        let end = start + word.len();
        let bytes = text.as_bytes();
        let alone = !part_of_name(bytes[..start].last()) && !part_of_name(bytes.get(end));
        at = if alone {
            text.replace_range(start..end, with);
            start + with.len()
        } else {
            end
        };
    }
}

/// The text of a file that must be there.
pub(crate) fn read(file: &Path) -> String {
    fs::read_to_string(file).unwrap_or_else(|e| panic!("cannot read {}: {e}", file.display()))
}
