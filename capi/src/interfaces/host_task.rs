//! `IHostTask`: layout and meaning.

use core::ffi::c_void;

use super::clr_task::ICLRTask;
use crate::guid::GUID;
use crate::hresult::HRESULT;

/// Methods of `IHostTask` in slot order.
#[repr(C)]
#[allow(non_snake_case, reason = "COM's own names; the header must show them")]
pub struct IHostTaskVtbl {
    /// Hands out another interface of the same object, with a reference added.
    ///
    /// **Errors:** `E_NOINTERFACE` with NULL written; `E_POINTER` for a NULL argument.
    pub QueryInterface: unsafe extern "system" fn(
        This: *mut IHostTask,
        riid: *const GUID,
        ppvObject: *mut *mut c_void,
    ) -> HRESULT,
    /// Adds a reference; the result is for diagnostics only.
    pub AddRef: unsafe extern "system" fn(This: *mut IHostTask) -> u32,
    /// Drops a reference; the object may be gone when 0 is returned.
    pub Release: unsafe extern "system" fn(This: *mut IHostTask) -> u32,
    /// Lets a task made by `CreateTask` run its start routine.
    ///
    /// **Thread:** any. **Progress:** lock-free, one system call. **Errors:** `HOST_E_INVALIDOPERATION` if it was started
    /// before, or was not made by `CreateTask`. Source: contract 2.3, slot 3.
    pub Start: unsafe extern "system" fn(This: *mut IHostTask) -> HRESULT,
    /// Wakes the task from an alertable wait, or makes its next alertable wait return at once.
    ///
    /// **Thread:** any. **Progress:** lock-free, returns at once; a task that has ended ignores it. Source: contract 2.3,
    /// slot 4.
    pub Alert: unsafe extern "system" fn(This: *mut IHostTask) -> HRESULT,
    /// Blocks the caller until this task has ended; 0xFFFFFFFF waits forever.
    ///
    /// **Progress:** may block. **Errors:** `HOST_E_TIMEOUT`; `HOST_E_INTERRUPTED` if `option` has `WAIT_ALERTABLE` and the
    /// caller was alerted; `HOST_E_ABANDONED` if the task's thread ended without finishing its start routine;
    /// `HOST_E_DEADLOCK` for joining oneself unless `option` has `WAIT_NOTINDEADLOCK`. Source: contract 2.3, slot 5.
    pub Join: unsafe extern "system" fn(This: *mut IHostTask, dwMilliseconds: u32, option: u32) -> HRESULT,
    /// Sets the task's priority: a Win32 level (15, 2, 1, 0, -1, -2, -15), before or after `Start`.
    ///
    /// The level is remembered always and handed to the system where it permits. **Errors:** `E_INVALIDARG` for any other
    /// value. Source: contract 2.3, slot 6.
    pub SetPriority: unsafe extern "system" fn(This: *mut IHostTask, newPriority: i32) -> HRESULT,
    /// Writes the level last set, 0 at first.
    ///
    /// **Errors:** `E_POINTER`. Source: contract 2.3, slot 7.
    pub GetPriority: unsafe extern "system" fn(This: *mut IHostTask, pPriority: *mut i32) -> HRESULT,
    /// Gives the task its runtime half.
    ///
    /// **Ownership:** borrowed; Tollgate adds a reference and drops it on the task's own thread when that ends, right after
    /// `ICLRTask::ExitTask`. Source: contract 2.3, slot 8.
    pub SetCLRTask: unsafe extern "system" fn(This: *mut IHostTask, pCLRTask: *mut ICLRTask) -> HRESULT,
}

/// One task of the host: the handle a runtime holds on a thread (contract 2.3).
#[repr(C)]
pub struct IHostTask {
    /// The methods.
    pub lpVtbl: *const IHostTaskVtbl,
}

super::assert_slots!(IHostTaskVtbl: QueryInterface AddRef Release Start Alert Join SetPriority GetPriority SetCLRTask);
