//! Starting, stopping and draining through the C functions, and what is in the records.

use tollgate_capi::S_OK;
use tollgate_capi::exports::*;
use tollgate_core::TraceRecord;

use crate::common::Host;

/// All records that no drain has had, and how many were lost.
pub(super) fn drain(host: Host) -> (Vec<TraceRecord>, u64) {
    let (mut all, mut all_lost) = (Vec::new(), 0);
    loop {
        let mut records = vec![TraceRecord::default(); 100];
        let (mut count, mut lost) = (0, 0);
        let size = size_of::<TraceRecord>() as u32;
        // SAFETY: 100 records of that size.
        let result = unsafe {
            tollgate_trace_drain(host.raw(), records.as_mut_ptr(), size, 100, &mut count, &mut lost)
        };
        assert_eq!(result, S_OK);
        all.extend_from_slice(&records[..count as usize]);
        all_lost += lost;
        if count < 100 {
            return (all, all_lost);
        }
    }
}

pub(super) fn start(host: Host) -> i32 {
    // SAFETY: a manager of this library.
    unsafe { tollgate_trace_start(host.raw()) }
}

pub(super) fn stop(host: Host) -> i32 {
    // SAFETY: a manager of this library.
    unsafe { tollgate_trace_stop(host.raw()) }
}

/// Kind, value and depth of the events of one task, in their order.
pub(super) fn of_task(records: &[TraceRecord], task: u64) -> Vec<(u32, u64, u32)> {
    let own = records.iter().filter(|record| record.task == task);
    let all: Vec<_> = own.collect();
    assert!(all.is_sorted_by_key(|record| record.time_ns), "events of a task come in their order");
    all.into_iter().map(|record| (record.kind, record.value, record.depth)).collect()
}

/// The kinds of the manager's own events.
pub(super) fn of_manager(records: &[TraceRecord]) -> Vec<u32> {
    of_task(records, 0).into_iter().map(|(kind, ..)| kind).collect()
}
