//! The runtime's half: references, ExitTask, and what hosts ask of it by task id.

mod com;

use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering::SeqCst};
use std::thread;

use com::{CountingTask, create, current, new_manager, os_thread, wait_until};
use tollgate_capi::exports::*;
use tollgate_capi::interfaces::*;
use tollgate_capi::*;

const FOREVER: u32 = u32::MAX;

/// Calls a C function of the library; its arguments suit it.
macro_rules! c {
    ($function:ident($($argument:expr),*)) => {{
        #[allow(clippy::macro_metavars_in_unsafe, reason = "one call")]
        // SAFETY: a manager of this library or NULL, and places for the answers or NULL.
        unsafe { $function($($argument),*) }
    }};
}

/// A task that gives itself a half and stays.
struct Guest {
    manager: *mut IHostTaskManager,
    half: CountingTask,
    thread: AtomicU64,
    id: AtomicU64,
    ready: AtomicBool,
    go_on: AtomicBool,
    /// The last thing that its routine does.
    left: AtomicBool,
}

impl Guest {
    fn new(manager: *mut IHostTaskManager) -> Guest {
        Guest {
            manager,
            half: CountingTask::new(),
            thread: AtomicU64::new(0),
            id: AtomicU64::new(0),
            ready: AtomicBool::new(false),
            go_on: AtomicBool::new(false),
            left: AtomicBool::new(false),
        }
    }

    /// Starts a task for this guest and waits until it has its half.
    fn enter(&self) -> *mut IHostTask {
        let task = create(self.manager, live, self);
        com!(task.Start());
        wait_until("the guest is ready", || self.ready.load(SeqCst));
        task
    }

    fn id(&self) -> u64 {
        self.id.load(SeqCst)
    }
}

/// The id of the calling thread's task.
fn own_id(manager: *mut IHostTaskManager) -> u64 {
    // SAFETY: a manager of this library.
    let core = unsafe { HostManager::from_raw(manager) }.core();
    let mut id = 0;
    core.for_each_task(|task| {
        if task.os_thread == os_thread() {
            id = task.id;
        }
    });
    id
}

unsafe extern "system" fn live(parameter: *mut c_void) -> u32 {
    // SAFETY: each test hands over a guest that outlives the task.
    let guest: &Guest = unsafe { &*parameter.cast() };
    let manager = guest.manager;
    let own = current(manager);
    assert_eq!(com!(own.SetCLRTask(guest.half.as_raw())), S_OK);
    // What runtimes do right afterwards.
    assert!(com!(manager.SwitchToTask(0)) >= S_OK);
    com!(own.Release());
    guest.thread.store(os_thread(), SeqCst);
    guest.id.store(own_id(manager), SeqCst);
    guest.ready.store(true, SeqCst);
    wait_until("the test lets the guest go on", || guest.go_on.load(SeqCst));
    guest.left.store(true, SeqCst);
    0
}

#[test]
fn half_of_a_created_task_ends_on_its_thread_before_its_join() {
    let (_, manager) = new_manager();
    let guest = Guest::new(manager);
    let task = guest.enter();
    assert_eq!((guest.half.references(), guest.half.exits()), (2, 0));
    guest.go_on.store(true, SeqCst);
    assert_eq!(com!(task.Join(FOREVER, 0)), S_OK);
    assert_eq!((guest.half.references(), guest.half.exits()), (1, 1), "no reference is left, one end");
    assert_eq!(guest.half.exit_thread.load(SeqCst), guest.thread.load(SeqCst));
    assert_eq!(com!(task.SetCLRTask(guest.half.as_raw())), HOST_E_INVALIDOPERATION);
    assert_eq!(guest.half.references(), 1, "what is refused is not kept");
    com!(task.Release());
    assert_eq!(guest.half.exits(), 1);
}

#[test]
fn half_of_an_adopted_task_ends_with_its_thread() {
    let (host, _) = new_manager();
    static HALF: CountingTask = CountingTask::new();
    let half = &HALF;
    let (task, own_thread) = thread::spawn(|| {
        let own = current(host.as_raw());
        assert_eq!(com!(own.SetCLRTask(half.as_raw())), S_OK);
        assert_eq!(half.references(), 2);
        (own as usize, os_thread())
    })
    .join()
    .unwrap();
    assert_eq!((half.references(), half.exits()), (1, 1));
    assert_eq!(half.exit_thread.load(SeqCst), own_thread);
    let task = task as *mut IHostTask;
    assert_eq!(com!(task.Join(FOREVER, 0)), S_OK);
    assert_eq!(com!(task.Release()), 0);
}

