//! The host's way to a task's runtime half, as a C++ host would go it: pointers and slots.

use std::ffi::c_void;
use std::ptr::null_mut;

use tollgate_capi::interfaces::{
    COR_GC_THREAD_STATS, ICLRTask, ICLRTask2, ICLRTask2Vtbl, ICLRTaskManager, ICLRTaskManagerVtbl,
};
use tollgate_capi::{GUID, HRESULT, HostManager};

/// A counted reference to the `ICLRTask2` of a task.
pub(crate) struct Half(pub(crate) *mut ICLRTask2);

// SAFETY: the contract calls a task's runtime half from any thread.
unsafe impl Send for Half {}
// SAFETY: as above.
unsafe impl Sync for Half {}

/// Calls a slot of a [`Half`].
macro_rules! slots {
    ($($name:ident($($argument:ident: $type:ty),*) = $slot:ident;)*) => {
        impl Half {
            $(pub(crate) fn $name(&self $(, $argument: $type)*) -> HRESULT {
                // SAFETY: a reference is held, and the arguments are the test's own.
                unsafe { (self.vtbl().$slot)(self.0 $(, $argument)*) }
            })*
        }
    };
}

slots! {
    switch_in(thread: *mut c_void) = SwitchIn;
    switch_out() = SwitchOut;
    get_mem_stats(stats: *mut COR_GC_THREAD_STATS) = GetMemStats;
    reset(full: i32) = Reset;
    exit_task() = ExitTask;
    abort() = Abort;
    rude_abort() = RudeAbort;
    needs_priority_scheduling(out: *mut i32) = NeedsPriorityScheduling;
    yield_task() = YieldTask;
    locks_held(out: *mut usize) = LocksHeld;
    set_task_identifier(identifier: u64) = SetTaskIdentifier;
    begin_prevent_async_abort() = BeginPreventAsyncAbort;
    end_prevent_async_abort() = EndPreventAsyncAbort;
    query_interface(riid: *const GUID, out: *mut *mut c_void) = QueryInterface;
}

impl Half {
    /// The runtime half of a live task; `None` if it has none.
    pub(crate) fn of_task(manager: &'static HostManager, id: u64) -> Option<Half> {
        let task = manager.core().find_task(id)?;
        let half = task.runtime_half().with(|half| Half::add(half.cast()));
        task.release();
        half
    }

    /// The runtime half of the calling thread's task.
    pub(crate) fn of_this_thread(manager: &'static HostManager) -> Half {
        let mut task = null_mut();
        runtime(manager, |runtime, vtbl| {
            // SAFETY: a live interface; `task` outlives the call.
            assert_eq!(unsafe { (vtbl.GetCurrentTask)(runtime, &raw mut task) }, 0);
        });
        assert!(!task.is_null(), "this thread has been introduced");
        Half::add(task.cast())
    }

    fn add(half: *mut ICLRTask2) -> Half {
        let half = Half(half);
        // SAFETY: somebody holds a reference while this is called.
        unsafe { (half.vtbl().AddRef)(half.0) };
        half
    }

    fn vtbl(&self) -> &'static ICLRTask2Vtbl {
        // SAFETY: a reference is held.
        let vtbl = unsafe { (*self.0).lpVtbl };
        // SAFETY: vtables are statics.
        unsafe { &*vtbl }
    }

    /// Drops the reference; answers how many are left.
    pub(crate) fn release(self) -> u32 {
        let this = std::mem::ManuallyDrop::new(self);
        // SAFETY: the reference that this value held.
        unsafe { (this.vtbl().Release)(this.0) }
    }
}

impl Drop for Half {
    fn drop(&mut self) {
        // SAFETY: the reference that this value holds.
        unsafe { (self.vtbl().Release)(self.0) };
    }
}

/// Calls `body` with the `ICLRTaskManager` that the adapter gave the manager.
pub(crate) fn runtime<R>(
    manager: &'static HostManager,
    body: impl FnOnce(*mut ICLRTaskManager, &ICLRTaskManagerVtbl) -> R,
) -> R {
    let result = manager.runtime().with(|runtime| {
        let runtime: *mut ICLRTaskManager = runtime.cast();
        // SAFETY: given by SetCLRTaskManager; it lives as long as the process.
        let vtbl = unsafe { (*runtime).lpVtbl };
        // SAFETY: vtables are statics.
        body(runtime, unsafe { &*vtbl })
    });
    result.expect("a runtime half")
}

/// A slot of `ICLRTaskManager` that takes a pointer to a task.
pub(crate) type TaskSlot = unsafe extern "system" fn(*mut ICLRTaskManager, *mut *mut ICLRTask) -> HRESULT;
