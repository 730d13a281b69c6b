//! What the environment asks for.

use std::env;
use std::ffi::c_void;
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

/// The settings of the stand-alone use.
#[derive(PartialEq, Eq, Debug)]
pub(crate) struct Settings {
    /// TOLLGATE_CORECLR_REPORT: the file that reports are added to, `%p` standing for the process; None is standard error.
    pub(crate) file: Option<String>,
    /// TOLLGATE_CORECLR_FORMAT: `text` or `json`.
    pub(crate) format: Format,
    /// TOLLGATE_CORECLR_SIGNAL: the signal that asks for a report: a number, `USR1`, `USR2` (the default), `none`.
    pub(crate) signal: Option<i32>,
    /// TOLLGATE_CORECLR_QUIET: `1` for no start-up line.
    pub(crate) quiet: bool,
    /// What is wrong with the settings, to be said at start-up.
    pub(crate) complaints: Vec<String>,
}

/// The settings of this process, read once.
pub(crate) fn get() -> &'static Settings {
    static SETTINGS: OnceLock<Settings> = OnceLock::new();
    SETTINGS.get_or_init(|| read(|name| env::var(format!("TOLLGATE_CORECLR_{name}")).ok()))
}

fn read(variable: impl Fn(&str) -> Option<String>) -> Settings {
    let mut complaints = Vec::new();
    let format = match variable("FORMAT").as_deref() {
        None | Some("" | "text") => Format::Text,
        Some("json") => Format::Json,
        Some(other) => {
            complaints.push(format!("TOLLGATE_CORECLR_FORMAT is `{other}`; it can be `text` or `json`"));
            Format::Text
        }
    };
    let signal = match variable("SIGNAL").as_deref().map(|name| name.trim_start_matches("SIG")) {
        None | Some("" | "USR2") => Some(libc::SIGUSR2),
        Some("USR1") => Some(libc::SIGUSR1),
        Some("none") => None,
        Some(other) => {
            let number = other.parse().ok().filter(|number| (1..=64).contains(number));
            if number.is_none() {
                complaints.push(format!(
                    "TOLLGATE_CORECLR_SIGNAL is `{other}`; it can be a signal's number, `USR1`, `USR2` or `none`"
                ));
            }
            number
        }
    };
    let file = variable("REPORT")
        .filter(|path| !path.is_empty() && path != "-")
        .map(|path| path.replace("%p", &std::process::id().to_string()));
    let quiet = variable("QUIET").is_some_and(|value| value == "1");
    Settings { file, format, signal, quiet, complaints }
}

/// Makes the next runtime of this process load the library that `inside` lies in; false if its path is not known.
pub(crate) fn enable(inside: *const c_void) -> bool {
    let Some(path) = native::library_of(inside) else { return false };
    let is_one = |variable: &str| env::var(variable).is_ok_and(|value| value == "1");
    let taken = is_one("CORECLR_ENABLE_PROFILING")
        && env::var("CORECLR_PROFILER").is_ok_and(|class| class.to_uppercase() != CLSID_TEXT);
    let variables = if taken {
        // The last entry, too, must end in a semicolon.
        let list = env::var("CORECLR_NOTIFICATION_PROFILERS").unwrap_or_default();
        let list = if list.is_empty() || list.ends_with(';') { list } else { list + ";" };
        vec![
            ("CORECLR_ENABLE_NOTIFICATION_PROFILERS", "1".to_owned()),
            ("CORECLR_NOTIFICATION_PROFILERS", format!("{list}{path}={CLSID_TEXT};")),
        ]
    } else {
        vec![
            ("CORECLR_ENABLE_PROFILING", "1".to_owned()),
            ("CORECLR_PROFILER", CLSID_TEXT.to_owned()),
            ("CORECLR_PROFILER_PATH", path),
        ]
    };
    for (name, value) in variables {
        // SAFETY: the duty of the caller of `tollgate_coreclr_enable`: nobody else uses the environment now.
        unsafe { env::set_var(name, value) };
    }
    true
}

/// True if the runtime is told to load this library beside another profiler: its class stands in the list of
/// notification profilers.
pub(crate) fn beside_another_profiler() -> bool {
    static BESIDE: OnceLock<bool> = OnceLock::new();
    *BESIDE.get_or_init(|| {
        let named =
            |variable: &str| env::var(variable).is_ok_and(|list| list.to_uppercase().contains(CLSID_TEXT));
        let enabled = env::var("CORECLR_ENABLE_NOTIFICATION_PROFILERS").is_ok_and(|value| value == "1");
        enabled && (named("CORECLR_NOTIFICATION_PROFILERS") || named("CORECLR_NOTIFICATION_PROFILERS_64"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &'static str, value: &'static str) -> Settings {
        read(|asked| (asked == name).then(|| value.to_owned()))
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
        assert_eq!(with("REPORT", "a.%p").file, Some(format!("a.{}", std::process::id())));
        assert_eq!(with("FORMAT", "xml").complaints.len(), 1);
        assert_eq!(with("SIGNAL", "99").complaints.len(), 1);
    }
}
