//! `DllGetClassObject` and the class factory, through which the runtime gets the profiler.

use core::ffi::c_void;

use tollgate_capi::interfaces::IUnknown;
use tollgate_capi::{E_NOINTERFACE, E_POINTER, GUID, HRESULT, S_OK, iid as base_iid};

use crate::com::{CLSID_TOLLGATE, iid};
use crate::profiler;

/// This object makes no part of another one (CLASS_E_NOAGGREGATION).
const NO_AGGREGATION: HRESULT = 0x8004_0110_u32 as HRESULT;
/// No such class here (CLASS_E_CLASSNOTAVAILABLE).
const NO_SUCH_CLASS: HRESULT = 0x8004_0111_u32 as HRESULT;

/// The methods of IClassFactory, in slot order.
#[repr(C)]
struct FactoryVtbl {
    query_interface:
        unsafe extern "C" fn(this: *mut c_void, riid: *const GUID, out: *mut *mut c_void) -> HRESULT,
    add_ref: unsafe extern "C" fn(this: *mut c_void) -> u32,
    release: unsafe extern "C" fn(this: *mut c_void) -> u32,
    create_instance: unsafe extern "C" fn(
        this: *mut c_void,
        outer: *mut IUnknown,
        riid: *const GUID,
        out: *mut *mut c_void,
    ) -> HRESULT,
    lock_server: unsafe extern "C" fn(this: *mut c_void, lock: i32) -> HRESULT,
}

#[repr(C)]
struct Factory {
    vtbl: *const FactoryVtbl,
}

// SAFETY: the pointer leads to a constant.
unsafe impl Sync for Factory {}

static FACTORY: Factory = Factory { vtbl: &raw const VTBL };
static VTBL: FactoryVtbl = FactoryVtbl { query_interface, add_ref, release, create_instance, lock_server };

/// Hands out the factory of this library's class; every COM server has this function.
///
/// **Errors:** CLASS_E_CLASSNOTAVAILABLE for another class, `E_NOINTERFACE` for another interface than IClassFactory,
/// `E_POINTER`.
///
/// # Safety
/// `clsid` and `riid` are NULL or readable, `out` is NULL or writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn DllGetClassObject(
    clsid: *const GUID,
    riid: *const GUID,
    out: *mut *mut c_void,
) -> HRESULT {
    // SAFETY: the caller's duty.
    let Some(slot) = (unsafe { out.as_mut() }) else { return E_POINTER };
    *slot = core::ptr::null_mut();
    // SAFETY: the caller's duty.
    match unsafe { clsid.as_ref() } {
        None => E_POINTER,
        Some(clsid) if *clsid != CLSID_TOLLGATE => profiler::asked_for_another(&text(clsid), NO_SUCH_CLASS),
        // SAFETY: the caller's duty.
        Some(_) => unsafe { query_interface((&raw const FACTORY).cast_mut().cast(), riid, out) },
    }
}

/// A class as CORECLR_PROFILER takes it.
fn text(class: &GUID) -> String {
    let [a, b, c, d, e, f, g, h] = class.Data4;
    let tail = format!("{a:02X}{b:02X}-{c:02X}{d:02X}{e:02X}{f:02X}{g:02X}{h:02X}");
    format!("{{{:08X}-{:04X}-{:04X}-{tail}}}", class.Data1, class.Data2, class.Data3)
}

unsafe extern "C" fn query_interface(this: *mut c_void, riid: *const GUID, out: *mut *mut c_void) -> HRESULT {
    // SAFETY: COM's duty.
    let Some(out) = (unsafe { out.as_mut() }) else { return E_POINTER };
    *out = core::ptr::null_mut();
    // SAFETY: COM's duty.
    let Some(riid) = (unsafe { riid.as_ref() }) else { return E_POINTER };
    if *riid != base_iid::IUNKNOWN && *riid != iid::CLASS_FACTORY {
        return E_NOINTERFACE;
    }
    *out = this;
    S_OK
}

unsafe extern "C" fn add_ref(_this: *mut c_void) -> u32 {
    2
}

unsafe extern "C" fn release(_this: *mut c_void) -> u32 {
    1
}

unsafe extern "C" fn create_instance(
    _this: *mut c_void,
    outer: *mut IUnknown,
    riid: *const GUID,
    out: *mut *mut c_void,
) -> HRESULT {
    if !outer.is_null() {
        // SAFETY: COM's duty.
        if let Some(out) = unsafe { out.as_mut() } {
            *out = core::ptr::null_mut();
        }
        return NO_AGGREGATION;
    }
    // SAFETY: COM's duty.
    let result = unsafe { profiler::query(riid, out) };
    if result >= 0 {
        profiler::loaded();
    }
    result
}

unsafe extern "C" fn lock_server(_this: *mut c_void, _lock: i32) -> HRESULT {
    S_OK
}

#[cfg(test)]
mod tests {
    use core::ptr::{null, null_mut};

    use super::*;

    const OTHER: GUID = GUID::from_u128(1);

    fn get(clsid: *const GUID, riid: *const GUID) -> (HRESULT, *mut c_void) {
        let mut out = core::ptr::without_provenance_mut(1);
        // SAFETY: NULL or readable ids, a writable slot.
        let result = unsafe { DllGetClassObject(clsid, riid, &raw mut out) };
        (result, out)
    }

    #[test]
    fn the_class_is_found_and_no_other() {
        let (result, factory) = get(&CLSID_TOLLGATE, &iid::CLASS_FACTORY);
        assert!(result == S_OK && !factory.is_null());
        assert_eq!(get(&CLSID_TOLLGATE, &base_iid::IUNKNOWN), (S_OK, factory));
        assert_eq!(get(&OTHER, &iid::CLASS_FACTORY), (NO_SUCH_CLASS, null_mut()));
        assert_eq!(get(&CLSID_TOLLGATE, &OTHER), (E_NOINTERFACE, null_mut()));
        assert_eq!(get(null(), &iid::CLASS_FACTORY), (E_POINTER, null_mut()));
        assert_eq!(get(&CLSID_TOLLGATE, null()), (E_POINTER, null_mut()));
        // SAFETY: NULL is allowed everywhere.
        assert_eq!(unsafe { DllGetClassObject(&CLSID_TOLLGATE, null(), null_mut()) }, E_POINTER);
    }

    #[test]
    fn classes_are_written_as_they_are_set() {
        assert_eq!(text(&CLSID_TOLLGATE), crate::com::CLSID_TEXT);
    }

    #[test]
    fn the_profiler_has_three_interfaces_unless_it_runs_beside_another() {
        let mut out = null_mut();
        // SAFETY: readable ids, a writable slot.
        let mut query = |riid: &GUID| unsafe { profiler::query(riid, &raw mut out) };
        assert_eq!(query(&base_iid::IUNKNOWN), S_OK);
        assert!(iid::CALLBACKS_1_TO_3.iter().all(|riid| query(riid) == S_OK));
        assert!(iid::CALLBACKS_4_TO_11.iter().all(|riid| query(riid) == E_NOINTERFACE));
    }

    #[test]
    fn it_is_made_alone_only() {
        let mut out = core::ptr::without_provenance_mut(1);
        let outer = core::ptr::without_provenance_mut(8);
        // SAFETY: the outer object is only looked at for being there.
        let result = unsafe { create_instance(null_mut(), outer, &base_iid::IUNKNOWN, &raw mut out) };
        assert_eq!((result, out), (NO_AGGREGATION, null_mut()));
    }
}
