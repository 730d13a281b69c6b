//! FlushProcessWriteBuffers: every running thread of the process passes a full fence.
//!
//! Wine has the function and it does nothing. There, a page that was just touched is taken away and given back: to take
//! an entry out of the tables of all processors that run the process, the kernel beneath interrupts them, and an interrupt
//! is a full fence. A kernel that uses a processor's own broadcast for that instead would not do; managers with
//! `full_fences` depend on neither.

use core::ptr::NonNull;

use super::api::{
    FlushProcessWriteBuffers, GetModuleHandleW, GetProcAddress, PAGE_NOACCESS, PAGE_READWRITE, VirtualProtect,
};
use super::memory;
use super::thread::yield_now;
use crate::sync::{AtomicPtr, AtomicU32, Ordering};

/// 0 before anybody has looked.
static KIND: AtomicU32 = AtomicU32::new(0);
const WINDOWS: u32 = 1;
const WINE: u32 = 2;

/// A page for the next barrier under Wine, unless somebody is using it. There is one from the registration on: whoever
/// takes it puts it back, or finds another in its place.
static SPARE: AtomicPtr<u8> = AtomicPtr::new(core::ptr::null_mut());

/// Finds out which of the two it is; false if it is Wine and there is no memory for a page.
pub(crate) fn register_barrier() -> bool {
    if KIND.load(Ordering::Relaxed) != 0 {
        return true;
    }
    if !is_wine() {
        KIND.store(WINDOWS, Ordering::Relaxed);
        return true;
    }
    let Some(page) = memory::pages(1) else { return false };
    // SAFETY: made a moment ago.
    unsafe { put_back(page) };
    KIND.store(WINE, Ordering::Relaxed);
    true
}

fn is_wine() -> bool {
    const NTDLL: [u16; 10] = {
        let ascii = *b"ntdll.dll\0";
        let mut wide = [0; 10];
        let mut i = 0;
        while i < ascii.len() {
            wide[i] = ascii[i] as u16;
            i += 1;
        }
        wide
    };
    // SAFETY: a name that ends with zero; this module is in every process.
    let ntdll = unsafe { GetModuleHandleW(NTDLL.as_ptr()) };
    // SAFETY: a module that stays, and a name that ends with zero.
    !unsafe { GetProcAddress(ntdll, c"wine_get_version".as_ptr()) }.is_null()
}

/// The barrier; false only if the system refuses to change a page of ours.
pub(crate) fn barrier() -> bool {
    if KIND.load(Ordering::Relaxed) == WINE {
        return take_a_page_away();
    }
    // SAFETY: takes nothing and touches no memory of the program.
    unsafe { FlushProcessWriteBuffers() };
    true
}

/// Takes a page that only this call uses: where two calls shared one, the second would find it gone and nobody would be
/// interrupted for it.
fn take_a_page_away() -> bool {
    let page = loop {
        // Ordering: Acquire, for `put_back`.
        let spare = SPARE.swap(core::ptr::null_mut(), Ordering::Acquire);
        if let Some(page) = NonNull::new(spare).or_else(|| memory::pages(1)) {
            break page;
        }
        // No memory left; who has the page of the registration puts it back.
        yield_now();
    };
    // SAFETY: this call's page, writable.
    unsafe { page.write_volatile(1) };
    let done = protect(page, PAGE_NOACCESS) && protect(page, PAGE_READWRITE);
    // SAFETY: this call's page, which it is done with.
    unsafe { put_back(page) };
    done
}

/// Makes `page` the spare one, or releases it if there is one.
///
/// # Safety
/// The caller's own, of the length of one page from `memory::pages`, and not used afterwards.
unsafe fn put_back(page: NonNull<u8>) {
    let none = core::ptr::null_mut();
    // Ordering: Release; the swap that takes the page acquires what was done with it.
    if SPARE.compare_exchange(none, page.as_ptr(), Ordering::Release, Ordering::Relaxed).is_err() {
        // SAFETY: the caller's duty.
        unsafe { memory::release_pages(page, 1) };
    }
}

fn protect(page: NonNull<u8>, protection: u32) -> bool {
    let mut former = 0;
    // SAFETY: a page of this module, which nobody reads or writes meanwhile.
    unsafe { VirtualProtect(page.as_ptr().cast(), 1, protection, &mut former) != 0 }
}
