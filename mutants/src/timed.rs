//! Runs a command with a limit, and ends all that it started.

use std::fs;
use std::mem::MaybeUninit;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

/// How it ended, and how long that took; `None` if it had to be ended.
///
/// The limit counts the time in which both this program and the other could run: whoever stops them for a while, to have the
/// machine to himself, makes no hang of it.
pub(crate) fn timed(command: &mut Command, limit: Duration) -> Option<(ExitStatus, Duration)> {
    let start = Instant::now();
    let mut child = command.process_group(0).spawn().expect("the check starts");
    let mut nap = Duration::from_millis(2);
    let mut waited = Duration::ZERO;
    let is_over = loop {
        let is_over = has_ended(&child);
        if is_over || waited > limit {
            break is_over;
        }
        std::thread::sleep(nap);
        if !is_stopped(&child) {
            waited += nap;
        }
        nap = (nap * 2).min(Duration::from_millis(50));
    };
    let took = start.elapsed();
    // Before it is waited for: until then no other process gets its number, and no other group.
    end_group(child.id());
    let status = child.wait().expect("the check can be waited for");
    is_over.then_some((status, took))
}

/// True if the process has ended; it can still be waited for.
fn has_ended(child: &Child) -> bool {
    let mut info = MaybeUninit::<libc::siginfo_t>::zeroed();
    let flags = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
    // SAFETY: room for what is told of a child of this process, which nobody has waited for.
    let result = unsafe { libc::waitid(libc::P_PID, child.id(), info.as_mut_ptr(), flags) };
    assert_eq!(result, 0, "the check can be waited for");
    // SAFETY: zeroes, which stand for a child that runs, or what the system wrote.
    let info = unsafe { info.assume_init() };
    // SAFETY: waitid fills in the number of the process.
    unsafe { info.si_pid() != 0 }
}

/// True while somebody has stopped the process by a signal.
fn is_stopped(child: &Child) -> bool {
    let status = fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap_or_default();
    // The name, in parentheses, may have anything in it.
    status.rsplit(") ").next().is_some_and(|rest| rest.starts_with('T'))
}

/// Ends what a check has started: children of forks may wait for ever where something is broken.
fn end_group(leader: u32) {
    let _ = Command::new("kill")
        .args(["-KILL", "--", &format!("-{leader}")])
        .stderr(std::process::Stdio::null())
        .status();
}
