//! What a host asks of a task's runtime half (`ICLRTask`), by the task's id.
//!
//! The half cannot go away during the call: a task that ends meanwhile waits for it before `ICLRTask::ExitTask`. So the
//! runtime's method must not end the calling thread, nor set another half for that thread's own task.

use tollgate_core::Task;

use crate::exports::host;
use crate::hresult::{E_POINTER, HOST_E_CLRNOTAVAILABLE, HOST_E_INVALIDOPERATION, HRESULT, from_error};
use crate::interfaces::{COR_GC_THREAD_STATS, ICLRTask, ICLRTaskVtbl, IHostTaskManager};
use crate::manager::HostManager;

/// Calls `call` with the runtime half of task `id`, unless `refuse` has an answer for the task.
fn on_half(
    manager: &'static HostManager,
    id: u64,
    refuse: impl FnOnce(&Task) -> Option<HRESULT>,
    call: impl FnOnce(&ICLRTaskVtbl, *mut ICLRTask) -> HRESULT,
) -> HRESULT {
    let result = manager.core().on_task(id, |task| {
        refuse(task).or_else(|| {
            task.runtime_half().with(|half| {
                let half: *mut ICLRTask = half.cast();
                // SAFETY: given by SetCLRTask, under a reference, and in place until this returns.
                call(unsafe { ICLRTask::vtbl(half) }, half)
            })
        })
    });
    match result {
        Ok(answer) => answer.unwrap_or(HOST_E_CLRNOTAVAILABLE),
        Err(error) => from_error(error),
    }
}

/// Has the runtime half of task `id` write `*out`: zero before it does, and on failure, whatever it wrote.
///
/// # Safety
/// `manager` is NULL or a manager of this library; `out` is NULL or writable.
unsafe fn write_by_half<T: Default>(
    manager: *mut IHostTaskManager,
    id: u64,
    out: *mut T,
    call: impl FnOnce(&ICLRTaskVtbl, *mut ICLRTask, *mut T) -> HRESULT,
) -> HRESULT {
    // SAFETY: the caller's duty.
    let Some(out) = (unsafe { out.as_mut() }) else { return E_POINTER };
    // A runtime sets only what is to be set.
    *out = T::default();
    // SAFETY: the caller's duty.
    let Some(manager) = (unsafe { host(manager) }) else { return E_POINTER };
    let result = on_half(manager, id, always, |vtbl, half| call(vtbl, half, out));
    if result < 0 {
        *out = T::default();
    }
    result
}

/// Any task may be asked this.
fn always(_: &Task) -> Option<HRESULT> {
    None
}

/// A task between `BeginDelayAbort` and `EndDelayAbort` must not be aborted.
fn unless_delayed(task: &Task) -> Option<HRESULT> {
    task.delays_abort().then_some(HOST_E_INVALIDOPERATION)
}

/// Asks the runtime to abort what task `task_id` (as in snapshots) runs: `ICLRTask::Abort`. The abort itself comes later.
///
/// **Thread:** any. **Progress:** linear in the number of tasks, and as the runtime has it. **Errors:** `E_POINTER`;
/// `E_INVALIDARG` if no task ever had the id; `HOST_E_ABANDONED` if the task has ended; `HOST_E_CLRNOTAVAILABLE` if the
/// runtime has given it no half; `HOST_E_INVALIDOPERATION` while the task delays aborts; those of the runtime.
///
/// # Safety
/// `manager` is NULL or a manager of this library. Not from within a transition.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tollgate_task_abort(manager: *mut IHostTaskManager, task_id: u64) -> HRESULT {
    // SAFETY: the caller's duty.
    let Some(manager) = (unsafe { host(manager) }) else { return E_POINTER };
    // SAFETY: the half is in place during the call.
    on_half(manager, task_id, unless_delayed, |vtbl, half| unsafe { (vtbl.Abort)(half) })
}

/// Asks the runtime to abort task `task_id` without running handlers: `ICLRTask::RudeAbort`.
///
/// **Thread, Progress, Errors:** as for `tollgate_task_abort`.
///
/// # Safety
/// As for `tollgate_task_abort`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tollgate_task_rude_abort(manager: *mut IHostTaskManager, task_id: u64) -> HRESULT {
    // SAFETY: the caller's duty.
    let Some(manager) = (unsafe { host(manager) }) else { return E_POINTER };
    // SAFETY: the half is in place during the call.
    on_half(manager, task_id, unless_delayed, |vtbl, half| unsafe { (vtbl.RudeAbort)(half) })
}

