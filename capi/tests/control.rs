//! `IHostControl` and the exempt targets, as a runtime meets them.

mod com;
#[path = "../../core/tests/common/over.rs"]
mod over;

use std::ffi::c_void;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::SeqCst};
use std::thread;

use com::new_manager;
use over::Over;
use tollgate_capi::exports::*;
use tollgate_capi::interfaces::*;
use tollgate_capi::*;

const IHOST_SYNC_MANAGER: GUID = GUID::from_u128(0x234330c7_5f10_4f20_9615_5122dab7a0ac);
const IHOST_MEMORY_MANAGER: GUID = GUID::from_u128(0x7bc698d1_f9e3_4460_9cde_d04248e9fa25);

/// Calls a C function of the library; its arguments suit it.
macro_rules! c {
    ($function:ident($($argument:expr),*)) => {{
        #[allow(clippy::macro_metavars_in_unsafe, reason = "one call")]
        // SAFETY: objects of this library or NULL, and places for the answers or NULL.
        unsafe { $function($($argument),*) }
    }};
}

/// The host's own control: offers one manager, itself, and counts.
#[repr(C)]
struct OwnControl {
    face: IHostControl,
    references: AtomicU32,
    domains: AtomicU32,
}

// SAFETY: the face is a constant's address; the rest is atomic.
unsafe impl Sync for OwnControl {}

impl OwnControl {
    const fn new() -> OwnControl {
        OwnControl {
            face: IHostControl { lpVtbl: &raw const OWN_VTBL },
            references: AtomicU32::new(1),
            domains: AtomicU32::new(0),
        }
    }

    fn as_raw(&self) -> *mut IHostControl {
        (&raw const self.face).cast_mut()
    }

    fn references(&self) -> u32 {
        self.references.load(SeqCst)
    }
}

static OWN_VTBL: IHostControlVtbl = IHostControlVtbl {
    QueryInterface: offer_sync,
    AddRef: add_ref,
    Release: release,
    GetHostManager: offer_sync,
    SetAppDomainManager: count_domain,
};

/// # Safety
/// `this` is an `OwnControl`'s.
unsafe fn own<'a>(this: *mut IHostControl) -> &'a OwnControl {
    // SAFETY: the caller's duty; the face is the first field.
    unsafe { &*this.cast() }
}

unsafe extern "system" fn offer_sync(
    this: *mut IHostControl,
    riid: *const GUID,
    out: *mut *mut c_void,
) -> HRESULT {
    // SAFETY: called with an id.
    let wanted = unsafe { *riid } == IHOST_SYNC_MANAGER;
    // Badly behaved on purpose: something other than NULL on failure.
    let answer = if wanted { this.cast() } else { ptr::dangling_mut() };
    // SAFETY: called with a place for the answer.
    unsafe { *out = answer };
    if !wanted {
        return E_NOINTERFACE;
    }
    // SAFETY: called through the object.
    unsafe { own(this) }.references.fetch_add(1, SeqCst);
    S_OK
}

unsafe extern "system" fn add_ref(this: *mut IHostControl) -> u32 {
    // SAFETY: called through the object.
    unsafe { own(this) }.references.fetch_add(1, SeqCst) + 1
}

unsafe extern "system" fn release(this: *mut IHostControl) -> u32 {
    // SAFETY: called through the object.
    unsafe { own(this) }.references.fetch_sub(1, SeqCst) - 1
}

unsafe extern "system" fn count_domain(this: *mut IHostControl, domain: u32, _: *mut IUnknown) -> HRESULT {
    // SAFETY: called through the object.
    unsafe { own(this) }.domains.fetch_add(1, SeqCst);
    if domain == 99 { E_FAIL } else { S_OK }
}

fn control_of(m: *mut IHostTaskManager, next: *mut IHostControl) -> *mut IHostControl {
    let mut control = ptr::null_mut();
    assert_eq!(c!(tollgate_manager_control(m, next, &mut control)), S_OK);
    control
}

#[test]
fn default_control_offers_the_default_manager_again_and_again() {
    let mut control: *mut IHostControl = ptr::null_mut();
    let out = (&raw mut control).cast();
    assert_eq!(c!(tollgate_get_host_control(&iid::IHOST_CONTROL, out)), S_OK);
    let mut unknown: *mut c_void = ptr::null_mut();
    assert_eq!(com!(control.QueryInterface(&iid::IUNKNOWN, &mut unknown)), S_OK);
    assert_eq!(unknown, control.cast(), "one identity");
    let mut direct: *mut c_void = ptr::null_mut();
    assert_eq!(c!(tollgate_get_host_manager(&iid::IHOST_TASK_MANAGER, &mut direct)), S_OK);
    thread::scope(|scope| {
        let (control, direct) = (control as usize, direct as usize);
        for _ in 0..4 {
            scope.spawn(move || {
                let control = control as *mut IHostControl;
                for _ in 0..100 {
                    let mut out = ptr::null_mut();
                    assert_eq!(com!(control.GetHostManager(&iid::IHOST_TASK_MANAGER, &mut out)), S_OK);
                    assert_eq!(out as usize, direct);
                    // What a runtime does with it while another one is being set up.
                    let manager: *mut IHostTaskManager = out.cast();
                    assert!(com!(manager.SwitchToTask(0)) >= S_OK, "S_FALSE if nobody took the processor");
                    assert!(com!(manager.Release()) > 0, "never the last one");
                }
            });
        }
    });
    for _ in 0..10 {
        assert!(com!(control.Release()) > 0, "a control outlives every release");
    }
    assert_eq!(com!(control.QueryInterface(&iid::IHOST_CONTROL, &mut unknown)), S_OK);
}

