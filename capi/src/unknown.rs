//! IUnknown for the objects of this library.

use core::ffi::c_void;

use crate::guid::{GUID, iid};
use crate::hresult::{E_NOINTERFACE, E_POINTER, HRESULT, S_OK};

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
