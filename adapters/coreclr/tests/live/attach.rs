//! A running program that is asked, through the runtime's diagnostics port, to load the library: too late to see every
//! crossing, so the library refuses, and what goes on goes on.

use std::fs;
use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

use crate::diagnostics::attach_profiler;
use crate::json::{self, Json};
use crate::runtimes::{Kit, kit};
use crate::watched::watched;

/// CORPROF_E_PROFILER_NOT_ATTACHABLE, CORPROF_E_PROFILER_ALREADY_ACTIVE.
const NOT_ATTACHABLE: u32 = 0x8013_1369;
const ALREADY_ACTIVE: u32 = 0x8013_136A;

/// A program that waits in native code on one thread until it is told to go on.
struct Waiting {
    program: Child,
    folder: PathBuf,
}

impl Waiting {
    fn start(kit: &Kit, runtime: &Path, with_library: bool) -> Waiting {
        // A socket's path is cut at 107 bytes: the target directory may lie too deep.
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let folder = loop {
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let folder = PathBuf::from(format!("/tmp/tollgate-{}-{number}", std::process::id()));
            match fs::create_dir(&folder) {
                Ok(()) => break folder,
                // Left behind by a process of that number that was killed.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                Err(error) => panic!("cannot make {}: {error}", folder.display()),
            }
        };
        let mut command = watched(kit, runtime, &["wait", "1"], &kit.library);
        command.env("TMPDIR", &folder).env("CORECLR_ENABLE_PROFILING", if with_library { "1" } else { "0" });
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut program = command.spawn().expect("the host can be run");
        let mut line = String::new();
        let said = program.stdout.as_mut().expect("stdout is piped");
        BufReader::new(said).read_line(&mut line).expect("it speaks");
        assert_eq!(line.trim(), "waiting");
        Waiting { program, folder }
    }

    /// Lets the program end, which it does well, and returns what it wrote to standard error.
    fn end(mut self) -> String {
        self.program.stdin.take().expect("stdin is piped").write_all(b"go on\n").expect("it listens");
        let mut said = String::new();
        let mut stderr = self.program.stderr.take().expect("stderr is piped");
        stderr.read_to_string(&mut said).expect("it speaks");
        let status = self.program.wait().expect("a child can be waited for");
        assert!(status.success(), "{status}: {said}");
        said
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        // Already gone is as good as killed.
        let _ = self.program.kill();
        let _ = self.program.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

#[test]
fn a_library_that_comes_late_refuses_and_says_so() {
    let Some(kit) = kit() else { return };
    for runtime in &kit.runtimes {
        let waiting = Waiting::start(kit, runtime, false);
        let answer = attach_profiler(&waiting.folder, waiting.program.id(), &kit.library);
        assert_eq!(answer, NOT_ATTACHABLE, "0x{answer:08X} from {}", runtime.display());
        let said = waiting.end();
        let refusal = "tollgate-coreclr: not watching: it must be there when the runtime starts, not attached later (0x80131369)";
        assert!(said.contains(refusal), "{said}");
        assert!(!said.contains('{'), "a library that does not watch reports nothing: {said}");
    }
}

#[test]
fn a_library_that_watches_is_not_disturbed_by_an_attachment() {
    let Some(kit) = kit() else { return };
    for runtime in &kit.runtimes {
        let waiting = Waiting::start(kit, runtime, true);
        let answer = attach_profiler(&waiting.folder, waiting.program.id(), &kit.library);
        assert!(
            [NOT_ATTACHABLE, ALREADY_ACTIVE].contains(&answer),
            "0x{answer:08X} from {}",
            runtime.display()
        );
        let said = waiting.end();
        assert!(!said.contains("not watching"), "{said}");
        let line = said.lines().find(|line| line.starts_with('{'));
        let report = json::parse(line.unwrap_or_else(|| panic!("no report: {said}")));
        let books = report.get("books");
        assert_eq!((books.get("balanced"), books.number("open")), (&Json::Bool(true), 0), "{said}");
        let functions = report.list("functions").iter();
        let waited = functions.filter(|f| f.get("entry") == &Json::Text("wait_here".to_owned()));
        assert_eq!(waited.map(|f| f.number("calls")).sum::<u64>(), 1, "each call once: {said}");
    }
}
