//! What the tests of the command share: a host under load, and the command itself.

#![allow(dead_code, reason = "each test program uses a part of it")]

pub(crate) mod format;

use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;

use tollgate_tests::compiler::{Linkage, build};
use tollgate_tests::target_dir;

/// The command, ready for arguments. It hears signals even if the tests are run by something that ignores them, as nohup
/// does and a shell does in the background: the command would leave them ignored, and a test wait for ever.
pub(crate) fn tollgate() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tollgate"));
    command.stdin(Stdio::null());
    let hear = || {
        for signal in [libc::SIGHUP, libc::SIGINT, libc::SIGQUIT, libc::SIGTERM] {
            // SAFETY: no handler is set, only one taken away.
            unsafe { libc::signal(signal, libc::SIG_DFL) };
        }
        Ok(())
    };
    // SAFETY: between fork and exec it calls nothing but `signal`, which may be called there.
    unsafe { command.pre_exec(hear) };
    command
}

/// Runs the command with these arguments.
pub(crate) fn run(arguments: &[&str]) -> Output {
    tollgate().args(arguments).output().expect("the command can be run")
}

/// What a run wrote to standard error.
pub(crate) fn errors(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A file of this test's own.
pub(crate) fn file(name: &str) -> PathBuf {
    let folder = target_dir().join("observe-tests");
    std::fs::create_dir_all(&folder).expect("the target directory is writable");
    folder.join(format!("{}-{name}", std::process::id()))
}

/// A host under load; it ends when this is dropped.
pub(crate) struct Host(Child);

impl Host {
    /// Starts `host.c` with `flags`, and waits until its tasks are where they should be.
    pub(crate) fn start(flags: &str) -> Host {
        static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
        let program = PROGRAM.get_or_init(|| build("observe/tests/host/host.c", Linkage::Static));
        Host::of(Command::new(program).args(["2", flags]))
    }

    fn of(command: &mut Command) -> Host {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .expect("the host can be run");
        let out = child.stdout.as_mut().expect("its output is piped");
        let mut line = String::new();
        BufReader::with_capacity(1, out).read_line(&mut line).expect("it speaks");
        assert_eq!(line, "ready\n");
        Host(child)
    }

    /// Its number.
    pub(crate) fn pid(&self) -> String {
        self.0.id().to_string()
    }

    /// Kills it, as nobody would wish.
    pub(crate) fn kill(&mut self) {
        self.0.kill().expect("it can be killed");
        self.0.wait().expect("it can be waited for");
    }

    /// Ends it; answers what it says of its own books.
    pub(crate) fn finish(mut self) -> String {
        drop(self.0.stdin.take());
        let mut said = String::new();
        let out = self.0.stdout.take().expect("its output is piped");
        BufReader::new(out).read_line(&mut said).expect("it speaks");
        let status = self.0.wait().expect("it can be waited for");
        assert!(status.success(), "{status}: {said}");
        said
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // Ended already, or left over by a test that failed.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A seed for what is random in a test: printed, and taken back from TOLLGATE_TEST_SEED.
pub(crate) fn seed() -> u64 {
    let given = std::env::var("TOLLGATE_TEST_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = given.unwrap_or_else(|| {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        now.map_or(1, |now| now.as_nanos() as u64)
    });
    println!("TOLLGATE_TEST_SEED={seed}");
    seed
}

/// Numbers that are random enough.
pub(crate) struct Random(u64);

impl Random {
    /// The numbers of a seed.
    pub(crate) fn new(seed: u64) -> Random {
        Random(seed | 1)
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % limit
    }
}

/// The text of a file.
pub(crate) fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()))
}
