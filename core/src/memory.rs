//! Places for objects that live as long as the process.

use crate::error::Error;
use crate::sys;

/// Moves a value into memory of its own that is never freed.
///
/// **Thread:** any. **Progress:** a system call. **Errors:** `OutOfMemory`.
pub fn immortal<T>(value: T) -> Result<&'static T, Error> {
    let _errno = sys::PreserveErrno::new();
    const { assert!(align_of::<T>() <= 4096, "pages are aligned to 4,096 bytes at least") };
    let place = sys::pages(size_of::<T>().max(1)).ok_or(Error::OutOfMemory)?.cast::<T>();
    // SAFETY: fresh memory of sufficient size and alignment, referred to by nobody else.
    unsafe { place.write(value) };
    // SAFETY: initialised above and never written again except through the value's own interior mutability.
    Ok(unsafe { place.as_ref() })
}