#[test]
fn a_second_half_takes_the_place_of_the_first() {
    let (host, _) = new_manager();
    static HALVES: [CountingTask; 2] = [const { CountingTask::new() }; 2];
    let halves = &HALVES;
    thread::spawn(|| {
        let own = current(host.as_raw());
        assert_eq!(com!(own.SetCLRTask(halves[0].as_raw())), S_OK);
        assert_eq!(com!(own.SetCLRTask(halves[1].as_raw())), S_OK);
        assert_eq!([halves[0].references(), halves[1].references()], [1, 2]);
        assert_eq!(com!(own.SetCLRTask(halves[1].as_raw())), S_OK);
        assert_eq!(halves[1].references(), 2, "the same once more");
        com!(own.Release());
    })
    .join()
    .unwrap();
    assert_eq!([halves[0].exits(), halves[1].exits()], [0, 1]);
    assert_eq!([halves[0].references(), halves[1].references()], [1, 1]);
}

#[test]
fn half_of_a_task_that_never_starts_is_dropped() {
    let (host, manager) = new_manager();
    let guest = Guest::new(manager);
    let task = create(manager, live, &guest);
    assert_eq!(com!(task.SetCLRTask(guest.half.as_raw())), S_OK, "before the start, from the creator");
    com!(task.Release());
    wait_until("the task's thread is gone", || host.core().totals().tasks_live == 1);
    assert_eq!((guest.half.references(), guest.half.exits()), (1, 1));
}

unsafe extern "system" fn return_at_once(_: *mut c_void) -> u32 {
    0
}

/// A half that comes from another thread while the task ends is either refused, or ended: never kept.
#[test]
fn a_half_that_comes_with_the_end_is_refused_or_ended() {
    let (_, m) = new_manager();
    let mut ended = 0;
    for turn in 0..300 {
        let half = CountingTask::new();
        let task = create(m, return_at_once, &half);
        com!(task.Start());
        for _ in 0..turn % 50 {
            std::hint::spin_loop();
        }
        let result = com!(task.SetCLRTask(half.as_raw()));
        assert_eq!(com!(task.Join(FOREVER, 0)), S_OK);
        assert_eq!(half.references(), 1);
        match result {
            S_OK => assert_eq!(half.exits(), 1),
            _ => assert_eq!((result, half.exits()), (HOST_E_INVALIDOPERATION, 0)),
        }
        ended += half.exits();
        com!(task.Release());
    }
    println!("{ended} of 300 halves came in time");
}

#[test]
fn hosts_reach_a_half_by_its_tasks_id() {
    let (_, m) = new_manager();
    let guest = Guest::new(m);
    let task = guest.enter();
    let (half, id) = (&guest.half, guest.id());

    assert_eq!(c!(tollgate_task_abort(m, id)), S_OK);
    assert_eq!(c!(tollgate_task_rude_abort(m, id)), S_OK);
    assert_eq!(c!(tollgate_task_yield(m, id)), S_OK);
    assert_eq!(c!(tollgate_task_set_identifier(m, id, 0x1234_5678_9abc)), S_OK);
    let count = |counter: &AtomicU32| counter.load(SeqCst);
    assert_eq!([count(&half.aborts), count(&half.rude_aborts), count(&half.yields)], [1; 3]);
    assert_eq!(half.identifier.load(SeqCst), 0x1234_5678_9abc);

    let mut memory = COR_GC_THREAD_STATS { PerThreadAllocation: 9, Flags: 9 };
    assert_eq!(c!(tollgate_task_memory(m, id, &mut memory)), S_OK);
    assert_eq!((memory.PerThreadAllocation, memory.Flags), (4096, 0), "flags are cleared for the runtime");
    let (mut locks, mut needs) = (9, 9);
    assert_eq!(c!(tollgate_task_locks_held(m, id, &mut locks)), S_OK);
    assert_eq!(c!(tollgate_task_needs_priority(m, id, &mut needs)), S_OK);
    assert_eq!((locks, needs), (3, 1));
    assert_eq!(half.references(), 2, "nothing asked leaves a reference");

    // What the runtime answers is the answer.
    half.answer.store(HOST_E_INVALIDOPERATION, SeqCst);
    assert_eq!(c!(tollgate_task_yield(m, id)), HOST_E_INVALIDOPERATION);
    half.answer.store(S_FALSE, SeqCst);
    assert_eq!(c!(tollgate_task_yield(m, id)), S_FALSE);

    guest.go_on.store(true, SeqCst);
    assert_eq!(com!(task.Join(FOREVER, 0)), S_OK);
    assert_eq!(c!(tollgate_task_abort(m, id)), HOST_E_ABANDONED, "ended, though referred to");
    assert_eq!(c!(tollgate_task_memory(m, id, &mut memory)), HOST_E_ABANDONED);
    assert_eq!((memory.PerThreadAllocation, memory.Flags), (0, 0));
    assert_eq!(count(&half.aborts), 1);
    com!(task.Release());
}

