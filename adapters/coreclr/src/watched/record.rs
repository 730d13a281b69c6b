//! The record of one thread: what it counts, and what reports read.

use core::cell::UnsafeCell;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicPtr, AtomicU64, AtomicUsize, Ordering};

use super::Own;
use crate::functions::{Function, MOST_FUNCTIONS};

/// Functions of one block of counters.
const BLOCK: usize = 256;

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

/// Adds to a counter that only the calling thread writes.
#[inline]
pub(super) fn bump(counter: &AtomicU64) {
    counter.store(counter.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
}

/// One thread.
pub(super) struct Watched {
    os_thread: u32,
    pub(super) crossings: [AtomicU64; 4],
    depth: AtomicUsize,
    innermost: AtomicPtr<Function>,
    /// Calls per function, in blocks that are made when needed and live as long as the record.
    calls: [AtomicPtr<[AtomicU64; BLOCK]>; MOST_FUNCTIONS / BLOCK],
    pub(super) own: UnsafeCell<Own>,
}

// SAFETY: `own` is used by the record's thread alone; everything else is atomic.
unsafe impl Sync for Watched {}

impl Watched {
    /// The record of the calling thread, nothing counted.
    pub(super) fn new(own: Own) -> Watched {
        Watched {
            // SAFETY: no argument.
            os_thread: unsafe { libc::gettid() } as u32,
            crossings: Default::default(),
            depth: AtomicUsize::new(0),
            innermost: AtomicPtr::new(null_mut()),
            calls: [const { AtomicPtr::new(null_mut()) }; MOST_FUNCTIONS / BLOCK],
            own: UnsafeCell::new(own),
        }
    }

    #[inline]
    pub(super) fn count_call(&self, function: &Function) {
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

    pub(super) fn calls_of(&self, function: &Function) -> u64 {
        let Some(block) = self.calls.get(function.index / BLOCK) else { return 0 };
        // Ordering: Acquire. Pairs with the Release in `count_call`.
        // SAFETY: NULL or counters that live as long as the record.
        let counters = unsafe { block.load(Ordering::Acquire).as_ref() };
        let counter = counters.and_then(|counters| counters.get(function.index % BLOCK));
        counter.map_or(0, |counter| counter.load(Ordering::Relaxed))
    }

    #[inline]
    pub(super) fn show(&self, depth: usize, innermost: Option<&'static Function>) {
        self.depth.store(depth, Ordering::Relaxed);
        let innermost = innermost.map_or(null_mut(), |function| core::ptr::from_ref(function).cast_mut());
        self.innermost.store(innermost, Ordering::Relaxed);
    }

    pub(super) fn summary(&self) -> Summary {
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
