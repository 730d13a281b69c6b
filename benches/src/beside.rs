//! Whether threads of one process share a line that they write: a loop beside itself on another thread, and beside itself in
//! another process.
//!
//! Two processors may be neighbours in one core, or their clock may fall when both work, so two threads can take longer than
//! one without sharing anything. In two processes they have the same neighbours, and surely no line in common.

use std::ptr::NonNull;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::doors::Loop;
use crate::timing::{TIMES, median};

/// Who runs the loop on the second processor.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u32)]
enum Other {
    Nobody = 0,
    Thread = 1,
    Process = 2,
    /// No more of it.
    End = 3,
}

/// What both processes see.
struct Shared {
    wanted: AtomicU32,
    running: AtomicU32,
}

/// The quotients, for each loop, of its time beside a thread and beside a process that run the same: the middle of `rounds`.
///
/// To be called on the only thread of the process. None where it may use one processor alone.
pub fn thread_to_process(loops: &[&Loop], rounds: u32) -> Option<Vec<f64>> {
    let [here, there, ..] = usable_processors()[..] else { return None };
    Some(loops.iter().map(|run| quotient(run, rounds, here, there)).collect())
}

fn quotient(run: &Loop, rounds: u32, here: usize, there: usize) -> f64 {
    let shared = shared();
    // SAFETY: the only thread, so the child can do whatever it likes.
    let child = unsafe { libc::fork() };
    assert_ne!(child, -1, "cannot fork: {}", std::io::Error::last_os_error());
    if child == 0 {
        // Not left behind if the parent ends early.
        // SAFETY: takes integers.
        unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL) };
        pin(there);
        run_when_wanted(run, shared, Other::Process);
        // SAFETY: never returns.
        unsafe { libc::_exit(0) }
    }
    let quotients = thread::scope(|scope| {
        let thread = scope.spawn(|| {
            pin(there);
            run_when_wanted(run, shared, Other::Thread);
        });
        let _end = End(shared);
        let are_there = || !thread.is_finished() && !has_ended(child);
        pin(here);
        run(1);
        let one = || {
            let [beside_thread, beside_process] =
                [Other::Thread, Other::Process].map(|other| time_beside(run, shared, other, are_there));
            beside_thread / beside_process
        };
        (0..rounds).map(|_| one()).collect()
    });
    // SAFETY: our child, which ends by itself.
    unsafe { libc::waitpid(child, std::ptr::null_mut(), 0) };
    median(quotients)
}

/// Tells thread and process that no more is wanted of them, also where a panic ends the measurement.
struct End<'s>(&'s Shared);

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.0.wanted.store(Other::End as u32, Ordering::Relaxed);
    }
}

/// True once the child has ended, however; it can still be waited for.
fn has_ended(child: libc::pid_t) -> bool {
    // SAFETY: zeroes are room for an answer, and what is left of it if there is none.
    let mut about: libc::siginfo_t = unsafe { std::mem::zeroed() };
    let options = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
    // SAFETY: a child of this process, and a place for the answer.
    assert_eq!(unsafe { libc::waitid(libc::P_PID, child as libc::id_t, &mut about, options) }, 0);
    // SAFETY: an answer about a child, or zeroes.
    unsafe { about.si_pid() == child }
}

/// Returns once `wanted` is what runs on the second processor.
fn wait_for(shared: &Shared, wanted: Other, are_there: impl Fn() -> bool) {
    let mut looks = 0_u32;
    while shared.running.load(Ordering::Relaxed) != wanted as u32 {
        looks = looks.wrapping_add(1);
        // Seldom: it takes a system call.
        assert!(
            !looks.is_multiple_of(65_536) || are_there(),
            "whoever ran the loop on the second processor has ended"
        );
        std::hint::spin_loop();
    }
}

fn time_beside(run: &Loop, shared: &Shared, other: Other, are_there: impl Fn() -> bool) -> f64 {
    shared.wanted.store(other as u32, Ordering::Relaxed);
    wait_for(shared, other, &are_there);
    let start = Instant::now();
    run(TIMES);
    let ns = start.elapsed().as_nanos() as f64;
    shared.wanted.store(Other::Nobody as u32, Ordering::Relaxed);
    wait_for(shared, Other::Nobody, are_there);
    ns
}

/// Runs the loop on the second processor as long as `me` is wanted, and sleeps while not.
fn run_when_wanted(run: &Loop, shared: &Shared, me: Other) {
    run(1);
    loop {
        let wanted = shared.wanted.load(Ordering::Relaxed);
        if wanted == me as u32 {
            shared.running.store(me as u32, Ordering::Relaxed);
            while shared.wanted.load(Ordering::Relaxed) == me as u32 {
                run(TIMES / 100);
            }
            shared.running.store(Other::Nobody as u32, Ordering::Relaxed);
        } else if wanted == Other::End as u32 {
            return;
        } else {
            thread::sleep(Duration::from_micros(20));
        }
    }
}

/// Memory that a child shares; never given back, a page a loop.
fn shared() -> &'static Shared {
    let (protection, flags) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_SHARED | libc::MAP_ANONYMOUS);
    // SAFETY: new memory at an address of the kernel's choice.
    let memory = unsafe { libc::mmap(std::ptr::null_mut(), size_of::<Shared>(), protection, flags, -1, 0) };
    assert_ne!(memory, libc::MAP_FAILED, "no shared memory: {}", std::io::Error::last_os_error());
    let memory = NonNull::new(memory.cast::<Shared>()).expect("mapped memory is not at 0");
    // SAFETY: zeroes are valid words; mapped until the process ends.
    unsafe { memory.as_ref() }
}

fn usable_processors() -> Vec<usize> {
    let mut set = no_processors();
    // SAFETY: the call fills the set in, whose size it is told.
    unsafe { libc::sched_getaffinity(0, size_of::<libc::cpu_set_t>(), &mut set) };
    // SAFETY: numbers below the size of the set.
    (0..libc::CPU_SETSIZE as usize).filter(|processor| unsafe { libc::CPU_ISSET(*processor, &set) }).collect()
}

/// Keeps the calling thread on one processor.
fn pin(processor: usize) {
    let mut set = no_processors();
    // SAFETY: a number that came out of such a set.
    unsafe { libc::CPU_SET(processor, &mut set) };
    // SAFETY: reads the set, whose size it is told.
    unsafe { libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &set) };
}

fn no_processors() -> libc::cpu_set_t {
    // SAFETY: bits, none of them set.
    unsafe { std::mem::zeroed() }
}
