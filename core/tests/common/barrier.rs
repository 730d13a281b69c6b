//! The process-wide barrier as the library makes it, for tests that ask about the fences alone: every running thread of the
//! process passes a full fence.

#[cfg(unix)]
pub(crate) use unix::*;
#[cfg(windows)]
pub(crate) use windows::*;

#[cfg(unix)]
mod unix {
    const PRIVATE_EXPEDITED: libc::c_int = 1 << 3;
    const REGISTER_PRIVATE_EXPEDITED: libc::c_int = 1 << 4;

    fn membarrier(command: libc::c_int) -> bool {
        // SAFETY: takes three integers.
        unsafe { libc::syscall(libc::SYS_membarrier, command, 0, 0) == 0 }
    }

    /// False where the kernel has no such command, or a filter refuses it: managers take fences there.
    pub(crate) fn register() -> bool {
        membarrier(REGISTER_PRIVATE_EXPEDITED)
    }

    pub(crate) fn run() {
        assert!(membarrier(PRIVATE_EXPEDITED), "granted at registration");
    }
}

/// By the function for it, which does nothing under Wine, and by taking a page away, which is what counts there.
#[cfg(windows)]
mod windows {
    use std::ffi::c_void;
    use std::sync::OnceLock;

    const MEM_COMMIT_AND_RESERVE: u32 = 0x3000;
    const PAGE_NOACCESS: u32 = 0x01;
    const PAGE_READWRITE: u32 = 0x04;

    #[link(name = "kernel32")]
    unsafe extern "system" {
        fn VirtualAlloc(at: *mut c_void, bytes: usize, kind: u32, protection: u32) -> *mut c_void;
        fn VirtualProtect(start: *mut c_void, bytes: usize, protection: u32, former: *mut u32) -> i32;
        fn FlushProcessWriteBuffers();
    }

    /// For one caller at a time.
    static PAGE: OnceLock<usize> = OnceLock::new();

    pub(crate) fn register() -> bool {
        PAGE.get_or_init(|| {
            // SAFETY: memory at an address of the system's choice touches nothing that exists.
            let page =
                unsafe { VirtualAlloc(std::ptr::null_mut(), 1, MEM_COMMIT_AND_RESERVE, PAGE_READWRITE) };
            assert!(!page.is_null(), "memory for a page");
            page as usize
        });
        true
    }

    pub(crate) fn run() {
        // SAFETY: takes nothing and touches no memory of the program.
        unsafe { FlushProcessWriteBuffers() };
        let page = *PAGE.get().expect("registered") as *mut u8;
        // SAFETY: this module's page, writable between two calls.
        unsafe { page.write_volatile(1) };
        for protection in [PAGE_NOACCESS, PAGE_READWRITE] {
            let mut former = 0;
            // SAFETY: as above, and nobody reads or writes it meanwhile.
            let done = unsafe { VirtualProtect(page.cast(), 1, protection, &mut former) };
            assert_ne!(done, 0, "a page of our own");
        }
    }
}
