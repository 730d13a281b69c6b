//! What the calls answer: twice in a row, in the child of a fork, with bad arguments.

use tollgate_capi::exports::*;
use tollgate_capi::{E_INVALIDARG, E_POINTER, S_FALSE, S_OK};
use tollgate_core::TraceRecord;
#[cfg(unix)]
use tollgate_core::trace::*;

#[cfg(unix)]
use crate::common::child;
use crate::common::{Host, in_every_world};
#[cfg(unix)]
use crate::drained::{drain, of_task};
use crate::drained::{start, stop};

#[test]
fn starting_and_stopping_twice_says_so() {
    in_every_world(|world| {
        let host = world.host();
        stop(host);
        assert_eq!([stop(host), start(host), start(host), stop(host)], [S_FALSE, S_OK, S_FALSE, S_OK]);
        assert_eq!([start(host), stop(host), stop(host)], [S_OK, S_OK, S_FALSE]);
    });
}

#[cfg(unix)]
#[test]
fn a_child_of_a_fork_has_no_trace() {
    in_every_world(|world| {
        let host = world.host();
        start(host);
        assert_eq!(host.leave(1), S_OK);
        let child = child::fork(|| {
            tollgate_after_fork_child();
            assert_eq!(drain(host), (vec![], 0));
            assert_eq!([host.enter(), stop(host), start(host), host.leave(9)], [S_OK, S_FALSE, S_OK, S_OK]);
            let (records, lost) = drain(host);
            assert_eq!((of_task(&records, host.own_entry().id), lost), (vec![(TRACE_LEAVE, 9, 1)], 0));
        });
        child.passes();
        assert_eq!(host.enter(), S_OK);
        let (records, lost) = drain(host);
        let own = of_task(&records, host.own_entry().id);
        assert_eq!((own.last(), lost), (Some(&(TRACE_ENTER, 0, 0)), 0), "the parent's goes on");
    });
}

#[test]
fn bad_arguments_are_refused() {
    let host = Host::new(tollgate_config { struct_size: 28, ..Default::default() });
    let (mut records, mut count, mut lost) = ([TraceRecord::default(); 2], 7, 7);
    let null = std::ptr::null_mut();
    // SAFETY: pointers are null or good, here and below.
    assert_eq!(unsafe { tollgate_trace_start(null) }, E_POINTER);
    // SAFETY: as above.
    assert_eq!(unsafe { tollgate_trace_stop(null) }, E_POINTER);
    let mut call = |host, records, size, capacity| {
        (count, lost) = (7, 7);
        // SAFETY: as above.
        let result = unsafe { tollgate_trace_drain(host, records, size, capacity, &mut count, &mut lost) };
        assert_eq!((count, lost), (0, 0));
        result
    };
    let [good, none] = [records.as_mut_ptr(), std::ptr::null_mut()];
    assert_eq!(call(null, good, 32, 2), E_POINTER);
    assert_eq!(call(host.raw(), none, 32, 2), E_POINTER);
    assert_eq!(call(host.raw(), good, 23, 2), E_INVALIDARG);
    assert_eq!(call(host.raw(), good, 24, 2), S_OK);
    assert_eq!(call(host.raw(), none, 0, 0), S_OK);
    // SAFETY: as above.
    let result = unsafe { tollgate_trace_drain(host.raw(), good, 32, 2, std::ptr::null_mut(), &mut lost) };
    assert_eq!(result, E_POINTER);
    // SAFETY: as above.
    let result = unsafe { tollgate_trace_drain(host.raw(), good, 32, 2, &mut count, std::ptr::null_mut()) };
    assert_eq!(result, S_OK);
    let too_many = tollgate_config { struct_size: 28, trace_records: (1 << 20) + 1, ..Default::default() };
    let mut out = std::ptr::dangling_mut();
    // SAFETY: as above.
    assert_eq!(unsafe { tollgate_manager_create(&too_many, &mut out) }, E_INVALIDARG);
    assert!(out.is_null());
}
