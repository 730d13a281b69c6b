//! The calling thread: its id and its error number; and threads of our own.

use core::ffi::c_void;
use core::ptr::NonNull;

use super::api::{
    CloseHandle, CreateThread, GetCurrentThreadId, GetLastError, OpenThread,
    STACK_SIZE_PARAM_IS_A_RESERVATION, SetLastError, SetThreadPriority, SwitchToThread,
    THREAD_SET_INFORMATION,
};
use super::memory;

/// The system's id of the calling thread.
pub(crate) fn os_thread_id() -> u64 {
    // SAFETY: takes nothing and cannot fail.
    u64::from(unsafe { GetCurrentThreadId() })
}

/// Offers the processor to another thread; false if none took it.
pub(crate) fn yield_now() -> bool {
    // SAFETY: takes nothing.
    unsafe { SwitchToThread() != 0 }
}

/// Ends the process at once, without a notice to any module: they may wait for what is broken.
pub(crate) fn abort() -> ! {
    const FAST_FAIL_FATAL_APP_EXIT: usize = 7;
    #[cfg(any(target_arch = "x86_64", target_arch = "x86"))]
    // SAFETY: the trap that Windows keeps for this purpose; it does not return.
    unsafe {
        core::arch::asm!("int 0x29", in("ecx") FAST_FAIL_FATAL_APP_EXIT, options(noreturn, nostack));
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: as above.
    unsafe {
        core::arch::asm!("brk 0xf003", in("x0") FAST_FAIL_FATAL_APP_EXIT, options(noreturn, nostack));
    }
}

/// Puts the thread's last error back when dropped: a runtime's caller must not see ours.
///
/// The C library's errno is not concerned: nothing here calls a C library.
pub(crate) struct PreserveErrno(u32);

impl PreserveErrno {
    pub(crate) fn new() -> PreserveErrno {
        // SAFETY: takes nothing.
        PreserveErrno(unsafe { GetLastError() })
    }
}

impl Drop for PreserveErrno {
    fn drop(&mut self) {
        // SAFETY: takes a number; the guard does not leave its thread.
        unsafe { SetLastError(self.0) };
    }
}

/// Starts a thread that runs `body(argument)`, to whose end nobody holds a handle; false if the system refuses.
///
/// `stack_bytes` is a reserve, rounded up to what the system needs; 0 is the default of the program.
pub(crate) fn spawn(stack_bytes: usize, body: unsafe fn(*mut c_void), argument: *mut c_void) -> bool {
    // What the new thread needs travels in two words that it reads and gives back.
    let Some(parcel) = memory::pages(size_of::<Parcel>()) else { return false };
    // SAFETY: fresh memory of sufficient size and alignment.
    unsafe { parcel.cast::<Parcel>().write(Parcel { body, argument }) };
    // SAFETY: the entry takes the parcel over; attributes and id are not asked for.
    let thread = unsafe {
        CreateThread(
            core::ptr::null(),
            stack_bytes,
            entry,
            parcel.as_ptr().cast(),
            STACK_SIZE_PARAM_IS_A_RESERVATION,
            core::ptr::null_mut(),
        )
    };
    if thread.is_null() {
        // SAFETY: no thread took the parcel over.
        unsafe { memory::release_pages(parcel, size_of::<Parcel>()) };
        return false;
    }
    // SAFETY: the handle made above, used no more; the thread goes on without it.
    unsafe { CloseHandle(thread) };
    true
}

struct Parcel {
    body: unsafe fn(*mut c_void),
    argument: *mut c_void,
}

/// # Safety
/// `parcel` is what `spawn` handed over to this thread.
unsafe extern "system" fn entry(parcel: *mut c_void) -> u32 {
    let Some(parcel) = NonNull::new(parcel.cast::<Parcel>()) else { return 0 };
    // SAFETY: written by `spawn`, which handed it over.
    let Parcel { body, argument } = unsafe { parcel.read() };
    // SAFETY: read above, and nobody else refers to it.
    unsafe { memory::release_pages(parcel.cast(), size_of::<Parcel>()) };
    // SAFETY: `spawn`'s caller vouched for the pair.
    unsafe { body(argument) };
    0
}

/// Gives the thread a level of Win32, if it `is_alive`; false if the system refuses.
///
/// Numbers of ended threads are given out again at once. While a handle is open that cannot happen: a thread that is alive
/// after its handle was opened had the number when it was.
pub(crate) fn set_priority(os_thread: u64, level: i32, is_alive: impl FnOnce() -> bool) -> bool {
    // SAFETY: takes three integers.
    let thread = unsafe { OpenThread(THREAD_SET_INFORMATION, 0, os_thread as u32) };
    if thread.is_null() {
        return false;
    }
    // SAFETY: the handle opened above.
    let done = is_alive() && unsafe { SetThreadPriority(thread, level) } != 0;
    // SAFETY: as above, used no more.
    unsafe { CloseHandle(thread) };
    done
}
