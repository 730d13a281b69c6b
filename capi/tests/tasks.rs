//! The life of a task through the vtables: creation, start, alert, join, end.

mod com;
#[path = "../../core/tests/common/own_process.rs"]
mod own_process;

use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering::SeqCst};
use std::thread;

use com::os::{LOWEST, can_be_lowered, end_thread, urgency};
use com::{create, current, new_manager, os_thread, wait_until};
#[cfg(unix)]
use own_process::this_program;
use tollgate_capi::interfaces::*;
use tollgate_capi::*;
use tollgate_core::{PauseReport, TaskState};

const FOREVER: u32 = u32::MAX;

/// What a start routine of these tests works with.
struct Scene {
    manager: *mut IHostTaskManager,
    runs: AtomicU32,
    /// The task as its own thread sees it.
    seen: AtomicUsize,
    /// What the routine's wait returned.
    waited: AtomicU32,
    go_on: AtomicBool,
}

impl Scene {
    fn new(manager: *mut IHostTaskManager) -> Scene {
        Scene {
            manager,
            runs: AtomicU32::new(0),
            seen: AtomicUsize::new(0),
            waited: AtomicU32::new(0),
            go_on: AtomicBool::new(false),
        }
    }

    /// # Safety
    /// `parameter` is a scene that outlives the task.
    unsafe fn of<'a>(parameter: *mut c_void) -> &'a Scene {
        // SAFETY: the caller's duty.
        unsafe { &*parameter.cast() }
    }

    fn runs(&self) -> u32 {
        self.runs.load(SeqCst)
    }
}

/// Notes its task and returns.
unsafe extern "system" fn note_itself(parameter: *mut c_void) -> u32 {
    // SAFETY: each test hands over a scene that outlives the task.
    let scene = unsafe { Scene::of(parameter) };
    let own = current(scene.manager);
    scene.seen.store(own as usize, SeqCst);
    com!(own.Release());
    scene.runs.fetch_add(1, SeqCst);
    0
}

/// Sleeps alertably without end, once.
unsafe extern "system" fn sleep_alertably(parameter: *mut c_void) -> u32 {
    // SAFETY: as above.
    let scene = unsafe { Scene::of(parameter) };
    let manager = scene.manager;
    scene.runs.fetch_add(1, SeqCst);
    scene.waited.store(com!(manager.Sleep(FOREVER, WAIT_ALERTABLE)) as u32, SeqCst);
    0
}

/// Stays until it may go on.
unsafe extern "system" fn stay(parameter: *mut c_void) -> u32 {
    // SAFETY: as above.
    let scene = unsafe { Scene::of(parameter) };
    scene.runs.fetch_add(1, SeqCst);
    wait_until("the test lets the task go on", || scene.go_on.load(SeqCst));
    0
}

#[test]
fn a_created_task_runs_once_after_its_start() {
    let (_, manager) = new_manager();
    let scene = Scene::new(manager);
    let task = create(manager, note_itself, &scene);
    let mut level = 7;
    assert_eq!(com!(task.GetPriority(&mut level)), S_OK);
    assert_eq!(level, 0);
    assert_eq!(com!(task.SetPriority(-1)), S_OK, "before the start");
    assert_eq!(com!(task.Join(0, 0)), HOST_E_TIMEOUT);
    assert_eq!(com!(task.Join(1, WAIT_ALERTABLE)), HOST_E_TIMEOUT);
    assert_eq!(scene.runs(), 0);
    assert_eq!(com!(task.Start()), S_OK);
    assert_eq!(com!(task.Start()), HOST_E_INVALIDOPERATION);
    assert_eq!(com!(task.Join(FOREVER, 0)), S_OK);
    assert_eq!(com!(task.Join(FOREVER, 0)), S_OK, "as often as one likes");
    assert_eq!(scene.runs(), 1);
    assert_eq!(scene.seen.load(SeqCst), task as usize, "one address from creation on");
    assert_eq!(com!(task.Alert()), S_OK, "after the end, to no effect");
    assert_eq!(com!(task.Start()), HOST_E_INVALIDOPERATION);
    assert_eq!(com!(task.SetPriority(1)), S_OK);
    assert_eq!(com!(task.GetPriority(&mut level)), S_OK);
    assert_eq!(level, 1, "remembered always");
    com!(task.Release());
}

