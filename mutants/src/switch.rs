//! Which mutants are alive, and which sites a check reaches.

use core::ffi::{c_char, c_int};
use core::sync::atomic::{AtomicBool, AtomicI32, Ordering, compiler_fence};

const NUMBERS: usize = 0 /* NUMBERS */;

// All Relaxed, so that no tool takes the switch for something that orders: every thread that finds it not set sets it to the
// same.
static IS_SET: AtomicBool = AtomicBool::new(false);
static CHOSEN: [AtomicBool; NUMBERS] = [const { AtomicBool::new(false) }; NUMBERS];
static RECORD: AtomicI32 = AtomicI32::new(-1);
static REACHED: [AtomicBool; NUMBERS] = [const { AtomicBool::new(false) }; NUMBERS];

unsafe extern "C" {
    fn getenv(name: *const c_char) -> *const c_char;
    fn open(path: *const c_char, flags: c_int, ...) -> c_int;
    fn write(file: c_int, bytes: *const u8, count: usize) -> isize;
}

/// True if this mutant is alive.
#[inline(always)]
pub(crate) fn on(number: u32) -> bool {
    reach(number);
    is_chosen(number)
}

/// `order`, or what the mutants make of it: with two of an ordering's it is as weak as both make it.
#[inline(always)]
pub(crate) fn order(number: u32, order: Ordering) -> Ordering {
    reach(number);
    match order {
        Ordering::AcqRel => {
            let (no_release, no_acquire) = (is_chosen(number + 1), is_chosen(number + 2));
            match order {
                _ if is_chosen(number) || no_release && no_acquire => Ordering::Relaxed,
                _ if no_release => Ordering::Acquire,
                _ if no_acquire => Ordering::Release,
                _ => order,
            }
        }
        Ordering::SeqCst if is_chosen(number) => Ordering::AcqRel,
        Ordering::Acquire | Ordering::Release if is_chosen(number) => Ordering::Relaxed,
        other => other,
    }
}

#[inline(always)]
fn is_chosen(number: u32) -> bool {
    CHOSEN[number as usize].load(Ordering::Relaxed)
}

/// Notes that the site was reached, if that is asked for.
#[inline(always)]
pub(crate) fn reach(number: u32) {
    if !IS_SET.load(Ordering::Relaxed) {
        start();
    }
    if RECORD.load(Ordering::Relaxed) >= 0 {
        note(number);
    }
}

#[cold]
fn note(number: u32) {
    if !REACHED[number as usize].swap(true, Ordering::Relaxed) {
        let bytes = number.to_le_bytes();
        // A process that has closed its files notes nothing.
        let _ = unsafe { write(RECORD.load(Ordering::Relaxed), bytes.as_ptr(), bytes.len()) };
    }
}

#[cold]
fn start() {
    unsafe {
        let errno = *libc::__errno_location();
        let record = getenv(c"TOLLGATE_MUTANT_RECORD".as_ptr());
        if !record.is_null() {
            RECORD.store(open(record, 0o2001 | 0o2000000), Ordering::Relaxed);
        }
        let mut next = getenv(c"TOLLGATE_MUTANTS".as_ptr());
        let mut chosen = 0;
        while !next.is_null() && *next != 0 {
            match *next as u8 {
                digit @ b'0'..=b'9' => chosen = chosen * 10 + usize::from(digit - b'0'),
                _ => chosen = 0,
            }
            next = next.add(1);
            if !(*next as u8).is_ascii_digit() {
                CHOSEN[chosen].store(true, Ordering::Relaxed);
            }
        }
        *libc::__errno_location() = errno;
    }
    compiler_fence(Ordering::Release);
    IS_SET.store(true, Ordering::Relaxed);
}
