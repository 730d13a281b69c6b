//! The gate as a runtime and its host meet it: every result and every rule of pausing, through the COM vtable.
//!
//! Nothing here depends on timing: what must have happened is waited for (a task is parked, a step has ended), and a time
//! limit only turns a hang into a failure.

#[path = "../common/mod.rs"]
mod common;

mod admitted;
mod attach;
mod ends;
mod pauses;
mod progress;
mod reports;
mod results;
