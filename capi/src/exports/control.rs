//! What a runtime is given: the control, and which calls it need not announce.

use core::ffi::c_void;

use crate::control::{HostControl, found};
use crate::exports::host;
use crate::guid::GUID;
use crate::hresult::{E_POINTER, HRESULT, S_OK, from_result};
use crate::interfaces::{AppDomainObserver, IHostControl, IHostTaskManager, IUnknown};

/// Hands out the `IHostControl` of the process's default manager, for `ICLRRuntimeHost::SetHostControl`.
///
/// **Thread:** any, any number of times. **Progress:** wait-free. **Ownership:** the reference need not be released,
/// controls live as long as the process. **Errors:** `E_POINTER`; `E_NOINTERFACE` for an interface that a control does not
/// have, with NULL written.
///
/// # Safety
/// `riid` is NULL or readable, `out` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tollgate_get_host_control(riid: *const GUID, out: *mut *mut c_void) -> HRESULT {
    let control = HostControl::default_control().as_raw();
    // SAFETY: a control of this library.
    let vtbl = unsafe { IHostControl::vtbl(control) };
    // SAFETY: the caller's duty for the pointers.
    unsafe { (vtbl.QueryInterface)(control, riid, out) }
}

/// Makes an `IHostControl` that offers the manager, and lives as long as the process.
///
/// `next` is NULL or the host's own control: it is asked for the managers that Tollgate does not offer, and told of
/// application domains.
///
/// **Thread:** any. **Progress:** a system call. **Ownership:** Tollgate adds a reference to `next` and keeps it for good;
/// that on `*out` need not be released. **Errors:** `E_POINTER`; `E_OUTOFMEMORY`. NULL is written then.
///
/// # Safety
/// `manager` is NULL or a manager of this library; `next` is NULL or an object that any thread may call; `out` is NULL or
/// writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tollgate_manager_control(
    manager: *mut IHostTaskManager,
    next: *mut IHostControl,
    out: *mut *mut IHostControl,
) -> HRESULT {
    // SAFETY: the caller's duty.
    let Some(out) = (unsafe { out.as_mut() }) else { return E_POINTER };
    *out = core::ptr::null_mut();
    // SAFETY: the caller's duty.
    let Some(manager) = (unsafe { host(manager) }) else { return E_POINTER };
    // SAFETY: the caller's duty.
    match unsafe { HostControl::create(manager, next) } {
        Ok(control) => {
            *out = control.as_raw();
            S_OK
        }
        Err(code) => code,
    }
}

/// Has `observer` called with `context` whenever the runtime tells of an application domain's manager; NULL for nobody.
///
/// The observer runs on the runtime's thread, which waits for it. A call that began before this one may still reach the
/// former observer. Each call takes a page of memory for good.
///
/// **Thread:** any. **Progress:** a system call. **Errors:** `E_POINTER`; `E_OUTOFMEMORY`.
///
/// # Safety
/// `control` is NULL or a control of this library; any thread may call `observer` with `context`, as long as the process
/// lives.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tollgate_control_observe_app_domains(
    control: *mut IHostControl,
    observer: AppDomainObserver,
    context: *mut c_void,
) -> HRESULT {
    if control.is_null() {
        return E_POINTER;
    }
    // SAFETY: the caller's duty.
    unsafe { HostControl::from_raw(control) }.observe(observer, context)
}

/// Hands out the manager object of the application domain with this number, as last given by the runtime.
///
/// **Thread:** any. **Progress:** linear in the number of domains. **Ownership:** the caller gets a reference.
/// **Errors:** `E_POINTER`. `S_FALSE`, and NULL, if none was given.
///
/// # Safety
/// `control` is NULL or a control of this library; `out` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tollgate_control_app_domain_manager(
    control: *mut IHostControl,
    domain: u32,
    out: *mut *mut IUnknown,
) -> HRESULT {
    // SAFETY: the caller's duty.
    let Some(out) = (unsafe { out.as_mut() }) else { return E_POINTER };
    *out = core::ptr::null_mut();
    if control.is_null() {
        return E_POINTER;
    }
    // SAFETY: the caller's duty.
    *out = unsafe { HostControl::from_raw(control) }.domain_manager(domain);
    found(*out)
}

/// Sets the targets for which `IHostTaskManager::CallNeedsHostHook` answers that calls need not be announced, in the place
/// of those set before; none at first.
///
/// The order of `targets` does not matter; it is copied. With a `count` of 0 it may be NULL. A runtime may keep an answer
/// for good (32-bit Windows does), so set them before it starts. Each former set stays in memory.
///
/// **Thread:** any, while runtimes ask. **Progress:** a system call, and a sort. **Errors:** `E_POINTER`; `E_OUTOFMEMORY`,
/// with the former set in place.
///
/// # Safety
/// `manager` is NULL or a manager of this library; `targets` has `count` readable entries.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tollgate_set_exempt_targets(
    manager: *mut IHostTaskManager,
    targets: *const usize,
    count: u32,
) -> HRESULT {
    // SAFETY: the caller's duty.
    let Some(manager) = (unsafe { host(manager) }) else { return E_POINTER };
    if targets.is_null() && count != 0 {
        return E_POINTER;
    }
    let targets = match count {
        0 => &[],
        // SAFETY: the caller's duty.
        _ => unsafe { core::slice::from_raw_parts(targets, count as usize) },
    };
    from_result(manager.exempt().replace(targets))
}
