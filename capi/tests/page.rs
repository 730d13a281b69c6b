//! The page as another process sees it: found by its name, readable by all who may, writable by nobody, consistent while
//! everything moves.

#![cfg(unix)]

mod common;

use std::ffi::{CStr, CString, c_void};
use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::fd::AsRawFd;
use std::process::Command;
use std::ptr::NonNull;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::{env, process, thread};

use common::child::{Child, fork};
use common::own_process::{in_own_process, this_program};
use common::{Actor, FOREVER, Host, os_thread_id, wait_until};
use tollgate_capi::exports::*;
use tollgate_capi::{E_INVALIDARG, E_NOTIMPL, E_OUTOFMEMORY, HOST_E_CLRNOTAVAILABLE, S_FALSE, S_OK};
use tollgate_core::info::TASK_UNSETTLED;
use tollgate_core::page::PageView;
use tollgate_core::trace::{
    TRACE_ENTER, TRACE_LEAVE, TRACE_REVERSE_ENTER, TRACE_REVERSE_LEAVE, TRACE_TASK_BEGINS,
};
use tollgate_core::{Policy, TaskInfo, TraceRecord};

/// A page, mapped as a watcher maps it.
struct Mapped {
    start: NonNull<u8>,
    bytes: usize,
    file: File,
}

impl Mapped {
    /// Page `number` of a process.
    fn open(pid: u32, number: u32) -> Option<Mapped> {
        let name = format!("/memfd:tollgate-{number} (deleted)");
        let link = fs::read_dir(format!("/proc/{pid}/fd"))
            .expect("the process is there and the same user's")
            .filter_map(|entry| entry.ok().map(|entry| entry.path()))
            .find(|path| fs::read_link(path).is_ok_and(|target| target.as_os_str() == name.as_str()))?;
        let file = File::open(link).expect("a page can be opened for reading");
        let bytes = file.metadata().expect("a file has a size").len() as usize;
        let protection = libc::PROT_READ;
        let null = std::ptr::null_mut();
        // SAFETY: a mapping at an address of the kernel's choice.
        let start = unsafe { libc::mmap(null, bytes, protection, libc::MAP_SHARED, file.as_raw_fd(), 0) };
        assert_ne!(start, libc::MAP_FAILED);
        Some(Mapped { start: NonNull::new(start.cast()).expect("not null"), bytes, file })
    }

    fn view(&self) -> PageView<'_> {
        // SAFETY: mapped for as long as this lives, from a file that is sealed.
        unsafe { PageView::new(self.start, self.bytes) }.expect("a page of this version")
    }

    fn tasks(&self) -> Vec<(TaskInfo, String)> {
        let mut tasks = Vec::new();
        self.view().for_each_task(|task, name| tasks.push((*task, name.as_str().to_owned())));
        tasks
    }
}

impl Drop for Mapped {
    fn drop(&mut self) {
        // SAFETY: mapped in `open`.
        unsafe { libc::munmap(self.start.as_ptr().cast(), self.bytes) };
    }
}

fn with_page(config: tollgate_config) -> Host {
    Host::new(tollgate_config { struct_size: 28, flags: config.flags | TOLLGATE_PAGE, ..config })
}

fn name_target(host: Host, target: usize, name: &CStr) -> i32 {
    // SAFETY: a manager of this library, a string.
    unsafe { tollgate_name_target(host.raw(), target, name.as_ptr()) }
}

fn name_task(host: Host, name: &CStr) -> i32 {
    // SAFETY: as above.
    unsafe { tollgate_name_task(host.raw(), name.as_ptr()) }
}

/// Set in the process of a watcher: the process that it watches.
const WATCHED: &str = "TOLLGATE_TEST_WATCHED";

