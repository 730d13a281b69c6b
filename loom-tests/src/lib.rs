//! Models of Tollgate's protocols on the real types of the core: how they are run, and the world they run in.
//!
//! Without `cfg(loom)` there is nothing here; `tests/guard.rs` tells how to run the models.
#![cfg(loom)]

mod run;
mod world;

pub use run::{Bound, DEADLOCK, RACE, broken, caught, holds};
pub use world::{Task, World, spawn};
