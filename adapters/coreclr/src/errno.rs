//! errno belongs to the program: a native function's value must reach the managed caller as it was.

/// Puts errno back when dropped.
pub(crate) struct PreserveErrno(i32);

impl PreserveErrno {
    #[inline]
    pub(crate) fn new() -> PreserveErrno {
        // SAFETY: the calling thread's errno is always there.
        PreserveErrno(unsafe { *libc::__errno_location() })
    }
}

impl Drop for PreserveErrno {
    #[inline]
    fn drop(&mut self) {
        // SAFETY: as above.
        unsafe { *libc::__errno_location() = self.0 };
    }
}