/// Watches this process from another one, which runs the test `watcher`, and panics unless that passes.
fn be_watched() {
    let output = this_program()
        .args(["--exact", "watcher", "--nocapture"])
        .env(WATCHED, process::id().to_string())
        .env_remove("TOLLGATE_TEST_CASE")
        .output()
        .expect("this program starts again");
    let [printed, errors] =
        [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    assert!(output.status.success() && printed.contains("1 passed"), "{}\n{printed}{errors}", output.status);
    print!("{printed}");
}

/// The other process of the tests below; by itself it watches nobody.
#[test]
fn watcher() {
    let Ok(pid) = env::var(WATCHED) else { return };
    let pid = pid.parse().expect("a number");
    let page = Mapped::open(pid, 1).expect("the page is made before the watcher is started");
    assert_eq!(page.view().pid(), u64::from(pid));
    let (mut settled, mut inside, mut outside) = (0, 0, 0);
    let mut ring_records = 0;
    let mut next = [0; 64];
    let mut lost = 0;
    while settled < 20_000 || ring_records < 20_000 {
        page.view().for_each_task(|task, name| {
            assert_eq!(name.as_str(), "crosses");
            if task.flags & TASK_UNSETTLED == 0 {
                check(task);
                settled += 1;
                inside += u32::from(task.side == 1);
                outside += u32::from(task.side == 0);
            }
        });
        for (ring, next) in next.iter_mut().enumerate().take(page.view().rings() as usize) {
            let (before, mut last, mut taken) = (*next, None, 0);
            let skipped = page.view().read_ring(ring as u32, next, |record| {
                if ring > 0 {
                    check_record(record, last);
                }
                // What comes after a gap follows nothing.
                last = Some(*record);
                taken += 1;
            });
            assert_eq!(before + taken + skipped, *next, "every record is read or counted, once");
            ring_records += taken;
            lost += skipped;
        }
        let totals = page.view().totals();
        assert!(totals.tasks_live <= totals.tasks_attached);
    }
    println!(
        "{settled} settled entries, {inside} inside, {outside} outside; {ring_records} records, {lost} lost"
    );
    assert!(inside > 0 && outside > 0);
}

/// Reverse_enter, leave, enter, reverse_leave; the target of each leave is its number.
fn cross(host: Host, number: usize) {
    assert_eq!([host.reverse_enter(), host.leave(number)], [S_OK; 2]);
    assert_eq!([host.enter(), host.reverse_leave()], [S_OK; 2]);
}

/// A settled entry is a moment of a task that crosses.
fn check(task: &TaskInfo) {
    let (leaves, open) = match (task.depth, task.directions) {
        (0, 1) => (task.enters, 0),
        (1, 0b11) => (task.enters, 1),
        (2, 0b110) => (task.enters + 1, 1),
        other => panic!("levels {other:?}"),
    };
    assert_eq!(
        (task.leaves, task.reverse_enters),
        (leaves, task.reverse_leaves + open),
        "of different moments"
    );
    assert_eq!(task.side, u32::from(task.depth == 1));
    if task.depth == 2 {
        assert_eq!(task.innermost_target(), Some(task.leaves), "the target of another leave");
    }
}

/// A record of a task that crosses, and what follows what without a gap in time order.
fn check_record(record: &TraceRecord, last: Option<TraceRecord>) {
    let fits = matches!(
        (record.kind, record.depth),
        (TRACE_REVERSE_ENTER, 1) | (TRACE_LEAVE, 2) | (TRACE_ENTER, 1) | (TRACE_REVERSE_LEAVE, 0)
    );
    let begins = record.kind == TRACE_TASK_BEGINS && record.depth == 0;
    assert!(fits || begins, "{record:?}");
    assert_eq!(record.kind == TRACE_LEAVE || begins, record.value != 0);
    if let Some(last) = last {
        assert!(last.time_ns <= record.time_ns && last.task == record.task);
    }
}

/// Two threads go in and out while another process reads their cells and their traces.
#[test]
fn live_tasks_are_consistent_in_another_process() {
    in_own_process(&["untraced first", "traced"], |case| {
        let host = with_page(tollgate_config { trace_records: 256, ..Default::default() });
        if case == "traced" {
            // SAFETY: a manager of this library.
            assert_eq!(unsafe { tollgate_trace_start(host.raw()) }, S_OK);
        }
        let (is_over, ready) = (AtomicBool::new(false), AtomicUsize::new(0));
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    assert_eq!(name_task(host, c"crosses"), S_OK);
                    ready.fetch_add(1, Ordering::Release);
                    for number in 1.. {
                        cross(host, number);
                        if is_over.load(Ordering::Relaxed) {
                            break;
                        }
                    }
                });
            }
            wait_until("both tasks have names", || ready.load(Ordering::Acquire) == 2);
            if case == "untraced first" {
                // Switched on while both sides are at work.
                scope.spawn(|| {
                    wait_until("some crossings", || host.totals().leaves > 100_000);
                    // SAFETY: a manager of this library.
                    assert_eq!(unsafe { tollgate_trace_start(host.raw()) }, S_OK);
                });
            }
            let watched = std::panic::catch_unwind(be_watched);
            is_over.store(true, Ordering::Relaxed);
            watched.expect("the watcher passes");
        });
        host.assert_quiet();
    });
}

