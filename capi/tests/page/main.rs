//! The page as another process sees it: found by its name, readable by all who may, writable by nobody, consistent while
//! everything moves.

#![cfg(unix)]

#[path = "../common/mod.rs"]
mod common;

mod file;
mod forks;
mod live;
mod mapped;
mod names;
mod refused;
mod shown;
