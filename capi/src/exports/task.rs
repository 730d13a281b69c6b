//! Task handles: transitions that save the thread-local load.
//!
//! The slow halves are exported, because `tollgate_inline.h` compiles the fast halves into its callers. They take the
//! arguments of the fast half, so that the library's own fast halves reach them by a jump and save no register.

use tollgate_core::{Call, Cell, transition};

use crate::hresult::{HRESULT, S_OK, from_result};
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
#[cfg_attr(
    all(target_os = "linux", target_arch = "x86_64"),
    unsafe(link_section = ".text.hot.tollgate.leave")
)]
pub unsafe extern "C" fn tollgate_leave(task: *mut tollgate_task, target: usize) -> HRESULT {
    // SAFETY: the caller's duty.
    let cell = unsafe { cell(task) };
    // SAFETY: the caller's duty.
    if unsafe { transition::leave(cell, target) } {
        return S_OK;
    }
    // SAFETY: the fast half has just given up.
    unsafe { tollgate_leave_slow(task, target) }
}

/// Transition enter of a given task; as `IHostTaskManager::EnterRuntime`.
///
/// # Safety
/// `task` is the calling thread's, from `tollgate_current`.
#[unsafe(no_mangle)]
#[cfg_attr(
    all(target_os = "linux", target_arch = "x86_64"),
    unsafe(link_section = ".text.hot.tollgate.enter")
)]
pub unsafe extern "C" fn tollgate_enter(task: *mut tollgate_task) -> HRESULT {
    // SAFETY: the caller's duty.
    let cell = unsafe { cell(task) };
    // SAFETY: the caller's duty.
    if unsafe { transition::enter(cell) } {
        return S_OK;
    }
    // SAFETY: the fast half has just given up.
    unsafe { tollgate_enter_slow(task) }
}

/// Transition reverse_enter of a given task; as `IHostTaskManager::ReverseEnterRuntime`.
///
/// # Safety
/// `task` is the calling thread's, from `tollgate_current`.
#[unsafe(no_mangle)]
#[cfg_attr(
    all(target_os = "linux", target_arch = "x86_64"),
    unsafe(link_section = ".text.hot.tollgate.reverse_enter")
)]
pub unsafe extern "C" fn tollgate_reverse_enter(task: *mut tollgate_task) -> HRESULT {
    // SAFETY: the caller's duty.
    let cell = unsafe { cell(task) };
    // SAFETY: the caller's duty.
    if unsafe { transition::reverse_enter(cell) } {
        return S_OK;
    }
    // SAFETY: the fast half has just given up.
    unsafe { tollgate_reverse_enter_slow(task) }
}

/// Transition reverse_leave of a given task; as `IHostTaskManager::ReverseLeaveRuntime`.
///
/// # Safety
/// `task` is the calling thread's, from `tollgate_current`.
#[unsafe(no_mangle)]
#[cfg_attr(
    all(target_os = "linux", target_arch = "x86_64"),
    unsafe(link_section = ".text.hot.tollgate.reverse_leave")
)]
pub unsafe extern "C" fn tollgate_reverse_leave(task: *mut tollgate_task) -> HRESULT {
    // SAFETY: the caller's duty.
    let cell = unsafe { cell(task) };
    // SAFETY: the caller's duty.
    match unsafe { transition::reverse_leave(cell) } {
        transition::ReverseLeave::Done => S_OK,
        // SAFETY: the fast half has just given up.
        transition::ReverseLeave::Stored => unsafe { tollgate_reverse_leave_slow(task) },
        // SAFETY: as above.
        transition::ReverseLeave::Empty => unsafe { reverse_leave_empty(task) },
    }
}

/// Goes on where a leave compiled into the caller gave up; for `tollgate_inline.h` alone.
///
/// **Thread, Progress, Errors:** as for `IHostTaskManager::LeaveRuntime`.
///
/// # Safety
/// On this thread, which has `task` from `tollgate_current`, the fast half of the transition has stored the target and
/// the new word, has then found the word or the armed bits negative, and has counted nothing.
#[cold]
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tollgate_leave_slow(task: *mut tollgate_task, target: usize) -> HRESULT {
    // SAFETY: the caller's duty.
    unsafe { complete(task, Call::Leave, target, true) }
}

/// Goes on where an enter compiled into the caller gave up; for `tollgate_inline.h` alone.
///
/// **Thread, Progress, Errors:** as for `IHostTaskManager::EnterRuntime`.
///
/// # Safety
/// As for [`tollgate_leave_slow`], without a target.
#[cold]
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tollgate_enter_slow(task: *mut tollgate_task) -> HRESULT {
    // SAFETY: the caller's duty.
    unsafe { complete(task, Call::Enter, 0, true) }
}

/// Goes on where a reverse_enter compiled into the caller gave up; for `tollgate_inline.h` alone.
///
/// **Thread, Progress, Errors:** as for `IHostTaskManager::ReverseEnterRuntime`.
///
/// # Safety
/// As for [`tollgate_leave_slow`], without a target.
#[cold]
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tollgate_reverse_enter_slow(task: *mut tollgate_task) -> HRESULT {
    // SAFETY: the caller's duty.
    unsafe { complete(task, Call::ReverseEnter, 0, true) }
}

/// Goes on where a reverse_leave compiled into the caller gave up; for `tollgate_inline.h` alone. A word without a level is for `tollgate_reverse_leave` itself.
///
/// **Thread, Progress, Errors:** as for `IHostTaskManager::ReverseLeaveRuntime`.
///
/// # Safety
/// As for [`tollgate_leave_slow`], without a target.
#[cold]
#[inline(never)]
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tollgate_reverse_leave_slow(task: *mut tollgate_task) -> HRESULT {
    // SAFETY: the caller's duty.
    unsafe { complete(task, Call::ReverseLeave, 0, true) }
}

/// # Safety
/// The fast half of reverse_leave has just found that the word of the calling thread's task has no level.
#[cold]
#[inline(never)]
unsafe extern "C" fn reverse_leave_empty(task: *mut tollgate_task) -> HRESULT {
    // SAFETY: the caller's duty.
    unsafe { complete(task, Call::ReverseLeave, 0, false) }
}

/// # Safety
/// The fast half of `call` has just given up on the calling thread's task, with `stored` as in core.
unsafe fn complete(task: *mut tollgate_task, call: Call, target: usize, stored: bool) -> HRESULT {
    // SAFETY: the caller's duty.
    let cell = unsafe { cell(task) };
    // SAFETY: the caller's duty.
    from_result(unsafe { cell.complete(call, target, stored) })
}
