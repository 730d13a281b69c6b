//! The header against the library: every size, offset, slot and constant, as a C compiler and as rustc see it.

#![allow(missing_docs, reason = "a test program")]

use std::fs;
use std::mem::offset_of;
use std::process::Command;

use tollgate_capi::exports::*;
use tollgate_capi::interfaces::*;
use tollgate_capi::{self as capi, GUID};
use tollgate_core::info::{INFO_TARGETS, REPORT_LAGGARDS, TASK_BASE_UNDETERMINED, TASK_UNSETTLED};
use tollgate_core::trace;
use tollgate_core::{Laggard, PauseReport, TaskInfo, Totals, TraceRecord};
use tollgate_tests::command::succeed;
use tollgate_tests::compiler::{Language, WARNINGS};
use tollgate_tests::{target_dir, workspace};

/// Adds an assertion for the size of a record and the offset of each field, and fails to compile when one is left out.
macro_rules! record {
    ($asserts:ident, $rust:ident = $c:literal { $($field:ident)* }) => {{
        $asserts.push(format!("sizeof(struct {}) == {}", $c, size_of::<$rust>()));
        $($asserts.push(format!(
            "offsetof(struct {}, {}) == {}", $c, stringify!($field), offset_of!($rust, $field)
        ));)*
        let _all = |record: $rust| {
            let $rust { $($field: _),* } = record;
        };
    }};
}

macro_rules! constants {
    ($asserts:ident, $from:path: $($name:ident)*) => {{
        use $from as from;
        $($asserts.push(format!("{} == {}", stringify!($name), from::$name));)*
    }};
}

fn expectations() -> Vec<String> {
    let mut a = Vec::new();
    record!(a, GUID = "GUID" { Data1 Data2 Data3 Data4 });
    record!(a, tollgate_config = "tollgate_config" { struct_size policy flags max_tasks gate_timeout_ms
        trace_records trace_tasks });
    record!(a, TaskInfo = "tollgate_task_info" { id os_thread leaves enters reverse_enters reverse_leaves closed_outside
        closed_inside irregularities directions depth side flags affinity targets });
    record!(a, Totals = "tollgate_totals_info" { tasks_attached tasks_live leaves enters reverse_enters reverse_leaves
        closed_outside closed_inside open_outside open_inside irregularities unattributed last_irregular_task
        last_irregular_call last_irregular_depth });
    record!(a, Laggard = "tollgate_laggard" { id os_thread target inside_ns depth reserved });
    record!(a, PauseReport = "tollgate_pause_report" { duration_ns waited_ns tasks_held laggard_count laggards });
    record!(a, TraceRecord = "tollgate_trace_record" { time_ns task value kind depth });
    record!(a, COR_GC_THREAD_STATS = "COR_GC_THREAD_STATS" { PerThreadAllocation Flags });

    record!(a, IUnknownVtbl = "IUnknownVtbl" { QueryInterface AddRef Release });
    record!(a, IHostControlVtbl = "IHostControlVtbl" { QueryInterface AddRef Release GetHostManager SetAppDomainManager });
    record!(a, IHostTaskManagerVtbl = "IHostTaskManagerVtbl" { QueryInterface AddRef Release GetCurrentTask CreateTask
        Sleep SwitchToTask SetUILocale SetLocale CallNeedsHostHook LeaveRuntime EnterRuntime ReverseLeaveRuntime
        ReverseEnterRuntime BeginDelayAbort EndDelayAbort BeginThreadAffinity EndThreadAffinity SetStackGuarantee
        GetStackGuarantee SetCLRTaskManager });
    record!(a, IHostTaskVtbl = "IHostTaskVtbl" { QueryInterface AddRef Release Start Alert Join SetPriority GetPriority
        SetCLRTask });
    record!(a, ICLRTaskManagerVtbl = "ICLRTaskManagerVtbl" { QueryInterface AddRef Release CreateTask GetCurrentTask
        SetUILocale SetLocale GetCurrentTaskType });
    record!(a, ICLRTaskVtbl = "ICLRTaskVtbl" { QueryInterface AddRef Release SwitchIn SwitchOut GetMemStats Reset
        ExitTask Abort RudeAbort NeedsPriorityScheduling YieldTask LocksHeld SetTaskIdentifier });
    record!(a, ICLRTask2Vtbl = "ICLRTask2Vtbl" { QueryInterface AddRef Release SwitchIn SwitchOut GetMemStats Reset
        ExitTask Abort RudeAbort NeedsPriorityScheduling YieldTask LocksHeld SetTaskIdentifier BeginPreventAsyncAbort
        EndPreventAsyncAbort });

    constants!(a, tollgate_capi: S_OK S_FALSE HOST_E_DEADLOCK HOST_E_INTERRUPTED HOST_E_INVALIDOPERATION
        HOST_E_CLRNOTAVAILABLE HOST_E_TIMEOUT HOST_E_NOT_OWNER HOST_E_ABANDONED E_NOTIMPL E_NOINTERFACE E_POINTER E_FAIL
        E_UNEXPECTED E_OUTOFMEMORY E_INVALIDARG);
    constants!(a, tollgate_capi::exports: TOLLGATE_POLICY_GOVERN TOLLGATE_POLICY_OBSERVE TOLLGATE_START_UNAVAILABLE
        TOLLGATE_STRICT TOLLGATE_FULL_FENCES TOLLGATE_PAGE TOLLGATE_TRACE TOLLGATE_ABI_VERSION);
    for (name, value) in [
        ("TASK_UNSETTLED", TASK_UNSETTLED),
        ("TASK_BASE_UNDETERMINED", TASK_BASE_UNDETERMINED),
        ("INFO_TARGETS", INFO_TARGETS as u32),
        ("REPORT_LAGGARDS", REPORT_LAGGARDS as u32),
        ("TRACE_LEAVE", trace::TRACE_LEAVE),
        ("TRACE_ENTER", trace::TRACE_ENTER),
        ("TRACE_REVERSE_ENTER", trace::TRACE_REVERSE_ENTER),
        ("TRACE_REVERSE_LEAVE", trace::TRACE_REVERSE_LEAVE),
        ("TRACE_HELD", trace::TRACE_HELD),
        ("TRACE_ADMITTED", trace::TRACE_ADMITTED),
        ("TRACE_REFUSED", trace::TRACE_REFUSED),
        ("TRACE_TASK_BEGINS", trace::TRACE_TASK_BEGINS),
        ("TRACE_TASK_ENDS", trace::TRACE_TASK_ENDS),
        ("TRACE_STARTED", trace::TRACE_STARTED),
        ("TRACE_STOPPED", trace::TRACE_STOPPED),
        ("TRACE_PAUSE_BEGINS", trace::TRACE_PAUSE_BEGINS),
        ("TRACE_PAUSE_HOLDS", trace::TRACE_PAUSE_HOLDS),
        ("TRACE_PAUSE_FAILS", trace::TRACE_PAUSE_FAILS),
        ("TRACE_RESUMED", trace::TRACE_RESUMED),
        ("TRACE_SHUT_DOWN", trace::TRACE_SHUT_DOWN),
        ("TRACE_FAILED", trace::TRACE_FAILED),
        ("WAIT_MSGPUMP", WAIT_MSGPUMP),
        ("WAIT_ALERTABLE", WAIT_ALERTABLE),
        ("WAIT_NOTINDEADLOCK", WAIT_NOTINDEADLOCK),
        ("TT_DEBUGGERHELPER", TT_DEBUGGERHELPER),
        ("TT_THREADPOOL_WAIT", TT_THREADPOOL_WAIT),
        ("TT_USER", TT_USER),
        ("TT_UNKNOWN", TT_UNKNOWN),
    ] {
        a.push(format!("TOLLGATE_{name} == {value}"));
    }
    a
}

