//! The documents' programs compile without a warning and run, and what they point to is there.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use tollgate_tests::artifact::artifact;
use tollgate_tests::command::succeed;
use tollgate_tests::compiler::{Language, WARNINGS};
use tollgate_tests::package::DOCUMENTS;
use tollgate_tests::{target_dir, workspace};

/// Every document with its name.
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
    let mut count = 0;
    for (file, text) in documents() {
        let folder = file.parent().expect("a file is in a folder");
        for target in links(&text) {
            let (path, _heading) = target.split_once('#').unwrap_or((target, ""));
            assert!(folder.join(path).exists(), "{} links to {target}", file.display());
            count += 1;
        }
    }
    assert!(count > 0);
    println!("{count} links");
}

/// Names of the interface that users read of are in the headers; the package has those documents and no link out of it.
#[test]
fn documents_for_users_hold_together() {
    let mut headers = String::new();
    for entry in fs::read_dir(workspace().join("include")).expect("include is there") {
        headers +=
            &fs::read_to_string(entry.expect("the folder can be listed").path()).expect("headers are text");
    }
    let mut names = 0;
    for document in DOCUMENTS {
        let text =
            fs::read_to_string(workspace().join("docs").join(document)).expect("the document is there");
        for word in text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_') {
            let of_the_interface =
                ["tollgate_", "TOLLGATE_", "HOST_E_"].iter().any(|start| word.starts_with(start));
            let elsewhere = ["tollgate_core", "tollgate_capi"].contains(&word) || word.ends_with('_');
            if of_the_interface && !elsewhere {
                assert!(headers.contains(word), "{document} names {word}, which no header has");
                names += 1;
            }
        }
        for target in links(&text) {
            assert!(DOCUMENTS.contains(&target), "{document} links to {target}, which is not in the package");
        }
    }
    println!("{names} names");
}

/// The places in this repository that a document links to.
fn links(text: &str) -> impl Iterator<Item = &str> {
    text.split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next())
        .filter(|target| !target.contains("://") && !target.starts_with('#'))
}
