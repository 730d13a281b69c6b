//! Names for those who watch from another process.

use core::ffi::{CStr, c_char};

use tollgate_core::{Error, Manager};

use crate::exports::host;
use crate::hresult::{E_INVALIDARG, E_POINTER, HRESULT, S_FALSE, S_OK, from_error};
use crate::interfaces::IHostTaskManager;

/// Names what `target`, an argument of leave, stands for, so that those who watch the manager from another process can show
/// it. The last name of a target holds; there is room for 4,096 names of 112 bytes, longer ones are cut.
///
/// `S_FALSE`, and nothing done, for a manager without a page (`TOLLGATE_PAGE`). Addresses of exported functions need no name.
///
/// **Thread:** any. **Progress:** lock-free, linear in the number of names; no system call. **Errors:** `E_POINTER`;
/// `E_INVALIDARG` if the name is not UTF-8; `E_OUTOFMEMORY` when there is no room for another name.
///
/// # Safety
/// `manager` is NULL or a manager of this library; `name` is NULL or a string that ends in a zero.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tollgate_name_target(
    manager: *mut IHostTaskManager,
    target: usize,
    name: *const c_char,
) -> HRESULT {
    // SAFETY: the caller's duty.
    unsafe { named(manager, name, |manager, name| manager.name_target(target, name)) }
}

/// Names the calling thread's task for those who watch from another process; a thread without a task gets one. Without it
/// they show the name of the thread. There is room for 56 bytes, longer names are cut.
///
/// `S_FALSE`, and nothing done, for a manager without a page (`TOLLGATE_PAGE`).
///
/// **Thread:** any. **Progress:** wait-free once there is a task. **Errors:** `E_POINTER`; `E_INVALIDARG` if the name is not
/// UTF-8; `E_OUTOFMEMORY`; `HOST_E_CLRNOTAVAILABLE` on a thread past its end.
///
/// # Safety
/// As for `tollgate_name_target`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tollgate_name_task(manager: *mut IHostTaskManager, name: *const c_char) -> HRESULT {
    // SAFETY: the caller's duty.
    unsafe { named(manager, name, Manager::name_task) }
}

/// # Safety
/// As for `tollgate_name_target`.
unsafe fn named(
    manager: *mut IHostTaskManager,
    name: *const c_char,
    give: impl FnOnce(&'static Manager, &str) -> Result<bool, Error>,
) -> HRESULT {
    // SAFETY: the caller's duty.
    let Some(manager) = (unsafe { host(manager) }) else { return E_POINTER };
    if name.is_null() {
        return E_POINTER;
    }
    // SAFETY: the caller's duty.
    let Ok(name) = (unsafe { CStr::from_ptr(name) }).to_str() else { return E_INVALIDARG };
    match give(manager.core(), name) {
        Ok(true) => S_OK,
        Ok(false) => S_FALSE,
        Err(error) => from_error(error),
    }
}
