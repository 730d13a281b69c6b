//! The life of a task through the vtables: creation, start, alert, join, end.

#[path = "../com/mod.rs"]
mod com;
#[cfg(unix)]
#[path = "../../../core/tests/common/own_process.rs"]
mod own_process;

mod gate;
mod life;
mod priority;
mod refusals;
mod scene;
mod waits;

const FOREVER: u32 = u32::MAX;
