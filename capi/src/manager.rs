//! The task manager as a COM object; its transitions are the hot path of the library.

use core::ffi::c_void;

use tollgate_core::{
    Call, Config, Door, Error, Locale, Manager, RuntimeHalf, Unlisted, immortal, thread, transition,
};

use crate::guid::{GUID, iid};
use crate::hresult::{
    E_INVALIDARG, E_NOTIMPL, E_POINTER, E_UNEXPECTED, HRESULT, S_FALSE, S_OK, from_error, from_result,
};
use crate::interfaces::{
    ICLRTaskManager, IHostTask, IHostTaskManager, IHostTaskManagerVtbl, ThreadStart, WAIT_ALERTABLE,
};
use crate::task;
use crate::unknown::{IMMORTAL_ADDED, IMMORTAL_RELEASED, query};

/// One manager: an `IHostTaskManager` whose pointer is this object's address.
#[repr(C)]
pub struct HostManager {
    face: IHostTaskManager,
    core: Unlisted,
    /// The runtime's half, the first `ICLRTaskManager` that was given.
    runtime: RuntimeHalf,
}

// SAFETY: the face points to a constant; the rest is made for sharing.
unsafe impl Sync for HostManager {}
// SAFETY: as above.
unsafe impl Send for HostManager {}

/// The process's default manager: policy govern, no limits.
static DEFAULT: HostManager = HostManager::new(Config::DEFAULT);

