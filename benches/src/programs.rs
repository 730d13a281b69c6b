//! The C and C++ side of the doors (`benches/c`), compiled with the system's compilers against the release artifact.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use tollgate_tests::artifact::{Artifact, artifact, cargo, descriptor_artifact};
use tollgate_tests::command::succeed;
use tollgate_tests::compiler::{Language, WARNINGS};
use tollgate_tests::{target_dir, workspace};

/// Which build of the library a program of doors is linked with, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Build {
    /// The static library.
    Static,
    /// The shared library.
    Shared,
    /// The static library with its thread-local pointers found by descriptor, as on musl.
    DescriptorStatic,
    /// The shared library of that kind.
    DescriptorShared,
}

impl Build {
    fn artifact(self) -> &'static Artifact {
        match self {
            Build::Static | Build::Shared => artifact(),
            Build::DescriptorStatic | Build::DescriptorShared => descriptor_artifact(),
        }
    }

    fn is_static(self) -> bool {
        matches!(self, Build::Static | Build::DescriptorStatic)
    }

    /// The empty vtable that is linked in the same way.
    pub fn plain(self) -> Build {
        if self.is_static() { Build::Static } else { Build::Shared }
    }
}

/// A source file and how it becomes a door.
struct Source {
    file: &'static str,
    language: Language,
    /// The door's name, with which its functions are called.
    door: Option<&'static str>,
    flags: &'static [&'static str],
}

impl Source {
    const fn plain(file: &'static str) -> Source {
        Source { file, language: Language::C, door: None, flags: &[] }
    }
}

/// What every program of doors consists of, but for [`EMPTY`].
const SOURCES: &[Source] = &[
    Source::plain("managers.c"),
    Source {
        file: "com.cpp",
        language: Language::Cpp,
        door: Some("com"),
        flags: &["-DMANAGER=tollgate_manager"],
    },
    Source {
        file: "com.cpp",
        language: Language::Cpp,
        door: Some("empty"),
        flags: &["-DMANAGER=empty_manager"],
    },
    Source { file: "handle.c", language: Language::C, door: Some("handle"), flags: &[] },
    Source { file: "handle.c", language: Language::C, door: Some("inline_c"), flags: &["-DINLINED"] },
    Source { file: "handle.c", language: Language::Cpp, door: Some("inline_cpp"), flags: &["-DINLINED"] },
];

/// The manager that does nothing: part of the program, or a shared library, as Tollgate itself.
const EMPTY: Source = Source::plain("empty.c");

/// What makes and reads the programs, and thereby has a part in what is counted in them: a line each.
pub fn tools() -> String {
    let rustc = std::env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    [rustc, Language::C.compiler(), Language::Cpp.compiler(), "objdump".to_owned()]
        .map(|tool| {
            let said = succeed(Command::new(&tool).arg("--version"));
            format!("{tool}: {}\n", said.lines().next().unwrap_or_default())
        })
        .concat()
}

/// The folder for what is compiled here.
fn out_dir() -> PathBuf {
    let dir = target_dir().join("c-artifact/doors");
    fs::create_dir_all(&dir).expect("the target directory is writable");
    dir
}

fn source_dir() -> PathBuf {
    workspace().join("benches/c")
}

/// Makes the file `name` by `make`, under another name first: threads and runs beside this one never see half of it.
fn made(name: &str, make: impl FnOnce(&Path)) -> PathBuf {
    let output = out_dir().join(name);
    static MADE: AtomicU32 = AtomicU32::new(0);
    let number = MADE.fetch_add(1, Ordering::Relaxed);
    let unfinished = out_dir().join(format!("{}-{number}-{name}", std::process::id()));
    make(&unfinished);
    fs::rename(&unfinished, &output).expect("the file was made");
    output
}

fn compile(source: &Source, position_independent: bool) -> PathBuf {
    let stem = source.door.unwrap_or(source.file);
    let code = if position_independent { "pic" } else { "pie" };
    made(&format!("{stem}-{code}.o"), |object| compile_to(source, position_independent, object))
}

fn compile_to(source: &Source, position_independent: bool, object: &Path) {
    let mut command = Command::new(source.language.compiler());
    match source.language {
        Language::C => command.args(["-std=gnu11", "-x", "c"]),
        Language::Cpp => command.args(["-std=gnu++17", "-x", "c++"]),
    };
    // What other projects' headers warn about is theirs.
    if !source.file.starts_with("urcu") {
        command.args(WARNINGS);
    }
    command.args(["-O2", "-g0", "-c"]).args(source.flags);
    if let Some(door) = source.door {
        command.arg(format!("-DDOOR={door}"));
    }
    if position_independent {
        command.arg("-fPIC");
    }
    command.arg("-I").arg(workspace().join("include")).arg("-I").arg(source_dir());
    succeed(command.arg(source_dir().join(source.file)).arg("-o").arg(object));
}

