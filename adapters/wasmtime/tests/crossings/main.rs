//! Crossings between Wasmtime and a manager, with a real engine, real guests and the real manager.

mod abort;
mod announce;
mod chaos;
mod common;
mod example;
mod guest_threads;
mod half;
mod panics;
mod refusals;
mod runtime_half;
mod sequence;
mod threads;
mod traps;
