//! `IUnknown`: layout and meaning.

use core::ffi::c_void;

use crate::guid::GUID;
use crate::hresult::HRESULT;

/// Methods of `IUnknown` in slot order.
#[repr(C)]
#[allow(non_snake_case, reason = "COM's own names; the header must show them")]
pub struct IUnknownVtbl {
    /// Hands out another interface of the same object, with a reference added for the caller.
    ///
    /// **Thread:** any. **Errors:** `E_NOINTERFACE` for an id that the object does not have, `E_POINTER` for a NULL
    /// argument; NULL is written then.
    pub QueryInterface: unsafe extern "system" fn(
        This: *mut IUnknown,
        riid: *const GUID,
        ppvObject: *mut *mut c_void,
    ) -> HRESULT,
    /// Adds a reference; the result is for diagnostics only.
    ///
    /// **Thread:** any that holds one.
    pub AddRef: unsafe extern "system" fn(This: *mut IUnknown) -> u32,
    /// Drops a reference; the object may be gone when 0 is returned.
    ///
    /// **Thread:** any that holds one.
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
