//! The gate: pause, resume, shutdown, failure, fork.

use core::mem::offset_of;

use tollgate_core::{BUCKETS, Error, Manager, PauseReport, bucket_start_ns};

use crate::exports::give;
use crate::hresult::{E_INVALIDARG, E_POINTER, HRESULT, S_OK, from_result};
use crate::interfaces::IHostTaskManager;
use crate::manager::HostManager;

/// Closes the gate and waits until no task is inside; until `tollgate_resume` none goes in.
///
/// Pauses nest, from one thread or several: every success needs one resume. `timeout_ms` 0xFFFFFFFF waits for ever.
/// `report` may be NULL; else `report_size` is `sizeof(tollgate_pause_report)`, and it is written on failure too.
///
/// **Thread:** any that is not inside. **Progress:** blocks. **Ordering:** what tasks did inside happens before the
/// return, what the caller does then happens before any task goes in. **Errors:** `HOST_E_TIMEOUT`, with the laggards
/// in the report and the gate as before; `HOST_E_DEADLOCK` on a thread that is inside; `HOST_E_INVALIDOPERATION` under
/// observe, or at 255 pauses; `HOST_E_CLRNOTAVAILABLE` after a shutdown or failure; `E_POINTER`, `E_INVALIDARG`.
///
/// # Safety
/// `manager` is NULL or a manager of this library; `report` is NULL or has `report_size` writable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tollgate_pause(
    manager: *mut IHostTaskManager,
    timeout_ms: u32,
    report: *mut PauseReport,
    report_size: u32,
) -> HRESULT {
    // SAFETY: the caller's duty.
    unsafe { reported(manager, report, report_size, |m, report| m.pause_into(timeout_ms, report)) }
}

/// Takes one pause back; the last one opens the gate, and held tasks go in before any later pause.
///
/// **Thread:** any. **Progress:** lock-free; a system call if tasks are held. **Errors:** `HOST_E_NOT_OWNER` without a
/// pause; `E_POINTER`.
///
/// # Safety
/// `manager` is NULL or a manager of this library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tollgate_resume(manager: *mut IHostTaskManager) -> HRESULT {
    // SAFETY: the caller's duty.
    unsafe { on(manager, |m| m.resume().map(|_| ())) }
}

/// Ends the manager: inward calls return `HOST_E_CLRNOTAVAILABLE` from now on, held ones `HOST_E_ABANDONED`; waits until
/// no task is inside. Outward calls still succeed. The end stands even if the wait fails; a repeated call waits again.
///
/// **Thread:** any that is not inside. **Progress:** blocks. **Errors:** `HOST_E_TIMEOUT`, with the laggards in the
/// report; `HOST_E_DEADLOCK` on a thread that is inside (nothing has ended then); `HOST_E_INVALIDOPERATION` under
/// observe; `E_POINTER`, `E_INVALIDARG`.
///
/// # Safety
/// As for `tollgate_pause`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tollgate_shutdown(
    manager: *mut IHostTaskManager,
    timeout_ms: u32,
    report: *mut PauseReport,
    report_size: u32,
) -> HRESULT {
    // SAFETY: the caller's duty.
    unsafe { reported(manager, report, report_size, |m, report| m.shutdown(timeout_ms, report)) }
}

/// Declares that the host's state is broken: calls held at the gate return `E_FAIL`, every later transition
/// `HOST_E_CLRNOTAVAILABLE` (outward ones are still recorded).
///
/// **Thread:** any. **Progress:** lock-free, a system call. **Errors:** `HOST_E_INVALIDOPERATION` under observe;
/// `E_POINTER`.
///
/// # Safety
/// `manager` is NULL or a manager of this library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tollgate_fail(manager: *mut IHostTaskManager) -> HRESULT {
    // SAFETY: the caller's duty.
    unsafe { on(manager, Manager::fail) }
}

