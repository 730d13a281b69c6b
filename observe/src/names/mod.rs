//! Names of tasks and functions, from wherever they are known.
//!
//! | of | first | else |
//! |---|---|---|
//! | a task | the name that the host gave it, in the page | the name of its thread |
//! | a function | the name that the host gave the target, in the page | the symbol at that address in the process's files |

mod clean;
#[cfg(feature = "command")]
mod of_process;
#[cfg(feature = "command")]
mod symbols;

pub use clean::clean;
#[cfg(feature = "command")]
pub use of_process::ProcessNames;
#[cfg(feature = "command")]
pub use symbols::Symbols;
