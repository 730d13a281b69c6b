//! The objects as an independent COM client sees them: crate `windows-core` with interfaces of its own definition.
//!
//! Its smart pointers add and drop every reference by themselves, its casts are QueryInterface, and its objects are what a
//! runtime would hand in. Nothing here uses this project's declarations of the interfaces.

#![cfg(not(windows))]
#![allow(missing_docs, non_snake_case, reason = "a test program, with COM's own names")]
#![allow(clippy::missing_safety_doc, reason = "the interfaces' duties are told in capi")]

use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::{AtomicU32, Ordering::SeqCst};
use std::thread::{self, ThreadId};

use tollgate_capi::exports::{
    tollgate_get_host_control, tollgate_get_host_manager, tollgate_manager_control, tollgate_task_abort,
};
use tollgate_core::{TaskInfo, Totals};
use windows_core::{GUID, HRESULT, IUnknown, IUnknown_Vtbl, Interface, implement, interface};

/// Functions of Windows by which the crate writes error texts and WinRT strings. Nothing here does either.
macro_rules! of_windows {
    ($($name:ident)*) => {$(
        #[unsafe(no_mangle)]
        extern "C" fn $name() -> ! {
            eprintln!("{} was called, which only Windows has", stringify!($name));
            std::process::abort()
        }
    )*};
}
of_windows!(GetErrorInfo GetProcessHeap HeapAlloc HeapFree LoadLibraryExA FormatMessageW SysStringLen SysFreeString);

#[interface("02CA073C-7079-4860-880A-C2F7A449C991")]
unsafe trait IHostControl: IUnknown {
    fn GetHostManager(&self, riid: *const GUID, object: *mut *mut c_void) -> HRESULT;
    fn SetAppDomainManager(&self, domain: u32, manager: *mut c_void) -> HRESULT;
}

#[interface("997FF24C-43B7-4352-8667-0DC04FAFD354")]
unsafe trait IHostTaskManager: IUnknown {
    fn GetCurrentTask(&self, task: *mut Option<IHostTask>) -> HRESULT;
    fn CreateTask(
        &self,
        stack: u32,
        start: Option<unsafe extern "system" fn(*mut c_void) -> u32>,
        parameter: *mut c_void,
        task: *mut Option<IHostTask>,
    ) -> HRESULT;
    fn Sleep(&self, milliseconds: u32, option: u32) -> HRESULT;
    fn SwitchToTask(&self, option: u32) -> HRESULT;
    fn SetUILocale(&self, locale: u32) -> HRESULT;
    fn SetLocale(&self, locale: u32) -> HRESULT;
    fn CallNeedsHostHook(&self, target: usize, needed: *mut i32) -> HRESULT;
    fn LeaveRuntime(&self, target: usize) -> HRESULT;
    fn EnterRuntime(&self) -> HRESULT;
    fn ReverseLeaveRuntime(&self) -> HRESULT;
    fn ReverseEnterRuntime(&self) -> HRESULT;
    fn BeginDelayAbort(&self) -> HRESULT;
    fn EndDelayAbort(&self) -> HRESULT;
    fn BeginThreadAffinity(&self) -> HRESULT;
    fn EndThreadAffinity(&self) -> HRESULT;
    fn SetStackGuarantee(&self, guarantee: u32) -> HRESULT;
    fn GetStackGuarantee(&self, guarantee: *mut u32) -> HRESULT;
    fn SetCLRTaskManager(&self, manager: *mut c_void) -> HRESULT;
}

#[interface("C2275828-C4B1-4B55-82C9-92135F74DF1A")]
unsafe trait IHostTask: IUnknown {
    fn Start(&self) -> HRESULT;
    fn Alert(&self) -> HRESULT;
    fn Join(&self, milliseconds: u32, option: u32) -> HRESULT;
    fn SetPriority(&self, level: i32) -> HRESULT;
    fn GetPriority(&self, level: *mut i32) -> HRESULT;
    fn SetCLRTask(&self, half: *mut c_void) -> HRESULT;
}

