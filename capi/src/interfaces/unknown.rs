//! `IUnknown`: layout and meaning.

use core::ffi::c_void;

use crate::guid::GUID;
use crate::hresult::HRESULT;

/// Methods of `IUnknown` in slot order.
#[repr(C)]
#[allow(non_snake_case, reason = "COM's own names; the header must show them")]
pub struct IUnknownVtbl {
    /// Hands out another interface of the same object, with a reference added.
    ///
    /// **Errors:** `E_NOINTERFACE` with NULL written; `E_POINTER` for a NULL argument.
    pub QueryInterface: unsafe extern "system" fn(
        This: *mut IUnknown,
        riid: *const GUID,
        ppvObject: *mut *mut c_void,
    ) -> HRESULT,
    /// Adds a reference; the result is for diagnostics only.
    pub AddRef: unsafe extern "system" fn(This: *mut IUnknown) -> u32,
    /// Drops a reference; the object may be gone when 0 is returned.
    pub Release: unsafe extern "system" fn(This: *mut IUnknown) -> u32,
}

/// The root of every COM interface.
///
/// Reference counts are atomic; every method may be called from any thread.
#[repr(C)]
pub struct IUnknown {
    /// The methods.
    pub lpVtbl: *const IUnknownVtbl,
}

super::assert_slots!(IUnknownVtbl: QueryInterface AddRef Release);
