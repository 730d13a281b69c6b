//! What hosts ask of a half by its task's id, and the answer where there is none, or none any more.

use std::ptr;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::thread;

use tollgate_capi::exports::*;
use tollgate_capi::interfaces::*;
use tollgate_capi::*;

use super::FOREVER;
use super::guest::{Guest, own_id};
use crate::com;
use crate::com::{CountingTask, current, new_manager, wait_until};

#[test]
fn hosts_reach_a_half_by_its_tasks_id() {
    let (_, m) = new_manager();
    let guest = Guest::new(m);
    let task = guest.enter();
    let (half, id) = (&guest.half, guest.id());

    assert_eq!(c!(tollgate_task_abort(m, id)), S_OK);
    assert_eq!(c!(tollgate_task_rude_abort(m, id)), S_OK);
    assert_eq!(c!(tollgate_task_yield(m, id)), S_OK);
    assert_eq!(c!(tollgate_task_set_identifier(m, id, 0x1234_5678_9abc)), S_OK);
    let count = |counter: &AtomicU32| counter.load(SeqCst);
    assert_eq!([count(&half.aborts), count(&half.rude_aborts), count(&half.yields)], [1; 3]);
    assert_eq!(half.identifier.load(SeqCst), 0x1234_5678_9abc);

    let mut memory = COR_GC_THREAD_STATS { PerThreadAllocation: 9, Flags: 9 };
    assert_eq!(c!(tollgate_task_memory(m, id, &mut memory)), S_OK);
    assert_eq!((memory.PerThreadAllocation, memory.Flags), (4096, 0), "flags are cleared for the runtime");
    let (mut locks, mut needs) = (9, 9);
    assert_eq!(c!(tollgate_task_locks_held(m, id, &mut locks)), S_OK);
    assert_eq!(c!(tollgate_task_needs_priority(m, id, &mut needs)), S_OK);
    assert_eq!((locks, needs), (3, 1));
    assert_eq!(half.references(), 2, "nothing asked leaves a reference");

    // What the runtime answers is the answer.
    half.answer.store(HOST_E_INVALIDOPERATION, SeqCst);
    assert_eq!(c!(tollgate_task_yield(m, id)), HOST_E_INVALIDOPERATION);
    half.answer.store(S_FALSE, SeqCst);
    assert_eq!(c!(tollgate_task_yield(m, id)), S_FALSE);

    guest.go_on.store(true, SeqCst);
    assert_eq!(com!(task.Join(FOREVER, 0)), S_OK);
    assert_eq!(c!(tollgate_task_abort(m, id)), HOST_E_ABANDONED, "ended, though referred to");
    assert_eq!(c!(tollgate_task_memory(m, id, &mut memory)), HOST_E_ABANDONED);
    assert_eq!((memory.PerThreadAllocation, memory.Flags), (0, 0));
    assert_eq!(count(&half.aborts), 1);
    com!(task.Release());
}

#[test]
fn every_absence_has_its_own_code() {
    let (_, m) = new_manager();
    let own = {
        assert!(com!(m.SwitchToTask(0)) >= S_OK);
        own_id(m)
    };
    assert_eq!(c!(tollgate_task_abort(m, own)), HOST_E_CLRNOTAVAILABLE, "nobody asked for its IHostTask");
    let task = current(m);
    assert_eq!(c!(tollgate_task_abort(m, own)), HOST_E_CLRNOTAVAILABLE, "it has no half");
    for unknown in [0, own + 1, u64::MAX] {
        assert_eq!(c!(tollgate_task_abort(m, unknown)), E_INVALIDARG);
        assert_eq!(c!(tollgate_task_yield(m, unknown)), E_INVALIDARG);
    }
    let (mut locks, mut needs) = (9, 9);
    assert_eq!(c!(tollgate_task_locks_held(m, own, &mut locks)), HOST_E_CLRNOTAVAILABLE);
    assert_eq!(c!(tollgate_task_needs_priority(m, own, &mut needs)), HOST_E_CLRNOTAVAILABLE);
    assert_eq!((locks, needs), (0, 0));

    let none = ptr::null_mut();
    assert_eq!(c!(tollgate_task_abort(none, own)), E_POINTER);
    assert_eq!(c!(tollgate_task_memory(m, own, ptr::null_mut())), E_POINTER);
    assert_eq!(c!(tollgate_task_locks_held(m, own, ptr::null_mut())), E_POINTER);
    assert_eq!(c!(tollgate_task_needs_priority(m, own, ptr::null_mut())), E_POINTER);
    let mut kind = 0;
    let mut half = ptr::dangling_mut();
    assert_eq!(c!(tollgate_current_task_type(m, &mut kind)), HOST_E_CLRNOTAVAILABLE);
    assert_eq!(kind, TT_UNKNOWN);
    assert_eq!(c!(tollgate_current_runtime_task(m, &mut half)), HOST_E_CLRNOTAVAILABLE);
    assert!(half.is_null());
    assert_eq!(c!(tollgate_introduce_thread(m)), HOST_E_CLRNOTAVAILABLE);
    assert_eq!(c!(tollgate_current_task_type(none, &mut kind)), E_POINTER);
    assert_eq!(c!(tollgate_introduce_thread(none)), E_POINTER);
    com!(task.Release());
}

