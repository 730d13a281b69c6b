//! What the fast paths are made of, as the release artifact has them: in the shared library, and in a program that the
//! static library was linked into.

#![cfg(target_os = "linux")]

use std::collections::HashMap;
use std::path::Path;
use std::process::Command;

use benches::programs::{Build, program, tools};
use tollgate_tests::artifact::artifact;
use tollgate_tests::command::succeed;
use tollgate_tests::skipped;

/// The thunks in the vtable (part of their mangled names) and the functions by task handle.
const FUNCTIONS: [&str; 8] = [
    "transitions13leave_runtime",
    "transitions13enter_runtime",
    "transitions21reverse_enter_runtime",
    "transitions21reverse_leave_runtime",
    "tollgate_leave",
    "tollgate_enter",
    "tollgate_reverse_enter",
    "tollgate_reverse_leave",
];

/// The most instructions of a fast path, through its return, in the order of [`FUNCTIONS`]: with the compilers at hand so far.
const LENGTHS: [usize; 8] = [13, 11, 11, 14, 11, 9, 9, 12];

/// One instruction: mnemonic with prefixes and operands; of a branch, the function that it leads to.
struct Instruction {
    text: String,
    branch: Option<String>,
}

/// The function that the branch `text` leads to: named in it, or the one whose address the loader puts at the place that
/// an indirect branch reads.
fn destination(text: &str, relocations: &HashMap<String, String>) -> Option<String> {
    if !text.starts_with('j') {
        return None;
    }
    if let Some((_, place)) = text.split_once("# ") {
        let address = place.split_whitespace().next()?;
        return Some(relocations.get(address).unwrap_or_else(|| panic!("nothing known of {text}")).clone());
    }
    let (name, _) = text.split_once('<')?.1.split_once('>')?;
    Some(name.split('+').next().unwrap_or(name).to_owned())
}

/// The symbols whose addresses the loader writes into `file`, by the place that it writes them to.
fn relocations(file: &Path) -> HashMap<String, String> {
    let short = |address: &str| address.trim_start_matches('0').to_owned();
    let functions: HashMap<String, String> = succeed(Command::new("nm").arg(file))
        .lines()
        .filter_map(|line| {
            let mut fields = line.split_whitespace();
            let (address, _, name) = (fields.next()?, fields.next()?, fields.next()?);
            Some((short(address), name.to_owned()))
        })
        .collect();
    let listing = succeed(Command::new("readelf").args(["--relocs", "--wide"]).arg(file));
    let mut symbols = HashMap::new();
    for line in listing.lines() {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let name = match fields.as_slice() {
            // Within the file itself: an address, named by the symbol table.
            [_, _, kind, address] if kind.ends_with("_RELATIVE") => functions.get(&short(address)).cloned(),
            [_, _, _, _, symbol, ..] => Some((*symbol).to_owned()),
            _ => None,
        };
        if let (Some(place), Some(name)) = (fields.first(), name) {
            symbols.insert(short(place), name);
        }
    }
    symbols
}

/// A function: its name, its address, its code.
struct Function {
    name: String,
    address: u64,
    code: Vec<Instruction>,
}

/// The functions of `file` whose names contain one of [`FUNCTIONS`], as objdump lists them.
fn disassemble(file: &Path) -> Vec<Function> {
    let listing =
        succeed(Command::new("objdump").args(["-d", "-w", "--no-show-raw-insn", "-M", "intel"]).arg(file));
    let relocations = relocations(file);
    let mut functions: Vec<Function> = Vec::new();
    let mut open = false;
    for line in listing.lines() {
        if let Some((address, name)) = line.strip_suffix(">:").and_then(|line| line.split_once(" <")) {
            open = FUNCTIONS.iter().any(|function| stands_for(name, function));
            if open {
                let address =
                    u64::from_str_radix(address, 16).expect("objdump writes addresses in hexadecimal");
                functions.push(Function { name: name.to_owned(), address, code: Vec::new() });
            }
        } else if let (true, Some((_, text))) = (open, line.split_once(":\t")) {
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let branch = destination(&text, &relocations);
            functions.last_mut().expect("one is open").code.push(Instruction { text, branch });
        }
    }
    functions
}