#[test]
fn a_task_released_before_its_start_ends() {
    let (host, manager) = new_manager();
    let scene = Scene::new(manager);
    let before = host.core().totals().tasks_live;
    let task = create(manager, note_itself, &scene);
    assert_eq!(com!(task.AddRef()), 3, "the thread's, the creator's and this one");
    com!(task.Release());
    assert_eq!(com!(task.Release()), 1);
    // The thread that created it has been met as well.
    wait_until("the task's thread is gone", || host.core().totals().tasks_live == before + 1);
    assert_eq!(scene.runs(), 0);
}

#[test]
fn an_adopted_task_cannot_be_started() {
    let (_, manager) = new_manager();
    let own = current(manager);
    assert_eq!(com!(own.Start()), HOST_E_INVALIDOPERATION);
    let again = current(manager);
    assert_eq!(own, again);
    com!(again.Release());
    com!(own.Release());
}

#[test]
fn an_alert_is_kept_for_the_next_alertable_wait() {
    let (_, manager) = new_manager();
    let scene = Scene::new(manager);
    let (own, other) = (current(manager), create(manager, note_itself, &scene));
    assert_eq!(com!(manager.Sleep(0, WAIT_ALERTABLE)), S_OK);
    com!(own.Alert());
    com!(own.Alert());
    assert_eq!(com!(manager.Sleep(0, 0)), S_OK, "not alertable");
    assert_eq!(com!(manager.Sleep(1, 0)), S_OK, "the end of the time is no timeout");
    assert_eq!(com!(other.Join(1, 0)), HOST_E_TIMEOUT);
    assert_eq!(com!(manager.Sleep(FOREVER, WAIT_ALERTABLE)), HOST_E_INTERRUPTED);
    assert_eq!(com!(manager.Sleep(1, WAIT_ALERTABLE)), S_OK, "taken: two alerts are one");
    com!(own.Alert());
    assert_eq!(com!(manager.Sleep(0, WAIT_ALERTABLE)), HOST_E_INTERRUPTED);
    com!(own.Alert());
    assert_eq!(com!(other.Join(FOREVER, WAIT_ALERTABLE)), HOST_E_INTERRUPTED);

    com!(other.Start());
    assert_eq!(com!(other.Join(FOREVER, 0)), S_OK);
    com!(own.Alert());
    assert_eq!(com!(other.Join(FOREVER, WAIT_ALERTABLE)), S_OK, "what was waited for goes first");
    assert_eq!(com!(manager.Sleep(0, WAIT_ALERTABLE)), HOST_E_INTERRUPTED, "and the alert is kept");
    com!(other.Release());
    com!(own.Release());
}

#[test]
fn an_alert_wakes_a_sleeper() {
    let (_, manager) = new_manager();
    let scene = Scene::new(manager);
    let task = create(manager, sleep_alertably, &scene);
    com!(task.Start());
    wait_until("the routine runs", || scene.runs() == 1);
    // Before, during or after falling asleep: all three end the sleep.
    assert_eq!(com!(task.Alert()), S_OK);
    assert_eq!(com!(task.Join(FOREVER, 0)), S_OK);
    assert_eq!(scene.waited.load(SeqCst) as i32, HOST_E_INTERRUPTED);
    com!(task.Release());
}

#[test]
fn joining_oneself_is_a_deadlock() {
    let (_, manager) = new_manager();
    let own = current(manager);
    assert_eq!(com!(own.Join(FOREVER, 0)), HOST_E_DEADLOCK);
    assert_eq!(com!(own.Join(0, WAIT_ALERTABLE)), HOST_E_DEADLOCK);
    assert_eq!(com!(own.Join(1, WAIT_NOTINDEADLOCK)), HOST_E_TIMEOUT);
    com!(own.Alert());
    assert_eq!(com!(own.Join(FOREVER, WAIT_NOTINDEADLOCK | WAIT_ALERTABLE)), HOST_E_INTERRUPTED);
    com!(own.Release());
}

