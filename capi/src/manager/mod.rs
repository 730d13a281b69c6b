//! The task manager as a COM object.
//!
//! `transitions` is the hot path of the library; `methods` is everything else.

mod methods;
mod transitions;

use tollgate_core::{Config, Door, Manager, RuntimeHalf, TargetSet, Unlisted, immortal};

use crate::hresult::{HRESULT, from_error};
use crate::interfaces::{IHostTaskManager, IHostTaskManagerVtbl};
use crate::task;

/// One manager: an `IHostTaskManager` whose pointer is this object's address.
#[repr(C)]
pub struct HostManager {
    face: IHostTaskManager,
    core: Unlisted,
    /// The runtime's half, the first `ICLRTaskManager` that was given.
    runtime: RuntimeHalf,
    /// Targets that need no announcement.
    exempt: TargetSet,
}

// SAFETY: the face points to a constant; the rest is made for sharing.
unsafe impl Sync for HostManager {}
// SAFETY: as above.
unsafe impl Send for HostManager {}

/// The process's default manager: policy govern, no limits.
pub(crate) static DEFAULT: HostManager = HostManager::new(Config::DEFAULT);

impl HostManager {
    const fn new(config: Config) -> HostManager {
        let door =
            Door { task_face: (&raw const task::VTBL).cast(), task_ends: Some(task::end_runtime_half) };
        HostManager {
            face: IHostTaskManager { lpVtbl: &raw const VTBL },
            core: Unlisted::new(config, door),
            runtime: RuntimeHalf::new(),
            exempt: TargetSet::new(),
        }
    }

    /// The process's default manager.
    pub fn default_manager() -> &'static HostManager {
        DEFAULT.core.enlist();
        &DEFAULT
    }

    /// Makes a manager, which lives as long as the process.
    ///
    /// **Thread:** any. **Progress:** system calls. **Errors:** `E_INVALIDARG` for contradicting settings,
    /// `E_OUTOFMEMORY`, `E_NOTIMPL` for a page that the system has no memory for.
    pub fn create(config: &Config) -> Result<&'static HostManager, HRESULT> {
        let mut manager = HostManager::new(*config);
        manager.core.furnish().map_err(from_error)?;
        let manager = immortal(manager).map_err(from_error)?;
        manager.core.enlist();
        Ok(manager)
    }

    /// The manager as C and COM see it.
    pub fn as_raw(&'static self) -> *mut IHostTaskManager {
        (&raw const self.face).cast_mut()
    }

    /// The manager as Rust sees it.
    #[inline]
    pub fn core(&'static self) -> &'static Manager {
        self.core.enlist()
    }

    /// The runtime's half of the manager.
    pub fn runtime(&self) -> &RuntimeHalf {
        &self.runtime
    }

    /// The targets whose calls need no announcement.
    pub fn exempt(&self) -> &TargetSet {
        &self.exempt
    }

    /// The object behind an interface pointer.
    ///
    /// # Safety
    /// `this` came from [`as_raw`](HostManager::as_raw).
    #[inline]
    pub unsafe fn from_raw(this: *mut IHostTaskManager) -> &'static HostManager {
        // SAFETY: the caller's duty; the face is the object's first field.
        unsafe { &*this.cast() }
    }
}

/// The core manager behind an interface pointer.
///
/// # Safety
/// As for [`HostManager::from_raw`].
pub(crate) unsafe fn core_of(this: *mut IHostTaskManager) -> &'static Manager {
    // SAFETY: the caller's duty.
    unsafe { HostManager::from_raw(this) }.core()
}

static VTBL: IHostTaskManagerVtbl = IHostTaskManagerVtbl {
    QueryInterface: methods::query_interface,
    AddRef: methods::add_ref,
    Release: methods::release,
    GetCurrentTask: methods::get_current_task,
    CreateTask: methods::create_task,
    Sleep: methods::sleep,
    SwitchToTask: methods::switch_to_task,
    SetUILocale: methods::set_ui_locale,
    SetLocale: methods::set_locale,
    CallNeedsHostHook: methods::call_needs_host_hook,
    LeaveRuntime: transitions::leave_runtime,
    EnterRuntime: transitions::enter_runtime,
    ReverseLeaveRuntime: transitions::reverse_leave_runtime,
    ReverseEnterRuntime: transitions::reverse_enter_runtime,
    BeginDelayAbort: methods::begin_delay_abort,
    EndDelayAbort: methods::end_delay_abort,
    BeginThreadAffinity: methods::begin_thread_affinity,
    EndThreadAffinity: methods::end_thread_affinity,
    SetStackGuarantee: methods::set_stack_guarantee,
    GetStackGuarantee: methods::get_stack_guarantee,
    SetCLRTaskManager: methods::set_clr_task_manager,
};
