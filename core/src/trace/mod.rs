//! Tracing: what every task did, and when, in a ring of its own.
//!
//! Off, it costs nothing: cells are armed while it is on, and slow paths record what they did. Nobody waits for a reader;
//! what was not read in time is overwritten, and counted.
//!
//! | module | idea |
//! |---|---|
//! | `record` | one event, as it is given away |
//! | `ring` | the last so many events of one writer, read by anybody without stopping it |
//! | `rings` | the memory of all rings of a manager |
//! | `events` | what is recorded, and by whom |
//! | `control` | start, stop, drain |

mod control;
mod events;
mod record;
mod ring;
mod rings;

pub use control::Drained;
pub(crate) use events::number_of;
pub use record::*;
pub(crate) use ring::{Head, Place, Ring};
pub(crate) use rings::Rings;
