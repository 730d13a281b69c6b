//! What Tollgate costs, and what that is compared with.
//!
//! | module | idea |
//! |---|---|
//! | [`programs`] | the C and C++ side of the doors, compiled against the release artifact |
//! | [`rust_doors`] | the Rust side |
//! | [`stepper`] | counting instructions by single-stepping a process |
//! | [`counts`] | the instructions of every door |
#![cfg(target_os = "linux")]

pub mod counts;
pub mod programs;
pub mod rust_doors;
pub mod stepper;