#[test]
fn one_end_satisfies_every_join() {
    let (_, manager) = new_manager();
    let scene = Scene::new(manager);
    let task = create(manager, stay, &scene);
    com!(task.Start());
    let address = task as usize;
    thread::scope(|scope| {
        let joiners: Vec<_> = (0..8_u32)
            .map(|i| {
                scope.spawn(move || {
                    let task = address as *mut IHostTask;
                    com!(task.Join(FOREVER, if i % 2 == 0 { WAIT_ALERTABLE } else { 0 }))
                })
            })
            .collect();
        scene.go_on.store(true, SeqCst);
        for joiner in joiners {
            assert_eq!(joiner.join().unwrap(), S_OK);
        }
    });
    com!(task.Release());
}

/// No other call in here: the system may unwind this frame, which must have nothing to say to that.
unsafe extern "system" fn leave_early(_: *mut c_void) -> u32 {
    // SAFETY: no frame between here and the thread's start has anything to clean up.
    unsafe { end_thread() }
}

#[test]
fn a_thread_that_leaves_its_routine_early_abandons_its_task() {
    let (host, manager) = new_manager();
    let scene = Scene::new(manager);
    let task = create(manager, leave_early, &scene);
    com!(task.Start());
    assert_eq!(com!(task.Join(FOREVER, 0)), HOST_E_ABANDONED);
    com!(task.Release());
    wait_until("only the test's own task is left", || host.core().totals().tasks_live == 1);
}

#[test]
fn a_start_during_a_pause_is_held() {
    let (host, manager) = new_manager();
    let core = host.core();
    let scene = Scene::new(manager);
    let task = create(manager, note_itself, &scene);
    let pause = core.pause(FOREVER).unwrap();
    assert_eq!(com!(task.Start()), S_OK);
    wait_until("the task is held", || core.tasks_held() == 1);
    assert_eq!(scene.runs(), 0);
    assert_eq!(com!(task.Join(0, 0)), HOST_E_TIMEOUT);
    drop(pause);
    assert_eq!(com!(task.Join(FOREVER, 0)), S_OK);
    assert_eq!(scene.runs(), 1);
    com!(task.Release());
}

#[test]
fn a_task_started_while_unavailable_waits_and_after_the_end_is_abandoned() {
    let (host, manager) = new_manager();
    let core = host.core();
    let scene = Scene::new(manager);
    let [first, second] = [(); 2].map(|()| create(manager, note_itself, &scene));
    core.set_available(false).unwrap();
    com!(first.Start());
    assert_eq!(com!(first.Join(10, 0)), HOST_E_TIMEOUT);
    assert_eq!(scene.runs(), 0);
    core.set_available(true).unwrap();
    assert_eq!(com!(first.Join(FOREVER, 0)), S_OK);
    core.shutdown(FOREVER, &mut PauseReport::default()).unwrap();
    com!(second.Start());
    assert_eq!(com!(second.Join(FOREVER, 0)), HOST_E_ABANDONED);
    assert_eq!(scene.runs(), 1);
    com!(first.Release());
    com!(second.Release());
}

unsafe extern "system" fn read_own_urgency(parameter: *mut c_void) -> u32 {
    // SAFETY: each test hands over a scene that outlives the task.
    let scene = unsafe { Scene::of(parameter) };
    scene.waited.store(urgency(os_thread()) as u32, SeqCst);
    scene.runs.fetch_add(1, SeqCst);
    wait_until("the test lets the task go on", || scene.go_on.load(SeqCst));
    0
}

