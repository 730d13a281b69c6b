//! Windows 8 and later, and Wine.

mod api;
mod barrier;
mod exit;
mod memory;
mod thread;
mod tls;
mod wait;

pub(crate) use barrier::{barrier, register_barrier};
pub(crate) use exit::{on_thread_exit, stay_loaded};
pub(crate) use memory::{pages, release_pages};
pub(crate) use thread::{PreserveErrno, abort, os_thread_id, set_priority, spawn, yield_now};
pub(crate) use tls::{cells, current, set_cells, set_current};
pub(crate) use wait::{WaitWord, now_ns};
