//! The example, as a person runs it: what it says and how it exits.

use std::io::Read;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

/// The program of the example, which stands beside the tests; built if only the tests were.
fn host() -> Command {
    let tests = std::env::current_exe().expect("this program");
    let profile = tests.ancestors().nth(2).expect("target directory").to_owned();
    let program: PathBuf = profile.join("examples").join(format!("host{}", std::env::consts::EXE_SUFFIX));
    if !program.exists() {
        let mut build = Command::new(env!("CARGO"));
        build.args(["build", "--package", "tollgate-wasmtime", "--example", "host", "--target-dir"]);
        let built = build.arg(profile.parent().expect("target directory")).status();
        assert!(built.expect("cargo runs").success(), "the example builds");
    }
    Command::new(program)
}

fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = host().args(arguments).output().expect("it runs");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (status.code(), text(stdout), text(stderr))
}

#[test]
fn example_shows_the_sequence_and_balanced_books() {
    let (status, out, errors) = run(&["--threads", "2", "--seconds", "0"]);
    assert_eq!((status, errors.as_str()), (Some(0), ""), "{out}");
    let sequence = out.lines().filter(|line| line.contains("Runtime") && line.contains("S_OK"));
    let depths: Vec<&str> = sequence.map(|line| line.split_whitespace().last().unwrap_or("")).collect();
    assert_eq!(depths, ["1", "2", "3", "4", "3", "2", "1", "0"], "{out}");
    for expected in
        ["host.function_a", "host.function_c", "Paused: no task is inside", "last called host.never_back"]
    {
        assert!(out.contains(expected), "{expected} in\n{out}");
    }
    assert_eq!(out.lines().last(), Some("The books balance."));
    assert!(!out.contains('\x1b'), "no control sequences outside a terminal");
}

#[test]
fn example_records_itself_with_one_option() {
    let page = std::env::temp_dir().join(format!("tollgate-example-{}.html", std::process::id()));
    let name = page.to_str().expect("a temporary folder in Unicode");
    let (status, out, errors) = run(&["--threads", "2", "--seconds", "0", "--report", name]);
    assert_eq!((status, errors.as_str()), (Some(0), ""), "{out}");
    assert!(out.contains("Recorded ") && out.contains(name), "{out}");
    let trace = page.with_extension("json");
    let read = |file: &PathBuf| std::fs::read_to_string(file).expect("the example has written it");
    let (html, json) = (read(&page), read(&trace));
    for expected in ["host.never_back", "managed"] {
        assert!(html.contains(expected) && json.contains(expected), "{expected}");
    }
    assert!(html.ends_with("</html>\n") && json.ends_with("]}\n"));
    let _ = (std::fs::remove_file(page), std::fs::remove_file(trace));
}

#[test]
fn example_explains_itself_and_its_arguments() {
    let (status, out, errors) = run(&["--help"]);
    assert_eq!((status, errors.as_str()), (Some(0), ""));
    assert!(out.contains("--threads N") && out.contains("Exit status"), "{out}");
    for (arguments, complaint) in [
        (&["--threads", "0"][..], "host: --threads takes a whole number from 1 to 32, not '0'"),
        (&["--seconds"], "host: --seconds takes a whole number from 0 to 3600, but none was given"),
        (&["--depth=two"], "host: --depth takes a whole number from 0 to 200, not 'two'"),
        (&["--report"], "host: --report takes the page to write"),
        (&["--colour"], "host: invalid option '--colour'"),
        (&["file"], "host: unexpected argument \"file\""),
    ] {
        let (status, out, errors) = run(arguments);
        assert_eq!((status, out.as_str()), (Some(2), ""));
        assert_eq!(errors, format!("{complaint}\nTry --help.\n"));
    }
}

#[test]
fn example_ends_quietly_when_its_reader_goes_away() {
    let mut command = host();
    command.args(["--threads", "1", "--seconds", "3600"]).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("it runs");
    let mut start = [0; 64];
    child.stdout.take().expect("its output").read_exact(&mut start).expect("its first words");
    let mut errors = String::new();
    child.stderr.take().expect("its errors").read_to_string(&mut errors).expect("text");
    assert_eq!(child.wait().expect("it ends").code(), Some(0));
    assert_eq!(errors, "");
}
