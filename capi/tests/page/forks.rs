//! Children of forks, each with a page of its own or with none.

use std::ffi::c_void;
use std::process;
use std::sync::OnceLock;

use tollgate_capi::S_OK;
use tollgate_capi::exports::*;
use tollgate_core::TaskInfo;

use crate::common::Actor;
use crate::common::child::{Child, fork};
use crate::common::own_process::in_own_process;
use crate::mapped::{Mapped, name_task, with_page};
use crate::refused::refuse_memfd;

/// Child and parent each have a page of their own, and neither sees what the other does.
#[test]
fn a_child_of_a_fork_has_a_page_of_its_own() {
    in_own_process(&["one manager"], |_| {
        let host = with_page(Default::default());
        assert_eq!([host.leave(1), host.reverse_enter(), host.leave(2)], [S_OK; 3]);
        assert_eq!(name_task(host, c"forks"), S_OK);
        let others = Actor::new();
        assert_eq!(others.run(move || host.leave(3)), S_OK);
        let before = host.own_entry();
        // The child's verdict and its steps go through pipes.
        let [to_child, to_parent] = [Pipe::new(), Pipe::new()];
        let child = fork(|| {
            // The parent has moved on by now; this task has not.
            to_child.wait();
            tollgate_after_fork_child();
            let own = host.own_entry();
            let moved = TaskInfo { os_thread: before.os_thread, ..own };
            assert_eq!(moved, before);
            assert_eq!(host.snapshot().len(), 1);
            assert_eq!([host.enter(), host.reverse_leave(), host.enter()], [S_OK; 3]);
            host.assert_quiet();
            to_parent.tell();
            to_child.wait();
        });
        for target in 4..10 {
            assert_eq!([host.enter(), host.leave(target)], [S_OK; 2]);
        }
        assert_eq!(others.run(move || host.enter()), S_OK);
        let after = host.snapshot();
        to_child.tell();
        to_parent.wait();
        assert_eq!(host.snapshot(), after, "the child does not write here");
        let page = Mapped::open(child.0 as u32, 1).expect("the child's page");
        assert_eq!(page.view().pid(), child.0 as u64);
        let [(task, name)] = &page.tasks()[..] else { panic!("one task") };
        assert_eq!((task.depth, task.leaves, name.as_str()), (0, before.leaves, "forks"));
        to_child.tell();
        child.passes();
        assert_eq!([host.enter(), host.reverse_leave(), host.enter()], [S_OK; 3]);
        host.assert_quiet();
    });
}

/// Nobody traces in the child, which its page says before it puts itself in order.
#[test]
fn a_childs_page_has_no_trace_from_the_beginning() {
    in_own_process(&["one manager"], |_| {
        let host = with_page(tollgate_config { flags: TOLLGATE_TRACE, ..Default::default() });
        assert_eq!(host.leave(1), S_OK);
        let [to_child, to_parent] = [Pipe::new(), Pipe::new()];
        let child = fork(|| {
            to_parent.tell();
            to_child.wait();
        });
        to_parent.wait();
        for (process, is_traced) in [(process::id(), true), (child.0 as u32, false)] {
            let page = Mapped::open(process, 1).expect("a page");
            assert_eq!((page.view().is_tracing(), page.view().rings() > 0), (is_traced, is_traced));
            assert_eq!(page.view().trace_starts(), 1, "of the parent, before the fork");
        }
        to_child.tell();
        child.passes();
        assert_eq!(host.enter(), S_OK);
    });
}

/// The child's copy is of a later moment than the rest of its memory: what the parent has put into its cells since the fork
/// leads nowhere here.
#[test]
fn a_copy_of_a_later_moment_keeps_no_address() {
    static GO_ON: OnceLock<Pipe> = OnceLock::new();
    extern "C" fn wait_for_parent() {
        GO_ON.get().expect("made before the fork").wait();
    }
    in_own_process(&["one manager"], |_| {
        let go_on = GO_ON.get_or_init(Pipe::new);
        // In a child such functions run in the order in which they were registered, so this one before the library's own.
        // SAFETY: a plain function, which the child may run.
        assert_eq!(unsafe { libc::pthread_atfork(None, None, Some(wait_for_parent)) }, 0);
        let host = with_page(Default::default());
        let other = Actor::new();
        let into_the_deep = move || {
            let all_opened = (0..100).all(|target| host.leave(target) == S_OK);
            assert_eq!((all_opened, host.current_task()), (true, S_OK));
        };
        assert_eq!([host.leave(1), other.run(move || host.reverse_enter())], [S_OK; 2]);
        let child = fork(|| {
            tollgate_after_fork_child();
            assert_eq!(host.snapshot().len(), 1);
            // In the cell of the other.
            let next = Actor::new();
            next.run(into_the_deep);
            assert!((0..100).all(|_| next.run(move || host.enter()) == S_OK));
            next.end();
            assert_eq!(host.enter(), S_OK);
            host.assert_quiet();
        });
        other.run(into_the_deep);
        go_on.tell();
        child.passes();
        assert_eq!(host.enter(), S_OK);
        other.end();
        host.assert_quiet();
    });
}

