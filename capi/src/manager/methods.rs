//! The methods of the manager other than the transitions.

use core::ffi::c_void;

use tollgate_core::{Error, Locale, Manager, Policy};

use super::{HostManager, core_of};
use crate::guid::{GUID, iid};
use crate::hresult::{
    E_INVALIDARG, E_NOTIMPL, E_POINTER, E_UNEXPECTED, HOST_E_INVALIDOPERATION, HRESULT, S_FALSE, S_OK,
    from_error, from_result,
};
use crate::interfaces::{ICLRTaskManager, IHostTask, IHostTaskManager, ThreadStart, WAIT_ALERTABLE};
use crate::task;
use crate::unknown::{self, IMMORTAL_ADDED, IMMORTAL_RELEASED, query, retain};

pub(super) unsafe extern "system" fn query_interface(
    this: *mut IHostTaskManager,
    riid: *const GUID,
    out: *mut *mut c_void,
) -> HRESULT {
    // SAFETY: COM's duty for the pointers.
    unsafe { query(this.cast(), iid::IHOST_TASK_MANAGER, riid, out, || {}) }
}

pub(super) unsafe extern "system" fn add_ref(_this: *mut IHostTaskManager) -> u32 {
    IMMORTAL_ADDED
}

pub(super) unsafe extern "system" fn release(_this: *mut IHostTaskManager) -> u32 {
    IMMORTAL_RELEASED
}

pub(super) unsafe extern "system" fn get_current_task(
    this: *mut IHostTaskManager,
    out: *mut *mut IHostTask,
) -> HRESULT {
    // SAFETY: COM's duty for the pointer.
    let Some(out) = (unsafe { out.as_mut() }) else { return E_POINTER };
    *out = core::ptr::null_mut();
    // SAFETY: COM's duty for `this`.
    match unsafe { core_of(this) }.current_task() {
        Ok(task) => {
            *out = task::as_raw(task);
            S_OK
        }
        // A thread past its end is no longer the host's.
        Err(Error::Unavailable) => HOST_E_INVALIDOPERATION,
        Err(error) => from_error(error),
    }
}

pub(super) unsafe extern "system" fn create_task(
    this: *mut IHostTaskManager,
    stack_bytes: u32,
    start: ThreadStart,
    parameter: *mut c_void,
    out: *mut *mut IHostTask,
) -> HRESULT {
    // SAFETY: COM's duty for the pointer.
    let Some(out) = (unsafe { out.as_mut() }) else { return E_POINTER };
    *out = core::ptr::null_mut();
    let Some(start) = start else { return E_INVALIDARG };
    // SAFETY: COM's duty for `this`.
    let manager = unsafe { core_of(this) };
    manager.meet_thread();
    match manager.create_task(stack_bytes as usize, start, parameter) {
        Ok(task) => {
            *out = task::as_raw(task);
            S_OK
        }
        Err(error) => from_error(error),
    }
}

pub(super) unsafe extern "system" fn sleep(
    this: *mut IHostTaskManager,
    milliseconds: u32,
    option: u32,
) -> HRESULT {
    // SAFETY: COM's duty for `this`.
    from_result(unsafe { core_of(this) }.sleep(milliseconds, option & WAIT_ALERTABLE != 0))
}

pub(super) unsafe extern "system" fn switch_to_task(this: *mut IHostTaskManager, _option: u32) -> HRESULT {
    // SAFETY: COM's duty for `this`.
    unsafe { core_of(this) }.meet_thread();
    if tollgate_core::yield_now() { S_OK } else { S_FALSE }
}

pub(super) unsafe extern "system" fn set_ui_locale(this: *mut IHostTaskManager, locale: u32) -> HRESULT {
    // SAFETY: COM's duty for `this`.
    set(unsafe { core_of(this) }, Locale::Interface, locale)
}