/// Asks the runtime to make task `task_id` yield: `ICLRTask::YieldTask`.
///
/// **Thread:** any but the task's own. **Progress:** as for `tollgate_task_abort`. **Errors:** `E_POINTER`,
/// `E_INVALIDARG`, `HOST_E_ABANDONED` and `HOST_E_CLRNOTAVAILABLE` as for `tollgate_task_abort`; those of the runtime,
/// among them `HOST_E_INVALIDOPERATION` on oneself. `S_FALSE` if a yield is pending already.
///
/// # Safety
/// As for `tollgate_task_abort`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tollgate_task_yield(manager: *mut IHostTaskManager, task_id: u64) -> HRESULT {
    // SAFETY: the caller's duty.
    let Some(manager) = (unsafe { host(manager) }) else { return E_POINTER };
    // SAFETY: the half is in place during the call.
    on_half(manager, task_id, always, |vtbl, half| unsafe { (vtbl.YieldTask)(half) })
}

/// Gives task `task_id` the number that the runtime's debuggers show: `ICLRTask::SetTaskIdentifier`.
///
/// **Thread, Progress:** as for `tollgate_task_abort`. **Errors:** `E_POINTER`, `E_INVALIDARG`, `HOST_E_ABANDONED` and
/// `HOST_E_CLRNOTAVAILABLE` as there; those of the runtime.
///
/// # Safety
/// As for `tollgate_task_abort`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tollgate_task_set_identifier(
    manager: *mut IHostTaskManager,
    task_id: u64,
    identifier: u64,
) -> HRESULT {
    // SAFETY: the caller's duty.
    let Some(manager) = (unsafe { host(manager) }) else { return E_POINTER };
    // SAFETY: the half is in place during the call.
    on_half(manager, task_id, always, |vtbl, half| unsafe { (vtbl.SetTaskIdentifier)(half, identifier) })
}

/// Writes the memory statistics of task `task_id`: `ICLRTask::GetMemStats`. Zeroes on failure.
///
/// **Thread, Progress:** as for `tollgate_task_abort`. **Errors:** `E_POINTER`, `E_INVALIDARG`, `HOST_E_ABANDONED` and
/// `HOST_E_CLRNOTAVAILABLE` as there; those of the runtime.
///
/// # Safety
/// As for `tollgate_task_abort`; `out` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tollgate_task_memory(
    manager: *mut IHostTaskManager,
    task_id: u64,
    out: *mut COR_GC_THREAD_STATS,
) -> HRESULT {
    // SAFETY: the half is in place during the call; the rest is the caller's duty.
    let call = |vtbl: &ICLRTaskVtbl, half, out| unsafe { (vtbl.GetMemStats)(half, out) };
    // SAFETY: the caller's duty.
    unsafe { write_by_half(manager, task_id, out, call) }
}

/// Writes how many locks of the runtime task `task_id` holds: `ICLRTask::LocksHeld`; 0 on failure.
///
/// **Thread, Progress, Errors:** as for `tollgate_task_memory`.
///
/// # Safety
/// As for `tollgate_task_memory`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tollgate_task_locks_held(
    manager: *mut IHostTaskManager,
    task_id: u64,
    out: *mut usize,
) -> HRESULT {
    // SAFETY: the half is in place during the call; the rest is the caller's duty.
    let call = |vtbl: &ICLRTaskVtbl, half, out| unsafe { (vtbl.LocksHeld)(half, out) };
    // SAFETY: the caller's duty.
    unsafe { write_by_half(manager, task_id, out, call) }
}

/// Writes whether the runtime waits for task `task_id`, so that it should run soon (not 0):
/// `ICLRTask::NeedsPriorityScheduling`; 0 on failure.
///
/// **Thread, Progress, Errors:** as for `tollgate_task_memory`.
///
/// # Safety
/// As for `tollgate_task_memory`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tollgate_task_needs_priority(
    manager: *mut IHostTaskManager,
    task_id: u64,
    out: *mut i32,
) -> HRESULT {
    // SAFETY: the half is in place during the call; the rest is the caller's duty.
    let call = |vtbl: &ICLRTaskVtbl, half, out| unsafe { (vtbl.NeedsPriorityScheduling)(half, out) };
    // SAFETY: the caller's duty.
    unsafe { write_by_half(manager, task_id, out, call) }
}
