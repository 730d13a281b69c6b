//! The adapter's library, and what makes a runtime load it.

use std::env;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

const FILE: &str = "libtollgate_coreclr.so";
/// Its class, as the adapter's header states it.
const CLASS: &str = "{27502D1E-5275-4E19-AABE-CEC593C58458}";

/// The library, by its full path.
pub(super) struct Library(PathBuf);

impl Library {
    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

/// The library that was named, or the one beside this program.
pub(super) fn find(named: Option<&Path>) -> Result<Library> {
    let places = match named {
        Some(path) => vec![path.to_owned()],
        None => beside(&env::current_exe().unwrap_or_default()),
    };
    // The runtime takes nothing but a full path.
    let found = places.iter().find_map(|path| path.canonicalize().ok().filter(|path| path.is_file()));
    found.map(Library).ok_or_else(|| {
        let places = places.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(", nor ");
        Error::failed(format!(
            "there is no {places}: build it (cargo build --release -p tollgate-coreclr) and name it with --library"
        ))
    })
}

fn beside(program: &Path) -> Vec<PathBuf> {
    let folder = program.parent().unwrap_or(Path::new("."));
    vec![folder.join(FILE), folder.join("../lib").join(FILE)]
}

/// The variables that make a runtime load the library, given those that are set.
pub(super) fn variables(
    library: &Library,
    is: impl Fn(&str) -> Option<String>,
) -> Vec<(&'static str, String)> {
    let path = library.0.to_string_lossy().into_owned();
    let mut set = vec![("TOLLGATE_CORECLR_PAGE", "1".to_owned())];
    // The runtime reads a hexadecimal number.
    let is_on =
        |name| is(name).is_some_and(|value| u32::from_str_radix(value.trim(), 16).is_ok_and(|on| on != 0));
    let other = is("CORECLR_PROFILER")
        .filter(|class| is_on("CORECLR_ENABLE_PROFILING") && class.to_uppercase() != CLASS);
    // Where the runtime finds the name for 64 bits it looks at no other.
    let narrow = |wide, narrow| if is(wide).is_some() { wide } else { narrow };
    if other.is_none() {
        set.push(("CORECLR_ENABLE_PROFILING", "1".to_owned()));
        set.push(("CORECLR_PROFILER", CLASS.to_owned()));
        set.push((narrow("CORECLR_PROFILER_PATH_64", "CORECLR_PROFILER_PATH"), path));
        return set;
    }
    let list = narrow("CORECLR_NOTIFICATION_PROFILERS_64", "CORECLR_NOTIFICATION_PROFILERS");
    let mut entries = is(list).unwrap_or_default();
    if !entries.is_empty() && !entries.ends_with(';') {
        entries.push(';');
    }
    set.push(("CORECLR_ENABLE_NOTIFICATION_PROFILERS", "1".to_owned()));
    set.push((list, format!("{entries}{path}={CLASS};")));
    set
}

/// What may have kept a runtime from loading it.
pub(super) fn why_not(is: impl Fn(&str) -> Option<String>) -> String {
    for prefix in ["DOTNET", "COMPlus"] {
        for switch in ["EnableDiagnostics", "EnableDiagnostics_Profiler"] {
            let name = format!("{prefix}_{switch}");
            if is(&name).is_some_and(|value| value.trim() == "0") {
                return format!("{name}=0 forbids it: unset that");
            }
        }
    }
    "Is it a .NET program (.NET Core 3.1 or later)? Can the library be loaded (ldd shows what it needs)?"
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(present: &[(&str, &str)]) -> Vec<(&'static str, String)> {
        let library = Library("/a/b.so".into());
        variables(&library, |name| {
            present.iter().find(|(is, _)| *is == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_library_is_the_profiler_unless_there_is_another() {
        let own = |path| {
            vec![
                ("TOLLGATE_CORECLR_PAGE", "1".to_owned()),
                ("CORECLR_ENABLE_PROFILING", "1".to_owned()),
                ("CORECLR_PROFILER", CLASS.to_owned()),
                (path, "/a/b.so".to_owned()),
            ]
        };
        assert_eq!(with(&[]), own("CORECLR_PROFILER_PATH"));
        assert_eq!(with(&[("CORECLR_PROFILER_PATH_64", "x")]), own("CORECLR_PROFILER_PATH_64"));
        let other = ("CORECLR_PROFILER", "{3D1C4C5E-0F0B-4E0B-9B0B-2C6A5B8F7A10}");
        assert_eq!(with(&[other]), own("CORECLR_PROFILER_PATH"), "it is switched off");
        let beside = with(&[other, ("CORECLR_ENABLE_PROFILING", "1")]);
        assert_eq!(
            beside[1..],
            [
                ("CORECLR_ENABLE_NOTIFICATION_PROFILERS", "1".to_owned()),
                ("CORECLR_NOTIFICATION_PROFILERS", format!("/a/b.so={CLASS};")),
            ]
        );
    }

    #[test]
    fn a_switch_that_forbids_profilers_is_named() {
        let why = |name: &'static str| why_not(move |asked| (asked == name).then(|| "0".to_owned()));
        assert!(why("DOTNET_EnableDiagnostics").starts_with("DOTNET_EnableDiagnostics=0 forbids it"));
        assert!(why("COMPlus_EnableDiagnostics_Profiler").contains("COMPlus_EnableDiagnostics_Profiler=0"));
        assert!(why("PATH").contains("Is it a .NET program"));
    }

    #[test]
    fn a_library_that_is_not_there_is_named_with_what_to_do() {
        let error = find(Some(Path::new("/nowhere/x.so"))).err().expect("there is no such file");
        assert!(error.message.contains("/nowhere/x.so") && error.message.contains("--library"), "{error}");
    }
}
