//! Guests at work on several threads, watched, stopped and joined by the main thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tollgate_capi::HostManager;
use tollgate_wasmtime::{Host, call};
use wasmtime::Result;

use crate::args::Args;
use crate::guest::{Guest, THREAD_STACK_BYTES};
use crate::laggard::{self, Crossed};
use crate::pause;
use crate::screen::Screen;
use crate::table;

/// Between the rounds of a guest that is recorded: without it a second would fill hundreds of megabytes.
const REST: Duration = Duration::from_millis(2);

/// What the guests did.
pub(crate) struct Done {
    /// Calls of `work` that returned, over all threads.
    pub(crate) rounds: u64,
    /// What the laggard did on top, if there was one.
    pub(crate) laggard: Crossed,
    /// Guests that ended before their time.
    pub(crate) guests_failed: usize,
    /// Why, and what else was not as it should be.
    pub(crate) failures: Vec<String>,
    /// From the first call to the last return.
    pub(crate) elapsed: Duration,
}

/// Runs the guests until the time is over or `stop` is set, showing all tasks meanwhile.
pub(crate) fn run(
    screen: &mut Screen,
    args: &Args,
    guest: &Arc<Guest>,
    manager: &'static HostManager,
    stop: &'static AtomicBool,
) -> Result<Done> {
    let host = Host::new(manager);
    let start = Instant::now();
    let depth = args.depth;
    let rest = args.report.is_some().then_some(REST);
    let mut threads = Vec::new();
    for _ in 0..args.threads {
        let guest = Arc::clone(guest);
        threads.push(
            host.start_thread(THREAD_STACK_BYTES, move || guest_thread(&guest, host, depth, rest, stop))?,
        );
    }
    let none = Crossed { leaves: 0, reverse_enters: 0 };
    let mut done =
        Done { rounds: 0, laggard: none, guests_failed: 0, failures: Vec::new(), elapsed: Duration::ZERO };
    let watch = |screen: &mut Screen, part: f64| {
        table::watch(screen, args.run_time, start, args.run_time.mul_f64(part), manager.core(), stop)
    };
    if watch(screen, 0.4) && !pause::show(screen, manager.core()) {
        done.failures.push("the pause was not what it should be".to_owned());
    }
    if watch(screen, 0.7) {
        let (good, crossed) = laggard::show(screen, guest, manager)?;
        done.laggard = crossed;
        if !good {
            done.failures.push("the laggard was not dealt with as it should be".to_owned());
        }
    }
    watch(screen, 1.0);
    // Ordering: a flag on its own; the results come through the joins.
    stop.store(true, Ordering::Relaxed);
    for thread in threads {
        let failure = match thread.join() {
            Ok(Ok(rounds)) => {
                done.rounds += rounds;
                continue;
            }
            Ok(Err(error)) => format!("a guest failed: {error:#}"),
            Err(error) => error.to_string(),
        };
        done.guests_failed += 1;
        done.failures.push(failure);
    }
    done.elapsed = start.elapsed();
    Ok(done)
}

/// Calls the guest over and over; gives how often.
fn guest_thread(
    guest: &Guest,
    host: Host,
    depth: i32,
    rest: Option<Duration>,
    stop: &AtomicBool,
) -> Result<u64> {
    let mut running = guest.start(host)?;
    let mut rounds = 0;
    // Ordering: as in `run`.
    while !stop.load(Ordering::Relaxed) {
        call(&mut running.store, &running.work, depth)?;
        rounds += 1;
        if let Some(rest) = rest {
            thread::sleep(rest);
        }
    }
    Ok(rounds)
}
