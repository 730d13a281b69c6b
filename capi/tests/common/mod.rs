//! A host that calls the library as a runtime written in C would: through the pointers of the vtable and the C functions.

#![allow(dead_code, unused_imports, reason = "each test program uses a part of it")]

mod actor;
#[cfg(unix)]
#[path = "../../../core/tests/common/child.rs"]
pub(crate) mod child;
#[path = "../../../core/tests/common/os.rs"]
pub(crate) mod os;
#[path = "../../../core/tests/common/over.rs"]
pub(crate) mod over;
#[path = "../../../core/tests/common/own_process.rs"]
pub(crate) mod own_process;
mod world;

use std::ffi::c_void;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

pub(crate) use actor::{Actor, Pending, wait_until};
pub(crate) use os::thread_id as os_thread_id;
use over::Over;
use tollgate_capi::exports::*;
use tollgate_capi::interfaces::{
    IHostTask, IHostTaskManager, IHostTaskManagerVtbl, IHostTaskVtbl, ThreadStart,
};
use tollgate_capi::{HRESULT, HostManager, S_OK};
use tollgate_core::{PauseReport, TaskInfo, Totals};
pub(crate) use world::{World, in_every_world};

/// What `timeout_ms` calls "for ever".
pub(crate) const FOREVER: u32 = u32::MAX;

/// A call on a host.
pub(crate) type Call = fn(Host) -> HRESULT;

/// A manager, called through its raw interface pointer.
#[derive(Clone, Copy)]
pub(crate) struct Host(*mut IHostTaskManager);

// SAFETY: managers are made for calls from any thread.
unsafe impl Send for Host {}
// SAFETY: as above.
unsafe impl Sync for Host {}

impl Host {
    pub(crate) fn new(config: tollgate_config) -> Host {
        let mut out = std::ptr::null_mut();
        // SAFETY: both pointers are good for the call.
        assert_eq!(unsafe { tollgate_manager_create(&config, &mut out) }, S_OK);
        Host(out)
    }

    pub(crate) fn raw(self) -> *mut IHostTaskManager {
        self.0
    }

