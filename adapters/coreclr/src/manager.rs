//! The manager that hears of the crossings: the host's, or one of the library's own.
//!
//! Either is reached through its COM pointer alone.

use core::ptr::null_mut;
use core::sync::atomic::{AtomicPtr, Ordering};

use tollgate_capi::interfaces::IHostTaskManager;
use tollgate_capi::{E_POINTER, HOST_E_INVALIDOPERATION, HRESULT, HostManager, S_OK};
use tollgate_core::{Config, Policy, Totals};

use crate::{report, settings};

static MANAGER: AtomicPtr<IHostTaskManager> = AtomicPtr::new(null_mut());
/// The manager that the library has made; another one may be in use all the same, if the host's came first.
static OWN: AtomicPtr<IHostTaskManager> = AtomicPtr::new(null_mut());

/// Takes the host's manager, once, before the runtime starts.
///
/// # Safety
/// `manager` is NULL or a manager that lives as long as the process.
pub(crate) unsafe fn attach(manager: *mut IHostTaskManager) -> HRESULT {
    if manager.is_null() {
        return E_POINTER;
    }
    // SAFETY: the caller's duty.
    let methods = unsafe { IHostTaskManager::vtbl(manager) };
    // The reference comes first: once the pointer is in place, others use it.
    // SAFETY: the caller's duty.
    unsafe { (methods.AddRef)(manager) };
    // Ordering: Release. Pairs with the Acquire in `current`.
    if MANAGER.compare_exchange(null_mut(), manager, Ordering::Release, Ordering::Relaxed).is_err() {
        // SAFETY: the reference added above.
        unsafe { (methods.Release)(manager) };
        return HOST_E_INVALIDOPERATION;
    }
    S_OK
}

/// Makes a manager of the library's own unless a host has given one.
///
/// Its policy is observe: nobody is there who could open a gate again.
pub(crate) fn ensure() -> Result<(), HRESULT> {
    if !current().is_null() {
        return Ok(());
    }
    let create = |page| HostManager::create(&Config { policy: Policy::Observe, page, ..Config::DEFAULT });
    let own = if settings::get().page {
        create(true).or_else(|code| {
            report::announce_without_page(code);
            create(false)
        })?
    } else {
        create(false)?
    };
    OWN.store(own.as_raw(), Ordering::Relaxed);
    // Ordering: as in `attach`; whoever finds the pointer finds it in OWN too. The host's may have come first.
    let _ = MANAGER.compare_exchange(null_mut(), own.as_raw(), Ordering::Release, Ordering::Relaxed);
    Ok(())
}

/// Names a target for those who watch the library's own manager from another process.
pub(crate) fn name(target: usize, name: &str) {
    if settings::get().page && is_own() {
        // SAFETY: the pointer is this library's own manager.
        let own = unsafe { HostManager::from_raw(current()) };
        // Without room for it the target is shown as a number.
        let _ = own.core().name_target(target, name);
    }
}

/// True if no host has given a manager.
pub(crate) fn is_own() -> bool {
    let manager = current();
    !manager.is_null() && manager == OWN.load(Ordering::Relaxed)
}

/// True if a host has given the manager in use.
pub(crate) fn is_hosts() -> bool {
    !current().is_null() && !is_own()
}

/// The books of the library's own manager; a host looks into its manager itself.
pub(crate) fn own_totals() -> Option<Totals> {
    // SAFETY: the pointer is this library's own manager.
    is_own().then(|| unsafe { HostManager::from_raw(current()) }.core().totals())
}

#[inline]
fn current() -> *mut IHostTaskManager {
    // Ordering: Acquire. Pairs with the Release in `attach` and `ensure`: the manager is complete.
    MANAGER.load(Ordering::Acquire)
}

/// Asks the manager whether it does without notices of calls to `target`: CallNeedsHostHook.
///
/// A runtime may ask at each call, or once and keep the answer. Once is enough for an answer that has to be stable, and costs
/// nothing later. A manager that gives no answer hears of all calls.
pub(crate) fn does_without(target: usize) -> bool {
    let manager = current();
    if manager.is_null() {
        return false;
    }
    let mut needs_hook = 1;
    // SAFETY: managers live as long as the process.
    let methods = unsafe { IHostTaskManager::vtbl(manager) };
    // SAFETY: as above; the answer has a place.
    let result = unsafe { (methods.CallNeedsHostHook)(manager, target, &raw mut needs_hook) };
    result >= 0 && needs_hook == 0
}

/// Tells the manager of an opened level, an outside one with its target; false if it refused.
#[inline]
pub(crate) fn open(inside: bool, target: usize) -> bool {
    let manager = current();
    if manager.is_null() {
        return false;
    }
    // SAFETY: managers live as long as the process.
    let methods = unsafe { IHostTaskManager::vtbl(manager) };
    let result = if inside {
        // SAFETY: as above.
        unsafe { (methods.ReverseEnterRuntime)(manager) }
    } else {
        // SAFETY: as above.
        unsafe { (methods.LeaveRuntime)(manager, target) }
    };
    result >= 0
}

/// Tells the manager that the innermost level is closed; false if it refused.
#[inline]
pub(crate) fn close(inside: bool) -> bool {
    let manager = current();
    if manager.is_null() {
        return false;
    }
    // SAFETY: as in `open`.
    let methods = unsafe { IHostTaskManager::vtbl(manager) };
    let result = if inside {
        // SAFETY: as above.
        unsafe { (methods.ReverseLeaveRuntime)(manager) }
    } else {
        // SAFETY: as above.
        unsafe { (methods.EnterRuntime)(manager) }
    };
    result >= 0
}
