//! The runtime's half of a manager: one `ICLRTaskManager` for each manager that stores report to.

use std::ffi::c_void;
use std::sync::atomic::{Ordering, fence};
use std::sync::{Mutex, PoisonError};

use tollgate_capi::interfaces::{ICLRTask, ICLRTaskManager, ICLRTaskManagerVtbl, TT_UNKNOWN, TT_USER};
use tollgate_capi::{E_POINTER, HOST_E_INVALIDOPERATION, HRESULT, S_OK};
use tollgate_capi::{GUID, iid};
use wasmtime::{Engine, EngineWeak};

use crate::clr_task::ClrTask;
use crate::com::query;
use crate::manager::Manager;

/// What the adapter, as a runtime, keeps for one manager. Lives as long as the process, as the manager does.
#[repr(C)]
pub(crate) struct Runtime {
    face: ICLRTaskManager,
    manager: Manager,
    /// Engines whose guests can be interrupted by a new epoch.
    engines: Mutex<Vec<EngineWeak>>,
}

// SAFETY: the face points to a constant; the rest is made for sharing.
unsafe impl Send for Runtime {}
// SAFETY: as above.
unsafe impl Sync for Runtime {}

/// One entry per manager, for ever: a manager keeps the first runtime half it is given.
static RUNTIMES: Mutex<Vec<&'static Runtime>> = Mutex::new(Vec::new());

impl Runtime {
    /// The runtime of `manager`, introduced to it by `SetCLRTaskManager` when it is made.
    pub(crate) fn of(manager: Manager) -> &'static Runtime {
        let mut runtimes = RUNTIMES.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(runtime) = runtimes.iter().find(|runtime| runtime.manager == manager) {
            return runtime;
        }
        let face = ICLRTaskManager { lpVtbl: &raw const VTBL };
        let runtime: &'static Runtime =
            Box::leak(Box::new(Runtime { face, manager, engines: Mutex::default() }));
        runtimes.push(runtime);
        manager.set_runtime(std::ptr::from_ref(runtime).cast_mut().cast());
        runtime
    }

    pub(crate) fn manager(&self) -> Manager {
        self.manager
    }

    /// Lets [`interrupt`](Runtime::interrupt) reach the guests of `engine`.
    pub(crate) fn add_engine(&self, engine: &Engine) {
        let mut engines = self.engines.lock().unwrap_or_else(PoisonError::into_inner);
        engines.retain(|known| known.upgrade().is_some_and(|known| !Engine::same(&known, engine)));
        engines.push(engine.weak());
    }

    /// Makes every guest look at its task's requests soon, however tight its loop.
    pub(crate) fn interrupt(&self) {
        // Ordering: Release fence, pairs with the Acquire fence in `interrupt::make_way`: Wasmtime counts epochs relaxed.
        fence(Ordering::Release);
        for engine in self.engines.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            if let Some(engine) = engine.upgrade() {
                engine.increment_epoch();
            }
        }
    }
}

static VTBL: ICLRTaskManagerVtbl = ICLRTaskManagerVtbl {
    QueryInterface: query_interface,
    AddRef: immortal,
    Release: immortal,
    CreateTask: create_task,
    GetCurrentTask: get_current_task,
    SetUILocale: set_locale,
    SetLocale: set_locale,
    GetCurrentTaskType: get_current_task_type,
};

/// # Safety
/// `this` is the face of a [`Runtime`].
unsafe fn runtime_of(this: *mut ICLRTaskManager) -> &'static Runtime {
    // SAFETY: the caller's duty; the face is the first field and a runtime is never freed.
    unsafe { &*this.cast() }
}

unsafe extern "system" fn query_interface(
    this: *mut ICLRTaskManager,
    riid: *const GUID,
    out: *mut *mut c_void,
) -> HRESULT {
    // SAFETY: COM's duty for the pointers.
    unsafe { query(this.cast(), &[iid::ICLR_TASK_MANAGER], riid, out, || {}) }
}

/// A static object's count, as desktop runtimes answer it too.
unsafe extern "system" fn immortal(_this: *mut ICLRTaskManager) -> u32 {
    1
}

unsafe extern "system" fn create_task(this: *mut ICLRTaskManager, out: *mut *mut ICLRTask) -> HRESULT {
    // SAFETY: COM's duty for the pointer.
    let Some(out) = (unsafe { out.as_mut() }) else { return E_POINTER };
    *out = std::ptr::null_mut();
    // SAFETY: COM's duty for `this`.
    let runtime = unsafe { runtime_of(this) };
    if ClrTask::with_current(runtime, |_| ()).is_some() {
        return HOST_E_INVALIDOPERATION;
    }
    match ClrTask::introduce(runtime) {
        Ok(task) => {
            *out = task;
            S_OK
        }
        Err(hresult) => hresult,
    }
}

unsafe extern "system" fn get_current_task(this: *mut ICLRTaskManager, out: *mut *mut ICLRTask) -> HRESULT {
    // SAFETY: COM's duty for the pointer.
    let Some(out) = (unsafe { out.as_mut() }) else { return E_POINTER };
    // SAFETY: COM's duty for `this`.
    let runtime = unsafe { runtime_of(this) };
    *out = ClrTask::with_current(runtime, ClrTask::as_raw).unwrap_or(std::ptr::null_mut());
    S_OK
}

/// For both kinds of locale: a guest has no culture of its own that would follow.
unsafe extern "system" fn set_locale(this: *mut ICLRTaskManager, _locale: u32) -> HRESULT {
    // SAFETY: COM's duty for `this`.
    let known = ClrTask::with_current(unsafe { runtime_of(this) }, |_| ()).is_some();
    if known { S_OK } else { HOST_E_INVALIDOPERATION }
}

unsafe extern "system" fn get_current_task_type(this: *mut ICLRTaskManager, out: *mut u32) -> HRESULT {
    // SAFETY: COM's duty for the pointer.
    let Some(out) = (unsafe { out.as_mut() }) else { return E_POINTER };
    // SAFETY: COM's duty for `this`.
    let known = ClrTask::with_current(unsafe { runtime_of(this) }, |_| ()).is_some();
    // The adapter starts no threads of its own: whoever runs a guest is a user's thread.
    *out = if known { TT_USER } else { TT_UNKNOWN };
    S_OK
}