/// One character takes two bytes; 56 bytes end between two characters.
const LONG: &str = "a t\u{e4}sk with a name that is longer than the room there is for one";

#[test]
fn figures_and_names_are_those_of_the_manager() {
    in_own_process(&["one manager"], |_| {
        let host = with_page(Default::default());
        assert_eq!([host.leave(0x1000), host.pause(FOREVER).0], [S_OK; 2]);
        let page = Mapped::open(process::id(), 1).expect("a page");
        let view = page.view();
        assert_eq!((view.pid(), view.number()), (u64::from(process::id()), 1));
        assert_eq!(view.library(), tollgate_version());
        assert_eq!((view.gate().pauses, view.gate().held), (1, 0));
        let entering = Actor::new();
        let held = entering.start(move || host.reverse_enter());
        host.wait_for_held(1);
        assert_eq!((view.gate().pauses, view.gate().held), (1, 1));
        assert_eq!((host.resume(), held.get()), (S_OK, S_OK));
        assert_eq!((view.gate().pauses, view.gate().held, view.gate().admitted), (0, 0, 0));
        assert_eq!(view.pause_durations(), host.core().pause_durations());
        assert_eq!(view.pause_durations().iter().sum::<u64>(), 1);
        assert_eq!(view.totals(), host.totals());

        assert_eq!(name_task(host, &CString::new(LONG).expect("no zero")), S_OK);
        let tasks = page.tasks();
        assert_eq!(tasks.iter().map(|(task, _)| *task).collect::<Vec<_>>(), host.snapshot());
        assert_eq!(tasks[0].1, &LONG[..56]);
        assert_eq!((tasks[0].0.os_thread, tasks[0].1.len(), tasks[1].1.as_str()), (os_thread_id(), 56, ""));
        entering.end();
        assert_eq!(page.tasks().len(), 1);
        // The next task in that cell has no name yet.
        let unnamed = Actor::new();
        assert_eq!(unnamed.run(move || [name_task(host, c"former"), host.leave(1)]), [S_OK; 2]);
        unnamed.end();
        let unnamed = Actor::new();
        assert_eq!(unnamed.run(move || host.leave(1)), S_OK);
        assert_eq!(page.tasks()[1].1, "");

        assert_eq!([name_target(host, 0x1000, c"env.log"), name_target(host, 0x1000, c"env.log")], [S_OK; 2]);
        assert_eq!([name_target(host, 7, c"seven"), name_target(host, 0x1000, c"env.print")], [S_OK; 2]);
        let names = || {
            let mut names = Vec::new();
            view.for_each_name(|target, name| names.push((target, name.as_str().to_owned())));
            names
        };
        let expected = [(0x1000, "env.log"), (7, "seven"), (0x1000, "env.print")];
        assert_eq!(names(), expected.map(|(target, name)| (target, name.to_owned())));
        assert_eq!(name_target(host, 1, c"\xff\xfe"), E_INVALIDARG);
        for target in 3..4096 {
            assert_eq!(name_target(host, 10_000 + target, c"one of many"), S_OK);
        }
        assert_eq!(
            [name_target(host, 1, c"too many"), name_target(host, 7, c"seven")],
            [E_OUTOFMEMORY, S_OK]
        );
        assert_eq!(names().len(), 4096);

        assert_eq!(host.fail(), S_OK);
        assert!(view.gate().failed && !view.gate().shut_down);
        assert_eq!(host.shutdown(FOREVER).0, S_OK);
        assert!(view.gate().shut_down);
    });
}

