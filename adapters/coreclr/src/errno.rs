//! errno belongs to the program: a native function's value must reach the managed caller as it was.

/// Puts errno back when dropped.
pub(crate) struct PreserveErrno {
    place: *mut i32,
    value: i32,
}

impl PreserveErrno {
    #[inline]
    pub(crate) fn new() -> PreserveErrno {
        // SAFETY: no argument.
        let place = unsafe { libc::__errno_location() };
        // SAFETY: the calling thread's errno is always there.
        PreserveErrno { place, value: unsafe { *place } }
    }
}

impl Drop for PreserveErrno {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: as above; the pointer keeps this object on its thread.
        unsafe { *self.place = self.value };
    }
}