#[test]
fn what_nobody_offers_is_no_interface_and_null() {
    let (_, m) = new_manager();
    let control = control_of(m, ptr::null_mut());
    for id in [IHOST_SYNC_MANAGER, IHOST_MEMORY_MANAGER, iid::IHOST_TASK, iid::IUNKNOWN, iid::IHOST_CONTROL] {
        let mut out = ptr::dangling_mut();
        assert_eq!(com!(control.GetHostManager(&id, &mut out)), E_NOINTERFACE);
        assert!(out.is_null());
    }
    let mut out = ptr::dangling_mut();
    assert_eq!(com!(control.GetHostManager(ptr::null(), &mut out)), E_POINTER);
    assert!(out.is_null());
    assert_eq!(com!(control.GetHostManager(&iid::IHOST_TASK_MANAGER, ptr::null_mut())), E_POINTER);
    assert_eq!(com!(control.QueryInterface(&iid::IHOST_TASK_MANAGER, &mut out)), E_NOINTERFACE);
    assert_eq!(com!(m.QueryInterface(&iid::IHOST_CONTROL, &mut out)), E_NOINTERFACE, "two objects");
    let mut control = ptr::dangling_mut::<IHostControl>();
    assert_eq!(c!(tollgate_manager_control(ptr::null_mut(), ptr::null_mut(), &mut control)), E_POINTER);
    assert!(control.is_null());
    assert_eq!(c!(tollgate_manager_control(m, ptr::null_mut(), ptr::null_mut())), E_POINTER);
    assert_eq!(c!(tollgate_get_host_control(&iid::IHOST_CONTROL, ptr::null_mut())), E_POINTER);
}

#[test]
fn other_managers_come_from_the_hosts_own_control() {
    let (_, m) = new_manager();
    static OWN: OwnControl = OwnControl::new();
    let own = &OWN;
    let control = control_of(m, own.as_raw());
    assert_eq!(own.references(), 2, "kept with a reference");
    let mut out = ptr::null_mut();
    assert_eq!(com!(control.GetHostManager(&IHOST_SYNC_MANAGER, &mut out)), S_OK);
    assert_eq!(out, own.as_raw().cast());
    assert_eq!(own.references(), 3, "the runtime's");
    assert_eq!(com!(control.GetHostManager(&IHOST_MEMORY_MANAGER, &mut out)), E_NOINTERFACE);
    assert!(out.is_null(), "whatever the host's own left there");
    assert_eq!(com!(control.GetHostManager(&iid::IHOST_TASK_MANAGER, &mut out)), S_OK);
    assert_eq!(out, m.cast(), "this one is Tollgate's");

    assert_eq!(com!(control.SetAppDomainManager(1, ptr::null_mut())), S_OK);
    assert_eq!(com!(control.SetAppDomainManager(99, ptr::null_mut())), E_FAIL, "its answer is passed on");
    assert_eq!(own.domains.load(SeqCst), 2);
}

static TOLD: [AtomicU32; 2] = [const { AtomicU32::new(0) }; 2];

unsafe extern "system" fn note_domain(context: *mut c_void, domain: u32, object: *mut IUnknown) {
    // SAFETY: the test hands over one of these counters.
    let counter = unsafe { &*context.cast::<AtomicU32>() };
    counter.fetch_add(domain + 1000 * u32::from(!object.is_null()), SeqCst);
}

