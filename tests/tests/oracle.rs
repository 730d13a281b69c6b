//! The interfaces against declarations that nobody of this project wrote: crate `windows`, generated from Microsoft's
//! metadata. Slots, interface ids and, type by type, signatures.

#![cfg(not(windows))]
#![allow(missing_docs, reason = "a test program")]

use std::ffi::c_void;
use std::mem::offset_of;

use tollgate_capi::interfaces as ours;
use tollgate_capi::{self as capi, iid};
use windows::Win32::Foundation::{BOOL, HANDLE};
use windows::Win32::System::ClrHosting as theirs;
use windows::core::{GUID, HRESULT, IUnknown, IUnknown_Vtbl, Interface};

/// What a type is to the binary interface, the same word for both sides' ways to declare it.
trait Kind {
    fn kind() -> String;
}

macro_rules! kinds {
    ($($($type:ty)+ => $kind:literal;)+) => {
        $($(impl Kind for $type {
            fn kind() -> String {
                $kind.to_owned()
            }
        })+)+
    };
}

kinds! {
    u32 => "u32";
    u64 => "u64";
    usize => "usize";
    i32 BOOL HRESULT => "i32";
    // The metadata has the enumeration signed, and TT_UNKNOWN negative; the width is what counts.
    theirs::ETaskType => "u32";
    HANDLE => "*object";
    GUID capi::GUID => "GUID";
    theirs::COR_GC_THREAD_STATS ours::COR_GC_THREAD_STATS => "COR_GC_THREAD_STATS";
    c_void ours::IUnknown ours::IHostControl ours::IHostTaskManager ours::IHostTask
        ours::ICLRTaskManager ours::ICLRTask ours::ICLRTask2 => "object";
}

impl<T: Kind> Kind for *mut T {
    fn kind() -> String {
        format!("*{}", T::kind())
    }
}

impl<T: Kind> Kind for *const T {
    fn kind() -> String {
        format!("*{}", T::kind())
    }
}

impl<F: Kind> Kind for Option<F> {
    fn kind() -> String {
        format!("optional {}", F::kind())
    }
}

/// Functions, by their calling convention too: only `extern "system"` has an implementation.
macro_rules! functions {
    ($(($($parameter:ident)*))+) => {
        $(impl<$($parameter: Kind,)* R: Kind> Kind for unsafe extern "system" fn($($parameter),*) -> R {
            fn kind() -> String {
                let parameters: Vec<String> = vec![$($parameter::kind()),*];
                format!("fn({}) -> {}", parameters.join(", "), R::kind())
            }
        })+
    };
}

functions! { (A) (A B) (A B C) (A B C D) (A B C D E) }

/// The kind of the field that `field` picks.
fn kind_of<V, F: Kind>(_field: fn(&V) -> &F) -> String {
    F::kind()
}

fn id(guid: &capi::GUID) -> u128 {
    let mut tail = [0; 8];
    tail.copy_from_slice(&guid.Data4);
    (u128::from(guid.Data1) << 96)
        | (u128::from(guid.Data2) << 80)
        | (u128::from(guid.Data3) << 64)
        | u128::from(u64::from_be_bytes(tail))
}

const SLOT: usize = size_of::<usize>();

/// Compares one table with the other: id, size, and slot and signature of each method.
macro_rules! same_table {
    ($iid:expr, $ours:ident, $interface:path, $theirs:path: $($method:ident)*) => {{
        assert_eq!(id(&$iid), <$interface as Interface>::IID.to_u128(), "id of {}", stringify!($interface));
        assert_eq!(size_of::<ours::$ours>(), size_of::<$theirs>(), "size of {}", stringify!($ours));
        same_methods!(ours::$ours, $theirs: $($method)*)
    }};
}

/// Compares slot and signature. Their table keeps what it inherits in a table at offset 0, so offsets need no correction.
macro_rules! same_methods {
    ($ours:path, $theirs:path: $($method:ident)*) => {{
        0 $(+ {
            assert_eq!(
                offset_of!($ours, $method) / SLOT,
                offset_of!($theirs, $method) / SLOT,
                "slot of {}::{}", stringify!($ours), stringify!($method)
            );
            assert_eq!(
                kind_of(|table: &$ours| &table.$method),
                kind_of(|table: &$theirs| &table.$method),
                "signature of {}::{}", stringify!($ours), stringify!($method)
            );
            1
        })*
    }};
}

macro_rules! same_unknown {
    ($($ours:ident)*) => {
        0 $(+ same_methods!(ours::$ours, IUnknown_Vtbl: QueryInterface AddRef Release))*
    };
}

macro_rules! same_clr_task {
    ($ours:path) => {
        same_methods!($ours, theirs::ICLRTask_Vtbl: SwitchIn SwitchOut GetMemStats Reset ExitTask Abort RudeAbort
            NeedsPriorityScheduling YieldTask LocksHeld SetTaskIdentifier)
    };
}

