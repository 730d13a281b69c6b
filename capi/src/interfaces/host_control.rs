//! `IHostControl`: layout and meaning.

use core::ffi::c_void;

use super::unknown::IUnknown;
use crate::guid::GUID;
use crate::hresult::HRESULT;

/// Methods of `IHostControl` in slot order.
#[repr(C)]
#[allow(non_snake_case, reason = "COM's own names; the header must show them")]
pub struct IHostControlVtbl {
    /// Hands out another interface of the same object, with a reference added.
    ///
    /// **Errors:** `E_NOINTERFACE` with NULL written; `E_POINTER` for a NULL argument.
    pub QueryInterface: unsafe extern "system" fn(
        This: *mut IHostControl,
        riid: *const GUID,
        ppvObject: *mut *mut c_void,
    ) -> HRESULT,
    /// Adds a reference; the result is for diagnostics only.
    pub AddRef: unsafe extern "system" fn(This: *mut IHostControl) -> u32,
    /// Drops a reference; the object may be gone when 0 is returned.
    pub Release: unsafe extern "system" fn(This: *mut IHostControl) -> u32,
    /// Hands out the host's manager for `riid`, with a reference added for the caller.
    ///
    /// **Thread:** any, any number of times. **Progress:** wait-free.
    /// **Errors:** `E_NOINTERFACE` for a manager the host does not offer; `E_POINTER` for a NULL argument. `*ppObject` is NULL
    /// on every failure. Source: contract 2.1.
    pub GetHostManager: unsafe extern "system" fn(
        This: *mut IHostControl,
        riid: *const GUID,
        ppObject: *mut *mut c_void,
    ) -> HRESULT,
    /// Tells the host of the manager object of a new application domain.
    ///
    /// **Ownership:** `pUnkAppDomainManager` is borrowed; Tollgate adds a reference to what it keeps.
    /// **Errors:** none of its own; a failure would be thrown in the runtime. Source: contract 2.1.
    pub SetAppDomainManager: unsafe extern "system" fn(
        This: *mut IHostControl,
        dwAppDomainID: u32,
        pUnkAppDomainManager: *mut IUnknown,
    ) -> HRESULT,
}

/// How the runtime asks the host for its managers (contract 2.1).
#[repr(C)]
pub struct IHostControl {
    /// The methods.
    pub lpVtbl: *const IHostControlVtbl,
}

super::assert_slots!(IHostControlVtbl: QueryInterface AddRef Release GetHostManager SetAppDomainManager);
