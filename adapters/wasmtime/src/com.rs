//! What the adapter's COM objects have in common.

use std::ffi::c_void;

use tollgate_capi::{E_NOINTERFACE, E_POINTER, HRESULT, S_OK};
use tollgate_capi::{GUID, iid};

/// QueryInterface of an object all of whose interfaces stand at one address.
///
/// `add_reference` runs on success only.
///
/// # Safety
/// `riid` is NULL or readable, `out` is NULL or writable.
pub(crate) unsafe fn query(
    object: *mut c_void,
    interfaces: &[GUID],
    riid: *const GUID,
    out: *mut *mut c_void,
    add_reference: impl FnOnce(),
) -> HRESULT {
    // SAFETY: the caller's duty.
    let Some(out) = (unsafe { out.as_mut() }) else { return E_POINTER };
    *out = std::ptr::null_mut();
    // SAFETY: the caller's duty.
    let Some(riid) = (unsafe { riid.as_ref() }) else { return E_POINTER };
    if *riid != iid::IUNKNOWN && !interfaces.contains(riid) {
        return E_NOINTERFACE;
    }
    add_reference();
    *out = object;
    S_OK
}