#[interface("28E66A4A-9906-4225-B231-9187C3EB8611")]
unsafe trait ICLRTask: IUnknown {
    fn SwitchIn(&self, handle: *mut c_void) -> HRESULT;
    fn SwitchOut(&self) -> HRESULT;
    fn GetMemStats(&self, stats: *mut c_void) -> HRESULT;
    fn Reset(&self, full: i32) -> HRESULT;
    fn ExitTask(&self) -> HRESULT;
    fn Abort(&self) -> HRESULT;
    fn RudeAbort(&self) -> HRESULT;
    fn NeedsPriorityScheduling(&self, needs: *mut i32) -> HRESULT;
    fn YieldTask(&self) -> HRESULT;
    fn LocksHeld(&self, locks: *mut usize) -> HRESULT;
    fn SetTaskIdentifier(&self, asked: u64) -> HRESULT;
}

const S_OK: HRESULT = HRESULT(0);
const E_NOTIMPL: HRESULT = HRESULT(0x8000_4001_u32 as i32);
const E_NOINTERFACE: HRESULT = HRESULT(0x8000_4002_u32 as i32);
const E_POINTER: HRESULT = HRESULT(0x8000_4003_u32 as i32);
const HOST_E_NOT_OWNER: HRESULT = HRESULT(0x8013_1025_u32 as i32);
const HOST_E_INTERRUPTED: HRESULT = HRESULT(0x8013_1021_u32 as i32);
const HOST_E_TIMEOUT: HRESULT = HRESULT(0x8013_1024_u32 as i32);
const ALERTABLE: u32 = 2;
const FOREVER: u32 = u32::MAX;

/// Calls a method; the interface pointer is valid by construction, the arguments suit the method.
macro_rules! call {
    ($object:ident.$method:ident($($argument:expr),*)) => {{
        #[allow(clippy::macro_metavars_in_unsafe, reason = "one call")]
        // SAFETY: told above.
        unsafe { $object.$method($($argument),*) }
    }};
}

/// A manager of the test's own, as the client holds it, and as the library knows it.
fn new_manager() -> (IHostTaskManager, &'static tollgate_core::Manager) {
    let host = tollgate_capi::HostManager::create(&tollgate_core::Config::DEFAULT).expect("a manager");
    let raw = host.as_raw().cast::<c_void>();
    // SAFETY: an interface pointer; the reference that the client will drop counts for nothing with an immortal object.
    (unsafe { IHostTaskManager::from_raw(raw) }, host.core())
}

fn default_control() -> IHostControl {
    let mut raw = ptr::null_mut();
    let id = ptr::from_ref(&IHostControl::IID).cast();
    // SAFETY: an id of the same layout, and a place for the answer.
    assert_eq!(unsafe { tollgate_get_host_control(id, &mut raw) }, 0);
    // SAFETY: the reference just given is the client's.
    unsafe { IHostControl::from_raw(raw) }
}

fn current(manager: &IHostTaskManager) -> IHostTask {
    let mut task = None;
    assert_eq!(call!(manager.GetCurrentTask(&mut task)), S_OK);
    task.expect("a task")
}

/// The object's interface `T`, by QueryInterface.
///
/// The crate's own `cast` turns failures into error texts of the system, which only Windows has.
fn cast<T: Interface>(object: &impl Interface) -> T {
    let mut out = ptr::null_mut();
    // SAFETY: an object, an id and a place for the answer.
    assert_eq!(unsafe { object.query(&T::IID, &mut out) }, S_OK);
    assert!(!out.is_null());
    // SAFETY: the reference just given is the client's.
    unsafe { T::from_raw(out) }
}

/// The references on an object, by adding one and dropping it.
fn references(object: &impl Interface) -> u32 {
    let unknown: IUnknown = cast(object);
    let raw = unknown.as_raw();
    let vtbl = Interface::vtable(&unknown);
    // SAFETY: the object is alive.
    unsafe { (vtbl.AddRef)(raw) };
    // SAFETY: as above; drops what was just added.
    let left = unsafe { (vtbl.Release)(raw) };
    left - 1
}

