//! Crossings between Wasmtime and a manager, with a real engine, real guests and the real manager.

mod announce;
mod common;
mod panics;
mod refusals;
mod sequence;
mod threads;
mod traps;
