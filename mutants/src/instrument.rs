//! A copy of the tree that has all mutants in it at once, each behind a switch.
//!
//! Compiling takes longer than most checks, so nothing is compiled for a mutant: every ordering asks
//! `mutant::order(number, ...)`, every call that can be left out stands behind `mutant::on(number)`, and an environment
//! variable says which numbers are broken (`switch.rs`, which becomes a module of the copy).

use std::fs;
use std::path::{Path, PathBuf};

use crate::site::{Kind, Mutation, Site};
use crate::sites::sites;
use crate::source::{collect, sources};

/// One mutant, or one unsafe block that is watched.
pub struct Numbered {
    /// What the switch calls it; from 1.
    pub number: u32,
    /// Its site.
    pub site: Site,
    /// `None` for an unsafe block.
    pub mutation: Option<Mutation>,
}

impl Numbered {
    /// Its name in lists.
    pub fn name(&self) -> String {
        match &self.mutation {
            Some(mutation) => self.site.mutant(mutation),
            None => self.site.name.clone(),
        }
    }
}

/// Everything that can be broken or watched in the core of `workspace`, numbered.
pub fn numbered(workspace: &Path) -> Result<Vec<Numbered>, String> {
    let mut all = Vec::new();
    for source in sources(workspace) {
        for site in sites(&source)? {
            let mutations: Vec<Option<Mutation>> = match site.kind {
                Kind::Unsafe(_) => vec![None],
                _ => site.mutations().into_iter().map(Some).collect(),
            };
            for mutation in mutations {
                all.push(Numbered { number: all.len() as u32 + 1, site: site.clone(), mutation });
            }
        }
    }
    Ok(all)
}

/// Folders that the checks are built from.
const COPIED: [&str; 4] = ["core", "capi", "loom-tests", "stress"];
const COPIED_FILES: [&str; 1] = ["Cargo.lock"];
/// Packages of the copy's workspace.
const MEMBERS: &str = r#"members = ["core", "capi", "loom-tests", "stress"]"#;

/// Makes or renews the copy in `copy`; files that have not changed keep their time, so that cargo does not build them again.
pub fn instrument(workspace: &Path, copy: &Path, all: &[Numbered]) -> Result<(), String> {
    let mut kept: Vec<PathBuf> = Vec::new();
    let mut put = |path: PathBuf, text: &[u8]| -> Result<(), String> {
        let target = copy.join(&path);
        if fs::read(&target).ok().as_deref() != Some(text) {
            let folder = target.parent().ok_or("a file without a folder")?;
            fs::create_dir_all(folder).map_err(|e| format!("cannot make {}: {e}", folder.display()))?;
            fs::write(&target, text).map_err(|e| format!("cannot write {}: {e}", target.display()))?;
        }
        kept.push(target);
        Ok(())
    };
    for folder in COPIED {
        let mut files = Vec::new();
        collect(&workspace.join(folder), &mut files);
        for file in files {
            let path = file.strip_prefix(workspace).map_err(|e| e.to_string())?.to_path_buf();
            let text = fs::read(&file).map_err(|e| format!("cannot read {}: {e}", file.display()))?;
            if !path.starts_with("core/src") {
                put(path, &text)?;
            }
        }
        let manifest = Path::new(folder).join("Cargo.toml");
        let text = fs::read(workspace.join(&manifest)).map_err(|e| e.to_string())?;
        put(manifest, &text)?;
    }
    for file in COPIED_FILES {
        put(file.into(), &fs::read(workspace.join(file)).map_err(|e| format!("cannot read {file}: {e}"))?)?;
    }
    let manifest = fs::read_to_string(workspace.join("Cargo.toml")).map_err(|e| e.to_string())?;
    put("Cargo.toml".into(), workspace_manifest(&manifest).as_bytes())?;

    let mut files = Vec::new();
    collect(&workspace.join("core/src"), &mut files);
    for file in files {
        let path = file.strip_prefix(workspace).map_err(|e| e.to_string())?.to_path_buf();
        let name = path.strip_prefix("core/src").map_err(|e| e.to_string())?.display().to_string();
        let text = fs::read_to_string(&file).map_err(|e| format!("cannot read {}: {e}", file.display()))?;
        let mut text = switched(&text, all.iter().filter(|one| one.site.file == name));
        if name == "lib.rs" {
            text += "\nmod mutant;\n";
        }
        put(path, text.as_bytes())?;
    }
    let switch = include_str!("switch.rs").replace("0 /* NUMBERS */", &(all.len() + 1).to_string());
    put("core/src/mutant.rs".into(), switch.as_bytes())?;

    let mut there = Vec::new();
    for folder in COPIED {
        collect(&copy.join(folder), &mut there);
    }
    for gone in there.iter().filter(|file| !kept.contains(file)) {
        fs::remove_file(gone).map_err(|e| format!("cannot remove {}: {e}", gone.display()))?;
    }
    Ok(())
}

/// The manifest of the workspace alone, with the packages that are copied.
fn workspace_manifest(text: &str) -> String {
    let mut lines = Vec::new();
    let mut is_root = false;
    for line in text.lines() {
        if line.starts_with('[') {
            let name = line.trim_matches(['[', ']']);
            is_root = !(name.starts_with("workspace") || name.starts_with("profile"));
            // Packages that the copy does not have.
            is_root |= name.starts_with("profile.release.package");
        }
        if !is_root {
            lines.push(if line.starts_with("members = ") { MEMBERS } else { line });
        }
    }
    lines.join("\n") + "\n"
}

/// `text` with the switches of its sites in it.
fn switched<'a>(text: &str, sites: impl Iterator<Item = &'a Numbered>) -> String {
    // (place, 0 closes before 1 opens, length of what is opened or closed, text)
    let mut inserts: Vec<(usize, u8, i64, String)> = Vec::new();
    let mut seen: Vec<&str> = Vec::new();
    for one in sites {
        if seen.contains(&one.site.name.as_str()) {
            continue; // The other mutants of an ordering: their numbers follow the first's.
        }
        seen.push(&one.site.name);
        let (range, number) = (&one.site.range, one.number);
        let length = range.len() as i64;
        let (before, after) = match &one.site.kind {
            Kind::Order(_) => (format!("crate::mutant::order({number}, "), ")".to_owned()),
            Kind::Call => (format!("if !crate::mutant::on({number}) {{ "), " }".to_owned()),
            Kind::Unsafe(true) => (format!(" crate::mutant::reach({number});"), String::new()),
            Kind::Unsafe(false) => continue,
        };
        inserts.push((range.start, 1, -length, before));
        inserts.push((range.end, 0, length, after));
    }
    inserts.retain(|(_, _, _, text)| !text.is_empty());
    inserts.sort_by_key(|insert| (insert.0, insert.1, insert.2));
    let mut out = String::with_capacity(text.len() * 2);
    let mut done = 0;
    for (at, _, _, insert) in inserts {
        out += &text[done..at];
        out += &insert;
        done = at;
    }
    out + &text[done..]
}
