//! Forks and signals in the middle of everything.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::Duration;

use tollgate_core::{Call, Manager, TaskInfo, after_fork_child};

use super::looks::check;
use super::{Crosser, Round};

/// Forks until the round is over; each child puts itself in order, uses every manager and ends.
pub(crate) fn fork(round: &Round) {
    let mut crossers: Vec<Crosser> = round.sites.iter().map(Crosser::new).collect();
    while !round.is_over() {
        // A task of one's own at the time of the fork, at some depth.
        for crosser in &mut crossers {
            let _ = crosser.call(Call::Leave, 1);
        }
        // SAFETY: the child makes calls that are allowed there, and ends without running what belongs to the parent.
        let child = unsafe { libc::fork() };
        if child == 0 {
            in_child(round);
            // SAFETY: ends the process.
            unsafe { libc::_exit(0) };
        }
        if child > 0 {
            let mut status = -1;
            // SAFETY: a child of this process, and a place for its status.
            unsafe { libc::waitpid(child, &mut status, 0) };
            assert_eq!(status, 0, "the child of a fork: 14 is a hang, 134 a failed check");
            round.forks.fetch_add(1, Ordering::Relaxed);
        }
        for crosser in &mut crossers {
            let _ = crosser.call(Call::Enter, 0);
            let _ = crosser.call(Call::Leave, 1);
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn in_child(round: &Round) {
    // SAFETY: takes a number of seconds.
    unsafe { libc::alarm(600) };
    // SAFETY: the first call in the child, by its only thread.
    unsafe { after_fork_child() };
    let mut entries = [TaskInfo::EMPTY; 4];
    for site in &round.sites {
        let live = check(site.manager, &mut entries);
        assert!(live <= 1, "the caller's task alone: {live}");
        let totals = site.manager.totals();
        assert!(totals.is_balanced(), "{totals:?}");
        assert_eq!(site.manager.tasks_held(), 0);
        let _ = site.manager.leave(2);
        let _ = site.manager.enter();
    }
}

/// The manager that the handler looks at, and how often it has looked.
static LOOKED_AT: OnceLock<&'static Manager> = OnceLock::new();
static LOOKS: AtomicU64 = AtomicU64::new(0);
/// A manager for calls in handlers, which are not promised to be counted, beside the books of the round.
static CALLED: OnceLock<&'static Manager> = OnceLock::new();
static PAIRS: AtomicUsize = AtomicUsize::new(0);

extern "C" fn handle(_: libc::c_int) {
    // SAFETY: this thread's errno.
    let errno = unsafe { libc::__errno_location() };
    // SAFETY: as above.
    let before = unsafe { *errno };
    if let Some(manager) = LOOKED_AT.get() {
        let mut entries = [TaskInfo::EMPTY; 4];
        let live = manager.snapshot(&mut entries);
        let totals = manager.totals();
        LOOKS.fetch_add((live as u64 + totals.leaves).min(1), Ordering::Relaxed);
    }
    if let Some(manager) = CALLED.get() {
        // A pair in the middle of a pair: it finds and leaves the same levels.
        if manager.leave(3).is_err() || manager.enter().is_err() {
            // SAFETY: ends the process; a panic may not leave a handler.
            unsafe { libc::abort() };
        }
        PAIRS.fetch_add(1, Ordering::Relaxed);
    }
    // SAFETY: this thread's errno.
    unsafe { *errno = before };
}

/// Sends signals to a thread that crosses, until the round is over. The handler looks, which is allowed; and it makes a pair
/// of transitions, which is not (docs/RULES.md): of those only the levels must come out right, and no count be too high.
pub(crate) fn interrupt(round: &Round) {
    // In a round of one manager the handler only looks: a second one would turn the process into one of several.
    if round.sites.len() > 1 {
        CALLED.get_or_init(|| Manager::create(&tollgate_core::Config::DEFAULT).expect("memory"));
    }
    LOOKED_AT.get_or_init(|| round.sites[0].manager);
    let mut action: libc::sigaction = {
        // SAFETY: zeroes are an action without flags and mask.
        unsafe { std::mem::zeroed() }
    };
    action.sa_sigaction = handle as *const () as usize;
    action.sa_flags = libc::SA_RESTART;
    // SAFETY: a handler that keeps to what handlers may do, and a place that it need not write the former one to.
    assert_eq!(unsafe { libc::sigaction(libc::SIGUSR1, &action, std::ptr::null_mut()) }, 0);
    std::thread::scope(|scope| {
        let (tell, told) = std::sync::mpsc::channel();
        let crosser = scope.spawn(move || {
            let mut crosser = Crosser::new(&round.sites[0]);
            let _ = crosser.call(Call::Leave, 0);
            if let Some(called) = CALLED.get() {
                // The first transition is no pair that a handler may come into: it attaches.
                called.leave(0).expect("memory");
            }
            // SAFETY: names the calling thread.
            tell.send(unsafe { libc::pthread_self() }).expect("somebody waits");
            let mut pairs = 0_usize;
            while !round.is_over() {
                if let Some(called) = CALLED.get() {
                    called.enter().expect("the level is open");
                    called.leave(1).expect("outward");
                    pairs += 1;
                }
                let _ = crosser.call(Call::Enter, 0);
                let _ = crosser.call(Call::Leave, 1);
            }
            // Past the thread's end an enter is refused, as it should be: no more handlers from here on.
            keep_signals_away();
            pairs
        });
        let thread = told.recv().expect("the thread says who it is");
        while !round.is_over() && !crosser.is_finished() {
            // SAFETY: the thread is there until it is joined below.
            unsafe { libc::pthread_kill(thread, libc::SIGUSR1) };
            round.signals.fetch_add(1, Ordering::Relaxed);
            std::thread::sleep(Duration::from_micros(300));
        }
        let pairs = crosser.join().expect("the thread ends");
        let made = (pairs + PAIRS.load(Ordering::Relaxed)) as u64;
        if let Some(called) = CALLED.get() {
            while called.totals().tasks_live != 0 {
                std::thread::yield_now();
            }
            let totals = called.totals();
            // Its one level closed with the thread.
            assert!(totals.leaves <= made + 1 && totals.enters <= made, "{totals:?} after {made} pairs");
            assert_eq!((totals.open_outside, totals.open_inside), (0, 0), "{totals:?}");
        }
    });
}

/// Blocks the signal for the rest of the calling thread's life.
fn keep_signals_away() {
    // SAFETY: zeroes are room for a set, which is made empty below.
    let mut set: libc::sigset_t = unsafe { std::mem::zeroed() };
    // SAFETY: the set is this function's own.
    unsafe { libc::sigemptyset(&mut set) };
    // SAFETY: as above.
    unsafe { libc::sigaddset(&mut set, libc::SIGUSR1) };
    // SAFETY: reads the set, and need not write the former one anywhere.
    unsafe { libc::pthread_sigmask(libc::SIG_BLOCK, &set, std::ptr::null_mut()) };
}