impl HostManager {
    const fn new(config: Config) -> HostManager {
        let door =
            Door { task_face: (&raw const task::VTBL).cast(), task_ends: Some(task::end_runtime_half) };
        HostManager {
            face: IHostTaskManager { lpVtbl: &raw const VTBL },
            core: Unlisted::new(config, door),
            runtime: RuntimeHalf::new(),
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
    /// `E_OUTOFMEMORY`.
    pub fn create(config: &Config) -> Result<&'static HostManager, HRESULT> {
        if !config.is_consistent() {
            return Err(E_INVALIDARG);
        }
        let manager = immortal(HostManager::new(*config)).map_err(from_error)?;
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
unsafe fn core_of(this: *mut IHostTaskManager) -> &'static Manager {
    // SAFETY: the caller's duty.
    unsafe { HostManager::from_raw(this) }.core()
}

static VTBL: IHostTaskManagerVtbl = IHostTaskManagerVtbl {
    QueryInterface: query_interface,
    AddRef: add_ref,
    Release: release,
    GetCurrentTask: get_current_task,
    CreateTask: create_task,
    Sleep: sleep,
    SwitchToTask: switch_to_task,
    SetUILocale: set_ui_locale,
    SetLocale: set_locale,
    CallNeedsHostHook: call_needs_host_hook,
    LeaveRuntime: leave_runtime,
    EnterRuntime: enter_runtime,
    ReverseLeaveRuntime: reverse_leave_runtime,
    ReverseEnterRuntime: reverse_enter_runtime,
    BeginDelayAbort: begin_delay_abort,
    EndDelayAbort: end_delay_abort,
    BeginThreadAffinity: begin_thread_affinity,
    EndThreadAffinity: end_thread_affinity,
    SetStackGuarantee: set_stack_guarantee,
    GetStackGuarantee: get_stack_guarantee,
    SetCLRTaskManager: set_clr_task_manager,
};

// HOT: the four transitions. The fast half never looks at `this`; the cold half takes the same arguments, so that it is
// reached by a jump and the fast half saves no register.

unsafe extern "system" fn leave_runtime(this: *mut IHostTaskManager, target: usize) -> HRESULT {
    // SAFETY: the calling thread's cell or a sentinel.
    if unsafe { transition::leave(thread::current(), target) } {
        return S_OK;
    }
    // SAFETY: the fast half has just given up; COM's duty for `this`.
    unsafe { leave_cold(this, target) }
}

unsafe extern "system" fn enter_runtime(this: *mut IHostTaskManager) -> HRESULT {
    // SAFETY: the calling thread's cell or a sentinel.
    if unsafe { transition::enter(thread::current()) } {
        return S_OK;
    }
    // SAFETY: the fast half has just given up; COM's duty for `this`.
    unsafe { enter_cold(this) }
}

unsafe extern "system" fn reverse_enter_runtime(this: *mut IHostTaskManager) -> HRESULT {
    // SAFETY: the calling thread's cell or a sentinel.
    if unsafe { transition::reverse_enter(thread::current()) } {
        return S_OK;
    }
    // SAFETY: the fast half has just given up; COM's duty for `this`.
    unsafe { reverse_enter_cold(this) }
}

unsafe extern "system" fn reverse_leave_runtime(this: *mut IHostTaskManager) -> HRESULT {
    // SAFETY: the calling thread's cell or a sentinel.
    match unsafe { transition::reverse_leave(thread::current()) } {
        transition::ReverseLeave::Done => S_OK,
        // SAFETY: the fast half has just given up; COM's duty for `this`.
        transition::ReverseLeave::Stored => unsafe { reverse_leave_cold(this) },
        // SAFETY: as above.
        transition::ReverseLeave::Empty => unsafe { reverse_leave_empty(this) },
    }
}

/// # Safety
/// The fast half of leave has just given up on this thread; `this` is a manager's.
#[cold]
#[inline(never)]
unsafe extern "system" fn leave_cold(this: *mut IHostTaskManager, target: usize) -> HRESULT {
    // SAFETY: the caller's duty.
    from_result(unsafe { core_of(this).complete(Call::Leave, target, true) })
}

/// # Safety
/// As for [`leave_cold`].
#[cold]
#[inline(never)]
unsafe extern "system" fn enter_cold(this: *mut IHostTaskManager) -> HRESULT {
    // SAFETY: the caller's duty.
    from_result(unsafe { core_of(this).complete(Call::Enter, 0, true) })
}

/// # Safety
/// As for [`leave_cold`].
#[cold]
#[inline(never)]
unsafe extern "system" fn reverse_enter_cold(this: *mut IHostTaskManager) -> HRESULT {
    // SAFETY: the caller's duty.
    from_result(unsafe { core_of(this).complete(Call::ReverseEnter, 0, true) })
}

/// # Safety
/// As for [`leave_cold`].
#[cold]
#[inline(never)]
unsafe extern "system" fn reverse_leave_cold(this: *mut IHostTaskManager) -> HRESULT {
    // SAFETY: the caller's duty.
    from_result(unsafe { core_of(this).complete(Call::ReverseLeave, 0, true) })
}

/// # Safety
/// As for [`leave_cold`], and the word had no level.
#[cold]
#[inline(never)]
unsafe extern "system" fn reverse_leave_empty(this: *mut IHostTaskManager) -> HRESULT {
    // SAFETY: the caller's duty.
    from_result(unsafe { core_of(this).complete(Call::ReverseLeave, 0, false) })
}

unsafe extern "system" fn query_interface(
    this: *mut IHostTaskManager,
    riid: *const GUID,
    out: *mut *mut c_void,
) -> HRESULT {
    // SAFETY: COM's duty for the pointers.
    unsafe { query(this.cast(), iid::IHOST_TASK_MANAGER, riid, out, || {}) }
}

unsafe extern "system" fn add_ref(_this: *mut IHostTaskManager) -> u32 {
    IMMORTAL_ADDED
}

unsafe extern "system" fn release(_this: *mut IHostTaskManager) -> u32 {
    IMMORTAL_RELEASED
}

unsafe extern "system" fn get_current_task(this: *mut IHostTaskManager, out: *mut *mut IHostTask) -> HRESULT {
    // SAFETY: COM's duty for the pointer.
    let Some(out) = (unsafe { out.as_mut() }) else { return E_POINTER };
    *out = core::ptr::null_mut();
    // SAFETY: COM's duty for `this`.
    match unsafe { core_of(this) }.current_task() {
        Ok(task) => {
            *out = task::as_raw(task);
            S_OK
        }
        Err(error) => from_error(error),
    }
}

unsafe extern "system" fn create_task(
    this: *mut IHostTaskManager,
    stack_bytes: u32,
    start: ThreadStart,
    parameter: *mut c_void,
    out: *mut *mut IHostTask,
) -> HRESULT {
    // SAFETY: COM's duty for the pointer.
    let Some(out) = (unsafe { out.as_mut() }) else { return E_POINTER };
    *out = core::ptr::null_mut();
    let Some(start) = start else { return E_INVALIDARG };
    // SAFETY: COM's duty for `this`.
    let manager = unsafe { core_of(this) };
    manager.meet_thread();
    match manager.create_task(stack_bytes as usize, start, parameter) {
        Ok(task) => {
            *out = task::as_raw(task);
            S_OK
        }
        Err(error) => from_error(error),
    }
}

unsafe extern "system" fn sleep(this: *mut IHostTaskManager, milliseconds: u32, option: u32) -> HRESULT {
    // SAFETY: COM's duty for `this`.
    from_result(unsafe { core_of(this) }.sleep(milliseconds, option & WAIT_ALERTABLE != 0))
}

unsafe extern "system" fn switch_to_task(this: *mut IHostTaskManager, _option: u32) -> HRESULT {
    // SAFETY: COM's duty for `this`.
    unsafe { core_of(this) }.meet_thread();
    if tollgate_core::yield_now() { S_OK } else { S_FALSE }
}

unsafe extern "system" fn set_ui_locale(this: *mut IHostTaskManager, locale: u32) -> HRESULT {
    // SAFETY: COM's duty for `this`.
    set(unsafe { core_of(this) }, Locale::Interface, locale)
}

unsafe extern "system" fn set_locale(this: *mut IHostTaskManager, locale: u32) -> HRESULT {
    // SAFETY: COM's duty for `this`.
    set(unsafe { core_of(this) }, Locale::Format, locale)
}

/// Under observe a locale that found no task is not worth an exception in the runtime.
fn set(manager: &'static Manager, which: Locale, locale: u32) -> HRESULT {
    attribute(manager, manager.set_locale(which, locale))
}

/// The answer of the policy to a call about the calling task; misuse is `E_UNEXPECTED` under both.
fn attribute(manager: &'static Manager, result: Result<(), Error>) -> HRESULT {
    match (result, manager.policy()) {
        (Err(Error::NotOwner), _) => E_UNEXPECTED,
        (_, tollgate_core::Policy::Observe) => S_OK,
        (result, tollgate_core::Policy::Govern) => from_result(result),
    }
}

unsafe extern "system" fn call_needs_host_hook(
    this: *mut IHostTaskManager,
    _target: usize,
    out: *mut i32,
) -> HRESULT {
    // SAFETY: COM's duty for the pointer.
    let Some(out) = (unsafe { out.as_mut() }) else { return E_POINTER };
    // SAFETY: COM's duty for `this`.
    unsafe { core_of(this) }.meet_thread();
    *out = 1;
    S_OK
}

unsafe extern "system" fn begin_delay_abort(this: *mut IHostTaskManager) -> HRESULT {
    // SAFETY: COM's duty for `this`.
    let manager = unsafe { core_of(this) };
    attribute(manager, manager.begin_delay_abort())
}

unsafe extern "system" fn end_delay_abort(this: *mut IHostTaskManager) -> HRESULT {
    // SAFETY: COM's duty for `this`.
    let manager = unsafe { core_of(this) };
    attribute(manager, manager.end_delay_abort())
}

unsafe extern "system" fn begin_thread_affinity(this: *mut IHostTaskManager) -> HRESULT {
    // SAFETY: COM's duty for `this`.
    let manager = unsafe { core_of(this) };
    attribute(manager, manager.begin_affinity())
}

unsafe extern "system" fn end_thread_affinity(this: *mut IHostTaskManager) -> HRESULT {
    // SAFETY: COM's duty for `this`.
    let manager = unsafe { core_of(this) };
    attribute(manager, manager.end_affinity())
}

unsafe extern "system" fn set_stack_guarantee(this: *mut IHostTaskManager, _guarantee: u32) -> HRESULT {
    // SAFETY: COM's duty for `this`.
    unsafe { core_of(this) }.meet_thread();
    E_NOTIMPL
}

unsafe extern "system" fn get_stack_guarantee(this: *mut IHostTaskManager, out: *mut u32) -> HRESULT {
    // SAFETY: COM's duty for the pointer.
    let Some(out) = (unsafe { out.as_mut() }) else { return E_POINTER };
    *out = 0;
    // SAFETY: COM's duty for `this`.
    unsafe { core_of(this) }.meet_thread();
    E_NOTIMPL
}

unsafe extern "system" fn set_clr_task_manager(
    this: *mut IHostTaskManager,
    runtime: *mut ICLRTaskManager,
) -> HRESULT {
    if runtime.is_null() {
        return E_POINTER;
    }
    // SAFETY: COM's duty for `this`.
    let manager = unsafe { HostManager::from_raw(this) };
    manager.core().meet_thread();
    // The reference comes first: once the pointer is in place, others may use it. A second runtime's is not kept.
    // SAFETY: COM's duty for the pointer.
    let vtbl = unsafe { &*(*runtime).lpVtbl };
    // SAFETY: COM's duty for the object.
    unsafe { (vtbl.AddRef)(runtime) };
    if !manager.runtime.set_first(runtime.cast()) {
        // SAFETY: the reference added above.
        unsafe { (vtbl.Release)(runtime) };
    }
    S_OK
}