pub(super) unsafe extern "system" fn set_locale(this: *mut IHostTaskManager, locale: u32) -> HRESULT {
    // SAFETY: COM's duty for `this`.
    set(unsafe { core_of(this) }, Locale::Format, locale)
}

/// Under observe a locale that found no task is not worth an exception in the runtime.
fn set(manager: &'static Manager, which: Locale, locale: u32) -> HRESULT {
    attribute(manager, manager.set_locale(which, locale))
}

/// The answer of the policy to a call about the calling task; misuse is `E_UNEXPECTED` under both.
fn attribute(manager: &'static Manager, result: Result<(), Error>) -> HRESULT {
    match (result, manager.policy()) {
        (Err(Error::NotOwner), _) => E_UNEXPECTED,
        (_, Policy::Observe) => S_OK,
        (result, Policy::Govern) => from_result(result),
    }
}

pub(super) unsafe extern "system" fn call_needs_host_hook(
    this: *mut IHostTaskManager,
    target: usize,
    out: *mut i32,
) -> HRESULT {
    // SAFETY: COM's duty for the pointer.
    let Some(out) = (unsafe { out.as_mut() }) else { return E_POINTER };
    // SAFETY: COM's duty for `this`.
    let manager = unsafe { HostManager::from_raw(this) };
    manager.core().meet_thread();
    *out = i32::from(!manager.exempt().contains(target));
    S_OK
}

pub(super) unsafe extern "system" fn begin_delay_abort(this: *mut IHostTaskManager) -> HRESULT {
    // SAFETY: COM's duty for `this`.
    let manager = unsafe { core_of(this) };
    attribute(manager, manager.begin_delay_abort())
}

pub(super) unsafe extern "system" fn end_delay_abort(this: *mut IHostTaskManager) -> HRESULT {
    // SAFETY: COM's duty for `this`.
    let manager = unsafe { core_of(this) };
    attribute(manager, manager.end_delay_abort())
}

pub(super) unsafe extern "system" fn begin_thread_affinity(this: *mut IHostTaskManager) -> HRESULT {
    // SAFETY: COM's duty for `this`.
    let manager = unsafe { core_of(this) };
    attribute(manager, manager.begin_affinity())
}

pub(super) unsafe extern "system" fn end_thread_affinity(this: *mut IHostTaskManager) -> HRESULT {
    // SAFETY: COM's duty for `this`.
    let manager = unsafe { core_of(this) };
    attribute(manager, manager.end_affinity())
}

pub(super) unsafe extern "system" fn set_stack_guarantee(
    this: *mut IHostTaskManager,
    _guarantee: u32,
) -> HRESULT {
    // SAFETY: COM's duty for `this`.
    unsafe { core_of(this) }.meet_thread();
    E_NOTIMPL
}

pub(super) unsafe extern "system" fn get_stack_guarantee(
    this: *mut IHostTaskManager,
    out: *mut u32,
) -> HRESULT {
    // SAFETY: COM's duty for the pointer.
    let Some(out) = (unsafe { out.as_mut() }) else { return E_POINTER };
    *out = 0;
    // SAFETY: COM's duty for `this`.
    unsafe { core_of(this) }.meet_thread();
    E_NOTIMPL
}

pub(super) unsafe extern "system" fn set_clr_task_manager(
    this: *mut IHostTaskManager,
    runtime: *mut ICLRTaskManager,
) -> HRESULT {
    if runtime.is_null() {
        return E_POINTER;
    }
    // SAFETY: COM's duty for `this`.
    let manager = unsafe { HostManager::from_raw(this) };
    manager.core().meet_thread();
    // The reference comes first: once the pointer is in place, others may use it. A second runtime's is not kept.
    // SAFETY: COM's duty for the object.
    unsafe { retain(runtime) };
    if !manager.runtime.set_first(runtime.cast()) {
        // SAFETY: the reference added above.
        unsafe { unknown::release(runtime) };
    }
    S_OK
}
