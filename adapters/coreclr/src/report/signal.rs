//! The signals that bring a report: the one that asks for it, and SIGABRT, with which a runtime ends a process that it gives
//! up, and a C++ program one with an exception that nobody catches.
//!
//! A handler may do next to nothing; it writes to an eventfd, and a thread of this library, which runs only where signals are
//! listened to, writes the report. At an abort the handler waits for that, but not for ever: the thread that aborts may
//! hold a lock that the report needs. Then the signal goes to whoever had it before.

use core::mem::MaybeUninit;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicI32, Ordering};
use std::io;
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use super::{Occasion, say, write_out};
use crate::errno::PreserveErrno;

/// How long an abort waits for its report.
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// What handlers add to the request; signals that ask count in the bits below.
const SIGNAL: u64 = 1;
const ABORT: u64 = 1 << 32;

/// What handlers need; in place before the first of them is.
struct Listening {
    /// Requests of handlers to the report thread.
    request: i32,
    /// Readable once the report of an abort is written.
    done: i32,
    /// A child of a fork inherits handlers and files, but not the report thread.
    process: i32,
    /// Who had SIGABRT before.
    abort_before: libc::sigaction,
}

static LISTENING: OnceLock<Listening> = OnceLock::new();
/// The report thread: it cannot wait for itself.
static REPORT_THREAD: AtomicI32 = AtomicI32::new(0);

/// Listens to `signal` and to SIGABRT, and returns what reports come at; says what cannot be listened to, and why.
pub(super) fn listen(signal: i32) -> Vec<String> {
    let hears_abort = match start() {
        Ok(hears_abort) => hears_abort,
        Err(error) => {
            say(&format!(
                "tollgate-coreclr: no signal can be listened to ({error}); reports come at exit only\n"
            ));
            return Vec::new();
        }
    };
    let mut occasions = Vec::new();
    if hears_abort {
        occasions.push("at an abort".to_owned());
    }
    match listen_to(signal) {
        Ok(()) => occasions.push(format!("on signal {signal}")),
        Err(why) => say(&format!(
            "tollgate-coreclr: signal {signal} {why}; choose another with TOLLGATE_CORECLR_SIGNAL\n"
        )),
    }
    occasions
}

fn listen_to(signal: i32) -> Result<(), String> {
    let refused = |error: io::Error| format!("cannot be listened to ({error})");
    if disposition(signal).map_err(refused)?.sa_sigaction != libc::SIG_DFL {
        return Err("has a handler already".to_owned());
    }
    install(signal, on_signal).map_err(refused)
}

/// Starts the report thread, and listens to SIGABRT; false if that is ignored.
fn start() -> io::Result<bool> {
    let abort_before = disposition(libc::SIGABRT)?;
    let (request, done) = (eventfd()?, eventfd()?);
    // SAFETY: no argument.
    let process = unsafe { libc::getpid() };
    start_thread(request, done)?;
    let listening = LISTENING.get_or_init(|| Listening { request, done, process, abort_before });
    if listening.abort_before.sa_sigaction == libc::SIG_IGN {
        return Ok(false);
    }
    install(libc::SIGABRT, on_abort).map(|()| true)
}

fn eventfd() -> io::Result<i32> {
    // SAFETY: no pointers.
    match unsafe { libc::eventfd(0, libc::EFD_CLOEXEC) } {
        -1 => Err(io::Error::last_os_error()),
        file => Ok(file),
    }
}

/// What happens at `signal` now.
fn disposition(signal: i32) -> io::Result<libc::sigaction> {
    let mut present = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: only reads the disposition.
    let result = unsafe { libc::sigaction(signal, null_mut(), present.as_mut_ptr()) };
    // SAFETY: zeroes or what the system wrote.
    if result == 0 { Ok(unsafe { present.assume_init() }) } else { Err(io::Error::last_os_error()) }
}

fn install(signal: i32, handler: extern "C" fn(i32)) -> io::Result<()> {
    let mut action = MaybeUninit::<libc::sigaction>::zeroed();
    // SAFETY: zeroes are a valid value: default handler, empty mask, no flags.
    let action = unsafe { action.assume_init_mut() };
    action.sa_sigaction = handler as usize;
    action.sa_flags = libc::SA_RESTART;
    // SAFETY: the handler stays: the library is never unloaded.
    let result = unsafe { libc::sigaction(signal, action, null_mut()) };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

extern "C" fn on_signal(_signal: i32) {
    let _errno = PreserveErrno::new();
    if let Some(listening) = LISTENING.get() {
        ask(listening, SIGNAL);
    }
}

extern "C" fn on_abort(signal: i32) {
    let _errno = PreserveErrno::new();
    let Some(listening) = LISTENING.get() else { return };
    // SAFETY: no argument.
    let thread = unsafe { libc::gettid() };
    if thread != REPORT_THREAD.load(Ordering::Relaxed) && ask(listening, ABORT) {
        wait_until_written(listening.done);
    }
    // SAFETY: what was in place before this handler.
    unsafe { libc::sigaction(signal, &raw const listening.abort_before, null_mut()) };
    // SAFETY: blocked while this handler runs, delivered to the one before it afterwards.
    unsafe { libc::raise(signal) };
}

/// Asks the report thread; false where there is none.
fn ask(listening: &Listening, what: u64) -> bool {
    // SAFETY: no argument.
    if unsafe { libc::getpid() } != listening.process {
        return false;
    }
    // SAFETY: eight readable bytes; write is async-signal-safe.
    unsafe { libc::write(listening.request, (&raw const what).cast(), size_of::<u64>()) == 8 }
}

fn wait_until_written(done: i32) {
    let start = Instant::now();
    // Other signals end the call early.
    while let Some(left) = LONGEST_WAIT.checked_sub(start.elapsed()) {
        let mut file = libc::pollfd { fd: done, events: libc::POLLIN, revents: 0 };
        // SAFETY: one writable record; poll is async-signal-safe.
        if unsafe { libc::poll(&raw mut file, 1, left.as_millis() as i32) } >= 0 {
            return;
        }
    }
}

/// The thread blocks all signals, the program's own handlers must not run on it.
fn start_thread(request: i32, done: i32) -> io::Result<()> {
    let mut all = MaybeUninit::<libc::sigset_t>::zeroed();
    let mut before = MaybeUninit::<libc::sigset_t>::zeroed();
    // SAFETY: writes the set.
    unsafe { libc::sigfillset(all.as_mut_ptr()) };
    // SAFETY: both are sets; a new thread inherits the mask.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, all.as_ptr(), before.as_mut_ptr()) };
    let started = thread::Builder::new().name("tollgate-report".to_owned()).spawn(move || {
        // SAFETY: no argument.
        REPORT_THREAD.store(unsafe { libc::gettid() }, Ordering::Relaxed);
        serve(request, done);
    });
    // SAFETY: the mask from before.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, before.as_ptr(), null_mut()) };
    started.map(drop)
}

fn serve(request: i32, done: i32) {
    let mut asked = 0u64;
    loop {
        // SAFETY: eight writable bytes.
        if unsafe { libc::read(request, (&raw mut asked).cast(), size_of::<u64>()) } != 8 {
            return;
        }
        write_out(if asked < ABORT { Occasion::Signal } else { Occasion::Abort });
        if asked >= ABORT {
            let one = 1u64;
            // SAFETY: eight readable bytes.
            unsafe { libc::write(done, (&raw const one).cast(), size_of::<u64>()) };
        }
    }
}