/// COM's rules: reflexive, symmetric, transitive, one identity, the same answer each time, NULL when refused.
fn check_query_rules<I: Interface>(object: &I, foreign: &[GUID]) {
    let unknown: IUnknown = cast(object);
    let own: I = cast(object);
    let back: I = cast(&unknown);
    let twice: IUnknown = cast(&back);
    assert_eq!(own.as_raw(), object.as_raw(), "reflexive");
    assert_eq!(back.as_raw(), object.as_raw(), "symmetric");
    assert_eq!(twice.as_raw(), unknown.as_raw(), "one identity, whichever way");
    for id in foreign {
        for _ in 0..2 {
            let mut out = ptr::dangling_mut();
            // SAFETY: an object, an id and a place for the answer.
            assert_eq!(unsafe { object.query(id, &mut out) }, E_NOINTERFACE);
            assert!(out.is_null());
        }
    }
    // SAFETY: NULL is what is tested.
    assert_eq!(unsafe { object.query(&I::IID, ptr::null_mut()) }, E_POINTER);
}

#[test]
fn query_interface_keeps_coms_rules() {
    let (manager, _) = new_manager();
    let task = current(&manager);
    let before = references(&task);
    let control = default_control();
    check_query_rules(&manager, &[IHostTask::IID, IHostControl::IID, ICLRTask::IID, GUID::zeroed()]);
    check_query_rules(&task, &[IHostTaskManager::IID, IHostControl::IID, ICLRTask::IID, GUID::zeroed()]);
    check_query_rules(&control, &[IHostTask::IID, IHostTaskManager::IID, ICLRTask::IID, GUID::zeroed()]);
    assert_eq!(references(&task), before, "each cast's reference was dropped");
    let clones: Vec<IHostTask> = (0..10).map(|_| task.clone()).collect();
    assert_eq!(references(&task), before + 10);
    drop(clones);
    assert_eq!(references(&task), before);
    assert_eq!(current(&manager), task, "one address");
}

#[test]
fn default_manager_and_its_control_agree() {
    let mut direct = ptr::null_mut();
    let id = ptr::from_ref(&IHostTaskManager::IID).cast();
    // SAFETY: an id of the same layout, and a place for the answer.
    assert_eq!(unsafe { tollgate_get_host_manager(id, &mut direct) }, 0);
    let control = default_control();
    for _ in 0..3 {
        let mut out = ptr::null_mut();
        assert_eq!(call!(control.GetHostManager(&IHostTaskManager::IID, &mut out)), S_OK);
        assert_eq!(out, direct);
        // SAFETY: the reference just given is the client's; dropped, as runtimes may.
        drop(unsafe { IHostTaskManager::from_raw(out) });
    }
}

/// The depth and the innermost target of the only task.
fn only_task(core: &tollgate_core::Manager) -> (u32, usize) {
    let mut tasks = [TaskInfo::EMPTY; 2];
    assert_eq!(core.snapshot(&mut tasks), 1);
    (tasks[0].depth, tasks[0].targets[0] as usize)
}

