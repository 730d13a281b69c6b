//! `IHostTaskManager`: layout and meaning.

use core::ffi::c_void;

use super::{ThreadStart, clr_task_manager::ICLRTaskManager, host_task::IHostTask};
use crate::guid::GUID;
use crate::hresult::HRESULT;

/// Methods of `IHostTaskManager` in slot order.
#[repr(C)]
#[allow(non_snake_case, reason = "COM's own names; the header must show them")]
pub struct IHostTaskManagerVtbl {
    /// Hands out another interface of the same object, with a reference added for the caller.
    ///
    /// **Thread:** any. **Errors:** `E_NOINTERFACE` for an id that the object does not have, `E_POINTER` for a NULL
    /// argument; NULL is written then.
    pub QueryInterface: unsafe extern "system" fn(
        This: *mut IHostTaskManager,
        riid: *const GUID,
        ppvObject: *mut *mut c_void,
    ) -> HRESULT,
    /// Does nothing: the object lives as long as the process. The result is never 0.
    ///
    /// **Thread:** any.
    pub AddRef: unsafe extern "system" fn(This: *mut IHostTaskManager) -> u32,
    /// Does nothing: a runtime may call after its last release. The result is never 0.
    ///
    /// **Thread:** any.
    pub Release: unsafe extern "system" fn(This: *mut IHostTaskManager) -> u32,
    /// Hands out the calling thread's task, with a reference added for the caller.
    ///
    /// A thread the manager has not seen yet is adopted. A task has one address for its whole life, on a thread made
    /// by `CreateTask` the one that `CreateTask` wrote. **Thread:** any. **Progress:** wait-free for a known thread.
    /// **Ownership:** the caller gets a reference. **Errors:** `E_POINTER`; `E_OUTOFMEMORY` when no task can be made;
    /// `HOST_E_INVALIDOPERATION` on a thread past its end. NULL is written then. Slot 3.
    pub GetCurrentTask:
        unsafe extern "system" fn(This: *mut IHostTaskManager, pTask: *mut *mut IHostTask) -> HRESULT,
    /// Creates a suspended task that runs `pStartAddress(pParameter)` once after `IHostTask::Start`.
    ///
    /// Thread and records are had here, so that `Start` cannot fail. `dwStackSize` is a reserve in bytes, rounded up
    /// to what the system needs; 0 is the default. The routine's thread goes in through the gate first, and is inside
    /// when it runs. It may end in the routine (`pthread_exit`), which abandons the task. **Thread:** any.
    /// **Progress:** system calls. **Ownership:** the caller gets a reference; the thread has its own. **Errors:**
    /// `E_OUTOFMEMORY` when no thread or task can be had, with nothing left behind; `E_POINTER` for a NULL `ppTask`;
    /// `E_INVALIDARG` for a NULL start address. `*ppTask` is NULL then. Slot 4.
    pub CreateTask: unsafe extern "system" fn(
        This: *mut IHostTaskManager,
        dwStackSize: u32,
        pStartAddress: ThreadStart,
        pParameter: *mut c_void,
        ppTask: *mut *mut IHostTask,
    ) -> HRESULT,
    /// Blocks the calling task for about `dwMilliseconds`; 0xFFFFFFFF is for ever, 0 a yield.
    ///
    /// **Thread:** any; one that can have no task sleeps all the same. **Progress:** blocks; not a transition: the
    /// task stays on its side. **Errors:** `HOST_E_INTERRUPTED` if `option` has `WAIT_ALERTABLE` and
    /// `IHostTask::Alert` ended it or came before. The end of the time is `S_OK`. Slot 5.
    pub Sleep:
        unsafe extern "system" fn(This: *mut IHostTaskManager, dwMilliseconds: u32, option: u32) -> HRESULT,
    /// Yields the processor; works before `SetCLRTaskManager` and on any thread. `option` changes nothing.
    ///
    /// **Thread:** any. **Progress:** one system call, does not block. `S_OK` when something else may have run,
    /// `S_FALSE` where the system says that nothing did; Linux cannot tell, and so never says so. Slot 6.
    pub SwitchToTask: unsafe extern "system" fn(This: *mut IHostTaskManager, option: u32) -> HRESULT,
    /// Remembers the user-interface locale of the calling task, for `tollgate_locales`.
    ///
    /// **Thread:** any. **Progress:** wait-free for a known thread. **Errors:** under govern `E_OUTOFMEMORY` when no
    /// task can be made, `HOST_E_CLRNOTAVAILABLE` on a thread past its end; under observe always `S_OK`.
    /// Slot 7.
    pub SetUILocale: unsafe extern "system" fn(This: *mut IHostTaskManager, lcid: u32) -> HRESULT,
    /// Remembers the locale of the calling task, for `tollgate_locales`.
    ///
    /// **Thread, Progress, Errors:** as for `SetUILocale`. Slot 8.
    pub SetLocale: unsafe extern "system" fn(This: *mut IHostTaskManager, lcid: u32) -> HRESULT,
    /// Writes whether calls to `target` must be announced by `LeaveRuntime` and `EnterRuntime` (1) or need not be
    /// (0).
    ///
    /// They must, unless `tollgate_set_exempt_targets` named the target. **Thread:** any. **Progress:** wait-free, a
    /// binary search; the runtime asks on every call out on x64. **Errors:** `E_POINTER`. Slot 9.
    pub CallNeedsHostHook: unsafe extern "system" fn(
        This: *mut IHostTaskManager,
        target: usize,
        pbCallNeedsHostHook: *mut i32,
    ) -> HRESULT,
    /// Transition leave: managed code is about to call native code at `target` (informational, may be 0).
    ///
    /// **Thread:** the one it is about. **Progress:** wait-free, no system call. **Errors:** under govern
    /// `E_OUTOFMEMORY` (no task, or more than 4,096 levels), `HOST_E_CLRNOTAVAILABLE` after a failure,
    /// `HOST_E_NOT_OWNER` in strict mode while outside; under observe always `S_OK`. Source: docs/CONTRACT.md.
    pub LeaveRuntime: unsafe extern "system" fn(This: *mut IHostTaskManager, target: usize) -> HRESULT,
    /// Transition enter: the native code of the innermost leave has returned.
    ///
    /// **Thread:** the one it is about. **Progress:** wait-free while the gate is open; under govern blocks at a
    /// closed gate. **Errors:** under govern `HOST_E_NOT_OWNER` (the innermost level is not a leave),
    /// `HOST_E_TIMEOUT`, `HOST_E_ABANDONED`, `HOST_E_CLRNOTAVAILABLE`, `E_FAIL`, `E_OUTOFMEMORY`; nothing has changed
    /// then. Under observe always `S_OK`. Source: docs/CONTRACT.md.
    pub EnterRuntime: unsafe extern "system" fn(This: *mut IHostTaskManager) -> HRESULT,
    /// Transition reverse_leave: the call in of the innermost reverse_enter returns to native code.
    ///
    /// **Thread:** the one it is about. **Progress:** wait-free. **Errors:** under govern `HOST_E_NOT_OWNER` (the
    /// innermost level is not a reverse_enter), `HOST_E_CLRNOTAVAILABLE` after a failure, `E_OUTOFMEMORY`; under
    /// observe always `S_OK`. Source: docs/CONTRACT.md.
    pub ReverseLeaveRuntime: unsafe extern "system" fn(This: *mut IHostTaskManager) -> HRESULT,
    /// Transition reverse_enter: native code calls into managed code.
    ///
    /// **Thread, Progress, Errors:** as for `EnterRuntime`; `HOST_E_NOT_OWNER` only in strict mode, while inside.
    /// Source: docs/CONTRACT.md.
    pub ReverseEnterRuntime: unsafe extern "system" fn(This: *mut IHostTaskManager) -> HRESULT,
    /// Opens the section of the calling task in which the host must not abort it: `tollgate_task_abort` refuses
    /// meanwhile.
    ///
    /// **Thread:** any. **Progress:** wait-free for a known thread. **Errors:** `E_UNEXPECTED` if one is open, with
    /// no effect; under govern `E_OUTOFMEMORY` when no task can be made, `HOST_E_CLRNOTAVAILABLE` on a thread past
    /// its end. Slot 14.
    pub BeginDelayAbort: unsafe extern "system" fn(This: *mut IHostTaskManager) -> HRESULT,
    /// Closes the section that `BeginDelayAbort` opened.
    ///
    /// **Thread, Progress:** as there. **Errors:** `E_UNEXPECTED` if none is open; the others as there.
    /// Slot 15.
    pub EndDelayAbort: unsafe extern "system" fn(This: *mut IHostTaskManager) -> HRESULT,
    /// Counts one more reason why the calling task must stay on its thread; tasks of this host always do.
    ///
    /// **Thread:** any, also as its first call. **Progress:** wait-free for a known thread. **Errors:** under govern
    /// `E_OUTOFMEMORY` when no task can be made, `HOST_E_CLRNOTAVAILABLE` on a thread past its end; under observe
    /// always `S_OK`. Slot 16.
    pub BeginThreadAffinity: unsafe extern "system" fn(This: *mut IHostTaskManager) -> HRESULT,
    /// Takes back one `BeginThreadAffinity`; they nest.
    ///
    /// **Thread, Progress:** as there. **Errors:** `E_UNEXPECTED` when none is open; the others as there.
    /// Slot 17.
    pub EndThreadAffinity: unsafe extern "system" fn(This: *mut IHostTaskManager) -> HRESULT,
    /// Leaves the stack guarantee to the runtime, which then asks the system itself: always `E_NOTIMPL`.
    ///
    /// **Thread:** any. **Progress:** wait-free for a known thread. Slot 18.
    pub SetStackGuarantee: unsafe extern "system" fn(This: *mut IHostTaskManager, guarantee: u32) -> HRESULT,
    /// Leaves the stack guarantee to the runtime: writes 0 and returns `E_NOTIMPL`.
    ///
    /// **Thread, Progress:** as for `SetStackGuarantee`. **Errors:** `E_POINTER`. Slot 19.
    pub GetStackGuarantee:
        unsafe extern "system" fn(This: *mut IHostTaskManager, pGuarantee: *mut u32) -> HRESULT,
    /// Gives the host the runtime's half of the contract; of several runtimes the first is kept.
    ///
    /// **Thread:** any. **Progress:** wait-free. **Ownership:** borrowed; Tollgate adds a reference to what it keeps,
    /// and never drops it. **Errors:** `E_POINTER` for NULL. Slot 20.
    pub SetCLRTaskManager:
        unsafe extern "system" fn(This: *mut IHostTaskManager, ppManager: *mut ICLRTaskManager) -> HRESULT,
}

/// The host's task manager, the interface that a runtime calls on every crossing.
///
/// Slots 12 and 13 stand leave before enter, as in the interface definition.
#[repr(C)]
pub struct IHostTaskManager {
    /// The methods.
    pub lpVtbl: *const IHostTaskManagerVtbl,
}

super::assert_slots!(IHostTaskManagerVtbl: QueryInterface AddRef Release GetCurrentTask CreateTask Sleep SwitchToTask SetUILocale SetLocale CallNeedsHostHook LeaveRuntime EnterRuntime ReverseLeaveRuntime ReverseEnterRuntime BeginDelayAbort EndDelayAbort BeginThreadAffinity EndThreadAffinity SetStackGuarantee GetStackGuarantee SetCLRTaskManager);
