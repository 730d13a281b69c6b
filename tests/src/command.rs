//! Running a program and insisting on its success.

use std::io::Read;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How a program ended.
pub struct Output {
    /// Its exit status.
    pub status: ExitStatus,
    /// What it wrote to standard output.
    pub stdout: String,
    /// What it wrote to standard error.
    pub stderr: String,
}

/// No program of the tests takes longer than this unless it hangs, and then it must not hang the test run. Cargo is one of
/// them, and takes a minute of a processor for itself, which may be a tenth of one.
const WATCHDOG: Duration = Duration::from_secs(1800);

/// Runs `command` to its end and returns what it wrote.
///
/// Panics when it cannot be started, and kills it and panics when it hangs.
pub fn capture(command: &mut Command) -> Output {
    capture_within(WATCHDOG, command)
}

/// The same for what may take longer than a program of the tests: up to `limit`.
pub fn capture_within(limit: Duration, command: &mut Command) -> Output {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|e| panic!("cannot run {command:?}: {e}"));
    let stdout = read_in_background(child.stdout.take().expect("stdout is piped"));
    let stderr = read_in_background(child.stderr.take().expect("stderr is piped"));
    let status = wait(&mut child, command, limit);
    let text = |reader: thread::JoinHandle<Vec<u8>>| {
        String::from_utf8_lossy(&reader.join().expect("the reader does not panic")).into_owned()
    };
    Output { status, stdout: text(stdout), stderr: text(stderr) }
}

/// Runs `command`, panics with everything it wrote unless it succeeds, and returns its standard output.
pub fn succeed(command: &mut Command) -> String {
    let output = capture(command);
    assert!(
        output.status.success(),
        "{command:?} failed: {}\n--- its output\n{}{}",
        output.status,
        output.stdout,
        output.stderr
    );
    output.stdout
}

fn read_in_background(mut pipe: impl Read + Send + 'static) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        // A pipe that breaks has said all it will say.
        let _ = pipe.read_to_end(&mut bytes);
        bytes
    })
}

fn wait(child: &mut Child, command: &Command, limit: Duration) -> ExitStatus {
    let start = Instant::now();
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait().expect("a child can be waited for") {
            return status;
        }
        if start.elapsed() > limit {
            // Already gone is as good as killed.
            let _ = child.kill();
            panic!("{command:?} did not end within {} s", limit.as_secs());
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(50));
    }
}