#[test]
fn transitions_go_where_the_nested_sequence_goes() {
    let (manager, core) = new_manager();
    let mut needed = 7;
    assert_eq!(call!(manager.CallNeedsHostHook(0xA, &mut needed)), S_OK);
    assert_eq!(needed, 1);
    assert_eq!(call!(manager.LeaveRuntime(0xA)), S_OK);
    assert_eq!(only_task(core), (1, 0xA));
    assert_eq!(call!(manager.ReverseLeaveRuntime()), HOST_E_NOT_OWNER);
    assert_eq!(call!(manager.ReverseEnterRuntime()), S_OK);
    assert_eq!(only_task(core).0, 2);
    assert_eq!(call!(manager.EnterRuntime()), HOST_E_NOT_OWNER);
    assert_eq!(call!(manager.LeaveRuntime(0xC)), S_OK);
    assert_eq!(only_task(core), (3, 0xC));
    assert_eq!(call!(manager.EnterRuntime()), S_OK);
    assert_eq!(call!(manager.ReverseLeaveRuntime()), S_OK);
    assert_eq!(only_task(core), (1, 0xA));
    assert_eq!(call!(manager.EnterRuntime()), S_OK);
    assert_eq!(call!(manager.EnterRuntime()), HOST_E_NOT_OWNER);
    let expected = Totals {
        tasks_attached: 1,
        tasks_live: 1,
        leaves: 2,
        enters: 2,
        reverse_enters: 1,
        reverse_leaves: 1,
        irregularities: 3,
        ..core.totals()
    };
    assert_eq!(core.totals(), expected);
}

static ALIVE: AtomicU32 = AtomicU32::new(0);
static EXITS: AtomicU32 = AtomicU32::new(0);
static ABORTS: AtomicU32 = AtomicU32::new(0);

/// A runtime's half as the client implements it: gone when its last reference is.
#[implement(ICLRTask)]
struct Half {
    thread: ThreadId,
}

impl Half {
    fn create() -> ICLRTask {
        ALIVE.fetch_add(1, SeqCst);
        Half { thread: thread::current().id() }.into()
    }
}

impl Drop for Half {
    fn drop(&mut self) {
        ALIVE.fetch_sub(1, SeqCst);
    }
}

impl ICLRTask_Impl for Half {
    unsafe fn SwitchIn(&self, _: *mut c_void) -> HRESULT {
        E_NOTIMPL
    }
    unsafe fn SwitchOut(&self) -> HRESULT {
        E_NOTIMPL
    }
    unsafe fn GetMemStats(&self, _: *mut c_void) -> HRESULT {
        E_NOTIMPL
    }
    unsafe fn Reset(&self, _: i32) -> HRESULT {
        E_NOTIMPL
    }
    unsafe fn ExitTask(&self) -> HRESULT {
        assert_eq!(thread::current().id(), self.thread, "ended on another thread");
        EXITS.fetch_add(1, SeqCst);
        S_OK
    }
    unsafe fn Abort(&self) -> HRESULT {
        ABORTS.fetch_add(1, SeqCst);
        S_OK
    }
    unsafe fn RudeAbort(&self) -> HRESULT {
        E_NOTIMPL
    }
    unsafe fn NeedsPriorityScheduling(&self, _: *mut i32) -> HRESULT {
        E_NOTIMPL
    }
    unsafe fn YieldTask(&self) -> HRESULT {
        E_NOTIMPL
    }
    unsafe fn LocksHeld(&self, _: *mut usize) -> HRESULT {
        E_NOTIMPL
    }
    unsafe fn SetTaskIdentifier(&self, _: u64) -> HRESULT {
        E_NOTIMPL
    }
}

/// Gives itself a half, keeps no reference to it, and sleeps until it is alerted.
unsafe extern "system" fn live(parameter: *mut c_void) -> u32 {
    // SAFETY: the test hands over the manager's pointer, which is good for ever.
    let manager = unsafe { IHostTaskManager::from_raw(parameter) };
    let own = current(&manager);
    let half = Half::create();
    assert_eq!(call!(own.SetCLRTask(half.as_raw())), S_OK);
    drop(half);
    assert_eq!(ALIVE.load(SeqCst), 1, "the host's reference holds it");
    assert_eq!(call!(manager.Sleep(FOREVER, ALERTABLE)), HOST_E_INTERRUPTED);
    0
}

