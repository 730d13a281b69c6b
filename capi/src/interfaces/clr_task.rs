//! `ICLRTask`: layout and meaning.

use core::ffi::c_void;

use super::COR_GC_THREAD_STATS;
use crate::guid::GUID;
use crate::hresult::HRESULT;

/// Methods of `ICLRTask` in slot order.
#[repr(C)]
#[allow(non_snake_case, reason = "COM's own names; the header must show them")]
pub struct ICLRTaskVtbl {
    /// Hands out another interface of the same object, with a reference added.
    ///
    /// **Errors:** `E_NOINTERFACE` with NULL written; `E_POINTER` for a NULL argument.
    pub QueryInterface: unsafe extern "system" fn(
        This: *mut ICLRTask,
        riid: *const GUID,
        ppvObject: *mut *mut c_void,
    ) -> HRESULT,
    /// Adds a reference; the result is for diagnostics only.
    pub AddRef: unsafe extern "system" fn(This: *mut ICLRTask) -> u32,
    /// Drops a reference; the object may be gone when 0 is returned.
    pub Release: unsafe extern "system" fn(This: *mut ICLRTask) -> u32,
    /// Tells the runtime that the task now runs on the calling thread; only hosts with fibers need it.
    ///
    /// Source: contract 2.5, slot 3.
    pub SwitchIn: unsafe extern "system" fn(This: *mut ICLRTask, threadHandle: *mut c_void) -> HRESULT,
    /// Tells the runtime that the task is off its thread; every known runtime answers `E_NOTIMPL`.
    ///
    /// Source: contract 2.5, slot 4.
    pub SwitchOut: unsafe extern "system" fn(This: *mut ICLRTask) -> HRESULT,
    /// Writes the task's memory statistics; zero the struct first, `Flags` is set only when true.
    ///
    /// Source: contract 2.5, slot 5.
    pub GetMemStats:
        unsafe extern "system" fn(This: *mut ICLRTask, memUsage: *mut COR_GC_THREAD_STATS) -> HRESULT,
    /// Makes the runtime forget what it knows of the task, for reuse; on the task's own thread.
    ///
    /// Source: contract 2.5, slot 6.
    pub Reset: unsafe extern "system" fn(This: *mut ICLRTask, fFull: i32) -> HRESULT,
    /// Tells the runtime that the task ends; on the task's own thread, once.
    ///
    /// Source: contract 2.5, slot 7.
    pub ExitTask: unsafe extern "system" fn(This: *mut ICLRTask) -> HRESULT,
    /// Asks the runtime to abort what the task runs; asynchronous.
    ///
    /// Source: contract 2.5, slot 8.
    pub Abort: unsafe extern "system" fn(This: *mut ICLRTask) -> HRESULT,
    /// Asks the runtime to abort without running handlers; asynchronous.
    ///
    /// Source: contract 2.5, slot 9.
    pub RudeAbort: unsafe extern "system" fn(This: *mut ICLRTask) -> HRESULT,
    /// Writes whether the runtime waits for this task and it should run soon.
    ///
    /// Source: contract 2.5, slot 10.
    pub NeedsPriorityScheduling:
        unsafe extern "system" fn(This: *mut ICLRTask, pbNeedsPriorityScheduling: *mut i32) -> HRESULT,
    /// Asks the runtime to make the task yield.
    ///
    /// **Errors:** `HOST_E_INVALIDOPERATION` on oneself; `S_FALSE` if one is pending. Source: contract 2.5, slot 11.
    pub YieldTask: unsafe extern "system" fn(This: *mut ICLRTask) -> HRESULT,
    /// Writes how many runtime locks the task holds.
    ///
    /// Source: contract 2.5, slot 12.
    pub LocksHeld: unsafe extern "system" fn(This: *mut ICLRTask, pLockCount: *mut usize) -> HRESULT,
    /// Gives the task the id that debuggers show.
    ///
    /// Source: contract 2.5, slot 13.
    pub SetTaskIdentifier: unsafe extern "system" fn(This: *mut ICLRTask, asked: u64) -> HRESULT,
}

/// The runtime's half of one task, called by the host (contract 2.5).
#[repr(C)]
pub struct ICLRTask {
    /// The methods.
    pub lpVtbl: *const ICLRTaskVtbl,
}

super::assert_slots!(ICLRTaskVtbl: QueryInterface AddRef Release SwitchIn SwitchOut GetMemStats Reset ExitTask Abort RudeAbort NeedsPriorityScheduling YieldTask LocksHeld SetTaskIdentifier);

