//! Recording: from events or from looks to a trace file.

mod event;
mod gate;
mod own;
mod recorder;
mod track;

pub use event::{Event, What};
pub use own::OwnRecording;
pub use recorder::{Names, Recorder, Summary};
