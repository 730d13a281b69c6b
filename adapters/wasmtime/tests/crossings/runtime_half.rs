//! `ICLRTaskManager` and `ICLRTask2`, slot by slot, on real threads and guests.

use std::ptr::null_mut;

use tollgate_capi::interfaces::{COR_GC_THREAD_STATS, ICLRTaskManager, TT_UNKNOWN, TT_USER};
use tollgate_capi::{
    E_FAIL, E_NOINTERFACE, E_NOTIMPL, E_POINTER, E_UNEXPECTED, HOST_E_INVALIDOPERATION, HRESULT, HostManager,
    S_FALSE, S_OK, iid,
};
use tollgate_core::Config;
use tollgate_wasmtime::{Host, Manager};

use crate::common::*;
use crate::half::*;

/// What a slot that hands out a task answers, and the task.
fn ask(
    manager: &'static HostManager,
    slot: impl Fn(&tollgate_capi::interfaces::ICLRTaskManagerVtbl) -> TaskSlot,
) -> (HRESULT, bool) {
    let mut task = null_mut();
    // SAFETY: a live interface; `task` outlives the call.
    let hresult = runtime(manager, |runtime, vtbl| unsafe { slot(vtbl)(runtime, &raw mut task) });
    (hresult, !task.is_null())
}

fn task_type(manager: &'static HostManager) -> u32 {
    let mut task_type = 0;
    runtime(manager, |runtime: *mut ICLRTaskManager, vtbl| {
        // SAFETY: a live interface; `task_type` outlives the call.
        assert_eq!(unsafe { (vtbl.GetCurrentTaskType)(runtime, &raw mut task_type) }, S_OK);
    });
    task_type
}

fn set_locale(manager: &'static HostManager) -> [HRESULT; 2] {
    runtime(manager, |runtime, vtbl| {
        // SAFETY: a live interface.
        let interface = unsafe { (vtbl.SetUILocale)(runtime, 1033) };
        // SAFETY: as above.
        [interface, unsafe { (vtbl.SetLocale)(runtime, 1033) }]
    })
}

#[test]
fn a_thread_is_introduced_once() {
    let manager = manager(Config::DEFAULT);
    let _ = Host::new(manager);
    assert_eq!(ask(manager, |vtbl| vtbl.GetCurrentTask), (S_OK, false));
    assert_eq!(task_type(manager), TT_UNKNOWN);
    assert_eq!(set_locale(manager), [HOST_E_INVALIDOPERATION; 2]);

    assert_eq!(ask(manager, |vtbl| vtbl.CreateTask), (S_OK, true));
    assert_eq!(ask(manager, |vtbl| vtbl.GetCurrentTask), (S_OK, true));
    assert_eq!(ask(manager, |vtbl| vtbl.CreateTask), (HOST_E_INVALIDOPERATION, false));
    assert_eq!(task_type(manager), TT_USER);
    assert_eq!(set_locale(manager), [S_OK; 2]);
}

#[test]
fn calling_a_guest_introduces_the_thread() {
    let manager = manager(Config::DEFAULT);
    let mut guest = Guest::new(Some(Host::new(manager)), vec![act(|_| Ok(()))]);
    assert_eq!(ask(manager, |vtbl| vtbl.GetCurrentTask), (S_OK, false));
    guest.run(0).expect("the call");
    let from_runtime = Half::of_this_thread(manager);
    let from_host = Half::of_task(manager, only_task(manager).id).expect("SetCLRTask was called");
    assert_eq!(from_runtime.0, from_host.0);
}

#[test]
fn hosts_on_one_manager_are_one_runtime() {
    let manager = manager(Config::DEFAULT);
    let _ = (Host::new(manager), Host::new(Manager::from(manager)));
    let first = runtime(manager, |runtime, _| runtime as usize);
    let _ = Host::new(manager);
    assert_eq!(runtime(manager, |runtime, _| runtime as usize), first);
}

