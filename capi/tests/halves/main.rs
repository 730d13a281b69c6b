//! The runtime's half: references, ExitTask, and what hosts ask of it by task id.

#[path = "../com/mod.rs"]
mod com;

/// Calls a C function of the library; its arguments suit it.
macro_rules! c {
    ($function:ident($($argument:expr),*)) => {{
        #[allow(clippy::macro_metavars_in_unsafe, reason = "one call")]
        // SAFETY: a manager of this library or NULL, and places for the answers or NULL.
        unsafe { $function($($argument),*) }
    }};
}

mod asked;
mod guest;
mod life;
mod runtime;

const FOREVER: u32 = u32::MAX;