#[test]
fn a_created_task_lets_its_half_go_when_it_ends() {
    let (manager, core) = new_manager();
    let mut task = None;
    assert_eq!(call!(manager.CreateTask(0, Some(live), manager.as_raw(), &mut task)), S_OK);
    let task = task.expect("a task");
    assert_eq!(call!(task.SetPriority(-1)), S_OK);
    let mut level = 0;
    assert_eq!(call!(task.GetPriority(&mut level)), S_OK);
    assert_eq!(level, -1);
    assert_eq!(call!(task.Join(0, 0)), HOST_E_TIMEOUT);
    let mut tasks = [TaskInfo::EMPTY; 4];
    let count = core.snapshot(&mut tasks);
    let id = tasks[..count].iter().map(|t| t.id).max().expect("the task just created");
    assert_eq!(call!(task.Start()), S_OK);

    // The half comes when the task gets there; from then on it can be reached.
    let raw = manager.as_raw().cast();
    // SAFETY: the manager's own pointer.
    while unsafe { tollgate_task_abort(raw, id) } != 0 {
        thread::yield_now();
    }
    assert_eq!(ABORTS.load(SeqCst), 1);
    assert_eq!(call!(task.Alert()), S_OK);
    assert_eq!(call!(task.Join(FOREVER, 0)), S_OK);
    assert_eq!((ALIVE.load(SeqCst), EXITS.load(SeqCst)), (0, 1), "one end, and the object is gone");
    let last = task.clone();
    drop(task);
    thread::spawn(move || {
        let raw = last.into_raw();
        // SAFETY: the reference that was just taken out of the smart pointer.
        drop(unsafe { IHostTask::from_raw(raw) });
    })
    .join()
    .unwrap();
}

// SAFETY: tasks may be used and dropped on any thread; that is part of what is tested.
unsafe impl Send for IHostTask {}

static OFFERED: AtomicU32 = AtomicU32::new(0);

/// The host's own control: offers itself under one id.
#[implement(IHostControl)]
struct OwnControl;

const IHOST_GC_MANAGER: GUID = GUID::from_u128(0x5D4EC34E_F248_457B_B603_255FAABA0D21);

impl IHostControl_Impl for OwnControl {
    unsafe fn GetHostManager(&self, riid: *const GUID, object: *mut *mut c_void) -> HRESULT {
        // SAFETY: called with an id.
        if unsafe { *riid } != IHOST_GC_MANAGER {
            return E_NOINTERFACE;
        }
        OFFERED.fetch_add(1, SeqCst);
        let offered: IHostControl = OwnControl.into();
        // SAFETY: called with a place for the answer.
        unsafe { *object = offered.into_raw() };
        S_OK
    }
    unsafe fn SetAppDomainManager(&self, _: u32, _: *mut c_void) -> HRESULT {
        S_OK
    }
}

#[test]
fn a_control_of_the_hosts_own_is_asked_for_the_rest() {
    let (manager, _) = new_manager();
    let own: IHostControl = OwnControl.into();
    let mut out = ptr::null_mut();
    // SAFETY: the manager's and the control's own pointers, and a place for the answer.
    let result = unsafe { tollgate_manager_control(manager.as_raw().cast(), own.as_raw().cast(), &mut out) };
    assert_eq!(result, 0);
    assert_eq!(references(&own), 2, "the client's and Tollgate's");
    // SAFETY: the reference just given is the client's.
    let control = unsafe { IHostControl::from_raw(out.cast()) };
    let mut out = ptr::null_mut();
    assert_eq!(call!(control.GetHostManager(&IHOST_GC_MANAGER, &mut out)), S_OK);
    // SAFETY: the reference just given is the client's.
    drop(unsafe { IHostControl::from_raw(out) });
    assert_eq!(OFFERED.load(SeqCst), 1);
    let mut out = ptr::dangling_mut();
    assert_eq!(call!(control.GetHostManager(&ICLRTask::IID, &mut out)), E_NOINTERFACE);
    assert!(out.is_null());
    assert_eq!(call!(control.SetAppDomainManager(1, own.as_raw())), S_OK);
    assert_eq!(references(&own), 3, "kept as the domain's manager");
    assert_eq!(call!(control.SetAppDomainManager(1, ptr::null_mut())), S_OK);
    assert_eq!(references(&own), 2);
}