#[test]
fn query_interface_answers_one_address() {
    let manager = manager(Config::DEFAULT);
    let _ = Host::new(manager);
    ask(manager, |vtbl| vtbl.CreateTask);
    let half = Half::of_this_thread(manager);
    for riid in [iid::IUNKNOWN, iid::ICLR_TASK, iid::ICLR_TASK2] {
        let mut out = null_mut();
        assert_eq!(half.query_interface(&raw const riid, &raw mut out), S_OK);
        assert_eq!(out, half.0.cast());
        Half(out.cast()).release();
    }
    let mut out = half.0.cast();
    assert_eq!(half.query_interface(&iid::IHOST_TASK, &raw mut out), E_NOINTERFACE);
    assert!(out.is_null());
    assert_eq!(half.query_interface(&iid::IUNKNOWN, null_mut()), E_POINTER);
}

#[test]
fn slots_of_a_guest_task_answer_as_the_contract_says() {
    let manager = manager(Config::DEFAULT);
    let look = act(move |_| {
        let half = Half::of_this_thread(manager);
        // Its guests are running: there is nothing to reset yet.
        assert_eq!(half.reset(1), E_UNEXPECTED);
        Ok(())
    });
    let mut guest = Guest::new(Some(Host::new(manager)), vec![look]);
    guest.run(0).expect("the call");

    let half = Half::of_this_thread(manager);
    assert_eq!(half.switch_in(null_mut()), HOST_E_INVALIDOPERATION);
    assert_eq!(half.switch_out(), E_NOTIMPL);
    let mut needs = -1;
    assert_eq!((half.needs_priority_scheduling(&raw mut needs), needs), (S_OK, 0));
    let mut locks = 7;
    assert_eq!((half.locks_held(&raw mut locks), locks), (S_OK, 0));
    assert_eq!(half.yield_task(), HOST_E_INVALIDOPERATION);
    assert_eq!(half.reset(1), S_OK);
    assert_eq!(half.get_mem_stats(null_mut()), E_POINTER);
    assert_eq!(half.needs_priority_scheduling(null_mut()), E_POINTER);
    assert_eq!(half.locks_held(null_mut()), E_POINTER);
    assert_eq!(half.end_prevent_async_abort(), E_UNEXPECTED);

    std::thread::scope(|scope| {
        scope.spawn(|| {
            assert_eq!(half.switch_in(null_mut()), E_FAIL);
            assert_eq!(half.exit_task(), HOST_E_INVALIDOPERATION);
            assert_eq!(half.reset(1), E_UNEXPECTED);
            assert_eq!((half.yield_task(), half.yield_task()), (S_OK, S_FALSE));
        });
    });
}

#[test]
fn memory_statistics_follow_the_guest() {
    const PAGE: u64 = 64 << 10;
    fn bytes(half: &Half) -> u64 {
        let mut stats = COR_GC_THREAD_STATS::default();
        assert_eq!((half.get_mem_stats(&raw mut stats), stats.Flags), (S_OK, 0));
        stats.PerThreadAllocation
    }
    let manager = manager(Config::DEFAULT);
    let grow = act(move |caller| {
        let half = Half::of_this_thread(manager);
        assert_eq!(bytes(&half), PAGE);
        let grow = export::<()>(caller, "grow");
        tollgate_wasmtime::call(caller, &grow, ())?;
        assert_eq!(bytes(&half), 2 * PAGE);
        Ok(())
    });
    let mut guest = Guest::new(None, vec![grow]);
    let attached = Host::new(manager).attach(&mut guest.store);
    attached.count_memories(&mut guest.store, &guest.instance);
    guest.run(0).expect("the call");
    assert_eq!(bytes(&Half::of_this_thread(manager)), 2 * PAGE);
}

#[test]
fn nothing_refers_to_a_task_after_its_thread() {
    let manager = manager(Config::DEFAULT);
    let host = Host::new(manager);
    let body = move || {
        Guest::new(Some(host), vec![act(|_| Ok(()))]).run(0).expect("the call");
        Half::of_this_thread(manager)
    };
    let half = std::thread::spawn(body).join().expect("no panic");
    // ExitTask was called on that thread, and the host's reference went with it: this is the last one.
    assert_eq!(half.abort(), S_OK);
    assert_eq!(half.release(), 0);
}
