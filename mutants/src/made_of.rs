//! What a check is made of: what it says of a mutant holds as long as that is the same.
//!
//! That is the test itself, what it names in the files of its program, what that names, and so on: other tests that come or go
//! in the same files change nothing. Libraries beside the core that it is linked with count as a whole. The core does not count:
//! it is there in the mutant's own file.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs;
use std::path::{Path, PathBuf};

use crate::group::Group;
use crate::hash::{Hash, plain};
use crate::items::{Item, items};
use crate::source::collect;

/// The programs of tests below one folder.
#[derive(Default)]
pub struct Makings {
    /// Group and target, and the hash of each test of it.
    hashes: BTreeMap<(&'static str, String), HashMap<String, u64>>,
}

impl Makings {
    /// Reads the tests of the packages below `root`.
    pub fn read(root: &Path) -> Makings {
        let mut hashes = BTreeMap::new();
        for (package, with) in PACKAGES {
            let libraries = with.iter().fold(Hash::new(), |hash, folder| of_folder(hash, root, folder));
            for (target, file) in targets(root, package) {
                let groups: &[Group] = match (package, &*target) {
                    ("loom-tests", _) => &[Group::Loom],
                    ("core", "tollgate_core") => &[Group::Unit, Group::Thread],
                    _ => &[Group::Native, Group::Thread],
                };
                let tests = of_program(libraries, &file);
                groups.iter().for_each(|group| {
                    hashes.insert((group.name(), target.clone()), tests.clone());
                });
            }
        }
        Makings { hashes }
    }