#[test]
fn every_absence_has_its_own_code() {
    let (_, m) = new_manager();
    let own = {
        assert!(com!(m.SwitchToTask(0)) >= S_OK);
        own_id(m)
    };
    assert_eq!(c!(tollgate_task_abort(m, own)), HOST_E_CLRNOTAVAILABLE, "nobody asked for its IHostTask");
    let task = current(m);
    assert_eq!(c!(tollgate_task_abort(m, own)), HOST_E_CLRNOTAVAILABLE, "it has no half");
    for unknown in [0, own + 1, u64::MAX] {
        assert_eq!(c!(tollgate_task_abort(m, unknown)), E_INVALIDARG);
        assert_eq!(c!(tollgate_task_yield(m, unknown)), E_INVALIDARG);
    }
    let (mut locks, mut needs) = (9, 9);
    assert_eq!(c!(tollgate_task_locks_held(m, own, &mut locks)), HOST_E_CLRNOTAVAILABLE);
    assert_eq!(c!(tollgate_task_needs_priority(m, own, &mut needs)), HOST_E_CLRNOTAVAILABLE);
    assert_eq!((locks, needs), (0, 0));

    let none = ptr::null_mut();
    assert_eq!(c!(tollgate_task_abort(none, own)), E_POINTER);
    assert_eq!(c!(tollgate_task_memory(m, own, ptr::null_mut())), E_POINTER);
    assert_eq!(c!(tollgate_task_locks_held(m, own, ptr::null_mut())), E_POINTER);
    assert_eq!(c!(tollgate_task_needs_priority(m, own, ptr::null_mut())), E_POINTER);
    let mut kind = 0;
    let mut half = ptr::dangling_mut();
    assert_eq!(c!(tollgate_current_task_type(m, &mut kind)), HOST_E_CLRNOTAVAILABLE);
    assert_eq!(kind, TT_UNKNOWN);
    assert_eq!(c!(tollgate_current_runtime_task(m, &mut half)), HOST_E_CLRNOTAVAILABLE);
    assert!(half.is_null());
    assert_eq!(c!(tollgate_introduce_thread(m)), HOST_E_CLRNOTAVAILABLE);
    assert_eq!(c!(tollgate_current_task_type(none, &mut kind)), E_POINTER);
    assert_eq!(c!(tollgate_introduce_thread(none)), E_POINTER);
    com!(task.Release());
}

#[test]
fn a_task_that_delays_aborts_is_not_aborted() {
    let (_, m) = new_manager();
    static HALF: CountingTask = CountingTask::new();
    let half = &HALF;
    let task = current(m);
    com!(task.SetCLRTask(half.as_raw()));
    let id = own_id(m);
    assert_eq!(com!(m.BeginDelayAbort()), S_OK);
    assert_eq!(com!(m.BeginDelayAbort()), E_UNEXPECTED);
    assert_eq!(c!(tollgate_task_abort(m, id)), HOST_E_INVALIDOPERATION);
    assert_eq!(c!(tollgate_task_rude_abort(m, id)), HOST_E_INVALIDOPERATION);
    assert_eq!(c!(tollgate_task_yield(m, id)), S_OK, "a yield is no abort");
    assert_eq!(com!(m.EndDelayAbort()), S_OK);
    assert_eq!(com!(m.EndDelayAbort()), E_UNEXPECTED);
    assert_eq!(half.aborts.load(SeqCst) + half.rude_aborts.load(SeqCst), 0);
    assert_eq!(c!(tollgate_task_abort(m, id)), S_OK);
    assert_eq!(half.aborts.load(SeqCst), 1);
    com!(task.Release());
}