/// Where there is no second page, the child goes on without one.
#[test]
fn a_child_that_gets_no_page_goes_on_without() {
    in_own_process(&["one manager"], |_| {
        let host = with_page(tollgate_config { max_tasks: 100, ..Default::default() });
        assert_eq!([host.leave(1), host.leave(2)], [S_OK; 2]);
        refuse_memfd();
        let child = fork(|| {
            tollgate_after_fork_child();
            assert_eq!(host.own_entry().depth, 2);
            assert_eq!([host.enter(), host.enter()], [S_OK; 2]);
            assert!(Mapped::open(process::id(), 1).is_none());
        });
        child.passes();
        assert_eq!(host.own_entry().depth, 2, "the child does not write here");
        assert_eq!([host.enter(), host.enter()], [S_OK; 2]);
    });
}

/// A child of which the C library knows nothing shares the page until it puts itself in order; then neither writes into the
/// other's tasks.
#[test]
fn a_child_made_without_the_c_library_gets_its_page_late() {
    in_own_process(&["one manager"], |_| {
        // The thread has tasks of two managers, so that each leads to the other.
        let [host, other] = [(); 2].map(|()| with_page(Default::default()));
        assert_eq!([host.leave(1), host.reverse_enter(), host.leave(2)], [S_OK; 3]);
        assert_eq!([other.leave(3), other.reverse_enter()], [S_OK; 2]);
        let before = host.own_entry();
        // SAFETY: as a fork; the child makes no thread and no call of the C library that keeps a lock.
        let pid = unsafe { libc::syscall(libc::SYS_clone, libc::SIGCHLD, 0, 0, 0, 0) } as i32;
        if pid == 0 {
            // SAFETY: takes a number of seconds.
            unsafe { libc::alarm(600) };
            tollgate_after_fork_child();
            let results = [host.enter(), host.reverse_leave(), host.enter(), host.leave(9)];
            let of_other = [other.reverse_leave(), other.enter(), other.leave(8)];
            let live = [host, other].map(|host| host.core().totals().tasks_live);
            let is_right = results == [S_OK; 4] && of_other == [S_OK; 3] && live == [1; 2];
            // SAFETY: ends the process without running what belongs to the parent.
            unsafe { libc::_exit(if is_right { 0 } else { 3 }) };
        }
        Child(pid).passes();
        assert_eq!(host.own_entry(), before, "the child does not write here");
        assert_eq!([host.enter(), host.reverse_leave(), host.enter()], [S_OK; 3]);
        assert_eq!([other.reverse_leave(), other.enter()], [S_OK; 2]);
        host.assert_quiet();
        other.assert_quiet();
    });
}

/// One side waits, the other tells it to go on.
struct Pipe([i32; 2]);

impl Pipe {
    fn new() -> Pipe {
        let mut ends = [-1; 2];
        // SAFETY: writes two numbers.
        assert_eq!(unsafe { libc::pipe(ends.as_mut_ptr()) }, 0);
        Pipe(ends)
    }

    fn tell(&self) {
        // SAFETY: one byte.
        assert_eq!(unsafe { libc::write(self.0[1], [1u8].as_ptr().cast::<c_void>(), 1) }, 1);
    }

    /// Fails if the other side has ended without a word, which the open end here would hide.
    fn wait(&self) {
        let mut told = libc::pollfd { fd: self.0[0], events: libc::POLLIN, revents: 0 };
        // SAFETY: one descriptor.
        assert_eq!(unsafe { libc::poll(&mut told, 1, 600_000) }, 1, "nobody tells");
        // SAFETY: room for one byte.
        assert_eq!(unsafe { libc::read(self.0[0], [0u8].as_mut_ptr().cast::<c_void>(), 1) }, 1);
    }
}