    /// The hash of what the check of this name is made of, or nothing if there is no such check.
    pub fn of(&self, name: &str) -> Option<u64> {
        let (group, rest) = name.split_once(' ')?;
        let (target, test) = rest.split_once("::")?;
        let group = Group::ALL.iter().find(|known| known.name() == group)?;
        self.hashes.get(&(group.name(), target.to_owned()))?.get(test).copied()
    }
}

/// Packages with tests, and the libraries beside the core that these are linked with.
const PACKAGES: [(&str, &[&str]); 4] = [
    ("core", &[]),
    ("capi", &["capi/src"]),
    ("stress", &["capi/src", "stress/src"]),
    ("loom-tests", &["loom-tests/src"]),
];

fn of_folder(hash: Hash, root: &Path, folder: &str) -> Hash {
    let mut files = Vec::new();
    collect(&root.join(folder), &mut files);
    files.iter().fold(hash, |hash, file| {
        let text = fs::read_to_string(file).unwrap_or_default();
        hash.with(&file.strip_prefix(root).unwrap_or(file).display().to_string()).with_tokens(&text)
    })
}

/// The programs of a package: the target's name and the file that it begins with.
fn targets(root: &Path, package: &str) -> Vec<(String, PathBuf)> {
    let mut all = vec![(format!("tollgate_{package}"), root.join(package).join("src/lib.rs"))];
    for entry in fs::read_dir(root.join(package).join("tests")).into_iter().flatten().flatten() {
        let path = entry.path();
        let Some(name) = path.file_stem().and_then(|stem| stem.to_str()) else { continue };
        if path.is_dir() && path.join("main.rs").is_file() {
            all.push((name.to_owned(), path.join("main.rs")));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            all.push((name.to_owned(), path.clone()));
        }
    }
    all
}

/// The tests of the program that begins with `file`, with their hashes.
fn of_program(libraries: Hash, file: &Path) -> HashMap<String, u64> {
    let mut all = items(file);
    if file.ends_with("src/lib.rs") {
        // The library counts elsewhere.
        all.retain(|item| item.path.split("::").any(|module| module == "tests"));
    }
    let mut by_name: HashMap<&str, Vec<usize>> = HashMap::new();
    for (number, item) in all.iter().enumerate() {
        by_name.entry(&item.name).or_default().push(number);
    }
    let idents: Vec<BTreeSet<String>> = all.iter().map(|item| idents(&item.code)).collect();
    let tests = all.iter().enumerate().filter(|(_, item)| item.is_test);
    let of = |(number, test): (usize, &Item)| {
        let mut taken = BTreeSet::from([number]);
        let mut next = vec![number];
        while let Some(item) = next.pop() {
            let named = idents[item].iter().filter_map(|ident| by_name.get(ident.as_str())).flatten();
            // What has no name may be about everything in its module.
            let unnamed = by_name.get("").into_iter().flatten();
            let unnamed =
                unnamed.filter(|one| !all[item].is_import() && all[**one].module() == all[item].module());
            // No test calls another.
            next.extend(named.chain(unnamed).filter(|one| !all[**one].is_test && taken.insert(**one)));
        }
        // The same import in another module is no other.
        let codes: BTreeSet<&str> = taken.iter().map(|one| all[*one].code.as_str()).collect();
        let hash = codes.iter().fold(libraries, |hash, code| hash.with_tokens(code));
        (test.path.clone(), hash.value())
    };
    tests.map(of).collect()
}

fn idents(code: &str) -> BTreeSet<String> {
    code.parse().map(|tokens| plain(tokens).into_iter().collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tollgate_tests::{target_dir, workspace};

    use super::*;

    /// What the tests of a program of these two files are made of.
    fn made_of(name: &str, main: &str, other: &str) -> HashMap<String, u64> {
        let folder = target_dir().join("mutants-made-of").join(name);
        fs::create_dir_all(folder.join("inner")).expect("a folder");
        fs::write(folder.join("main.rs"), main).expect("a file");
        fs::write(folder.join("inner/other.rs"), other).expect("a file");
        of_program(Hash::new(), &folder.join("main.rs"))
    }

    const MAIN: &str = "#[path = \"inner/other.rs\"] mod other; use std::thread; \
        fn help() { other::deep(); } #[test] fn a() { help(); } #[test] fn b() { thread::spawn(f); }";
    const OTHER: &str = "pub fn deep() {} pub fn unused() {} #[test] fn c() {}";

    #[test]
    fn a_test_is_made_of_what_it_names_and_that_names() {
        let (before, same) = (made_of("before", MAIN, OTHER), made_of("same", MAIN, OTHER));
        assert_eq!((before.len(), &before), (3, &same));
        let deep = made_of("deep", MAIN, &OTHER.replace("deep() {}", "deep() { g() }"));
        assert_ne!(before["a"], deep["a"]);
        assert_eq!((before["b"], before["other::c"]), (deep["b"], deep["other::c"]));
        let import = made_of("import", &MAIN.replace("std::thread", "loom::thread"), OTHER);
        assert_eq!((before["a"] == import["a"], before["b"] == import["b"]), (true, false));
    }

    #[test]
    fn other_tests_come_and_go() {
        let before = made_of("alone", MAIN, OTHER);
        let more = made_of("more", &format!("{MAIN} use std::fs; #[test] fn d() {{ help(); }}"), OTHER);
        assert_eq!((before["a"], before["b"]), (more["a"], more["b"]));
        let import = made_of("glob", MAIN, &format!("{OTHER} use std::fs::*; use std::thread;"));
        assert_eq!((before["b"], before["a"] == import["a"]), (import["b"], false));
        assert!(!made_of("gone", &MAIN.replace("fn a()", "fn new()"), OTHER).contains_key("a"));
    }

    #[test]
    fn tests_of_every_kind_are_found() {
        let all = Makings::read(workspace());
        let kinds = [
            "unit tollgate_core::bell::tests::nobody_is_counted_as_asleep_after_a_wait_or_in_the_child_of_a_fork",
            "tsan tollgate_core::bell::tests::nobody_is_counted_as_asleep_after_a_wait_or_in_the_child_of_a_fork",
            "loom models::bell::a_waiter_does_not_sleep_through_a_ring",
            "test streams::long_random_streams_match_the_model",
            "tsan halves::runtime::hosts_reach_the_runtime_and_lend_what_it_lends",
        ];
        kinds.iter().for_each(|name| assert!(all.of(name).is_some(), "{name}"));
        let others = ["test models::bell::a_waiter_does_not_sleep_through_a_ring", "test streams", ""];
        others.iter().for_each(|name| assert_eq!(all.of(name), None, "{name}"));
    }
}
