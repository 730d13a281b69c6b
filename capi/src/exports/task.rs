//! Task handles: transitions that save the thread-local load.

use tollgate_core::{Cell, handle};

use crate::hresult::{HRESULT, from_result};
use crate::interfaces::IHostTaskManager;
use crate::manager::HostManager;

/// The calling thread's task as a handle; opaque, but for `tollgate_inline.h`.
#[allow(non_camel_case_types, reason = "the name that C callers write")]
pub struct tollgate_task {
    _opaque: [u8; 0],
}

/// The calling thread's task; made on the thread's first call. NULL for a NULL manager, out of memory, or on a thread
/// past its end.
///
/// **Thread:** the handle is for the calling thread alone, until that ends. **Progress:** wait-free once there is a task.
///
/// # Safety
/// `manager` is NULL or a manager of this library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tollgate_current(manager: *mut IHostTaskManager) -> *mut tollgate_task {
    if manager.is_null() {
        return core::ptr::null_mut();
    }
    // SAFETY: the caller's duty.
    match unsafe { HostManager::from_raw(manager) }.core().current_cell() {
        Ok(cell) => core::ptr::from_ref(cell).cast_mut().cast(),
        Err(_) => core::ptr::null_mut(),
    }
}

/// # Safety
/// `task` is the calling thread's, from `tollgate_current`.
#[inline(always)]
unsafe fn cell(task: *mut tollgate_task) -> &'static Cell {
    // SAFETY: the caller's duty; cells are never freed.
    unsafe { &*task.cast_const().cast() }
}

/// Transition leave of a given task; as `IHostTaskManager::LeaveRuntime`.
///
/// # Safety
/// `task` is the calling thread's, from `tollgate_current`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tollgate_leave(task: *mut tollgate_task, target: usize) -> HRESULT {
    // SAFETY: the caller's duty.
    let cell = unsafe { cell(task) };
    // SAFETY: the caller's duty.
    from_result(unsafe { handle::leave(cell, target) })
}

/// Transition enter of a given task; as `IHostTaskManager::EnterRuntime`.
///
/// # Safety
/// `task` is the calling thread's, from `tollgate_current`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tollgate_enter(task: *mut tollgate_task) -> HRESULT {
    // SAFETY: the caller's duty.
    let cell = unsafe { cell(task) };
    // SAFETY: the caller's duty.
    from_result(unsafe { handle::enter(cell) })
}

/// Transition reverse_enter of a given task; as `IHostTaskManager::ReverseEnterRuntime`.
///
/// # Safety
/// `task` is the calling thread's, from `tollgate_current`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tollgate_reverse_enter(task: *mut tollgate_task) -> HRESULT {
    // SAFETY: the caller's duty.
    let cell = unsafe { cell(task) };
    // SAFETY: the caller's duty.
    from_result(unsafe { handle::reverse_enter(cell) })
}

/// Transition reverse_leave of a given task; as `IHostTaskManager::ReverseLeaveRuntime`.
///
/// # Safety
/// `task` is the calling thread's, from `tollgate_current`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tollgate_reverse_leave(task: *mut tollgate_task) -> HRESULT {
    // SAFETY: the caller's duty.
    let cell = unsafe { cell(task) };
    // SAFETY: the caller's duty.
    from_result(unsafe { handle::reverse_leave(cell) })
}
