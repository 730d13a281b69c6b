//! What a host asks of the runtime's task manager (`ICLRTaskManager`), about the calling thread.

use tollgate_core::{Locale, Manager};

use crate::exports::host;
use crate::hresult::{E_POINTER, HOST_E_CLRNOTAVAILABLE, HRESULT, S_OK, from_error};
use crate::interfaces::{ICLRTask, ICLRTaskManager, ICLRTaskManagerVtbl, IHostTaskManager, TT_UNKNOWN};
use crate::manager::HostManager;

/// Calls `call` with the runtime's task manager.
fn on_runtime(
    manager: &HostManager,
    call: impl FnOnce(&ICLRTaskManagerVtbl, *mut ICLRTaskManager) -> HRESULT,
) -> HRESULT {
    let answer = manager.runtime().with(|runtime| {
        let runtime: *mut ICLRTaskManager = runtime.cast();
        // SAFETY: given by SetCLRTaskManager, and kept under a reference.
        call(unsafe { ICLRTaskManager::vtbl(runtime) }, runtime)
    });
    answer.unwrap_or(HOST_E_CLRNOTAVAILABLE)
}

/// Introduces the calling thread to the runtime: `ICLRTaskManager::CreateTask`. The runtime calls back for the thread's
/// task and gives it its half.
///
/// **Thread:** one that the runtime does not know yet. **Progress:** as the runtime has it. **Ownership:** the runtime's
/// half that comes of it is borrowed, against COM's rule, so nothing is handed out here. **Errors:** `E_POINTER`;
/// `HOST_E_CLRNOTAVAILABLE` before `SetCLRTaskManager`; those of the runtime.
///
/// # Safety
/// `manager` is NULL or a manager of this library. Not from within a transition.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tollgate_introduce_thread(manager: *mut IHostTaskManager) -> HRESULT {
    // SAFETY: the caller's duty.
    let Some(manager) = (unsafe { host(manager) }) else { return E_POINTER };
    let mut borrowed = core::ptr::null_mut();
    // SAFETY: the runtime's task manager; the runtime writes the pointer.
    on_runtime(manager, |vtbl, runtime| unsafe { (vtbl.CreateTask)(runtime, &mut borrowed) })
}

/// Writes the runtime's half of the calling thread's task, or NULL: `ICLRTaskManager::GetCurrentTask`.
///
/// **Thread:** any. **Progress:** as the runtime has it. **Ownership:** borrowed, against COM's rule: the runtime adds no
/// reference, so do not release it, and add one to keep it. **Errors:** `E_POINTER`; `HOST_E_CLRNOTAVAILABLE` before
/// `SetCLRTaskManager`; those of the runtime. NULL is written then.
///
/// # Safety
/// As for `tollgate_introduce_thread`; `out` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tollgate_current_runtime_task(
    manager: *mut IHostTaskManager,
    out: *mut *mut ICLRTask,
) -> HRESULT {
    // SAFETY: the caller's duty.
    let Some(out) = (unsafe { out.as_mut() }) else { return E_POINTER };
    *out = core::ptr::null_mut();
    // SAFETY: the caller's duty.
    let Some(manager) = (unsafe { host(manager) }) else { return E_POINTER };
    // SAFETY: the runtime's task manager; the runtime writes to `out`.
    let result = on_runtime(manager, |vtbl, runtime| unsafe { (vtbl.GetCurrentTask)(runtime, out) });
    if result < 0 {
        *out = core::ptr::null_mut();
    }
    result
}

/// Writes what the calling thread is for, one of the `TOLLGATE_TT_` values: `ICLRTaskManager::GetCurrentTaskType`;
/// `TOLLGATE_TT_UNKNOWN` on failure.
///
/// **Thread:** any. **Progress:** as the runtime has it. **Errors:** `E_POINTER`; `HOST_E_CLRNOTAVAILABLE` before
/// `SetCLRTaskManager`; those of the runtime.
///
/// # Safety
/// As for `tollgate_current_runtime_task`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tollgate_current_task_type(
    manager: *mut IHostTaskManager,
    out: *mut u32,
) -> HRESULT {
    // SAFETY: the caller's duty.
    let Some(out) = (unsafe { out.as_mut() }) else { return E_POINTER };
    *out = TT_UNKNOWN;
    // SAFETY: the caller's duty.
    let Some(manager) = (unsafe { host(manager) }) else { return E_POINTER };
    // SAFETY: the runtime's task manager; the runtime writes to `out`.
    let result = on_runtime(manager, |vtbl, runtime| unsafe { (vtbl.GetCurrentTaskType)(runtime, out) });
    if result < 0 {
        *out = TT_UNKNOWN;
    }
    result
}

