//! Looking at tasks.

use core::mem::offset_of;

use tollgate_core::{TaskInfo, Totals};

use crate::exports::give;
use crate::hresult::{E_INVALIDARG, E_POINTER, HRESULT, S_OK};
use crate::interfaces::IHostTaskManager;
use crate::manager::HostManager;

/// Copies the manager's live tasks into `entries`, as many as fit, without stopping any of them.
///
/// `entry_size` is `sizeof(tollgate_task_info)` as the caller knows it, `capacity` the number of entries. `*count`
/// becomes the number of live tasks, which may be more than fitted: ask again with more room. `entries` may be NULL with
/// a capacity of 0.
///
/// **Thread:** any. **Progress:** wait-free, no system call. **Errors:** `E_POINTER`; `E_INVALIDARG` for an entry size
/// without the fields before `targets`. `*count` is 0 then.
///
/// # Safety
/// `manager` is NULL or a manager of this library; `entries` has `capacity` times `entry_size` writable bytes; `count`
/// is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tollgate_snapshot(
    manager: *mut IHostTaskManager,
    entries: *mut TaskInfo,
    entry_size: u32,
    capacity: u32,
    count: *mut u32,
) -> HRESULT {
    // SAFETY: the caller's duty.
    let Some(count) = (unsafe { count.as_mut() }) else { return E_POINTER };
    *count = 0;
    if manager.is_null() || (entries.is_null() && capacity != 0) {
        return E_POINTER;
    }
    let least = offset_of!(TaskInfo, targets);
    if capacity != 0 && (entry_size as usize) < least {
        return E_INVALIDARG;
    }
    // SAFETY: the caller's duty.
    unsafe { HostManager::from_raw(manager) }.core().for_each_task(|task| {
        if *count < capacity {
            // SAFETY: below the capacity.
            let entry = unsafe { entries.byte_add(*count as usize * entry_size as usize) };
            // SAFETY: the caller's duty; the record is plain data.
            unsafe { give(task, entry, entry_size, least) };
        }
        *count += 1;
    });
    S_OK
}

/// Writes the sums over all tasks of the manager, ended ones included; `size` is `sizeof(tollgate_totals_info)`.
///
/// **Thread:** any. **Progress:** wait-free, no system call. **Errors:** `E_POINTER`; `E_INVALIDARG` for a size below 8.
///
/// # Safety
/// `manager` is NULL or a manager of this library; `out` is NULL or has `size` writable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tollgate_totals(
    manager: *mut IHostTaskManager,
    out: *mut Totals,
    size: u32,
) -> HRESULT {
    if manager.is_null() {
        return E_POINTER;
    }
    // SAFETY: the caller's duty.
    let totals = unsafe { HostManager::from_raw(manager) }.core().totals();
    // SAFETY: the caller's duty; the record is plain data.
    unsafe { give(&totals, out, size, offset_of!(Totals, tasks_live)) }
}
