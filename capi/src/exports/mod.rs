//! The flat C functions, `tollgate_*`.

mod control;
mod gate;
mod half;
mod iids;
mod look;
mod manager;
mod name;
mod runtime;
mod task;
mod trace;
mod version;

pub use control::*;
pub use gate::*;
pub use half::*;
pub use iids::*;
pub use look::*;
pub use manager::*;
pub use name::*;
pub use runtime::*;
pub use task::*;
pub use trace::*;
pub use version::*;

use crate::hresult::{E_INVALIDARG, E_POINTER, HRESULT, S_OK};
use crate::interfaces::IHostTaskManager;
use crate::manager::HostManager;

/// The manager behind an interface pointer; none behind NULL.
///
/// # Safety
/// `manager` is NULL or a manager of this library.
unsafe fn host(manager: *mut IHostTaskManager) -> Option<&'static HostManager> {
    // SAFETY: the caller's duty.
    (!manager.is_null()).then(|| unsafe { HostManager::from_raw(manager) })
}

/// Copies as much of `value` to `out` as the caller has room for; what the caller knows beyond it becomes zero.
///
/// **Errors:** `E_POINTER`; `E_INVALIDARG` for a size below `least`.
///
/// # Safety
/// `out` is NULL or has `size` writable bytes; `T` is plain data without padding.
unsafe fn give<T>(value: &T, out: *mut T, size: u32, least: usize) -> HRESULT {
    if out.is_null() {
        return E_POINTER;
    }
    let size = size as usize;
    if size < least {
        return E_INVALIDARG;
    }
    let known = size.min(size_of::<T>());
    // SAFETY: both have `known` bytes.
    unsafe {
        core::ptr::copy_nonoverlapping(core::ptr::from_ref(value).cast::<u8>(), out.cast::<u8>(), known)
    };
    // SAFETY: within the caller's `size` bytes.
    let rest = unsafe { out.cast::<u8>().add(known) };
    // SAFETY: as above.
    unsafe { rest.write_bytes(0, size - known) };
    S_OK
}
