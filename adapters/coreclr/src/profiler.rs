//! The profiler: what the runtime calls.
//!
//! One object for the whole process, never freed. Each notice preserves errno; the runtime delivers those of crossings in
//! the mode in which a collection need not wait for the thread, so a manager may hold a task here.

use core::ffi::c_void;
use core::sync::atomic::{AtomicI32, AtomicU32, Ordering};

use tollgate_capi::interfaces::IUnknown;
use tollgate_capi::{E_NOINTERFACE, E_POINTER, GUID, HRESULT, S_OK, iid as base_iid};

use crate::com::{CLSID_TEXT, CallbackVtbl, FunctionId, ICorProfilerInfo, ModuleId, events, iid};
use crate::errno::PreserveErrno;
use crate::{functions, inlining, manager, report, runtime, settings, watched};

/// The runtime may not attach a profiler that must see every crossing from the start (CORPROF_E_PROFILER_NOT_ATTACHABLE).
const NOT_ATTACHABLE: HRESULT = 0x8013_1369_u32 as HRESULT;
/// This profiler does not want to profile, and nothing is wrong (CORPROF_E_PROFILER_CANCEL_ACTIVATION).
const CANCEL_ACTIVATION: HRESULT = 0x8013_1375_u32 as HRESULT;

/// How far the runtime has come with this library.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
pub(crate) enum State {
    /// No runtime has asked for it.
    Absent = 0,
    /// A runtime has loaded it.
    Loaded = 1,
    /// Crossings are watched.
    Watching = 2,
    /// The runtime has announced its end; crossings that still come are watched.
    Ended = 3,
    /// It could not start; `result` tells why.
    Failed = 4,
}

static STATE: AtomicU32 = AtomicU32::new(State::Absent as u32);
static RESULT: AtomicI32 = AtomicI32::new(S_OK);

/// The state as a number, and the result of the start.
pub(crate) fn state() -> (u32, HRESULT) {
    (STATE.load(Ordering::Relaxed), RESULT.load(Ordering::Relaxed))
}

fn set_state(state: State) {
    STATE.store(state as u32, Ordering::Relaxed);
}

/// A runtime has asked for the profiler. One that watches already goes on.
pub(crate) fn loaded() {
    if !is_watching() {
        set_state(State::Loaded);
    }
}

/// The library cannot start: not in `step`, with `code`.
pub(crate) fn fail(step: &str, code: HRESULT) -> HRESULT {
    RESULT.store(code, Ordering::Relaxed);
    set_state(State::Failed);
    report::announce_failure(step, code);
    code
}

/// A runtime wants another class than this library's: the variables do not fit together.
pub(crate) fn asked_for_another(class: &str, code: HRESULT) -> HRESULT {
    if is_watching() {
        return code;
    }
    fail(&format!("the runtime asks for the class {class}, and this library is {CLSID_TEXT}"), code)
}

/// Every crossing would be reported twice if the runtime were given a second profiler of this library.
fn is_watching() -> bool {
    STATE.load(Ordering::Relaxed) == State::Watching as u32
}

#[repr(C)]
struct Profiler {
    vtbl: *const CallbackVtbl,
}

// SAFETY: the pointer leads to a constant.
unsafe impl Sync for Profiler {}

static PROFILER: Profiler = Profiler { vtbl: &raw const VTBL };

static VTBL: CallbackVtbl = CallbackVtbl {
    QueryInterface: query_interface,
    AddRef: add_ref,
    Release: release,
    Initialize: initialize,
    Shutdown: shutdown,
    domains_assemblies: [ignored; 9],
    ModuleLoadFinished: module_load_finished,
    ModuleUnloadStarted: module_unload_started,
    modules_classes: [ignored; 6],
    FunctionUnloadStarted: function_unload_started,
    jit: [ignored; 5],
    JITInlining: jit_inlining,
    threads_remoting: [ignored; 11],
    UnmanagedToManagedTransition: unmanaged_to_managed,
    ManagedToUnmanagedTransition: managed_to_unmanaged,
    suspension_memory_exceptions: [ignored; 38],
    InitializeForAttach: initialize_for_attach,
    attach_rejit_memory: [ignored; 16],
    LoadAsNotificationOnly: load_as_notification_only,
};

/// QueryInterface on the profiler.
///
/// # Safety
/// COM's duties: `riid` is NULL or readable, `out` NULL or writable.
pub(crate) unsafe fn query(riid: *const GUID, out: *mut *mut c_void) -> HRESULT {
    // SAFETY: the caller's duty.
    let Some(out) = (unsafe { out.as_mut() }) else { return E_POINTER };
    *out = core::ptr::null_mut();
    // SAFETY: the caller's duty.
    let Some(riid) = (unsafe { riid.as_ref() }) else { return E_POINTER };
    // The later interfaces only where they are needed: each one that is answered makes the runtime do more.
    let later = settings::beside_another_profiler() && iid::CALLBACKS_4_TO_11.contains(riid);
    if *riid != base_iid::IUNKNOWN && !iid::CALLBACKS_1_TO_3.contains(riid) && !later {
        return E_NOINTERFACE;
    }
    *out = (&raw const PROFILER).cast_mut().cast();
    S_OK
}

