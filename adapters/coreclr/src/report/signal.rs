//! The signal that asks for a report.
//!
//! A handler may do next to nothing; it writes to an eventfd, and a thread of this library, which runs only where a signal
//! is asked for, writes the report.

use core::mem::MaybeUninit;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicI32, Ordering};
use std::thread;

use super::{say, write_out};
use crate::errno::PreserveErrno;

static EVENT: AtomicI32 = AtomicI32::new(-1);

/// Listens to `signal`; None, and a word why, if that cannot be.
pub(super) fn listen(signal: i32) -> Option<i32> {
    if is_taken(signal) {
        say(&format!(
            "tollgate-coreclr: signal {signal} has a handler already; choose another with TOLLGATE_CORECLR_SIGNAL\n"
        ));
        return None;
    }
    // SAFETY: no pointers.
    let event = unsafe { libc::eventfd(0, libc::EFD_CLOEXEC) };
    EVENT.store(event, Ordering::Relaxed);
    let listening = event >= 0 && start_thread(event) && install(signal);
    if !listening {
        say(&format!("tollgate-coreclr: signal {signal} cannot be listened to; reports come at exit only\n"));
    }
    listening.then_some(signal)
}

fn is_taken(signal: i32) -> bool {
    let mut present = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: only reads the disposition.
    let failed = unsafe { libc::sigaction(signal, null_mut(), present.as_mut_ptr()) } != 0;
    // SAFETY: zeroes or what the system wrote.
    let present = unsafe { present.assume_init() };
    failed || present.sa_sigaction != libc::SIG_DFL
}

fn install(signal: i32) -> bool {
    let mut action = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: zeroes are a valid value: default handler, empty mask, no flags.
    let action = unsafe { action.assume_init_mut() };
    action.sa_sigaction = on_signal as extern "C" fn(i32) as usize;
    action.sa_flags = libc::SA_RESTART;
    // SAFETY: the handler stays: the library is never unloaded.
    unsafe { libc::sigaction(signal, action, null_mut()) == 0 }
}

extern "C" fn on_signal(_signal: i32) {
    let _errno = PreserveErrno::new();
    let one = 1u64;
    // SAFETY: eight readable bytes; write is async-signal-safe.
    unsafe { libc::write(EVENT.load(Ordering::Relaxed), (&raw const one).cast(), 8) };
}

/// The thread blocks all signals, the program's own handlers must not run on it.
fn start_thread(event: i32) -> bool {
    let mut all = MaybeUninit::<libc::sigset_t>::zeroed();
    let mut before = MaybeUninit::<libc::sigset_t>::zeroed();
    // SAFETY: writes the set.
    unsafe { libc::sigfillset(all.as_mut_ptr()) };
    // SAFETY: both are sets; a new thread inherits the mask.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), before.as_mut_ptr()) };
    let started = thread::Builder::new().name("tollgate-report".to_owned()).spawn(move || {
        let mut asked = 0u64;
        loop {
            // SAFETY: eight writable bytes.
            let read = unsafe { libc::read(event, (&raw mut asked).cast(), 8) };
            if read != 8 {
                return;
            }
            write_out();
        }
    });
    // SAFETY: the mask from before.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, before.as_ptr(), null_mut()) };
    started.is_ok()
}
