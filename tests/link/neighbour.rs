//! Another Rust library of the same program: it uses std, allocates, starts a thread, panics and catches the panic.

use std::collections::HashMap;
use std::panic;
use std::thread;

/// Returns 42 if a panic unwound through a frame with a destructor and was caught, on another thread.
#[unsafe(no_mangle)]
pub extern "C" fn neighbour_panics_and_recovers() -> i32 {
    panic::set_hook(Box::new(|_| {}));
    thread::spawn(|| {
        let mut seen = HashMap::new();
        let caught = panic::catch_unwind(|| {
            let _dropped = Dropped;
            let empty: Vec<i32> = Vec::new();
            empty[std::hint::black_box(1)]
        });
        seen.insert("caught", caught.is_err());
        if seen["caught"] { DROPS.load(std::sync::atomic::Ordering::Relaxed) } else { 0 }
    })
    .join()
    .unwrap_or(-1)
}

static DROPS: std::sync::atomic::AtomicI32 = std::sync::atomic::AtomicI32::new(0);

struct Dropped;

impl Drop for Dropped {
    fn drop(&mut self) {
        DROPS.store(42, std::sync::atomic::Ordering::Relaxed);
    }
}
