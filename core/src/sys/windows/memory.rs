//! Memory straight from the system: the process heap may be owned by a thread that the runtime has stopped.

use core::ptr::NonNull;

use super::api::{MEM_COMMIT, MEM_RELEASE, MEM_RESERVE, PAGE_READWRITE, VirtualAlloc, VirtualFree};

/// Zeroed memory of at least `bytes` at a multiple of 64 KiB; `None` if the system has none.
pub(crate) fn pages(bytes: usize) -> Option<NonNull<u8>> {
    // SAFETY: memory at an address of the system's choice touches nothing that exists.
    let start =
        unsafe { VirtualAlloc(core::ptr::null_mut(), bytes, MEM_RESERVE | MEM_COMMIT, PAGE_READWRITE) };
    NonNull::new(start.cast())
}

/// Gives back what `pages` gave.
///
/// # Safety
/// `start` came from `pages`, and nothing refers to it any more.
pub(crate) unsafe fn release_pages(start: NonNull<u8>, _bytes: usize) {
    // SAFETY: the caller's duty. The length must be 0 for the whole; a failure would only leave the memory in place.
    unsafe { VirtualFree(start.as_ptr().cast(), 0, MEM_RELEASE) };
}
