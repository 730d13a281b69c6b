//! The start routine of a task, stored until its thread runs it.

use core::ffi::c_void;

use crate::sync::{AtomicPtr, Ordering};

/// A thread's start routine, in the platform's convention for it.
pub type StartRoutine = unsafe extern "system" fn(parameter: *mut c_void) -> u32;

/// The same as a call of it must be declared: a thread may end in its routine, for which the C library unwinds it.
///
/// Where Rust code unwinds as well, a call that is not said to unwind stops that; where it aborts instead, one that is
/// said to does.
#[cfg(panic = "unwind")]
pub(crate) type EndingRoutine = unsafe extern "system-unwind" fn(parameter: *mut c_void) -> u32;
#[cfg(not(panic = "unwind"))]
pub(crate) type EndingRoutine = StartRoutine;

/// A start routine with its parameter.
pub(crate) type Start = (StartRoutine, *mut c_void);

/// Routine and parameter; empty in a record that was never given one.
pub(crate) struct StartSlot {
    routine: AtomicPtr<()>,
    parameter: AtomicPtr<c_void>,
}

impl StartSlot {
    #[cfg(loom)]
    pub(crate) fn new() -> StartSlot {
        StartSlot {
            routine: AtomicPtr::new(core::ptr::null_mut()),
            parameter: AtomicPtr::new(core::ptr::null_mut()),
        }
    }

    pub(crate) fn set(&self, routine: StartRoutine, parameter: *mut c_void) {
        self.parameter.store(parameter, Ordering::Relaxed);
        self.routine.store(routine as *mut (), Ordering::Release);
    }

    /// What the task's thread is to run.
    pub(crate) fn routine(&self) -> Option<(EndingRoutine, *mut c_void)> {
        let routine = self.routine.load(Ordering::Acquire);
        if routine.is_null() {
            return None;
        }
        // SAFETY: stored by `set` from a function pointer of this convention.
        let routine = unsafe { core::mem::transmute::<*mut (), EndingRoutine>(routine) };
        Some((routine, self.parameter.load(Ordering::Relaxed)))
    }

    /// True from `set` to `forget`.
    pub(crate) fn is_given(&self) -> bool {
        !self.routine.load(Ordering::Relaxed).is_null()
    }

    /// Empties the slot, for the record's next task.
    pub(crate) fn forget(&self) {
        self.routine.store(core::ptr::null_mut(), Ordering::Release);
    }
}