/// Methods of `ICLRTask2` in slot order.
#[repr(C)]
#[allow(non_snake_case, reason = "COM's own names; the header must show them")]
pub struct ICLRTask2Vtbl {
    /// Hands out another interface of the same object, with a reference added.
    ///
    /// **Errors:** `E_NOINTERFACE` with NULL written; `E_POINTER` for a NULL argument.
    pub QueryInterface: unsafe extern "system" fn(
        This: *mut ICLRTask2,
        riid: *const GUID,
        ppvObject: *mut *mut c_void,
    ) -> HRESULT,
    /// Adds a reference; the result is for diagnostics only.
    pub AddRef: unsafe extern "system" fn(This: *mut ICLRTask2) -> u32,
    /// Drops a reference; the object may be gone when 0 is returned.
    pub Release: unsafe extern "system" fn(This: *mut ICLRTask2) -> u32,
    /// Tells the runtime that the task now runs on the calling thread; only hosts with fibers need it.
    ///
    /// Source: contract 2.5, slot 3.
    pub SwitchIn: unsafe extern "system" fn(This: *mut ICLRTask2, threadHandle: *mut c_void) -> HRESULT,
    /// Tells the runtime that the task is off its thread; every known runtime answers `E_NOTIMPL`.
    ///
    /// Source: contract 2.5, slot 4.
    pub SwitchOut: unsafe extern "system" fn(This: *mut ICLRTask2) -> HRESULT,
    /// Writes the task's memory statistics; zero the struct first, `Flags` is set only when true.
    ///
    /// Source: contract 2.5, slot 5.
    pub GetMemStats:
        unsafe extern "system" fn(This: *mut ICLRTask2, memUsage: *mut COR_GC_THREAD_STATS) -> HRESULT,
    /// Makes the runtime forget what it knows of the task, for reuse; on the task's own thread.
    ///
    /// Source: contract 2.5, slot 6.
    pub Reset: unsafe extern "system" fn(This: *mut ICLRTask2, fFull: i32) -> HRESULT,
    /// Tells the runtime that the task ends; on the task's own thread, once.
    ///
    /// Source: contract 2.5, slot 7.
    pub ExitTask: unsafe extern "system" fn(This: *mut ICLRTask2) -> HRESULT,
    /// Asks the runtime to abort what the task runs; asynchronous.
    ///
    /// Source: contract 2.5, slot 8.
    pub Abort: unsafe extern "system" fn(This: *mut ICLRTask2) -> HRESULT,
    /// Asks the runtime to abort without running handlers; asynchronous.
    ///
    /// Source: contract 2.5, slot 9.
    pub RudeAbort: unsafe extern "system" fn(This: *mut ICLRTask2) -> HRESULT,
    /// Writes whether the runtime waits for this task and it should run soon.
    ///
    /// Source: contract 2.5, slot 10.
    pub NeedsPriorityScheduling:
        unsafe extern "system" fn(This: *mut ICLRTask2, pbNeedsPriorityScheduling: *mut i32) -> HRESULT,
    /// Asks the runtime to make the task yield.
    ///
    /// **Errors:** `HOST_E_INVALIDOPERATION` on oneself; `S_FALSE` if one is pending. Source: contract 2.5, slot 11.
    pub YieldTask: unsafe extern "system" fn(This: *mut ICLRTask2) -> HRESULT,
    /// Writes how many runtime locks the task holds.
    ///
    /// Source: contract 2.5, slot 12.
    pub LocksHeld: unsafe extern "system" fn(This: *mut ICLRTask2, pLockCount: *mut usize) -> HRESULT,
    /// Gives the task the id that debuggers show.
    ///
    /// Source: contract 2.5, slot 13.
    pub SetTaskIdentifier: unsafe extern "system" fn(This: *mut ICLRTask2, asked: u64) -> HRESULT,
    /// Delays asynchronous aborts of the task until the matching End; nests.
    ///
    /// Source: contract 2.5, slot 14.
    pub BeginPreventAsyncAbort: unsafe extern "system" fn(This: *mut ICLRTask2) -> HRESULT,
    /// Takes back one `BeginPreventAsyncAbort`.
    ///
    /// Source: contract 2.5, slot 15.
    pub EndPreventAsyncAbort: unsafe extern "system" fn(This: *mut ICLRTask2) -> HRESULT,
}

/// `ICLRTask` with two more methods, of runtimes 4.0 and later (contract 2.5).
#[repr(C)]
pub struct ICLRTask2 {
    /// The methods.
    pub lpVtbl: *const ICLRTask2Vtbl,
}

super::assert_slots!(ICLRTask2Vtbl: QueryInterface AddRef Release SwitchIn SwitchOut GetMemStats Reset ExitTask Abort RudeAbort NeedsPriorityScheduling YieldTask LocksHeld SetTaskIdentifier BeginPreventAsyncAbort EndPreventAsyncAbort);
