//! Forks whose child gives a verdict.

/// The number of a child of this process that has not been waited for.
#[must_use = "only waiting for it tells how it went"]
pub(crate) struct Child(pub(crate) i32);

/// Forks; the child runs `check` and ends.
#[track_caller]
pub(crate) fn fork(check: impl FnOnce()) -> Child {
    // SAFETY: the child goes on with this thread alone; the C library puts its own locks in order.
    let pid = unsafe { libc::fork() };
    assert!(pid >= 0, "fork failed");
    if pid == 0 {
        // A child that hangs is ended by the system, and its parent told.
        // SAFETY: takes a number of seconds.
        unsafe { libc::alarm(600) };
        let passed = std::panic::catch_unwind(std::panic::AssertUnwindSafe(check)).is_ok();
        // SAFETY: ends the process without running what belongs to the parent.
        unsafe { libc::_exit(if passed { 0 } else { 3 }) };
    }
    Child(pid)
}

impl Child {
    /// Returns once the child has ended as it should.
    #[track_caller]
    pub(crate) fn passes(self) {
        let mut status = -1;
        // SAFETY: a child of this process, and a place for its status.
        assert_eq!(unsafe { libc::waitpid(self.0, &mut status, 0) }, self.0);
        assert_eq!(status, 0, "3 << 8 is a failed assertion, 14 a hang");
    }
}
