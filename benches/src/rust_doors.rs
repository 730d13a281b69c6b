//! The doors of Rust: the same loops as in `benches/c/doors.h`.

use std::hint::black_box;
use std::sync::OnceLock;

use tollgate_core::{Error, Manager, TaskHandle};

/// What is given as the target of a leave.
const TARGET: usize = 0x1000;

/// A loop over one door; the error of the last call that failed, if any did.
pub type Loop = fn(u64) -> Result<(), Error>;

/// Every door by name and shape.
pub const LOOPS: &[(&str, &str, Loop)] = &[
    ("tls", "pairs", tls_pairs),
    ("tls", "nested", tls_nested),
    ("task", "pairs", task_pairs),
    ("task", "nested", task_nested),
    ("guard", "pairs", guard_pairs),
    ("guard", "nested", guard_nested),
];

/// The manager whose transitions are measured.
pub fn manager() -> &'static Manager {
    static MANAGER: OnceLock<&'static Manager> = OnceLock::new();
    MANAGER.get_or_init(|| tollgate_capi::HostManager::default_manager().core())
}

/// Runs `round` as often as told, at least once, until it fails.
///
/// The test is at the end of the loop, so that a failure of the last call in it is told apart there and then, as in code
/// that goes on; at the end of a loop, the compiler would put it together with the success first.
#[inline(always)]
fn repeat(times: u64, round: impl Fn() -> Result<(), Error>) -> Result<(), Error> {
    let mut left = times;
    loop {
        round()?;
        left -= 1;
        if left == 0 {
            return Ok(());
        }
    }
}

#[inline(never)]
fn tls_pairs(times: u64) -> Result<(), Error> {
    let manager = manager();
    repeat(times, || {
        manager.leave(TARGET)?;
        manager.enter()
    })
}

#[inline(never)]
fn tls_nested(times: u64) -> Result<(), Error> {
    let manager = manager();
    repeat(times, || {
        manager.leave(TARGET)?;
        manager.reverse_enter()?;
        manager.leave(TARGET + 1)?;
        manager.reverse_enter()?;
        manager.reverse_leave()?;
        manager.enter()?;
        manager.reverse_leave()?;
        manager.enter()
    })
}

fn task_pairs(times: u64) -> Result<(), Error> {
    manager().with_task(|task| pairs(black_box(task), times))?
}

#[inline(never)]
fn pairs(task: &TaskHandle<'_>, times: u64) -> Result<(), Error> {
    repeat(times, || {
        task.leave(TARGET)?;
        task.enter()
    })
}

fn task_nested(times: u64) -> Result<(), Error> {
    manager().with_task(|task| nested(black_box(task), times))?
}

#[inline(never)]
fn nested(task: &TaskHandle<'_>, times: u64) -> Result<(), Error> {
    repeat(times, || {
        task.leave(TARGET)?;
        task.reverse_enter()?;
        task.leave(TARGET + 1)?;
        task.reverse_enter()?;
        task.reverse_leave()?;
        task.enter()?;
        task.reverse_leave()?;
        task.enter()
    })
}

fn guard_pairs(times: u64) -> Result<(), Error> {
    manager().with_task(|task| guarded(black_box(task), times))?
}

#[inline(never)]
fn guarded(task: &TaskHandle<'_>, times: u64) -> Result<(), Error> {
    repeat(times, || task.outside(TARGET)?.close())
}

fn guard_nested(times: u64) -> Result<(), Error> {
    manager().with_task(|task| guarded_four(black_box(task), times))?
}

#[inline(never)]
fn guarded_four(task: &TaskHandle<'_>, times: u64) -> Result<(), Error> {
    repeat(times, || {
        let _first = task.outside(TARGET)?;
        let _second = task.inside()?;
        let _third = task.outside(TARGET + 1)?;
        task.inside()?.close()
    })
}
