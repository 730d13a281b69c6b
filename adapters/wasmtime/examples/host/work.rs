//! Guests at work on several threads, watched from the main thread.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tollgate_capi::HostManager;
use tollgate_wasmtime::{Host, call};
use wasmtime::Result;

use crate::args::Args;
use crate::guest::Guest;
use crate::screen::Screen;
use crate::table;

/// What the guests did.
pub(crate) struct Done {
    /// Calls of `work` that returned, over all threads.
    pub(crate) rounds: u64,
    /// What ended a guest before its time.
    pub(crate) failures: Vec<String>,
    /// From the first call to the last return.
    pub(crate) elapsed: Duration,
}

/// Runs the guests until the time is over or `stop` is set, showing all tasks meanwhile.
pub(crate) fn run(
    screen: &mut Screen,
    args: &Args,
    guest: &Guest,
    manager: &'static HostManager,
    stop: &AtomicBool,
) -> Done {
    let host = Host::new(manager);
    let start = Instant::now();
    thread::scope(|scope| {
        let threads: Vec<_> =
            (0..args.threads).map(|_| scope.spawn(|| guest_thread(guest, host, args.depth, stop))).collect();
        watch(screen, args, manager, start, stop);
        let mut done = Done { rounds: 0, failures: Vec::new(), elapsed: Duration::ZERO };
        for thread in threads {
            match thread.join() {
                Ok(Ok(rounds)) => done.rounds += rounds,
                Ok(Err(error)) => done.failures.push(format!("{error:#}")),
                Err(_) => done.failures.push("a guest thread panicked".to_owned()),
            }
        }
        done.elapsed = start.elapsed();
        done
    })
}

/// Calls the guest over and over; gives how often.
fn guest_thread(guest: &Guest, host: Host, depth: i32, stop: &AtomicBool) -> Result<u64> {
    let mut running = guest.start(host)?;
    let mut rounds = 0;
    // Ordering: a flag on its own; the results are joined.
    while !stop.load(Ordering::Relaxed) {
        call(&mut running.store, &running.work, depth)?;
        rounds += 1;
    }
    Ok(rounds)
}

fn watch(screen: &mut Screen, args: &Args, manager: &'static HostManager, start: Instant, stop: &AtomicBool) {
    let between = Duration::from_millis(if screen.redraws() { 100 } else { 1000 });
    let mut next = start;
    // Ordering: as in `guest_thread`.
    while start.elapsed() < args.run_time && !stop.load(Ordering::Relaxed) {
        if Instant::now() >= next {
            screen.table(&table::draw(manager.core(), start.elapsed(), args.run_time));
            next += between;
        }
        thread::sleep(Duration::from_millis(20));
    }
    screen.table(&table::draw(manager.core(), start.elapsed(), args.run_time));
    stop.store(true, Ordering::Relaxed);
}
