//! Memory straight from the kernel: the C heap may be owned by a thread that the runtime has stopped.

use core::ptr::NonNull;

/// Zeroed, page-aligned memory of at least `bytes`; `None` if the kernel has none.
pub(crate) fn pages(bytes: usize) -> Option<NonNull<u8>> {
    // SAFETY: an anonymous mapping at an address of the kernel's choice touches nothing that exists.
    let start = unsafe {
        libc::mmap(
            core::ptr::null_mut(),
            bytes,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE,
            -1,
            0,
        )
    };
    if start == libc::MAP_FAILED { None } else { NonNull::new(start.cast()) }
}

/// Gives back what `pages` gave.
///
/// # Safety
/// `start` came from `pages` with the same length, and nothing refers to it any more.
pub(crate) unsafe fn release_pages(start: NonNull<u8>, bytes: usize) {
    // SAFETY: the caller's duty. A failure would only leave the mapping in place.
    unsafe { libc::munmap(start.as_ptr().cast(), bytes) };
}
