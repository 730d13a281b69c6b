//! The fast path of every door for Rust, a million transitions each, in a child that may only read, write and exit: any
//! other system call ends it at once. `tests/c/kernel_free.c` does the same with the doors for C.

#![cfg(target_os = "linux")]

use tollgate_core::{Config, Error, Manager, OwnedTask, Side, TaskHandle};

/// Times six transitions.
const ROUNDS: u64 = 166_667;
/// As deep as the fast path goes, but for what a door opens itself.
const DEPTH: usize = 50;

/// What a child does without a kernel, and how it ends.
type Work = fn() -> Result<(), Error>;

/// The documented nested sequence.
macro_rules! nested {
    ($task:expr) => {{
        $task.leave(3)?;
        $task.reverse_enter()?;
        $task.leave(3)?;
        $task.enter()?;
        $task.reverse_leave()?;
        $task.enter()?;
    }};
}

fn by_thread() -> Result<(), Error> {
    let manager = Manager::create(&Config::DEFAULT)?;
    manager.leave(1)?;
    for _ in 0..DEPTH / 2 {
        manager.reverse_enter()?;
        manager.leave(1)?;
    }
    manager.enter()?;
    without_a_kernel(|| {
        nested!(manager);
        Ok(())
    })
}

/// The same by the thread's task, with `door` for each round.
fn on_task(door: impl Fn(&TaskHandle<'_>) -> Result<(), Error>) -> Result<(), Error> {
    Manager::create(&Config::DEFAULT)?.with_task(|task| {
        task.leave(1)?;
        for _ in 0..DEPTH / 2 {
            task.reverse_enter()?;
            task.leave(1)?;
        }
        task.enter()?;
        without_a_kernel(|| door(task))
    })?
}

fn by_handle() -> Result<(), Error> {
    on_task(|task| {
        nested!(task);
        Ok(())
    })
}

fn by_guards_that_are_closed() -> Result<(), Error> {
    on_task(|task| {
        let outer = task.outside(3)?;
        let inner = task.inside()?;
        task.outside(3)?.close()?;
        inner.close()?;
        outer.close()
    })
}

fn by_guards_that_are_dropped() -> Result<(), Error> {
    on_task(|task| {
        let _outer = task.outside(3)?;
        let _inner = task.inside()?;
        let _innermost = task.outside(3)?;
        Ok(())
    })
}

fn by_a_task_without_a_thread() -> Result<(), Error> {
    let manager = Manager::create(&Config::DEFAULT)?;
    let mut task: OwnedTask<'_> = manager.attach_task(Some(Side::Inside))?;
    for _ in 0..DEPTH / 2 {
        task.leave(1)?;
        task.reverse_enter()?;
    }
    without_a_kernel(|| {
        nested!(task);
        Ok(())
    })
}

fn by_a_call_that_enters_the_kernel() -> Result<(), Error> {
    let manager = Manager::create(&Config::DEFAULT)?;
    without_a_kernel(|| manager.sleep(0, false))
}

/// From now on the kernel ends this process at any call but a few. By a filter, for a process that has one already, as in a
/// container, is refused the kernel's own mode for this.
fn only_read_write_exit() {
    let statement = |code: u32, k: u32| libc::sock_filter { code: code as u16, jt: 0, jf: 0, k };
    let allowed = [libc::SYS_read, libc::SYS_write, libc::SYS_rt_sigreturn, libc::SYS_exit];
    // The number of the call; then past the refusal for those that are allowed.
    let mut filter = vec![statement(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0)];
    filter.extend(allowed.iter().zip((1..=allowed.len()).rev()).map(|(call, behind)| libc::sock_filter {
        jt: behind as u8,
        ..statement(libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K, *call as u32)
    }));
    filter.push(statement(libc::BPF_RET, libc::SECCOMP_RET_KILL_THREAD));
    filter.push(statement(libc::BPF_RET, libc::SECCOMP_RET_ALLOW));
    let program = libc::sock_fprog { len: filter.len() as u16, filter: filter.as_mut_ptr() };
    // The child that is ended leaves no core behind.
    // SAFETY: takes integers.
    assert_eq!(unsafe { libc::prctl(libc::PR_SET_DUMPABLE, 0, 0, 0, 0) }, 0);
    // SAFETY: takes integers.
    assert_eq!(unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) }, 0);
    // SAFETY: a whole program.
    let result = unsafe { libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &program) };
    assert_eq!(result, 0, "{}", std::io::Error::last_os_error());
    // Giving memory back may be a call.
    std::mem::forget(filter);
}

/// Gives the kernel up but for reading, writing and the end, and does `round` many times; does not come back.
fn without_a_kernel(mut round: impl FnMut() -> Result<(), Error>) -> Result<(), Error> {
    // A child that hangs is ended by the system, and its parent told.
    // SAFETY: takes a number of seconds.
    unsafe { libc::alarm(300) };
    only_read_write_exit();
    let failed = (0..ROUNDS).any(|_| round().is_err());
    // What ends a whole process is forbidden too; the child has one thread.
    // SAFETY: ends the thread.
    unsafe { libc::syscall(libc::SYS_exit, libc::c_long::from(failed)) };
    unreachable!("a thread that has ended");
}

/// The status with which a child ends that does `work`.
fn in_child(work: Work) -> i32 {
    // SAFETY: the child goes on with this thread alone; the C library puts its own locks in order.
    let pid = unsafe { libc::fork() };
    assert!(pid >= 0, "fork failed");
    if pid == 0 {
        // Only what failed before the kernel was given up comes back; a panic, too, must not run what is the parent's.
        let _ = std::panic::catch_unwind(work);
        // SAFETY: ends the process without running what belongs to the parent.
        unsafe { libc::_exit(3) };
    }
    let mut status = -1;
    // SAFETY: a child of this process, and a place for its status.
    assert_eq!(unsafe { libc::waitpid(pid, &mut status, 0) }, pid);
    status
}

#[test]
fn a_million_transitions_by_every_door_for_rust_need_no_kernel() {
    let doors: [(&str, Work); 5] = [
        ("by the thread", by_thread),
        ("by handle", by_handle),
        ("by guards that are closed", by_guards_that_are_closed),
        ("by guards that are dropped", by_guards_that_are_dropped),
        ("by a task without a thread", by_a_task_without_a_thread),
    ];
    for (name, door) in doors {
        assert_eq!(in_child(door), 0, "{name}");
        println!("{name}: {} transitions, and no system call", ROUNDS * 6);
    }
}

#[test]
fn a_call_that_enters_the_kernel_is_noticed() {
    let status = in_child(by_a_call_that_enters_the_kernel);
    assert!(libc::WIFSIGNALED(status) && libc::WTERMSIG(status) == libc::SIGSYS, "{status:#x}");
}
