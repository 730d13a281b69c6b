//! `ICLRTask`: layout and meaning.

use core::ffi::c_void;

use super::COR_GC_THREAD_STATS;
use crate::guid::GUID;
use crate::hresult::HRESULT;

/// Methods of `ICLRTask` in slot order.
#[repr(C)]
#[allow(non_snake_case, reason = "COM's own names; the header must show them")]
pub struct ICLRTaskVtbl {
    /// Hands out another interface of the same object, with a reference added for the caller.
    ///
    /// **Thread:** any. **Errors:** `E_NOINTERFACE` for an id that the object does not have, `E_POINTER` for a NULL
    /// argument; NULL is written then.
    pub QueryInterface: unsafe extern "system" fn(
        This: *mut ICLRTask,
        riid: *const GUID,
        ppvObject: *mut *mut c_void,
    ) -> HRESULT,
    /// Adds a reference; the result is for diagnostics only.
    ///
    /// **Thread:** any that holds one.
    pub AddRef: unsafe extern "system" fn(This: *mut ICLRTask) -> u32,
    /// Drops a reference; the object may be gone when 0 is returned.
    ///
    /// **Thread:** any that holds one.
    pub Release: unsafe extern "system" fn(This: *mut ICLRTask) -> u32,
    /// Tells the runtime that the task now runs on the calling thread; only hosts with fibers need it, and Tollgate
    /// never calls it.
    ///
    /// **Thread:** the one that the task is to run on, without a task so far. **Errors:** `HOST_E_INVALIDOPERATION`
    /// if the thread has one; `E_OUTOFMEMORY`; `E_FAIL`. Slot 3.
    pub SwitchIn: unsafe extern "system" fn(This: *mut ICLRTask, threadHandle: *mut c_void) -> HRESULT,
    /// Tells the runtime that the task is off its thread; every known runtime answers `E_NOTIMPL`, and Tollgate never
    /// calls it.
    ///
    /// Slot 4.
    pub SwitchOut: unsafe extern "system" fn(This: *mut ICLRTask) -> HRESULT,
    /// Writes the task's memory statistics; the struct must be zeroes before, `Flags` is set only when true.
    ///
    /// Called by `tollgate_task_memory`. **Thread:** any. **Errors:** none known. Slot 5.
    pub GetMemStats:
        unsafe extern "system" fn(This: *mut ICLRTask, memUsage: *mut COR_GC_THREAD_STATS) -> HRESULT,
    /// Makes the runtime forget what it knows of the task, for reuse; Tollgate never calls it.
    ///
    /// **Thread:** the task's own. **Errors:** `E_FAIL` before the runtime's start; `E_UNEXPECTED` on another thread,
    /// or for a task that the runtime created. Slot 6.
    pub Reset: unsafe extern "system" fn(This: *mut ICLRTask, fFull: i32) -> HRESULT,
    /// Tells the runtime that the task ends.
    ///
    /// Called once, when the thread of the task ends, before joins are satisfied and right before Tollgate drops its
    /// reference. **Thread:** the task's own. **Errors:** of no consequence; `HOST_E_INVALIDOPERATION` on another
    /// thread, `E_FAIL` before the runtime's start. Slot 7.
    pub ExitTask: unsafe extern "system" fn(This: *mut ICLRTask) -> HRESULT,
    /// Asks the runtime to abort what the task runs; the abort comes later, and calls `IHostTask::Alert`.
    ///
    /// Called by `tollgate_task_abort`. **Thread:** any. **Errors:** none known. Slot 8.
    pub Abort: unsafe extern "system" fn(This: *mut ICLRTask) -> HRESULT,
    /// Asks the runtime to abort without running handlers; the abort comes later.
    ///
    /// Called by `tollgate_task_rude_abort`. **Thread:** any. **Errors:** none known. Slot 9.
    pub RudeAbort: unsafe extern "system" fn(This: *mut ICLRTask) -> HRESULT,
    /// Writes whether the runtime waits for this task and it should run soon.
    ///
    /// Called by `tollgate_task_needs_priority`. **Thread:** any. **Errors:** none known. Slot 10.
    pub NeedsPriorityScheduling:
        unsafe extern "system" fn(This: *mut ICLRTask, pbNeedsPriorityScheduling: *mut i32) -> HRESULT,
    /// Asks the runtime to make the task yield; the runtime does not call the host before it returns.
    ///
    /// Called by `tollgate_task_yield`. **Thread:** any but the task's own. **Errors:** `HOST_E_INVALIDOPERATION` on
    /// oneself; `S_FALSE` if one is pending. Slot 11.
    pub YieldTask: unsafe extern "system" fn(This: *mut ICLRTask) -> HRESULT,
    /// Writes how many runtime locks the task holds.
    ///
    /// Called by `tollgate_task_locks_held`. **Thread:** any. **Errors:** none known. Slot 12.
    pub LocksHeld: unsafe extern "system" fn(This: *mut ICLRTask, pLockCount: *mut usize) -> HRESULT,
    /// Gives the task the id that debuggers show.
    ///
    /// Called by `tollgate_task_set_identifier`. **Thread:** any. **Errors:** none known. Slot 13.
    pub SetTaskIdentifier: unsafe extern "system" fn(This: *mut ICLRTask, asked: u64) -> HRESULT,
}

