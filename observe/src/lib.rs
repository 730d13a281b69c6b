//! Watching hosts that use Tollgate, from other processes: looks, figures, traces, reports.
//!
//! | module | idea |
//! |---|---|
//! | [`page`] | another process's page, found, checked and mapped read-only |
//! | [`look`] | one look at all tasks |
//! | [`sampler`] | from looks to rates, ages and shares of time; who is stuck |
//! | [`names`] | names of tasks and functions |
//! | [`trace`] | from events or looks to a trace |
//! | [`chrome`] | the trace's format, which Perfetto opens |
//! | [`report`] | one HTML page about a trace |
//! | `top` | the live table |
//! | `cmd` | the command `tollgate` |
//!
//! `top`, `cmd` and the names of other processes come with the feature `command`, which is on by default.

pub mod chrome;
#[cfg(feature = "command")]
pub mod cmd;
pub mod error;
pub mod look;
pub mod names;
pub mod page;
pub mod report;
pub mod sampler;
#[cfg(feature = "command")]
pub mod top;
pub mod trace;

// The document's Rust code, compiled and run as documentation tests are.
#[cfg(doctest)]
#[doc = include_str!("../../docs/OBSERVE.md")]
struct Document;