    pub(crate) fn core(self) -> &'static tollgate_core::Manager {
        // SAFETY: a manager of this library.
        unsafe { HostManager::from_raw(self.0) }.core()
    }

    fn vtbl(self) -> &'static IHostTaskManagerVtbl {
        // SAFETY: a manager of this library.
        let object = unsafe { &*self.0 };
        // SAFETY: the vtable lives as long as the process.
        unsafe { &*object.lpVtbl }
    }

    pub(crate) fn leave(self, target: usize) -> HRESULT {
        // SAFETY: the object's own method, here and in all calls below.
        unsafe { (self.vtbl().LeaveRuntime)(self.0, target) }
    }

    pub(crate) fn enter(self) -> HRESULT {
        // SAFETY: as for `leave`.
        unsafe { (self.vtbl().EnterRuntime)(self.0) }
    }

    pub(crate) fn reverse_enter(self) -> HRESULT {
        // SAFETY: as for `leave`.
        unsafe { (self.vtbl().ReverseEnterRuntime)(self.0) }
    }

    pub(crate) fn reverse_leave(self) -> HRESULT {
        // SAFETY: as for `leave`.
        unsafe { (self.vtbl().ReverseLeaveRuntime)(self.0) }
    }

    /// GetCurrentTask; the reference is given back at once.
    pub(crate) fn current_task(self) -> HRESULT {
        let mut task = std::ptr::dangling_mut();
        // SAFETY: the pointer is writable.
        let result = unsafe { (self.vtbl().GetCurrentTask)(self.0, &mut task) };
        assert_eq!(task.is_null(), result != S_OK, "a pointer with success only");
        if result == S_OK {
            HostTask(task).release();
        }
        result
    }

    pub(crate) fn begin_affinity(self) -> HRESULT {
        // SAFETY: as for `leave`.
        unsafe { (self.vtbl().BeginThreadAffinity)(self.0) }
    }

    pub(crate) fn end_affinity(self) -> HRESULT {
        // SAFETY: as for `leave`.
        unsafe { (self.vtbl().EndThreadAffinity)(self.0) }
    }

    pub(crate) fn create_task(self, start: ThreadStart, parameter: *mut c_void) -> (HRESULT, HostTask) {
        let mut task = std::ptr::null_mut();
        // SAFETY: the pointer is writable; tests vouch for start and parameter.
        let result = unsafe { (self.vtbl().CreateTask)(self.0, 0, start, parameter, &mut task) };
        (result, HostTask(task))
    }

    pub(crate) fn pause(self, timeout_ms: u32) -> (HRESULT, PauseReport) {
        let mut report = PauseReport::default();
        let size = size_of::<PauseReport>() as u32;
        // SAFETY: the report has `size` bytes.
        (unsafe { tollgate_pause(self.0, timeout_ms, &mut report, size) }, report)
    }

    pub(crate) fn resume(self) -> HRESULT {
        // SAFETY: a manager of this library, here and below.
        unsafe { tollgate_resume(self.0) }
    }

    pub(crate) fn shutdown(self, timeout_ms: u32) -> (HRESULT, PauseReport) {
        let mut report = PauseReport::default();
        let size = size_of::<PauseReport>() as u32;
        // SAFETY: the report has `size` bytes.
        (unsafe { tollgate_shutdown(self.0, timeout_ms, &mut report, size) }, report)
    }

    pub(crate) fn fail(self) -> HRESULT {
        // SAFETY: as for `resume`.
        unsafe { tollgate_fail(self.0) }
    }

    pub(crate) fn set_available(self, available: bool) -> HRESULT {
        // SAFETY: as for `resume`.
        unsafe { tollgate_set_available(self.0, i32::from(available)) }
    }

    pub(crate) fn totals(self) -> Totals {
        let mut totals = Totals::default();
        // SAFETY: the record has that size.
        assert_eq!(unsafe { tollgate_totals(self.0, &mut totals, size_of::<Totals>() as u32) }, S_OK);
        totals
    }

    pub(crate) fn snapshot(self) -> Vec<TaskInfo> {
        let mut entries = vec![TaskInfo::EMPTY; 64];
        let (size, capacity, mut count) = (size_of::<TaskInfo>() as u32, entries.len() as u32, 0);
        // SAFETY: `capacity` entries of `size` bytes.
        let result = unsafe { tollgate_snapshot(self.0, entries.as_mut_ptr(), size, capacity, &mut count) };
        assert_eq!(result, S_OK);
        entries.truncate(count as usize);
        entries
    }

    /// The calling thread's entry of a snapshot.
    pub(crate) fn own_entry(self) -> TaskInfo {
        let me = os_thread_id();
        self.snapshot().into_iter().find(|task| task.os_thread == me).expect("this thread has a task")
    }

    /// Returns once exactly `count` tasks are parked at the gate.
    pub(crate) fn wait_for_held(self, count: u32) {
        wait_until(&format!("{count} tasks held"), || self.core().tasks_held() == count);
    }

    /// All levels that were opened are closed or open, and nobody is parked.
    pub(crate) fn assert_quiet(self) {
        let totals = self.totals();
        assert!(totals.is_balanced(), "{totals:?}");
        assert_eq!(self.core().tasks_held(), 0);
    }
}

/// Has `witness` go in and out until the gate of `host` holds it: then the gate is closed. Answers what becomes of the call.
pub(crate) fn hold(host: Host, witness: &Actor) -> Pending<HRESULT> {
    let is_held = Arc::new(AtomicBool::new(false));
    let last = Arc::clone(&is_held);
    // Where nobody is held, the witness ends too, which its owner waits for.
    let _over = Over(&is_held);
    let call = witness.start(move || {
        loop {
            let result = host.reverse_enter();
            if last.load(Ordering::Acquire) || result != S_OK {
                return result;
            }
            assert_eq!(host.reverse_leave(), S_OK);
        }
    });
    host.wait_for_held(1);
    call
}

/// A task of a host, with one reference.
#[derive(Clone, Copy)]
pub(crate) struct HostTask(*mut IHostTask);

// SAFETY: tasks are made for calls from any thread.
unsafe impl Send for HostTask {}
// SAFETY: as above.
unsafe impl Sync for HostTask {}

impl HostTask {
    fn vtbl(self) -> &'static IHostTaskVtbl {
        // SAFETY: a task on which the test has a reference.
        let object = unsafe { &*self.0 };
        // SAFETY: the vtable of every task is one constant.
        unsafe { &*object.lpVtbl }
    }

    pub(crate) fn is_null(self) -> bool {
        self.0.is_null()
    }

    pub(crate) fn start(self) -> HRESULT {
        // SAFETY: the object's own method, here and below.
        unsafe { (self.vtbl().Start)(self.0) }
    }

    pub(crate) fn join(self, timeout_ms: u32) -> HRESULT {
        // SAFETY: as for `start`.
        unsafe { (self.vtbl().Join)(self.0, timeout_ms, 0) }
    }

    pub(crate) fn release(self) -> u32 {
        // SAFETY: as for `start`; the caller gives its reference up.
        unsafe { (self.vtbl().Release)(self.0) }
    }
}
