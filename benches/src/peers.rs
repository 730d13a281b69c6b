//! What else a host written in Rust could use to know that a thread is inside, and what uses nothing at all.

use std::cell::Cell;
use std::hint::black_box;
use std::sync::atomic::{AtomicU64, Ordering};

use parking_lot::ReentrantMutex;

/// Pins and unpins the epoch: what crossbeam's data structures do around every operation.
pub fn epoch(times: u64) {
    let handle = crossbeam_epoch::default_collector().register();
    for _ in 0..times {
        black_box(&handle.pin());
    }
}

/// Locks one recursive mutex around a count in each call, as a leave and an enter would.
pub fn reentrant_mutex(times: u64) {
    static DEPTH: ReentrantMutex<Cell<u64>> = ReentrantMutex::new(Cell::new(0));
    for _ in 0..times {
        let depth = black_box(&DEPTH).lock();
        depth.set(depth.get() + 1);
        drop(depth);
        let depth = black_box(&DEPTH).lock();
        depth.set(depth.get() - 1);
    }
}

/// Two counts of all threads, in one line and without a locked instruction: what a pair must not be like.
pub fn one_line(times: u64) {
    static COUNTS: [AtomicU64; 2] = [AtomicU64::new(0), AtomicU64::new(0)];
    for _ in 0..times {
        for count in &COUNTS {
            count.store(count.load(Ordering::Relaxed).wrapping_add(1), Ordering::Release);
        }
    }
}

/// Arithmetic in registers that keeps a whole core busy: no memory that threads could share, so whatever two of them cost
/// each other here they cost each other as neighbours on the machine.
pub fn registers(times: u64) {
    let mut all = black_box([1_u64, 2, 3, 4, 5, 6]);
    for _ in 0..times {
        for _ in 0..3 {
            #[cfg(target_arch = "x86_64")]
            {
                let [a, b, c, d, e, f] = &mut all;
                // SAFETY: adds to six registers.
                unsafe {
                    std::arch::asm!(
                        "add {0}, 1",
                        "add {1}, 1",
                        "add {2}, 1",
                        "add {3}, 1",
                        "add {4}, 1",
                        "add {5}, 1",
                        inout(reg) * a,
                        inout(reg) * b,
                        inout(reg) * c,
                        inout(reg) * d,
                        inout(reg) * e,
                        inout(reg) * f,
                        options(pure, nomem, nostack),
                    );
                }
            }
            #[cfg(not(target_arch = "x86_64"))]
            all.iter_mut().for_each(|one| *one = one.rotate_left(7) ^ 1);
        }
    }
    black_box(all);
}
