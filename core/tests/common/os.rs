//! What tests ask of the operating system, in one place.
//!
//! Left out on Windows, with `#[cfg(unix)]` at the test:
//!
//! | tests | because |
//! |---|---|
//! | `capi/tests/fork.rs`, the forks in `core/tests/ends.rs` and `capi/tests/trace` | there is no fork |
//! | `capi/tests/page`, the worlds of gate tests with a page | managers have no page there |
//! | `calls_without_memory_keep_errno_and_lose_nothing`, `refused_threads_leave_nothing_behind` | nothing limits the address space of a process |

#![allow(dead_code, reason = "each test program uses a part of it")]

#[cfg(unix)]
pub(crate) use unix::*;
#[cfg(windows)]
pub(crate) use windows::*;

#[cfg(unix)]
mod unix {
    use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

    /// The system's id of the calling thread.
    pub(crate) fn thread_id() -> u64 {
        // SAFETY: takes nothing and cannot fail.
        unsafe { libc::syscall(libc::SYS_gettid) as u64 }
    }

    /// Ends the calling thread in the middle of what it does, whose frames must have nothing to say to that.
    ///
    /// # Safety
    /// No frame between here and the thread's start has anything to clean up.
    pub(crate) unsafe fn end_thread() -> ! {
        // SAFETY: the caller's duty.
        unsafe { libc::pthread_exit(std::ptr::null_mut()) }
    }

    fn errno() -> *mut i32 {
        // SAFETY: takes nothing.
        unsafe { libc::__errno_location() }
    }

    /// The thread's error number: errno.
    pub(crate) fn error() -> i32 {
        // SAFETY: the calling thread's own variable.
        unsafe { *errno() }
    }

    pub(crate) fn set_error(error: i32) {
        // SAFETY: as above.
        unsafe { *errno() = error };
    }

    /// How urgent the system takes a thread to be: its nice value.
    pub(crate) fn urgency(thread: u64) -> i32 {
        // SAFETY: takes two integers.
        unsafe { libc::getpriority(libc::PRIO_PROCESS, thread as libc::id_t) }
    }

    /// What level -2 comes to.
    pub(crate) const LOWEST: i32 = 10;

    /// True if the calling thread may be made less urgent, and its creations too.
    pub(crate) fn can_be_lowered() -> bool {
        urgency(thread_id()) <= LOWEST
    }

    static STOPPED: AtomicBool = AtomicBool::new(false);
    static GO_ON: AtomicI32 = AtomicI32::new(-1);

    /// Keeps the thread that it interrupts until there is something to read.
    extern "C" fn stop(_: libc::c_int) {
        STOPPED.store(true, Ordering::Release);
        let mut byte = 0u8;
        // SAFETY: one byte of the handler's own; read is allowed in handlers.
        unsafe { libc::read(GO_ON.load(Ordering::Acquire), (&raw mut byte).cast(), 1) };
    }

    /// A thread that is kept inside a signal handler; one at a time.
    pub(crate) struct Stopped {
        go_on: libc::c_int,
    }

    impl Stopped {
        pub(crate) fn new(thread: u64) -> Stopped {
            let mut ends = [0; 2];
            // SAFETY: room for two descriptors.
            assert_eq!(unsafe { libc::pipe(ends.as_mut_ptr()) }, 0);
            GO_ON.store(ends[0], Ordering::Release);
            // SAFETY: the handler touches atomics and a descriptor only.
            unsafe { libc::signal(libc::SIGUSR1, stop as *const () as libc::sighandler_t) };
            let (process, thread) = (libc::c_long::from(std::process::id() as i32), thread as libc::c_long);
            // SAFETY: takes three integers; the thread is alive.
            let sent = unsafe { libc::syscall(libc::SYS_tgkill, process, thread, libc::SIGUSR1) };
            assert_eq!(sent, 0);
            while !STOPPED.load(Ordering::Acquire) {
                std::thread::yield_now();
            }
            Stopped { go_on: ends[1] }
        }

        pub(crate) fn release(self) {
            // SAFETY: one byte of a constant.
            assert_eq!(unsafe { libc::write(self.go_on, [1u8].as_ptr().cast(), 1) }, 1);
        }
    }
}

#[cfg(windows)]
mod windows {
    use std::ffi::c_void;

    #[link(name = "kernel32")]
    unsafe extern "system" {
        fn GetCurrentThreadId() -> u32;
        fn ExitThread(code: u32) -> !;
        fn GetLastError() -> u32;
        fn SetLastError(error: u32);
        fn OpenThread(access: u32, inherit: i32, id: u32) -> *mut c_void;
        fn CloseHandle(handle: *mut c_void) -> i32;
        fn GetThreadPriority(thread: *mut c_void) -> i32;
        fn SuspendThread(thread: *mut c_void) -> u32;
        fn ResumeThread(thread: *mut c_void) -> u32;
    }

    const THREAD_SUSPEND_RESUME: u32 = 0x0002;
    const THREAD_QUERY_INFORMATION: u32 = 0x0040;

    /// The system's id of the calling thread.
    pub(crate) fn thread_id() -> u64 {
        // SAFETY: takes nothing and cannot fail.
        u64::from(unsafe { GetCurrentThreadId() })
    }

