//! The flat C functions, `tollgate_*`.

mod gate;
mod iids;
mod look;
mod manager;
mod task;
mod version;

pub use gate::*;
pub use iids::*;
pub use look::*;
pub use manager::*;
pub use task::*;
pub use version::*;

use crate::hresult::{E_INVALIDARG, E_POINTER, HRESULT, S_OK};

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
