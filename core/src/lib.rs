//! Per-task transition tracking and a gate that stops tasks from going in: the core of Tollgate.
//!
//! A *runtime* tells its *host* of every crossing between managed code (*inside*) and native code (*outside*). The crate
//! keeps what it tells in one *cell* per *task*, written by the task's own thread alone and readable by all, and lets
//! the host close the *gate*: afterwards no task is inside, and none goes in until the gate opens.
//!
//! ```text
//!            leave, reverse_leave
//!    inside ----------------------> outside          depth = open levels (leave ... enter, reverse_enter ... reverse_leave)
//!           <----------------------
//!            enter, reverse_enter     held here while the gate is closed
//! ```
//!
//! | module | idea |
//! |---|---|
//! | [`transition`] | hot: the four transitions of a cell |
//! | `guard` | transitions that come in twos, the second one with the end of a block |
//! | [`handle`], `door` | the same with their slow halves, on a given task and on the thread's own |
//! | `cold`, `room`, `inward` | everything that their one test can mean: decide, make room, go in |
//! | [`levels`] | the open levels as one word |
//! | `cell`, `spill` | the record of a task; levels beyond the word |
//! | `slab`, `registry` | records that never move; attach and detach |
//! | `thread`, `enlist` | which cell a call goes to; the managers in use |
//! | `gate`, `hold`, `pause` | the gate word; the task's side; the host's side |
//! | `armed`, `fence`, `bell` | the request to look; the asymmetric fence; waiting |
//! | `snapshot`, [`info`] | looking at tasks without stopping them |
//! | [`page`], [`trace`] | what other processes can see; what was done when |
//! | `attributes` | what a task carries beside its levels |
//! | `task` | the record handed out for a task: create, start, alert, join |
//! | `targets`, `published`, `kept` | what hosts and runtimes leave with a door: addresses, values, objects |
//! | `sys` | what all this needs of an operating system |
//! | `fault`, `model` | for the models: what can be broken, and what they need beside the public items |
//!
//! Nothing here allocates from the C heap on its own account, panics, unwinds, or changes errno.
#![no_std]
#![cfg_attr(
    loom,
    allow(dead_code, reason = "models leave out what is about threads, and thereby its helpers")
)]

#[cfg(test)]
extern crate std;

pub mod armed;
#[cfg(not(loom))]
mod attributes;
mod bell;
mod cell;
mod cold;
mod config;
#[cfg(not(loom))]
mod door;
#[cfg(not(loom))]
mod enlist;
mod error;
mod fault;
mod fence;
#[cfg(not(loom))]
mod fork;
mod gate;
#[cfg(not(loom))]
mod guard;
pub mod handle;
mod histogram;
mod hold;
pub mod info;
mod inward;
#[cfg(not(loom))]
mod kept;
pub mod levels;
mod manager;
#[cfg(not(loom))]
mod memory;
#[cfg(loom)]
pub mod model;
pub mod page;
mod pause;
#[cfg(not(loom))]
mod published;
mod registry;
mod room;
mod slab;
mod snapshot;
mod spill;
mod sync;
mod sys;
#[cfg(not(loom))]
mod targets;
mod task;
#[cfg(not(loom))]
pub mod thread;
mod thread_start;
pub mod trace;
pub mod transition;

#[cfg(not(loom))]
pub use attributes::{Locale, abort_process, yield_now};
pub use cell::{Call, Cell, LAYOUT_ID};
pub use config::{Config, Policy};
#[cfg(not(loom))]
pub use door::TaskHandle;
pub use error::Error;
#[cfg(not(loom))]
pub use fork::after_fork_child;
#[cfg(not(loom))]
pub use guard::{Inside, Outside};
pub use histogram::{BUCKETS, bucket_start_ns};
pub use info::{Laggard, PauseReport, TaskInfo, Totals};
#[cfg(not(loom))]
pub use kept::Kept;
pub use levels::Side;
pub use manager::{Manager, Unlisted};
#[cfg(not(loom))]
pub use memory::immortal;
pub use pause::{Pause, PauseError};
#[cfg(not(loom))]
pub use published::Published;
pub use registry::OwnedTask;
#[cfg(not(loom))]
pub use targets::TargetSet;
#[cfg(not(loom))]
pub use task::current_task_of;
pub use task::{Door, RuntimeHalf, Task, TaskState, WaitOptions};
pub use thread_start::StartRoutine;
pub use trace::{Drained, TraceRecord};
