//! The mutation check: the core with one thing broken at a time, and which check notices.
//!
//! `cargo run --release -p mutants -- --help` says how to run it.

pub mod check;
pub mod checks;
pub mod divide;
pub mod ground;
pub mod group;
pub mod hash;
pub mod instrument;
mod items;
pub mod judge;
pub mod listing;
pub mod made_of;
pub mod nice;
pub mod results;
pub mod site;
pub mod sites;
pub mod source;
pub mod survivors;
mod syntax;
mod timed;
mod tokens;