    /// Ends the calling thread in the middle of what it does.
    ///
    /// # Safety
    /// No frame between here and the thread's start has anything to clean up.
    pub(crate) unsafe fn end_thread() -> ! {
        // SAFETY: the caller's duty.
        unsafe { ExitThread(0) }
    }

    /// The thread's error number: the last error.
    pub(crate) fn error() -> i32 {
        // SAFETY: takes nothing.
        unsafe { GetLastError() as i32 }
    }

    pub(crate) fn set_error(error: i32) {
        // SAFETY: takes a number.
        unsafe { SetLastError(error as u32) };
    }

    fn open(thread: u64, access: u32) -> *mut c_void {
        // SAFETY: takes three integers.
        let handle = unsafe { OpenThread(access, 0, thread as u32) };
        assert!(!handle.is_null(), "thread {thread} is alive");
        handle
    }

    /// How urgent the system takes a thread to be: its Win32 level.
    pub(crate) fn urgency(thread: u64) -> i32 {
        let handle = open(thread, THREAD_QUERY_INFORMATION);
        // SAFETY: an open handle.
        let level = unsafe { GetThreadPriority(handle) };
        // SAFETY: as above, used no more.
        unsafe { CloseHandle(handle) };
        level
    }

    /// What level -2 comes to.
    pub(crate) const LOWEST: i32 = -2;

    /// True if the calling thread may be made less urgent, and its creations too.
    pub(crate) fn can_be_lowered() -> bool {
        true
    }

    pub(crate) use stopped::Stopped;

    mod stopped {
        use std::ffi::c_void;
        use std::time::{Duration, Instant};

        const THREAD_GET_CONTEXT: u32 = 0x0008;

        /// The system's CONTEXT, or room for more.
        #[repr(C, align(16))]
        struct Registers([u32; 308]);

        /// Where CONTEXT says what is asked for, what asks for the control registers, and where the next instruction is.
        #[cfg(target_arch = "x86_64")]
        const LAYOUT: (usize, u32, usize) = (0x30 / 4, 0x0010_0001, 0xF8 / 4);
        #[cfg(target_arch = "x86")]
        const LAYOUT: (usize, u32, usize) = (0, 0x0001_0001, 0xB8 / 4);
        #[cfg(target_arch = "aarch64")]
        const LAYOUT: (usize, u32, usize) = (0, 0x0040_0001, 0x108 / 4);

        #[link(name = "kernel32")]
        unsafe extern "system" {
            fn GetThreadContext(thread: *mut c_void, registers: *mut Registers) -> i32;
            fn GetModuleHandleA(name: *const u8) -> *mut c_void;
            fn GetProcAddress(module: *mut c_void, name: *const u8) -> *mut c_void;
        }

        /// The next instruction of a thread that was told to stop. Waits until it has: it may have only been asked to.
        fn next_instruction(thread: *mut c_void) -> usize {
            let (wanted, control, next) = LAYOUT;
            let mut registers = Registers([0; 308]);
            registers.0[wanted] = control;
            // SAFETY: an open handle, and room for all that is written.
            assert_ne!(unsafe { GetThreadContext(thread, &mut registers) }, 0);
            let low = registers.0[next] as usize;
            #[cfg(target_pointer_width = "64")]
            let low = low | (registers.0[next + 1] as usize) << 32;
            low
        }

        /// The system call in which WaitOnAddress sleeps.
        fn call_that_sleeps() -> usize {
            // SAFETY: a name that ends in 0; every process has this module.
            let ntdll = unsafe { GetModuleHandleA(c"ntdll.dll".as_ptr().cast()) };
            // SAFETY: a module that stays loaded, and a name that ends in 0.
            let call = unsafe { GetProcAddress(ntdll, c"NtWaitForAlertByThreadId".as_ptr().cast()) };
            assert!(!call.is_null());
            call as usize
        }

        /// A thread that the system keeps from running, asleep in WaitOnAddress.
        pub(crate) struct Stopped {
            thread: *mut c_void,
        }

        impl Stopped {
            /// Stops a thread that goes to sleep, once it does. On the way it owns a lock of the system's list of sleepers:
            /// stopped there, it would keep whoever wakes it from doing so.
            pub(crate) fn new(thread: u64) -> Stopped {
                /// Longer than the call's few instructions, and no longer than what lies between two such calls.
                const CALL: usize = 32;
                let thread = super::open(thread, super::THREAD_SUSPEND_RESUME | THREAD_GET_CONTEXT);
                let call = call_that_sleeps();
                let give_up = Instant::now() + Duration::from_secs(600);
                loop {
                    // SAFETY: an open handle; it goes on below unless it owns nothing that this one waits for.
                    assert_eq!(unsafe { super::SuspendThread(thread) }, 0);
                    if (call..call + CALL).contains(&next_instruction(thread)) {
                        return Stopped { thread };
                    }
                    // SAFETY: as above.
                    assert_eq!(unsafe { super::ResumeThread(thread) }, 1);
                    assert!(Instant::now() < give_up, "the thread does not go to sleep");
                    std::thread::yield_now();
                }
            }

            pub(crate) fn release(self) {
                // SAFETY: an open handle.
                assert_eq!(unsafe { super::ResumeThread(self.thread) }, 1);
                // SAFETY: as above, used no more.
                unsafe { super::CloseHandle(self.thread) };
            }
        }
    }
}
