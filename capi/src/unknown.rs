//! IUnknown for the objects of this library.

use core::ffi::c_void;

use crate::guid::{GUID, iid};
use crate::hresult::{E_NOINTERFACE, E_POINTER, HRESULT, S_OK};
use crate::interfaces::IUnknown;

/// Adds a reference to an object of somebody else.
///
/// # Safety
/// A COM object, whose owner lets it be used for the length of the call.
pub(crate) unsafe fn retain<T>(object: *mut T) {
    let object: *mut IUnknown = object.cast();
    // SAFETY: the caller's duty; every interface begins with the methods of IUnknown.
    let vtbl = unsafe { IUnknown::vtbl(object) };
    // SAFETY: the caller's duty.
    unsafe { (vtbl.AddRef)(object) };
}

/// Drops a reference on an object of somebody else.
///
/// # Safety
/// NULL, or a COM object on which the caller owns a reference.
pub(crate) unsafe fn release<T>(object: *mut T) {
    let object: *mut IUnknown = object.cast();
    if object.is_null() {
        return;
    }
    // SAFETY: the caller's duty; every interface begins with the methods of IUnknown.
    let vtbl = unsafe { IUnknown::vtbl(object) };
    // SAFETY: the caller's duty.
    unsafe { (vtbl.Release)(object) };
}

/// QueryInterface of an object that has one interface, `own`, beside IUnknown, both at `object`.
///
/// Answers the same pointer for both, so identity and symmetry hold. `add_reference` runs on success only.
///
/// # Safety
/// `riid` is NULL or readable, `out` is NULL or writable.
pub(crate) unsafe fn query(
    object: *mut c_void,
    own: GUID,
    riid: *const GUID,
    out: *mut *mut c_void,
    add_reference: impl FnOnce(),
) -> HRESULT {
    // SAFETY: the caller's duty.
    let Some(out) = (unsafe { out.as_mut() }) else { return E_POINTER };
    *out = core::ptr::null_mut();
    // SAFETY: the caller's duty.
    let Some(riid) = (unsafe { riid.as_ref() }) else { return E_POINTER };
    if *riid != own && *riid != iid::IUNKNOWN {
        return E_NOINTERFACE;
    }
    add_reference();
    *out = object;
    S_OK
}

/// AddRef of an immortal object: a runtime may never release it, and call after shutdown.
pub(crate) const IMMORTAL_ADDED: u32 = 2;
/// Release of an immortal object.
pub(crate) const IMMORTAL_RELEASED: u32 = 1;
