//! What the environment asks for.

use std::env;
use std::ffi::{OsStr, OsString, c_void};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;
use std::sync::OnceLock;

use crate::com::CLSID_TEXT;
use crate::native;

/// How a report is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// One JSON object on a line of its own.
    Json,
}

/// What the environment asks for.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Settings {
    /// TOLLGATE_CORECLR_REPORT: the file that reports are added to, `%p` standing for the process; None is standard error.
    pub(crate) file: Option<PathBuf>,
    /// TOLLGATE_CORECLR_FORMAT: `text` or `json`.
    pub(crate) format: Format,
    /// TOLLGATE_CORECLR_SIGNAL: the signal that asks for a report: a number, `USR1`, `USR2` (the default), `none`.
    pub(crate) signal: Option<i32>,
    /// TOLLGATE_CORECLR_QUIET: `1` for no start-up line, `0` is the default.
    pub(crate) quiet: bool,
    /// TOLLGATE_CORECLR_NOTICE: the file that start-up lines are added to; None is standard error.
    pub(crate) notice: Option<PathBuf>,
    /// TOLLGATE_CORECLR_PAGE: `1` to let other processes watch the library's own manager, `0` is the default.
    pub(crate) page: bool,
    /// TOLLGATE_CORECLR_INLINING: false for `none`; `safe`, the default, forbids it only where calls would be lost.
    pub(crate) inlining: bool,
    /// What is wrong with the settings, to be said at start-up.
    pub(crate) complaints: Vec<String>,
}

/// The settings of this process, read once.
pub(crate) fn get() -> &'static Settings {
    static SETTINGS: OnceLock<Settings> = OnceLock::new();
    SETTINGS.get_or_init(|| read(|name| env::var_os(format!("TOLLGATE_CORECLR_{name}"))))
}

fn read(any: impl Fn(&str) -> Option<OsString>) -> Settings {
    // A word that is not Unicode is complained about like any other; a path need not be.
    let variable = |name: &str| any(name).map(|value| value.to_string_lossy().into_owned());
    let mut complaints = Vec::new();
    // Among two words, the first of which is the default.
    let mut is_second = |name: &str, words: [&str; 2]| {
        let value = variable(name).unwrap_or_default();
        let [first, second] = words;
        if !value.is_empty() && !words.contains(&value.as_str()) {
            complaints.push(format!(
                "TOLLGATE_CORECLR_{name} is `{value}`; it can be `{first}` or `{second}`, and `{first}` is taken"
            ));
        }
        value == second
    };
    let format = if is_second("FORMAT", ["text", "json"]) { Format::Json } else { Format::Text };
    let quiet = is_second("QUIET", ["0", "1"]);
    let inlining = !is_second("INLINING", ["safe", "none"]);
    let page = is_second("PAGE", ["0", "1"]);
    let signal = variable("SIGNAL").unwrap_or_default();
    let signal = match signal.strip_prefix("SIG").unwrap_or(&signal) {
        "" | "USR2" => Some(libc::SIGUSR2),
        "USR1" => Some(libc::SIGUSR1),
        "none" => None,
        other => {
            let number = other.parse().ok().filter(|number| (1..=64).contains(number));
            if number.is_none() {
                complaints.push(format!(
                    "TOLLGATE_CORECLR_SIGNAL is `{signal}`; it can be a signal's number from 1 to 64, `USR1`, `USR2` or \
                     `none`, and `none` is taken"
                ));
            }
            number
        }
    };
    let file =
        any("REPORT").filter(|path| !path.is_empty() && path != "-").map(|path| of_this_process(&path));
    let notice = any("NOTICE").filter(|path| !path.is_empty()).map(PathBuf::from);
    Settings { file, format, signal, quiet, notice, page, inlining, complaints }
}

/// The path with the number of this process in the place of each `%p`.
fn of_this_process(path: &OsStr) -> PathBuf {
    let number = std::process::id().to_string();
    let mut rest = path.as_bytes();
    let mut named = Vec::with_capacity(rest.len() + number.len());
    while let Some((first, others)) = rest.split_first() {
        if let Some(behind) = rest.strip_prefix(b"%p") {
            named.extend_from_slice(number.as_bytes());
            rest = behind;
        } else {
            named.push(*first);
            rest = others;
        }
    }
    PathBuf::from(OsString::from_vec(named))
}

