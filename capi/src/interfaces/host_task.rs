//! `IHostTask`: layout and meaning.

use core::ffi::c_void;

use super::clr_task::ICLRTask;
use crate::guid::GUID;
use crate::hresult::HRESULT;

/// Methods of `IHostTask` in slot order.
#[repr(C)]
#[allow(non_snake_case, reason = "COM's own names; the header must show them")]
pub struct IHostTaskVtbl {
    /// Hands out another interface of the same object, with a reference added for the caller.
    ///
    /// **Thread:** any. **Errors:** `E_NOINTERFACE` for an id that the object does not have, `E_POINTER` for a NULL
    /// argument; NULL is written then.
    pub QueryInterface: unsafe extern "system" fn(
        This: *mut IHostTask,
        riid: *const GUID,
        ppvObject: *mut *mut c_void,
    ) -> HRESULT,
    /// Adds a reference; the result is for diagnostics only.
    ///
    /// **Thread:** any that holds one.
    pub AddRef: unsafe extern "system" fn(This: *mut IHostTask) -> u32,
    /// Drops a reference, from any thread, long after the task's end if need be.
    ///
    /// A task that was never started and to which nobody refers any more can be started by nobody: its thread ends.
    /// **Thread:** any that holds one.
    pub Release: unsafe extern "system" fn(This: *mut IHostTask) -> u32,
    /// Lets a task made by `CreateTask` run its start routine; while the gate is closed the task waits there.
    ///
    /// **Thread:** any. **Progress:** lock-free, one system call; cannot fail for want of anything, that is all had
    /// already. **Errors:** `HOST_E_INVALIDOPERATION` if it was started before, or was not made by `CreateTask`.
    /// Slot 3.
    pub Start: unsafe extern "system" fn(This: *mut IHostTask) -> HRESULT,
    /// Ends the task's alertable wait (`Sleep`, `Join`), or its next one if it is in none; two alerts before it are
    /// one.
    ///
    /// **Thread:** any. **Progress:** wait-free, a system call if the task waits; returns at once. **Errors:** none;
    /// a task that has ended, or never waits alertably, ignores it. Slot 4.
    pub Alert: unsafe extern "system" fn(This: *mut IHostTask) -> HRESULT,
    /// Blocks the caller until this task has ended; 0xFFFFFFFF waits for ever, 0 only asks.
    ///
    /// A wait for an end that has come returns `S_OK` even if the caller was alerted; the alert is kept. A task that
    /// was never started ends only if its last reference goes. **Thread:** any, several at a time. **Progress:**
    /// blocks; not a transition. **Errors:** `HOST_E_TIMEOUT`; `HOST_E_INTERRUPTED` if `option` has `WAIT_ALERTABLE`
    /// and the caller was alerted; `HOST_E_ABANDONED` if the task's thread ended without finishing its start routine,
    /// was never let run it because the manager was shut down, or was left behind by a fork; `HOST_E_DEADLOCK` for
    /// joining oneself unless `option` has `WAIT_NOTINDEADLOCK`. Slot 5.
    pub Join: unsafe extern "system" fn(This: *mut IHostTask, dwMilliseconds: u32, option: u32) -> HRESULT,
    /// Sets the task's priority: a Win32 level (15, 2, 1, 0, -1, -2, -15), before or after `Start`.
    ///
    /// The level is remembered always, and handed to the system where it permits; a refusal is not reported. A task
    /// whose level nobody sets runs as its creator does. **Thread:** any. **Progress:** a system call. **Errors:**
    /// `E_INVALIDARG` for any other number, with nothing changed. Slot 6.
    pub SetPriority: unsafe extern "system" fn(This: *mut IHostTask, newPriority: i32) -> HRESULT,
    /// Writes the level last set, 0 at first, whatever the system made of it.
    ///
    /// **Thread:** any. **Progress:** wait-free. **Errors:** `E_POINTER`. Slot 7.
    pub GetPriority: unsafe extern "system" fn(This: *mut IHostTask, pPriority: *mut i32) -> HRESULT,
    /// Gives the task its runtime half, in the place of one given before.
    ///
    /// **Thread:** the task's own; another one before the start. Not from within a method of the half. **Progress:**
    /// waits while others use the former half. **Ownership:** borrowed; Tollgate adds a reference, and drops it on
    /// the task's own thread when that ends, right after `ICLRTask::ExitTask`, or here when another half takes its
    /// place. **Errors:** `E_POINTER` for NULL; `HOST_E_INVALIDOPERATION` once the task has ended, with no reference
    /// kept. Slot 8.
    pub SetCLRTask: unsafe extern "system" fn(This: *mut IHostTask, pCLRTask: *mut ICLRTask) -> HRESULT,
}

/// One task of the host: the handle a runtime holds on a thread.
#[repr(C)]
pub struct IHostTask {
    /// The methods.
    pub lpVtbl: *const IHostTaskVtbl,
}

super::assert_slots!(IHostTaskVtbl: QueryInterface AddRef Release Start Alert Join SetPriority GetPriority SetCLRTask);
