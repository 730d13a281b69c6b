//! Atomics, or loom's stand-ins for them: the only file besides `sys/model.rs` that names loom.

// Said in words, beside the import below that fails.
#[cfg(not(target_has_atomic = "64"))]
compile_error!(
    "tollgate-core needs 64-bit atomics, which this target lacks: the levels of a task and the gate are one 64-bit word each"
);

#[cfg(not(loom))]
pub(crate) use core::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence};
#[cfg(loom)]
pub(crate) use loom::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence};

/// Declares a constructor that is `const` except under loom, whose atomics register with the running model.
macro_rules! const_unless_loom {
    ($(#[$meta:meta])* $vis:vis fn $name:ident($($arg:ident: $type:ty),*) -> $ret:ty $body:block) => {
        #[cfg(not(loom))]
        $(#[$meta])* $vis const fn $name($($arg: $type),*) -> $ret $body
        #[cfg(loom)]
        $(#[$meta])* $vis fn $name($($arg: $type),*) -> $ret $body
    };
}

/// An array of `$n` values of `$value`, each made anew.
macro_rules! array {
    ($value:expr; $n:expr) => {{
        #[cfg(not(loom))]
        {
            [const { $value }; $n]
        }
        #[cfg(loom)]
        {
            core::array::from_fn::<_, { $n }, _>(|_| $value)
        }
    }};
}

/// A field's value, read by the thread that is the only one to write it.
///
/// loom is told of a plain read. It remembers one last access of each object: as an atomic load this one would cover an
/// earlier look of another thread, and loom would not try what follows before that look. It also reports an owner that
/// does not know what the one before it wrote.
macro_rules! own {
    ($field:expr) => {{
        #[cfg(not(loom))]
        {
            $field.load($crate::sync::Ordering::Relaxed)
        }
        #[cfg(loom)]
        {
            // SAFETY: loom reports a write that does not happen before.
            unsafe { $field.unsync_load() }
        }
    }};
}

pub(crate) use {array, const_unless_loom, own};