#[test]
fn a_task_that_delays_aborts_is_not_aborted() {
    let (_, m) = new_manager();
    static HALF: CountingTask = CountingTask::new();
    let half = &HALF;
    let task = current(m);
    com!(task.SetCLRTask(half.as_raw()));
    let id = own_id(m);
    assert_eq!(com!(m.BeginDelayAbort()), S_OK);
    assert_eq!(com!(m.BeginDelayAbort()), E_UNEXPECTED);
    assert_eq!(c!(tollgate_task_abort(m, id)), HOST_E_INVALIDOPERATION);
    assert_eq!(c!(tollgate_task_rude_abort(m, id)), HOST_E_INVALIDOPERATION);
    assert_eq!(c!(tollgate_task_yield(m, id)), S_OK, "a yield is no abort");
    assert_eq!(com!(m.EndDelayAbort()), S_OK);
    assert_eq!(com!(m.EndDelayAbort()), E_UNEXPECTED);
    assert_eq!(half.aborts.load(SeqCst) + half.rude_aborts.load(SeqCst), 0);
    assert_eq!(c!(tollgate_task_abort(m, id)), S_OK);
    assert_eq!(half.aborts.load(SeqCst), 1);
    com!(task.Release());
}

/// Where nothing waited for the user, the guest's thread would end the half, and the join.
#[test]
fn a_half_does_not_end_while_somebody_uses_it() {
    let (host, m) = new_manager();
    let guest = Guest::new(m);
    let task = guest.enter();
    guest.half.hold.store(true, SeqCst);
    thread::scope(|scope| {
        scope.spawn(|| assert_eq!(c!(tollgate_task_abort(host.as_raw(), guest.id())), S_OK));
        wait_until("somebody is in the half", || guest.half.inside.load(SeqCst) == 1);
        guest.go_on.store(true, SeqCst);
        wait_until("the guest has returned", || guest.left.load(SeqCst));
        assert_eq!(com!(task.Join(20, 0)), HOST_E_TIMEOUT);
        assert_eq!(guest.half.exits(), 0);
        guest.half.hold.store(false, SeqCst);
    });
    assert_eq!(com!(task.Join(FOREVER, 0)), S_OK);
    assert_eq!((guest.half.references(), guest.half.exits()), (1, 1));
    com!(task.Release());
}

/// The thread ends while others ask: each of them either reaches the half before ExitTask, or finds it gone.
#[test]
fn nobody_reaches_a_half_after_its_end() {
    let (host, m) = new_manager();
    for _ in 0..50 {
        let guest = Guest::new(m);
        let task = guest.enter();
        let id = guest.id();
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    let m = host.as_raw();
                    loop {
                        let ended_before = guest.half.exits();
                        let result = c!(tollgate_task_abort(m, id));
                        if result != S_OK {
                            let gone = [HOST_E_CLRNOTAVAILABLE, HOST_E_ABANDONED];
                            assert!(gone.contains(&result), "{result:#x}");
                            break;
                        }
                        assert_eq!(ended_before, 0, "aborted after ExitTask");
                    }
                });
            }
            guest.go_on.store(true, SeqCst);
        });
        assert_eq!(com!(task.Join(FOREVER, 0)), S_OK);
        assert_eq!((guest.half.references(), guest.half.exits()), (1, 1));
        com!(task.Release());
    }
}