/// Where nothing waited for the user, the guest's thread would end the half, and the join.
#[test]
fn a_half_does_not_end_while_somebody_uses_it() {
    let (host, m) = new_manager();
    let guest = Guest::new(m);
    let task = guest.enter();
    guest.half.hold.store(true, SeqCst);
    thread::scope(|scope| {
        scope.spawn(|| assert_eq!(c!(tollgate_task_abort(host.as_raw(), guest.id())), S_OK));
        wait_until("somebody is in the half", || guest.half.inside.load(SeqCst) == 1);
        guest.go_on.store(true, SeqCst);
        wait_until("the guest has returned", || guest.left.load(SeqCst));
        assert_eq!(com!(task.Join(20, 0)), HOST_E_TIMEOUT);
        assert_eq!(guest.half.exits(), 0);
        guest.half.hold.store(false, SeqCst);
    });
    assert_eq!(com!(task.Join(FOREVER, 0)), S_OK);
    assert_eq!((guest.half.references(), guest.half.exits()), (1, 1));
    com!(task.Release());
}

/// The thread ends while others ask: each of them either reaches the half before ExitTask, or finds it gone.
#[test]
fn nobody_reaches_a_half_after_its_end() {
    let (host, m) = new_manager();
    for _ in 0..50 {
        let guest = Guest::new(m);
        let task = guest.enter();
        let id = guest.id();
        thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    let m = host.as_raw();
                    loop {
                        let ended_before = guest.half.exits();
                        let result = c!(tollgate_task_abort(m, id));
                        if result != S_OK {
                            let gone = [HOST_E_CLRNOTAVAILABLE, HOST_E_ABANDONED];
                            assert!(gone.contains(&result), "{result:#x}");
                            break;
                        }
                        assert_eq!(ended_before, 0, "aborted after ExitTask");
                    }
                });
            }
            guest.go_on.store(true, SeqCst);
        });
        assert_eq!(com!(task.Join(FOREVER, 0)), S_OK);
        assert_eq!((guest.half.references(), guest.half.exits()), (1, 1));
        com!(task.Release());
    }
}

// SAFETY: shared by reference between the threads of one test; the pointer is a manager's.
unsafe impl Sync for Guest {}

/// A runtime: one task manager for all threads, which lends what it hands out.
#[repr(C)]
struct Runtime {
    face: ICLRTaskManager,
    references: AtomicU32,
    half: CountingTask,
    locales: [AtomicU32; 2],
}

// SAFETY: the face is a constant's address; the rest is atomic.
unsafe impl Sync for Runtime {}

impl Runtime {
    const fn new() -> Runtime {
        Runtime {
            face: ICLRTaskManager { lpVtbl: &raw const RUNTIME_VTBL },
            references: AtomicU32::new(1),
            half: CountingTask::new(),
            locales: [const { AtomicU32::new(0) }; 2],
        }
    }

    fn as_raw(&self) -> *mut ICLRTaskManager {
        (&raw const self.face).cast_mut()
    }

    fn references(&self) -> u32 {
        self.references.load(SeqCst)
    }
}

static RUNTIME_VTBL: ICLRTaskManagerVtbl = ICLRTaskManagerVtbl {
    QueryInterface: query_nothing,
    AddRef: add_ref,
    Release: release,
    CreateTask: lend_half,
    GetCurrentTask: lend_half,
    SetUILocale: set_ui_locale,
    SetLocale: set_locale,
    GetCurrentTaskType: get_current_task_type,
};

/// # Safety
/// `this` is a `Runtime`'s.
unsafe fn runtime<'a>(this: *mut ICLRTaskManager) -> &'a Runtime {
    // SAFETY: the caller's duty; the face is the first field.
    unsafe { &*this.cast() }
}

unsafe extern "system" fn query_nothing(
    _: *mut ICLRTaskManager,
    _: *const GUID,
    _: *mut *mut c_void,
) -> HRESULT {
    E_NOINTERFACE
}

unsafe extern "system" fn add_ref(this: *mut ICLRTaskManager) -> u32 {
    // SAFETY: called through the object.
    unsafe { runtime(this) }.references.fetch_add(1, SeqCst) + 1
}

unsafe extern "system" fn release(this: *mut ICLRTaskManager) -> u32 {
    // SAFETY: called through the object.
    unsafe { runtime(this) }.references.fetch_sub(1, SeqCst) - 1
}

