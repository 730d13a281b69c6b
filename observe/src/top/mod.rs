//! The live table: what is in it, and the three ways to show it.

mod json;
mod plain;
mod rows;
mod screen;
mod units;

pub use json::json;
pub use plain::plain;
pub use rows::{Key, Pauses, Row, Table, View};
pub use screen::draw;
