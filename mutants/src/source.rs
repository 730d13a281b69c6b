//! The source files of the core that are broken, and those that are not.

use std::fs;
use std::path::{Path, PathBuf};

/// Files without sites, and why.
const LEFT_OUT: [(&str, &str); 7] = [
    ("fault.rs", "the faults of the models: nothing of it is in the library"),
    ("model.rs", "what models need; nothing of it is in the library"),
    ("sys/model.rs", "stands for the system in models"),
    ("sys/none.rs", "for targets without a system, built and not run here"),
    ("sys/unshared.rs", "for targets that share no memory, built and not run here"),
    ("sys/linux/tls_desc.rs", "another target's access to thread-local data"),
    ("sys/linux/tls_key.rs", "another target's access to thread-local data"),
];

/// One source file.
pub struct Source {
    /// Its path below `core/src`.
    pub name: String,
    /// What is in it.
    pub text: String,
}

/// The files of `core/src` below `workspace`, in order.
pub fn sources(workspace: &Path) -> Vec<Source> {
    let root = workspace.join("core/src");
    let mut files = Vec::new();
    collect(&root, &mut files);
    let mut sources: Vec<Source> = files
        .iter()
        .map(|path| {
            let name = path.strip_prefix(&root).expect("collected below the root").display().to_string();
            let text =
                fs::read_to_string(path).unwrap_or_else(|e| panic!("cannot read {}: {e}", path.display()));
            Source { name, text }
        })
        .filter(|source| !is_left_out(&source.name))
        .collect();
    sources.sort_by(|a, b| a.name.cmp(&b.name));
    sources
}

fn is_left_out(name: &str) -> bool {
    LEFT_OUT.iter().any(|(file, _)| *file == name) || name.ends_with("tests.rs")
}

/// Every Rust file below `folder`.
pub fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("cannot read {}: {e}", folder.display()));
    for entry in entries {
        let path = entry.expect("the folder can be listed").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
}
