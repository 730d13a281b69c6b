//! The start routine of a task, stored until its thread runs it.

use core::ffi::c_void;

use crate::sync::{AtomicPtr, Ordering};

/// A thread's start routine, in the platform's convention for it.
pub type StartRoutine = unsafe extern "system" fn(parameter: *mut c_void) -> u32;

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
    pub(crate) fn routine(&self) -> Option<(StartRoutine, *mut c_void)> {
        let routine = self.routine.load(Ordering::Acquire);
        if routine.is_null() {
            return None;
        }
        // SAFETY: stored by `set` from a function pointer of this type.
        let routine = unsafe { core::mem::transmute::<*mut (), StartRoutine>(routine) };
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