/// Links `objects` into `output` as C++, with the library and the empty manager of the same kind.
fn link(objects: &[PathBuf], build: Build, output: &Path, flags: &[&str]) {
    let mut command = Command::new(Language::Cpp.compiler());
    command.args(flags).args(objects);
    let artifact = build.artifact();
    if build.is_static() {
        command.arg(compile(&EMPTY, flags.contains(&"-shared"))).arg(&artifact.archive);
    } else {
        command.arg(empty_library()).arg(&artifact.shared);
        command.arg(format!("-Wl,-rpath,{}", artifact.runtime_dir.display()));
    }
    succeed(command.arg("-pthread").arg("-o").arg(output));
}

/// The empty manager as a shared library.
fn empty_library() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let object = compile(&EMPTY, true);
        made("libempty.so", |output| {
            succeed(Command::new(Language::C.compiler()).arg("-shared").arg(object).arg("-o").arg(output));
        })
    })
}

/// The program that runs one door of C or C++ and stops itself between rounds; see `benches/c/main.c`.
pub fn program(build: Build) -> &'static Path {
    static PROGRAMS: [OnceLock<PathBuf>; 4] = [const { OnceLock::new() }; 4];
    PROGRAMS[build as usize].get_or_init(|| {
        let mut objects: Vec<_> = SOURCES.iter().map(|source| compile(source, false)).collect();
        objects.push(compile(&Source::plain("main.c"), false));
        made(&format!("doors-{build:?}"), |output| link(&objects, build, output, &[]))
    })
}

/// The doors of C and C++ as a library to load into a measuring process; an instance of its own if static.
pub fn plugin(build: Build) -> PathBuf {
    let objects: Vec<_> = SOURCES.iter().map(|source| compile(source, true)).collect();
    // The static library's symbols stay inside, so that plugins with different builds can be loaded side by side.
    let flags = ["-shared", "-Wl,-Bsymbolic", "-Wl,--exclude-libs,ALL"];
    made(&format!("libdoors-{build:?}.so"), |output| link(&objects, build, output, &flags))
}

/// The design of the open-source CLR hosts, and userspace RCU where it is installed, as a library to load.
pub fn peers() -> PathBuf {
    let mut objects: Vec<_> = MUTEX_MAP.iter().map(|source| compile(source, true)).collect();
    let mut flags = vec!["-shared"];
    if HAS_URCU {
        objects.push(compile(&URCU_MEMB, true));
        objects.push(compile(&URCU_QSBR, true));
        flags.extend(["-lurcu-memb", "-lurcu-qsbr"]);
    }
    made("libpeers.so", |output| {
        let mut command = Command::new(Language::Cpp.compiler());
        succeed(command.args(objects).args(flags).arg("-pthread").arg("-o").arg(output));
    })
}

/// Whether userspace RCU was installed when this was compiled; see `build.rs`.
pub const HAS_URCU: bool = cfg!(urcu);

/// The loops of the COM door, and the manager that they call, in files of their own: no compiler can tell what is called.
const MUTEX_MAP: [Source; 2] = [
    Source {
        file: "com.cpp",
        language: Language::Cpp,
        door: Some("mutex_map"),
        flags: &["-DMANAGER=mutex_map_manager"],
    },
    Source { file: "mutex_map.cpp", language: Language::Cpp, door: None, flags: &[] },
];

/// Its thread-local variables in the initial-exec model, as in a program that is linked with it: the best it can be.
const URCU_MEMB: Source = Source {
    file: "urcu.c",
    language: Language::C,
    door: Some("urcu_memb"),
    flags: &["-ftls-model=initial-exec"],
};
const URCU_QSBR: Source = Source {
    file: "urcu.c",
    language: Language::C,
    door: Some("urcu_qsbr"),
    flags: &["-ftls-model=initial-exec", "-DURCU_QSBR"],
};

/// The program that runs one door of Rust and stops itself between rounds, in the release profile.
pub fn rust_program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        let target = target_dir().join("c-artifact");
        succeed(
            cargo()
                .args(["build", "--quiet", "--release", "--package", "benches", "--bin", "rust-door"])
                .arg("--target-dir")
                .arg(&target),
        );
        target.join("release/rust-door")
    })
}
