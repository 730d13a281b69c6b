//! `libtollgate_coreclr.so`: a library that CoreCLR loads as a profiler and that turns the runtime's notices of crossings
//! between managed and native code into the four calls on a manager.
//!
//! | notice | call |
//! |---|---|
//! | ManagedToUnmanagedTransition, call | LeaveRuntime(target) |
//! | UnmanagedToManagedTransition, return | EnterRuntime |
//! | UnmanagedToManagedTransition, call | ReverseEnterRuntime |
//! | ManagedToUnmanagedTransition, return | ReverseLeaveRuntime |
//!
//! The way of a notice: `profiler` receives it, `functions` knows what its id stands for (and which ids stand for
//! nothing), `watched` keeps the calling thread's open levels and counts, `levels` decides which calls the manager gets,
//! `manager` makes them. `report` tells what was seen; `exports` is what a host that embeds the runtime calls.
//!
//! The manager is reached through its COM pointer alone: the host's, or one of the library's own when there is none.
#![cfg(all(target_os = "linux", target_pointer_width = "64"))]

mod com;
mod errno;
pub mod exports;
pub mod factory;
mod functions;
mod hidden;
mod inlining;
mod levels;
mod manager;
mod metadata;
mod native;
mod profiler;
mod report;
mod runtime;
mod settings;
mod watched;
