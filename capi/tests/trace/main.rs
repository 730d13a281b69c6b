//! Tracing through the C functions: which events are recorded, in which order, and that none is lost unseen.

#[path = "../common/mod.rs"]
mod common;

mod calls;
mod drained;
mod events;
mod gate;
mod losses;
