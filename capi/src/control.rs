//! The host's `IHostControl`: how a runtime gets at the manager, and tells of its application domains.

use core::ffi::c_void;

use tollgate_core::{Kept, Published, immortal};

use crate::guid::{GUID, iid};
use crate::hresult::{E_NOINTERFACE, E_POINTER, HRESULT, S_FALSE, S_OK, from_error, from_result};
use crate::interfaces::{AppDomainObserver, IHostControl, IHostControlVtbl, IUnknown};
use crate::manager::{self, HostManager};
use crate::unknown::{self, IMMORTAL_ADDED, IMMORTAL_RELEASED, query, retain};

/// One control: an `IHostControl` whose pointer is this object's address.
#[repr(C)]
pub struct HostControl {
    face: IHostControl,
    manager: &'static HostManager,
    /// The host's own control, asked for everything else; NULL for none. Referred to for ever.
    next: *mut IHostControl,
    /// The manager object of each application domain.
    domains: Kept,
    observer: Published<Observer>,
}

// SAFETY: the face points to a constant, `next` to an object that any thread may call; the rest is made for sharing.
unsafe impl Sync for HostControl {}
// SAFETY: as above.
unsafe impl Send for HostControl {}

/// Who is told of new application domains.
struct Observer {
    call: AppDomainObserver,
    context: *mut c_void,
}

// SAFETY: the context is the host's, which is told that any thread may call with it.
unsafe impl Sync for Observer {}
// SAFETY: as above.
unsafe impl Send for Observer {}

/// The control of the default manager.
static DEFAULT: HostControl = HostControl::new(&manager::DEFAULT, core::ptr::null_mut());

impl HostControl {
    const fn new(manager: &'static HostManager, next: *mut IHostControl) -> HostControl {
        HostControl {
            face: IHostControl { lpVtbl: &raw const VTBL },
            manager,
            next,
            domains: Kept::new(),
            observer: Published::new(),
        }
    }

    /// The control of the process's default manager.
    pub fn default_control() -> &'static HostControl {
        &DEFAULT
    }

    /// Makes a control of `manager`, which lives as long as the process; `next`, unless NULL, is asked for what Tollgate
    /// does not offer.
    ///
    /// **Thread:** any. **Progress:** a system call. **Ownership:** adds a reference to `next` and keeps it.
    /// **Errors:** `E_OUTOFMEMORY`.
    ///
    /// # Safety
    /// `next` is NULL or an object of somebody else that any thread may call.
    pub unsafe fn create(
        manager: &'static HostManager,
        next: *mut IHostControl,
    ) -> Result<&'static HostControl, HRESULT> {
        let control = immortal(HostControl::new(manager, next)).map_err(from_error)?;
        if !next.is_null() {
            // SAFETY: the caller's duty.
            unsafe { retain(next) };
        }
        Ok(control)
    }

    /// The control as C and COM see it.
    pub fn as_raw(&'static self) -> *mut IHostControl {
        (&raw const self.face).cast_mut()
    }

    /// The object behind an interface pointer.
    ///
    /// # Safety
    /// `this` came from [`as_raw`](HostControl::as_raw).
    pub unsafe fn from_raw(this: *mut IHostControl) -> &'static HostControl {
        // SAFETY: the caller's duty; the face is the object's first field.
        unsafe { &*this.cast() }
    }

    /// Has `call` called with `context` for each application domain from now on; `None` for nobody.
    pub(crate) fn observe(&self, call: AppDomainObserver, context: *mut c_void) -> HRESULT {
        from_result(self.observer.publish(Observer { call, context }))
    }

    /// The manager object of `domain`, with a reference for the caller; NULL if none is kept.
    pub(crate) fn domain_manager(&self, domain: u32) -> *mut IUnknown {
        self.domains
            .with(domain, |object| {
                let object: *mut IUnknown = object.cast();
                // SAFETY: kept under a reference, and in place until this returns.
                unsafe { retain(object) };
                object
            })
            .unwrap_or(core::ptr::null_mut())
    }
}

static VTBL: IHostControlVtbl = IHostControlVtbl {
    QueryInterface: query_interface,
    AddRef: add_ref,
    Release: release,
    GetHostManager: get_host_manager,
    SetAppDomainManager: set_app_domain_manager,
};

unsafe extern "system" fn query_interface(
    this: *mut IHostControl,
    riid: *const GUID,
    out: *mut *mut c_void,
) -> HRESULT {
    // SAFETY: COM's duty for the pointers.
    unsafe { query(this.cast(), iid::IHOST_CONTROL, riid, out, || {}) }
}

unsafe extern "system" fn add_ref(_this: *mut IHostControl) -> u32 {
    IMMORTAL_ADDED
}

unsafe extern "system" fn release(_this: *mut IHostControl) -> u32 {
    IMMORTAL_RELEASED
}

unsafe extern "system" fn get_host_manager(
    this: *mut IHostControl,
    riid: *const GUID,
    out: *mut *mut c_void,
) -> HRESULT {
    // SAFETY: COM's duty for the pointer.
    let Some(out) = (unsafe { out.as_mut() }) else { return E_POINTER };
    *out = core::ptr::null_mut();
    // SAFETY: COM's duty for the pointer.
    let Some(id) = (unsafe { riid.as_ref() }) else { return E_POINTER };
    // SAFETY: COM's duty for `this`.
    let control = unsafe { HostControl::from_raw(this) };
    if *id == iid::IHOST_TASK_MANAGER {
        // In use from here on; its reference count does not matter, it is immortal.
        control.manager.core();
        *out = control.manager.as_raw().cast();
        return S_OK;
    }
    if control.next.is_null() {
        return E_NOINTERFACE;
    }
    // SAFETY: referred to since this control was made.
    let next = unsafe { IHostControl::vtbl(control.next) };
    // SAFETY: as above; the pointers are the caller's.
    let result = unsafe { (next.GetHostManager)(control.next, riid, out) };
    if result < 0 {
        // Whatever the host's own left there.
        *out = core::ptr::null_mut();
    }
    result
}

unsafe extern "system" fn set_app_domain_manager(
    this: *mut IHostControl,
    domain: u32,
    object: *mut IUnknown,
) -> HRESULT {
    // SAFETY: COM's duty for `this`.
    let control = unsafe { HostControl::from_raw(this) };
    if !object.is_null() {
        // The reference comes first: once the pointer is in place, others may use it.
        // SAFETY: COM's duty for the object.
        unsafe { retain(object) };
    }
    let (unused, kept) = match control.domains.put(domain, object.cast()) {
        Ok(former) => (former.cast(), S_OK),
        Err(error) => (object, from_error(error)),
    };
    // SAFETY: NULL, or a reference taken here or by an earlier call, and in place no longer.
    unsafe { unknown::release(unused) };
    if kept != S_OK {
        return kept;
    }
    if let Some(Observer { call: Some(call), context }) = control.observer.read() {
        // SAFETY: the host vouched for both; the object is the caller's for the length of the call.
        unsafe { call(*context, domain, object) };
    }
    if control.next.is_null() {
        return S_OK;
    }
    // SAFETY: referred to since this control was made.
    let next = unsafe { IHostControl::vtbl(control.next) };
    // SAFETY: as above; the object is the caller's.
    unsafe { (next.SetAppDomainManager)(control.next, domain, object) }
}

/// `S_OK` for an object, `S_FALSE` for none.
pub(crate) fn found(object: *mut IUnknown) -> HRESULT {
    if object.is_null() { S_FALSE } else { S_OK }
}