/// The gate lies in the page, whose memory begins as zeroes: that of an open gate.
#[test]
fn a_page_begins_as_its_manager_is_told_to() {
    in_own_process(&["unavailable", "observe"], |case| {
        let before = monotonic_ns();
        let host = with_page(match case {
            "observe" => tollgate_config { policy: TOLLGATE_POLICY_OBSERVE, ..Default::default() },
            _ => tollgate_config { flags: TOLLGATE_START_UNAVAILABLE, ..Default::default() },
        });
        let after = monotonic_ns();
        let page = Mapped::open(process::id(), 1).expect("a page");
        assert!((before..=after).contains(&page.view().created_ns()));
        let (policy, unavailable, answer) = match case {
            "observe" => (Policy::Observe, false, S_OK),
            _ => (Policy::Govern, true, HOST_E_CLRNOTAVAILABLE),
        };
        assert_eq!((page.view().policy(), page.view().gate().unavailable), (policy, unavailable));
        assert_eq!(host.reverse_enter(), answer);
    });
}

fn monotonic_ns() -> u64 {
    let mut now = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writes the time.
    assert_eq!(unsafe { libc::clock_gettime(libc::CLOCK_MONOTONIC, &mut now) }, 0);
    now.tv_sec as u64 * 1_000_000_000 + now.tv_nsec as u64
}

#[test]
fn deep_levels_are_counted_but_not_followed() {
    in_own_process(&["one manager"], |_| {
        let host = with_page(Default::default());
        for target in 1..=100 {
            assert_eq!(host.leave(target), S_OK);
        }
        let page = Mapped::open(process::id(), 1).expect("a page");
        let [(task, _)] = &page.tasks()[..] else { panic!("one task") };
        assert_eq!((task.depth, task.side, task.flags), (100, 0, 0));
        assert_eq!((task.targets[0], task.targets[61]), (100, 0), "the oldest lie beside the cell");
        assert_eq!(host.own_entry().targets[61], 39);
    });
}

#[test]
fn managers_without_a_page_take_no_names() {
    let host = Host::new(tollgate_config { struct_size: 28, ..Default::default() });
    assert_eq!([name_target(host, 1, c"one"), name_task(host, c"me")], [S_FALSE; 2]);
}

/// Who can open the page for reading can do nothing else with it.
#[test]
fn nobody_else_can_write() {
    in_own_process(&["one manager"], |_| {
        let _host = with_page(Default::default());
        let page = Mapped::open(process::id(), 1).expect("a page");
        let number = page.file.as_raw_fd();
        let wanted = libc::F_SEAL_SHRINK | libc::F_SEAL_GROW | libc::F_SEAL_FUTURE_WRITE | libc::F_SEAL_SEAL;
        // SAFETY: a number and a command.
        assert_eq!(unsafe { libc::fcntl(number, libc::F_GET_SEALS) } & wanted, wanted);
        let link = format!("/proc/self/fd/{number}");
        let Ok(writable) = OpenOptions::new().read(true).write(true).open(link) else { return };
        let number = writable.as_raw_fd();
        assert!((&writable).write_all(b"TOLLGATE").is_err(), "written to");
        assert!(writable.set_len(4096).is_err() && writable.set_len(1 << 40).is_err(), "another size");
        let punch = libc::FALLOC_FL_PUNCH_HOLE | libc::FALLOC_FL_KEEP_SIZE;
        // SAFETY: takes integers.
        assert_ne!(unsafe { libc::fallocate(number, punch, 0, 4096) }, 0, "made a hole");
        let protection = libc::PROT_READ | libc::PROT_WRITE;
        let null = std::ptr::null_mut();
        // SAFETY: a mapping at an address of the kernel's choice.
        let start = unsafe { libc::mmap(null, 4096, protection, libc::MAP_SHARED, number, 0) };
        assert_eq!(start, libc::MAP_FAILED, "mapped for writing");
        // SAFETY: a mapping of this process.
        let result = unsafe { libc::mprotect(page.start.as_ptr().cast(), 4096, protection) };
        assert_ne!(result, 0, "made writable");
    });
}