#[test]
fn priority_set_before_the_start_is_the_threads_from_the_start_on() {
    let (_, manager) = new_manager();
    let scene = Scene::new(manager);
    let own_urgency = urgency(os_thread());
    if !can_be_lowered() {
        println!("skipped: this process runs at nice {own_urgency} already, and nobody may lower that");
        return;
    }
    let task = create(manager, read_own_urgency, &scene);
    assert_eq!(com!(task.SetPriority(-2)), S_OK);
    com!(task.Start());
    wait_until("the routine runs", || scene.runs() == 1);
    assert_eq!(scene.waited.load(SeqCst) as i32, LOWEST);
    for wrong in [3, -3, 14, 16, i32::MIN, i32::MAX] {
        assert_eq!(com!(task.SetPriority(wrong)), E_INVALIDARG);
    }
    let mut level = 0;
    com!(task.GetPriority(&mut level));
    assert_eq!(level, -2, "a refused level changes nothing");
    scene.go_on.store(true, SeqCst);
    assert_eq!(com!(task.Join(FOREVER, 0)), S_OK);
    com!(task.Release());

    // A task whose level nobody sets runs as its creator does.
    let unset = Scene::new(manager);
    let task = create(manager, read_own_urgency, &unset);
    com!(task.Start());
    wait_until("the routine runs", || unset.runs() == 1);
    assert_eq!(unset.waited.load(SeqCst) as i32, own_urgency);
    unset.go_on.store(true, SeqCst);
    com!(task.Join(FOREVER, 0));
    com!(task.Release());
}

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

#[test]
fn last_release_may_come_from_any_thread_long_after_the_end() {
    let (host, _) = new_manager();
    let adopted = thread::spawn(|| current(host.as_raw()) as usize).join().unwrap();
    let task = adopted as *mut IHostTask;
    assert_eq!(com!(task.Join(FOREVER, 0)), S_OK, "an adopted task ends with its thread");
    assert_eq!(com!(task.SetCLRTask(com::CountingTask::new().as_raw())), HOST_E_INVALIDOPERATION);
    thread::spawn(move || {
        let task = adopted as *mut IHostTask;
        assert_eq!(com!(task.AddRef()), 2);
        com!(task.Release());
        assert_eq!(com!(task.Release()), 0);
    })
    .join()
    .unwrap();
}

/// Pages of the process's address space.
#[cfg(unix)]
fn address_space() -> usize {
    let sizes = std::fs::read_to_string("/proc/self/statm").expect("a /proc file system");
    sizes.split(' ').next().and_then(|pages| pages.parse().ok()).expect("a number of pages")
}

/// In a process of its own, because the limit is the process's.
#[cfg(unix)]
#[test]
fn refused_threads_leave_nothing_behind() {
    const CHILD: &str = "TOLLGATE_TEST_CHILD";
    const NAME: &str = "refused_threads_leave_nothing_behind";
    if std::env::var_os(CHILD).is_none() {
        let status = this_program().args(["--exact", NAME]).env(CHILD, "1").status().unwrap();
        assert!(status.success(), "the child failed: {status}");
        return;
    }
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
    let sizes = [(); 4].map(|()| {
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
    // The first task's thread and the test harness may still be doing something; pages that are left show every time.
    assert!(sizes.windows(2).any(|pair| pair[1] <= pair[0]), "pages are left: {sizes:?}");
    assert_eq!(scene.runs(), 1);

    // And the next one that can be had is had, with records used before.
    let task = create(manager, note_itself, &scene);
    com!(task.Start());
    assert_eq!(com!(task.Join(FOREVER, 0)), S_OK);
    com!(task.Release());
    assert_eq!(scene.runs(), 2);
}

#[test]
fn a_task_can_be_found_by_its_id_only_while_it_lives() {
    let (host, manager) = new_manager();
    let scene = Scene::new(manager);
    let task = create(manager, note_itself, &scene);
    let id = AtomicU64::new(0);
    host.core().for_each_task(|info| {
        id.fetch_max(info.id, SeqCst);
    });
    let id = id.into_inner();
    let found = host.core().find_task(id).expect("the task just created");
    assert_eq!(ptr::from_ref(found).cast(), task.cast_const());
    assert_eq!(found.state(), TaskState::Suspended);
    found.release();
    com!(task.Start());
    com!(task.Join(FOREVER, 0));
    assert!(host.core().find_task(id).is_none());
    com!(task.Release());
}
