//! `IHostTaskManager`: layout and meaning.

use core::ffi::c_void;

use super::{ThreadStart, clr_task_manager::ICLRTaskManager, host_task::IHostTask};
use crate::guid::GUID;
use crate::hresult::HRESULT;

/// Methods of `IHostTaskManager` in slot order.
#[repr(C)]
#[allow(non_snake_case, reason = "COM's own names; the header must show them")]
pub struct IHostTaskManagerVtbl {
    /// Hands out another interface of the same object, with a reference added.
    ///
    /// **Errors:** `E_NOINTERFACE` with NULL written; `E_POINTER` for a NULL argument.
    pub QueryInterface: unsafe extern "system" fn(
        This: *mut IHostTaskManager,
        riid: *const GUID,
        ppvObject: *mut *mut c_void,
    ) -> HRESULT,
    /// Adds a reference; the result is for diagnostics only.
    pub AddRef: unsafe extern "system" fn(This: *mut IHostTaskManager) -> u32,
    /// Drops a reference; the object may be gone when 0 is returned.
    pub Release: unsafe extern "system" fn(This: *mut IHostTaskManager) -> u32,
    /// Hands out the calling thread's task, with a reference added for the caller.
    ///
    /// A thread the manager has not seen yet is adopted. A task has one address for its whole life.
    /// **Progress:** wait-free for a known thread. **Errors:** `E_POINTER`; `E_OUTOFMEMORY` when no task can be made, with
    /// NULL written. Source: contract 2.2, slot 3.
    pub GetCurrentTask:
        unsafe extern "system" fn(This: *mut IHostTaskManager, pTask: *mut *mut IHostTask) -> HRESULT,
    /// Creates a suspended task that runs `pStartAddress(pParameter)` once after `IHostTask::Start`.
    ///
    /// Everything that can fail happens here, so that `Start` cannot. `dwStackSize` is a reserve in bytes, 0 the default.
    /// **Ownership:** one reference goes to the caller. **Errors:** `E_OUTOFMEMORY` when no thread or task can be had,
    /// `E_POINTER` for a NULL `ppTask`, `E_INVALIDARG` for a NULL start address; `*ppTask` is NULL then.
    /// Source: contract 2.2, slot 4.
    pub CreateTask: unsafe extern "system" fn(
        This: *mut IHostTaskManager,
        dwStackSize: u32,
        pStartAddress: ThreadStart,
        pParameter: *mut c_void,
        ppTask: *mut *mut IHostTask,
    ) -> HRESULT,
    /// Blocks the calling task for about `dwMilliseconds`; 0xFFFFFFFF is forever, 0 a yield.
    ///
    /// **Progress:** may block; not a transition. **Errors:** `HOST_E_INTERRUPTED` if `option` has `WAIT_ALERTABLE` and
    /// `IHostTask::Alert` ended it. The end of the time is `S_OK`. Source: contract 2.2, slot 5.
    pub Sleep:
        unsafe extern "system" fn(This: *mut IHostTaskManager, dwMilliseconds: u32, option: u32) -> HRESULT,
    /// Yields the processor; works before `SetCLRTaskManager` and on any thread.
    ///
    /// **Progress:** one system call, does not block. `S_OK` when something else may have run, `S_FALSE` where the system says
    /// that nothing did. Source: contract 2.2, slot 6.
    pub SwitchToTask: unsafe extern "system" fn(This: *mut IHostTaskManager, option: u32) -> HRESULT,
    /// Remembers the user-interface locale of the calling task.
    ///
    /// **Errors:** `E_OUTOFMEMORY` (policy govern) when the thread has no task and none can be made. Source: contract 2.2,
    /// slot 7.
    pub SetUILocale: unsafe extern "system" fn(This: *mut IHostTaskManager, lcid: u32) -> HRESULT,
    /// Remembers the locale of the calling task.
    ///
    /// **Errors:** as for `SetUILocale`. Source: contract 2.2, slot 8.
    pub SetLocale: unsafe extern "system" fn(This: *mut IHostTaskManager, lcid: u32) -> HRESULT,
    /// Writes whether calls to `target` must be announced by `LeaveRuntime` and `EnterRuntime` (1) or need not be (0).
    ///
    /// **Progress:** wait-free; the runtime asks on every call out on x64. **Errors:** `E_POINTER`. Source: contract 2.2,
    /// slot 9.
    pub CallNeedsHostHook: unsafe extern "system" fn(
        This: *mut IHostTaskManager,
        target: usize,
        pbCallNeedsHostHook: *mut i32,
    ) -> HRESULT,
    /// Transition leave: managed code is about to call native code at `target` (informational, may be 0).
    ///
    /// **Thread:** the one it is about. **Progress:** wait-free, no system call. **Errors:** under govern `E_OUTOFMEMORY` (no
    /// task, or more than 4,096 levels), `HOST_E_CLRNOTAVAILABLE` after a failure, `HOST_E_NOT_OWNER` in strict mode while
    /// outside; under observe always `S_OK`. Source: contract 3.
    pub LeaveRuntime: unsafe extern "system" fn(This: *mut IHostTaskManager, target: usize) -> HRESULT,
    /// Transition enter: the native code of the innermost leave has returned.
    ///
    /// **Thread:** the one it is about. **Progress:** wait-free while the gate is open; under govern blocks at a closed gate.
    /// **Errors:** under govern `HOST_E_NOT_OWNER` (the innermost level is not a leave), `HOST_E_TIMEOUT`,
    /// `HOST_E_ABANDONED`, `HOST_E_CLRNOTAVAILABLE`, `E_FAIL`, `E_OUTOFMEMORY`; nothing has changed then. Under observe always
    /// `S_OK`. Source: contract 3.
    pub EnterRuntime: unsafe extern "system" fn(This: *mut IHostTaskManager) -> HRESULT,
    /// Transition reverse_leave: the call in of the innermost reverse_enter returns to native code.
    ///
    /// **Thread:** the one it is about. **Progress:** wait-free. **Errors:** under govern `HOST_E_NOT_OWNER` (the innermost
    /// level is not a reverse_enter), `HOST_E_CLRNOTAVAILABLE` after a failure, `E_OUTOFMEMORY`; under observe always `S_OK`.
    /// Source: contract 3.
    pub ReverseLeaveRuntime: unsafe extern "system" fn(This: *mut IHostTaskManager) -> HRESULT,
    /// Transition reverse_enter: native code calls into managed code.
    ///
    /// **Thread, Progress, Errors:** as for `EnterRuntime`; `HOST_E_NOT_OWNER` only in strict mode, while inside.
    /// Source: contract 3.
    pub ReverseEnterRuntime: unsafe extern "system" fn(This: *mut IHostTaskManager) -> HRESULT,
    /// Opens the section of the calling task in which the host must not abort it.
    ///
    /// **Errors:** `E_UNEXPECTED` if one is open. Source: contract 2.2, slot 14.
    pub BeginDelayAbort: unsafe extern "system" fn(This: *mut IHostTaskManager) -> HRESULT,
    /// Closes the section that `BeginDelayAbort` opened.
    ///
    /// **Errors:** `E_UNEXPECTED` if none is open. Source: contract 2.2, slot 15.
    pub EndDelayAbort: unsafe extern "system" fn(This: *mut IHostTaskManager) -> HRESULT,
    /// Counts one more reason why the calling task must stay on its thread; tasks of this host always do.
    ///
    /// **Progress:** wait-free for a known thread. Source: contract 2.2, slot 16.
    pub BeginThreadAffinity: unsafe extern "system" fn(This: *mut IHostTaskManager) -> HRESULT,
    /// Takes back one `BeginThreadAffinity`.
    ///
    /// **Errors:** `E_UNEXPECTED` when none is open. Source: contract 2.2, slot 17.
    pub EndThreadAffinity: unsafe extern "system" fn(This: *mut IHostTaskManager) -> HRESULT,
    /// Leaves the stack guarantee to the runtime, which then asks the system itself: always `E_NOTIMPL`.
    ///
    /// Source: contract 2.2, slot 18.
    pub SetStackGuarantee: unsafe extern "system" fn(This: *mut IHostTaskManager, guarantee: u32) -> HRESULT,
    /// Leaves the stack guarantee to the runtime: writes 0 and returns `E_NOTIMPL`.
    ///
    /// Source: contract 2.2, slot 19.
    pub GetStackGuarantee:
        unsafe extern "system" fn(This: *mut IHostTaskManager, pGuarantee: *mut u32) -> HRESULT,
    /// Gives the host the runtime's half of the contract; the first pointer given is kept.
    ///
    /// **Ownership:** borrowed; Tollgate adds a reference to what it keeps. **Errors:** `E_POINTER` for NULL. Source: contract
    /// 2.2, slot 20.
    pub SetCLRTaskManager:
        unsafe extern "system" fn(This: *mut IHostTaskManager, ppManager: *mut ICLRTaskManager) -> HRESULT,
}

/// The host's task manager, the interface that a runtime calls on every crossing (contract 2.2).
///
/// Slots 12 and 13 stand leave before enter, as in the interface definition.
#[repr(C)]
pub struct IHostTaskManager {
    /// The methods.
    pub lpVtbl: *const IHostTaskManagerVtbl,
}

super::assert_slots!(IHostTaskManagerVtbl: QueryInterface AddRef Release GetCurrentTask CreateTask Sleep SwitchToTask SetUILocale SetLocale CallNeedsHostHook LeaveRuntime EnterRuntime ReverseLeaveRuntime ReverseEnterRuntime BeginDelayAbort EndDelayAbort BeginThreadAffinity EndThreadAffinity SetStackGuarantee GetStackGuarantee SetCLRTaskManager);
