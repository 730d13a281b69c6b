//! What the environment can ask for, and what is said when it asks for nonsense.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};

use tollgate_tests::command::capture;

use crate::runtimes::{Kit, kit};
use crate::watched::{last_report, watched};

#[test]
fn the_readable_report_names_functions_and_threads() {
    let Some(kit) = kit() else { return };
    for runtime in &kit.runtimes {
        let mut command = watched(kit, runtime, &["longjmp", "2"], &kit.library);
        let output = capture(command.env("TOLLGATE_CORECLR_FORMAT", "text"));
        let says = |text: &str| assert!(output.stderr.contains(text), "no `{text}` in {}", output.stderr);
        says("tollgate-coreclr 0.");
        says("books: balanced");
        says("clrtest!jump_over (Native.jump_over)");
        says("clrtest!jump_out (Native.jump_out)  [2 left without a return]");
        says("4 levels left without a return");
    }
}

#[test]
fn settings_that_make_no_sense_are_named() {
    let Some(kit) = kit() else { return };
    for runtime in &kit.runtimes {
        let said = |name: &str, value: &OsStr, expected: &str| {
            let mut command = watched(kit, runtime, &["nested"], &kit.library);
            let output = capture(command.env(format!("TOLLGATE_CORECLR_{name}"), value));
            assert!(
                output.stderr.contains(expected),
                "{name} {value:?}: no `{expected}` in {}",
                output.stderr
            );
            assert_eq!(output.status.code(), Some(0), "the program runs all the same: {}", output.stderr);
        };
        for value in ["banana", "0", "65", "usr2", "-1"] {
            let expected = format!(
                "TOLLGATE_CORECLR_SIGNAL is `{value}`; it can be a signal's number from 1 to 64, `USR1`"
            );
            said("SIGNAL", value.as_ref(), &expected);
        }
        said("SIGNAL", OsStr::from_bytes(b"\xff"), "TOLLGATE_CORECLR_SIGNAL is `\u{fffd}`");
        said("FORMAT", "xml".as_ref(), "TOLLGATE_CORECLR_FORMAT is `xml`; it can be `text` or `json`");
        said("QUIET", "yes".as_ref(), "TOLLGATE_CORECLR_QUIET is `yes`; it can be `0` or `1`");
        said("INLINING", "some".as_ref(), "TOLLGATE_CORECLR_INLINING is `some`; it can be `safe` or `none`");
        // Signals that exist and cannot be had: kept by the system, by the C library, by the runtime, by this library.
        said("SIGNAL", "KILL9".as_ref(), "TOLLGATE_CORECLR_SIGNAL is `KILL9`");
        said("SIGNAL", "9".as_ref(), "signal 9 cannot be listened to (Invalid argument");
        said("SIGNAL", "32".as_ref(), "signal 32 cannot be listened to (Invalid argument");
        said(
            "SIGNAL",
            "11".as_ref(),
            "signal 11 has a handler already; choose another with TOLLGATE_CORECLR_SIGNAL",
        );
        said(
            "SIGNAL",
            "6".as_ref(),
            "signal 6 has a handler already; choose another with TOLLGATE_CORECLR_SIGNAL",
        );
    }
}

#[test]
fn without_signals_nothing_is_said_at_an_abort() {
    let Some(kit) = kit() else { return };
    for runtime in &kit.runtimes {
        let mut command = watched(kit, runtime, &["native-exception-into-managed"], &kit.library);
        let output = capture(command.env("TOLLGATE_CORECLR_SIGNAL", "none"));
        assert_eq!(output.status.signal(), Some(libc::SIGABRT), "{}", output.stderr);
        assert!(output.stderr.contains("reports at exit to standard error"), "{}", output.stderr);
        assert!(last_report(&output).is_none(), "{}", output.stderr);
    }
}

/// What a stranger may name by mistake, with what it is; files are made in `folder`.
fn no_libraries(kit: &Kit, folder: &Path) -> Vec<(&'static str, PathBuf)> {
    let file = |name: &'static str, bytes: &[u8]| {
        let path = folder.join(name);
        fs::write(&path, bytes).expect("the target directory is writable");
        (name, path)
    };
    let mut foreign = fs::read(&kit.library).expect("the library is there");
    // The machine that an ELF file is for stands at byte 18.
    foreign.splice(18..20, 0x00B7_u16.to_le_bytes());
    vec![
        ("nowhere", folder.join("no-such-library.so")),
        ("a folder", folder.to_owned()),
        ("a relative path", "libtollgate_coreclr.so".into()),
        ("another library", kit.assembly.with_file_name("libclrtest.so")),
        file("empty", b""),
        file("text", b"not a library\n"),
        file("another architecture", &foreign),
    ]
}

#[test]
fn a_library_that_cannot_be_loaded_shows_by_the_missing_line() {
    let Some(kit) = kit() else { return };
    let folder = kit.folder.join(format!("no-libraries-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("the target directory is writable");
    let files = no_libraries(kit, &folder);
    for runtime in &kit.runtimes {
        for (what, path) in &files {
            let output = capture(&mut watched(kit, runtime, &["nested"], path));
            assert!(!output.stderr.contains("tollgate-coreclr"), "{what}: {}", output.stderr);
            assert_eq!(output.status.code(), Some(0), "{what}: the runtime goes on: {}", output.stderr);
        }
    }
    fs::remove_dir_all(&folder).expect("it was made above");
}

#[test]
fn variables_that_do_not_fit_together_show_by_the_missing_line() {
    let Some(kit) = kit() else { return };
    for runtime in &kit.runtimes {
        for (variable, value) in [
            ("CORECLR_ENABLE_PROFILING", "0"),
            ("CORECLR_PROFILER", "no class"),
            ("CORECLR_PROFILER", ""),
            ("CORECLR_PROFILER_PATH", ""),
        ] {
            let mut command = watched(kit, runtime, &["nested"], &kit.library);
            let output = capture(command.env(variable, value));
            assert!(!output.stderr.contains("tollgate-coreclr"), "{variable}: {}", output.stderr);
            assert_eq!(output.status.code(), Some(0), "{variable}: the runtime goes on: {}", output.stderr);
        }
    }
}

#[test]
fn another_class_is_named() {
    let Some(kit) = kit() else { return };
    for runtime in &kit.runtimes {
        let mut command = watched(kit, runtime, &["nested"], &kit.library);
        let output = capture(command.env("CORECLR_PROFILER", "{27502D1E-5275-4E19-AABE-CEC593C58459}"));
        let said = "tollgate-coreclr: not watching: the runtime asks for the class \
                    {27502D1E-5275-4E19-AABE-CEC593C58459}, and this library is \
                    {27502D1E-5275-4E19-AABE-CEC593C58458} (0x80040111)\n";
        assert!(output.stderr.contains(said), "{}: {}", runtime.display(), output.stderr);
        assert_eq!(output.status.code(), Some(0), "the runtime goes on without: {}", output.stderr);
        assert!(last_report(&output).is_none(), "{}", output.stderr);
    }
}