/// Makes the next runtime of this process load the library that `inside` lies in; false if its path is not known.
pub(crate) fn enable(inside: *const c_void) -> bool {
    let Some(path) = native::library_of(inside) else { return false };
    for (name, value) in to_load(&path, |name| env::var_os(name)?.into_string().ok()) {
        // SAFETY: the duty of the caller of `tollgate_coreclr_enable`: nobody else uses the environment now.
        unsafe { env::set_var(name, value) };
    }
    true
}

/// The variables to set so that a runtime loads the library at `path`.
fn to_load(path: &str, variable: impl Fn(&str) -> Option<String>) -> Vec<(&'static str, String)> {
    let taken = is_enabled(variable("CORECLR_ENABLE_PROFILING"))
        && variable("CORECLR_PROFILER").is_some_and(|class| class.to_uppercase() != CLSID_TEXT);
    // Where the runtime finds the name for 64 bits it looks at no other.
    let narrow = |wide: &'static str, narrow| if variable(wide).is_some() { wide } else { narrow };
    if !taken {
        return vec![
            ("CORECLR_ENABLE_PROFILING", "1".to_owned()),
            ("CORECLR_PROFILER", CLSID_TEXT.to_owned()),
            (narrow("CORECLR_PROFILER_PATH_64", "CORECLR_PROFILER_PATH"), path.to_owned()),
        ];
    }
    let name = narrow("CORECLR_NOTIFICATION_PROFILERS_64", "CORECLR_NOTIFICATION_PROFILERS");
    let mut list = variable(name).unwrap_or_default();
    if !list.to_uppercase().contains(CLSID_TEXT) {
        // The last entry, too, must end in a semicolon.
        if !list.is_empty() && !list.ends_with(';') {
            list.push(';');
        }
        list += &format!("{path}={CLSID_TEXT};");
    }
    vec![("CORECLR_ENABLE_NOTIFICATION_PROFILERS", "1".to_owned()), (name, list)]
}

/// The runtime reads a switch as a hexadecimal number; all but 0 is on.
fn is_enabled(value: Option<String>) -> bool {
    value.is_some_and(|value| u32::from_str_radix(value.trim(), 16).is_ok_and(|number| number != 0))
}