/// The runtime's half of one task, called by the host.
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
    /// Hands out another interface of the same object, with a reference added for the caller.
    ///
    /// **Thread:** any. **Errors:** `E_NOINTERFACE` for an id that the object does not have, `E_POINTER` for a NULL
    /// argument; NULL is written then.
    pub QueryInterface: unsafe extern "system" fn(
        This: *mut ICLRTask2,
        riid: *const GUID,
        ppvObject: *mut *mut c_void,
    ) -> HRESULT,
    /// Adds a reference; the result is for diagnostics only.
    ///
    /// **Thread:** any that holds one.
    pub AddRef: unsafe extern "system" fn(This: *mut ICLRTask2) -> u32,
    /// Drops a reference; the object may be gone when 0 is returned.
    ///
    /// **Thread:** any that holds one.
    pub Release: unsafe extern "system" fn(This: *mut ICLRTask2) -> u32,
    /// As in `ICLRTask`.
    ///
    /// Slot 3.
    pub SwitchIn: unsafe extern "system" fn(This: *mut ICLRTask2, threadHandle: *mut c_void) -> HRESULT,
    /// As in `ICLRTask`.
    ///
    /// Slot 4.
    pub SwitchOut: unsafe extern "system" fn(This: *mut ICLRTask2) -> HRESULT,
    /// As in `ICLRTask`.
    ///
    /// Slot 5.
    pub GetMemStats:
        unsafe extern "system" fn(This: *mut ICLRTask2, memUsage: *mut COR_GC_THREAD_STATS) -> HRESULT,
    /// As in `ICLRTask`.
    ///
    /// Slot 6.
    pub Reset: unsafe extern "system" fn(This: *mut ICLRTask2, fFull: i32) -> HRESULT,
    /// As in `ICLRTask`.
    ///
    /// Slot 7.
    pub ExitTask: unsafe extern "system" fn(This: *mut ICLRTask2) -> HRESULT,
    /// As in `ICLRTask`.
    ///
    /// Slot 8.
    pub Abort: unsafe extern "system" fn(This: *mut ICLRTask2) -> HRESULT,
    /// As in `ICLRTask`.
    ///
    /// Slot 9.
    pub RudeAbort: unsafe extern "system" fn(This: *mut ICLRTask2) -> HRESULT,
    /// As in `ICLRTask`.
    ///
    /// Slot 10.
    pub NeedsPriorityScheduling:
        unsafe extern "system" fn(This: *mut ICLRTask2, pbNeedsPriorityScheduling: *mut i32) -> HRESULT,
    /// As in `ICLRTask`.
    ///
    /// Slot 11.
    pub YieldTask: unsafe extern "system" fn(This: *mut ICLRTask2) -> HRESULT,
    /// As in `ICLRTask`.
    ///
    /// Slot 12.
    pub LocksHeld: unsafe extern "system" fn(This: *mut ICLRTask2, pLockCount: *mut usize) -> HRESULT,
    /// As in `ICLRTask`.
    ///
    /// Slot 13.
    pub SetTaskIdentifier: unsafe extern "system" fn(This: *mut ICLRTask2, asked: u64) -> HRESULT,
    /// Delays asynchronous aborts of the task until the matching End; nests. For the host's own use: Tollgate never
    /// calls it.
    ///
    /// **Thread:** any. **Errors:** none known. Slot 14.
    pub BeginPreventAsyncAbort: unsafe extern "system" fn(This: *mut ICLRTask2) -> HRESULT,
    /// Takes back one `BeginPreventAsyncAbort`.
    ///
    /// **Thread:** any. **Errors:** none known. Slot 15.
    pub EndPreventAsyncAbort: unsafe extern "system" fn(This: *mut ICLRTask2) -> HRESULT,
}

/// `ICLRTask` with two more methods, of runtimes 4.0 and later.
#[repr(C)]
pub struct ICLRTask2 {
    /// The methods.
    pub lpVtbl: *const ICLRTask2Vtbl,
}

super::assert_slots!(ICLRTask2Vtbl: QueryInterface AddRef Release SwitchIn SwitchOut GetMemStats Reset ExitTask Abort RudeAbort NeedsPriorityScheduling YieldTask LocksHeld SetTaskIdentifier BeginPreventAsyncAbort EndPreventAsyncAbort);
