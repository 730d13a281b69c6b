//! The threads that cross: the open levels and the counts of each.
//!
//! A record belongs to its thread, which alone writes to it; reports read the counts while it runs. It is made at the
//! thread's first crossing and given up by a thread-exit hook of the library's own: the runtime tells of a foreign thread's
//! end late and on another thread. The thread-local slot is a plain pointer without a destructor, so that notices on a
//! dying thread find it in order.

use core::cell::{Cell, UnsafeCell};
use core::ffi::c_void;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicPtr, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use crate::com::FunctionId;
use crate::functions::{self, Function, MOST_FUNCTIONS};
use crate::levels::{Level, Levels, Listener};
use crate::manager;

/// Ended threads that are reported one by one; those beyond are reported as one.
const ENDED_ONE_BY_ONE: usize = 256;
/// Functions of one block of counters.
const BLOCK: usize = 256;
/// Ids a thread finds without a look at the shared table; a power of two.
const REMEMBERED: usize = 64;

/// Crossings of one thread, in the order leave, enter, reverse_enter, reverse_leave.
pub(crate) type Crossings = [u64; 4];

/// What one thread did, for reports.
#[derive(Clone, Default)]
pub(crate) struct Summary {
    pub(crate) os_thread: u32,
    pub(crate) name: String,
    pub(crate) crossings: Crossings,
    pub(crate) depth: usize,
    /// Where the thread is now, or was when it ended.
    pub(crate) innermost: Option<&'static Function>,
    /// Threads this stands for.
    pub(crate) threads: u64,
}

/// Notices that did not fit, over all threads.
#[derive(Default)]
pub(crate) struct Oddities {
    /// Levels left without a return; their closing calls were supplied.
    pub(crate) skipped: AtomicU64,
    /// Returns without a call; dropped.
    pub(crate) unmatched: AtomicU64,
    /// Notices about no function; dropped.
    pub(crate) bogus: AtomicU64,
    /// Calls that the manager refused; the runtime went on.
    pub(crate) refused: AtomicU64,
    /// Notices on threads past their end; dropped.
    pub(crate) late: AtomicU64,
    /// Levels still open when their thread ended; the manager closed them.
    pub(crate) left_open: AtomicU64,
}

/// The one set of them.
pub(crate) static ODDITIES: Oddities = Oddities {
    skipped: AtomicU64::new(0),
    unmatched: AtomicU64::new(0),
    bogus: AtomicU64::new(0),
    refused: AtomicU64::new(0),
    late: AtomicU64::new(0),
    left_open: AtomicU64::new(0),
};

fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// Adds to a counter that only the calling thread writes.
#[inline]
fn bump(counter: &AtomicU64) {
    counter.store(counter.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
}

/// One thread.
pub(crate) struct Watched {
    os_thread: u32,
    crossings: [AtomicU64; 4],
    depth: AtomicUsize,
    innermost: AtomicPtr<Function>,
    /// Calls per function, in blocks that are made when needed and live as long as the record.
    calls: [AtomicPtr<[AtomicU64; BLOCK]>; MOST_FUNCTIONS / BLOCK],
    own: UnsafeCell<Own>,
}

/// What only the thread itself looks at.
struct Own {
    levels: Levels,
    edition: u32,
    remembered: [Option<(FunctionId, &'static Function)>; REMEMBERED],
}

// SAFETY: `own` is used by the record's thread alone; everything else is atomic.
unsafe impl Sync for Watched {}

thread_local! {
    static CURRENT: Cell<*mut Watched> = const { Cell::new(null_mut()) };
}

/// In the slot of a thread past its end.
const ENDED: *mut Watched = core::ptr::without_provenance_mut(1);

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

/// The runtime calls `id`, native code if not `inside`, with the stack at `stack`.
#[inline]
pub(crate) fn call(inside: bool, id: FunctionId, stack: usize) {
    with_current(|watched| {
        let own = watched.own.get();
        // SAFETY: the record is the calling thread's, and nothing below comes back here.
        let own = unsafe { &mut *own };
        let function = own.find(id, inside);
        if function.bogus {
            return count(&ODDITIES.bogus);
        }
        watched.count_call(function);
        own.levels.call(inside, function, stack, &mut Telling(watched));
        watched.show(&own.levels);
    });
}

/// `id` returns, native code if not `inside`.
#[inline]
pub(crate) fn ret(inside: bool, id: FunctionId, stack: usize) {
    with_current(|watched| {
        let own = watched.own.get();
        // SAFETY: as in `call`.
        let own = unsafe { &mut *own };
        let function = own.find(id, inside);
        if function.bogus {
            return count(&ODDITIES.bogus);
        }
        own.levels.ret(inside, function, stack, &mut Telling(watched));
        watched.show(&own.levels);
        // The first call has made the runtime load the library.
        if function.is_sought() {
            function.seek();
        }
    });
}

#[inline]
fn with_current(act: impl FnOnce(&'static Watched)) {
    let current = CURRENT.get();
    // SAFETY: neither NULL nor the mark of an end: the record of this thread, which it alone gives up.
    match unsafe { if current == ENDED { None } else { current.as_ref() } } {
        Some(watched) => act(watched),
        None if current == ENDED => count(&ODDITIES.late),
        None => act(begin()),
    }
}

#[cold]
fn begin() -> &'static Watched {
    let watched: &'static Watched = Box::leak(Box::new(Watched {
        // SAFETY: no argument.
        os_thread: unsafe { libc::gettid() } as u32,
        crossings: Default::default(),
        depth: AtomicUsize::new(0),
        innermost: AtomicPtr::new(null_mut()),
        calls: [const { AtomicPtr::new(null_mut()) }; MOST_FUNCTIONS / BLOCK],
        own: UnsafeCell::new(Own {
            levels: Levels::new(),
            edition: functions::edition(),
            remembered: [None; REMEMBERED],
        }),
    }));
    CURRENT.set(core::ptr::from_ref(watched).cast_mut());
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
    CURRENT.set(ENDED);
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

impl Watched {
    #[inline]
    fn count_call(&self, function: &Function) {
        let Some(block) = self.calls.get(function.index / BLOCK) else { return };
        let mut counters = block.load(Ordering::Relaxed);
        if counters.is_null() {
            counters = Box::into_raw(Box::new([const { AtomicU64::new(0) }; BLOCK]));
            // Ordering: Release. Pairs with the Acquire in `calls_of`: the counters are there.
            block.store(counters, Ordering::Release);
        }
        // SAFETY: made above or by an earlier call; given up with the record only.
        if let Some(counter) = unsafe { &*counters }.get(function.index % BLOCK) {
            bump(counter);
        }
    }

    fn calls_of(&self, function: &Function) -> u64 {
        let Some(block) = self.calls.get(function.index / BLOCK) else { return 0 };
        // Ordering: Acquire. Pairs with the Release in `count_call`.
        // SAFETY: NULL or counters that live as long as the record.
        let counters = unsafe { block.load(Ordering::Acquire).as_ref() };
        let counter = counters.and_then(|counters| counters.get(function.index % BLOCK));
        counter.map_or(0, |counter| counter.load(Ordering::Relaxed))
    }

    #[inline]
    fn show(&self, levels: &Levels) {
        self.depth.store(levels.depth(), Ordering::Relaxed);
        let innermost =
            levels.innermost().map_or(null_mut(), |level| core::ptr::from_ref(level.function).cast_mut());
        self.innermost.store(innermost, Ordering::Relaxed);
    }

    fn summary(&self) -> Summary {
        let mut crossings = [0; 4];
        for (copy, counter) in crossings.iter_mut().zip(&self.crossings) {
            *copy = counter.load(Ordering::Relaxed);
        }
        Summary {
            os_thread: self.os_thread,
            name: thread_name(self.os_thread),
            crossings,
            depth: self.depth.load(Ordering::Relaxed),
            // SAFETY: NULL or a function; they live as long as the process.
            innermost: unsafe { self.innermost.load(Ordering::Relaxed).as_ref() },
            threads: 1,
        }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        for block in &mut self.calls {
            let counters = *block.get_mut();
            if !counters.is_null() {
                // SAFETY: made by `count_call`, given up once.
                drop(unsafe { Box::from_raw(counters) });
            }
        }
    }
}

/// The name the system has for a thread of this process; empty if it has ended.
fn thread_name(os_thread: u32) -> String {
    let name = std::fs::read_to_string(format!("/proc/self/task/{os_thread}/comm")).unwrap_or_default();
    name.trim_end().to_owned()
}

impl Own {
    #[inline]
    fn find(&mut self, id: FunctionId, inside: bool) -> &'static Function {
        let edition = functions::edition();
        if edition != self.edition {
            self.edition = edition;
            self.remembered = [None; REMEMBERED];
        }
        let slot = (id >> 3 ^ id >> 9) % REMEMBERED;
        match self.remembered.get(slot) {
            Some(&Some((known, function))) if known == id && function.name.inside == inside => function,
            _ => self.meet(id, inside, slot),
        }
    }

    #[cold]
    fn meet(&mut self, id: FunctionId, inside: bool, slot: usize) -> &'static Function {
        let function = functions::find(id, inside);
        if let Some(place) = self.remembered.get_mut(slot) {
            *place = Some((id, function));
        }
        function
    }
}

/// Passes a thread's levels on to the manager.
struct Telling<'a>(&'a Watched);

impl Telling<'_> {
    #[inline]
    fn counted(&self, accepted: bool, crossing: usize) -> bool {
        if !accepted {
            count(&ODDITIES.refused);
        } else if let Some(counter) = self.0.crossings.get(crossing) {
            bump(counter);
        }
        accepted
    }
}

impl Listener for Telling<'_> {
    #[inline]
    fn open(&mut self, inside: bool, function: &'static Function) -> bool {
        self.counted(manager::open(inside, function.target()), if inside { 2 } else { 0 })
    }

    #[inline]
    fn close(&mut self, inside: bool) -> bool {
        self.counted(manager::close(inside), if inside { 3 } else { 1 })
    }

    #[cold]
    fn skipped(&mut self, level: &Level) {
        count(&level.function.skipped);
        count(&ODDITIES.skipped);
    }

    #[cold]
    fn unmatched(&mut self, function: &'static Function) {
        count(&function.unmatched);
        count(&ODDITIES.unmatched);
    }
}
