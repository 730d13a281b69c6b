//! What Tollgate costs, and what that is compared with.
//!
//! | module | idea |
//! |---|---|
//! | [`programs`] | the C and C++ side of the doors, compiled against the release artifact |
//! | [`rust_doors`], [`peers`] | the Rust side, and what else a host could use |
//! | [`stepper`], [`counts`] | counting instructions by single-stepping a process; the count of every door |
//! | [`doors`], [`timing`] | every door and peer in one process; their times, taken in turns |
//! | [`beside`] | whether threads share a line that they write |
//! | [`slow`] | pause, snapshot, attach against the number of tasks |
//! | [`traced`] | a trace while it is on |
//! | [`svg`] | plots |
#![cfg(target_os = "linux")]

pub mod beside;
pub mod counts;
pub mod doors;
pub mod peers;
pub mod programs;
pub mod rust_doors;
pub mod slow;
pub mod stepper;
pub mod svg;
pub mod timing;
pub mod traced;
