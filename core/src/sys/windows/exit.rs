//! The end of a thread, and that the code which waits for it stays.
//!
//! Windows gives two notices of it, and neither alone will do:
//!
//! | notice | comes | lacks |
//! |---|---|---|
//! | the end of fibre-local data | first, without the loader's lock: what is told of the end may wait for others | comes also when another fibre is deleted, on whichever thread does that; needs a value set, which may fail |
//! | the module's TLS callback | always, last, also on threads that were there before the library | under the loader's lock |
//!
//! So the first one ends the tasks where it means this thread: the value it brings is the thread's own number, was set while
//! the thread ran no fibres, and comes when it runs none (docs/WINDOWS.md has the exception). The second one ends what is
//! left, and makes later calls of the thread find the detached sentinel. When the process ends, neither does anything: the
//! other threads are gone, possibly in the middle of something, and the one that is left goes on with its tasks.

use core::ffi::c_void;

use super::api::{
    DLL_THREAD_DETACH, FLS_OUT_OF_INDEXES, FlsAlloc, FlsFree, FlsSetValue,
    GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS, GET_MODULE_HANDLE_EX_FLAG_PIN, GetModuleHandleExW,
    IsThreadAFiber, ModuleNotice, RtlDllShutdownInProgress,
};
use super::tls;
use crate::sync::{AtomicU32, AtomicUsize, Ordering};
use crate::thread;

/// The fibre-local index + 1; 0 before it is made.
static INDEX: AtomicU32 = AtomicU32::new(0);
/// Numbers for registrations. A thread's id would not do: it is given out again, while a fibre may outlive its thread.
static REGISTRATIONS: AtomicUsize = AtomicUsize::new(0);

/// After the callbacks of the C libraries, whose thread-local destructors may still call.
#[used]
#[unsafe(link_section = ".CRT$XLY")]
static MODULE_NOTICE: ModuleNotice = module_notice;

unsafe extern "system" fn module_notice(_: *mut c_void, reason: u32, _: *mut c_void) {
    if reason == DLL_THREAD_DETACH {
        thread::exit();
    }
}

unsafe extern "system" fn fibre_data_ends(registration: *const c_void) {
    let is_own = registration as usize == tls::registration();
    // SAFETY: takes nothing, here and below.
    let runs_fibres = unsafe { IsThreadAFiber() != 0 };
    // SAFETY: as above.
    let process_ends = unsafe { RtlDllShutdownInProgress() != 0 };
    if is_own && !runs_fibres && !process_ends {
        thread::exit();
    }
}

/// Has `thread::exit` called when the calling thread ends.
///
/// True always: on fibres, and where no fibre-local data is to be had, the module's notice comes all the same.
pub(crate) fn on_thread_exit() -> bool {
    // SAFETY: a constant. A linker that takes libraries apart keeps what is read.
    unsafe { (&raw const MODULE_NOTICE).read_volatile() };
    // A fibre takes the value along. Deleted by the thread that made it, after that has become an ordinary thread again, it
    // would pass for the end of that thread, which goes on.
    // SAFETY: takes nothing.
    if unsafe { IsThreadAFiber() } != 0 {
        return true;
    }
    let Some(index) = index() else { return true };
    let registration = REGISTRATIONS.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
    tls::set_registration(registration);
    // SAFETY: the index exists; the value is not dereferenced by anybody.
    unsafe { FlsSetValue(index, registration as *const c_void) };
    true
}

fn index() -> Option<u32> {
    let made = INDEX.load(Ordering::Acquire);
    if made != 0 {
        return Some(made - 1);
    }
    // SAFETY: the callback is a function that stays loaded (`stay_loaded`).
    let index = unsafe { FlsAlloc(fibre_data_ends) };
    if index == FLS_OUT_OF_INDEXES {
        return None;
    }
    match INDEX.compare_exchange(0, index + 1, Ordering::AcqRel, Ordering::Acquire) {
        Ok(_) => Some(index),
        Err(theirs) => {
            // SAFETY: made above, and no thread has set a value under it.
            unsafe { FlsFree(index) };
            Some(theirs - 1)
        }
    }
}

/// Keeps the module that this code is in loaded until the process ends: runtimes call their manager until then, and the
/// system its callback.
pub(crate) fn stay_loaded() {
    let mut module = core::ptr::null_mut();
    let inside = &raw const MODULE_NOTICE;
    // SAFETY: an address in this module stands for its name; the handle needs no closing. A program that cannot be pinned
    // stays anyway.
    unsafe {
        GetModuleHandleExW(
            GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS | GET_MODULE_HANDLE_EX_FLAG_PIN,
            inside.cast(),
            &mut module,
        )
    };
}
