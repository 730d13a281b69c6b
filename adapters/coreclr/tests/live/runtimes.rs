//! What the tests need: the runtimes, the library, and the programs compiled once.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::{env, fs};

use tollgate_tests::artifact::cargo;
use tollgate_tests::command::succeed;
use tollgate_tests::compiler::{Language, WARNINGS};
use tollgate_tests::{skipped, target_dir, workspace};

/// Everything built.
pub(crate) struct Kit {
    /// Folders with a libcoreclr.so, oldest runtime first.
    pub(crate) runtimes: Vec<PathBuf>,
    /// `libtollgate_coreclr.so`.
    pub(crate) library: PathBuf,
    /// A host that embeds the runtime and knows nothing of Tollgate.
    pub(crate) plain_host: PathBuf,
    /// `clrtest.exe`, beside `libclrtest.so`.
    pub(crate) assembly: PathBuf,
    /// A profiler that asks for the crossings and does nothing with them.
    pub(crate) empty_profiler: PathBuf,
    /// Where programs of the tests go.
    pub(crate) folder: PathBuf,
}

/// The kit, or None after a line that says what is missing.
pub(crate) fn kit() -> Option<&'static Kit> {
    static KIT: OnceLock<Result<Kit, String>> = OnceLock::new();
    let made =
        KIT.get_or_init(|| make().inspect_err(|missing| skipped(&format!("live CLR tests: {missing}"))));
    made.as_ref().ok()
}

fn make() -> Result<Kit, String> {
    let dotnet =
        env::var_os("TOLLGATE_DOTNET").map_or_else(|| workspace().join("target/dotnet"), PathBuf::from);
    let runtimes = ["3.1", "9.0"].map(|version| dotnet.join(version));
    if let Some(absent) = runtimes.iter().find(|runtime| !runtime.join("libcoreclr.so").is_file()) {
        return Err(format!("there is no runtime in {}; run scripts/fetch-dotnet.sh", absent.display()));
    }
    if Command::new("mcs").arg("--version").output().is_err() {
        return Err("there is no C# compiler; install mono-mcs (apt-get install mono-mcs)".to_owned());
    }
    let target = target_dir().join("coreclr-live");
    let folder = target.join("programs");
    fs::create_dir_all(&folder).expect("the target directory is writable");
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clr");

    let compile = |source: &str, out: &Path, options: &[String]| {
        let mut command = Command::new("mcs");
        command.args(["-optimize+", "-warnaserror"]).args(options).arg(format!("-out:{}", out.display()));
        succeed(command.arg(sources.join(source)));
    };
    let elsewhere = folder.join("elsewhere.dll");
    compile("Elsewhere.cs", &elsewhere, &["-target:library".to_owned()]);
    // The same under a name like those of the framework.
    let namesake = folder.join("Microsoft.Elsewhere.dll");
    compile("Elsewhere.cs", &namesake, &["-target:library".to_owned(), "-define:NAMESAKE".to_owned()]);
    let assembly = folder.join("clrtest.exe");
    compile(
        "Program.cs",
        &assembly,
        &[&elsewhere, &namesake].map(|it| format!("-reference:{}", it.display())),
    );
    let cpp = |source: &str, out: &Path, options: &[&str]| {
        let mut command = Command::new(Language::Cpp.compiler());
        command.args(["-std=gnu++17", "-O1"]).args(WARNINGS).arg(sources.join(source));
        succeed(command.args(options).args(["-ldl", "-pthread", "-o"]).arg(out));
    };
    cpp("native.cpp", &folder.join("libclrtest.so"), &["-shared", "-fPIC"]);
    let empty_profiler = folder.join("libempty_profiler.so");
    cpp("empty_profiler.cpp", &empty_profiler, &["-shared", "-fPIC"]);
    let plain_host = folder.join("plain_host");
    cpp("plain_host.cpp", &plain_host, &[]);

    succeed(cargo().args(["build", "--quiet", "--package", "tollgate-coreclr", "--target-dir"]).arg(&target));
    let library = target.join("debug/libtollgate_coreclr.so");
    Ok(Kit { runtimes: runtimes.into(), library, plain_host, assembly, empty_profiler, folder })
}
