//! `ICLRTaskManager`: layout and meaning.

use core::ffi::c_void;

use super::clr_task::ICLRTask;
use crate::guid::GUID;
use crate::hresult::HRESULT;

/// Methods of `ICLRTaskManager` in slot order.
#[repr(C)]
#[allow(non_snake_case, reason = "COM's own names; the header must show them")]
pub struct ICLRTaskManagerVtbl {
    /// Hands out another interface of the same object, with a reference added.
    ///
    /// **Errors:** `E_NOINTERFACE` with NULL written; `E_POINTER` for a NULL argument.
    pub QueryInterface: unsafe extern "system" fn(
        This: *mut ICLRTaskManager,
        riid: *const GUID,
        ppvObject: *mut *mut c_void,
    ) -> HRESULT,
    /// Adds a reference; the result is for diagnostics only.
    pub AddRef: unsafe extern "system" fn(This: *mut ICLRTaskManager) -> u32,
    /// Drops a reference; the object may be gone when 0 is returned.
    pub Release: unsafe extern "system" fn(This: *mut ICLRTaskManager) -> u32,
    /// Introduces the calling thread to the runtime.
    ///
    /// **Ownership:** the pointer written is borrowed, against COM's rule: do not release it. Source: contract 2.4, slot 3.
    pub CreateTask:
        unsafe extern "system" fn(This: *mut ICLRTaskManager, pTask: *mut *mut ICLRTask) -> HRESULT,
    /// Writes the calling thread's runtime task, or NULL.
    ///
    /// **Ownership:** borrowed: do not release it. Source: contract 2.4, slot 4.
    pub GetCurrentTask:
        unsafe extern "system" fn(This: *mut ICLRTaskManager, pTask: *mut *mut ICLRTask) -> HRESULT,
    /// Tells the runtime that the host changed the calling task's user-interface locale.
    ///
    /// **Errors:** `HOST_E_INVALIDOPERATION` for a thread the runtime does not know. Source: contract 2.4, slot 5.
    pub SetUILocale: unsafe extern "system" fn(This: *mut ICLRTaskManager, lcid: u32) -> HRESULT,
    /// Tells the runtime that the host changed the calling task's locale.
    ///
    /// **Errors:** as for `SetUILocale`. Source: contract 2.4, slot 6.
    pub SetLocale: unsafe extern "system" fn(This: *mut ICLRTaskManager, lcid: u32) -> HRESULT,
    /// Writes what the calling thread is for, one of the `TT_` values.
    ///
    /// **Thread:** any. Source: contract 2.4, slot 7.
    pub GetCurrentTaskType:
        unsafe extern "system" fn(This: *mut ICLRTaskManager, pTaskType: *mut u32) -> HRESULT,
}

/// The runtime's half of the task manager, called by the host (contract 2.4).
#[repr(C)]
pub struct ICLRTaskManager {
    /// The methods.
    pub lpVtbl: *const ICLRTaskManagerVtbl,
}

super::assert_slots!(ICLRTaskManagerVtbl: QueryInterface AddRef Release CreateTask GetCurrentTask SetUILocale SetLocale GetCurrentTaskType);
