//! The host's manager as the runtime sees it: an `IHostTaskManager` and nothing more.

use std::ffi::c_void;
use std::ptr::{NonNull, null_mut};

use tollgate_capi::HostManager;
use tollgate_capi::interfaces::{
    ICLRTask, ICLRTaskManager, IHostTask, IHostTaskManager, IHostTaskManagerVtbl, IHostTaskVtbl, ThreadStart,
};
use tollgate_capi::{E_OUTOFMEMORY, HRESULT, S_OK};

use crate::targets::name_targets_of;

/// A counted reference to an `IHostTaskManager`, called through its vtable only.
///
/// Any implementation will do: the one of this workspace, that of a `libtollgate.so`, or a host's own. The reference is
/// never given back, as no runtime ever does: managers are immortal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Manager(NonNull<IHostTaskManager>);

// SAFETY: the contract calls every method of a manager from any thread, and `from_raw` demands that it live forever.
unsafe impl Send for Manager {}
// SAFETY: as above.
unsafe impl Sync for Manager {}

impl Manager {
    /// Takes a reference of its own to `manager`; `None` for NULL.
    ///
    /// # Safety
    ///
    /// `manager` is NULL or an `IHostTaskManager` with all 21 slots that lives until the process ends.
    pub unsafe fn from_raw(manager: *mut IHostTaskManager) -> Option<Manager> {
        let manager = Manager(NonNull::new(manager)?);
        // SAFETY: the caller's promise; a fresh reference is owed to nobody.
        unsafe { (manager.vtbl().AddRef)(manager.0.as_ptr()) };
        Some(manager)
    }

    /// The interface pointer, borrowed.
    pub fn as_raw(self) -> *mut IHostTaskManager {
        self.0.as_ptr()
    }

    fn vtbl(self) -> &'static IHostTaskManagerVtbl {
        // SAFETY: `from_raw` was promised a live interface; its first word is its vtable.
        let vtbl = unsafe { self.0.as_ref() }.lpVtbl;
        // SAFETY: the vtable of an immortal object is never freed.
        unsafe { &*vtbl }
    }

    /// `LeaveRuntime(target)`.
    pub(crate) fn leave(self, target: usize) -> HRESULT {
        // SAFETY: a live interface pointer, as `from_raw` was promised; the call is about the calling thread.
        unsafe { (self.vtbl().LeaveRuntime)(self.0.as_ptr(), target) }
    }

    /// `EnterRuntime()`.
    pub(crate) fn enter(self) -> HRESULT {
        // SAFETY: as in `leave`.
        unsafe { (self.vtbl().EnterRuntime)(self.0.as_ptr()) }
    }

    /// `ReverseEnterRuntime()`.
    pub(crate) fn reverse_enter(self) -> HRESULT {
        // SAFETY: as in `leave`.
        unsafe { (self.vtbl().ReverseEnterRuntime)(self.0.as_ptr()) }
    }

    /// `ReverseLeaveRuntime()`.
    pub(crate) fn reverse_leave(self) -> HRESULT {
        // SAFETY: as in `leave`.
        unsafe { (self.vtbl().ReverseLeaveRuntime)(self.0.as_ptr()) }
    }

    /// Whether calls to `target` must be announced; a manager that fails to answer gets them announced.
    pub(crate) fn needs_hook(self, target: usize) -> bool {
        let mut needed = 1;
        // SAFETY: as in `leave`; `needed` outlives the call.
        unsafe { (self.vtbl().CallNeedsHostHook)(self.0.as_ptr(), target, &raw mut needed) };
        needed != 0
    }

    /// `SetCLRTaskManager`; the answer changes nothing for a runtime.
    pub(crate) fn set_runtime(self, runtime: *mut ICLRTaskManager) {
        // SAFETY: as in `leave`; the runtime half lives as long as the process.
        unsafe { (self.vtbl().SetCLRTaskManager)(self.0.as_ptr(), runtime) };
    }

    /// `SwitchToTask(0)`.
    pub(crate) fn switch_to_task(self) {
        // SAFETY: as in `leave`.
        unsafe { (self.vtbl().SwitchToTask)(self.0.as_ptr(), 0) };
    }

    /// `GetCurrentTask`; only the pointer counts, not the answer.
    pub(crate) fn current_task(self) -> Option<HostTask> {
        let mut task = null_mut();
        // SAFETY: as in `leave`; `task` outlives the call.
        unsafe { (self.vtbl().GetCurrentTask)(self.0.as_ptr(), &raw mut task) };
        NonNull::new(task).map(HostTask)
    }

    /// `CreateTask`. `routine` gets `parameter` on the new thread, once.
    pub(crate) fn create_task(
        self,
        stack_bytes: u32,
        routine: unsafe extern "system" fn(*mut c_void) -> u32,
        parameter: *mut c_void,
    ) -> Result<HostTask, HRESULT> {
        let (mut task, start): (_, ThreadStart) = (null_mut(), Some(routine));
        // SAFETY: as in `leave`; `task` outlives the call.
        let hresult = unsafe {
            (self.vtbl().CreateTask)(self.0.as_ptr(), stack_bytes, start, parameter, &raw mut task)
        };
        match (hresult, NonNull::new(task)) {
            (S_OK, Some(task)) => Ok(HostTask(task)),
            (S_OK, None) => Err(E_OUTOFMEMORY),
            (refused, _) => Err(refused),
        }
    }
}

/// A counted reference to an `IHostTask`, given back when dropped.
pub(crate) struct HostTask(NonNull<IHostTask>);

// SAFETY: the contract calls every method of a task from any thread, and drops the last reference on any (2.3).
unsafe impl Send for HostTask {}
// SAFETY: as above.
unsafe impl Sync for HostTask {}

impl HostTask {
    pub(crate) fn as_raw(&self) -> *mut IHostTask {
        self.0.as_ptr()
    }

    fn vtbl(&self) -> &IHostTaskVtbl {
        // SAFETY: a live interface, on which this value holds a reference.
        let vtbl = unsafe { self.0.as_ref() }.lpVtbl;
        // SAFETY: the vtable of a live object.
        unsafe { &*vtbl }
    }

    /// `Start`.
    pub(crate) fn start(&self) -> HRESULT {
        // SAFETY: a reference is held.
        unsafe { (self.vtbl().Start)(self.as_raw()) }
    }

    /// `Alert`.
    pub(crate) fn alert(&self) {
        // SAFETY: a reference is held.
        unsafe { (self.vtbl().Alert)(self.as_raw()) };
    }

    /// `Join`, not alertable.
    pub(crate) fn join(&self, milliseconds: u32) -> HRESULT {
        // SAFETY: a reference is held.
        unsafe { (self.vtbl().Join)(self.as_raw(), milliseconds, 0) }
    }

    /// `SetCLRTask`, on the task's own thread.
    pub(crate) fn set_runtime_half(&self, half: *mut ICLRTask) -> HRESULT {
        // SAFETY: a reference is held; the host takes one of its own to `half`.
        unsafe { (self.vtbl().SetCLRTask)(self.as_raw(), half) }
    }
}

impl Drop for HostTask {
    fn drop(&mut self) {
        // SAFETY: the reference that this value holds.
        unsafe { (self.vtbl().Release)(self.as_raw()) };
    }
}

impl From<&'static HostManager> for Manager {
    fn from(manager: &'static HostManager) -> Manager {
        name_targets_of(manager);
        // SAFETY: a `'static` manager of this workspace has all slots and is never freed.
        match unsafe { Manager::from_raw(manager.as_raw()) } {
            Some(manager) => manager,
            None => unreachable!("a reference has an address"),
        }
    }
}
