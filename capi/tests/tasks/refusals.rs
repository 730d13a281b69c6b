//! Arguments that are refused, and threads that the system refuses.

use std::ffi::c_void;
use std::ptr;

use tollgate_capi::interfaces::*;
use tollgate_capi::*;

#[cfg(unix)]
use super::FOREVER;
use super::scene::{Scene, note_itself};
use crate::com;
#[cfg(unix)]
use crate::com::wait_until;
use crate::com::{create, new_manager};
#[cfg(unix)]
use crate::own_process::this_program;

#[test]
fn null_arguments_are_refused_and_answers_cleared() {
    let (_, manager) = new_manager();
    let scene = Scene::new(manager);
    let stale = ptr::dangling_mut::<IHostTask>();
    let mut task = stale;
    assert_eq!(com!(manager.CreateTask(0, None, ptr::null_mut(), &mut task)), E_INVALIDARG);
    assert!(task.is_null());
    assert_eq!(com!(manager.CreateTask(0, Some(note_itself), ptr::null_mut(), ptr::null_mut())), E_POINTER);
    assert_eq!(com!(manager.GetCurrentTask(ptr::null_mut())), E_POINTER);
    assert_eq!(com!(manager.CallNeedsHostHook(0, ptr::null_mut())), E_POINTER);
    assert_eq!(com!(manager.GetStackGuarantee(ptr::null_mut())), E_POINTER);
    assert_eq!(com!(manager.SetCLRTaskManager(ptr::null_mut())), E_POINTER);
    let task = create(manager, note_itself, &scene);
    assert_eq!(com!(task.GetPriority(ptr::null_mut())), E_POINTER);
    assert_eq!(com!(task.SetCLRTask(ptr::null_mut())), E_POINTER);
    let mut out = ptr::dangling_mut::<c_void>();
    assert_eq!(com!(task.QueryInterface(ptr::null(), &mut out)), E_POINTER);
    assert!(out.is_null());
    assert_eq!(com!(task.QueryInterface(&iid::IHOST_TASK, ptr::null_mut())), E_POINTER);
    com!(task.Release());
}

/// Pages of the process's address space.
#[cfg(unix)]
fn address_space() -> usize {
    let sizes = std::fs::read_to_string("/proc/self/statm").expect("a /proc file system");
    sizes.split(' ').next().and_then(|pages| pages.parse().ok()).expect("a number of pages")
}

/// Set in the process that is asked whether pages are left.
#[cfg(unix)]
const ASKED: &str = "TOLLGATE_TEST_REFUSED";
/// What that process says if there are.
#[cfg(unix)]
const LEFT: &str = "pages are left";

/// In a process of its own, because the limit is the process's.
///
/// The harness does something now and then that takes pages, and another process is asked then; what a refused thread leaves
/// shows in every process.
#[cfg(unix)]
#[test]
fn refused_threads_leave_nothing_behind() {
    if std::env::var_os(ASKED).is_some() {
        return refuse_threads();
    }
    let mut told = String::new();
    for _ in 0..10 {
        let output = this_program()
            .args(["--exact", "refusals::refused_threads_leave_nothing_behind", "--nocapture"])
            .env(ASKED, "1")
            .output()
            .expect("this program starts again");
        let [printed, errors] =
            [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned());
        // A name that matches nothing would succeed too, with no test run.
        if output.status.success() && printed.contains("1 passed") {
            return;
        }
        assert!(errors.contains(LEFT), "the child ended with {}\n{printed}{errors}", output.status);
        told.push_str(&errors);
    }
    panic!("{LEFT} in every process:\n{told}");
}

#[cfg(unix)]
fn refuse_threads() {
    let (host, manager) = new_manager();
    let scene = Scene::new(manager);
    // Met, and everything that the first creation sets up is there.
    let warm = create(manager, note_itself, &scene);
    com!(warm.Start());
    com!(warm.Join(FOREVER, 0));
    com!(warm.Release());
    wait_until("the first task's thread is gone", || host.core().totals().tasks_live == 1);

    // Room for everything but a stack of a gigabyte.
    let limit = (address_space() * 4096 + (256 << 20)) as libc::rlim_t;
    let limit = libc::rlimit { rlim_cur: limit, rlim_max: limit };
    // SAFETY: reads the limit given.
    assert_eq!(unsafe { libc::setrlimit(libc::RLIMIT_AS, &limit) }, 0);
    let sizes = [(); 9].map(|()| {
        for _ in 0..1000 {
            let mut task = ptr::dangling_mut::<IHostTask>();
            let parameter = (&raw const scene).cast_mut().cast();
            assert_eq!(
                com!(manager.CreateTask(1 << 30, Some(note_itself), parameter, &mut task)),
                E_OUTOFMEMORY
            );
            assert!(task.is_null());
        }
        address_space()
    });
    assert_eq!(host.core().totals().tasks_live, 1, "no cell is left");
    assert_eq!(scene.runs(), 1);

    // And the next one that can be had is had, with records used before.
    let task = create(manager, note_itself, &scene);
    com!(task.Start());
    assert_eq!(com!(task.Join(FOREVER, 0)), S_OK);
    com!(task.Release());
    assert_eq!(scene.runs(), 2);
    // Last, so that whoever is asked again has all else behind him.
    assert!(sizes.is_sorted_by(|before, after| before >= after), "{LEFT}: {sizes:?}");
}
