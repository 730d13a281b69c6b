//! The statistics page: a manager's cells, figures, names and traces in a file that other processes map.
//!
//! docs/PAGE.md is the contract; the constants and types here are its words. Everything in a page is a number of 4 or 8
//! bytes that is loaded by itself, because the other side may be writing it, or be hostile.
//!
//! | module | idea |
//! |---|---|
//! | `header` | what stands at the beginning of the file, and where everything else is |
//! | `layout`, `own` | the page of a manager of this process |
//! | `fork` | what becomes of it in a child |
//! | `names` | naming tasks and targets |
//! | `figures` | numbers of the manager that change |
//! | `text` | short strings that are written beside their readers |
//! | `view` | reading the page of another process, trusting nothing |

mod figures;
#[cfg(not(loom))]
mod fork;
#[cfg(not(loom))]
mod header;
#[cfg(not(loom))]
mod layout;
#[cfg(not(loom))]
mod names;
#[cfg(not(loom))]
mod own;
#[cfg(not(loom))]
mod text;
#[cfg(not(loom))]
mod view;

pub use figures::Figures;
#[cfg(not(loom))]
pub use header::*;
#[cfg(not(loom))]
pub(crate) use layout::ring_bytes;
#[cfg(not(loom))]
pub(crate) use own::Page;
#[cfg(not(loom))]
pub use text::Text;
#[cfg(not(loom))]
pub use view::{GateFigures, PageError, PageView};