unsafe extern "system" fn lend_half(this: *mut ICLRTaskManager, out: *mut *mut ICLRTask) -> HRESULT {
    // SAFETY: called through the object, which lives for ever.
    let half = unsafe { runtime(this) }.half.as_raw();
    // SAFETY: called with a place for the answer. No reference is added, against COM's rule.
    unsafe { *out = half };
    S_OK
}

unsafe extern "system" fn set_locale(this: *mut ICLRTaskManager, locale: u32) -> HRESULT {
    // SAFETY: called through the object.
    unsafe { runtime(this) }.locales[0].store(locale, SeqCst);
    S_OK
}

unsafe extern "system" fn set_ui_locale(this: *mut ICLRTaskManager, locale: u32) -> HRESULT {
    // SAFETY: called through the object.
    unsafe { runtime(this) }.locales[1].store(locale, SeqCst);
    HOST_E_INVALIDOPERATION
}

unsafe extern "system" fn get_current_task_type(_: *mut ICLRTaskManager, out: *mut u32) -> HRESULT {
    // SAFETY: called with a place for the answer.
    unsafe { *out = TT_USER };
    S_OK
}

#[test]
fn hosts_reach_the_runtime_and_lend_what_it_lends() {
    let (_, m) = new_manager();
    static RUNTIMES: [Runtime; 2] = [const { Runtime::new() }; 2];
    let [first, second] = &RUNTIMES;
    assert!(com!(m.SwitchToTask(0)) >= S_OK, "before SetCLRTaskManager");
    assert_eq!(com!(m.SetCLRTaskManager(first.as_raw())), S_OK);
    assert_eq!(com!(m.SetCLRTaskManager(second.as_raw())), S_OK, "a second runtime is content");
    assert_eq!([first.references(), second.references()], [2, 1], "but only the first is kept");

    let mut half = ptr::null_mut();
    assert_eq!(c!(tollgate_introduce_thread(m)), S_OK);
    assert_eq!(c!(tollgate_current_runtime_task(m, &mut half)), S_OK);
    assert_eq!(half, first.half.as_raw());
    assert_eq!(first.half.references(), 1, "borrowed: neither added nor dropped");
    let mut kind = 0;
    assert_eq!(c!(tollgate_current_task_type(m, &mut kind)), S_OK);
    assert_eq!(kind, TT_USER);

    let (mut locale, mut ui_locale) = (9, 9);
    assert_eq!(c!(tollgate_locales(m, &mut locale, &mut ui_locale)), S_OK);
    assert_eq!((locale, ui_locale), (0, 0));
    // From the runtime: remembered, not told back.
    assert_eq!(com!(m.SetLocale(1033)), S_OK);
    assert_eq!(com!(m.SetUILocale(1031)), S_OK);
    assert_eq!(c!(tollgate_locales(m, &mut locale, &mut ui_locale)), S_OK);
    assert_eq!((locale, ui_locale), (1033, 1031));
    assert_eq!(first.locales[0].load(SeqCst) + first.locales[1].load(SeqCst), 0);
    // From the host: remembered and told, and the runtime's refusal is the answer.
    assert_eq!(c!(tollgate_set_locale(m, 1036)), S_OK);
    assert_eq!(c!(tollgate_set_ui_locale(m, 1040)), HOST_E_INVALIDOPERATION);
    assert_eq!(c!(tollgate_locales(m, &mut locale, &mut ui_locale)), S_OK);
    assert_eq!((locale, ui_locale), (1036, 1040));
    assert_eq!(first.locales.each_ref().map(|l| l.load(SeqCst)), [1036, 1040]);
    let host = m as usize;
    thread::spawn(move || {
        let (mut locale, mut ui_locale) = (9, 9);
        let m = host as *mut IHostTaskManager;
        assert_eq!(c!(tollgate_locales(m, &mut locale, &mut ui_locale)), S_OK);
        assert_eq!((locale, ui_locale), (0, 0), "each task has its own");
    })
    .join()
    .unwrap();
    assert_eq!(c!(tollgate_locales(m, ptr::null_mut(), ptr::null_mut())), S_OK);
    assert_eq!(c!(tollgate_locales(ptr::null_mut(), &mut locale, ptr::null_mut())), E_POINTER);
    assert_eq!([first.references(), second.references()], [2, 1]);
}