#[test]
fn header_has_the_layout_of_the_library() {
    let expectations = expectations();
    let header =
        fs::read_to_string(workspace().join("include/tollgate.h")).expect("include/tollgate.h is there");
    for record in header.lines().filter_map(|line| line.strip_prefix("typedef struct ")?.strip_suffix(" {")) {
        let size = format!("sizeof(struct {record}) ");
        let is_object = header.contains(&format!("const struct {record}Vtbl *lpVtbl;"));
        assert!(is_object || expectations.iter().any(|e| e.starts_with(&size)), "{record} is not compared");
    }
    let mut source = String::from("#include \"tollgate.h\"\n");
    for expectation in &expectations {
        source += &format!("_Static_assert({expectation}, \"{expectation}\");\n");
    }
    source += "typedef int not_empty;\n";
    let file = target_dir().join("layout.c");
    fs::create_dir_all(target_dir()).expect("the target directory is writable");
    fs::write(&file, source).expect("the target directory is writable");
    succeed(
        Command::new(Language::C.compiler())
            .arg("-std=c11")
            .args(WARNINGS)
            .arg("-fsyntax-only")
            .arg("-I")
            .arg(workspace().join("include"))
            .arg(&file),
    );
    println!("{} sizes, offsets, slots and constants agree", expectations.len());
}

#[test]
fn exported_ids_are_the_declared_ones() {
    use capi::iid;
    for (exported, declared) in [
        (&tollgate_IID_IUnknown, iid::IUNKNOWN),
        (&tollgate_IID_IHostControl, iid::IHOST_CONTROL),
        (&tollgate_IID_IHostTaskManager, iid::IHOST_TASK_MANAGER),
        (&tollgate_IID_IHostTask, iid::IHOST_TASK),
        (&tollgate_IID_ICLRTaskManager, iid::ICLR_TASK_MANAGER),
        (&tollgate_IID_ICLRTask, iid::ICLR_TASK),
        (&tollgate_IID_ICLRTask2, iid::ICLR_TASK2),
    ] {
        assert_eq!(*exported, declared);
    }
}

#[test]
fn version_is_the_package_version() {
    let version = tollgate_version();
    let text = format!("{}.{}.{}", version >> 16, version >> 8 & 0xFF, version & 0xFF);
    assert_eq!(text, env!("CARGO_PKG_VERSION"));
    assert_eq!(tollgate_abi_version(), TOLLGATE_ABI_VERSION);
}
