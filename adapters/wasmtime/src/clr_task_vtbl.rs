//! `ICLRTask2` of the adapter's tasks, slot by slot. `ICLRTask` is its beginning.

use std::ffi::c_void;
use std::sync::atomic::Ordering;

use tollgate_capi::interfaces::{COR_GC_THREAD_STATS, ICLRTask2, ICLRTask2Vtbl};
use tollgate_capi::{
    E_FAIL, E_NOTIMPL, E_POINTER, E_UNEXPECTED, HOST_E_INVALIDOPERATION, HRESULT, S_FALSE, S_OK,
};
use tollgate_capi::{GUID, iid};

use crate::clr_task::{ABORT, ABORT_NONE, ABORT_RUDE, ClrTask};
use crate::com::query;
use crate::levels;

pub(crate) static VTBL: ICLRTask2Vtbl = ICLRTask2Vtbl {
    QueryInterface: query_interface,
    AddRef: add_ref,
    Release: release,
    SwitchIn: switch_in,
    SwitchOut: switch_out,
    GetMemStats: get_mem_stats,
    Reset: reset,
    ExitTask: exit_task,
    Abort: abort,
    RudeAbort: rude_abort,
    NeedsPriorityScheduling: needs_priority_scheduling,
    YieldTask: yield_task,
    LocksHeld: locks_held,
    SetTaskIdentifier: set_task_identifier,
    BeginPreventAsyncAbort: begin_prevent_async_abort,
    EndPreventAsyncAbort: end_prevent_async_abort,
};

unsafe extern "system" fn query_interface(
    this: *mut ICLRTask2,
    riid: *const GUID,
    out: *mut *mut c_void,
) -> HRESULT {
    // SAFETY: COM's duty for `this`.
    let task = unsafe { ClrTask::of(this) };
    let add_reference = || {
        task.add_reference();
    };
    // SAFETY: COM's duty for the pointers.
    unsafe { query(this.cast(), &[iid::ICLR_TASK, iid::ICLR_TASK2], riid, out, add_reference) }
}

unsafe extern "system" fn add_ref(this: *mut ICLRTask2) -> u32 {
    // SAFETY: COM's duty for `this`.
    unsafe { ClrTask::of(this) }.add_reference()
}

unsafe extern "system" fn release(this: *mut ICLRTask2) -> u32 {
    // SAFETY: COM's duty for `this`.
    unsafe { ClrTask::of(this) }.release()
}

/// Guests stay on the thread that called them: there is nothing to switch in.
unsafe extern "system" fn switch_in(this: *mut ICLRTask2, _thread: *mut c_void) -> HRESULT {
    // SAFETY: COM's duty for `this`.
    let runtime = unsafe { ClrTask::of(this) }.runtime;
    if ClrTask::with_current(runtime, |_| ()).is_some() { HOST_E_INVALIDOPERATION } else { E_FAIL }
}

/// The answer of every runtime that ever shipped.
unsafe extern "system" fn switch_out(_this: *mut ICLRTask2) -> HRESULT {
    E_NOTIMPL
}

unsafe extern "system" fn get_mem_stats(this: *mut ICLRTask2, out: *mut COR_GC_THREAD_STATS) -> HRESULT {
    // SAFETY: COM's duty for the pointer.
    let Some(out) = (unsafe { out.as_mut() }) else { return E_POINTER };
    // SAFETY: COM's duty for `this`.
    let bytes = unsafe { ClrTask::of(this) }.memory_bytes.load(Ordering::Relaxed);
    // `Flags` stays as it was: no collector promotes anything here.
    out.PerThreadAllocation = bytes;
    S_OK
}

unsafe extern "system" fn reset(this: *mut ICLRTask2, _full: i32) -> HRESULT {
    // SAFETY: COM's duty for `this`.
    let task = unsafe { ClrTask::of(this) };
    if !task.is_own_thread() || !levels::no_guest() {
        return E_UNEXPECTED;
    }
    task.abort.store(ABORT_NONE, Ordering::Relaxed);
    task.yield_asked.store(false, Ordering::Relaxed);
    task.identifier.store(0, Ordering::Relaxed);
    task.memory_bytes.store(0, Ordering::Relaxed);
    S_OK
}

unsafe extern "system" fn exit_task(this: *mut ICLRTask2) -> HRESULT {
    // SAFETY: COM's duty for `this`.
    let task = unsafe { ClrTask::of(this) };
    if !task.is_own_thread() {
        return HOST_E_INVALIDOPERATION;
    }
    task.exit();
    S_OK
}

unsafe extern "system" fn abort(this: *mut ICLRTask2) -> HRESULT {
    // SAFETY: COM's duty for `this`.
    ask_for_abort(unsafe { ClrTask::of(this) }, ABORT)
}

unsafe extern "system" fn rude_abort(this: *mut ICLRTask2) -> HRESULT {
    // SAFETY: COM's duty for `this`.
    ask_for_abort(unsafe { ClrTask::of(this) }, ABORT_RUDE)
}

/// The request first, then what wakes the guest: whoever is woken finds it.
fn ask_for_abort(task: &ClrTask, kind: u32) -> HRESULT {
    task.abort.fetch_max(kind, Ordering::AcqRel);
    task.runtime.interrupt();
    task.host_task.alert();
    S_OK
}

/// No collector waits for a guest.
unsafe extern "system" fn needs_priority_scheduling(_this: *mut ICLRTask2, out: *mut i32) -> HRESULT {
    // SAFETY: COM's duty for the pointer.
    let Some(out) = (unsafe { out.as_mut() }) else { return E_POINTER };
    *out = 0;
    S_OK
}

unsafe extern "system" fn yield_task(this: *mut ICLRTask2) -> HRESULT {
    // SAFETY: COM's duty for `this`.
    let task = unsafe { ClrTask::of(this) };
    if task.is_own_thread() {
        return HOST_E_INVALIDOPERATION;
    }
    let pending = task.yield_asked.swap(true, Ordering::AcqRel);
    // Again, even if one is pending: the guest that was interrupted for it may be gone, and another one runs.
    task.runtime.interrupt();
    if pending { S_FALSE } else { S_OK }
}

/// The runtime holds no lock while a guest or a host function runs.
unsafe extern "system" fn locks_held(_this: *mut ICLRTask2, out: *mut usize) -> HRESULT {
    // SAFETY: COM's duty for the pointer.
    let Some(out) = (unsafe { out.as_mut() }) else { return E_POINTER };
    *out = 0;
    S_OK
}

unsafe extern "system" fn set_task_identifier(this: *mut ICLRTask2, asked: u64) -> HRESULT {
    // SAFETY: COM's duty for `this`.
    unsafe { ClrTask::of(this) }.identifier.store(asked, Ordering::Relaxed);
    S_OK
}

unsafe extern "system" fn begin_prevent_async_abort(this: *mut ICLRTask2) -> HRESULT {
    // SAFETY: COM's duty for `this`.
    unsafe { ClrTask::of(this) }.abort_delays.fetch_add(1, Ordering::AcqRel);
    S_OK
}

unsafe extern "system" fn end_prevent_async_abort(this: *mut ICLRTask2) -> HRESULT {
    // SAFETY: COM's duty for `this`.
    let task = unsafe { ClrTask::of(this) };
    let ended = task.abort_delays.try_update(Ordering::AcqRel, Ordering::Acquire, |open| open.checked_sub(1));
    if ended.is_err() {
        return E_UNEXPECTED;
    }
    // An abort that was delayed must not wait for the next request to come along.
    if task.abort.load(Ordering::Acquire) != ABORT_NONE {
        task.runtime.interrupt();
    }
    S_OK
}
