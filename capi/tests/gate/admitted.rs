//! A task that a resume has let through, and that is slow to go in: stopped by a signal while it was parked.

use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use tollgate_capi::{HOST_E_ABANDONED, HOST_E_CLRNOTAVAILABLE, HOST_E_TIMEOUT, HRESULT, S_OK};

use crate::common::{Actor, FOREVER, Host, Pending, in_every_world, os_thread_id, wait_until};

static STOPPED: AtomicBool = AtomicBool::new(false);
static GO_ON: AtomicI32 = AtomicI32::new(-1);

/// Keeps the thread that it interrupts until there is something to read.
extern "C" fn stop(_: libc::c_int) {
    STOPPED.store(true, Ordering::Release);
    let mut byte = 0u8;
    // SAFETY: one byte of the handler's own; read is allowed in handlers.
    unsafe { libc::read(GO_ON.load(Ordering::Acquire), (&raw mut byte).cast(), 1) };
}

/// A thread that is kept inside the signal handler.
struct Stopped {
    go_on: libc::c_int,
}

impl Stopped {
    fn new(thread: u64) -> Stopped {
        let mut ends = [0; 2];
        // SAFETY: room for two descriptors.
        assert_eq!(unsafe { libc::pipe(ends.as_mut_ptr()) }, 0);
        GO_ON.store(ends[0], Ordering::Release);
        // SAFETY: the handler touches atomics and a descriptor only.
        unsafe { libc::signal(libc::SIGUSR1, stop as *const () as libc::sighandler_t) };
        let (process, thread) = (libc::c_long::from(std::process::id() as i32), thread as libc::c_long);
        // SAFETY: takes three integers; the thread is alive.
        let sent = unsafe { libc::syscall(libc::SYS_tgkill, process, thread, libc::SIGUSR1) };
        assert_eq!(sent, 0);
        wait_until("the thread is stopped", || STOPPED.load(Ordering::Acquire));
        Stopped { go_on: ends[1] }
    }

    fn release(self) {
        // SAFETY: one byte of a constant.
        assert_eq!(unsafe { libc::write(self.go_on, [1u8].as_ptr().cast(), 1) }, 1);
    }
}

/// A task that was parked at the gate, then stopped, then admitted.
fn admitted_and_stopped(host: Host, task: &Actor) -> (Pending<HRESULT>, Stopped) {
    let thread = task.run(move || (host.leave(1) == S_OK).then(os_thread_id)).expect("outward");
    assert_eq!(host.pause(FOREVER).0, S_OK);
    let held = task.start(move || host.enter());
    host.wait_for_held(1);
    let stopped = Stopped::new(thread);
    assert_eq!(host.resume(), S_OK);
    assert_eq!(host.core().tasks_held(), 0, "admitted");
    (held, stopped)
}

#[test]
fn the_next_pause_waits_until_an_admitted_task_has_gone_in_and_out() {
    in_every_world(|world| {
        let host = world.host();
        let [task, pauser] = [Actor::new(), Actor::new()];
        let (held, stopped) = admitted_and_stopped(host, &task);
        let (result, report) = host.pause(0);
        assert_eq!((result, report.laggard_count), (HOST_E_TIMEOUT, 0), "nobody is inside yet");
        let mut pause = pauser.start(move || host.pause(FOREVER));
        assert!(pause.is_waiting());
        stopped.release();
        assert_eq!(held.get(), S_OK, "it went in before the pause began");
        assert!(pause.is_waiting());
        assert_eq!(task.run(move || host.leave(1)), S_OK);
        assert_eq!((pause.get().0, host.resume()), (S_OK, S_OK));
        assert_eq!(task.run(move || host.enter()), S_OK);
        host.assert_quiet();
    });
}

#[test]
fn shutdown_does_not_wait_for_an_admitted_task_and_turns_it_away() {
    in_every_world(|world| {
        let host = world.host();
        let task = Actor::new();
        let (held, stopped) = admitted_and_stopped(host, &task);
        let (result, report) = host.shutdown(FOREVER);
        assert_eq!((result, report.laggard_count), (S_OK, 0));
        stopped.release();
        assert_eq!(held.get(), HOST_E_ABANDONED);
        let [entry] = host.snapshot()[..] else { panic!("one task") };
        assert_eq!((entry.side, entry.depth), (0, 1), "it is where it was");
        assert_eq!(task.run(move || host.enter()), HOST_E_CLRNOTAVAILABLE);
        host.assert_quiet();
    });
}
