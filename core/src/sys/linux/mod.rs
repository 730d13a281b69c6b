//! Linux, glibc and musl.

mod barrier;
mod memory;
mod thread;
#[cfg_attr(
    all(any(target_arch = "x86_64", target_arch = "aarch64"), not(tollgate_tlskey)),
    path = "tls_asm.rs"
)]
#[cfg_attr(
    any(not(any(target_arch = "x86_64", target_arch = "aarch64")), tollgate_tlskey),
    path = "tls_key.rs"
)]
mod tls;
mod wait;

pub(crate) use barrier::{barrier, register_barrier};
pub(crate) use memory::{pages, release_pages};
pub(crate) use thread::{
    PreserveErrno, abort, on_thread_exit, os_thread_id, set_priority, spawn, stay_loaded, yield_now,
};
pub(crate) use tls::{cells, current, set_cells, set_current};
pub(crate) use wait::{WaitWord, now_ns};