/// Changes the locale of the calling thread's task, and tells the runtime: `ICLRTaskManager::SetLocale`.
///
/// **Thread:** any that the runtime knows. **Progress:** as the runtime has it. **Errors:** `E_POINTER`; `E_OUTOFMEMORY`
/// when no task can be made; `HOST_E_CLRNOTAVAILABLE` before `SetCLRTaskManager`, with the locale remembered all the same;
/// those of the runtime, among them `HOST_E_INVALIDOPERATION` for a thread that it does not know.
///
/// # Safety
/// As for `tollgate_introduce_thread`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tollgate_set_locale(manager: *mut IHostTaskManager, lcid: u32) -> HRESULT {
    // SAFETY: the caller's duty.
    let Some(manager) = (unsafe { host(manager) }) else { return E_POINTER };
    // SAFETY: the runtime's task manager.
    set(manager, Locale::Format, lcid, |vtbl, runtime| unsafe { (vtbl.SetLocale)(runtime, lcid) })
}

/// Changes the user-interface locale of the calling thread's task, and tells the runtime: `ICLRTaskManager::SetUILocale`.
///
/// **Thread, Progress, Errors:** as for `tollgate_set_locale`.
///
/// # Safety
/// As for `tollgate_introduce_thread`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tollgate_set_ui_locale(manager: *mut IHostTaskManager, lcid: u32) -> HRESULT {
    // SAFETY: the caller's duty.
    let Some(manager) = (unsafe { host(manager) }) else { return E_POINTER };
    // SAFETY: the runtime's task manager.
    set(manager, Locale::Interface, lcid, |vtbl, runtime| unsafe { (vtbl.SetUILocale)(runtime, lcid) })
}

fn set(
    manager: &'static HostManager,
    which: Locale,
    lcid: u32,
    tell: impl FnOnce(&ICLRTaskManagerVtbl, *mut ICLRTaskManager) -> HRESULT,
) -> HRESULT {
    match manager.core().set_locale(which, lcid) {
        Ok(()) => on_runtime(manager, tell),
        Err(error) => from_error(error),
    }
}

/// Writes the locales of the calling thread's task, as last set by runtime or host; 0 where none was. Either may be NULL;
/// 0 is written on failure.
///
/// **Thread:** any. **Progress:** wait-free once there is a task. **Errors:** `E_POINTER` for a NULL manager;
/// `E_OUTOFMEMORY` when no task can be made; `HOST_E_CLRNOTAVAILABLE` on a thread past its end.
///
/// # Safety
/// `manager` is NULL or a manager of this library; the others are NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tollgate_locales(
    manager: *mut IHostTaskManager,
    locale: *mut u32,
    ui_locale: *mut u32,
) -> HRESULT {
    for out in [locale, ui_locale] {
        // SAFETY: the caller's duty.
        if let Some(out) = unsafe { out.as_mut() } {
            *out = 0;
        }
    }
    // SAFETY: the caller's duty.
    let Some(manager) = (unsafe { host(manager) }) else { return E_POINTER };
    for (which, out) in [(Locale::Format, locale), (Locale::Interface, ui_locale)] {
        // SAFETY: the caller's duty.
        if let Err(code) = unsafe { write(manager.core(), which, out) } {
            return code;
        }
    }
    S_OK
}

/// # Safety
/// `out` is NULL or writable.
unsafe fn write(manager: &'static Manager, which: Locale, out: *mut u32) -> Result<(), HRESULT> {
    // SAFETY: the caller's duty.
    let Some(out) = (unsafe { out.as_mut() }) else { return Ok(()) };
    *out = manager.locale(which).map_err(from_error)?;
    Ok(())
}