#[test]
fn domain_managers_are_kept_and_the_observer_is_told() {
    let (_, m) = new_manager();
    let control = control_of(m, ptr::null_mut());
    // Any object will do; these count references.
    static OBJECTS: [OwnControl; 2] = [const { OwnControl::new() }; 2];
    let unknown = |i: usize| OBJECTS[i].as_raw().cast::<IUnknown>();
    let references = || OBJECTS.each_ref().map(OwnControl::references);
    let kept = |domain| {
        let mut out = ptr::dangling_mut();
        let result = c!(tollgate_control_app_domain_manager(control, domain, &mut out));
        (result, out)
    };

    assert_eq!(kept(1), (S_FALSE, ptr::null_mut()));
    let context = (&raw const TOLD[0]).cast_mut().cast();
    assert_eq!(c!(tollgate_control_observe_app_domains(control, Some(note_domain), context)), S_OK);
    assert_eq!(com!(control.SetAppDomainManager(1, unknown(0))), S_OK);
    assert_eq!(com!(control.SetAppDomainManager(2, unknown(0))), S_OK);
    assert_eq!(references(), [3, 1], "one for each domain");
    assert_eq!(kept(2), (S_OK, unknown(0)));
    assert_eq!(references(), [4, 1], "and the asker's");
    drop_one(&OBJECTS[0]);

    assert_eq!(com!(control.SetAppDomainManager(2, unknown(1))), S_OK);
    assert_eq!(references(), [2, 2], "replaced");
    assert_eq!(kept(2), (S_OK, unknown(1)));
    drop_one(&OBJECTS[1]);
    assert_eq!(com!(control.SetAppDomainManager(2, ptr::null_mut())), S_OK);
    assert_eq!(references(), [2, 1], "taken back");
    assert_eq!(kept(2), (S_FALSE, ptr::null_mut()));
    assert_eq!(TOLD[0].load(SeqCst), 1 + 2 + 2 + 2 + 3 * 1000);

    // Another observer, then none.
    let context = (&raw const TOLD[1]).cast_mut().cast();
    assert_eq!(c!(tollgate_control_observe_app_domains(control, Some(note_domain), context)), S_OK);
    assert_eq!(com!(control.SetAppDomainManager(7, ptr::null_mut())), S_OK);
    assert_eq!(c!(tollgate_control_observe_app_domains(control, None, ptr::null_mut())), S_OK);
    assert_eq!(com!(control.SetAppDomainManager(1, ptr::null_mut())), S_OK);
    assert_eq!([TOLD[0].load(SeqCst), TOLD[1].load(SeqCst)], [3007, 7]);
    assert_eq!(references(), [1, 1], "nothing is left");

    assert_eq!(c!(tollgate_control_observe_app_domains(ptr::null_mut(), None, ptr::null_mut())), E_POINTER);
    assert_eq!(c!(tollgate_control_app_domain_manager(control, 1, ptr::null_mut())), E_POINTER);
    let mut out = ptr::dangling_mut();
    assert_eq!(c!(tollgate_control_app_domain_manager(ptr::null_mut(), 1, &mut out)), E_POINTER);
    assert!(out.is_null());
}

#[test]
fn exempt_targets_need_no_announcement() {
    let (_, m) = new_manager();
    let needs = |target: usize| {
        let mut answer = 7;
        assert_eq!(com!(m.CallNeedsHostHook(target, &mut answer)), S_OK);
        answer
    };
    assert_eq!([needs(0), needs(0x1000), needs(usize::MAX)], [1; 3], "none at first");
    let mut targets = [0x3000, 0x1000, 0x2000, usize::MAX, 0x1000];
    let count = targets.len() as u32;
    assert_eq!(c!(tollgate_set_exempt_targets(m, targets.as_ptr(), count)), S_OK);
    targets.fill(5);
    assert_eq!([needs(0x1000), needs(0x2000), needs(0x3000), needs(usize::MAX)], [0; 4], "copied");
    assert_eq!([needs(0), needs(0x1001), needs(5), needs(usize::MAX - 1)], [1; 4]);

    assert_eq!(c!(tollgate_set_exempt_targets(m, ptr::null(), 1)), E_POINTER);
    assert_eq!(needs(0x1000), 0, "nothing has changed");
    assert_eq!(c!(tollgate_set_exempt_targets(ptr::null_mut(), ptr::null(), 0)), E_POINTER);
    assert_eq!(c!(tollgate_set_exempt_targets(m, ptr::null(), 0)), S_OK);
    assert_eq!(needs(0x1000), 1);
    let (_, other) = new_manager();
    assert_eq!(c!(tollgate_set_exempt_targets(other, [0x1000_usize].as_ptr(), 1)), S_OK);
    assert_eq!(needs(0x1000), 1, "each manager has its own");
}

/// Readers see one whole set or the other, while a writer goes back and forth: what is in both is always found.
#[test]
fn exempt_targets_change_as_a_whole() {
    let (host, m) = new_manager();
    let set = |offset: usize| -> Vec<usize> { (0..999).map(|i| i * 2 + offset).chain([5000]).collect() };
    let sets = [set(0), set(1)];
    assert_eq!(c!(tollgate_set_exempt_targets(m, sets[0].as_ptr(), 1000)), S_OK);
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let _over = Over(&is_over);
        for _ in 0..2 {
            scope.spawn(|| {
                let m = host.as_raw();
                let mut answers = [7; 2];
                while !is_over.load(SeqCst) {
                    com!(m.CallNeedsHostHook(5000, &mut answers[0]));
                    com!(m.CallNeedsHostHook(5001, &mut answers[1]));
                    assert_eq!(answers, [0, 1]);
                }
            });
        }
        for turn in 0..200 {
            assert_eq!(c!(tollgate_set_exempt_targets(m, sets[turn % 2].as_ptr(), 1000)), S_OK);
        }
    });
}

fn drop_one(object: &OwnControl) {
    let object = object.as_raw();
    com!(object.Release());
}