/// True if the runtime is told to load this library beside another profiler: its class stands in the list of
/// notification profilers.
pub(crate) fn beside_another_profiler() -> bool {
    static BESIDE: OnceLock<bool> = OnceLock::new();
    *BESIDE.get_or_init(|| {
        let named =
            |variable: &str| env::var(variable).is_ok_and(|list| list.to_uppercase().contains(CLSID_TEXT));
        is_enabled(env::var("CORECLR_ENABLE_NOTIFICATION_PROFILERS").ok())
            && (named("CORECLR_NOTIFICATION_PROFILERS") || named("CORECLR_NOTIFICATION_PROFILERS_64"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &'static str, value: &'static str) -> Settings {
        read(|asked| (asked == name).then(|| OsString::from(value)))
    }

    #[test]
    fn a_path_need_not_be_unicode() {
        let settings = read(|asked| (asked == "REPORT").then(|| OsString::from_vec(b"\xff%p%%p".to_vec())));
        let id = std::process::id();
        let expected = [b"\xff".as_slice(), format!("{id}%{id}").as_bytes()].concat();
        assert_eq!(settings.file, Some(PathBuf::from(OsString::from_vec(expected))));
    }

    #[test]
    fn nothing_set_means_text_on_standard_error_and_usr2() {
        let settings = read(|_| None);
        assert_eq!(settings.format, Format::Text);
        assert_eq!(settings.signal, Some(libc::SIGUSR2));
        assert_eq!(settings.file, None);
        assert!(settings.complaints.is_empty() && !settings.quiet);
    }

    #[test]
    fn values_are_taken_or_complained_about() {
        assert_eq!(with("FORMAT", "json").format, Format::Json);
        assert_eq!(with("SIGNAL", "10").signal, Some(10));
        assert_eq!(with("SIGNAL", "SIGUSR1").signal, Some(libc::SIGUSR1));
        assert_eq!(with("SIGNAL", "none").signal, None);
        assert_eq!(with("REPORT", "-").file, None);
        assert_eq!(with("REPORT", "a.%p"), with("REPORT", "a.%p"));
        assert_eq!(with("REPORT", "a.%p").file, Some(PathBuf::from(format!("a.{}", std::process::id()))));
        assert!(with("QUIET", "1").quiet && !with("QUIET", "0").quiet);
        assert_eq!(with("NOTICE", "a").notice, Some(PathBuf::from("a")));
        assert!(with("NOTICE", "").notice.is_none() && with("PAGE", "1").page && !with("PAGE", "0").page);
        assert!(with("INLINING", "safe").inlining && !with("INLINING", "none").inlining);
    }

    #[test]
    fn a_complaint_names_the_value_and_what_is_accepted() {
        for (name, value, accepted) in [
            ("FORMAT", "xml", "`text` or `json`"),
            ("SIGNAL", "99", "from 1 to 64, `USR1`, `USR2` or `none`"),
            ("SIGNAL", "SIGKILL9", "from 1 to 64, `USR1`, `USR2` or `none`"),
            ("QUIET", "yes", "`0` or `1`"),
            ("PAGE", "yes", "`0` or `1`"),
            ("INLINING", "all", "`safe` or `none`"),
        ] {
            let settings = with(name, value);
            let [complaint] = settings.complaints.as_slice() else { panic!("{:?}", settings.complaints) };
            assert!(complaint.contains(&format!("TOLLGATE_CORECLR_{name} is `{value}`")), "{complaint}");
            assert!(complaint.contains(accepted), "{complaint}");
            let defaults = Settings { complaints: settings.complaints.clone(), ..read(|_| None) };
            let signal = if name == "SIGNAL" { None } else { defaults.signal };
            assert_eq!(settings, Settings { signal, ..defaults }, "what is taken instead");
        }
    }

    fn set(present: &[(&str, &str)]) -> Vec<(&'static str, String)> {
        to_load("/a.so", |name| {
            present.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn the_library_is_the_profiler_unless_there_is_another() {
        let own = |path_name| {
            vec![
                ("CORECLR_ENABLE_PROFILING", "1".to_owned()),
                ("CORECLR_PROFILER", CLSID_TEXT.to_owned()),
                (path_name, "/a.so".to_owned()),
            ]
        };
        let other = ("CORECLR_PROFILER", "{3D1C4C5E-0F0B-4E0B-9B0B-2C6A5B8F7A10}");
        assert_eq!(set(&[]), own("CORECLR_PROFILER_PATH"));
        assert_eq!(set(&[("CORECLR_PROFILER_PATH_64", "/b.so")]), own("CORECLR_PROFILER_PATH_64"));
        assert_eq!(set(&[other, ("CORECLR_ENABLE_PROFILING", "0")]), own("CORECLR_PROFILER_PATH"));
        let us = ("CORECLR_PROFILER", "{27502d1e-5275-4e19-aabe-cec593c58458}");
        assert_eq!(set(&[us, ("CORECLR_ENABLE_PROFILING", "1")]), own("CORECLR_PROFILER_PATH"));
    }

    #[test]
    fn beside_another_profiler_the_library_joins_the_list_once() {
        let list = |present: &[(&str, &str)]| {
            let other = [
                ("CORECLR_PROFILER", "{3D1C4C5E-0F0B-4E0B-9B0B-2C6A5B8F7A10}"),
                ("CORECLR_ENABLE_PROFILING", "01"),
            ];
            let variables = set(&[&other, present].concat());
            let [("CORECLR_ENABLE_NOTIFICATION_PROFILERS", one), (name, list)] = variables.as_slice() else {
                panic!("{variables:?}")
            };
            assert_eq!(one, "1");
            (*name, list.clone())
        };
        let (wide, narrow) = ("CORECLR_NOTIFICATION_PROFILERS_64", "CORECLR_NOTIFICATION_PROFILERS");
        let us = format!("/a.so={CLSID_TEXT};");
        assert_eq!(list(&[]), (narrow, us.clone()));
        assert_eq!(list(&[(narrow, "/b={1}")]), (narrow, format!("/b={{1}};{us}")));
        assert_eq!(list(&[(wide, "/b={1};")]), (wide, format!("/b={{1}};{us}")));
        assert_eq!(list(&[(narrow, &us)]), (narrow, us));
    }
}
