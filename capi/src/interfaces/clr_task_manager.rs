//! `ICLRTaskManager`: layout and meaning.

use core::ffi::c_void;

use super::clr_task::ICLRTask;
use crate::guid::GUID;
use crate::hresult::HRESULT;

/// Methods of `ICLRTaskManager` in slot order.
#[repr(C)]
#[allow(non_snake_case, reason = "COM's own names; the header must show them")]
pub struct ICLRTaskManagerVtbl {
    /// Hands out another interface of the same object, with a reference added for the caller.
    ///
    /// **Thread:** any. **Errors:** `E_NOINTERFACE` for an id that the object does not have, `E_POINTER` for a NULL
    /// argument; NULL is written then.
    pub QueryInterface: unsafe extern "system" fn(
        This: *mut ICLRTaskManager,
        riid: *const GUID,
        ppvObject: *mut *mut c_void,
    ) -> HRESULT,
    /// Adds a reference; the result is for diagnostics only.
    ///
    /// **Thread:** any that holds one.
    pub AddRef: unsafe extern "system" fn(This: *mut ICLRTaskManager) -> u32,
    /// Drops a reference; the object may be gone when 0 is returned.
    ///
    /// **Thread:** any that holds one.
    pub Release: unsafe extern "system" fn(This: *mut ICLRTaskManager) -> u32,
    /// Introduces the calling thread to the runtime, which calls back `GetCurrentTask` and `IHostTask::SetCLRTask`.
    ///
    /// Called by `tollgate_introduce_thread`. **Thread:** one that the runtime does not know. **Ownership:** the
    /// pointer written is borrowed, against COM's rule: do not release it. **Errors:** `E_OUTOFMEMORY`, or what the
    /// runtime threw. Slot 3.
    pub CreateTask:
        unsafe extern "system" fn(This: *mut ICLRTaskManager, pTask: *mut *mut ICLRTask) -> HRESULT,
    /// Writes the calling thread's runtime task, or NULL.
    ///
    /// Called by `tollgate_current_runtime_task`. **Thread:** any. **Ownership:** borrowed, against COM's rule: do
    /// not release it. **Errors:** none. Slot 4.
    pub GetCurrentTask:
        unsafe extern "system" fn(This: *mut ICLRTaskManager, pTask: *mut *mut ICLRTask) -> HRESULT,
    /// Tells the runtime that the host changed the calling task's user-interface locale.
    ///
    /// Called by `tollgate_set_ui_locale`. **Thread:** one that the runtime knows; it may run managed code, so not
    /// from within a transition. **Errors:** `HOST_E_INVALIDOPERATION` for a thread the runtime does not know.
    /// Slot 5.
    pub SetUILocale: unsafe extern "system" fn(This: *mut ICLRTaskManager, lcid: u32) -> HRESULT,
    /// Tells the runtime that the host changed the calling task's locale.
    ///
    /// Called by `tollgate_set_locale`. **Thread, Errors:** as for `SetUILocale`. Slot 6.
    pub SetLocale: unsafe extern "system" fn(This: *mut ICLRTaskManager, lcid: u32) -> HRESULT,
    /// Writes what the calling thread is for, one of the `TT_` values.
    ///
    /// Called by `tollgate_current_task_type`. **Thread:** any. **Errors:** none. Slot 7.
    pub GetCurrentTaskType:
        unsafe extern "system" fn(This: *mut ICLRTaskManager, pTaskType: *mut u32) -> HRESULT,
}

/// The runtime's half of the task manager, called by the host.
#[repr(C)]
pub struct ICLRTaskManager {
    /// The methods.
    pub lpVtbl: *const ICLRTaskManagerVtbl,
}

super::assert_slots!(ICLRTaskManagerVtbl: QueryInterface AddRef Release CreateTask GetCurrentTask SetUILocale SetLocale GetCurrentTaskType);
