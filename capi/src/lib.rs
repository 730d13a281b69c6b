//! The C and COM face of Tollgate: vtables, result codes and C functions over `tollgate-core`.
//!
//! Conventions for C callers, in one place:
//! * **Results** are HRESULTs: 0 is success, negative is failure.
//! * **Pointers** that are written are checked for NULL (`E_POINTER`) and written on failure too, with NULL or zeroes.
//!   Object pointers (`this`, manager, task) are trusted, as COM has it.
//! * **Sizes**: a record goes across with its size, so that old callers work with new libraries and the other way round.
//! * **Ownership**: managers and controls live as long as the process. An `IHostTask` handed out carries a reference for
//!   the caller. A `tollgate_task` is borrowed from its thread.
//! * **Threads**: any, at any time, dying ones too, unless a function says otherwise.
//! * **errno**, on Windows the last error, is preserved, nothing unwinds, nothing allocates from the C heap.
#![no_std]

mod control;
pub mod exports;
mod guid;
mod hresult;
pub mod interfaces;
mod manager;
#[cfg(all(target_os = "linux", target_arch = "x86_64"))]
mod placement;
mod task;
mod unknown;

pub use control::HostControl;
pub use guid::{GUID, iid};
pub use hresult::*;
pub use manager::HostManager;
pub use tollgate_core::abort_process;
