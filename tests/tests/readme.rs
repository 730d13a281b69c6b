//! The README's C and C++ programs, built by the commands beside them, word for word. (Its Rust program is a documentation
//! test of this package.)

use std::fs;
use std::process::Command;

use tollgate_tests::artifact::artifact;
use tollgate_tests::command::succeed;
use tollgate_tests::{target_dir, workspace};

/// Takes the command that compiles `file` and the program below it out of the README, and builds and runs both.
fn compile_and_run(file: &str) {
    let readme = fs::read_to_string(workspace().join("README.md")).expect("README.md is there");
    let (before, after) = readme.split_once(&format!(" {file} -Iinclude")).expect("the README compiles it");
    let compiler = before.rsplit('`').next().expect("split has a last part");
    let (options, after) = after.split_once('`').expect("the command ends");
    let program = after.split_once("```").expect("a program follows").1;
    let (_, program) = program.split_once('\n').expect("the fence ends its line");
    let program = program.split_once("```").expect("the program ends").0;
    assert!(program.lines().count() <= 10, "{file} is longer than ten lines");

    let folder = target_dir().join("readme");
    fs::create_dir_all(&folder).expect("the target directory is writable");
    let source = folder.join(file);
    fs::write(&source, program).expect("the target directory is writable");
    let archive = artifact().archive.display().to_string();
    let options = options.replace("target/release/libtollgate.a", &archive);
    let output = folder.join(file.replace('.', "-"));
    let command = format!("{compiler} {} -Iinclude{options} -o {}", source.display(), output.display());
    succeed(Command::new("sh").arg("-c").arg(command).current_dir(workspace()));
    succeed(&mut Command::new(output));
}

#[test]
fn c_program() {
    compile_and_run("host.c");
}

#[test]
fn cpp_program() {
    compile_and_run("host.cpp");
}
