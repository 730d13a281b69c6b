//! `IHostControl`: layout and meaning.

use core::ffi::c_void;

use super::unknown::IUnknown;
use crate::guid::GUID;
use crate::hresult::HRESULT;

/// Methods of `IHostControl` in slot order.
#[repr(C)]
#[allow(non_snake_case, reason = "COM's own names; the header must show them")]
pub struct IHostControlVtbl {
    /// Hands out another interface of the same object, with a reference added for the caller.
    ///
    /// **Thread:** any. **Errors:** `E_NOINTERFACE` for an id that the object does not have, `E_POINTER` for a NULL
    /// argument; NULL is written then.
    pub QueryInterface: unsafe extern "system" fn(
        This: *mut IHostControl,
        riid: *const GUID,
        ppvObject: *mut *mut c_void,
    ) -> HRESULT,
    /// Does nothing: the object lives as long as the process. The result is never 0.
    ///
    /// **Thread:** any.
    pub AddRef: unsafe extern "system" fn(This: *mut IHostControl) -> u32,
    /// Does nothing: a runtime may call after its last release. The result is never 0.
    ///
    /// **Thread:** any.
    pub Release: unsafe extern "system" fn(This: *mut IHostControl) -> u32,
    /// Hands out the host's manager for `riid`, with a reference added for the caller.
    ///
    /// Tollgate has one for `IID_IHostTaskManager`; every other id is passed on to the host's own `IHostControl`, if
    /// `tollgate_manager_control` was given one.
    ///
    /// **Thread:** any, any number of times, before and after the runtime's start. **Progress:** wait-free for the
    /// task manager. **Ownership:** the caller gets a reference; that on the task manager need not be dropped, it
    /// lives as long as the process. **Errors:** `E_NOINTERFACE` for a manager that nobody offers; `E_POINTER` for a
    /// NULL argument; those of the host's own. `*ppObject` is NULL on every failure. Source: docs/CONTRACT.md.
    pub GetHostManager: unsafe extern "system" fn(
        This: *mut IHostControl,
        riid: *const GUID,
        ppObject: *mut *mut c_void,
    ) -> HRESULT,
    /// Tells the host of the manager object of a new application domain, or of a new one in its place; NULL takes it
    /// back.
    ///
    /// Tollgate keeps the object under the domain's number, tells the host's observer if there is one, and then the
    /// host's own `IHostControl`.
    ///
    /// **Thread:** any. **Progress:** waits while others add a reference to the object replaced. **Ownership:**
    /// `pUnkAppDomainManager` is borrowed; Tollgate adds a reference to what it keeps and drops it when the object is
    /// replaced. **Errors:** `E_OUTOFMEMORY` when it cannot be kept; those of the host's own `IHostControl`. A
    /// failure is thrown in the runtime. Source: docs/CONTRACT.md.
    pub SetAppDomainManager: unsafe extern "system" fn(
        This: *mut IHostControl,
        dwAppDomainID: u32,
        pUnkAppDomainManager: *mut IUnknown,
    ) -> HRESULT,
}

/// How the runtime asks the host for its managers.
#[repr(C)]
pub struct IHostControl {
    /// The methods.
    pub lpVtbl: *const IHostControlVtbl,
}

/// What a host has called on each new application domain: its own `context`, the domain's number, and the domain's
/// manager, which is borrowed for the length of the call and may be NULL.
pub type AppDomainObserver =
    Option<unsafe extern "system" fn(context: *mut c_void, domain: u32, manager: *mut IUnknown)>;

super::assert_slots!(IHostControlVtbl: QueryInterface AddRef Release GetHostManager SetAppDomainManager);