unsafe extern "C" fn query_interface(
    _this: *mut c_void,
    riid: *const GUID,
    out: *mut *mut c_void,
) -> HRESULT {
    // SAFETY: COM's duty.
    unsafe { query(riid, out) }
}

// The object lives as long as the process; the counts are for show.
unsafe extern "C" fn add_ref(_this: *mut c_void) -> u32 {
    2
}

unsafe extern "C" fn release(_this: *mut c_void) -> u32 {
    1
}

unsafe extern "C" fn ignored() -> HRESULT {
    S_OK
}

unsafe extern "C" fn initialize(_this: *mut c_void, offered: *mut IUnknown) -> HRESULT {
    let _errno = PreserveErrno::new();
    if is_watching() {
        report::announce_refusal("a second profiler of this library", CANCEL_ACTIVATION);
        return CANCEL_ACTIVATION;
    }
    // SAFETY: the runtime's duty.
    match unsafe { start(offered) } {
        Ok(()) => {
            RESULT.store(S_OK, Ordering::Relaxed);
            set_state(State::Watching);
            report::announce();
            S_OK
        }
        Err((step, code)) => {
            runtime::part();
            fail(step, code)
        }
    }
}

/// # Safety
/// `offered` is what the runtime passed to Initialize.
unsafe fn start(offered: *mut IUnknown) -> Result<(), (&'static str, HRESULT)> {
    if offered.is_null() {
        return Err(("the runtime offers no information interface", E_POINTER));
    }
    // SAFETY: the caller's duty.
    let info =
        unsafe { runtime::meet(offered) }.map_err(|code| ("the runtime has no ICorProfilerInfo", code))?;
    manager::ensure().map_err(|code| ("no manager could be made", code))?;
    // SAFETY: the runtime's object.
    let methods = unsafe { ICorProfilerInfo::vtbl(info) };
    let inlining = if settings::get().inlining { 0 } else { events::DISABLE_INLINING };
    // SAFETY: as above.
    match unsafe { (methods.SetEventMask)(info, events::WANTED | inlining) } {
        failure if failure < 0 => Err(("the runtime refuses the event mask", failure)),
        _ => Ok(()),
    }
}

unsafe extern "C" fn initialize_for_attach(
    _this: *mut c_void,
    _info: *mut IUnknown,
    _data: *mut c_void,
    _data_size: u32,
) -> HRESULT {
    let _errno = PreserveErrno::new();
    if is_watching() {
        report::announce_refusal("a later attachment", NOT_ATTACHABLE);
        return NOT_ATTACHABLE;
    }
    fail("it must be there when the runtime starts, not attached later", NOT_ATTACHABLE)
}

unsafe extern "C" fn shutdown(_this: *mut c_void) -> HRESULT {
    runtime::part();
    set_state(State::Ended);
    S_OK
}

unsafe extern "C" fn module_load_finished(_this: *mut c_void, module: ModuleId, result: HRESULT) -> HRESULT {
    let _errno = PreserveErrno::new();
    if result >= 0 {
        inlining::module_loaded(module);
    }
    S_OK
}

unsafe extern "C" fn jit_inlining(
    _this: *mut c_void,
    _caller: FunctionId,
    callee: FunctionId,
    allowed: *mut i32,
) -> HRESULT {
    let _errno = PreserveErrno::new();
    // SAFETY: COM's duty.
    if let Some(allowed) = unsafe { allowed.as_mut() } {
        *allowed = i32::from(inlining::is_allowed(callee));
    }
    S_OK
}

unsafe extern "C" fn module_unload_started(_this: *mut c_void, module: ModuleId) -> HRESULT {
    let _errno = PreserveErrno::new();
    functions::forget(|_, of| of == module);
    inlining::forget(|_, of| of == module);
    S_OK
}

unsafe extern "C" fn function_unload_started(_this: *mut c_void, function: FunctionId) -> HRESULT {
    let _errno = PreserveErrno::new();
    functions::forget(|id, _| id == function);
    inlining::forget(|id, _| id == function);
    S_OK
}

unsafe extern "C" fn load_as_notification_only(_this: *mut c_void, answer: *mut i32) -> HRESULT {
    // SAFETY: COM's duty.
    let Some(answer) = (unsafe { answer.as_mut() }) else { return E_POINTER };
    *answer = i32::from(settings::beside_another_profiler());
    S_OK
}

/// The reason of a notice: a call (0), or the return of one (1).
const RETURN: u32 = 1;

unsafe extern "C" fn managed_to_unmanaged(_this: *mut c_void, function: FunctionId, reason: u32) -> HRESULT {
    let _errno = PreserveErrno::new();
    let stack = &raw const _errno as usize;
    if reason == RETURN {
        watched::ret(true, function, stack);
    } else {
        watched::call(false, function, stack);
    }
    S_OK
}

unsafe extern "C" fn unmanaged_to_managed(_this: *mut c_void, function: FunctionId, reason: u32) -> HRESULT {
    let _errno = PreserveErrno::new();
    let stack = &raw const _errno as usize;
    if reason == RETURN {
        watched::ret(false, function, stack);
    } else {
        watched::call(true, function, stack);
    }
    S_OK
}
