//! The threads there are: made known by their first crossing, given up by a thread-exit hook.
//!
//! The hook is the library's own: the runtime tells of a foreign thread's end late and on another thread.

use core::ffi::c_void;
use core::sync::atomic::Ordering;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use super::oddities::{ODDITIES, count};
use super::record::{Summary, Watched};
use super::{ENDED, Own, slot};
use crate::functions::{self, Function};

/// Ended threads that are reported one by one; those beyond are reported as one.
const ENDED_ONE_BY_ONE: usize = 256;

struct Threads {
    live: Vec<&'static Watched>,
    ended: Vec<Summary>,
    ended_beyond: Summary,
}

static THREADS: Mutex<Threads> = Mutex::new(Threads {
    live: Vec::new(),
    ended: Vec::new(),
    ended_beyond: Summary {
        os_thread: 0,
        name: String::new(),
        crossings: [0; 4],
        depth: 0,
        innermost: None,
        threads: 0,
    },
});

fn threads() -> MutexGuard<'static, Threads> {
    THREADS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Makes the calling thread's record.
#[cold]
pub(super) fn begin() -> &'static Watched {
    let watched: &'static Watched = Box::leak(Box::new(Watched::new(Own::new())));
    slot::set(core::ptr::from_ref(watched).cast_mut());
    threads().live.push(watched);
    if let Some(key) = exit_hook() {
        // SAFETY: a key of this library; the hook takes the pointer back.
        unsafe { libc::pthread_setspecific(key, core::ptr::from_ref(watched).cast()) };
    }
    watched
}

/// The key whose destructor runs at the end of each thread that has set it; None if the process has no key left, when
/// ended threads stay on the list of live ones.
fn exit_hook() -> Option<libc::pthread_key_t> {
    static KEY: OnceLock<Option<libc::pthread_key_t>> = OnceLock::new();
    *KEY.get_or_init(|| {
        let mut key = 0;
        // SAFETY: the destructor fits what is set.
        (unsafe { libc::pthread_key_create(&raw mut key, Some(end)) } == 0).then_some(key)
    })
}

/// The calling thread ends.
unsafe extern "C" fn end(watched: *mut c_void) {
    let watched: *mut Watched = watched.cast();
    slot::set(ENDED);
    // SAFETY: `begin` set the pointer, on this thread, and the system passes it once.
    let record = unsafe { &*watched };
    let summary = record.summary();
    if let Some(function) = summary.innermost {
        count(&function.ended_in);
        ODDITIES.left_open.fetch_add(summary.depth as u64, Ordering::Relaxed);
    }
    let mut threads = threads();
    threads.live.retain(|&live| !core::ptr::eq(live, record));
    for function in functions::all() {
        function.calls_ended.fetch_add(record.calls_of(function), Ordering::Relaxed);
    }
    threads.add_ended(summary);
    drop(threads);
    // SAFETY: off the list, which is read under its lock only; the thread's own pointer is gone.
    drop(unsafe { Box::from_raw(watched) });
}

impl Threads {
    fn add_ended(&mut self, summary: Summary) {
        if self.ended.len() < ENDED_ONE_BY_ONE {
            return self.ended.push(summary);
        }
        let beyond = &mut self.ended_beyond;
        beyond.threads += 1;
        for (sum, crossings) in beyond.crossings.iter_mut().zip(summary.crossings) {
            *sum += crossings;
        }
    }
}

/// All threads: the live ones, those that ended, and one entry for all further ones that ended.
pub(crate) fn summaries() -> (Vec<Summary>, Vec<Summary>, Summary) {
    let threads = threads();
    let live = threads.live.iter().map(|watched| watched.summary()).collect();
    (live, threads.ended.clone(), threads.ended_beyond.clone())
}

/// Calls of `function` on all threads.
pub(crate) fn calls_of(function: &Function) -> u64 {
    let threads = threads();
    let live: u64 = threads.live.iter().map(|watched| watched.calls_of(function)).sum();
    live + function.calls_ended.load(Ordering::Relaxed)
}
