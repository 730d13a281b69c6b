//! A level that is set while the task starts is the thread's, whichever of the two comes first.

mod com;

use std::ffi::c_void;
use std::hint::spin_loop;
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU64, Ordering::SeqCst};
use std::{ptr, thread};

use com::os::{LOWEST, can_be_lowered, urgency};
use com::{create, new_manager, os_thread, wait_until};
use tollgate_capi::S_OK;
use tollgate_capi::interfaces::IHostTask;

const ROUNDS: u32 = if cfg!(any(tsan, windows)) { 200 } else { 1_000 };

/// One task of a round.
#[derive(Default)]
struct Round {
    thread: AtomicU64,
    go_on: AtomicBool,
}

/// Lets the starter and the tasks end when the test does, by a failure too.
struct End<'r> {
    rounds: &'r [Round],
    is_over: &'r AtomicBool,
}

impl Drop for End<'_> {
    fn drop(&mut self) {
        self.rounds.iter().for_each(|round| round.go_on.store(true, SeqCst));
        self.is_over.store(true, SeqCst);
    }
}

unsafe extern "system" fn stay(parameter: *mut c_void) -> u32 {
    // SAFETY: a round, which outlives its task.
    let round: &Round = unsafe { &*parameter.cast() };
    round.thread.store(os_thread(), SeqCst);
    wait_until("the test lets the task go on", || round.go_on.load(SeqCst));
    0
}

#[test]
fn a_level_set_while_the_task_starts_is_not_lost() {
    if !can_be_lowered() {
        println!("skipped: this process runs at nice {} already", urgency(os_thread()));
        return;
    }
    let (_, manager) = new_manager();
    // What the starter starts next; its own thread, so that both are done at once.
    let next = AtomicPtr::<IHostTask>::new(ptr::null_mut());
    let is_over = AtomicBool::new(false);
    let rounds: Vec<Round> = (0..ROUNDS).map(|_| Round::default()).collect();
    thread::scope(|scope| {
        let _end = End { rounds: &rounds, is_over: &is_over };
        scope.spawn(|| {
            while !is_over.load(SeqCst) {
                let task = next.swap(ptr::null_mut(), SeqCst);
                if !task.is_null() {
                    assert_eq!(com!(task.Start()), S_OK);
                }
                spin_loop();
            }
        });
        for (number, round) in rounds.iter().enumerate() {
            let task = create(manager, stay, round);
            com!(task.AddRef());
            next.store(task, SeqCst);
            // From before the thread runs to when it is in its routine.
            (0..number % 500 * 20).for_each(|_| spin_loop());
            assert_eq!(com!(task.SetPriority(-2)), S_OK);
            wait_until("the routine runs", || round.thread.load(SeqCst) != 0);
            assert_eq!(urgency(round.thread.load(SeqCst)), LOWEST, "round {number}");
            wait_until("the starter has the task", || next.load(SeqCst).is_null());
            round.go_on.store(true, SeqCst);
            assert_eq!(com!(task.Join(u32::MAX, 0)), S_OK);
            com!(task.Release());
            com!(task.Release());
        }
    });
}
