//! What the crate needs of an operating system: one contract, chosen here and nowhere else.
//!
//! | item | contract |
//! |---|---|
//! | `pages`, `release_pages` | zeroed memory straight from the system, at least page-aligned; never the C heap |
//! | `barrier`, `register_barrier` | a process-wide memory barrier, if the system has one |
//! | `WaitWord` | compare-and-sleep on a 32-bit word, absolute deadlines, wake all; spurious wake-ups allowed |
//! | `Deadline`, `now_ns` | a monotonic clock |
//! | `PreserveErrno` | puts back the thread's error number (errno, or the last error) when dropped |
//! | `current`, `set_current`, `cells`, `set_cells` | two thread-local pointers: constant-initialised, no destructor |
//! | `on_thread_exit` | makes the system call `thread::exit` when the calling thread ends |
//! | `spawn` | a detached thread, with everything it needs acquired before the answer |
//! | `set_priority` | a wish that the system may refuse; asked whether the thread lives once its number cannot go to another |
//! | `stay_loaded` | keeps the code in memory from now on, where linking does not see to that |
//! | `shared_pages`, `SharedFile` | memory that other processes can read and nobody else can write |
//! | `dump_pages`, `leave_out_of_dumps` | what belongs into a core dump |
//! | `move_pages` | puts one mapping into the place of another |
//! | `on_fork`, `note_fork_handlers`, `process_id` | has functions called around every fork; the process |
//! | `os_thread_id`, `yield_now`, `abort` | as named |
//!
//! No function here allocates from the C heap on its own account, and none panics.

mod deadline;
pub(crate) use deadline::Deadline;

#[cfg(loom)]
pub(crate) mod model;
#[cfg(loom)]
use model as imp;

#[cfg(all(not(loom), target_os = "linux"))]
mod linux;
#[cfg(all(not(loom), target_os = "linux"))]
use linux as imp;

#[cfg(all(not(loom), target_os = "windows"))]
mod windows;
#[cfg(all(not(loom), target_os = "windows"))]
use windows as imp;

#[cfg(all(not(loom), not(any(target_os = "linux", target_os = "windows"))))]
mod none;
#[cfg(all(not(loom), not(any(target_os = "linux", target_os = "windows"))))]
use none as imp;

pub(crate) use imp::{
    PreserveErrno, WaitWord, abort, barrier, now_ns, register_barrier, set_priority, yield_now,
};
#[cfg(not(loom))]
pub(crate) use imp::{
    cells, current, on_thread_exit, os_thread_id, pages, release_pages, set_cells, set_current, spawn,
    stay_loaded,
};

#[cfg(all(not(loom), target_os = "linux", target_pointer_width = "64"))]
#[path = "linux/shared.rs"]
mod shared;
#[cfg(all(not(loom), not(all(target_os = "linux", target_pointer_width = "64"))))]
#[path = "unshared.rs"]
mod shared;

#[cfg(not(loom))]
pub(crate) use shared::{
    SharedFile, dump_pages, leave_out_of_dumps, move_pages, note_fork_handlers, on_fork, process_id,
    shared_pages,
};
