//! A task as a COM object: the core record itself, whose first word is this vtable.

use core::ffi::c_void;

use tollgate_core::{Task, WaitOptions, current_task_of};

use crate::guid::{GUID, iid};
use crate::hresult::{E_POINTER, HRESULT, S_OK, from_error, from_result};
use crate::interfaces::{ICLRTask, IHostTask, IHostTaskVtbl, WAIT_ALERTABLE, WAIT_NOTINDEADLOCK};
use crate::unknown::{self, query, retain};

/// The methods of every task of this library.
pub(crate) static VTBL: IHostTaskVtbl = IHostTaskVtbl {
    QueryInterface: query_interface,
    AddRef: add_ref,
    Release: release,
    Start: start,
    Alert: alert,
    Join: join,
    SetPriority: set_priority,
    GetPriority: get_priority,
    SetCLRTask: set_clr_task,
};

/// The task as COM sees it.
pub(crate) fn as_raw(task: &'static Task) -> *mut IHostTask {
    core::ptr::from_ref(task).cast_mut().cast()
}

/// The record behind an interface pointer.
///
/// # Safety
/// `this` came from [`as_raw`], and the caller holds a reference.
unsafe fn task_of(this: *mut IHostTask) -> &'static Task {
    // SAFETY: the caller's duty; records are never freed.
    unsafe { &*this.cast() }
}

unsafe extern "system" fn query_interface(
    this: *mut IHostTask,
    riid: *const GUID,
    out: *mut *mut c_void,
) -> HRESULT {
    // SAFETY: COM's duty for `this`.
    let task = unsafe { task_of(this) };
    // SAFETY: COM's duty for the pointers.
    unsafe { query(this.cast(), iid::IHOST_TASK, riid, out, || _ = task.retain()) }
}

unsafe extern "system" fn add_ref(this: *mut IHostTask) -> u32 {
    // SAFETY: COM's duty for `this`.
    unsafe { task_of(this) }.retain()
}

unsafe extern "system" fn release(this: *mut IHostTask) -> u32 {
    // SAFETY: COM's duty for `this`.
    unsafe { task_of(this) }.release()
}

unsafe extern "system" fn start(this: *mut IHostTask) -> HRESULT {
    // SAFETY: COM's duty for `this`.
    from_result(unsafe { task_of(this) }.start())
}

unsafe extern "system" fn alert(this: *mut IHostTask) -> HRESULT {
    // SAFETY: COM's duty for `this`.
    unsafe { task_of(this) }.alert();
    S_OK
}

unsafe extern "system" fn join(this: *mut IHostTask, milliseconds: u32, option: u32) -> HRESULT {
    let options = WaitOptions {
        alertable: option & WAIT_ALERTABLE != 0,
        not_in_deadlock: option & WAIT_NOTINDEADLOCK != 0,
    };
    // SAFETY: COM's duty for `this`.
    let task = unsafe { task_of(this) };
    from_result(task.join(current_task_of(task.manager()), milliseconds, options))
}

unsafe extern "system" fn set_priority(this: *mut IHostTask, level: i32) -> HRESULT {
    // SAFETY: COM's duty for `this`.
    from_result(unsafe { task_of(this) }.set_priority(level))
}

unsafe extern "system" fn get_priority(this: *mut IHostTask, out: *mut i32) -> HRESULT {
    // SAFETY: COM's duty for the pointer.
    let Some(out) = (unsafe { out.as_mut() }) else { return E_POINTER };
    // SAFETY: COM's duty for `this`.
    *out = unsafe { task_of(this) }.priority();
    S_OK
}

unsafe extern "system" fn set_clr_task(this: *mut IHostTask, runtime: *mut ICLRTask) -> HRESULT {
    if runtime.is_null() {
        return E_POINTER;
    }
    // The reference comes first: once the pointer is in place, others may use it.
    // SAFETY: COM's duty for the object.
    unsafe { retain(runtime) };
    // SAFETY: COM's duty for `this`.
    let (unused, result) = match unsafe { task_of(this) }.set_runtime_half(runtime.cast()) {
        Ok(former) => (former.cast(), S_OK),
        Err(error) => (runtime, from_error(error)),
    };
    // SAFETY: NULL, or a reference taken here or by an earlier call, and in place no longer.
    unsafe { unknown::release(unused) };
    result
}

/// Ends the runtime's half of a task: `ExitTask`, then the reference goes, both on the task's own thread.
///
/// The runtime destroys its half only when no reference is left, so a host that kept one would leak both.
///
/// # Safety
/// Called by core on the thread of the task.
pub(crate) unsafe fn end_runtime_half(task: &Task) {
    let half: *mut ICLRTask = task.runtime_half().replace(core::ptr::null_mut()).cast();
    if half.is_null() {
        return;
    }
    // SAFETY: the reference taken by SetCLRTask.
    let vtbl = unsafe { ICLRTask::vtbl(half) };
    // SAFETY: as above; its result changes nothing, the thread ends.
    unsafe { (vtbl.ExitTask)(half) };
    // SAFETY: as above.
    unsafe { unknown::release(half) };
}
