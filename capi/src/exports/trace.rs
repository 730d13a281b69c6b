//! Tracing: what every task did, and when.

use core::mem::offset_of;

use tollgate_core::TraceRecord;

use crate::exports::{give, host};
use crate::hresult::{E_INVALIDARG, E_POINTER, HRESULT, S_FALSE, S_OK, from_error};
use crate::interfaces::IHostTaskManager;

/// Switches tracing on: from the return on every transition, and every event of the gate, is recorded with the time, in a ring
/// of the task's own that keeps its newest events. `S_FALSE` if it was on.
///
/// A traced transition takes the slow path and reads the clock; when tracing is off nothing of it is left. Memory for the
/// rings is taken as they fill, and kept. docs/TRACE.md tells more.
///
/// **Thread:** any. **Progress:** lock-free; system calls. **Errors:** `E_OUTOFMEMORY`; `E_POINTER`.
///
/// # Safety
/// `manager` is NULL or a manager of this library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tollgate_trace_start(manager: *mut IHostTaskManager) -> HRESULT {
    // SAFETY: the caller's duty.
    let Some(manager) = (unsafe { host(manager) }) else { return E_POINTER };
    match manager.core().trace_start() {
        Ok(true) => S_OK,
        Ok(false) => S_FALSE,
        Err(error) => from_error(error),
    }
}

/// Switches tracing off; `S_FALSE` if it was. What was recorded can still be drained.
///
/// A transition that is under way at the call may still be recorded; one that begins after the return is not.
///
/// **Thread:** any. **Progress:** wait-free. **Errors:** `E_POINTER`.
///
/// # Safety
/// `manager` is NULL or a manager of this library.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tollgate_trace_stop(manager: *mut IHostTaskManager) -> HRESULT {
    // SAFETY: the caller's duty.
    let Some(manager) = (unsafe { host(manager) }) else { return E_POINTER };
    if manager.core().trace_stop() { S_OK } else { S_FALSE }
}

/// Moves the records that no drain has had yet into `records`, as many as fit, those of each task in their order.
///
/// `record_size` is `sizeof(tollgate_trace_record)` as the caller knows it, `capacity` the number of records there is room
/// for. `*count` becomes the number of records written; if it is `capacity`, there may be more. `*lost` becomes the number
/// of events since the last drain that were overwritten before anybody took them, or found no place; it may be NULL.
///
/// **Thread:** any, one at a time. **Progress:** wait-free, no system call. **Errors:** `E_POINTER`; `E_INVALIDARG` for a
/// record size without the fields before `kind`; `HOST_E_INVALIDOPERATION` while another thread drains. `*count` and
/// `*lost` are 0 then.
///
/// # Safety
/// `manager` is NULL or a manager of this library; `records` has `capacity` times `record_size` writable bytes; `count` is
/// NULL or writable, `lost` likewise.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn tollgate_trace_drain(
    manager: *mut IHostTaskManager,
    records: *mut TraceRecord,
    record_size: u32,
    capacity: u32,
    count: *mut u32,
    lost: *mut u64,
) -> HRESULT {
    // SAFETY: the caller's duty.
    let lost = unsafe { lost.as_mut() };
    let mut nowhere = 0;
    let lost = lost.unwrap_or(&mut nowhere);
    *lost = 0;
    // SAFETY: the caller's duty.
    let Some(count) = (unsafe { count.as_mut() }) else { return E_POINTER };
    *count = 0;
    // SAFETY: the caller's duty.
    let Some(manager) = (unsafe { host(manager) }) else { return E_POINTER };
    if records.is_null() && capacity != 0 {
        return E_POINTER;
    }
    let least = offset_of!(TraceRecord, kind);
    if capacity != 0 && (record_size as usize) < least {
        return E_INVALIDARG;
    }
    let drained = manager.core().trace_drain(|record| {
        if *count == capacity {
            return false;
        }
        // SAFETY: below the capacity.
        let to = unsafe { records.byte_add(*count as usize * record_size as usize) };
        // SAFETY: the caller's duty; the record is plain data.
        unsafe { give(record, to, record_size, least) };
        *count += 1;
        true
    });
    match drained {
        Ok(drained) => {
            *lost = drained.lost;
            S_OK
        }
        Err(error) => from_error(error),
    }
}