#[test]
fn the_file_is_closed_on_exec_and_never_a_standard_stream() {
    in_own_process(&["one manager"], |_| {
        // SAFETY: the number of an open file.
        let saved = unsafe { libc::dup(0) };
        // SAFETY: as above.
        assert!(saved > 0 && unsafe { libc::close(0) } == 0);
        let _host = with_page(Default::default());
        // SAFETY: as above.
        assert_eq!(unsafe { libc::dup2(saved, 0) }, 0);
        let found = Command::new("ls").args(["-l", "/proc/self/fd"]).output().expect("there is ls");
        assert!(!String::from_utf8_lossy(&found.stdout).contains("tollgate"));
        assert!(Mapped::open(process::id(), 1).is_some());
        let numbers = fs::read_dir("/proc/self/fd").expect("Linux has it").filter_map(Result::ok);
        let mut pages = numbers.filter(|entry| {
            fs::read_link(entry.path()).is_ok_and(|target| target.to_string_lossy().contains("tollgate-"))
        });
        let name = pages.next().expect("a page").file_name();
        assert!(name.to_string_lossy().parse::<u32>().expect("a number") > 2);
        assert!(pages.next().is_none(), "one file");
    });
}

#[test]
fn a_page_that_cannot_be_had_is_refused_with_its_reason() {
    in_own_process(&["file size", "address space", "files", "filter"], |case| {
        let try_to = |max_tasks| {
            let config =
                tollgate_config { struct_size: 28, flags: TOLLGATE_PAGE, max_tasks, ..Default::default() };
            let mut out = std::ptr::dangling_mut();
            // SAFETY: pointers are good for the call.
            let result = unsafe { tollgate_manager_create(&config, &mut out) };
            assert_eq!(out.is_null(), result != S_OK);
            result
        };
        match case {
            "file size" => {
                limit(libc::RLIMIT_FSIZE, 64 << 20);
                assert_eq!(try_to(0), E_OUTOFMEMORY);
                let few = tollgate_config { max_tasks: 100, trace_tasks: 100, ..Default::default() };
                with_page(few);
            }
            "address space" => {
                limit(libc::RLIMIT_AS, 1 << 30);
                assert_eq!([try_to(0), try_to(100)], [E_OUTOFMEMORY, S_OK]);
            }
            "files" => {
                limit(libc::RLIMIT_NOFILE, 0);
                assert_eq!(try_to(100), E_OUTOFMEMORY);
            }
            _ => {
                refuse_memfd();
                assert_eq!(try_to(100), E_NOTIMPL);
                // Nothing else depends on it.
                Host::new(tollgate_config { struct_size: 28, ..Default::default() });
            }
        }
    });
}

fn limit(what: libc::__rlimit_resource_t, most: u64) {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: writes the struct.
    assert_eq!(unsafe { libc::getrlimit(what, &mut limit) }, 0);
    limit.rlim_cur = most;
    // SAFETY: reads the struct.
    assert_eq!(unsafe { libc::setrlimit(what, &limit) }, 0);
}

/// From now on the kernel answers memfd_create with EPERM.
fn refuse_memfd() {
    let filter = |code, k, jt, jf| libc::sock_filter { code, jt, jf, k };
    let mut program = [
        // The number of the call; this one is refused, others are not.
        filter((libc::BPF_LD | libc::BPF_W | libc::BPF_ABS) as u16, 0, 0, 0),
        filter((libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16, libc::SYS_memfd_create as u32, 0, 1),
        filter(libc::BPF_RET as u16, libc::SECCOMP_RET_ERRNO | libc::EPERM as u32, 0, 0),
        filter(libc::BPF_RET as u16, libc::SECCOMP_RET_ALLOW, 0, 0),
    ];
    let program = libc::sock_fprog { len: program.len() as u16, filter: program.as_mut_ptr() };
    // SAFETY: takes integers.
    assert_eq!(unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) }, 0);
    // SAFETY: a whole program.
    let result = unsafe { libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &program) };
    assert_eq!(result, 0);
}

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
            unsafe { libc::alarm(60) };
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

    fn wait(&self) {
        // SAFETY: room for one byte.
        assert_eq!(unsafe { libc::read(self.0[0], [0u8].as_mut_ptr().cast::<c_void>(), 1) }, 1);
    }
}
