//! The survivors that are known, each with a reason: `docs/mutants.txt`.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Names of mutants with the reason for which no check kills them.
///
/// The file has blocks: lines that each name a mutant, then indented lines that say why. `#` starts a comment.
pub fn survivors(workspace: &Path) -> Result<BTreeMap<String, String>, String> {
    let path = workspace.join("docs/mutants.txt");
    let text = fs::read_to_string(&path).map_err(|e| format!("cannot read {}: {e}", path.display()))?;
    parse(&text)
}

fn parse(text: &str) -> Result<BTreeMap<String, String>, String> {
    let mut all = BTreeMap::new();
    let mut names: Vec<String> = Vec::new();
    let mut reason = String::new();
    for line in text.lines().chain([""]).filter(|line| !line.starts_with('#')) {
        if line.starts_with(' ') {
            reason += line.trim();
            reason.push(' ');
            continue;
        }
        if !reason.is_empty() {
            for name in names.drain(..) {
                if all.insert(name.clone(), reason.trim().to_owned()).is_some() {
                    return Err(format!("docs/mutants.txt names `{name}` twice"));
                }
            }
            reason.clear();
        }
        if !line.trim().is_empty() {
            names.push(line.trim().to_owned());
        }
    }
    match names.first() {
        Some(name) => Err(format!("docs/mutants.txt gives no reason for `{name}`")),
        None => Ok(all),
    }
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn blocks_share_a_reason() {
        let all = parse("# why\na\nb\n    one\n    two\n\nc\n    three\n").unwrap();
        assert_eq!(all["a"], "one two");
        assert_eq!(all["b"], "one two");
        assert_eq!(all["c"], "three");
    }

    #[test]
    fn name_without_a_reason_is_refused() {
        assert!(parse("a\n\nb\n").is_err());
        assert!(parse("a\n  why\na\n  why\n").is_err());
    }
}