/// Puts every manager in order in the child of a fork: only the calling thread's tasks remain, all gates are open.
///
/// **Thread:** the only one of the child, before any other call of this library. **Progress:** system calls;
/// async-signal-safe.
#[unsafe(no_mangle)]
pub extern "C" fn tollgate_after_fork_child() {
    // SAFETY: the documented duty of C callers; this library hands out no task without a thread.
    unsafe { tollgate_core::after_fork_child() };
}

/// Writes how many pauses and shutdowns took how long, by bucket: `durations` for the whole call, `waits` for the part
/// in which tasks inside were waited for. Either may be NULL; each has room for `buckets` counts. `*known` becomes the
/// number of buckets there are; `tollgate_bucket_start_ns` tells where each begins.
///
/// **Thread:** any. **Progress:** wait-free. **Errors:** `E_POINTER` for a NULL manager or `known`.
///
/// # Safety
/// `manager` is NULL or a manager of this library; the arrays are NULL or have `buckets` entries; `known` is NULL or
/// writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tollgate_pause_histogram(
    manager: *mut IHostTaskManager,
    durations: *mut u64,
    waits: *mut u64,
    buckets: u32,
    known: *mut u32,
) -> HRESULT {
    // SAFETY: the caller's duty.
    let Some(known) = (unsafe { known.as_mut() }) else { return E_POINTER };
    *known = BUCKETS as u32;
    if manager.is_null() {
        return E_POINTER;
    }
    // SAFETY: the caller's duty.
    let manager = unsafe { HostManager::from_raw(manager) }.core();
    let copied = (buckets as usize).min(BUCKETS);
    // SAFETY: the caller's duty, here and below.
    unsafe { copy(|| manager.pause_durations(), durations, copied) };
    // SAFETY: as above.
    unsafe { copy(|| manager.laggard_waits(), waits, copied) };
    S_OK
}

/// Out of line, so that one frame has one array: more than a page of them takes a helper of the compiler's library to
/// make on Windows, and that library brings what a program may have already.
///
/// # Safety
/// `out` is NULL or has `count` entries, at most `BUCKETS`.
#[inline(never)]
unsafe fn copy(counts: impl FnOnce() -> [u64; BUCKETS], out: *mut u64, count: usize) {
    if !out.is_null() {
        // SAFETY: the caller's duty for `out`.
        unsafe { core::ptr::copy_nonoverlapping(counts().as_ptr(), out, count) };
    }
}

/// The shortest duration that counts in bucket `index`, in nanoseconds; that of the last bucket for any beyond it.
///
/// **Thread:** any. **Progress:** wait-free.
#[unsafe(no_mangle)]
pub extern "C" fn tollgate_bucket_start_ns(index: u32) -> u64 {
    bucket_start_ns((index as usize).min(BUCKETS - 1))
}

/// # Safety
/// `manager` is NULL or a manager of this library.
unsafe fn on(
    manager: *mut IHostTaskManager,
    act: impl FnOnce(&'static Manager) -> Result<(), Error>,
) -> HRESULT {
    if manager.is_null() {
        return E_POINTER;
    }
    // SAFETY: the caller's duty.
    from_result(act(unsafe { HostManager::from_raw(manager) }.core()))
}

/// # Safety
/// As for `tollgate_pause`.
unsafe fn reported(
    manager: *mut IHostTaskManager,
    report: *mut PauseReport,
    report_size: u32,
    act: impl FnOnce(&'static Manager, &mut PauseReport) -> Result<(), Error>,
) -> HRESULT {
    let least = offset_of!(PauseReport, laggards);
    if !report.is_null() && (report_size as usize) < least {
        return E_INVALIDARG;
    }
    let mut filled = PauseReport::default();
    // SAFETY: the caller's duty.
    let result = unsafe { on(manager, |m| act(m, &mut filled)) };
    if !report.is_null() {
        // SAFETY: the caller's duty; the record is plain data.
        unsafe { give(&filled, report, report_size, least) };
    }
    result
}
