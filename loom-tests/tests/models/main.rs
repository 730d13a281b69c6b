//! All models, by unit.
#![cfg(loom)]

mod attach;
mod bell;
mod gate;
mod hands;
mod pausers;
mod ring0;
mod shutdown;
mod slab;
mod snapshot;
mod spill;
mod task;
mod trace;
mod turnstile;
