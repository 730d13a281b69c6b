//! The system's C and C++ compilers.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::{env, fs};

use crate::artifact::{Artifact, artifact};
use crate::command::succeed;
use crate::{target_dir, workspace};

/// What every header, test and example must compile with.
pub const WARNINGS: [&str; 5] = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Werror"];

/// A language, and with it the compiler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// `CC`, or `cc`.
    C,
    /// `CXX`, or `c++`.
    Cpp,
}

impl Language {
    /// The language of a source file, by its extension.
    pub fn of(source: &Path) -> Language {
        match source.extension().and_then(|ext| ext.to_str()) {
            Some("c") => Language::C,
            Some("cpp") => Language::Cpp,
            _ => panic!("{} is neither .c nor .cpp", source.display()),
        }
    }

    /// The compiler's command.
    pub fn compiler(self) -> String {
        let (variable, default) = match self {
            Language::C => ("CC", "cc"),
            Language::Cpp => ("CXX", "c++"),
        };
        env::var(variable).unwrap_or_else(|_| default.to_owned())
    }

    /// The dialect of the test programs and the examples.
    fn dialect(self) -> &'static str {
        match self {
            Language::C => "-std=gnu11",
            Language::Cpp => "-std=gnu++17",
        }
    }
}

/// Which of the two libraries a program is linked with.
#[derive(Clone, Copy, Debug)]
pub enum Linkage {
    /// `libtollgate.a`
    Static,
    /// `libtollgate.so`
    Shared,
    /// `libtollgate.a`, every member of it, needed or not.
    WholeArchive,
    /// Neither: a program that finds the library in another way.
    None,
}

impl Linkage {
    /// The two that every program is tested with.
    pub const ALL: [Linkage; 2] = [Linkage::Static, Linkage::Shared];

    /// Adds the library to a command that links.
    pub(crate) fn add_to(self, command: &mut Command, artifact: &Artifact) {
        match self {
            Linkage::Static => command.arg(&artifact.archive),
            Linkage::Shared => {
                command.arg(&artifact.shared).arg(format!("-Wl,-rpath,{}", artifact.runtime_dir.display()))
            }
            Linkage::WholeArchive => {
                command.arg("-Wl,--whole-archive").arg(&artifact.archive).arg("-Wl,--no-whole-archive")
            }
            Linkage::None => command,
        };
    }
}

/// Compiles `source`, a path from the workspace's root, and links it with the library.
pub fn build(source: &str, linkage: Linkage) -> PathBuf {
    build_with(source, linkage, "", &[])
}

/// The same with `options` added to the command; `variant` tells the result from others made of the same source.
///
/// With `-shared` among the options the result is a shared library.
pub fn build_with(source: &str, linkage: Linkage, variant: &str, options: &[&str]) -> PathBuf {
    let artifact = artifact();
    let language = Language::of(Path::new(source));
    let out_dir = target_dir().join("c-artifact/programs");
    fs::create_dir_all(&out_dir).expect("the target directory is writable");
    let mut name = format!("{}-{linkage:?}", source.replace(['/', '.'], "-"));
    if !variant.is_empty() {
        name = format!("{name}-{variant}");
    }
    let program = out_dir.join(&name);
    // Under another name first: tests that go on beside this one may run what it replaces.
    static BUILDS: AtomicU32 = AtomicU32::new(0);
    let number = BUILDS.fetch_add(1, Ordering::Relaxed);
    let unfinished = out_dir.join(format!("{}-{number}-{name}", std::process::id()));

    let mut command = Command::new(language.compiler());
    command.arg(language.dialect()).args(WARNINGS).args(["-O1", "-g", "-pthread"]);
    command.arg("-I").arg(workspace().join("include")).arg("-I").arg(workspace().join("tests/c"));
    command.arg(workspace().join(source)).arg("-o").arg(&unfinished);
    linkage.add_to(&mut command, artifact);
    succeed(command.args(options));
    fs::rename(&unfinished, &program).expect("the program was made");
    program
}

/// Builds `source` against both libraries and runs it with each; returns what the two runs printed.
pub fn build_and_run(source: &str) -> [String; 2] {
    Linkage::ALL.map(|linkage| succeed(&mut Command::new(build(source, linkage))))
}

/// Whether a program of that name can be started.
pub fn is_there(program: &str) -> bool {
    Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}
