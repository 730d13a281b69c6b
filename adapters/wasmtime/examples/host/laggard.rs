//! A guest that does not come out, and what the host can do about it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use tollgate_capi::exports::{tollgate_task_abort, tollgate_task_yield};
use tollgate_capi::interfaces::IHostTaskManager;
use tollgate_capi::{HRESULT, HostManager, S_OK};
use tollgate_core::Error;
use tollgate_wasmtime::{Aborted, Host, Options, Step, Transition, call, target_name};
use wasmtime::Result;

use crate::guest::{Guest, THREAD_STACK_BYTES};
use crate::pause;
use crate::screen::Screen;

/// How long the pause waits for the laggard before it gives up.
const PATIENCE_MS: u32 = 200;
/// How long it waits for the laggard to make way, which takes one look at its requests.
const YIELD_MS: u32 = 60_000;

/// The laggard's depth once it is in its loop: thread, guest, host function, guest.
const LOST_DEPTH: u32 = 4;

/// What the laggard crossed.
pub(crate) struct Crossed {
    pub(crate) leaves: u64,
    pub(crate) reverse_enters: u64,
}

/// Starts a guest that loops for ever, fails to pause because of it, has it make way, and aborts it.
pub(crate) fn show(
    screen: &mut Screen,
    guest: &Arc<Guest>,
    manager: &'static HostManager,
) -> Result<(bool, Crossed)> {
    let counts: Arc<[AtomicU64; 2]> = Arc::default();
    let (host, lingering) = (counting_host(manager, Arc::clone(&counts)), Arc::clone(guest));
    let linger = move || {
        let mut running = lingering.start(host)?;
        call(&mut running.store, &running.linger, ())
    };
    let started = manager.core().totals().tasks_attached;
    let thread = host.start_thread(THREAD_STACK_BYTES, linger)?;
    let Some(id) = wait_until_lost(manager, started) else {
        screen.line("The guest that was to loop for ever did not start.");
        return Ok((false, Crossed { leaves: 0, reverse_enters: 0 }));
    };

    screen.line("");
    let mut good = match manager.core().pause(PATIENCE_MS) {
        Ok(_) => false,
        Err(late) => {
            screen.line(format!("No pause within {PATIENCE_MS} ms: {}. Still inside:", late.error));
            for laggard in late.report.named_laggards() {
                let function = target_name(laggard.target as usize).unwrap_or("no native function");
                screen.line(format!(
                    "  task {} (thread {}), depth {}, last called {function}, there for at least {} ms",
                    laggard.id,
                    laggard.os_thread,
                    laggard.depth,
                    laggard.inside_ns / 1_000_000
                ));
            }
            late.error == Error::Timeout
                && late.report.named_laggards().iter().any(|laggard| laggard.id == id)
        }
    };
    good &= pause_with_its_help(screen, manager, id);
    good &= ask(tollgate_task_abort, manager, id) == S_OK;
    match thread.join()? {
        Err(error) if error.downcast_ref::<Aborted>().is_some() => {
            screen.line(format!("Asked it to stop (ICLRTask::Abort): {}.", error.root_cause()));
        }
        Err(error) => return Err(error),
        Ok(()) => good = false,
    }
    screen.line("");
    let [leaves, reverse_enters] = [&counts[0], &counts[1]].map(|count| count.load(Ordering::Relaxed));
    Ok((good, Crossed { leaves, reverse_enters }))
}

/// Pauses while the laggard is asked to yield, which takes it outside for a moment: long enough to be held.
fn pause_with_its_help(screen: &mut Screen, manager: &'static HostManager, id: u64) -> bool {
    let paused = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            // A request that comes before the gate is closed lets the guest go on at once: ask until it worked.
            // Ordering: a flag on its own.
            while !paused.load(Ordering::Relaxed) {
                ask(tollgate_task_yield, manager, id);
                thread::sleep(Duration::from_millis(1));
            }
        });
        let pause = manager.core().pause(YIELD_MS);
        paused.store(true, Ordering::Relaxed);
        match &pause {
            Ok(pause) => {
                screen.line(format!(
                    "Asked it to yield (ICLRTask::YieldTask): {}.",
                    pause::report(pause.report())
                ));
            }
            Err(error) => screen.line(format!("It did not make way: {error}")),
        }
        pause.is_ok()
    })
}

/// Asks something of a task by its number, as a C host would.
fn ask(
    what: unsafe extern "C" fn(*mut IHostTaskManager, u64) -> HRESULT,
    manager: &'static HostManager,
    id: u64,
) -> HRESULT {
    // SAFETY: a manager of this library.
    unsafe { what(manager.as_raw(), id) }
}

/// The number of the first task attached after `started` others, once it is in its endless loop.
fn wait_until_lost(manager: &'static HostManager, started: u64) -> Option<u64> {
    let give_up = Instant::now() + Duration::from_secs(60);
    let mut lost = None;
    while lost.is_none() && Instant::now() < give_up {
        thread::sleep(Duration::from_millis(1));
        manager.core().for_each_task(|task| {
            if task.id > started && task.depth == LOST_DEPTH && task.side == 1 {
                lost = Some(task.id);
            }
        });
    }
    lost
}

/// A host that counts what the laggard crosses: how often it yields is not known beforehand.
fn counting_host(manager: &'static HostManager, counts: Arc<[AtomicU64; 2]>) -> Host {
    let observer = Box::new(move |step: &Step| {
        let count = match step.transition {
            Transition::Leave => &counts[0],
            Transition::ReverseEnter => &counts[1],
            _ => return,
        };
        if step.hresult == S_OK {
            count.fetch_add(1, Ordering::Relaxed);
        }
    });
    Host::with(manager, Options { observer: Some(observer), ..Options::default() })
}
