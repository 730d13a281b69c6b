//! The runtime's half of the conversation: its information interface and which runtime it is.

use core::ffi::c_void;
use core::ptr::{null_mut, without_provenance_mut};
use core::sync::atomic::{AtomicPtr, AtomicU64, Ordering};

use tollgate_capi::HRESULT;
use tollgate_capi::interfaces::IUnknown;

use crate::com::{ICorProfilerInfo, ICorProfilerInfo3, iid};

static INFO: AtomicPtr<ICorProfilerInfo> = AtomicPtr::new(null_mut());

/// Major, minor and build number, 16 bits each from the top.
static VERSION: AtomicU64 = AtomicU64::new(0);

/// The runtime's information interface; None before it starts and after its shutdown, when it must not be asked.
pub(crate) fn info() -> Option<*mut ICorProfilerInfo> {
    // Ordering: Acquire. Pairs with the Release in `meet`.
    Some(INFO.load(Ordering::Acquire)).filter(|info| !info.is_null())
}

/// Takes the interface that the runtime offers.
///
/// # Safety
/// `offered` is what the runtime passed to Initialize.
pub(crate) unsafe fn meet(offered: *mut IUnknown) -> Result<*mut ICorProfilerInfo, HRESULT> {
    // SAFETY: the caller's duty.
    let info = unsafe { query(offered, &iid::PROFILER_INFO) }?;
    let info: *mut ICorProfilerInfo = info.cast();
    // SAFETY: the caller's duty.
    if let Ok(newer) = unsafe { query(offered, &iid::PROFILER_INFO3) } {
        // SAFETY: the interface that was asked for, with a reference.
        unsafe { read_version(newer.cast()) };
    }
    // Ordering: Release. Pairs with the Acquire in `info`.
    INFO.store(info, Ordering::Release);
    Ok(info)
}

/// The runtime is shutting down, or was met in vain. Its interface stays referenced: another thread may be using it.
pub(crate) fn part() {
    INFO.store(null_mut(), Ordering::Release);
}

/// # Safety
/// `object` is a COM object.
unsafe fn query(object: *mut IUnknown, riid: &tollgate_capi::GUID) -> Result<*mut c_void, HRESULT> {
    let mut out = without_provenance_mut(0);
    // SAFETY: the caller's duty.
    let methods = unsafe { IUnknown::vtbl(object) };
    // SAFETY: as above; both pointers are valid.
    match unsafe { (methods.QueryInterface)(object, riid, &raw mut out) } {
        failure if failure < 0 => Err(failure),
        _ => Ok(out),
    }
}

/// # Safety
/// `info` is the runtime's object, with a reference that is given back here.
unsafe fn read_version(info: *mut ICorProfilerInfo3) {
    let (mut major, mut minor, mut build) = (0u16, 0u16, 0u16);
    // SAFETY: the caller's duty.
    let methods = unsafe { ICorProfilerInfo3::vtbl(info) };
    // SAFETY: the method allows NULL for what is not wanted.
    let result = unsafe {
        (methods.GetRuntimeInformation)(
            info,
            null_mut(),
            null_mut(),
            &raw mut major,
            &raw mut minor,
            &raw mut build,
            null_mut(),
            0,
            null_mut(),
            null_mut(),
        )
    };
    if result >= 0 {
        let version = u64::from(major) << 32 | u64::from(minor) << 16 | u64::from(build);
        VERSION.store(version, Ordering::Relaxed);
    }
    // SAFETY: the reference is given back once.
    unsafe { (methods.unknown.Release)(info.cast()) };
}

/// The runtime's name for people. Runtimes before .NET 5 all state the version of the desktop runtime they come from.
pub(crate) fn name() -> String {
    match version() {
        [0, ..] => "an unknown runtime".to_owned(),
        [4, ..] => "CoreCLR before .NET 5".to_owned(),
        [major, minor, build] => format!(".NET {major}.{minor}.{build}"),
    }
}

/// Major, minor and build number as the runtime states them; zeroes if it does not.
pub(crate) fn version() -> [u16; 3] {
    let version = VERSION.load(Ordering::Relaxed);
    [(version >> 32) as u16, (version >> 16) as u16, version as u16]
}
