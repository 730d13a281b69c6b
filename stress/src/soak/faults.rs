//! Memory and threads that the system refuses: the two calls of the core that ask for them, answered by this program.
//!
//! A program's own definition goes before the C library's for everything that is linked into it, and the C library does not
//! use it for itself: so what fails is what Tollgate asks for, on threads that want it to.

use std::cell::Cell;
use std::ffi::{c_int, c_void};
use std::sync::atomic::{AtomicU64, Ordering};

use tollgate_stress::random::Random;

thread_local! {
    /// What decides whether a call of this thread fails; nothing, and none does.
    static DICE: Cell<Option<u64>> = const { Cell::new(None) };
}

/// Calls that were refused.
static REFUSED: AtomicU64 = AtomicU64::new(0);

/// How many calls were refused.
pub(crate) fn refused() -> u64 {
    REFUSED.load(Ordering::Relaxed)
}

/// Runs `calls` with every second request for memory or for a thread refused.
pub(crate) fn with_faults<R>(random: &mut Random, calls: impl FnOnce() -> R) -> R {
    DICE.set(Some(random.number() | 1));
    let result = calls();
    DICE.set(None);
    result
}

fn is_refused() -> bool {
    let refused = DICE.try_with(|dice| {
        let Some(seed) = dice.get() else { return false };
        let mut random = Random::new(seed);
        let number = random.number();
        dice.set(Some(number | 1));
        number & 2 == 0
    });
    let refused = refused.unwrap_or(false);
    REFUSED.fetch_add(u64::from(refused), Ordering::Relaxed);
    refused
}

/// # Safety
/// As for the system's.
#[unsafe(no_mangle)]
unsafe extern "C" fn mmap(
    address: *mut c_void,
    length: usize,
    protection: c_int,
    flags: c_int,
    file: c_int,
    offset: i64,
) -> *mut c_void {
    if is_refused() {
        // SAFETY: asks for a place, nothing else.
        let errno = unsafe { libc::__errno_location() };
        // SAFETY: this thread's errno.
        unsafe { *errno = libc::ENOMEM };
        return libc::MAP_FAILED;
    }
    // SAFETY: the caller's duty.
    let place = unsafe { libc::syscall(libc::SYS_mmap, address, length, protection, flags, file, offset) };
    place as *mut c_void
}

type Routine = extern "C" fn(*mut c_void) -> *mut c_void;
type Create =
    unsafe extern "C" fn(*mut libc::pthread_t, *const libc::pthread_attr_t, Routine, *mut c_void) -> c_int;

/// # Safety
/// As for the system's.
#[unsafe(no_mangle)]
unsafe extern "C" fn pthread_create(
    thread: *mut libc::pthread_t,
    attributes: *const libc::pthread_attr_t,
    routine: Routine,
    parameter: *mut c_void,
) -> c_int {
    if is_refused() {
        return libc::EAGAIN;
    }
    // SAFETY: a name, ended by zero.
    let next = unsafe { libc::dlsym(libc::RTLD_NEXT, c"pthread_create".as_ptr()) };
    // SAFETY: the C library's function of that name has this type.
    let create: Create = unsafe { std::mem::transmute(next) };
    // SAFETY: the caller's duty.
    unsafe { create(thread, attributes, routine, parameter) }
}
