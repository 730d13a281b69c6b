//! A description of the binary interface, measured: what the header declares, where a C compiler puts each field, and what
//! the built library exports.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::artifact::{artifact, exports};
use crate::command::succeed;
use crate::compiler::{Language, Linkage};
use crate::{target_dir, workspace};

/// Where the description is committed.
pub fn committed() -> PathBuf {
    workspace().join("docs/abi.txt")
}

/// The description of what is built: constants, ids, records, slots, functions, symbols; a line each.
pub fn description() -> String {
    let header = fs::read_to_string(&artifact().generated_header).expect("the generated header can be read");
    let code = without_comments(&header);
    let measured = run(&program(&code));
    let mut text = format!(
        "# The binary interface of 64-bit Unix, written by `cargo xtask abi`. ABI.md says what may change.\n\
         soname libtollgate.so.{}\n{measured}",
        artifact().abi
    );
    for statement in statements(&code).iter().filter(|s| s.contains(" tollgate_") && !s.contains('{')) {
        writeln!(text, "{statement}").expect("a String takes everything");
    }
    for symbol in exports(&artifact().shared) {
        writeln!(text, "symbol {symbol}").expect("a String takes everything");
    }
    text
}

/// The lines of the description `old` that break programs by being absent from `new`.
///
/// A record that goes across with its size may grow at its end: old programs say how much of it they know.
pub fn broken<'a>(old: &'a str, new: &str) -> Vec<&'a str> {
    const SIZED: [&str; 4] =
        ["tollgate_config", "tollgate_task_info", "tollgate_totals_info", "tollgate_pause_report"];
    let bytes = |line: &str| {
        let (name, size) = line.strip_prefix("record ")?.strip_suffix(" bytes")?.split_once(' ')?;
        Some((name.to_owned(), size.parse::<usize>().ok()?))
    };
    let grown = |line: &str| {
        bytes(line).is_some_and(|(name, size)| {
            SIZED.contains(&name.as_str())
                && new.lines().filter_map(bytes).any(|(other, larger)| other == name && larger > size)
        })
    };
    let kept: BTreeSet<&str> = new.lines().collect();
    old.lines().filter(|line| !kept.contains(line) && !grown(line)).collect()
}

/// A C program that prints every constant, id, record and slot of the header.
fn program(code: &str) -> String {
    let mut body = String::new();
    let mut print =
        |line: std::fmt::Arguments<'_>| writeln!(body, "  {line}").expect("a String takes everything");
    for (name, value) in code.lines().filter_map(constant) {
        let unsigned =
            format!("(unsigned long long){}", if value.contains("HRESULT") { "(uint32_t)" } else { "" });
        print(format_args!("printf(\"constant {name} 0x%llX\\n\", {unsigned}{name});"));
    }
    for statement in statements(code) {
        if let Some(id) = statement.strip_prefix("extern TOLLGATE_DATA const GUID ") {
            print(format_args!("print_id(\"{id}\", (const unsigned char *)&{id});"));
        }
        let Some((name, members)) = record(&statement) else { continue };
        print(format_args!("printf(\"record {name} %zu bytes\\n\", sizeof(struct {name}));"));
        for member in members {
            let field = field_name(&member);
            let (line, per) = match name.strip_suffix("Vtbl") {
                Some(interface) => (format!("slot {interface} %zu: {member}"), "sizeof(void *)"),
                None => (format!("field {name} at %zu: {member}"), "1"),
            };
            print(format_args!("printf(\"{line}\\n\", offsetof(struct {name}, {field}) / {per});"));
        }
    }
    format!(
        "#include <stdio.h>\n#include \"tollgate.h\"\n\
         static void print_id(const char *name, const unsigned char *id) {{\n  int i;\n  printf(\"id %s \", name);\n\
         for (i = 0; i < 16; i++) printf(\"%02x\", id[i]);\n  puts(\"\");\n}}\nint main(void) {{\n{body}  return 0;\n}}\n"
    )
}

fn run(source: &str) -> String {
    let folder = target_dir().join("c-artifact/programs");
    fs::create_dir_all(&folder).expect("the target directory is writable");
    // Tests and xtask may be at it at the same time.
    let stem = folder.join(format!("abi-{}", std::process::id()));
    let file = stem.with_extension("c");
    fs::write(&file, source).expect("the target directory is writable");
    let mut command = Command::new(Language::C.compiler());
    let generated = artifact().generated_header.parent().expect("a file is in a folder");
    command.arg("-I").arg(generated).arg(&file).arg("-o").arg(&stem);
    Linkage::Shared.add_to(&mut command, artifact());
    succeed(&mut command);
    succeed(&mut Command::new(stem))
}

fn without_comments(header: &str) -> String {
    let mut code = String::new();
    let mut rest = header;
    while let Some((before, comment)) = rest.split_once("/*") {
        code += before;
        rest = comment.split_once("*/").expect("a comment ends").1;
    }
    code += rest;
    code.lines().map(|line| line.split("//").next().unwrap_or(line).trim_end().to_owned() + "\n").collect()
}

/// The name and the value of a constant that the line defines.
fn constant(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.strip_prefix("#define ")?.split_once(' ')?;
    let is_value = value.starts_with("((HRESULT)") || value.starts_with(|c: char| c.is_ascii_digit());
    is_value.then_some((name, value))
}

/// The declarations of the header, each on one line with single blanks and without its semicolon.
fn statements(code: &str) -> Vec<String> {
    let text: String = code
        .lines()
        .filter(|line| !line.starts_with('#') && *line != "}" && *line != "extern \"C\" {")
        .collect::<Vec<_>>()
        .join(" ");
    let mut found = Vec::new();
    let mut depth = 0;
    let mut start = 0;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ';' if depth == 0 => {
                found.push(text[start..at].split_whitespace().collect::<Vec<_>>().join(" "));
                start = at + 1;
            }
            _ => {}
        }
    }
    found
}

/// The name and the members of a record that the statement defines.
fn record(statement: &str) -> Option<(String, Vec<String>)> {
    let (name, rest) = statement.strip_prefix("typedef struct ")?.split_once(" {")?;
    let members = rest.rsplit_once('}')?.0.split(';').map(|member| member.trim().to_owned());
    Some((name.to_owned(), members.filter(|member| !member.is_empty()).collect()))
}

/// The name in a member's declaration: of a function pointer, an array or a plain field.
fn field_name(member: &str) -> &str {
    let declarator = member.split_once("(TOLLGATE_CALL *").map_or(member, |(_, after)| {
        after.split_once(')').expect("a function pointer has its name in parentheses").0
    });
    let name = declarator.split('[').next().unwrap_or(declarator);
    name.rsplit([' ', '*']).next().unwrap_or(name)
}
