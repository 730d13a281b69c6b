//! The calling thread: its id, its error number, its end.

use core::ffi::c_void;

use super::memory;
use crate::sync::{AtomicU64, Ordering};
use crate::thread;

/// The kernel's id of the calling thread.
pub(crate) fn os_thread_id() -> u64 {
    // SAFETY: takes nothing and cannot fail.
    unsafe { libc::syscall(libc::SYS_gettid) as u64 }
}

/// Offers the processor to another thread; true if the system cannot tell whether one took it.
pub(crate) fn yield_now() -> bool {
    // SAFETY: takes nothing.
    unsafe { libc::sched_yield() == 0 }
}

/// Ends the process at once.
pub(crate) fn abort() -> ! {
    // SAFETY: takes nothing and does not return.
    unsafe { libc::abort() }
}

/// Nothing to do: the shared library is linked to stay (`-z nodelete`), and a plugin with the archive in it must be too.
pub(crate) fn stay_loaded() {}

fn errno() -> *mut libc::c_int {
    // SAFETY: takes nothing; the address is the calling thread's own variable.
    unsafe { libc::__errno_location() }
}

/// Puts the thread's error number back when dropped: a runtime's caller must not see ours.
pub(crate) struct PreserveErrno(libc::c_int);

impl PreserveErrno {
    pub(crate) fn new() -> PreserveErrno {
        // SAFETY: the calling thread's own variable.
        PreserveErrno(unsafe { *errno() })
    }
}

impl Drop for PreserveErrno {
    fn drop(&mut self) {
        // SAFETY: as above; the guard does not leave its thread.
        unsafe { *errno() = self.0 };
    }
}

/// The thread-exit key + 1; 0 before it is made.
static EXIT_KEY: AtomicU64 = AtomicU64::new(0);

unsafe extern "C" fn exiting(_: *mut c_void) {
    thread::exit();
}

/// Has `thread::exit` called when the calling thread ends; false if the system has no key or no memory left.
///
/// The C library runs such destructors in rounds while values are set, so that a later registration by another
/// destructor of the same thread is honoured as well.
pub(crate) fn on_thread_exit() -> bool {
    let Some(key) = exit_key() else { return false };
    // SAFETY: the key exists; the value only has to be non-null to be noticed.
    unsafe { libc::pthread_setspecific(key, (&raw const EXIT_KEY).cast()) == 0 }
}

fn exit_key() -> Option<libc::pthread_key_t> {
    let made = EXIT_KEY.load(Ordering::Acquire);
    if made != 0 {
        return Some((made - 1) as libc::pthread_key_t);
    }
    let mut key = 0;
    // SAFETY: writes the key; the destructor is a plain function that stays loaded (the library is nodelete).
    if unsafe { libc::pthread_key_create(&mut key, Some(exiting)) } != 0 {
        return None;
    }
    match EXIT_KEY.compare_exchange(0, u64::from(key) + 1, Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) => Some(key),
        Err(theirs) => {
            // SAFETY: made above, and no thread has set a value under it.
            unsafe { libc::pthread_key_delete(key) };
            Some((theirs - 1) as libc::pthread_key_t)
        }
    }
}

/// Starts a detached thread that runs `body(argument)`; false if the system refuses.
///
/// `stack_bytes` is a reserve, rounded up to what the system needs; 0 is the default.
pub(crate) fn spawn(stack_bytes: usize, body: unsafe fn(*mut c_void), argument: *mut c_void) -> bool {
    // What the new thread needs travels in two words that it reads before its creator goes on.
    let Some(parcel) = memory::pages(size_of::<Parcel>()) else { return false };
    // SAFETY: fresh memory of sufficient size and alignment.
    unsafe { parcel.cast::<Parcel>().write(Parcel { body, argument }) };
    type Entry = extern "C" fn(*mut c_void) -> *mut c_void;
    // SAFETY: the same convention for whoever does not unwind through it, which only the C library itself does.
    let entry =
        unsafe { core::mem::transmute::<extern "C-unwind" fn(*mut c_void) -> *mut c_void, Entry>(entry) };
    let started = with_attributes(stack_bytes, |attributes| {
        let mut thread = core::mem::MaybeUninit::uninit();
        // SAFETY: attributes are initialised; the entry takes the parcel over.
        unsafe { libc::pthread_create(thread.as_mut_ptr(), attributes, entry, parcel.as_ptr().cast()) == 0 }
    });
    if !started {
        // SAFETY: no thread took the parcel over.
        unsafe { memory::release_pages(parcel, size_of::<Parcel>()) };
    }
    started
}

struct Parcel {
    body: unsafe fn(*mut c_void),
    argument: *mut c_void,
}

/// "C-unwind" because the thread may end in `body`, which the C library does by unwinding it from within.
extern "C-unwind" fn entry(parcel: *mut c_void) -> *mut c_void {
    let Some(parcel) = core::ptr::NonNull::new(parcel.cast::<Parcel>()) else { return core::ptr::null_mut() };
    // SAFETY: written by `spawn`, which handed it over.
    let Parcel { body, argument } = unsafe { parcel.read() };
    // SAFETY: read above, and nobody else refers to it.
    unsafe { memory::release_pages(parcel.cast(), size_of::<Parcel>()) };
    // SAFETY: `spawn`'s caller vouched for the pair.
    unsafe { body(argument) };
    core::ptr::null_mut()
}

/// Calls `create` with attributes for a detached thread; false if they cannot be made.
fn with_attributes(stack_bytes: usize, create: impl FnOnce(*const libc::pthread_attr_t) -> bool) -> bool {
    let mut attributes = core::mem::MaybeUninit::uninit();
    // SAFETY: initialises the attributes.
    if unsafe { libc::pthread_attr_init(attributes.as_mut_ptr()) } != 0 {
        return false;
    }
    let attributes = attributes.as_mut_ptr();
    // SAFETY: initialised above.
    let mut ready =
        unsafe { libc::pthread_attr_setdetachstate(attributes, libc::PTHREAD_CREATE_DETACHED) } == 0;
    if stack_bytes != 0 {
        let rounded = stack_bytes.max(least_stack_bytes()).saturating_add(0xffff) & !0xffff;
        // SAFETY: initialised above.
        ready &= unsafe { libc::pthread_attr_setstacksize(attributes, rounded) } == 0;
    }
    let created = ready && create(attributes);
    // SAFETY: initialised above, used no more.
    unsafe { libc::pthread_attr_destroy(attributes) };
    created
}

/// The smallest stack to ask for: room for the thread's own records, and what the system insists on, which is twice as much
/// on aarch64 and grows with the registers that a processor has.
fn least_stack_bytes() -> usize {
    // SAFETY: takes an integer; an unknown one is answered by -1.
    let system = unsafe { libc::sysconf(libc::_SC_THREAD_STACK_MIN) };
    usize::try_from(system).unwrap_or(0).max(64 * 1024)
}

/// Maps a Win32 level to a nice value and asks for it, if the thread `is_alive`; false if the system refuses.
///
/// Nothing holds the thread fast, but its number is not given to another until all others have been used.
pub(crate) fn set_priority(os_thread: u64, level: i32, is_alive: impl FnOnce() -> bool) -> bool {
    if !is_alive() {
        return false;
    }
    let nice = match level {
        15 => -20,
        2 => -10,
        1 => -5,
        -1 => 5,
        -2 => 10,
        -15 => 19,
        _ => 0,
    };
    // SAFETY: takes three integers. On Linux the id of a thread stands for that thread alone.
    unsafe { libc::setpriority(libc::PRIO_PROCESS, os_thread as libc::id_t, nice) == 0 }
}