/// True if the symbol `name` is the function meant: an exported one by its whole name, a mangled one by its part.
fn stands_for(name: &str, function: &str) -> bool {
    if function.starts_with("tollgate_") { name == function } else { name.contains(function) }
}

/// What a fast path must not contain, as the words that objdump writes.
fn offence(text: &str) -> Option<&'static str> {
    let words: Vec<&str> = text.split([' ', ',']).collect();
    let mnemonic = words[0];
    let touches_memory = text.contains('[');
    match mnemonic {
        "lock" | "xacquire" | "xrelease" => Some("a locked instruction"),
        "xchg" if touches_memory => Some("an exchange with memory, which locks without saying so"),
        "mfence" | "lfence" | "sfence" | "cpuid" | "serialize" => Some("a fence"),
        "syscall" | "sysenter" | "int" => Some("a system call"),
        "rdtsc" | "rdtscp" => Some("a timestamp"),
        "call" => Some("a call"),
        "push" | "pop" | "enter" | "leave" => Some("a stack frame"),
        _ if words.iter().any(|word| *word == "rsp" || *word == "rbp") => Some("a stack frame"),
        _ if text.contains("__tls_get_addr") => Some("a call of the loader for thread-local storage"),
        _ => None,
    }
}

/// Checks every function of `file`; the lengths of their fast paths in the order of [`FUNCTIONS`].
fn check(file: &Path) -> Vec<usize> {
    let found = disassemble(file);
    let mut lengths = Vec::new();
    for (function, most) in FUNCTIONS.iter().zip(LENGTHS) {
        let same: Vec<_> = found.iter().filter(|found| stands_for(&found.name, function)).collect();
        let [Function { name, address, code }] = same.as_slice() else {
            panic!("{}: {} functions are called {function}", file.display(), same.len());
        };
        for instruction in code {
            if let Some(what) = offence(&instruction.text) {
                panic!("{}: {name} contains {what}: {}", file.display(), instruction.text);
            }
        }
        let leaving: Vec<&str> =
            code.iter().filter_map(|i| i.branch.as_deref()).filter(|to| to != name).collect();
        assert!(!leaving.is_empty(), "{}: {name} never goes to a slow half", file.display());
        for to in leaving {
            let is_slow = ["_cold", "_slow", "_empty"].iter().any(|mark| to.contains(mark));
            assert!(is_slow, "{}: {name} goes to {to}, which is no slow half", file.display());
        }
        assert_eq!(address % 64, 0, "{}: {name} does not start a cache line", file.display());
        let length = 1 + code.iter().position(|i| i.text == "ret").expect("a fast path returns");
        println!("{:32} {length:3} instructions, at most {most}, in {}", function, file.display());
        assert!(length <= most, "{}: the fast path of {name} has grown to {length}", file.display());
        lengths.push(length);
    }
    lengths
}

#[test]
fn fast_paths_contain_nothing_slow_and_are_equally_short_in_both_libraries() {
    if !cfg!(target_arch = "x86_64") {
        skipped("the check of the fast paths knows the instructions of x86-64 only");
        return;
    }
    // Shown with a failure: another compiler may make other instructions of the same source.
    print!("{}", tools());
    let shared = check(&artifact().shared);
    let linked = check(program(Build::Static));
    assert_eq!(shared, linked, "lengths in the shared library and in a program with the static one");
}

#[test]
fn the_check_knows_what_it_looks_for() {
    for bad in [
        "lock inc QWORD PTR [rax+0x10]",
        "xchg QWORD PTR [rax],rcx",
        "mfence",
        "call 5b10 <f>",
        "push rax",
        "sub rsp,0x8",
        "syscall",
        "rdtsc",
    ] {
        assert!(offence(bad).is_some(), "{bad} passed");
    }
    for good in [
        "inc QWORD PTR [rax+0x10]",
        "xchg ax,ax",
        "js 55e0 <leave_cold>",
        "ret",
        "int3",
        "mov rax,QWORD PTR fs:[rax]",
    ] {
        assert!(offence(good).is_none(), "{good} did not pass");
    }
}
