//! The documents' programs compile without a warning and run, and what they point to is there.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use tollgate_tests::artifact::artifact;
use tollgate_tests::command::succeed;
use tollgate_tests::compiler::{Language, WARNINGS};
use tollgate_tests::{target_dir, workspace};

/// Every document with its name, those of the package included.
fn documents() -> Vec<(PathBuf, String)> {
    let mut files = vec![workspace().join("README.md")];
    for entry in fs::read_dir(workspace().join("docs")).expect("docs is there") {
        let file = entry.expect("the folder can be listed").path();
        if file.extension().is_some_and(|extension| extension == "md") {
            files.push(file);
        }
    }
    files
        .into_iter()
        .map(|file| (file.clone(), fs::read_to_string(file).expect("documents are text")))
        .collect()
}

/// The blocks of a document in one language.
fn blocks<'a>(text: &'a str, language: &str) -> Vec<&'a str> {
    text.split(&format!("```{language}\n"))
        .skip(1)
        .map(|rest| rest.split("```").next().unwrap_or(rest))
        .collect()
}

#[test]
fn programs_of_the_first_steps_run() {
    let text = fs::read_to_string(workspace().join("docs/START.md")).expect("docs/START.md is there");
    let folder = target_dir().join("documents");
    fs::create_dir_all(&folder).expect("the target directory is writable");
    let mut ran = Vec::new();
    for (suffix, dialect) in [("c", "-std=c11"), ("cpp", "-std=c++17")] {
        for (number, program) in blocks(&text, suffix).iter().enumerate() {
            let source = folder.join(format!("start-{number}.{suffix}"));
            fs::write(&source, program).expect("the target directory is writable");
            let output = source.with_extension(format!("{suffix}.out"));
            let mut compile = Command::new(Language::of(&source).compiler());
            compile.arg(dialect).args(WARNINGS).arg("-I").arg(workspace().join("include"));
            succeed(compile.arg(&source).arg(&artifact().archive).args(["-pthread", "-o"]).arg(&output));
            ran.push(succeed(&mut Command::new(output)));
        }
    }
    assert_eq!(ran, ["inside, depth 2\n", "", "inside, depth 2\n"]);
}

#[test]
fn what_documents_link_to_is_there() {
    let mut links = 0;
    for (file, text) in documents() {
        let folder = file.parent().expect("a file is in a folder");
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let is_local = !target.contains("://") && !target.starts_with('#');
            assert!(!is_local || folder.join(target).exists(), "{} links to {target}", file.display());
            links += u32::from(is_local);
        }
    }
    assert!(links > 0);
    println!("{links} links");
}

/// What is set in type as code of the interface is part of it.
#[test]
fn names_in_documents_are_in_the_headers() {
    let mut headers = String::new();
    for entry in fs::read_dir(workspace().join("include")).expect("include is there") {
        headers +=
            &fs::read_to_string(entry.expect("the folder can be listed").path()).expect("headers are text");
    }
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    for (file, text) in documents() {
        for word in text.split(|c| !is_name(c)) {
            let of_the_interface =
                ["tollgate_", "TOLLGATE_", "HOST_E_"].iter().any(|start| word.starts_with(start));
            let elsewhere = ["tollgate_core", "tollgate_capi", "tollgate_coreclr_"]
                .iter()
                .any(|other| word.starts_with(other))
                || word.ends_with('_');
            assert!(
                !of_the_interface || elsewhere || headers.contains(word),
                "{} names {word}, which no header has",
                file.display()
            );
        }
    }
}