#[test]
fn slots_ids_and_signatures_agree() {
    let mut compared = same_unknown!(IUnknownVtbl IHostControlVtbl IHostTaskManagerVtbl IHostTaskVtbl
        ICLRTaskManagerVtbl ICLRTaskVtbl ICLRTask2Vtbl);
    assert_eq!(id(&iid::IUNKNOWN), IUnknown::IID.to_u128());
    compared += same_table!(iid::IHOST_CONTROL, IHostControlVtbl, theirs::IHostControl, theirs::IHostControl_Vtbl:
        GetHostManager SetAppDomainManager);
    compared += same_table!(iid::IHOST_TASK_MANAGER, IHostTaskManagerVtbl, theirs::IHostTaskManager,
        theirs::IHostTaskManager_Vtbl: GetCurrentTask CreateTask Sleep SwitchToTask SetUILocale SetLocale
        CallNeedsHostHook LeaveRuntime EnterRuntime ReverseLeaveRuntime ReverseEnterRuntime BeginDelayAbort
        EndDelayAbort BeginThreadAffinity EndThreadAffinity SetStackGuarantee GetStackGuarantee SetCLRTaskManager);
    compared += same_table!(iid::IHOST_TASK, IHostTaskVtbl, theirs::IHostTask, theirs::IHostTask_Vtbl:
        Start Alert Join SetPriority GetPriority SetCLRTask);
    compared += same_table!(iid::ICLR_TASK_MANAGER, ICLRTaskManagerVtbl, theirs::ICLRTaskManager,
        theirs::ICLRTaskManager_Vtbl: CreateTask GetCurrentTask SetUILocale SetLocale GetCurrentTaskType);
    compared += same_table!(iid::ICLR_TASK, ICLRTaskVtbl, theirs::ICLRTask, theirs::ICLRTask_Vtbl:);
    compared += same_clr_task!(ours::ICLRTaskVtbl);
    compared += same_table!(iid::ICLR_TASK2, ICLRTask2Vtbl, theirs::ICLRTask2, theirs::ICLRTask2_Vtbl:
        BeginPreventAsyncAbort EndPreventAsyncAbort);
    compared += same_clr_task!(ours::ICLRTask2Vtbl);

    let slots = [
        size_of::<ours::IUnknownVtbl>(),
        size_of::<ours::IHostControlVtbl>(),
        size_of::<ours::IHostTaskManagerVtbl>(),
        size_of::<ours::IHostTaskVtbl>(),
        size_of::<ours::ICLRTaskManagerVtbl>(),
        size_of::<ours::ICLRTaskVtbl>(),
        size_of::<ours::ICLRTask2Vtbl>(),
    ];
    assert_eq!(compared, slots.iter().sum::<usize>() / SLOT, "a method was left out");
    println!("{compared} methods: slot and signature as in Microsoft's metadata");
}

#[test]
fn enumerations_agree() {
    for (here, there) in [
        (ours::WAIT_MSGPUMP, theirs::WAIT_MSGPUMP.0),
        (ours::WAIT_ALERTABLE, theirs::WAIT_ALERTABLE.0),
        (ours::WAIT_NOTINDEADLOCK, theirs::WAIT_NOTINDEADLOCK.0),
        (ours::TT_DEBUGGERHELPER, theirs::TT_DEBUGGERHELPER.0),
        (ours::TT_GC, theirs::TT_GC.0),
        (ours::TT_FINALIZER, theirs::TT_FINALIZER.0),
        (ours::TT_THREADPOOL_TIMER, theirs::TT_THREADPOOL_TIMER.0),
        (ours::TT_THREADPOOL_GATE, theirs::TT_THREADPOOL_GATE.0),
        (ours::TT_THREADPOOL_WORKER, theirs::TT_THREADPOOL_WORKER.0),
        (ours::TT_THREADPOOL_IOCOMPLETION, theirs::TT_THREADPOOL_IOCOMPLETION.0),
        (ours::TT_ADUNLOAD, theirs::TT_ADUNLOAD.0),
        (ours::TT_USER, theirs::TT_USER.0),
        (ours::TT_THREADPOOL_WAIT, theirs::TT_THREADPOOL_WAIT.0),
        (ours::TT_UNKNOWN, theirs::TT_UNKNOWN.0),
        (ours::COR_GC_THREAD_HAS_PROMOTED_BYTES, theirs::COR_GC_THREAD_HAS_PROMOTED_BYTES.0),
    ] {
        assert_eq!(here, there as u32);
    }
    assert_eq!(size_of::<ours::COR_GC_THREAD_STATS>(), size_of::<theirs::COR_GC_THREAD_STATS>());
    assert_eq!(offset_of!(ours::COR_GC_THREAD_STATS, Flags), offset_of!(theirs::COR_GC_THREAD_STATS, Flags));
}
